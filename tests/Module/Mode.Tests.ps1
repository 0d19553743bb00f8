BeforeAll {
    . "$PSScriptRoot/ModuleTestKit.ps1"
    Import-Module (Get-TestModulePath)
    Push-Location $TestDrive
    function New-Set([hashtable] $Values) { [SafeAI.Migration.PropertySet]::new([string[]] @($Values.Keys), [object[]] @(foreach ($value in $Values.Values) { if ($value -is [int]) { [long] $value } else { $value } })) }
    function New-Node([string] $Id, [hashtable] $Values = @{}, [string[]] $Labels = @(), [string] $Type = 'T') { [SafeAI.Migration.GraphNode]::new($Type, $Id, (New-Set $Values), $Labels) }
    function New-Relationship([string] $Id, [string] $From, [string] $To, [hashtable] $Values = @{}) { [SafeAI.Migration.GraphRelationship]::new('R', $Id, 'T', $From, 'T', $To, (New-Set $Values)) }
    $sandbox = Start-SafeAISandbox
}

AfterAll {
    Stop-SafeAISandbox
    Pop-Location
}

Describe 'What -Mode does with ids that are there already, in <Where>' -ForEach @{ Where = 'a store' }, @{ Where = 'the platform' } {
    BeforeAll {
        $graph = if ($Where -eq 'a store') { @{ Store = './mode.graph' } } else { @{ Endpoint = $sandbox.Endpoint; ApiKey = $sandbox.ApiKey } }
        $journal = @{ JournalPath = "./$($graph.Keys.Count).journal" }
        function Import-Item([object[]] $Items, [hashtable] $More = @{}) { Invoke-Observed { $Items | Import-SafeAIData @graph @journal -Verify Content @More } }

        # What there is of an id: its type, its further labels, its properties in the order of their names.
        function Get-Text([string] $Id) {
            $found = Get-SafeAIData @graph | Where-Object { $_.Id -eq $Id -and $_.Type -in 'T', 'R', 'U' }
            ($found | ForEach-Object { $item = $_; "$($item.Type) $($item.Labels) $(@($item.Properties.Keys | Sort-Object | ForEach-Object { "$_=$($item.Properties[$_])" }) -join ' ')" }) -join '; '
        }
        (Import-Item (New-Node a @{ x = 1 }), (New-Node b @{ x = 1 }), (New-Node c), (New-Relationship r1 a b @{ k = 1 })).Output.Status | Should -Be 'Completed'
    }

    It 'Insert rejects them alone, and takes an id of another type, and one that comes twice itself' {
        $seen = Import-Item (New-Node a @{ y = 2 }), (New-Node new1 @{ y = 2 }), (New-Node a @{ x = 1 } -Type U), (New-Relationship r1 a b @{ k = 2 }), (New-Relationship r2 a c) @{ Mode = 'Insert'; ErrorBudget = '2' }
        $seen.Output.Status, $seen.Output.Nodes.Created, $seen.Output.Relationships.Created, $seen.Output.Rejected | Should -Be 'Completed', 2, 1, 2
        $seen.Errors.Exception.Code | Should -Be 'AlreadyExists', 'AlreadyExists'
        Get-Text a | Should -Be 'T  x=1; U  x=1'
        Get-Text r1 | Should -Be 'R  k=1'

        # One after the other, so that the second meets what the first wrote.
        $seen = Import-Item (New-Node twice @{ x = 1 }), (New-Node other), (New-Node twice @{ y = 2 }) @{ Mode = 'Insert'; BatchSize = 1; ThrottleLimit = 1 }
        $seen.Output.Status, $seen.Output.Rejected | Should -Be 'Completed', 0
        Get-Text twice | Should -Be 'T  x=1 y=2'
    }

    It 'Insert rejects what is there with the same values, too' {
        $seen = Import-Item @(New-Node b @{ x = 1 }) @{ Mode = 'Insert' }
        $seen.Terminating.Exception.Code | Should -Be 'ErrorBudgetExceeded'
        $seen.Output.Rejected, $seen.Output.Unchanged | Should -Be 1, 0
    }

    It 'Replace leaves nothing that the last record of an id does not have, keeps labels, and recognises what is so already' {
        (Import-Item (New-Node q @{ a = 1; b = 2; c = 3 } -Labels Extra)).Output.Nodes.Created | Should -Be 1
        $seen = Import-Item (New-Node q @{ a = 'x'; b = 'y' }), (New-Node z), (New-Node q @{ b = 'last' }) @{ Mode = 'Replace'; BatchSize = 1; ThrottleLimit = 1 }
        $seen.Output.Verified | Should -BeTrue -Because "$($seen.Terminating) $($seen.Errors)"
        Get-Text q | Should -Be 'T Extra b=last'
        $seen = Import-Item (New-Node q @{ b = 'x'; c = 'y' }), (New-Node q @{ d = 'one'; b = $null }) @{ Mode = 'Replace' }
        Get-Text q | Should -Be 'T Extra d=one'
        $seen = Import-Item @(New-Node q @{ d = 'one' }) @{ Mode = 'Replace' }
        $seen.Output.Unchanged, $seen.Output.Loaded | Should -Be 1, 0
        $seen = Import-Item @(New-Relationship r1 a b @{ m = 9 }) @{ Mode = 'Replace' }
        $seen.Output.Relationships.Updated | Should -Be 1
        Get-Text r1 | Should -Be 'R  m=9'
    }

    It 'refuses in every mode a relationship whose id joins other nodes already: <Mode>' -ForEach @{ Mode = 'Upsert' }, @{ Mode = 'Insert' }, @{ Mode = 'Replace' } {
        $seen = Import-Item @(New-Relationship r1 b c) @{ Mode = $Mode; ErrorBudget = '1' }
        $seen.Output.Status, $seen.Output.Rejected, $seen.Output.Loaded | Should -Be 'Completed', 1, 0
    }

    It 'can be put back, run by run, to what was before' {
        $signIn = @{}
        if ($graph.ApiKey) { $signIn.ApiKey = $graph.ApiKey }
        foreach ($run in Get-Migration @journal | Where-Object Kind -EQ Load) {
            $undo = Undo-Migration $run.Id @journal @signIn -Confirm:$false
            $undo.IsComplete, $undo.Kept | Should -Be $true, 0 -Because $run.Id
        }
        Get-SafeAIData @graph | Should -BeNullOrEmpty
    }
}
