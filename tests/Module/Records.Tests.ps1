BeforeAll {
    . "$PSScriptRoot/ModuleTestKit.ps1"
    Import-Module (Get-TestModulePath)
    $folder = New-SampleFolder (Join-Path $TestDrive 'records')
    Push-Location $folder
    Set-CleanCustomerFile ./customers.csv -Count 12
    Set-Content ./typed.ndjson -Value @(
        '{"id": 1, "name": "Ann", "paid": 12.5, "active": true, "tags": ["a", "b"], "address": {"city": "Oslo"}}'
        '{"id": 2, "name": "Ben", "paid": null, "active": false, "tags": [], "address": null}')
    $customers = Get-SourceData ./customers.csv
    $typed = Get-SourceData ./typed.ndjson
}

AfterAll {
    Pop-Location
}

Describe 'Records' {
    It 'are as many as there are rows, in their order' {
        $customers.Count | Should -Be 12
        $customers.customer_id | Should -Be (1..12 | ForEach-Object { '{0:00000}' -f $_ })
    }

    It 'have their fields as properties' {
        $customers[1].email | Should -Be 'grace.turing2@example.com'
        ($customers | ForEach-Object { $_.email }).Count | Should -Be 12
        $customers[1].PSObject.Properties.Name | Should -Be 'customer_id', 'name', 'email', 'phone', 'country', 'credit', 'joined', 'active', 'note'
    }

    It 'show as a table' {
        $lines = ($customers | Select-Object -First 2 | Format-Table customer_id, name, email | Out-String -Width 120).Trim() -split '\r?\n'
        $lines[0] | Should -Match '^customer_id\s+name\s+email\s*$'
        $lines[2] | Should -Match "^00001\s+Margaret O'Neil\s+margaret.oneil1@example.com\s*$"
        $lines.Count | Should -Be 4
    }

    It 'can be selected, filtered, sorted, grouped and measured' {
        $customers | Where-Object email -Like 'grace*' | Select-Object -ExpandProperty customer_id | Should -Be '00002'
        ($customers | Select-Object name, @{ n = 'upper'; e = { $_.country.ToUpper() } } | Select-Object -First 1).upper | Should -Be 'JP'
        ($customers | Sort-Object name -Descending | Select-Object -First 1).name | Should -Be ($customers.name | Sort-Object -Descending | Select-Object -First 1)
        ($customers | Group-Object country | Measure-Object Count -Sum).Sum | Should -Be 12
        ($typed | Measure-Object paid -Sum).Sum | Should -Be 12.5
        ($customers | Select-Object -Property * -First 1).name | Should -Be "Margaret O'Neil"
    }

    It 'show their real types in Get-Member' {
        $members = $typed | Get-Member -MemberType Property
        ($members | Where-Object Name -EQ id).Definition | Should -BeLike '*long*id*'
        ($members | Where-Object Name -EQ active).Definition | Should -BeLike '*bool*active*'
        ($members | Where-Object Name -EQ name).Definition | Should -BeLike 'string name*'
        $members.Count | Should -Be 6
    }

    It 'keep the types of their values' {
        $typed[0].id | Should -BeOfType [long]
        $typed[0].active | Should -BeTrue
        $typed[1].paid | Should -BeNullOrEmpty
        $typed[0].tags | Should -Be 'a', 'b'
        $typed[0].address.city | Should -Be 'Oslo'
    }

    It 'go through a CSV file and back' {
        $customers | Export-Csv ./exported.csv
        $back = Get-SourceData ./exported.csv
        foreach ($name in $customers[0].PSObject.Properties.Name) {
            @($back.$name | ForEach-Object { "$_" }) | Should -Be @($customers.$name | ForEach-Object { "$_" })
        }
        (Import-Csv ./exported.csv)[1].email | Should -Be $customers[1].email
    }

    It 'become JSON with nothing but their fields' {
        $parsed = $typed[0] | ConvertTo-Json -Depth 5 -Compress | ConvertFrom-Json -AsHashtable
        $parsed.Keys | Should -Be 'id', 'name', 'paid', 'active', 'tags', 'address'
        $parsed.address.city | Should -Be 'Oslo'
        $parsed.id | Should -Be 1
    }

    It 'go through CLIXML and back' {
        $typed | Export-Clixml ./typed.xml
        $back = Import-Clixml ./typed.xml
        $back[0].id | Should -Be 1
        $back[0].id | Should -BeOfType [long]
        $back[1].name | Should -Be 'Ben'
        $back[0].PSObject.TypeNames[0] | Should -BeLike 'Deserialized.SafeAI.Migration.Records.*'
    }

    It 'can be used in other runspaces' {
        $customers | ForEach-Object -ThrottleLimit 3 -Parallel { $_.email = "$($_.customer_id)@x"; $_.email } | Sort-Object |
            Should -Be (1..12 | ForEach-Object { '{0:00000}@x' -f $_ })
        $customers[3].email | Should -Be '00004@x'
    }

    It 'can be changed, within the types of their fields' {
        $typed[0].name = 'Anna'
        $typed[0].id = '17'
        $typed[0].id | Should -BeExactly 17
        { $typed[0].id = 'many' } | Should -Throw '*many*'
        $typed[0].paid = $null
        $typed[0].paid | Should -BeNullOrEmpty
        { $typed[0].nothing = 1 } | Should -Throw '*nothing*'
    }

    It 'are of a type that scripts can name' {
        $typed[0] | Should -BeOfType [SafeAI.Migration.Record]
        function Get-Name([SafeAI.Migration.Record] $Record) { $Record.name }
        Get-Name $typed[1] | Should -Be 'Ben'
        $typed[1].GetPosition().ToString() | Should -Be "$(Join-Path $folder 'typed.ndjson'), line 2"
    }

    It 'of one shape are of one type, file after file' {
        Copy-Item ./typed.ndjson ./again.ndjson
        (Get-SourceData ./typed.ndjson)[0].GetType() | Should -Be $typed[0].GetType()
    }

    It 'can have fields whose names are not good names, or differ in case only' {
        Set-Content ./names.csv 'first name,Name,name,GetType', 'a,b,c,d'
        $record = Get-SourceData ./names.csv -MetadataVariable facts
        $record.'first name' | Should -Be 'a'
        $record.PSObject.Properties.Value | Should -Be 'a', 'b', 'c', 'd'
        $record.GetType() | Should -BeOfType [type]
        $facts.Schema.Fields.Name | Should -Be 'first name', 'Name', 'name', 'GetType'
    }
}

Describe 'Other objects in place of records' {
    BeforeDiscovery {
        $table = [System.Data.DataTable]::new()
        [void]$table.Columns.Add('id', [int])
        [void]$table.Columns.Add('name', [string])
        [void]$table.Rows.Add(1, 'Ann')
        [void]$table.Rows.Add(2, [DBNull]::Value)
        $kinds = @(
            @{ Kind = 'hash tables'; Given = @(@{ id = 1; name = 'Ann' }, @{ name = $null; id = 2 }) }
            @{ Kind = 'ordered tables'; Given = @([ordered]@{ id = 1; name = 'Ann' }, [ordered]@{ id = 2; name = $null }) }
            @{ Kind = 'custom objects'; Given = @([pscustomobject]@{ id = 1; name = 'Ann' }, [pscustomobject]@{ id = 2; name = $null }) }
            @{ Kind = 'data rows'; Given = @($table.Rows) }
            @{ Kind = 'output of ConvertFrom-Csv'; Given = @('id,name', '1,Ann', '2,' | ConvertFrom-Csv) }
            @{ Kind = 'output of ConvertFrom-Json'; Given = @('[{"id":1,"name":"Ann"},{"id":2,"name":null}]' | ConvertFrom-Json) }
            @{ Kind = 'output of Select-Object'; Given = @(@{ id = 1; name = 'Ann' }, @{ id = 2 } | Select-Object -Property id, name) }
        )
    }

    It 'were tried' -ForEach @{ Count = $kinds.Count } {
        $Count | Should -Be 7
    }

    It '<Kind> convert' -ForEach $kinds {
        $nodes = @($Given | Convert-MigrationData -Mapping @{ nodes = @{ type = 'Person'; id = 'person:{id}'; properties = @{ name = @{ field = 'name'; apply = 'emptyToNull' } } } } -ErrorAction Stop)
        $nodes.Id | Should -Be 'person:1', 'person:2'
        $nodes[0].Properties.name | Should -Be 'Ann'
        $nodes[1].Properties.name | Should -BeNullOrEmpty
    }

    It 'without named values are refused one by one' {
        $seen = Invoke-Observed { 5, 'text', @{ id = 3 } | Convert-MigrationData -Mapping @{ nodes = @{ type = 'Person'; id = 'person:{id}' } } }
        $seen.Output.Id | Should -Be 'person:3'
        $seen.Errors.FullyQualifiedErrorId | Should -Be (@('UnsupportedInput,SafeAI.Migration.PowerShell.Commands.ConvertMigrationDataCommand') * 2)
        $seen.Errors[0].TargetObject | Should -Be 5
        $seen.Errors[1].Exception.Message | Should -Be 'A String came down the pipeline, which has no named values. Pass records, hash tables, data rows, or objects with properties such as those of Import-Csv.'
    }
}
