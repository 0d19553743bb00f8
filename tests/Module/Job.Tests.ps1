BeforeAll {
    . "$PSScriptRoot/ModuleTestKit.ps1"
    Import-Module (Get-TestModulePath)
    $folder = New-SampleFolder (Join-Path $TestDrive 'jobs')
    Push-Location $folder
    $config = @{
        source      = @{ path = 'customers.csv'; mapping = 'customers.map.json' }
        destination = @{ store = 'job.graph' }
        options     = @{ errorBudget = '5%' }
        journal     = 'job.journal'
    }

    # A platform that answers nothing for ten minutes: whatever is waited for there does not come.
    function Start-SilentSandbox { Start-SafeAISandbox -Faults '[{"kind":"slow","milliseconds":600000,"every":1}]' }
    function Get-RunningRun { if (Test-Path ./job.journal) { Get-Migration -Status Running -JournalPath ./job.journal } }
    function Get-SandboxConfig($Sandbox) {
        $other = $config.Clone()
        $other.destination = @{ endpoint = "$($Sandbox.Endpoint)" }
        $other
    }
}

AfterAll {
    Get-Job | Where-Object PSJobTypeName -EQ Migration | Remove-Job -Force
    Stop-SafeAISandbox
    Pop-Location
}

Describe 'Invoke-Migration -AsJob' {
    It 'gives a job that can be waited for and received, with its output, errors and verbose lines' {
        $job = Invoke-Migration $config -AsJob -Verbose 4>$null

        $job | Should -BeOfType System.Management.Automation.Job
        (Get-Job -Id $job.Id).PSJobTypeName | Should -Be Migration
        (Wait-Job $job -Timeout 60).State | Should -Be Completed
        $job.HasMoreData | Should -BeTrue
        $result = Receive-Job $job -ErrorAction SilentlyContinue -ErrorVariable rejects -Verbose 4>lines.txt

        $result | Should -BeOfType SafeAI.Migration.MigrationResult
        $result.Status, $result.Read, $result.Rejected | Should -Be Completed, 601, 4
        $rejects.Count | Should -Be 4
        $rejects[0].Exception.Message | Should -BeLike '*customers.csv, line*'
        Get-Content lines.txt | Should -Contain "[1000] Migration $($result.MigrationId) into $(Join-Path $folder 'job.graph') began."
        $job.HasMoreData | Should -BeFalse
        Remove-Job $job
        Get-Job | Should -Not -Contain $job
    }

    It 'gives what Receive-Job -Wait -AutoRemoveJob takes, and leaves no job behind' {
        $result = Invoke-Migration $config -AsJob | Receive-Job -Wait -AutoRemoveJob -ErrorAction SilentlyContinue

        $result.Unchanged | Should -Be 597
        Get-Job | Where-Object PSJobTypeName -EQ Migration | Should -BeNullOrEmpty
    }

    It 'needs no module for jobs: a process that has none does the same' {
        $config | ConvertTo-Json -Depth 5 | Set-Content ./bare.json
        $seen = Invoke-CleanPowerShell -WorkingDirectory $folder -Command @"
`$PSModuleAutoLoadingPreference = 'None'
Import-Module Microsoft.PowerShell.Management, Microsoft.PowerShell.Utility
Import-Module '$(Get-TestModulePath)'
`$result = Invoke-Migration ./bare.json -AsJob | Receive-Job -Wait -ErrorAction SilentlyContinue
"`$(`$result.Status) `$(`$result.Read) `$(@(Get-Module *ThreadJob*).Count)"
"@
        $seen.Output | Should -BeExactly 'Completed 601 0'
    }

    It 'fails where the run fails, and says why among its errors' {
        $strict = $config.Clone()
        $strict.options = @{}
        $job = Invoke-Migration $strict -AsJob | Wait-Job -Timeout 60

        $job.State | Should -Be Failed
        $result = Receive-Job $job -ErrorAction SilentlyContinue -ErrorVariable problems
        $result.Status | Should -Be Failed
        $problems[-1].FullyQualifiedErrorId | Should -Be ErrorBudgetExceeded
        $problems[-1].TargetObject.MigrationId | Should -Be $result.MigrationId
    }

    It 'fails where nothing can be loaded' {
        $none = $config.Clone()
        $none.source = @{ path = 'none.csv'; mapping = 'customers.map.json' }
        $job = Invoke-Migration $none -AsJob | Wait-Job -Timeout 60

        $job.State | Should -Be Failed
        Receive-Job $job -ErrorAction SilentlyContinue -ErrorVariable problems | Should -BeNullOrEmpty
        $problems[0].FullyQualifiedErrorId | Should -Be SourceNotFound
    }

    It 'stops with Stop-Job in the middle of a wait, says how to go on, and Resume-Migration -AsJob does' {
        $sandbox = Start-SilentSandbox
        $job = Invoke-Migration (Get-SandboxConfig $sandbox) -ApiKey $sandbox.ApiKey -AsJob
        Wait-TestCondition { $job.Progress.Count -gt 0 } -What 'Progress'
        $job.State, $job.StatusMessage | Should -BeLike '[RN]*'

        Stop-Job $job

        $job.State | Should -Be Stopped
        $result = Receive-Job $job -WarningVariable warnings -WarningAction SilentlyContinue -ErrorAction SilentlyContinue
        $result.Status | Should -Be Stopped
        "$warnings" | Should -BeLike "*Resume-Migration $($result.MigrationId) -JournalPath '*job.journal'*"
        (Get-Migration $result.MigrationId -JournalPath ./job.journal).IsResumable | Should -BeTrue

        Stop-SafeAISandbox $sandbox.ProcessId
        $sandbox = Start-SafeAISandbox -Port $sandbox.Endpoint.Port
        (Invoke-Observed { Resume-Migration $result.MigrationId -JournalPath ./job.journal }).Terminating.Exception.Code | Should -Be AuthenticationFailed
        $resumed = Resume-Migration $result.MigrationId -JournalPath ./job.journal -ApiKey $sandbox.ApiKey -AsJob | Receive-Job -Wait -AutoRemoveJob -ErrorAction SilentlyContinue
        $resumed.MigrationId, $resumed.Status, $resumed.Loaded | Should -Be $result.MigrationId, Completed, 597
    }

    It 'is stopped when it is removed by force' {
        $sandbox = Start-SilentSandbox
        $job = Invoke-Migration (Get-SandboxConfig $sandbox) -ApiKey $sandbox.ApiKey -AsJob
        Wait-TestCondition { $job.Progress.Count -gt 0 } -What 'Progress'

        Remove-Job $job -Force

        (Get-Migration -JournalPath ./job.journal | Select-Object -First 1).Status | Should -Be Stopped
    }

    It 'does nothing with -WhatIf, and gives no job' {
        Invoke-Migration $config -AsJob -WhatIf 6>$null | Should -BeOfType SafeAI.Migration.MigrationPreview
        Get-Job | Where-Object State -EQ Running | Should -BeNullOrEmpty
    }
}

Describe 'Several plans at once' {
    It 'run with ForEach-Object -Parallel, into one journal, each with its own figures' {
        $plans = 1..4 | ForEach-Object {
            $plan = $config.Clone()
            $plan.name = "plan$_"
            $plan.destination = @{ store = "parallel$_.graph" }
            $plan
        }
        $module = Get-TestModulePath

        $results = $plans | ForEach-Object -Parallel {
            Import-Module $using:module
            Set-Location $using:folder
            Invoke-Migration $_ -ErrorAction SilentlyContinue
        } -ThrottleLimit 4

        $results.Count | Should -Be 4
        $results.Status | Select-Object -Unique | Should -Be Completed
        $results.Loaded | Select-Object -Unique | Should -Be 597
        $results.Nodes.Created | Select-Object -Unique | Should -Be $results[0].Nodes.Created
        $runs = Get-Migration -JournalPath ./job.journal | Where-Object Name -Like 'plan*'
        ($runs.Id | Sort-Object) | Should -Be ($results.MigrationId | Sort-Object)
        (Test-MigrationAudit -JournalPath ./job.journal).Findings | Should -BeNullOrEmpty
    }
}

Describe 'Set-Migration' {
    It 'takes the cap of a run at work away, so that it comes to its end' {
        $sandbox = Start-SafeAISandbox
        $slow = Get-SandboxConfig $sandbox
        $slow.options = @{ errorBudget = '5%'; batchSize = 20; maxRequestsPerMinute = 1 }
        $job = Invoke-Migration $slow -ApiKey $sandbox.ApiKey -AsJob
        Wait-TestCondition { Get-RunningRun } -What 'The run'
        $run = Get-RunningRun

        # What can be changed is offered, and -WhatIf changes nothing.
        (TabExpansion2 ($typed = 'Set-Migration -JournalPath ./job.journal -Id ') $typed.Length).CompletionMatches[0].CompletionText | Should -Be $run.Id
        $run | Set-Migration -RequestsPerMinute 0 -WhatIf
        (Get-Migration $run.Id -JournalPath ./job.journal).Limits | Should -BeNullOrEmpty

        $changed = $run | Set-Migration -RequestsPerMinute 0 -ThrottleLimit 8 -PassThru

        "$($changed.Limits)" | Should -Be 'no cap on requests, 8 batches at once'
        (Wait-Job $job -Timeout 60).State | Should -Be Completed
        (Get-MigrationAudit -MigrationId $run.Id -JournalPath ./job.journal -Action Limit).Action.Details | Should -Be 'no cap on requests, 8 batches at once'
    }

    It 'refuses a run that is over, and goes on with the others' {
        $ids = (Get-Migration -Status Completed -JournalPath ./job.journal | Select-Object -First 1).Id, 'nobody'

        $seen = Invoke-Observed { Set-Migration $ids -ThrottleLimit 2 -JournalPath ./job.journal }

        $seen.Errors.FullyQualifiedErrorId | Should -Be 'InvalidOptions,SafeAI.Migration.PowerShell.Commands.SetMigrationCommand', 'RunNotFound,SafeAI.Migration.PowerShell.Commands.SetMigrationCommand'
    }
}

Describe 'Ctrl+C in a terminal' -Skip:(-not $IsLinux) {
    It 'stops Invoke-Migration in the middle of a wait, leaves a run that can be resumed, and says how' {
        $sandbox = Start-SilentSandbox
        Get-SandboxConfig $sandbox | ConvertTo-Json -Depth 5 | Set-Content ./stopped.json
        $terminal = Start-TestTerminal -WorkingDirectory $folder -Environment @{ SAFEAI_API_KEY = [System.Net.NetworkCredential]::new('', $sandbox.ApiKey).Password } -Command @"
# Nobody is there to answer the questions that PowerShell asks a terminal before it draws its progress bar.
`$ProgressPreference = 'SilentlyContinue'
Import-Module '$(Get-TestModulePath)'; Invoke-Migration ./stopped.json; 'not reached'
"@
        try {
            Wait-TestCondition { Get-RunningRun } -What 'The run'
            # While PowerShell asks the terminal something, a key is taken for an answer: whoever sees nothing happen presses it again.
            for ($press = 1; $press -le 3 -and -not $terminal.Process.HasExited; $press++) {
                $terminal.Process.StandardInput.Write([char]3)
                $terminal.Process.StandardInput.Flush()
                $null = $terminal.Process.WaitForExit(20000)
            }

            $terminal.Process.HasExited | Should -BeTrue -Because 'two seconds are promised, and this machine may have much else to do'
        }
        finally {
            if (-not $terminal.Process.HasExited) { $terminal.Process.Kill($true) }
        }

        $run = Get-Migration -JournalPath ./job.journal | Select-Object -First 1
        $run.Status, $run.IsResumable, $run.PlanPath | Should -Be Stopped, $true, (Join-Path $folder 'stopped.json')
        $screen = $terminal.Screen.Result -replace '\e\[[0-9;?]*[A-Za-z]' -replace '\r?\n'
        $screen | Should -BeLike "*was stopped; what was confirmed stays. Go on with: Resume-Migration $($run.Id) -JournalPath '*job.journal'*"
        $screen | Should -Not -BeLike '*not reached*'
    }
}
