BeforeAll {
    . "$PSScriptRoot/ModuleTestKit.ps1"
    Import-Module (Get-TestModulePath)
    Push-Location (New-SampleFolder (Join-Path $TestDrive 'rollback'))

    function New-Node([string] $Type, $Id, [System.Collections.IDictionary] $Properties = @{}, [string[]] $Labels = @()) {
        [SafeAI.Migration.GraphNode]::new($Type, "$Id", [SafeAI.Migration.PropertySet]::new([string[]]@($Properties.Keys), [object[]]@($Properties.Values)), $Labels)
    }

    function New-Relationship([string] $Type, $Id, [string] $NodeType, $From, $To) {
        [SafeAI.Migration.GraphRelationship]::new($Type, "$Id", $NodeType, "$From", $NodeType, "$To", [SafeAI.Migration.PropertySet]::new([string[]]@('since'), [object[]]@([dateonly]'2024-02-29')))
    }

    # Everything in a graph, with the types of the values, in a fixed order.
    function Get-GraphText([hashtable] $Graph) {
        Get-SafeAIData @Graph | ForEach-Object {
            $values = $_.Properties.GetEnumerator() | Sort-Object Key | ForEach-Object { "$($_.Key)=$($_.Value.GetType().Name):$($_.Value -join '|')" }
            "$_ [$($_.Labels | Sort-Object)] $values"
        } | Sort-Object
    }

    $everyKind = [ordered]@{
        text = "Zo$([char]0xEB) `"x`""; none = ''; whole = 7L; big = [long]::MaxValue; part = 0.1; even = 2.0; yes = $true; day = [dateonly]'2024-02-29'; time = [timeonly]'01:02:03.5'
        zoned = [datetimeoffset]'2024-01-02T03:04:05.6+02:00'; plain = [datetime]::new(2024, 1, 1, 10, 0, 0); like = '2024-01-01T10:00:00'
        texts = [string[]]('a', 'b'); wholes = [long[]](1, 2); parts = [double[]](1.0, 2.5); flags = [bool[]]($true, $false); days = [dateonly[]]([dateonly]'2024-01-01', [dateonly]'2024-01-02')
    }

    # All that can be seen of the files of a folder from outside, but for what SQLite keeps beside a file for its readers.
    function Get-FileText { Get-ChildItem -Recurse -File | Sort-Object FullName | ForEach-Object { "$($_.FullName) $($_.Length) $($_.LastWriteTimeUtc.Ticks) $((Get-FileHash -LiteralPath $_.FullName).Hash)" } }
}

AfterAll { Pop-Location }

Describe 'Plans and tests of putting back' {
    It 'change no file, neither while they run nor when their process ends' {
        $command = @"
Import-Module '$(Get-TestModulePath)'
`$first = 1..3 | ForEach-Object { [SafeAI.Migration.GraphNode]::new('P', "`$_", [SafeAI.Migration.PropertySet]::Empty) } | Import-SafeAIData -Store ./t.graph -JournalPath ./t.journal
New-MigrationRestorePoint ./t.zip -Store ./t.graph -JournalPath ./t.journal | Out-Null
`$first.MigrationId
"@
        $null = New-Item -ItemType Directory ./touched
        Push-Location ./touched
        $id = (Invoke-CleanPowerShell $command).Output
        $before = Get-FileText

        $reading = @"
Import-Module '$(Get-TestModulePath)'
(Undo-Migration $id -JournalPath ./t.journal -WhatIf).Action
(Undo-Migration -Path ./t.zip -Store ./t.graph -JournalPath ./t.journal -WhatIf).Action
(Undo-Migration -Path ./t.zip -Store ./gone.graph -JournalPath ./new.journal -WhatIf).Action
(Test-MigrationRollback $id -JournalPath ./t.journal).CanRollBack
(Test-MigrationRollback -Path ./t.zip -Store ./t.graph).CanRollBack
(Get-MigrationRestorePoint -JournalPath ./t.journal).Items
New-MigrationRestorePoint ./w.zip -Store ./t.graph -JournalPath ./new.journal -WhatIf
Compare-MigrationData -ReferenceStore ./t.graph -Store ./t.graph
@(Get-MigrationAudit -JournalPath ./t.journal).Count
"@
        $seen = Invoke-CleanPowerShell $reading
        $after = Get-FileText
        Pop-Location

        $seen.Errors | Should -BeNullOrEmpty
        $seen.Output -split '\r?\n' | Where-Object { $_ -notlike 'What if:*' } | Should -Be (@('Delete') * 3 + @('None') * 3 + @('Recreate') * 3 + @('True', 'True', '3', '3'))
        $after | Should -Be $before
    }

    It 'say that the destination is gone, and what can be said without it' {
        $run = New-Node P 1 | Import-SafeAIData -Store ./leaving.graph -JournalPath ./leaving.journal
        New-MigrationRestorePoint ./leaving.zip -Store ./leaving.graph -JournalPath ./leaving.journal | Out-Null
        Move-Item ./leaving.graph ./left.graph
        foreach ($test in (Test-MigrationRollback $run.MigrationId -JournalPath ./leaving.journal), (Test-MigrationRollback -Path ./leaving.zip -Store ./leaving.graph)) {
            $test.CanRollBack | Should -BeFalse
            $test.Checks | ForEach-Object { "$($_.Name) $($_.Passed)" } | Should -Be 'Images True', 'Destination False'
            $test.Checks[1].Message | Should -BeLike 'There is no graph store at *leaving.graph*'
        }

        (Invoke-Observed { Undo-Migration $run.MigrationId -JournalPath ./leaving.journal -Confirm:$false }).Terminating.FullyQualifiedErrorId | Should -BeLike 'StoreFailed,*'
        Test-Path ./leaving.graph | Should -BeFalse
    }

    It 'say that the platform is gone' {
        $sandbox = Start-SafeAISandbox
        $to = @{ Endpoint = $sandbox.Endpoint; ApiKey = $sandbox.ApiKey }
        $run = New-Node P 1 | Import-SafeAIData @to -JournalPath ./far.journal
        New-MigrationRestorePoint ./far.zip @to -JournalPath ./far.journal | Out-Null
        $sandbox | Stop-SafeAISandbox
        foreach ($test in (Test-MigrationRollback $run.MigrationId @to -JournalPath ./far.journal), (Test-MigrationRollback -Path ./far.zip @to)) {
            $test.CanRollBack | Should -BeFalse
            $test.Checks | ForEach-Object { "$($_.Name) $($_.Passed)" } | Should -Be 'Images True', 'Destination False', 'Permission False', 'Later changes False'
        }
    }
}

Describe 'An undo' {
    It 'gives back every kind of value, and labels, after -Mode Replace in <Where>' -ForEach @(@{ Where = 'a store' }, @{ Where = 'the platform' }) {
        $sandbox = if ($Where -eq 'the platform') { Start-SafeAISandbox }
        try {
            $to = if ($sandbox) { @{ Endpoint = $sandbox.Endpoint; ApiKey = $sandbox.ApiKey } } else { @{ Store = './kinds.graph' } }
            $journal = @{ JournalPath = "./kinds-$($Where.Length).journal" }
            (New-Node P 1 $everyKind Old), (New-Node P 2), (New-Relationship R r P 1 2) | Import-SafeAIData @to @journal | Out-Null
            $before = Get-GraphText $to
            $before[0].Split('=').Count | Should -BeGreaterThan $everyKind.Count
            New-MigrationRestorePoint "./kinds-$($Where.Length).zip" @to @journal | Out-Null

            $run = New-Node P 1 ([ordered]@{ text = 'new'; whole = '7'; even = 2L; more = $true }) New | Import-SafeAIData @to @journal -Mode Replace -Verify Content
            Get-GraphText $to | Should -Not -Be $before
            $result = Undo-Migration $run.MigrationId @to @journal -Confirm:$false
            "$($result.NodesRestored) $($result.IsComplete)" | Should -Be '1 True'
            Get-GraphText $to | Should -Be $before

            # The same from the archive, with no journal that knows of it.
            New-Node P 1 ([ordered]@{ text = 'new'; whole = '7'; even = 2L; more = $true }) New | Import-SafeAIData @to @journal -Mode Replace | Out-Null
            $null = New-Item -ItemType Directory "./other-$($Where.Length)"
            Move-Item "./kinds-$($Where.Length).zip" "./other-$($Where.Length)/moved.zip"
            (Undo-Migration -Path "./other-$($Where.Length)/moved.zip" @to -JournalPath "./other-$($Where.Length)/j" -Confirm:$false).IsComplete | Should -BeTrue
            Get-GraphText $to | Should -Be $before
        }
        finally { if ($sandbox) { $sandbox | Stop-SafeAISandbox } }
    }

    It 'out of its order keeps what a later run built on, and is made whole once that is put back, too' {
        $to = @{ Store = './order.graph'; JournalPath = './order.journal' }
        $first = (1..4 | ForEach-Object { New-Node P $_ @{ name = "first $_" } }) + (New-Relationship R r P 3 4) | Import-SafeAIData @to
        $second = (New-Node P 1 @{ name = 'second' }), (New-Node P 5), (New-Relationship R s P 2 5) | Import-SafeAIData @to

        $kept = Undo-Migration $first.MigrationId -JournalPath ./order.journal -Confirm:$false -WarningAction SilentlyContinue
        "$($kept.Kept) $($kept.IsComplete) $($kept.NodesDeleted) $($kept.RelationshipsDeleted)" | Should -Be '2 False 2 1'
        $kept.KeptItems | Sort-Object Id | ForEach-Object { "$($_.Id) $($_.Reason)" } | Should -Be '1 It was changed since.', "2 It has relationships that are not the run's."
        (Undo-Migration $second.MigrationId -JournalPath ./order.journal -Confirm:$false).IsComplete | Should -BeTrue
        Get-SafeAIData -Store ./order.graph | ForEach-Object { "$($_.Id) $($_.Properties['name'])" } | Should -Be '1 first 1', '2 first 2'
        (Undo-Migration $first.MigrationId -JournalPath ./order.journal -Confirm:$false).IsComplete | Should -BeTrue
        Get-SafeAIData -Store ./order.graph | Should -BeNullOrEmpty
        $undo = @(Get-Migration -JournalPath ./order.journal | Where-Object Kind -EQ Undo)[0]
        (Invoke-Observed { Undo-Migration $undo.Id -JournalPath ./order.journal -Confirm:$false }).Terminating.Exception.Remedy | Should -Be "Run the migration $($first.MigrationId) again instead."
    }
}

Describe 'An archive' {
    It 'of a whole graph makes a store anew that is gone' {
        (New-Node P 1 $everyKind Old), (New-Node P 2), (New-Relationship R r P 1 2) | Import-SafeAIData -Store ./lost.graph -JournalPath ./lost.journal | Out-Null
        $before = Get-GraphText @{ Store = './lost.graph' }
        New-MigrationRestorePoint ./lost.zip -Store ./lost.graph -JournalPath ./lost.journal | Out-Null

        $result = Undo-Migration -Path ./lost.zip -Store ./anew.graph -JournalPath ./anew.journal -Confirm:$false

        "$($result.NodesRestored) $($result.RelationshipsRestored) $($result.IsComplete)" | Should -Be '2 1 True'
        Get-GraphText @{ Store = './anew.graph' } | Should -Be $before
    }

    It 'of a run does not' {
        $run = New-Node P 1 | Import-SafeAIData -Store ./run.graph -JournalPath ./run.journal
        New-MigrationRestorePoint ./run.zip -Id $run.MigrationId -JournalPath ./run.journal | Out-Null
        (Invoke-Observed { Undo-Migration -Path ./run.zip -Store ./none.graph -JournalPath ./run.journal -Confirm:$false }).Terminating.FullyQualifiedErrorId | Should -BeLike 'StoreFailed,*'
        Test-Path ./none.graph | Should -BeFalse
    }

    It 'of a run leaves another graph alone, whose items are not the run''s' {
        $run = New-Node P 1 @{ name = 'ours' } | Import-SafeAIData -Store ./ours.graph -JournalPath ./ours.journal
        New-MigrationRestorePoint ./ours.zip -Id $run.MigrationId -JournalPath ./ours.journal | Out-Null
        New-Node P 1 @{ name = 'theirs' } | Import-SafeAIData -Store ./theirs.graph -JournalPath ./theirs.journal | Out-Null
        (Undo-Migration -Path ./ours.zip -Store ./theirs.graph -JournalPath ./theirs.journal -Confirm:$false -WarningAction SilentlyContinue).KeptItems.Reason | Should -Be 'It was changed since.'
        (Get-SafeAIData -Store ./theirs.graph).Properties['name'] | Should -Be 'theirs'
    }

    It 'is one where its file or its restore point comes down a pipeline, and a run stays a run' {
        $run = New-Node P 1 | Import-SafeAIData -Store ./piped.graph -JournalPath ./piped.journal
        New-MigrationRestorePoint ./piped.zip -Id $run.MigrationId -JournalPath ./piped.journal | Out-Null
        New-MigrationRestorePoint ./piped-whole.zip -Store ./piped.graph -JournalPath ./piped.journal | Out-Null

        (Get-Item ./piped.zip | Get-MigrationRestorePoint).MigrationId | Should -Be $run.MigrationId
        (Get-ChildItem ./piped*.zip | Test-MigrationRollback -Store ./piped.graph).CanRollBack | Should -Be $true, $true
        (Get-Item ./piped.zip | Get-MigrationRestorePoint | Test-MigrationRollback -Store ./piped.graph).CanRollBack | Should -BeTrue
        foreach ($piped in $run, $run.MigrationId, (Get-Migration -JournalPath ./piped.journal), (Get-MigrationRestorePoint -JournalPath ./piped.journal)) {
            ($piped | Test-MigrationRollback -JournalPath ./piped.journal).MigrationId | Should -Be $run.MigrationId
        }

        (Invoke-Observed { Get-Item ./piped.zip | Undo-Migration $run.MigrationId -Store ./piped.graph -JournalPath ./piped.journal -Confirm:$false }).Terminating.FullyQualifiedErrorId |
            Should -BeLike 'InvalidOptions,*'
        (Get-Item ./piped.zip | Undo-Migration -Store ./piped.graph -JournalPath ./piped.journal -Confirm:$false).NodesDeleted | Should -Be 1
        (Get-Item ./piped-whole.zip | Undo-Migration -Store ./piped-anew.graph -JournalPath ./piped.journal -Confirm:$false).NodesRestored | Should -Be 1
    }

    It 'that is cut off or changed is refused, and no store is made of it' {
        New-Node P 1 | Import-SafeAIData -Store ./whole.graph -JournalPath ./whole.journal | Out-Null
        New-MigrationRestorePoint ./whole.zip -Store ./whole.graph -JournalPath ./whole.journal | Out-Null
        $bytes = [System.IO.File]::ReadAllBytes("$PWD/whole.zip")
        [System.IO.File]::WriteAllBytes("$PWD/cut.zip", $bytes[0..($bytes.Length - 100)])

        # The first bytes of the first part, behind its header.
        $bytes[40 + 'nodes.ndjson'.Length] = $bytes[40 + 'nodes.ndjson'.Length] -bxor 4
        [System.IO.File]::WriteAllBytes("$PWD/changed.zip", $bytes)
        foreach ($path in './cut.zip', './changed.zip') {
            (Invoke-Observed { Undo-Migration -Path $path -Store ./from-damaged.graph -JournalPath ./whole.journal -Confirm:$false -Force }).Terminating.FullyQualifiedErrorId |
                Should -BeLike 'SourceUnreadable,*'
        }

        Test-Path ./from-damaged.graph | Should -BeFalse
    }
}
