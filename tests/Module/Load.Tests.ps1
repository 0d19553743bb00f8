BeforeAll {
    . "$PSScriptRoot/ModuleTestKit.ps1"
    Import-Module (Get-TestModulePath)
    $folder = New-SampleFolder (Join-Path $TestDrive 'load')
    Push-Location $folder
    Set-CleanCustomerFile ./clean.csv -Count 40
    $cmdlet = 'SafeAI.Migration.PowerShell.Commands.ImportSafeAIDataCommand'
    $sandbox = Start-SafeAISandbox

    function Assert-Balance($Result) {
        $Result.Read | Should -Be ($Result.Loaded + $Result.Unchanged + $Result.Rejected + $Result.Skipped) -Because 'the counts add up'
    }
}

AfterAll {
    Disconnect-SafeAI
    $sandbox | Stop-SafeAISandbox
    Pop-Location
}

Describe 'Import-SafeAIData into <Where>' -ForEach @(
    @{ Where = 'a store'; IsStore = $true }
    @{ Where = 'the platform'; IsStore = $false }
) {
    BeforeAll {
        $to = if ($IsStore) { @{ Store = './load.graph' } } else { @{ Endpoint = "$($sandbox.Endpoint)"; ApiKey = $sandbox.ApiKey } }
    }

    It 'loads the sample, counts every record, and verifies every value' {
        $seen = Invoke-Observed { Get-SourceData ./customers.csv | Convert-MigrationData ./customers.map.json | Import-SafeAIData @to -ErrorBudget 1% -Verify Content -BatchSize 100 }
        $result = $seen.Output
        $result | Should -BeOfType [SafeAI.Migration.MigrationResult]
        "$($result.Status) $($result.Read) $($result.Loaded) $($result.Unchanged) $($result.Rejected) $($result.Skipped)" | Should -Be 'Completed 601 597 0 4 0'
        $result.Verified | Should -BeTrue
        $result.Relationships.Total | Should -Be 597
        $seen.Errors.Count | Should -Be 4
        Assert-Balance $result
    }

    It 'writes nothing the second time' {
        $before = if (-not $IsStore) { Get-SandboxFigure $sandbox }
        $result = (Invoke-Observed { Get-SourceData ./customers.csv | Convert-MigrationData ./customers.map.json | Import-SafeAIData @to -ErrorBudget 1% -Verify Count }).Output
        "$($result.Read) $($result.Loaded) $($result.Unchanged) $($result.Rejected) $($result.Skipped)" | Should -Be '601 0 597 4 0'
        "$($result.Nodes.Created) $($result.Nodes.Updated) $($result.Relationships.Created) $($result.Relationships.Updated)" | Should -Be '0 0 0 0'
        $result.Verified | Should -BeTrue
        if ($before) {
            $after = Get-SandboxFigure $sandbox
            $after.writes | Should -Be $before.writes
            $after.nodes | Should -Be $before.nodes
            $before.writes | Should -BeGreaterThan 0
        }
    }

    It 'counts what was filtered out on the way as skipped' {
        $result = Get-SourceData ./clean.csv | Where-Object country -EQ 'JP' | Convert-MigrationData ./customers.map.json | Import-SafeAIData @to
        $japanese = @(Import-Csv ./clean.csv | Where-Object country -EQ 'JP').Count
        "$($result.Read) $($result.Loaded + $result.Unchanged) $($result.Skipped)" | Should -Be "40 $japanese $(40 - $japanese)"
        Assert-Balance $result
    }

    It 'counts items that were filtered out after the conversion' {
        $result = Get-SourceData ./clean.csv | Convert-MigrationData ./customers.map.json | Where-Object Type -EQ 'Customer' |
            Where-Object { $_.Id -lt 'customer:00011' } | Import-SafeAIData @to
        $result.Read | Should -Be 40
        $result.Skipped | Should -Be 30
        Assert-Balance $result
    }

    It 'updates what has changed and nothing else' {
        $records = Get-SourceData ./clean.csv
        $records[0].note = 'changed'
        $result = $records | Convert-MigrationData ./customers.map.json | Import-SafeAIData @to -Verify Content
        "$($result.Loaded) $($result.Unchanged) $($result.Nodes.Updated)" | Should -Be '1 39 1'
        (Get-SafeAIData @to Customer | Where-Object Id -EQ 'customer:00001').Properties.note | Should -Be 'changed'
    }

    It 'gives back what it was given, value by value' {
        $given = @(Get-SourceData ./customers.csv -ErrorAction SilentlyContinue | Convert-MigrationData ./customers.map.json -ErrorAction SilentlyContinue)
        $given | Import-SafeAIData @to -ErrorBudget 1% | Out-Null
        $expected = @{}
        foreach ($item in $given) { $expected["$($item.Type) $($item.Id)"] = $item }
        $read = @(Get-SafeAIData @to)
        $read.Count | Should -Be $expected.Count
        foreach ($item in $read) {
            $original = $expected["$($item.Type) $($item.Id)"]
            $original | Should -Not -BeNullOrEmpty
            foreach ($name in $original.Properties.Keys | Where-Object { $null -ne $original.Properties[$_] }) {
                $value = $original.Properties[$name]
                if ($item.Properties[$name] -cne $value -or $item.Properties[$name].GetType() -ne $value.GetType()) {
                    throw "$($item.Id).$name is $($item.Properties[$name]), not $value"
                }
            }
            if (@($item.Properties.Keys).Count -ne @($original.Properties.Keys | Where-Object { $null -ne $original.Properties[$_] }).Count) { throw "$($item.Id) has other properties" }
            if ($item -is [SafeAI.Migration.GraphRelationship] -and "$item" -cne "$original") { throw "$item is not $original" }
        }
    }

    It 'copies what Get-SafeAIData reads into another store' {
        $copy = Join-Path $folder "copy-$IsStore.graph"
        $result = Get-SafeAIData @to | Import-SafeAIData -Store $copy -Verify Content
        $result.Verified | Should -BeTrue
        @(Get-SafeAIData -Store $copy).Count | Should -Be @(Get-SafeAIData @to).Count
    }

    It 'reads only the types that are asked for, and stops when no more is wanted' {
        (Get-SafeAIData @to -NodeType Country).Type | Select-Object -Unique | Should -Be 'Country'
        (Get-SafeAIData @to -RelationshipType LIVES_IN | Select-Object -First 2).Count | Should -Be 2
        (Get-SafeAIData @to -NodeType Nothing) | Should -BeNullOrEmpty
    }

    It 'ends in an error that carries the result where too much was rejected' {
        $seen = Invoke-Observed { Get-SourceData ./customers.csv | Convert-MigrationData ./customers.map.json | Import-SafeAIData @to -ErrorBudget 3 }
        $seen.Terminating.FullyQualifiedErrorId | Should -BeExactly "ErrorBudgetExceeded,$cmdlet"
        $seen.Terminating.Exception.Message | Should -BeExactly '4 of 601 records were rejected; the error budget allows 3. Mend the rejected records and run the migration again, or allow more.'
        $seen.Terminating.TargetObject | Should -BeOfType [SafeAI.Migration.MigrationResult]
        $seen.Terminating.TargetObject.Status | Should -Be 'Failed'
        $seen.Output.Rejected | Should -Be 4
        Assert-Balance $seen.Terminating.TargetObject
    }

    It 'rejects a relationship whose end is not there, and counts it' {
        $seen = Invoke-Observed { @{ id = 1 } | Convert-MigrationData @{ relationships = @{ type = 'KNOWS'; from = @{ type = 'Customer'; id = 'customer:00001' }; to = @{ type = 'Customer'; id = 'nobody:{id}' } } } | Import-SafeAIData @to -ErrorBudget unlimited }
        $seen.Terminating | Should -Not -BeNullOrEmpty -Because 'that mapping is refused: both ends must be made from a field'
    }

    It 'rejects relationships to nodes that are missing, and says which' {
        $seen = Invoke-Observed { @{ id = '00001'; other = 'x' }, @{ id = '00002'; other = '00001' } | Convert-MigrationData @{ relationships = @{ type = 'KNOWS'; from = @{ type = 'Customer'; id = 'customer:{id}' }; to = @{ type = 'Customer'; id = 'customer:{other}' } } } | Import-SafeAIData @to -ErrorBudget unlimited }
        $seen.Output.Rejected | Should -Be 1
        $seen.Output.Loaded | Should -Be 1
        $seen.Errors.FullyQualifiedErrorId | Should -BeExactly "MissingEnd,$cmdlet"
        $seen.Errors[0].Exception.Message | Should -BeLike '*customer:x*'
        Assert-Balance $seen.Output
    }

    It 'makes one result of nothing' {
        $result = @() | Import-SafeAIData @to
        "$($result.Status) $($result.Read) $($result.Batches)" | Should -Be 'Completed 0 0'
    }
}

Describe 'Import-SafeAIData -WhatIf' {
    It 'creates no store' {
        Get-SourceData ./clean.csv | Convert-MigrationData ./customers.map.json | Import-SafeAIData -Store ./whatif.graph -WhatIf 6>&1 | Out-Null
        Get-ChildItem -Path 'whatif*' | Should -BeNullOrEmpty
    }

    It 'sends nothing' {
        $before = Get-SandboxFigure $sandbox
        Get-SourceData ./clean.csv | Convert-MigrationData ./customers.map.json | Import-SafeAIData -Endpoint $sandbox.Endpoint -ApiKey $sandbox.ApiKey -WhatIf | Should -BeNullOrEmpty
        (Get-SandboxFigure $sandbox | ConvertTo-Json -Depth 4 | ConvertFrom-Json -AsHashtable).requests.Values | Should -Be @(($before | ConvertTo-Json -Depth 4 | ConvertFrom-Json -AsHashtable).requests.Values)
        (Get-SandboxFigure $sandbox).mutatingRequests | Should -Be $before.mutatingRequests
    }
}

Describe 'Import-SafeAIData' {
    It 'refuses what is not a node or a relationship, and an error budget that is none' {
        { 5 | Import-SafeAIData -Store ./x.graph -ErrorAction Stop } | Should -Throw
        { @() | Import-SafeAIData -Store ./x.graph -ErrorBudget many } | Should -Throw "'many' is not an error budget: give a number such as 10, a share such as 0.5%, or unlimited."
        { @() | Import-SafeAIData -Store ./x.graph -BatchSize 0 } | Should -Throw -ErrorId 'ParameterArgumentValidationError*'
    }

    It 'goes on through faults that pass' {
        $faulty = Start-SafeAISandbox -Faults '[{"kind": "status500", "requests": [2]}, {"kind": "status429", "requests": [4], "seconds": 0}, {"kind": "resetAfterCommit", "requests": [6]}]'
        $result = Get-SourceData ./clean.csv | Convert-MigrationData ./customers.map.json | Import-SafeAIData -Endpoint $faulty.Endpoint -ApiKey $faulty.ApiKey -BatchSize 10 -Verify Content
        $result.Retries | Should -BeGreaterOrEqual 1
        "$($result.Status) $($result.Loaded) $($result.Verified)" | Should -Be 'Completed 40 True'
        $faulty | Stop-SafeAISandbox
    }

    It 'says where a store cannot be opened' {
        Set-Content ./not-a.graph 'this is no database'
        $seen = Invoke-Observed { Get-SafeAIData -Store ./not-a.graph }
        $seen.Terminating.FullyQualifiedErrorId | Should -BeLike 'StoreFailed,*'
        $seen.Terminating.Exception.Message | Should -BeLike "*$(Join-Path $folder 'not-a.graph')*"
        $seen = Invoke-Observed { Get-SafeAIData -Store ./no-such.graph }
        $seen.Terminating.Exception.Message | Should -BeLike "*$(Join-Path $folder 'no-such.graph')*"
        Test-Path ./no-such.graph | Should -BeFalse
    }

    It 'fails where every record was turned away before it, counts them, and keeps them: <Name>' -ForEach @(
        @{ Name = 'by the conversion'; Load = { param($More) 1..5 | ForEach-Object { @{ id = "$_$([char]0xD800)" } } | Convert-MigrationData @{ nodes = @{ type = 'T'; id = 't:{id}' } } | Import-SafeAIData @to @More } }
        @{ Name = 'by the source'; Load = { param($More) Get-SourceData ./bad.ndjson | Convert-MigrationData @{ nodes = @{ type = 'T'; id = 't:{id}' } } | Import-SafeAIData @to @More } }
        @{ Name = 'by the source in a script block'; Load = { param($More) & { Get-SourceData ./bad.ndjson } | Convert-MigrationData @{ nodes = @{ type = 'T'; id = 't:{id}' } } | Import-SafeAIData @to @More } }
        @{ Name = 'by the source in a loop'; Load = { param($More) './bad.ndjson' | ForEach-Object { Get-SourceData $_ } | Convert-MigrationData @{ nodes = @{ type = 'T'; id = 't:{id}' } } | Import-SafeAIData @to @More } }
        @{ Name = 'by the conversion in a script block'; Load = { param($More) & { & { 1..5 | ForEach-Object { @{ id = "$_$([char]0xD800)" } } | Convert-MigrationData @{ nodes = @{ type = 'T'; id = 't:{id}' } } } } | Import-SafeAIData @to @More } }
    ) {
        Set-Content ./bad.ndjson (1..5 | ForEach-Object { "{ `"id`": $_" })
        $to = @{ Store = './turned.graph'; JournalPath = './turned.journal' }
        $seen = Invoke-Observed { & $Load @{} }
        $seen.Terminating.Exception.Code | Should -Be 'ErrorBudgetExceeded'
        $seen.Output.Status, $seen.Output.Read, $seen.Output.Rejected | Should -Be 'Failed', 5, 5
        $seen = Invoke-Observed { & $Load @{ ErrorBudget = '100%' } }
        $seen.Terminating | Should -BeNullOrEmpty
        $seen.Output.Status, $seen.Output.Read, $seen.Output.Rejected | Should -Be 'Completed', 5, 5

        # What another pipeline turned away is none of this one's.
        $seen = Invoke-Observed { [SafeAI.Migration.GraphNode]::new('T', 'x', [SafeAI.Migration.PropertySet]::Empty) | ForEach-Object { $_ } | Import-SafeAIData @to }
        $seen.Output.Status, $seen.Output.Read | Should -Be 'Completed', 1
    }

    It 'does not count what a script block before it read for itself: <Name>' -ForEach @(
        @{ Name = 'for another load'; Read = 0; Load = { & { Get-SourceData ./bad.ndjson | Convert-MigrationData @{ nodes = @{ type = 'T'; id = 't:{id}' } } | Import-SafeAIData -Store ./inner.graph -NoJournal -ErrorBudget 100% | Out-Null } | Import-SafeAIData @to } }
        @{ Name = 'for a variable, while something comes'; Read = 1; Load = { & { $null = Get-SourceData ./bad.ndjson; @{ id = 1 } } | Convert-MigrationData @{ nodes = @{ type = 'T'; id = 't:{id}' } } | Import-SafeAIData @to } }
        @{ Name = 'what is not turned away'; Read = 0; Load = { & { $null = Get-SourceData ./good.ndjson } | Import-SafeAIData @to } }
        @{ Name = 'before it began'; Read = 0; Load = { (Get-SourceData ./bad.ndjson) | Import-SafeAIData @to } }
    ) {
        Set-Content ./bad.ndjson (1..5 | ForEach-Object { "{ `"id`": $_" })
        Set-Content ./good.ndjson '{ "id": 1 }'
        $to = @{ Store = './inner-other.graph'; NoJournal = $true }
        $seen = Invoke-Observed $Load
        $seen.Terminating | Should -BeNullOrEmpty
        $seen.Output.Status, $seen.Output.Read, $seen.Output.Rejected | Should -Be 'Completed', $Read, 0
    }

    It 'counts what was filtered out as skipped where nothing is left' {
        Set-Content ./good.csv (@('id') + (1..5))
        $result = Get-SourceData ./good.csv | Where-Object { $false } | Convert-MigrationData @{ nodes = @{ type = 'T'; id = 't:{id}' } } | Import-SafeAIData -Store ./turned.graph -NoJournal
        $result.Status, $result.Read, $result.Skipped | Should -Be 'Completed', 5, 5
    }

    It 'keeps its requests within -BatchByteLimit, also with texts of several bytes a character' {
        $sandbox = Start-SafeAISandbox
        $result = 1..300 | ForEach-Object { @{ id = "$_"; name = "$([char]0x6f22)" * 200 } } | Convert-MigrationData @{ nodes = @{ type = 'T'; id = 't:{id}'; properties = @{ name = 'name' } } } |
            Import-SafeAIData -Endpoint $sandbox.Endpoint -ApiKey $sandbox.ApiKey -NoJournal -BatchByteLimit 20000
        $result.Nodes.Created | Should -Be 300
        (Get-SandboxFigure $sandbox).largestBody | Should -BeIn (12000..21000)
        $sandbox | Stop-SafeAISandbox
    }

    It 'lets an error budget be used up to its last record: <Budget>, <Bad> of <Count>' -ForEach @(
        @{ Budget = '0'; Bad = 1; Count = 20; Fits = $false }
        @{ Budget = '1'; Bad = 1; Count = 20; Fits = $true }
        @{ Budget = '1'; Bad = 2; Count = 20; Fits = $false }
        @{ Budget = '5%'; Bad = 1; Count = 20; Fits = $true }
        @{ Budget = '5%'; Bad = 1; Count = 19; Fits = $false }
        @{ Budget = '29%'; Bad = 29; Count = 100; Fits = $true }
        @{ Budget = '57%'; Bad = 57; Count = 100; Fits = $true }
        @{ Budget = '57%'; Bad = 58; Count = 100; Fits = $false }
        @{ Budget = '0.5%'; Bad = 1; Count = 200; Fits = $true }
        @{ Budget = '0%'; Bad = 1; Count = 3; Fits = $false }
        @{ Budget = 'unlimited'; Bad = 19; Count = 20; Fits = $true }
    ) {
        $seen = Invoke-Observed {
            1..$Count | ForEach-Object { @{ id = "$_"; name = $_ -le $Bad ? "$([char]0xD800)" : 'good' } } | Convert-MigrationData @{ nodes = @{ type = 'T'; id = 't:{id}'; properties = @{ name = 'name' } } } |
                Import-SafeAIData -Store ./budget.graph -NoJournal -ErrorBudget $Budget
        }
        $seen.Output.Rejected, $seen.Output.Status | Should -Be $Bad, ($Fits ? 'Completed' : 'Failed')
        "$($seen.Terminating.Exception.Code)" | Should -Be ($Fits ? '' : 'ErrorBudgetExceeded')
    }

    It 'refuses a path that is none of the file system, and makes nothing of it: <Name>' -ForEach @{ Name = 'Store' }, @{ Name = 'JournalPath' }, @{ Name = 'LogPath' } {
        $more = @{ Store = './path.graph' }
        $more[$Name] = 'Env:/of-another-provider'
        $seen = Invoke-Observed { [SafeAI.Migration.GraphNode]::new('T', 'x', [SafeAI.Migration.PropertySet]::Empty) | Import-SafeAIData @more }
        $seen.Terminating.Exception.Code | Should -Be 'InvalidOptions'
        $seen.Terminating.Exception.Message | Should -BeLike "'Env:/of-another-provider' is a path of the provider Environment*"
        [System.IO.Directory]::GetCurrentDirectory(), $PWD.ProviderPath | ForEach-Object { Get-ChildItem $_ -Filter of-another-provider* } | Should -BeNullOrEmpty
    }

    It 'shows its result as a list whose figures add up' {
        $text = Get-SourceData ./clean.csv | Convert-MigrationData ./customers.map.json | Import-SafeAIData -Store ./shown.graph | Out-String -Width 120
        $text | Should -Match 'Records\s+: 40 read = 40 loaded \+ 0 unchanged \+ 0 rejected \+ 0 skipped'
        $text | Should -Match 'Verified\s+: not asked'
        foreach ($case in @{ Verify = 'Count'; Path = './clean.csv'; Says = 'yes, by count' }, @{ Verify = 'Content'; Path = './clean.csv'; Says = 'yes' }, @{ Verify = 'Content'; Path = './customers.csv'; Says = 'not reached' }) {
            $seen = Invoke-Observed { Get-SourceData $case.Path | Convert-MigrationData ./customers.map.json | Import-SafeAIData -Store ./shown.graph -Verify $case.Verify }
            $seen.Output | Out-String -Width 120 | Should -Match "Verified\s+: $($case.Says)\s*\n"
        }
    }

    It 'ends a script that catches its error with an exit code that is not 0' {
        $result = Invoke-CleanPowerShell -WorkingDirectory $folder -Environment @{ MODULE = (Get-TestModulePath) } -Command @'
            Import-Module $env:MODULE
            try { Get-SourceData ./customers.csv | Convert-MigrationData ./customers.map.json | Import-SafeAIData -Store ./exit.graph }
            catch { Write-Error -ErrorRecord $_; exit 1 }
'@
        $result.ExitCode | Should -Be 1
        $result.Errors | Should -Match '4 of 601 records were rejected'
    }
}
