BeforeAll {
    . "$PSScriptRoot/ModuleTestKit.ps1"
    Import-Module (Get-TestModulePath)
    Push-Location (New-SampleFolder (Join-Path $TestDrive 'undo'))
    Set-CleanCustomerFile ./clean.csv
    $journal = @{ JournalPath = './u.journal' }
    $store = @{ Store = './u.graph' }
    Get-SourceData ./clean.csv | Convert-MigrationData ./customers.map.json | Import-SafeAIData @store | Out-Null

    # Everything in a graph, as text in a fixed order.
    function Get-GraphText([hashtable] $Graph) { Get-SafeAIData @Graph | ForEach-Object { "$_ $($_.Properties)" } | Sort-Object }
}

AfterAll { Pop-Location }

Describe 'Restore points in archives' {
    BeforeAll {
        $point = New-MigrationRestorePoint -Path ./before.zip @store @journal
        $before = Get-GraphText $store
    }

    It 'say what they hold' {
        $point.Items | Should -Be $before.Count
        (Get-MigrationRestorePoint -Path ./before.zip).Items | Should -Be $before.Count
        $point | Out-String -Width 200 | Should -BeLike '*before.zip*'
        (Invoke-Observed { New-MigrationRestorePoint -Path ./before.zip @store @journal }).Terminating.Exception.Code | Should -Be 'InvalidOptions'
    }

    It 'are restored by Undo-Migration, after a plan that touches nothing' {
        @{ id = 1; a = 'x' } | Convert-MigrationData @{ nodes = @{ type = 'Extra'; id = 'e:{id}'; properties = @{ a = 'a' } } } | Import-SafeAIData @store | Out-Null
        Get-SourceData ./clean.csv | Convert-MigrationData ./customers.map.json | Select-Object -First 1 |
            ForEach-Object { [SafeAI.Migration.GraphNode]::new($_.Type, $_.Id, [SafeAI.Migration.PropertySet]::new(@('name'), @('changed'))) } | Import-SafeAIData @store | Out-Null
        $changed = Get-GraphText $store
        $audit = @(Get-MigrationAudit @journal).Count

        $test = Test-MigrationRollback -Path ./before.zip @store
        $test.CanRollBack, $test.ToRestore, $test.Changed | Should -Be $true, 1, 1
        $plan = Undo-Migration -Path ./before.zip @store @journal -WhatIf
        $plan | Group-Object Action -NoElement | ForEach-Object { "$($_.Name) $($_.Count)" } | Sort-Object | Should -Be "Keep 1", "None $($before.Count - 1)", "Restore 1"
        ($plan | Where-Object Action -EQ Restore).Properties | Should -Be 'name'
        Get-GraphText $store | Should -Be $changed
        @(Get-MigrationAudit @journal).Count | Should -Be $audit

        $result = Undo-Migration -Path ./before.zip @store @journal -Confirm:$false -WarningVariable warnings -WarningAction SilentlyContinue
        $result.NodesRestored, $result.Kept, $result.Verified | Should -Be 1, 1, $true
        $warnings | Should -BeLike '1 items of archive-* were kept*'
        (Undo-Migration -Path ./before.zip @store @journal -Force -Confirm:$false).IsComplete | Should -BeTrue
        Get-GraphText $store | Should -Be $before
    }

    It 'need a run or an archive' {
        (Invoke-Observed { Undo-Migration @store @journal -Confirm:$false }).Terminating.Exception.Code | Should -Be 'InvalidOptions'
        (Invoke-Observed { Undo-Migration none @store @journal -Confirm:$false }).Errors.Exception.Code | Should -Be 'RunNotFound'
    }
}

Describe 'Undo-Migration' {
    BeforeAll {
        function Invoke-Load([string] $Graph, [hashtable] $More) {
            Get-SourceData ./clean.csv | Convert-MigrationData ./customers.map.json | Import-SafeAIData -Store $Graph @journal @More
        }
    }

    It 'puts runs back one after the other, down the pipeline' {
        Invoke-Load ./r.graph @{} | Out-Null
        $first = Get-GraphText @{ Store = './r.graph' }
        $id = (Get-SafeAIData -Store ./r.graph -NodeType Customer | Select-Object -First 5 |
                ForEach-Object { [SafeAI.Migration.GraphNode]::new($_.Type, $_.Id, [SafeAI.Migration.PropertySet]::new(@('name', 'new'), @('changed', 1L))) } |
                Import-SafeAIData -Store ./r.graph @journal).MigrationId
        (Test-MigrationRollback $id @journal).ToRestore | Should -Be 5
        $plan = Get-Migration $id @journal | Undo-Migration -WhatIf
        $plan.Count, "$($plan.Action | Select-Object -Unique)" | Should -Be 5, 'Restore'
        $result = Get-Migration $id @journal | Undo-Migration -Confirm:$false
        $result.NodesRestored, $result.Verified | Should -Be 5, $true
        $result | Out-String | Should -BeLike '*0 deleted, 5 restored*'
        Get-GraphText @{ Store = './r.graph' } | Should -Be $first
        (Get-Migration $id @journal).Status | Should -Be 'RolledBack'
        Get-MigrationRestorePoint @journal | Where-Object Status -EQ 'Completed' | Undo-Migration @journal -Confirm:$false | ForEach-Object IsComplete | Should -BeTrue
        Get-SafeAIData -Store ./r.graph | Should -BeNullOrEmpty
        Invoke-Load ./r.graph @{} | Out-Null
        Get-GraphText @{ Store = './r.graph' } | Should -Be $first
    }

    It 'is what -OnError Rollback does when the run fails' {
        $seen = Invoke-Observed {
            $nodes = 1..30 | ForEach-Object { [SafeAI.Migration.GraphNode]::new('T', "$_", [SafeAI.Migration.PropertySet]::Empty) }
            $lost = [SafeAI.Migration.GraphRelationship]::new('R', 'r', 'T', '1', 'T', 'none', [SafeAI.Migration.PropertySet]::Empty)
            @($nodes) + $lost | Import-SafeAIData -Store ./f.graph @journal -OnError Rollback
        }
        $seen.Output.Status | Should -Be 'RolledBack'
        $e = $seen.Terminating.Exception
        $e.Code, $e.Undo.NodesDeleted, $e.Undo.IsComplete, $e.InnerException.Code | Should -Be 'ErrorBudgetExceeded', 30, $true, 'ErrorBudgetExceeded'
        $e.Message | Should -BeLike '*The run was put back.*'
        Get-SafeAIData -Store ./f.graph | Should -BeNullOrEmpty
        (Get-Migration @journal | Where-Object Kind -EQ Load | Select-Object -First 1).Status | Should -Be 'RolledBack'
        (Invoke-Observed { Get-SafeAIData -Store ./u.graph | Import-SafeAIData -Store ./f.graph -NoJournal -OnError Rollback }).Terminating.Exception.Code | Should -Be 'InvalidOptions'
    }

    It 'has, with -OnError Rollback, an error that says where it was, why, and whether a retry helps' {
        $sandbox = Start-SafeAISandbox -Faults '[{ "kind": "expiredToken", "requests": [4], "mutatingOnly": true }]'
        try {
            Set-Content ./lines.csv (@('id') + (1..30))
            $seen = Invoke-Observed {
                Get-SourceData ./lines.csv | Convert-MigrationData @{ nodes = @{ type = 'Line'; id = 'l:{id}' } } |
                    Import-SafeAIData -Endpoint $sandbox.Endpoint -ApiKey $sandbox.ApiKey @journal -BatchSize 10 -ThrottleLimit 1 -OnError Rollback
            }
        }
        finally {
            $sandbox | Stop-SafeAISandbox
        }

        $e = $seen.Terminating.Exception
        $seen.Terminating.FullyQualifiedErrorId | Should -BeLike 'AuthenticationFailed,*'
        "$($e.Stage) $($e.IsTransient) $($e.Segment.Batch)" | Should -Be 'Load False Line'
        $e.Segment.First.Source, $e.Segment.First.Ordinal, $e.Segment.Last.Ordinal | Should -Be (Convert-Path ./lines.csv), 21, 30
        $e.InnerException.Code, $e.Undo.NodesDeleted, $e.Undo.Verified | Should -Be 'AuthenticationFailed', 20, $true
    }
}

Describe 'Compare-MigrationData' {
    It 'tells each difference, and fails where it should' {
        $items = Get-SourceData ./clean.csv | Convert-MigrationData ./customers.map.json
        $items | Compare-MigrationData @store | Should -BeNullOrEmpty
        ($items | Compare-MigrationData @store -SummaryOnly).IsSame | Should -BeTrue
        $extra = [SafeAI.Migration.GraphNode]::new($items[0].Type, 'gone', [SafeAI.Migration.PropertySet]::Empty)
        $seen = Invoke-Observed { $items + $extra | Compare-MigrationData @store -FailOnDifference }
        "$($seen.Output)" | Should -Be "Missing $($extra.Type) gone"
        $seen.Terminating.Exception.Code | Should -Be 'VerificationFailed'
        $seen.Terminating.TargetObject.Missing | Should -Be 1
        (Invoke-Observed { Compare-MigrationData @store }).Terminating.Exception.Code | Should -Be 'InvalidOptions'
        Compare-MigrationData -ReferenceStore ./u.graph @store | Should -BeNullOrEmpty
    }
}

Describe 'The audit trail' {
    BeforeAll {
        New-MigrationRestorePoint -Path ./audited.zip @store @journal | Out-Null
        Undo-Migration -Path ./audited.zip @store @journal -Confirm:$false | Out-Null
    }

    It 'is listed, exported and checked' {
        $events = Get-MigrationAudit @journal
        $events[0].Action.Type | Should -Be 'CreateRestorePoint'
        Get-MigrationAudit @journal -Action UndoEnd -Since $events[0].Time | ForEach-Object { "$($_.Action.Type)" } | Select-Object -Unique | Should -Be 'UndoEnd'
        Get-MigrationAudit @journal -Until $events[0].Time | Should -BeNullOrEmpty
        $events | Format-Table | Out-String -Width 200 | Should -BeLike '*UndoBegin*'
        ($events | ConvertTo-Json -Depth 4 | ConvertFrom-Json).Count | Should -Be $events.Count
        $report = Test-MigrationAudit @journal
        "$($report.Findings)" | Should -BeNullOrEmpty
        $report.IsIntact, $report.Head | Should -Be $true, $events[-1].Metadata.Hash
        (Test-MigrationAudit @journal -ExpectedHead $report.Head -FailOnFinding).IsIntact | Should -BeTrue
        $seen = Invoke-Observed { Test-MigrationAudit @journal -ExpectedHead ('0' * 64) -FailOnFinding }
        $seen.Terminating.Exception.Code, $seen.Output.Findings.Kind | Should -Be 'AuditBroken', 'CutOff'
        $key = [Net.NetworkCredential]::new('', 'key').SecurePassword
        (Test-MigrationAudit @journal -SigningKey $key).Findings.Message | Should -Be 'No event is signed.'
    }

    It 'shows that its head is gone, and that an earlier copy was put in its place' {
        New-MigrationRestorePoint -Path ./first.zip @store -JournalPath ./head.journal | Out-Null
        New-MigrationRestorePoint -Path ./second.zip @store -JournalPath ./head.journal | Out-Null
        $head = (Test-MigrationAudit -JournalPath ./head.journal).Head
        Move-Item ./head.journal.head ./kept.head
        (Test-MigrationAudit -JournalPath ./head.journal).Findings.Kind | Should -Be 'HeadMissing'
        Move-Item ./kept.head ./head.journal.head
        (Test-MigrationAudit -JournalPath ./head.journal -ExpectedHead $head).IsIntact | Should -BeTrue

        # An earlier copy put in the journal's place, with its head: in itself it is intact.
        New-Item -ItemType Directory ./copy | Out-Null
        Copy-Item ./head.journal* ./copy
        New-MigrationRestorePoint -Path ./third.zip @store -JournalPath ./head.journal | Out-Null
        $last = (Test-MigrationAudit -JournalPath ./head.journal).Head
        Test-MigrationAudit -JournalPath ./copy/head.journal | ForEach-Object IsIntact | Should -BeTrue
        (Test-MigrationAudit -JournalPath ./copy/head.journal -ExpectedHead $last).Findings.Kind | Should -Be 'CutOff'
        Copy-Item ./head.journal.head ./copy/head.journal.head
        (Test-MigrationAudit -JournalPath ./copy/head.journal).Findings.Kind | Should -Be 'CutOff'
    }

    It 'is signed with the key from the environment' {
        $command = "Import-Module '$(Get-TestModulePath)'; New-MigrationRestorePoint -Path ./signed.zip -Store ./u.graph -JournalPath ./signed.journal | Out-Null; (Test-MigrationAudit -JournalPath ./signed.journal).Signed"
        (Invoke-CleanPowerShell $command -Environment @{ SAFEAI_AUDIT_KEY = 'key' }).Output | Should -Be '1'
        (Test-MigrationAudit -JournalPath ./signed.journal -SigningKey ([Net.NetworkCredential]::new('', 'wrong').SecurePassword)).Findings.Kind | Should -Be 'Signature'
    }
}
