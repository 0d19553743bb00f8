BeforeAll {
    . "$PSScriptRoot/ModuleTestKit.ps1"
    Import-Module (Get-TestModulePath)

    function Test-Running($Id) { $null -ne (Get-Process -Id $Id -ErrorAction Ignore | Where-Object { -not $_.HasExited }) }
}

AfterAll {
    Stop-SafeAISandbox
}

Describe 'The sandbox' {
    It 'starts, answers, and stops' {
        $sandbox = Start-SafeAISandbox
        $sandbox | Should -BeOfType [SafeAI.Migration.SandboxInfo]
        $sandbox.ApiKey | Should -BeOfType [securestring]
        (Test-SafeAIConnection -Endpoint $sandbox.Endpoint -ApiKey $sandbox.ApiKey).CanWrite | Should -BeTrue
        Test-Running $sandbox.ProcessId | Should -BeTrue
        $sandbox | Stop-SafeAISandbox
        Test-Running $sandbox.ProcessId | Should -BeFalse
        (Test-SafeAIConnection -Endpoint $sandbox.Endpoint -ApiKey $sandbox.ApiKey).Reachable | Should -BeFalse
    }

    It 'keeps its graph in a file where that is asked' {
        $store = Join-Path $TestDrive 'kept.db'
        $sandbox = Start-SafeAISandbox -Store $store
        @{ id = 1 } | Convert-MigrationData @{ nodes = @{ type = 'Thing'; id = 'thing:{id}' } } | Import-SafeAIData -Endpoint $sandbox.Endpoint -ApiKey $sandbox.ApiKey | Out-Null
        Stop-SafeAISandbox $sandbox.ProcessId
        $again = Start-SafeAISandbox -Store $store
        (Get-SafeAIData -Endpoint $again.Endpoint -ApiKey $again.ApiKey).Id | Should -Be 'thing:1'
        $again | Stop-SafeAISandbox
    }

    It 'refuses a graph store, says what to do, and leaves it as it is' {
        $store = Join-Path $TestDrive 'loaded.graph'
        @{ id = 1 } | Convert-MigrationData @{ nodes = @{ type = 'Thing'; id = 'thing:{id}' } } | Import-SafeAIData -Store $store -NoJournal | Out-Null
        $seen = Invoke-Observed { Start-SafeAISandbox -Store $store }
        $seen.Terminating.FullyQualifiedErrorId | Should -BeLike 'SandboxFailed,*'
        $seen.Terminating.Exception.Message | Should -BeLike "The sandbox ended with code 1: $store is a graph store, not a sandbox file. Start the sandbox with another file, and copy the graph store into it: Get-SafeAIData reads it, Import-SafeAIData writes it*"
        (Get-SafeAIData -Store $store).Id | Should -Be 'thing:1'
        $sandbox = Start-SafeAISandbox -Store (Join-Path $TestDrive 'copy.db')
        Get-SafeAIData -Store $store | Import-SafeAIData -Endpoint $sandbox.Endpoint -ApiKey $sandbox.ApiKey -NoJournal | Out-Null
        (Get-SafeAIData -Endpoint $sandbox.Endpoint -ApiKey $sandbox.ApiKey).Id | Should -Be 'thing:1'
        $sandbox | Stop-SafeAISandbox
    }

    It 'stops with all others where none is named' {
        $several = (Start-SafeAISandbox), (Start-SafeAISandbox)
        Stop-SafeAISandbox
        $several | Where-Object { Test-Running $_.ProcessId } | Should -BeNullOrEmpty
        { Stop-SafeAISandbox -ErrorAction Stop } | Should -Not -Throw
    }

    It 'is not started or stopped with -WhatIf' {
        Start-SafeAISandbox -WhatIf | Should -BeNullOrEmpty
        $sandbox = Start-SafeAISandbox
        Stop-SafeAISandbox -WhatIf
        Test-Running $sandbox.ProcessId | Should -BeTrue
        $sandbox | Stop-SafeAISandbox
    }

    It 'says which process is none of its own, and leaves it alone' {
        $seen = Invoke-Observed { Stop-SafeAISandbox -ProcessId $PID }
        $seen.Errors.Exception.Message | Should -BeExactly "Process $PID is not a sandbox of this PowerShell process. Give the ProcessId that Start-SafeAISandbox gave."
        $seen.Errors.FullyQualifiedErrorId | Should -BeLike 'SandboxFailed,*'
    }

    It 'says why it did not start' {
        $seen = Invoke-Observed { Start-SafeAISandbox -Faults '[{"kind": "nonsense"}]' }
        $seen.Terminating.FullyQualifiedErrorId | Should -BeLike 'SandboxFailed,*'
        $seen.Terminating.Exception.Message | Should -BeLike "The sandbox ended with code 2: *'nonsense'*"
    }

    It 'does not show its key' {
        $sandbox = Start-SafeAISandbox
        $plain = [System.Net.NetworkCredential]::new('', $sandbox.ApiKey).Password
        ($sandbox | Out-String) + ($sandbox | Format-List * | Out-String) + ($sandbox | ConvertTo-Json) | Should -Not -Match $plain
        ($sandbox | Out-String) | Should -Match 'Endpoint\s+ProcessId\s+Store'
        ($sandbox | Out-String) | Should -Match '\(in memory\)'
        $sandbox | Stop-SafeAISandbox
    }

    It 'does not outlive a PowerShell process that is killed' -Skip:$IsWindows {
        $start = [System.Diagnostics.ProcessStartInfo]::new((Get-PowerShellPath))
        foreach ($argument in '-NoProfile', '-NonInteractive', '-Command', '& { Import-Module $env:MODULE; "$PID $((Start-SafeAISandbox).ProcessId)"; [Console]::In.ReadLine() }') { $start.ArgumentList.Add($argument) }
        $start.Environment['MODULE'] = Get-TestModulePath
        $start.RedirectStandardInput = $start.RedirectStandardOutput = $true
        $parent = [System.Diagnostics.Process]::Start($start)
        # The process that was started may be only a host in front of PowerShell's own.
        [int]$shell, [int]$id = $parent.StandardOutput.ReadLine() -split ' '
        Test-Running $id | Should -BeTrue
        & kill -9 $shell
        $parent.WaitForExit()
        Wait-TestCondition { -not (Test-Running $id) } -What "The end of sandbox $id" -Seconds 30
    }
}

Describe 'Start-SafeAISandbox without the ASP.NET Core runtime' -Skip:(-not $IsLinux) {
    It 'says what is missing and what to install' {
        # A .NET installation that has the runtime and not ASP.NET Core: the real host, told to look there.
        $real = dotnet --list-runtimes | Where-Object { $_ -match '^Microsoft\.NETCore\.App \S+ \[(.+)\]$' } |
            ForEach-Object { Split-Path (Split-Path $Matches[1]) } | Select-Object -First 1
        $root = Join-Path $TestDrive 'dotnet'
        $null = New-Item -ItemType Directory $root, (Join-Path $root 'shared')
        Copy-Item (Join-Path $real 'dotnet') $root
        $null = New-Item -ItemType SymbolicLink -Path (Join-Path $root 'host') -Target (Join-Path $real 'host')
        $null = New-Item -ItemType SymbolicLink -Path (Join-Path $root 'shared/Microsoft.NETCore.App') -Target (Join-Path $real 'shared/Microsoft.NETCore.App')
        $before = $env:DOTNET_ROOT
        $env:DOTNET_ROOT = $root
        try {
            { Start-SafeAISandbox } | Should -Throw -ErrorId 'SandboxFailed,*' -PassThru |
                ForEach-Object { $_.ErrorDetails.RecommendedAction } |
                Should -Be 'Install the ASP.NET Core Runtime 10 from https://dotnet.microsoft.com/download/dotnet/10.0.'
        }
        finally {
            $env:DOTNET_ROOT = $before
        }
    }
}
