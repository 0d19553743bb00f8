BeforeAll {
    . "$PSScriptRoot/ModuleTestKit.ps1"
    Import-Module (Get-TestModulePath)
    $folder = New-SampleFolder (Join-Path $TestDrive 'export')
    Push-Location $folder
    $cmdlet = 'SafeAI.Migration.PowerShell.Commands.ExportMigrationDataCommand'
}

AfterAll {
    Pop-Location
}

Describe 'Export-MigrationData' {
    It 'writes what Get-SourceData read, and it reads back the same' {
        $result = Get-SourceData ./customers.csv -ErrorAction SilentlyContinue | Export-MigrationData ./copy.ndjson.gz -SchemaPath ./copy.schema.json
        $result | Should -BeOfType [SafeAI.Migration.ExportResult]
        $result.Written | Should -BeGreaterThan 500
        $result.Records | Should -Be ($result.Written + $result.Rejected)
        $before = Get-SourceData ./customers.csv -ErrorAction SilentlyContinue | ConvertTo-Json -Depth 4
        $after = Get-SourceData ./copy.ndjson.gz -SchemaPath ./copy.schema.json | ConvertTo-Json -Depth 4
        $after | Should -BeExactly $before
    }

    It 'takes hash tables, the objects of other commands, and nodes' {
        @{ a = 1; b = 'x' }, @{ a = 2; b = $null } | Export-MigrationData ./tables.csv | Out-Null
        Get-Content ./tables.csv -Raw | Should -BeExactly "a,b`n1,x`n2,`n"
        Import-Csv ./tables.csv | Export-MigrationData ./objects.json | Out-Null
        (Get-Content ./objects.json -Raw | ConvertFrom-Json).b | Should -Be 'x', ''
        [pscustomobject]@{ id = 7; name = 'Ada' } | Convert-MigrationData -Node @{ Type = 'Person'; Id = 'p:{id}'; Properties = @{ name = 'name' } } | Export-MigrationData ./nodes.csv | Out-Null
        Get-Content ./nodes.csv -Raw | Should -BeExactly "type,id,labels,name`nPerson,p:7,,Ada`n"
    }

    It 'keeps types with -SchemaPath' {
        [pscustomobject]@{ n = 5; when = [datetimeoffset]'2024-02-29T12:00:00+02:00'; d = 1.50d; list = [long[]](1, 2) } |
            Export-MigrationData ./typed.csv -SchemaPath ./typed.schema.json | Out-Null
        $record = Get-SourceData ./typed.csv -SchemaPath ./typed.schema.json
        $record.n | Should -BeOfType [int]
        $record.when | Should -Be ([datetimeoffset]'2024-02-29T12:00:00+02:00')
        $record.d | Should -BeOfType [decimal]
        $record.list | Should -Be 1, 2
        $record.list.GetType() | Should -Be ([long[]])
        (Get-SourceData ./typed.csv).n | Should -BeOfType [string]
    }

    It 'guards formulas' {
        $result = [pscustomobject]@{ a = '=HYPERLINK("x")'; b = '-1' } | Export-MigrationData ./guarded.csv -GuardFormula
        $result.Guarded | Should -Be 2
        (Import-Csv ./guarded.csv).a | Should -BeExactly '''=HYPERLINK("x")'
    }

    It 'keeps a file that exists, unless -Force or -Append is given' {
        @{ a = 1 } | Export-MigrationData ./kept.csv | Out-Null
        $seen = Invoke-Observed { @{ a = 2 } | Export-MigrationData ./kept.csv }
        $seen.Terminating.FullyQualifiedErrorId | Should -BeExactly "ExportFailed,$cmdlet"
        $seen.Terminating.CategoryInfo.Category | Should -Be 'WriteError'
        @{ a = 2 } | Export-MigrationData ./kept.csv -Append | Out-Null
        Get-Content ./kept.csv -Raw | Should -BeExactly "a`n1`n2`n"
        @{ a = 3 } | Export-MigrationData ./kept.csv -Force | Out-Null
        Get-Content ./kept.csv -Raw | Should -BeExactly "a`n3`n"
    }

    It 'touches nothing with -WhatIf' {
        $before = (Get-ChildItem -Force).Name
        Get-SourceData ./customers.csv -ErrorAction SilentlyContinue | Export-MigrationData ./new.csv -SchemaPath ./new.schema.json -WhatIf | Should -BeNullOrEmpty
        (Get-ChildItem -Force).Name | Should -Be $before
    }

    It 'leaves nothing behind where the pipeline ends early' {
        $before = (Get-ChildItem -Force).Name
        $seen = Invoke-Observed { 1..5000 | ForEach-Object { if ($_ -eq 4000) { throw 'no more' }; @{ a = $_ } } | Export-MigrationData ./half.csv }
        $seen.Terminating.Exception.Message | Should -Be 'no more'
        (Get-ChildItem -Force).Name | Should -Be $before
    }

    It 'turns what cannot be written into an error that carries it, and goes on' {
        $seen = Invoke-Observed { @{ a = 'x' }, @{ a = [string][char]0xd800 }, @{ a = 'z' } | Export-MigrationData ./odd.ndjson }
        $seen.Errors.Count | Should -Be 1
        $seen.Errors[0].FullyQualifiedErrorId | Should -BeExactly "UnsupportedValue,$cmdlet"
        $seen.Output.Written | Should -Be 2
        $seen.Output.Rejected | Should -Be 1
        5 | Export-MigrationData ./five.csv -ErrorAction SilentlyContinue -ErrorVariable refused | Out-Null
        $refused[0].FullyQualifiedErrorId | Should -BeExactly "UnsupportedInput,$cmdlet"
    }

    It 'shows its result as a list' {
        $text = @{ a = 1 } | Export-MigrationData ./shown.csv | Out-String
        $text | Should -Match 'Records\s*: 1 = 1 written \+ 0 rejected'
    }
}
