BeforeAll {
    . "$PSScriptRoot/ModuleTestKit.ps1"
    Import-Module (Get-TestModulePath)
    $folder = New-SampleFolder (Join-Path $TestDrive 'extract')
    Push-Location $folder
    $cmdlet = 'SafeAI.Migration.PowerShell.Commands.GetSourceDataCommand'
}

AfterAll {
    Pop-Location
}

Describe 'Get-SourceData' {
    BeforeDiscovery {
        $files = @(
            @{ File = 'customers.csv'; Format = 'csv'; Read = 601; Bad = 1; First = 'customer_id'; Value = '00001' }
            @{ File = 'products.ndjson'; Format = 'ndjson'; Read = 120; Bad = 1; First = 'sku'; Value = 'P-001' }
            @{ File = 'orders.json'; Format = 'json'; Read = 1500; Bad = 0; First = 'order_id'; Value = 10001 }
        )
    }

    It 'was tried with each format' -ForEach @{ Count = $files.Count } {
        $Count | Should -Be 3
    }

    It 'reads <File>' -ForEach $files {
        $records = Get-SourceData ./$File -MetadataVariable facts -ErrorAction SilentlyContinue
        $records.Count | Should -Be ($Read - $Bad)
        $records[0].$First | Should -BeExactly $Value
        $facts.Format | Should -Be $Format
        $facts.Records | Should -Be $Read
        $facts.Rejected | Should -Be $Bad
        $facts.Bytes | Should -Be (Get-Item $File).Length
        $facts.Schema.Fields[0].Name | Should -Be $First
    }

    It 'tells the format by content where the name does not, and obeys -Format' {
        Get-Content products.ndjson -TotalCount 5 | Set-Content products.unknown
        (Get-SourceData ./products.unknown | Select-Object -First 1).sku | Should -Be 'P-001'
        (Get-SourceData ./products.unknown -Format Csv -NoHeader -Delimiter ';' | Select-Object -First 1).Column1 | Should -BeLike '{"sku": "P-001"*'
    }

    It 'takes wildcards, several paths, and files down the pipeline' {
        $parts = New-Item -ItemType Directory -Force parts
        1..3 | ForEach-Object { Set-Content "parts/part$_.csv" 'id,part', "$_,a", "$_,b" }
        (Get-SourceData ./parts/part*.csv).id | Should -Be 1, 1, 2, 2, 3, 3
        (Get-SourceData ./parts/part1.csv, ./parts/part3.csv).id | Should -Be 1, 1, 3, 3
        (Get-ChildItem $parts | Get-SourceData).id | Should -Be 1, 1, 2, 2, 3, 3
        ('parts/part2.csv' | Get-SourceData -MetadataVariable facts).id | Should -Be 2, 2
        Get-SourceData ./parts/part*.csv -MetadataVariable facts | Out-Null
        $facts.Count | Should -Be 3
        $facts.Records | Should -Be 2, 2, 2
    }

    It 'takes -LiteralPath literally' {
        Set-Content -LiteralPath 'odd[1].csv' 'id', '7'
        (Get-SourceData -LiteralPath 'odd[1].csv').id | Should -Be '7'
        (Get-Item -LiteralPath 'odd[1].csv' | Get-SourceData -ErrorAction Stop).id | Should -Be '7'
    }

    It 'says which file is missing, and reads the others' {
        $seen = Invoke-Observed { Get-SourceData ./missing.csv, ./orders.json, ./none*.csv }
        $seen.Output.Count | Should -Be 1500
        $seen.Errors.Count | Should -Be 2
        $path = Join-Path $folder 'missing.csv'
        $seen.Errors[0].Exception.Message | Should -BeExactly "There is no file '$path'. Check the path; a relative one starts at the current directory."
        $seen.Errors[0].FullyQualifiedErrorId | Should -BeExactly "SourceNotFound,$cmdlet"
        $seen.Errors[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
        $seen.Errors[0].TargetObject | Should -BeExactly $path
        $seen.Errors[0].Exception.InnerException | Should -BeOfType [System.IO.FileNotFoundException]
        $seen.Errors[1].Exception.Message | Should -BeExactly "No file matches $(Join-Path $folder 'none*.csv'). Check the path and the pattern."
        $seen.Errors[1].FullyQualifiedErrorId | Should -BeExactly "SourceNotFound,$cmdlet"
    }

    It 'reads on after a ragged row, names its line, and counts it' {
        Set-Content ragged.csv 'id,name', '1,Ann', '2', '3,Cat,extra', '4,Dan'
        $seen = Invoke-Observed { Get-SourceData ./ragged.csv -MetadataVariable script:facts }
        $seen.Output.id | Should -Be 1, 4
        $seen.Errors.Count | Should -Be 2
        $seen.Errors[0].FullyQualifiedErrorId | Should -BeExactly "BadRecord,$cmdlet"
        $seen.Errors[0].CategoryInfo.Category | Should -Be 'InvalidData'
        $seen.Errors[0].Exception.Message | Should -BeExactly "$(Join-Path $folder 'ragged.csv'), line 3: The row has 1 field where 2 are expected. Put values that hold the delimiter in quotes, or choose how ragged rows are treated."
        $seen.Errors[0].TargetObject | Should -BeOfType [SafeAI.Migration.Reject]
        $seen.Errors[0].TargetObject.RawText | Should -Be '2'
        $seen.Errors[1].Exception.Position.Line | Should -Be 4
    }

    It 'pads ragged rows, or ends at the first, where that is asked' {
        Set-Content ragged2.csv 'id,name', '1,Ann', '2', '4,Dan'
        (Get-SourceData ./ragged2.csv -RaggedRows Pad -ErrorAction Stop).id | Should -Be 1, 2, 4
        $seen = Invoke-Observed { Get-SourceData ./ragged2.csv -RaggedRows Error }
        $seen.Output.Count | Should -BeLessOrEqual 1
        $seen.Errors.Count | Should -Be 1
    }

    It 'reads on after a line of JSON that does not parse' {
        Set-Content bad.ndjson '{"id": 1}', '{"id": ', '{"id": 3}'
        $seen = Invoke-Observed { Get-SourceData ./bad.ndjson }
        $seen.Output.id | Should -Be 1, 3
        $seen.Errors[0].Exception.Message | Should -BeExactly "$(Join-Path $folder 'bad.ndjson'), line 2: The line is not valid JSON at column 7: Expected depth to be zero at the end of the JSON payload. There is an open JSON object or array that should be closed."
        $seen.Errors[0].FullyQualifiedErrorId | Should -BeExactly "BadRecord,$cmdlet"
    }

    It 'ends cleanly when no more is wanted' {
        $Error.Clear()
        (Get-SourceData ./orders.json | Select-Object -First 3).Count | Should -Be 3
        (Get-SourceData ./orders.json, ./customers.csv | Select-Object -First 1).order_id | Should -Be 10001
        $Error.Count | Should -Be 0

        # The file is free again.
        Move-Item orders.json orders2.json
        Move-Item orders2.json orders.json
    }

    It 'keeps text as text: leading zeros, empty and quoted empty' {
        Set-Content empty.csv 'id,a,b', '007,,""'
        $record = Get-SourceData ./empty.csv
        $record.id | Should -BeExactly '007'
        $null -eq $record.a | Should -BeTrue
        $record.b | Should -BeExactly ''
        (Get-SourceData ./empty.csv -NullText '007').id | Should -BeNullOrEmpty
        (Get-SourceData ./empty.csv -EmptyFields Text).a | Should -BeExactly ''
    }

    It 'takes -Header, -NoHeader, -Delimiter and -Encoding' {
        [System.IO.File]::WriteAllBytes((Join-Path $folder 'latin.csv'), [System.Text.Encoding]::Latin1.GetBytes("1;Zo`u{EB}`n2;Bj`u{F8}rn`n"))
        (Get-SourceData ./latin.csv -Header id, name -Delimiter ';' -Encoding latin1).name | Should -Be "Zo`u{EB}", "Bj`u{F8}rn"
        (Get-SourceData ./latin.csv -NoHeader -Delimiter ';' -Encoding latin1).Column1 | Should -Be '1', '2'
    }

    It 'refuses an encoding that does not exist' {
        $seen = Invoke-Observed { Get-SourceData ./customers.csv -Encoding utf-99 }
        $seen.Terminating.Exception.Message | Should -BeExactly "'utf-99' is not a known encoding. Use for instance utf-8, utf-16, windows-1252 or latin1."
        $seen.Terminating.FullyQualifiedErrorId | Should -BeExactly "InvalidOption,$cmdlet"
    }

    It 'reads an array inside a JSON document, and says where there is none' {
        Set-Content nested.json '{"data": {"items": [{"id": 1}, {"id": 2}]}}'
        (Get-SourceData ./nested.json -JsonPointer /data/items).id | Should -Be 1, 2
        $seen = Invoke-Observed { Get-SourceData ./nested.json -JsonPointer /data/item }
        @($seen.Errors).Count | Should -Be 1
        $seen.Errors[0].Exception.Message | Should -BeExactly "There is nothing at '/data/item' in '$(Join-Path $folder 'nested.json')'. Check the JSON Pointer."
    }

    It 'refuses a way to read that does not fit the source' {
        { Get-SourceData -ConnectionString 'Host=x' -Table t -Delimiter ';' } | Should -Throw -ErrorId 'AmbiguousParameterSet*'
        { Get-SourceData -Path '' } | Should -Throw
    }

    It 'says who does not answer at a database, without the password' {
        $secret = 'canary-' + [guid]::NewGuid()
        $port = New-SilentPort
        $seen = Invoke-Observed { Get-SourceData -ConnectionString "Host=127.0.0.1;Port=$($port.LocalEndPoint.Port);Database=shop;Username=reader;Password=$secret" -Table public.customers }
        $seen.Errors.Count | Should -Be 1
        $seen.Errors[0].Exception.Message | Should -BeExactly "Nobody answers at postgresql://127.0.0.1:$($port.LocalEndPoint.Port)/shop: Connection refused. Check the host and the port, and that the server runs and listens there."
        $seen.Errors[0].TargetObject | Should -Be 'public.customers'
        $seen.Errors[0].Exception.ToString() | Should -Not -Match $secret
        $port.Dispose()
    }
}
