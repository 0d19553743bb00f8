BeforeAll {
    . "$PSScriptRoot/ModuleTestKit.ps1"
    Import-Module (Get-TestModulePath)
    $folder = New-SampleFolder (Join-Path $TestDrive 'convert')
    Push-Location $folder
    $cmdlet = 'SafeAI.Migration.PowerShell.Commands.ConvertMigrationDataCommand'
    $people = 1..3 | ForEach-Object { [pscustomobject]@{ id = "$_"; name = "Name $_"; age = "$(30 + $_)" } }
    $plain = @{ nodes = @{ type = 'Person'; id = 'person:{id}'; properties = @{ age = @{ field = 'age'; type = 'integer' } } } }
}

AfterAll {
    Pop-Location
}

Describe 'Convert-MigrationData' {
    It 'makes the nodes and relationships of the sample' {
        $seen = Invoke-Observed { Get-SourceData ./customers.csv | Convert-MigrationData ./customers.map.json }
        ($seen.Output | Group-Object Type -NoElement | Sort-Object Name | ForEach-Object { "$($_.Name) $($_.Count)" }) | Should -Be 'Country 597', 'Customer 597', 'LIVES_IN 597'
        $seen.Output[0] | Should -BeOfType [SafeAI.Migration.GraphNode]
        $seen.Output[0].Id | Should -Be 'customer:00001'
        $seen.Output[0].Properties.number | Should -BeExactly '00001'
        $seen.Errors.Count | Should -Be 4
    }

    It 'takes the mapping as a path, a file, a hash table and an ordered table' {
        $json = $plain | ConvertTo-Json -Depth 9
        Set-Content ./plain.json $json
        foreach ($mapping in './plain.json', (Get-Item ./plain.json), $plain, [ordered]@{ nodes = $plain.nodes }, ($json | ConvertFrom-Json -AsHashtable), ($json | ConvertFrom-Json)) {
            ($people | Convert-MigrationData $mapping -ErrorAction Stop).Properties.age | Should -Be 31, 32, 33
        }
    }

    It 'takes script blocks for values and conditions' {
        $prefix = 'Dr'
        $nodes = $people | Convert-MigrationData @{ nodes = @{
                type = 'Person'; id = 'person:{id}'; when = { $_.id -ne '2' }
                properties = @{ title = { "$prefix $($_.name)" }; list = { 'a', 'b' }; doubled = @{ script = { 2 * [int]$_.age } } }
            } }
        $nodes.Id | Should -Be 'person:1', 'person:3'
        $nodes[0].Properties.title | Should -BeExactly 'Dr Name 1'
        $nodes[0].Properties.list | Should -Be 'a', 'b'
        $nodes[1].Properties.doubled | Should -Be 66
    }

    It 'converts units, whose library is loaded apart and only where a mapping asks for it' {
        $loaded = (Invoke-CleanPowerShell -WorkingDirectory $folder -Environment @{ MODULE = (Get-TestModulePath) } -Command @'
            Import-Module $env:MODULE
            function Get-Library { [AppDomain]::CurrentDomain.GetAssemblies() | Where-Object { $_.GetName().Name -eq 'UnitsNet' } | ForEach-Object { [System.Runtime.Loader.AssemblyLoadContext]::GetLoadContext($_).Name } }
            $record = [pscustomobject]@{ id = 1; weight = '2 lb' }
            $node = @{ type = 'Parcel'; id = 'parcel:{id}'; properties = @{ weight = 'weight' } }
            $null = $record | Convert-MigrationData @{ nodes = $node }
            "before: $(Get-Library)"
            $node.properties.weight = @{ field = 'weight'; type = 'decimal'; unit = 'kg' }
            "$(($record | Convert-MigrationData @{ nodes = $node }).Properties.weight) kg"
            "after: $(Get-Library)"
'@).Output -split '\r?\n'
        $loaded | Should -Be 'before: ', '0.90718474 kg', 'after: SafeAI.Migration'
    }

    It 'turns a script that fails into a rejected record' {
        $seen = Invoke-Observed { $people | Convert-MigrationData @{ nodes = @{ type = 'Person'; id = 'person:{id}'; properties = @{ x = { if ($_.id -eq '2') { throw 'no two' } 1 } } } } }
        $seen.Output.Id | Should -Be 'person:1', 'person:3'
        $seen.Errors.Exception.Message | Should -Be 'pipeline, record 2: The script failed: no two'
    }

    It 'ends where the mapping names a field that is not there, and suggests one' {
        $seen = Invoke-Observed { $people | Convert-MigrationData @{ nodes = @{ type = 'Person'; id = 'person:{id}'; properties = @{ name = 'nmae' } } } }
        $seen.Output | Should -BeNullOrEmpty
        $seen.Terminating.Exception.Message | Should -BeExactly "The mapping 'mapping' has a fault at `$.nodes.properties.name: The records of 'pipeline' have no field 'nmae'. Did you mean 'name'?"
        $seen.Terminating.FullyQualifiedErrorId | Should -BeExactly "UnknownField,$cmdlet"
        $seen.Terminating.CategoryInfo.Category | Should -Be 'InvalidArgument'
    }

    It 'ends where the mapping has a key that is unknown, and suggests one, before it reads anything' {
        $seen = Invoke-Observed { $people | Convert-MigrationData @{ nodes = @{ type = 'Person'; id = 'person:{id}'; propertys = @{} } } }
        $seen.Terminating.Exception.Message | Should -BeExactly "The mapping 'mapping' has a fault at `$.nodes.propertys: The key 'propertys' is unknown here. Did you mean 'properties'?"
        $seen.Terminating.FullyQualifiedErrorId | Should -BeExactly "InvalidMapping,$cmdlet"
    }

    It 'lists all faults of a mapping at once' {
        $seen = Invoke-Observed { $people | Convert-MigrationData @{ nods = 1; nodes = @{ type = 'Per son'; id = 'person' } } }
        $seen.Terminating.Exception.Message | Should -BeLike "*2 faults*"
        $seen.Terminating.Exception.Faults.Count | Should -Be 2
    }

    It 'refuses labels that are not plain identifiers' {
        $seen = Invoke-Observed { $people | Convert-MigrationData @{ nodes = @{ type = 'Person`) DETACH DELETE (n'; id = 'person:{id}' } } }
        $seen.Output | Should -BeNullOrEmpty
        $seen.Terminating.FullyQualifiedErrorId | Should -BeExactly "UnsafeIdentifier,$cmdlet"
    }

    It 'says which mapping file is missing or is not JSON, and where' {
        $seen = Invoke-Observed { $people | Convert-MigrationData ./missing.map.json }
        $seen.Terminating.FullyQualifiedErrorId | Should -BeExactly "SourceNotFound,$cmdlet"
        $seen.Terminating.Exception.Message | Should -BeLike "*$(Join-Path $folder 'missing.map.json')*"
        Set-Content ./broken.map.json '{', '  "nodes": [', '  }'
        $seen = Invoke-Observed { $people | Convert-MigrationData ./broken.map.json }
        $seen.Terminating.Exception.Message | Should -BeLike "*broken.map.json*not JSON in line 3*"
    }

    It 'refuses what is no mapping' {
        $seen = Invoke-Observed { $people | Convert-MigrationData 42 }
        $seen.Terminating.Exception.Message | Should -BeExactly 'An object of the type Int32 is not a mapping. Pass the path of a JSON file, or a hash table.'
    }

    It 'turns a value that does not convert into an error that carries the record, and goes on' {
        Set-Content ./ages.csv 'id,age', '1,31', '2,old', '3,33'
        $seen = Invoke-Observed { Get-SourceData ./ages.csv | Convert-MigrationData $plain }
        $seen.Output.Id | Should -Be 'person:1', 'person:3'
        $seen.Terminating | Should -BeNullOrEmpty
        $seen.Errors.Count | Should -Be 1
        $seen.Errors[0].FullyQualifiedErrorId | Should -BeExactly "ConversionFailed,$cmdlet"
        $seen.Errors[0].CategoryInfo.Category | Should -Be 'InvalidData'
        $seen.Errors[0].Exception.Message | Should -BeLike "$(Join-Path $folder 'ages.csv'), line 3, field 'age': 'old' is not a*"
        $seen.Errors[0].Exception.Field | Should -Be 'age'
        $seen.Errors[0].Exception.Stage | Should -Be 'Transform'
        $seen.Errors[0].TargetObject | Should -BeOfType [SafeAI.Migration.Record]
        $seen.Errors[0].TargetObject.id | Should -Be '2'
    }

    It 'ends at the first bad record where that is asked' {
        Set-Content ./ages2.csv 'id,age', '1,31', '2,old', '3,33'
        $seen = Invoke-Observed { Get-SourceData ./ages2.csv | Convert-MigrationData $plain -ErrorAction Stop }
        $seen.Output.Id | Should -Be 'person:1'
        $seen.Terminating.FullyQualifiedErrorId | Should -BeExactly "ConversionFailed,$cmdlet"
    }

    It 'rejects a record whose id would be empty' {
        $seen = Invoke-Observed { @{ id = ''; age = 1 }, @{ id = '2'; age = 2 } | Convert-MigrationData $plain }
        $seen.Output.Id | Should -Be 'person:2'
        $seen.Errors[0].FullyQualifiedErrorId | Should -BeExactly "MissingValue,$cmdlet"
    }

    It 'leaves the hash table as it was' {
        $mapping = @{ nodes = @{ type = 'Person'; id = 'person:{id}'; properties = @{ x = { 1 } } } }
        $people | Convert-MigrationData $mapping | Out-Null
        $mapping.nodes.properties.x | Should -BeOfType [scriptblock]
    }

    It 'shows its items as tables' {
        $text = $people | Convert-MigrationData @{ nodes = @{ type = 'Person'; id = 'person:{id}'; labels = 'Human'; properties = @{ name = 'name' } } } | Out-String -Width 120
        $text | Should -Match 'Type\s+Id\s+Properties'
        $text | Should -Match 'Person:Human\s+person:1\s+\{name: Name 1\}'
    }
}

Describe 'Convert-MigrationData with script blocks, logs and several mappings' {
    It 'takes nodes and relationships without a mapping around them' {
        $items = $people | Convert-MigrationData -Node @{
            Type = 'Person'; Id = { "person:$($_.id)" }; Properties = @{ name = { $_.name.ToUpperInvariant() }; age = @{ Field = 'age'; Type = 'integer' } }
        }, @{ Type = 'Age'; Id = 'age:{age}' } -Relationship @{
            Type = 'HAS_AGE'; From = @{ Type = 'Person'; Id = { "person:$($_.id)" } }; To = @{ Type = 'Age'; Id = 'age:{age}' }; Properties = @{ half = { [int]$_.age / 2 } }
        }
        $items.Count | Should -Be 9
        $items[0].Id | Should -BeExactly 'person:1'
        $items[0].Properties.name | Should -BeExactly 'NAME 1'
        $items[0].Properties.age | Should -Be 31
        $items[2].FromId | Should -BeExactly 'person:1'
        $items[2].ToId | Should -BeExactly 'age:31'
        $items[2].Properties.half | Should -Be 15.5
    }

    It 'rejects a record whose script throws, in a property and in an id, and never makes an empty value' {
        $seen = Invoke-Observed { $people | Convert-MigrationData -Node @{ Type = 'Person'; Id = { if ($_.id -eq '1') { throw 'no one' }; "p:$($_.id)" }; Properties = @{ x = { if ($_.id -eq '3') { $null.Missing() }; 1 } } } }
        $seen.Output.Id | Should -Be 'p:2'
        $seen.Errors.Count | Should -Be 2
        $seen.Errors[0].Exception.Message | Should -BeLike '*no one*'
        $seen.Errors[0].FullyQualifiedErrorId | Should -BeExactly "ConversionFailed,$cmdlet"
    }

    It 'rejects a record where a command in a script fails, unless the script says otherwise' {
        $seen = Invoke-Observed { $people | Convert-MigrationData -Node @{ Type = 'Person'; Id = 'p:{id}'; Properties = @{ x = { if ($_.id -eq '2') { Get-Item /no/such/file } else { 1 } }; y = { if ($_.id -eq '3') { Write-Error 'bad three' } } } } }
        $seen.Output.Id | Should -Be 'p:1'
        $seen.Errors.Count | Should -Be 2
        $seen.Errors[0].Exception.Message | Should -BeLike '*record 2: The script failed: *no/such/file*'
        $seen.Errors[1].Exception.Message | Should -BeLike '*record 3: The script failed: bad three'
        $seen = Invoke-Observed { $people | Convert-MigrationData -Node @{ Type = 'Person'; Id = 'p:{id}'; Properties = @{ x = { Get-Item /no/such/file -ErrorAction SilentlyContinue }; y = { $ErrorActionPreference = 'Ignore'; Write-Error 'bad'; 'fine' } } } }
        $seen.Errors | Should -BeNullOrEmpty
        $seen.Output.Properties.y | Should -Be 'fine', 'fine', 'fine'
    }

    It 'lists the faults of -Node as those of a mapping' {
        $seen = Invoke-Observed { $people | Convert-MigrationData -Node @{ Typ = 'Person'; Id = 'p:{id}' } }
        $seen.Terminating.Exception.Faults.Suggestion | Should -Contain 'type'
    }

    It 'counts what rules did, for -LogVariable, with samples, masked where private' {
        $mapping = @{
            clean = @{ name = 'tidy'; fields = 'name'; apply = 'upper' }
            nodes = @{ type = 'Person'; id = 'p:{id}'; properties = @{ name = 'name'; age = @{ field = 'age'; type = 'integer' }; secret = @{ field = 'age'; apply = @(@{ prefix = 'x' }); private = $true } } }
        }
        $people | Convert-MigrationData $mapping -LogVariable rules -LogSampleSize 2 | Out-Null
        $tidy = $rules | Where-Object Rule -Like '*tidy*'
        $tidy.Seen | Should -Be 3
        $tidy.Changed | Should -Be 3
        $tidy.Field | Should -Be 'name'
        $tidy.Samples.Count | Should -Be 2
        $tidy.Samples[0].Before | Should -BeExactly 'Name 1'
        $tidy.Samples[0].After | Should -BeExactly 'NAME 1'
        ($rules | Where-Object Rule -Like '*secret*').Samples[0].Before | Should -Be '***'
        ($rules | Format-Table | Out-String -Width 200) | Should -Match 'Rule\s+Field\s+Seen\s+Changed'
    }

    It 'keeps each value with -LogPath, and refuses a file that exists' {
        $mapping = @{ nodes = @{ type = 'Person'; id = 'p:{id}'; properties = @{ name = @{ field = 'name'; apply = 'lower' } } } }
        $people | Convert-MigrationData $mapping -LogPath ./changes.ndjson | Out-Null
        $lines = Get-Content ./changes.ndjson | ConvertFrom-Json
        $lines.Count | Should -Be 3
        $lines[1].record | Should -Be 2
        $lines[1].source | Should -Be 'pipeline'
        $lines[1].before | Should -BeExactly 'Name 2'
        $lines[1].after | Should -BeExactly 'name 2'
        $lines[1].field | Should -Be 'name'
        $seen = Invoke-Observed { $people | Convert-MigrationData $mapping -LogPath ./changes.ndjson }
        $seen.Terminating.FullyQualifiedErrorId | Should -BeExactly "StoreFailed,$cmdlet"
        ($people | Convert-MigrationData $mapping -LogPath ./none.ndjson -WhatIf).Count | Should -Be 3
        './none.ndjson' | Should -Not -Exist
    }

    It 'lets every record pass several mappings' {
        Set-Content ./first.map.json '{ "nodes": [ { "type": "Person", "id": "p:{id}", "properties": { "name": "name" } } ] }'
        $items = $people | Convert-MigrationData ./first.map.json, @{ nodes = @{ type = 'Age'; id = 'age:{age}' } }
        $items.Type | Should -Be 'Person', 'Age', 'Person', 'Age', 'Person', 'Age'
        $seen = Invoke-Observed { $people | Convert-MigrationData ./first.map.json, @{ nods = 1 }, @{ nodes = @{ type = 'X' } } }
        $seen.Terminating.Exception.Faults.Path | Should -Contain 'mapping 2: $.nods'
        $seen.Terminating.Exception.Faults.Path | Should -Contain 'mapping 3: $.nodes'
    }

    It 'takes what a statement without output left in an object for null' {
        $rows = 1..2 | ForEach-Object { [pscustomobject]@{ id = $_; n = if ($_ -gt 1) { 'x' } } }
        $rows | Convert-MigrationData @{ nodes = @{ type = 'Thing'; id = '{id}'; properties = @{ n = 'n'; m = { $_.n } } } } -ErrorAction Stop |
            ForEach-Object { "$($_.Properties['n'])/$($_.Properties['m'])" } | Should -Be '/', 'x/x'
    }

    It 'finds two mappings that give one id to different rows, where nodes are to be unique' {
        $seen = Invoke-Observed {
            @{ a = '1'; b = '1' }, @{ a = '1'; b = '2' } | Convert-MigrationData @{ nodes = @{ type = 'Thing'; id = 't:{b}'; unique = $true } }, @{ nodes = @{ type = 'Thing'; id = 't:x{a}' } }
        }
        $seen.Errors.Count | Should -Be 1
        $seen.Errors[0].FullyQualifiedErrorId | Should -BeExactly "DuplicateKey,$cmdlet"
        $seen.Errors[0].Exception.Message | Should -BeLike "*'t:x1' of the Thing was made already by the record at pipeline, record 1*"
    }

    It 'finds two mappings that give one id to different rows, unless they merge' {
        $rows = @{ a = '1'; b = '2'; n = 'x' }, @{ a = '3'; b = '1'; n = 'y' }
        $one = @{ nodes = @{ type = 'Thing'; id = 't:{a}'; properties = @{ n = 'n' } } }
        $other = @{ nodes = @{ type = 'Thing'; id = 't:{b}'; properties = @{ n = 'n' } } }
        $seen = Invoke-Observed { $rows | Convert-MigrationData $one, $other }
        $seen.Output.Id | Should -Be 't:1', 't:2'
        $seen.Errors.Count | Should -Be 1
        $seen.Errors[0].FullyQualifiedErrorId | Should -BeExactly "DuplicateKey,$cmdlet"
        $seen.Errors[0].Exception.Message | Should -BeLike "*'t:1' of the Thing was made already by the record at pipeline, record 1, with other properties*pipeline, record 2*"
        $other.nodes.merge = $true
        ($rows | Convert-MigrationData $one, $other).Id | Should -Be 't:1', 't:2', 't:3', 't:1'
    }
}
