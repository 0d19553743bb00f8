BeforeAll {
    . "$PSScriptRoot/ModuleTestKit.ps1"
    Import-Module (Get-TestModulePath)
    Push-Location (New-SampleFolder (Join-Path $TestDrive 'compare'))
    $sandbox = Start-SafeAISandbox
    $journal = @{ JournalPath = './c.journal' }
    $mapping = @{
        nodes = @(@{ type = 'P'; id = { "p:$($_.id)" }; properties = @{ name = { $_.name }; tags = { $_.tags } } })
        relationships = @(@{ type = 'KNOWS'; from = @{ type = 'P'; id = { "p:$($_.id)" } }; to = @{ type = 'P'; id = { "p:$($_.knows)" } } })
    }
    $rows = 1..6 | ForEach-Object { [pscustomobject]@{ id = $_; name = "n$_"; tags = [string[]]("a$_", 'b'); knows = [Math]::Max($_ - 1, 1) } }
    $graphs = @{
        'a store' = @{ Store = './c.graph' }
        'the platform' = @{ Endpoint = $sandbox.Endpoint; ApiKey = $sandbox.ApiKey }
    }
    foreach ($graph in $graphs.Values) { $rows | Convert-MigrationData $mapping | Import-SafeAIData @graph @journal | Out-Null }

    function Get-DifferenceText { $input | ForEach-Object { "$($_.Kind) $($_.Type) $($_.Id) $($_.Field): $($_.Expected -join '|') / $($_.Actual -join '|')" } }
}

AfterAll {
    $sandbox | Stop-SafeAISandbox
    Pop-Location
}

Describe 'Compare-MigrationData with <Where>' -ForEach @(@{ Where = 'a store' }, @{ Where = 'the platform' }) {
    BeforeAll { $with = $graphs[$Where] }

    It 'finds what a source became through script blocks the same, down any pipeline' {
        $rows | Convert-MigrationData $mapping | Compare-MigrationData @with -FailOnDifference | Should -BeNullOrEmpty
        $summary = $rows | Sort-Object id -Descending | Convert-MigrationData $mapping | Compare-MigrationData @with -SummaryOnly
        "$($summary.Items) $($summary.Same) $($summary.IsSame)" | Should -Be '12 12 True'
    }

    It 'tells what a changed source would change, type by type, missing ones last' {
        $changed = $rows | Where-Object id -NE 6 | Select-Object *
        $changed[1].name = 'other'
        $changed[2].tags = [string[]]('b', 'a3')
        $changed[3].name = $null
        $changed += [pscustomobject]@{ id = 7; name = 'n7'; tags = $null; knows = 1 }

        $seen = $changed | Convert-MigrationData $mapping | Compare-MigrationData @with | Get-DifferenceText

        # A property that is null is one that must not be there.
        $seen[0..4] | Should -Be 'Different P p:2 name: other / n2', 'Different P p:3 tags: b|a3 / a3|b', 'Different P p:4 name:  / n4', 'Extra P p:6 :  / ', 'Missing P p:7 :  / '
        $seen[5..6] | Should -BeLike '* KNOWS *'
        $seen[5..6].ForEach({ $_.Split()[0] }) | Should -Be 'Extra', 'Missing'
        $seen.Count | Should -Be 7
    }

    It 'leaves alone what a mapping does not speak of' {
        $rows | Convert-MigrationData @{ nodes = @(@{ type = 'P'; id = 'p:{id}'; properties = @{ name = 'name' } }) } | Compare-MigrationData @with -FailOnDifference | Should -BeNullOrEmpty
    }

    It 'says with -FailOnDifference that it differs, after all differences, and with -SummaryOnly its figures' {
        $seen = Invoke-Observed { $rows | Select-Object -First 5 | Convert-MigrationData $mapping | Compare-MigrationData @with -FailOnDifference }
        $seen.Output.Count | Should -Be 2
        $seen.Terminating.FullyQualifiedErrorId | Should -BeLike 'VerificationFailed,*'
        "$($seen.Terminating.TargetObject.Extra) $($seen.Terminating.TargetObject.Same)" | Should -Be '2 10'
        $seen = Invoke-Observed { $rows | Select-Object -First 5 | Convert-MigrationData $mapping | Compare-MigrationData @with -FailOnDifference -SummaryOnly }
        $seen.Output.Extra | Should -Be 2
        $seen.Terminating.FullyQualifiedErrorId | Should -BeLike 'VerificationFailed,*'
    }

    It 'warns where there was nothing to compare' {
        @() | Compare-MigrationData @with -WarningVariable warnings -WarningAction SilentlyContinue | Should -BeNullOrEmpty
        $warnings | Should -BeLike 'Nothing was compared:*'
        $rows | Convert-MigrationData $mapping | Compare-MigrationData @with -WarningVariable warnings | Should -BeNullOrEmpty
        $warnings | Should -BeNullOrEmpty
    }
}

Describe 'Compare-MigrationData of two stores' {
    It 'finds differences at both ends of the keys and in the middle of many' {
        function New-Many([int[]] $Without, [hashtable] $Other = @{}) {
            1..5000 | Where-Object { $_ -notin $Without } | ForEach-Object {
                $value = if ($Other.ContainsKey($_)) { $Other[$_] } else { [long]$_ }
                [SafeAI.Migration.GraphNode]::new('N', "$_".PadLeft(5, '0'), [SafeAI.Migration.PropertySet]::new([string[]]@('n'), [object[]]@($value)))
            }
        }
        New-Many 5000, 2500 | Import-SafeAIData -Store ./one.graph -NoJournal | Out-Null
        New-Many 1 @{ 2 = '2'; 4999 = 0L; 3000 = 3000.0 } | Import-SafeAIData -Store ./two.graph -NoJournal | Out-Null

        $seen = Compare-MigrationData -ReferenceStore ./one.graph -Store ./two.graph | Get-DifferenceText

        # A whole number is the same as one with a fraction of zero.
        $seen | Should -Be 'Different N 00002 n: 2 / 2', 'Extra N 02500 :  / ', 'Different N 04999 n: 4999 / 0', 'Extra N 05000 :  / ', 'Missing N 00001 :  / '
        $summary = Compare-MigrationData -ReferenceStore ./one.graph -Store ./two.graph -SummaryOnly
        "$($summary.Items) $($summary.Same)" | Should -Be '5000 4995'
        Compare-MigrationData -ReferenceStore ./one.graph -Store ./one.graph -FailOnDifference | Should -BeNullOrEmpty
    }

    It 'fails where one has a type that the other does not have' {
        $node = [SafeAI.Migration.GraphNode]::new('N', '1', [SafeAI.Migration.PropertySet]::Empty)
        $other = [SafeAI.Migration.GraphNode]::new('O', '1', [SafeAI.Migration.PropertySet]::Empty)
        $node | Import-SafeAIData -Store ./less.graph -NoJournal | Out-Null
        $node, $other | Import-SafeAIData -Store ./more.graph -NoJournal | Out-Null
        (Invoke-Observed { Compare-MigrationData -ReferenceStore ./less.graph -Store ./more.graph -FailOnDifference }).Output | Get-DifferenceText | Should -Be 'Extra O 1 :  / '
        Compare-MigrationData -ReferenceStore ./more.graph -Store ./less.graph | Get-DifferenceText | Should -Be 'Missing O 1 :  / '
        Compare-MigrationData -ReferenceStore ./less.graph -Store ./more.graph -NodeType N -FailOnDifference | Should -BeNullOrEmpty
    }
}
