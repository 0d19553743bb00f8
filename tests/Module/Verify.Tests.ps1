BeforeDiscovery {
    # What somebody else does to the node 3 between its load and its verification.
    $changes = @(
        @{ What = 'a value'; Query = "MATCH (n:V {id: '3'}) SET n.name = 'other'" }
        @{ What = 'a property more'; Query = "MATCH (n:V {id: '3'}) SET n.more = 1" }
        @{ What = 'a property less'; Query = "MATCH (n:V {id: '3'}) REMOVE n.name" }
        @{ What = 'a number as text'; Query = "MATCH (n:V {id: '3'}) SET n.whole = '3'" }
        @{ What = 'a rounded number'; Query = "MATCH (n:V {id: '3'}) SET n.part = 0.42857142857" }
        @{ What = 'the same moment in another zone'; Query = "MATCH (n:V {id: '3'}) SET n.at = datetime('2024-01-01T10:00:00Z')" }
        @{ What = 'a list in another order'; Query = "MATCH (n:V {id: '3'}) SET n.list = [2, 1]" }
        @{ What = 'a label more'; Query = "MATCH (n:V {id: '3'}) SET n:Other" }
        @{ What = 'a node less'; Query = "MATCH (n:V {id: '3'}) DETACH DELETE n" }
    )
}

BeforeAll {
    . "$PSScriptRoot/ModuleTestKit.ps1"
    Import-Module (Get-TestModulePath)
    Import-Module "$PSScriptRoot/TestSupport/ApiServer.psm1"
    Push-Location (New-SampleFolder (Join-Path $TestDrive 'verify'))
    $sandbox = Start-SafeAISandbox
    $to = @{ Endpoint = $sandbox.Endpoint; ApiKey = $sandbox.ApiKey; JournalPath = './v.journal' }

    function New-Node([string] $Type, $Id, [System.Collections.IDictionary] $Properties = @{}, [string[]] $Labels = @()) {
        [SafeAI.Migration.GraphNode]::new($Type, "$Id", [SafeAI.Migration.PropertySet]::new([string[]]@($Properties.Keys), [object[]]@($Properties.Values)), $Labels)
    }

    function New-Relationship([string] $Type, $Id, [string] $NodeType, $From, $To) {
        [SafeAI.Migration.GraphRelationship]::new($Type, "$Id", $NodeType, "$From", $NodeType, "$To", [SafeAI.Migration.PropertySet]::Empty)
    }

    # A statement of somebody else.
    function Invoke-Statement([string] $Query) {
        $answer = Invoke-RestMethod -Method Post -Uri "$($sandbox.Endpoint)v1/knowledge-graph/query" -Authentication Bearer -Token $sandbox.ApiKey `
            -AllowUnencryptedAuthentication -ContentType 'application/json' -Body (@{ query = $Query; parameters = @{} } | ConvertTo-Json)
        $answer.results
    }

    function Get-NodeCount([string] $Type) { (Invoke-Statement "MATCH (n:$Type) RETURN count(n) AS count").count }

    # Nodes go down a pipeline; once the destination has the first batch, somebody else is at work before the pipeline ends.
    function Invoke-DisturbedLoad([string] $Query, [hashtable] $Load) {
        Invoke-Observed {
            & {
                1..20 | ForEach-Object {
                    New-Node V $_ ([ordered]@{ name = "n$_"; whole = [long]$_; part = $_ / 7.0; at = [datetimeoffset]'2024-01-01T12:00:00+02:00'; list = [long[]](1, 2) })
                }
                Wait-TestCondition { (Get-NodeCount V) -ge 10 } 'The load of the first batch' 20
                Invoke-Statement $Query | Out-Null
            } | Import-SafeAIData @to -BatchSize 10 -ThrottleLimit 1 @Load
        }
    }
}

AfterAll {
    $sandbox | Stop-SafeAISandbox
    Pop-Location
}

Describe 'Import-SafeAIData -Verify Content' {
    BeforeEach { Invoke-Statement 'MATCH (n) DETACH DELETE n' | Out-Null }

    It 'fails where somebody else left <What>' -ForEach $changes {
        $seen = Invoke-DisturbedLoad $Query @{ Verify = 'Content' }

        $seen.Terminating.FullyQualifiedErrorId | Should -BeLike 'VerificationFailed,*'
        $result = $seen.Terminating.TargetObject
        "$($result.Status) $($result.Verified) $($result.Differences)" | Should -Be 'Failed False 1'
        (Get-Migration $result.MigrationId -JournalPath ./v.journal).Status | Should -Be Failed
    }

    It 'passes where nobody did, whatever the values' {
        $seen = Invoke-DisturbedLoad 'RETURN 1 AS one' @{ Verify = 'Content' }

        "$($seen.Terminating) $($seen.Output.Status) $($seen.Output.Verified)" | Should -Be ' Completed True'
    }

    It 'puts the run back with -OnError Rollback, but for what somebody else changed' {
        $seen = Invoke-DisturbedLoad "MATCH (n:V {id: '3'}) SET n.name = 'other'" @{ Verify = 'Content'; OnError = 'Rollback' }

        $e = $seen.Terminating.Exception
        "$($e.Code) $($e.InnerException.Code) $($e.Result.Status) $($e.Undo.NodesDeleted) $($e.Undo.Kept)" | Should -Be 'VerificationFailed VerificationFailed RolledBack 19 1'
        (Invoke-Statement 'MATCH (n:V) RETURN n.id AS id').id | Should -Be '3'
    }
}

Describe 'Import-SafeAIData -Verify Count' {
    BeforeEach { Invoke-Statement 'MATCH (n) DETACH DELETE n' | Out-Null }

    It 'counts what was there before, with -Mode <Mode>' -ForEach @(
        @{ Mode = 'Upsert'; Created = 2; Rejected = 0 }, @{ Mode = 'Insert'; Created = 2; Rejected = 1 }, @{ Mode = 'Replace'; Created = 2; Rejected = 0 }
    ) {
        (New-Node V there @{ a = 1L }), (New-Node V other) | Import-SafeAIData @to | Out-Null
        New-Relationship R before V there other | Import-SafeAIData @to | Out-Null

        $items = (New-Node V there @{ b = 1L }), (New-Node V new), (New-Node V newer), (New-Relationship R r V there new)
        $result = (Invoke-Observed { $items | Import-SafeAIData @to -Mode $Mode -Verify Count -ErrorBudget 1 }).Output

        "$($result.Status) $($result.Verified) $($result.Nodes.Created) $($result.Rejected)" | Should -Be "Completed True $Created $Rejected"
    }

    It 'fails where somebody else adds or takes nodes meanwhile' {
        New-Node V other | Import-SafeAIData @to | Out-Null
        foreach ($query in "CREATE (:V {id: 'more'}), (:V {id: 'yet more'})", "MATCH (n:V) WHERE n.id IN ['other', 'more'] DELETE n") {
            $result = (Invoke-DisturbedLoad $query @{ Verify = 'Count' }).Terminating.TargetObject
            "$($result.Status) $($result.Verified) $($result.Differences)" | Should -Be 'Failed False 2'
            Invoke-Statement "MATCH (n:V) WHERE toInteger(n.id) > 0 DELETE n" | Out-Null
        }
    }

    It 'counts a node under each of its labels, as the platform does, whichever comes first' {
        (New-Node V other), (New-Node W 1 @{} V) | Import-SafeAIData @to | Out-Null

        # New with a further label, changed with it, changed without it, and one that gets it.
        New-Node W 5 | Import-SafeAIData @to | Out-Null
        $items = (New-Node W 2 @{} V), (New-Node W 1 @{ a = 1L } V), (New-Node V 3), (New-Node W 5 @{} V), (New-Node W 6)
        foreach ($order in @(0, 1, 2, 3, 4), @(2, 4, 3, 1, 0)) {
            $result = $items[$order] | Import-SafeAIData @to -Verify Count -BatchSize 1
            "$($result.Status) $($result.Verified)" | Should -Be 'Completed True'
            Undo-Migration $result.MigrationId -ApiKey $sandbox.ApiKey -JournalPath ./v.journal -Confirm:$false | ForEach-Object IsComplete | Should -BeTrue
        }

        Get-NodeCount V | Should -Be 2
    }
}

Describe 'A run of a plan that cannot be verified' {
    It 'ends in a terminating error with onError <OnError>' -ForEach @(
        @{ OnError = 'stop'; Status = 'Failed'; Left = 2000 }, @{ OnError = 'rollback'; Status = 'RolledBack'; Left = 1 }
    ) {
        Invoke-Statement 'MATCH (n) DETACH DELETE n' | Out-Null
        $api = Start-TestApi
        $api.State.Held = 5
        $api.State.Last = 4
        try {
            $plan = @{
                source = @{
                    address = "$($api.Url)/v1/people"; itemsPointer = '/items'; pagination = @{ type = 'pageNumber' }; headers = @{ 'X-Api-Key' = 'any' }
                    mapping = @{ nodes = @(@{ type = 'Person'; id = '{id}'; properties = @{ name = 'name' } }) }
                }
                destination = @{ endpoint = $sandbox.Endpoint; apiKey = [Net.NetworkCredential]::new('', $sandbox.ApiKey).Password }
                options = @{ verify = 'content'; batchSize = 100; throttleLimit = 1 }
                onError = $OnError
                journal = "$PWD/plan-$OnError.journal"
            }
            $module = Get-TestModulePath
            $job = Start-ThreadJob {
                Import-Module $using:module
                $plan = $using:plan
                try { Invoke-Migration $plan -ErrorAction SilentlyContinue; 'no error' } catch { $_ }
            }
            Wait-TestCondition { (Get-NodeCount Person) -ge 100 } 'The load of the first batch' 20
            Invoke-Statement "MATCH (n:Person {id: '7'}) SET n.name = 'other'" | Out-Null
            $api.State.Held = [int]::MaxValue
            $seen = $job | Receive-Job -Wait -AutoRemoveJob
        }
        finally {
            $api.State.Held = [int]::MaxValue
            Stop-TestApi $api
        }

        $failure = @($seen)[-1]
        $failure.FullyQualifiedErrorId | Should -BeLike 'VerificationFailed,*'
        "$($failure.TargetObject.Status) $($failure.TargetObject.Verified) $($failure.TargetObject.Differences)" | Should -Be "$Status False 1"
        Get-NodeCount Person | Should -Be $Left
    }
}
