BeforeAll {
    . "$PSScriptRoot/ModuleTestKit.ps1"
    Import-Module (Get-TestModulePath)
    Push-Location (New-SampleFolder (Join-Path $TestDrive 'audit'))
    function New-Node($Id) { [SafeAI.Migration.GraphNode]::new('P', "$Id", [SafeAI.Migration.PropertySet]::Empty) }
}

AfterAll { Pop-Location }

Describe 'The audit trail of what was done' {
    BeforeAll {
        $journal = @{ JournalPath = './all.journal' }
        $run = New-Node 1 | Import-SafeAIData -Store ./all.graph @journal
        New-MigrationRestorePoint ./all.zip -Store ./all.graph @journal | Out-Null
        New-MigrationRestorePoint ./run.zip -Id $run.MigrationId @journal | Out-Null
        $lost = [SafeAI.Migration.GraphRelationship]::new('R', 'r', 'P', '1', 'P', 'none', [SafeAI.Migration.PropertySet]::Empty)
        $failed = (Invoke-Observed { $lost | Import-SafeAIData -Store ./all.graph @journal }).Terminating.TargetObject
        Undo-Migration $run.MigrationId @journal -Force -Confirm:$false | Out-Null
        Undo-Migration -Path ./all.zip -Store ./all.graph @journal -Confirm:$false | Out-Null
        Remove-Migration $failed.MigrationId @journal -Confirm:$false
        $events = Get-MigrationAudit @journal
    }

    It 'has loads, failures, backups, undos, force, restores and removals' {
        $id, $other = $run.MigrationId, $failed.MigrationId
        $expected = "Begin $id", "End $id", 'CreateRestorePoint ', "CreateRestorePoint $id", "Begin $other", "End $other", "UndoBegin $id", "Force $id", "UndoEnd $id", 'UndoBegin archive', 'UndoEnd archive', "Remove $other"
        $events | ForEach-Object { "$($_.Action.Type) $($_.MigrationId -replace '^archive-.*', 'archive')" } | Should -Be $expected
        $events[5].Action.Details | Should -BeLike 'Failed;*1 rejected*'
    }

    It 'is filtered by run, action, time and actor' {
        @(Get-MigrationAudit $run.MigrationId @journal).Number | Should -Be 1, 2, 4, 7, 8, 9
        @(Get-MigrationAudit archive-* @journal).Number | Should -Be 10, 11
        @(Get-MigrationAudit @journal -Action Begin, Remove).Number | Should -Be 1, 5, 12
        @(Get-MigrationAudit @journal -Since $events[2].Time -Until $events[4].Time).Number | Should -Be 3, 4
        $me = [Environment]::UserName
        @(Get-MigrationAudit @journal -Actor nobody, "*$($me.ToUpperInvariant())").Count | Should -Be 12
        Get-MigrationAudit @journal -Actor nobody | Should -BeNullOrEmpty
    }

    It 'is exported so that a table and a document say what an event says' {
        $row = ($events | ConvertTo-Csv | ConvertFrom-Csv)[0]
        $row.Actor | Should -Be $events[0].Actor.Id
        $row.Action | Should -Be "Begin $($events[0].Action.Target): pipeline"
        $row.Context | Should -BeLike "* $PID on $([Environment]::MachineName), *"
        $row.Metadata | Should -Be $events[0].Metadata.Hash
        $document = ($events | ConvertTo-Json -Depth 4 -EnumsAsStrings | ConvertFrom-Json)[11]
        "$($document.Action.Type) $($document.Metadata.PreviousHash)" | Should -Be "Remove $($events[10].Metadata.Hash)"
        $events | Export-Clixml ./events.xml
        (Import-Clixml ./events.xml)[11].Metadata.Hash | Should -Be $events[11].Metadata.Hash
    }
}

Describe 'The audit trail of several processes' {
    It 'is one chain' {
        $runs = "Import-Module '$(Get-TestModulePath)'; 1..8 | ForEach-Object { [SafeAI.Migration.GraphNode]::new('P', `"`$PID-`$_`", [SafeAI.Migration.PropertySet]::Empty) | Import-SafeAIData -Store `"./`$PID.graph`" -JournalPath ./shared.journal | Out-Null }"
        $kit = "$PSScriptRoot/ModuleTestKit.ps1"
        $folder = $PWD.ProviderPath
        $seen = 1..3 | ForEach-Object { Start-ThreadJob { . $using:kit; Invoke-CleanPowerShell $using:runs -WorkingDirectory $using:folder } } | Receive-Job -Wait -AutoRemoveJob

        $seen | ForEach-Object { "$($_.ExitCode) $($_.Errors)" } | Should -Be '0 ', '0 ', '0 '
        $report = Test-MigrationAudit -JournalPath ./shared.journal -FailOnFinding
        "$($report.IsIntact) $($report.Events)" | Should -Be 'True 48'
        @(Get-MigrationAudit -JournalPath ./shared.journal | ForEach-Object { $_.Context.Session } | Select-Object -Unique).Count | Should -Be 3
    }
}

Describe 'Test-MigrationAudit' {
    It 'takes the keys before and after a change of keys' {
        foreach ($key in 'old', 'new') {
            $command = "Import-Module '$(Get-TestModulePath)'; [SafeAI.Migration.GraphNode]::new('P', '1', [SafeAI.Migration.PropertySet]::Empty) | Import-SafeAIData -Store ./keys.graph -JournalPath ./keys.journal | Out-Null"
            (Invoke-CleanPowerShell $command -Environment @{ SAFEAI_AUDIT_KEY = $key }).Errors | Should -BeNullOrEmpty
        }

        $old, $new = 'old', 'new' | ForEach-Object { [Net.NetworkCredential]::new('', $_).SecurePassword }
        (Test-MigrationAudit -JournalPath ./keys.journal -SigningKey $new, $old -FailOnFinding).Signed | Should -Be 4
        (Test-MigrationAudit -JournalPath ./keys.journal -SigningKey $new).Findings.Number | Should -Be 1, 2
        (Test-MigrationAudit -JournalPath ./keys.journal -SigningKey $old).Findings.Number | Should -Be 3, 4
    }
}
