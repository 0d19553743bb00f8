BeforeAll {
    . "$PSScriptRoot/ModuleTestKit.ps1"
    Import-Module (Get-TestModulePath)
    $canary = 'canary-' + [guid]::NewGuid()
    $wrong = [System.Net.NetworkCredential]::new('', $canary).SecurePassword
    $sandbox = Start-SafeAISandbox
    $other = Start-SafeAISandbox -RateLimit 1000
    $names = 'SAFEAI_ENDPOINT', 'SAFEAI_API_KEY'
    $kept = $names | ForEach-Object { @{ Name = $_; Value = [Environment]::GetEnvironmentVariable($_) } }
    $names | ForEach-Object { [Environment]::SetEnvironmentVariable($_, $null) }
    $prefix = 'SafeAI.Migration.PowerShell.Commands'

    function Get-PlainKey($Sandbox) { [System.Net.NetworkCredential]::new('', $Sandbox.ApiKey).Password }
}

AfterAll {
    $kept | ForEach-Object { [Environment]::SetEnvironmentVariable($_.Name, $_.Value) }
    Disconnect-SafeAI
    $sandbox, $other | Stop-SafeAISandbox
}

Describe 'A connection' {
    BeforeEach {
        Disconnect-SafeAI
    }

    It 'is opened, used by the other commands, and forgotten' {
        $connection = $sandbox | Connect-SafeAI
        $connection | Should -BeOfType [SafeAI.Migration.SafeAIConnection]
        $connection.Endpoint | Should -Be $sandbox.Endpoint
        (Test-SafeAIConnection).CanRead | Should -BeTrue
        @{ id = 1 } | Convert-MigrationData @{ nodes = @{ type = 'Thing'; id = 'thing:{id}' } } | Import-SafeAIData | ForEach-Object Loaded | Should -Be 1
        (Get-SafeAIData -NodeType Thing).Id | Should -Be 'thing:1'
        Disconnect-SafeAI
        Disconnect-SafeAI
        $seen = Invoke-Observed { Get-SafeAIData -NodeType Thing }
        $seen.Terminating.FullyQualifiedErrorId | Should -BeExactly "NoDestination,$prefix.GetSafeAIDataCommand"
        $seen.Terminating.Exception.Message | Should -BeExactly 'No destination is named and no connection is open. Pass -Endpoint or -Store, use Connect-SafeAI, or set the environment variable SAFEAI_ENDPOINT.'
    }

    It 'gives way to explicit parameters' {
        $sandbox | Connect-SafeAI | Out-Null
        (Test-SafeAIConnection -Endpoint $other.Endpoint -ApiKey $other.ApiKey).Endpoint | Should -Be $other.Endpoint
        (Test-SafeAIConnection -ApiKey $wrong).Authenticated | Should -BeFalse
        Get-SafeAIData -Endpoint $other.Endpoint -ApiKey $other.ApiKey -NodeType Thing | Should -BeNullOrEmpty
        (Test-SafeAIConnection).Endpoint | Should -Be $sandbox.Endpoint
    }

    It 'keeps its key for its own endpoint' {
        $sandbox | Connect-SafeAI | Out-Null
        $seen = Invoke-Observed { Get-SafeAIData -Endpoint $other.Endpoint -NodeType Thing }
        $seen.Terminating.FullyQualifiedErrorId | Should -BeExactly "AuthenticationFailed,$prefix.GetSafeAIDataCommand" -Because 'no key is known for it'
    }

    It 'comes from the environment where nothing else is given' {
        $env:SAFEAI_ENDPOINT = "$($sandbox.Endpoint)"
        $env:SAFEAI_API_KEY = Get-PlainKey $sandbox
        try {
            (Test-SafeAIConnection).CanWrite | Should -BeTrue
            (Connect-SafeAI).Endpoint | Should -Be $sandbox.Endpoint
        }
        finally {
            Remove-Item Env:SAFEAI_ENDPOINT, Env:SAFEAI_API_KEY
        }
    }

    It 'is not opened with a wrong key' {
        $seen = Invoke-Observed { Connect-SafeAI -Endpoint $sandbox.Endpoint -ApiKey $wrong }
        $seen.Output | Should -BeNullOrEmpty
        $seen.Terminating.FullyQualifiedErrorId | Should -BeExactly "AuthenticationFailed,$prefix.ConnectSafeAICommand"
        $seen.Terminating.CategoryInfo.Category | Should -Be 'AuthenticationError'
        $seen.Terminating.Exception.Message | Should -BeLike "The platform at $("$($sandbox.Endpoint)".TrimEnd('/')) refused the key: *. Check the API key and that it belongs to this endpoint."
        (Invoke-Observed { Get-SafeAIData }).Terminating.Exception.Code | Should -Be 'NoDestination'
    }

    It 'is not opened where nobody listens' {
        $port = New-SilentPort
        $url = "http://127.0.0.1:$($port.LocalEndPoint.Port)"
        $seen = Invoke-Observed { Connect-SafeAI -Endpoint $url -ApiKey $wrong }
        $seen.Terminating.Exception.Message | Should -BeExactly "The platform at $url cannot be reached: nobody listens there. Check the endpoint and the network."
        $seen.Terminating.FullyQualifiedErrorId | Should -BeExactly "EndpointUnreachable,$prefix.ConnectSafeAICommand"
        $seen.Terminating.CategoryInfo.Category | Should -Be 'ConnectionError'
        $seen.Terminating.Exception.InnerException | Should -Not -BeNullOrEmpty
        (Connect-SafeAI -Endpoint $url -ApiKey $wrong -SkipTest).Endpoint | Should -Be "$url/"
        $port.Dispose()
    }

    It 'is not opened without a key' {
        $seen = Invoke-Observed { Connect-SafeAI -Endpoint $sandbox.Endpoint }
        $seen.Terminating.Exception.Code | Should -Be 'AuthenticationFailed'
    }

    It 'is refused in clear text to another machine: <Command>' -ForEach @(
        @{ Command = 'Connect-SafeAI' }, @{ Command = 'Test-SafeAIConnection' }, @{ Command = 'Get-SafeAIData' }
    ) {
        $seen = Invoke-Observed { & $Command -Endpoint 'http://platform.safeai.example' -ApiKey $wrong }
        $seen.Output | Should -BeNullOrEmpty
        $seen.Terminating.Exception.Message | Should -BeExactly 'The endpoint http://platform.safeai.example is not encrypted, and the key would cross the network in clear. Use https; plain http is accepted for this machine''s own addresses only.'
    }

    It 'is refused where the endpoint holds a password or is none' {
        (Invoke-Observed { Connect-SafeAI -Endpoint "https://user:$canary@platform.safeai.example" -ApiKey $wrong }).Terminating.Exception.Message | Should -BeExactly 'The endpoint holds a user name or password. Leave it out, and give the key separately.'
        (Invoke-Observed { Connect-SafeAI -Endpoint 'ftp://platform' -ApiKey $wrong }).Terminating.Exception.Message | Should -BeLike "'ftp://platform' is not an endpoint.*"
    }
}

Describe 'Test-SafeAIConnection' {
    It 'says what works' {
        $result = Test-SafeAIConnection -Endpoint $other.Endpoint -ApiKey $other.ApiKey
        "$($result.Reachable) $($result.Authenticated) $($result.CanRead) $($result.CanWrite)" | Should -Be 'True True True True'
        $result.RateLimit | Should -Be 1000
        $result.RateLimitRemaining | Should -BeLessThan 1000
        $result.Error | Should -BeNullOrEmpty
    }

    It 'writes nothing' {
        $before = Get-SandboxFigure $other
        Test-SafeAIConnection -Endpoint $other.Endpoint -ApiKey $other.ApiKey | Out-Null
        $after = Get-SandboxFigure $other
        "$($after.nodes) $($after.relationships) $($after.writes) $($after.constraints)" | Should -Be "$($before.nodes) $($before.relationships) $($before.writes) $($before.constraints)"
        (Test-SafeAIConnection -Endpoint $other.Endpoint -ApiKey $other.ApiKey -ReadOnly).CanWrite | Should -BeNullOrEmpty
    }

    It 'says that a key is wrong' {
        $result = Test-SafeAIConnection -Endpoint $sandbox.Endpoint -ApiKey $wrong
        "$($result.Reachable) $($result.Authenticated) $($result.CanRead)" | Should -Be 'True False False'
        $result.Error | Should -BeLike '*refused the key*Check the API key*'
    }

    It 'says that nobody listens' {
        $port = New-SilentPort
        $result = Test-SafeAIConnection -Endpoint "http://127.0.0.1:$($port.LocalEndPoint.Port)" -ApiKey $wrong
        $result.Reachable | Should -BeFalse
        $result.Error | Should -BeExactly "The platform at http://127.0.0.1:$($port.LocalEndPoint.Port) cannot be reached: nobody listens there. Check the endpoint and the network."
        $port.Dispose()
    }
}

Describe 'Keys and passwords' {
    It 'are shown nowhere, whatever happens' {
        $plain = Get-PlainKey $sandbox
        $credential = [pscredential]::new('client', $wrong)
        $port = New-SilentPort
        $silent = "http://127.0.0.1:$($port.LocalEndPoint.Port)"
        $VerbosePreference = $DebugPreference = $InformationPreference = 'Continue'
        $Error.Clear()
        $attempts = @(
            { $sandbox | Connect-SafeAI }
            { Test-SafeAIConnection }
            { @{ id = 1 } | Convert-MigrationData @{ nodes = @{ type = 'Thing'; id = 'thing:{id}' } } | Import-SafeAIData -Verify Content }
            { Get-SafeAIData }
            { $sandbox }
            { Disconnect-SafeAI }
            { Connect-SafeAI -Endpoint $sandbox.Endpoint -ApiKey $wrong }
            { Connect-SafeAI -Endpoint $sandbox.Endpoint -Credential $credential }
            { Connect-SafeAI -Endpoint $silent -ApiKey $wrong }
            { Connect-SafeAI -Endpoint $silent -Credential $credential }
            { Connect-SafeAI -Endpoint "https://user:$canary@127.0.0.1" -ApiKey $wrong }
            { Test-SafeAIConnection -Endpoint $sandbox.Endpoint -ApiKey $wrong }
            { Get-SafeAIData -Endpoint $sandbox.Endpoint -ApiKey $wrong }
            { @() | Import-SafeAIData -Endpoint $sandbox.Endpoint -ApiKey $wrong }
            { @{ id = 1 } | Convert-MigrationData @{ nodes = @{ type = 'Thing'; id = 'thing:{id}' } } | Import-SafeAIData -Endpoint $sandbox.Endpoint -ApiKey $wrong }
            { @{ id = 1 } | Convert-MigrationData @{ nodes = @{ type = 'Thing'; id = 'thing:{id}' } } | Import-SafeAIData -Endpoint $sandbox.Endpoint -ApiKey $wrong -WhatIf }
            { Get-SourceData -ConnectionString "Host=127.0.0.1;Port=$($port.LocalEndPoint.Port);Username=x;Password=$canary" -Table t }
            { Get-SourceData -ConnectionString "postgresql://x:$canary@127.0.0.1:$($port.LocalEndPoint.Port)/d" -Table t }
            { Get-SourceData -ConnectionString "Host=127.0.0.1;Passwort=$canary" -Table t }
            { Get-SourceData -ConnectionString "Host=127.0.0.1;Port=$($port.LocalEndPoint.Port);Database=d" -Table t -Credential $credential }
        )
        $said = [System.Text.StringBuilder]::new()
        $ErrorActionPreference = 'Continue'
        foreach ($attempt in $attempts) {
            try { $output = & $attempt *>&1 } catch { $output = @($_) }
            foreach ($item in $output) {
                # The line that was typed may hold what the user put there.
                if ($item -is [System.Management.Automation.ErrorRecord]) {
                    [void]$said.AppendLine(($item | Select-Object -Property * -ExcludeProperty InvocationInfo, ScriptStackTrace | Format-List * -Force | Out-String -Width 4000))
                    [void]$said.AppendLine($item.Exception.ToString())
                    [void]$said.AppendLine(($item.Exception | Format-List * -Force | Out-String -Width 4000))
                    [void]$said.AppendLine(($item.TargetObject | Format-List * -Force | Out-String -Width 4000))
                }
                else {
                    [void]$said.AppendLine(($item | Out-String -Width 4000))
                    [void]$said.AppendLine(($item | Format-List * -Force | Out-String -Width 4000))
                    [void]$said.AppendLine(($item | ConvertTo-Json -Depth 3 -WarningAction SilentlyContinue))
                    [void]$said.AppendLine(($item | Export-Csv -Path "$TestDrive/said.csv") + (Get-Content -Raw "$TestDrive/said.csv"))
                }
            }
        }

        foreach ($record in $Error) { [void]$said.AppendLine($record.ToString() + $record.Exception) }
        $port.Dispose()
        $text = $said.ToString()
        $text | Should -Match 'refused the key' -Because 'the search must have something to search in'
        $text.Contains($canary) | Should -BeFalse -Because 'the wrong key must not be shown'
        $text.Contains($plain) | Should -BeFalse -Because 'the right key must not be shown'
    }

    It 'are not on a command line that others can read' -Skip:(-not $IsLinux) {
        $plain = Get-PlainKey $sandbox
        [System.IO.File]::ReadAllText("/proc/$($sandbox.ProcessId)/cmdline").Contains($plain) | Should -BeFalse
    }
}
