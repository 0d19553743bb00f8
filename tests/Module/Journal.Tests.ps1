BeforeAll {
    . "$PSScriptRoot/ModuleTestKit.ps1"
    Import-Module (Get-TestModulePath)
    Push-Location $TestDrive
}

AfterAll { Pop-Location }

Describe 'Get-Migration and Remove-Migration' {
    It 'say that there is no journal, and do not make one' {
        $seen = Invoke-Observed { Get-Migration -JournalPath ./none.journal }
        $seen.Terminating.Exception.Code | Should -Be 'RunNotFound'
        (Invoke-Observed { Remove-Migration x -JournalPath ./none.journal -Confirm:$false }).Terminating.Exception.Code | Should -Be 'RunNotFound'
        './none.journal' | Should -Not -Exist
    }

    It 'refuse a file of another kind' {
        Set-Content ./other.journal ('not a database ' * 20)
        (Invoke-Observed { Get-Migration -JournalPath ./other.journal }).Terminating.Exception.Message | Should -BeLike '*other.journal is not a journal.*'
    }
}

Describe 'A run of a pipeline in the journal' {
    BeforeAll {
        $folder = New-SampleFolder (Join-Path $TestDrive 'journaled')
        Push-Location $folder
        Set-CleanCustomerFile ./clean.csv
        function Invoke-Load([hashtable] $More) {
            Get-SourceData ./clean.csv | Convert-MigrationData ./customers.map.json | Import-SafeAIData -Store ./j.graph -JournalPath ./j.journal @More
        }
    }

    AfterAll { Pop-Location }

    It 'is listed with its figures and removed when asked' {
        $result = Invoke-Load @{}
        $run = Get-Migration -JournalPath ./j.journal
        $run.Id, $run.Status, $run.Result.Loaded | Should -Be $result.MigrationId, 'Completed', $result.Loaded
        $run | Format-Table | Out-String -Width 160 | Should -BeLike "*$($run.Id)*Completed*"
        $run | Remove-Migration -Confirm:$false
        Get-Migration -JournalPath ./j.journal | Should -BeNullOrEmpty
    }

    It 'is removed by its age' {
        Invoke-Load @{} | Out-Null
        Remove-Migration -OlderThan 1 -JournalPath ./j.journal -Confirm:$false
        Remove-Migration -OlderThan 0 -JournalPath ./j.journal -WhatIf
        Get-Migration -JournalPath ./j.journal | Should -HaveCount 1
        Remove-Migration -OlderThan 0 -JournalPath ./j.journal -Confirm:$false
        Get-Migration -JournalPath ./j.journal | Should -BeNullOrEmpty
        (Test-MigrationAudit -JournalPath ./j.journal).IsIntact | Should -BeTrue
    }

    It 'is in no journal with -NoJournal or -WhatIf' {
        Get-SourceData ./clean.csv | Convert-MigrationData ./customers.map.json | Import-SafeAIData -Store ./n.graph -NoJournal | Out-Null
        Invoke-Load @{ WhatIf = $true }
        Get-Migration -JournalPath ./j.journal | Should -BeNullOrEmpty
        (Invoke-Observed { Invoke-Load @{ NoJournal = $true } }).Terminating.Exception.Code | Should -Be 'InvalidOptions'
    }

    It 'that was stopped in the middle goes on with -Resume, and ends with all figures' {
        # Select-Object stops the commands before it, as Ctrl+C does.
        Get-SourceData ./clean.csv | Convert-MigrationData ./customers.map.json | Import-SafeAIData -Store ./r.graph -JournalPath ./r.journal -BatchSize 10 -ThrottleLimit 1 | Select-Object -First 1 | Out-Null
        Get-SourceData ./clean.csv | Convert-MigrationData ./customers.map.json | ForEach-Object { if (++$count -gt 500) { throw 'Stopped' }; $_ } -Begin { $count = 0 } |
            Import-SafeAIData -Store ./s.graph -JournalPath ./r.journal -BatchSize 10 -ThrottleLimit 1 -ErrorAction SilentlyContinue 2>$null
        trap { continue }
        $run = Get-Migration -JournalPath ./r.journal | Select-Object -First 1
        $run.Status | Should -BeIn 'Stopped', 'Interrupted'
        $result = Get-SourceData ./clean.csv | Convert-MigrationData ./customers.map.json | Import-SafeAIData -Store ./s.graph -JournalPath ./r.journal -Resume -Verify Content
        $whole = Get-Migration -JournalPath ./r.journal | Where-Object Destination -Like '*r.graph'
        $result.MigrationId | Should -Be $run.Id
        $result.Verified | Should -BeTrue
        "$($result.Nodes) $($result.Relationships) $($result.Loaded)" | Should -Be "$($whole.Result.Nodes) $($whole.Result.Relationships) $($whole.Result.Loaded)"
    }

    It 'is refused by -Resume where its source or its mapping is not what it was, unless -Force is given' {
        $map = { param($Name) @{ nodes = @{ type = 'Thing'; id = 't:{id}'; properties = @{ name = $Name; upper = { "$($_.name)".ToUpperInvariant() } } } } }
        Set-Content ./things.csv (@('id,name,other') + (1..300 | ForEach-Object { "$_,n$_,o$_" }))
        Copy-Item ./things.csv ./others.csv
        function Invoke-Things([string] $Path, [string] $Name, [hashtable] $More) {
            Get-SourceData $Path | Convert-MigrationData (& $map $Name) | ForEach-Object -Begin { $count = 0 } -Process { if (++$count -gt $stop) { throw 'Stopped' }; $_ } |
                Import-SafeAIData -Store ./t.graph -JournalPath ./t.journal -BatchSize 10 -ThrottleLimit 1 @More
        }
        $stop = 100
        (Invoke-Observed { Invoke-Things ./things.csv name @{} }).Terminating | Should -Not -BeNullOrEmpty
        $stop = 10000
        $run = Get-Migration -JournalPath ./t.journal
        "$($run.Status) $($run.Sources.Name)" | Should -Be "Stopped $(Convert-Path ./things.csv)"
        $run.Sources.Fingerprint | Should -BeLike 'quick:*'
        $run.MappingHash | Should -BeLike 'sha256:*'
        $loaded = (Get-SafeAIData -Store ./t.graph).Count
        $loaded | Should -BeIn (1..100)

        foreach ($case in @{ Path = './things.csv'; Name = 'other'; Said = 'The mapping is not what it was when*' }, @{ Path = './others.csv'; Name = 'name'; Said = '*things.csv, and not *others.csv before that.*' }) {
            $seen = Invoke-Observed { Invoke-Things $case.Path $case.Name @{ Resume = $true; OnError = 'Rollback' } }
            $seen.Terminating.FullyQualifiedErrorId | Should -BeLike 'SourceChanged,*'
            $seen.Terminating.Exception.Message | Should -BeLike $case.Said
            $seen.Output.Status | Should -Be 'Failed'
            (Get-SafeAIData -Store ./t.graph).Count | Should -Be $loaded
            (Get-Migration -JournalPath ./t.journal).IsResumable | Should -BeTrue
        }
        Add-Content ./things.csv '301,n301,o301'
        (Invoke-Observed { Invoke-Things ./things.csv name @{ Resume = $true } }).Terminating.Exception.Message | Should -BeLike 'The source *things.csv is not what it was when*'
        (Invoke-Observed { Invoke-Things ./things.csv name @{ Force = $true } }).Terminating.Exception.Code | Should -Be 'InvalidOptions'

        $forced = Invoke-Things ./things.csv other @{ Resume = $true; Force = $true; Verify = 'Content' }
        $forced.MigrationId, $forced.Status, $forced.Verified, $forced.Read | Should -Be $run.Id, 'Completed', $true, 301
        (Get-SafeAIData -Store ./t.graph).Properties.name | Where-Object { $_ -notlike 'o*' } | Should -BeNullOrEmpty
        $after = Get-Migration -JournalPath ./t.journal
        $after.MappingHash | Should -Not -Be $run.MappingHash
        $after.Sources.Fingerprint | Should -Not -Be $run.Sources.Fingerprint
        Get-SourceData ./things.csv | Convert-MigrationData (& $map other) | Import-SafeAIData -Store ./u.graph -JournalPath ./u.journal | Out-Null
        (Get-Migration -JournalPath ./u.journal).MappingHash | Should -Be $after.MappingHash
    }

    It 'of a plan is refused by Resume-Migration where its source is not what it was, unless -Force is given' {
        Set-Content ./rows.csv (@('id') + (1..200))
        Set-Content ./rows.json '{ "sources": [ { "path": "rows.csv", "mapping": { "nodes": [ { "type": "Row", "id": "r:{id}" } ] } } ], "destination": { "store": "rows.graph" }, "options": { "batchSize": 10, "verify": "content" } }'
        Invoke-CleanPowerShell "Import-Module '$(Get-TestModulePath)'; Invoke-Migration ./rows.json -JournalPath ./rows.journal" -Environment @{ SAFEAI_MIGRATION_CRASH_AT = 'outcome.after:5' } -WorkingDirectory $PWD.ProviderPath | Out-Null
        $run = Get-Migration -JournalPath ./rows.journal
        $run.Status | Should -Be 'Interrupted'
        Add-Content ./rows.csv '201'

        $seen = Invoke-Observed { Resume-Migration $run.Id -JournalPath ./rows.journal }
        $seen.Terminating.FullyQualifiedErrorId | Should -BeLike 'SourceChanged,*'
        $seen.Terminating.Exception.Message | Should -BeLike 'The source *rows.csv is not what it was when the run * began. *'
        (Get-Migration -JournalPath ./rows.journal).Status | Should -Be 'Interrupted'

        $forced = Resume-Migration $run.Id -JournalPath ./rows.journal -Force
        $forced.MigrationId, $forced.Verified, $forced.Read, $forced.Nodes.Created | Should -Be $run.Id, $true, 201, 201
    }

    It 'is at work for one process only: others can neither resume, put back nor remove it' {
        $seen = [System.Collections.Generic.List[string]]::new()
        $note = { param($Script) $seen.Add("$((Invoke-Observed $Script | ForEach-Object { @($_.Terminating) + $_.Errors } | Where-Object { $_ } | Select-Object -First 1).FullyQualifiedErrorId)" -replace ',.*') }
        $id = $null
        1..50 | ForEach-Object {
            if ($_ -eq 40) {
                $id = (Get-Migration -JournalPath ./w.journal).Id
                & $note { Undo-Migration $id -JournalPath ./w.journal -Confirm:$false }
                & $note { Test-MigrationRollback $id -JournalPath ./w.journal }
                & $note { Remove-Migration $id -JournalPath ./w.journal -Confirm:$false }
                & $note { [SafeAI.Migration.GraphNode]::new('T', 'x', [SafeAI.Migration.PropertySet]::Empty) | Import-SafeAIData -Store ./w.graph -JournalPath ./w.journal -Resume }
            }
            [SafeAI.Migration.GraphNode]::new('T', "$_", [SafeAI.Migration.PropertySet]::Empty)
        } | Import-SafeAIData -Store ./w.graph -JournalPath ./w.journal -BatchSize 10 | Out-Null
        $seen | Should -Be 'RunInUse', 'RunInUse', 'RunInUse', 'RunNotFound'
        (Get-Migration -JournalPath ./w.journal).Status | Should -Be 'Completed'
        (Get-SafeAIData -Store ./w.graph).Count | Should -Be 50
    }

    It 'with -Mode Insert rejects what is there, with -Mode Replace leaves only what the record has' {
        $load = { param($Record, $More) $Record | Convert-MigrationData @{ nodes = @{ type = 'T'; id = 't:{id}'; properties = @{ a = 'a'; b = 'b' } } } | Import-SafeAIData -Store ./m.graph -NoJournal @More }
        & $load @{ id = 1; a = 'x'; b = 'y' } @{} | Out-Null
        $seen = Invoke-Observed { & $load @{ id = 1; a = 'z'; b = 'z' } @{ Mode = 'Insert'; ErrorBudget = '1' } }
        $seen.Errors.Exception.Code | Should -Be 'AlreadyExists'
        (Get-SafeAIData -Store ./m.graph).Properties.a | Should -Be 'x'
        @{ id = 1; a = 'w' } | Convert-MigrationData @{ nodes = @{ type = 'T'; id = 't:{id}'; properties = @{ a = 'a' } } } | Import-SafeAIData -Store ./m.graph -NoJournal -Mode Replace | Out-Null
        $left = (Get-SafeAIData -Store ./m.graph).Properties
        $left.Count, $left.a | Should -Be 1, 'w'
    }
}
