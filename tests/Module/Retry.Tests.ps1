BeforeDiscovery {
    # What goes wrong, and what the error of a run must say of it. The constraint, the count and one batch pass before it does.
    [array] $cases = @(
        @{ Name = 'the platform fails beyond all retries'; Fault = '{ "kind": "status503", "retryAfter": "seconds", "seconds": 0 }'; Code = 'PlatformFailed'; Category = 'NotSpecified'; Helps = $true }
        @{ Name = 'the rate limit is exceeded beyond all retries'; Fault = '{ "kind": "status429", "retryAfter": "seconds", "seconds": 0 }'; Code = 'RateLimited'; Category = 'LimitsExceeded'; Helps = $true }
        @{ Name = 'the platform asks to be left alone for a day'; Fault = '{ "kind": "status429", "retryAfter": "seconds", "seconds": 86400 }'; Code = 'RateLimited'; Category = 'LimitsExceeded'; Helps = $true; Says = '*86400 s*' }
        @{ Name = 'the platform is down until a date'; Fault = '{ "kind": "status503", "retryAfter": "date", "seconds": 86400 }'; Code = 'PlatformFailed'; Category = 'NotSpecified'; Helps = $true; Says = '*longer than the 300 s*' }
        @{ Name = 'the key is refused'; Fault = '{ "kind": "expiredToken" }'; Code = 'AuthenticationFailed'; Category = 'AuthenticationError'; Helps = $false }
    )
    $runs = foreach ($case in $cases) { foreach ($how in 'Pipeline', 'Plan') { $case + @{ How = $how; Number = $cases.IndexOf($case) } } }
}

BeforeAll {
    . "$PSScriptRoot/ModuleTestKit.ps1"
    Import-Module (Get-TestModulePath)
    Push-Location $TestDrive
    Set-Content ./lines.csv (@('id') + (1..30))
    $lines = Convert-Path ./lines.csv

    function Set-Fault([string] $Faults) {
        Invoke-RestMethod -Method Post -Uri "$($sandbox.Endpoint)sandbox/faults" -Authentication Bearer -Token $sandbox.ApiKey -AllowUnencryptedAuthentication -Body $Faults | Out-Null
    }

    # The same data as a pipeline and as a plan, into a type of its own.
    function Invoke-Pipeline([string] $Type, [hashtable] $Destination, [hashtable] $More = @{}) {
        Invoke-Observed {
            Get-SourceData ./lines.csv | Convert-MigrationData @{ nodes = @{ type = $Type; id = 'l:{id}' } } | Import-SafeAIData @Destination -JournalPath ./retry.journal -BatchSize 10 -ThrottleLimit 1 @More
        }
    }

    function Invoke-Plan([string] $Type, [hashtable] $Destination) {
        $plan = @{
            sources     = @(@{ path = 'lines.csv'; mapping = @{ nodes = @{ type = $Type; id = 'l:{id}' } } })
            destination = @{ endpoint = "$($Destination.Endpoint)" }
            options     = @{ batchSize = 10; throttleLimit = 1 }
        }
        $signIn = $Destination.Clone()
        $signIn.Remove('Endpoint')
        Invoke-Observed { Invoke-Migration $plan -JournalPath ./retry.journal @signIn }
    }
}

AfterAll {
    Stop-SafeAISandbox
    Pop-Location
}

Describe 'The error of a run that the platform ends' {
    BeforeAll {
        $sandbox = Start-SafeAISandbox
        $platform = @{ Endpoint = $sandbox.Endpoint; ApiKey = $sandbox.ApiKey }
    }

    It 'says, where <Name>, whether a retry helps, and where it was: <How>' -ForEach $runs {
        $type = "Line$Number$How"
        $rule = ($Fault | ConvertFrom-Json -AsHashtable) + @{ requests = 4..40 }
        Set-Fault (ConvertTo-Json @($rule) -Depth 3)
        try { $seen = & "Invoke-$How" $type $platform } finally { Set-Fault '[]' }

        $e = $seen.Terminating.Exception
        $seen.Terminating.FullyQualifiedErrorId | Should -BeLike "$Code,*"
        "$($seen.Terminating.CategoryInfo.Category)" | Should -Be $Category
        $e.Code, $e.IsTransient, "$($e.Stage)" | Should -Be $Code, $Helps, 'Load'
        $e.Segment.Source, $e.Segment.First.Ordinal, $e.Segment.Last.Ordinal, $e.Segment.Batch | Should -Be $lines, 11, 20, $type
        $e.Message | Should -BeLike "$Says*"
        $e.Remedy | Should -Not -BeNullOrEmpty
        $seen.Output.Status, $seen.Output.ErrorCode | Should -Be 'Failed', $Code
        $e.Result.MigrationId | Should -Be $seen.Output.MigrationId
        @(Get-SafeAIData @platform -NodeType $type).Count | Should -Be 10

        # What the retry is to be: the same run goes on.
        if ($How -eq 'Pipeline') {
            $again = Invoke-Pipeline $type $platform @{ Resume = $true }
            $again.Terminating | Should -BeNullOrEmpty
            $again.Output.Status, $again.Output.Nodes.Created | Should -Be 'Completed', 30
        }
    }

    It 'says of a platform that is not there at all that a retry may help: <How>' -ForEach @{ How = 'Pipeline' }, @{ How = 'Plan' } {
        $silent = New-SilentPort
        try { $seen = & "Invoke-$How" Nobody @{ Endpoint = "http://127.0.0.1:$($silent.LocalEndPoint.Port)"; ApiKey = $sandbox.ApiKey } } finally { $silent.Dispose() }

        $e = $seen.Terminating.Exception
        $e.Code, $e.IsTransient, "$($e.Stage)", $e.Segment.Batch | Should -Be 'EndpointUnreachable', $true, 'Load', 'Nobody'
        "$($seen.Terminating.CategoryInfo.Category)" | Should -Be 'ConnectionError'
        $e.InnerException | Should -BeOfType System.Net.Http.HttpRequestException
        $e.InnerException.InnerException | Should -BeOfType System.Net.Sockets.SocketException
    }

    It 'says of a wrong key and of wrong client credentials that a retry does not help: <How>' -ForEach @{ How = 'Pipeline' }, @{ How = 'Plan' } {
        $wrong = [System.Net.NetworkCredential]::new('', 'canary-4711').SecurePassword
        foreach ($signIn in @{ ApiKey = $wrong }, @{ Credential = [pscredential]::new('me', $wrong) }) {
            $seen = & "Invoke-$How" Wrong (@{ Endpoint = $sandbox.Endpoint } + $signIn)
            $e = $seen.Terminating.Exception
            $e.Code, $e.IsTransient, "$($seen.Terminating.CategoryInfo.Category)" | Should -Be 'AuthenticationFailed', $false, 'AuthenticationError'
            "$e" | Should -Not -BeLike '*canary*'
        }
    }

    It 'says where ids cannot be made unique, as there are twins already, and that a retry does not help: <How>' -ForEach @{ How = 'Pipeline' }, @{ How = 'Plan' } {
        Invoke-RestMethod -Method Post -Uri "$($sandbox.Endpoint)v1/knowledge-graph/query" -Authentication Bearer -Token $sandbox.ApiKey -AllowUnencryptedAuthentication -ContentType application/json `
            -Body "{ `"query`": `"CREATE (:Twin$How {id: 'x'}), (:Twin$How {id: 'x'})`", `"parameters`": {} }" | Out-Null
        $seen = & "Invoke-$How" "Twin$How" $platform

        $e = $seen.Terminating.Exception
        $e.Code, $e.IsTransient, "$($e.Stage)", $e.Segment.Batch | Should -Be 'RequestRefused', $false, 'Load', "Twin$How"
        $e.Message | Should -BeLike "The ids of Twin$How cannot be made unique, so nothing of that type is written: *"
        "$($seen.Terminating.CategoryInfo.Category)" | Should -Be 'ProtocolError'
        @(Get-SafeAIData @platform -NodeType "Twin$How").Count | Should -Be 2
    }

    It 'comes out of a job as well' {
        Set-Fault '[{ "kind": "status429", "retryAfter": "seconds", "seconds": 86400, "requests": [4] }]'
        $plan = @{ sources = @(@{ path = 'lines.csv'; mapping = @{ nodes = @{ type = 'InJob'; id = 'l:{id}' } } }); destination = @{ endpoint = "$($sandbox.Endpoint)" }; options = @{ batchSize = 10; throttleLimit = 1 } }
        $job = Invoke-Migration $plan -JournalPath ./retry.journal -ApiKey $sandbox.ApiKey -AsJob
        try { $job | Wait-Job | Out-Null } finally { Set-Fault '[]' }
        $e = ($job.Error | Select-Object -Last 1).Exception
        $e.Code, $e.IsTransient, $e.Segment.First.Ordinal | Should -Be 'RateLimited', $true, 11
        $job | Remove-Job
    }
}
