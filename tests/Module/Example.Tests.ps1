BeforeDiscovery {
    . "$PSScriptRoot/ModuleTestKit.ps1"
    Import-Module (Get-TestModulePath)
    $examples = @(foreach ($command in Get-Command -Module SafeAI.Migration) {
            $number = 0
            foreach ($example in (Get-Help $command.Name -Full).examples.example) {
                @{ Name = $command.Name; Number = ++$number; Code = $example.code }
            }
        })
    $commandCount = @(Get-Command -Module SafeAI.Migration).Count
}

BeforeAll {
    . "$PSScriptRoot/ModuleTestKit.ps1"
    Import-Module (Get-TestModulePath)
    $folder = New-SampleFolder (Join-Path $TestDrive 'examples')
    Push-Location $folder
    Set-CleanCustomerFile ./customers.csv
    Set-Content ./people.csv 'id,name,age', '1,Ann,31', '2,Ben,32'
    Set-Content ./export.json '{"data": {"items": [{"id": 1}, {"id": 2}]}}'
    foreach ($store in './test.graph', './quickstart.graph') {
        Get-SourceData ./customers.csv | Convert-MigrationData ./customers.map.json | Import-SafeAIData -Store $store | Out-Null
    }

    $platform = Start-SafeAISandbox
    $url = "$($platform.Endpoint)"
    $key = $platform.ApiKey
    $sandbox = $null
    $postgres = $null

    # What a user is asked for.
    function Read-Host { $key }

    # The examples name a database that a user would have.
    function Get-TestDatabase {
        if (-not $script:postgres) {
            $script:postgres = Start-TestPostgres
            $script:database = "shop_$PID"
            Invoke-TestSql $script:postgres "CREATE DATABASE $($script:database)"
            Invoke-TestSql $script:postgres -Database $script:database "CREATE TABLE customers (customer_id text PRIMARY KEY, name text, email text); INSERT INTO customers VALUES ('00001', 'Ann', 'ann@example.com')"
        }

        "$($script:postgres.ConnectionString);Database=$($script:database)"
    }
}

AfterAll {
    Disconnect-SafeAI
    Stop-SafeAISandbox
    if ($script:postgres) {
        Invoke-TestSql $script:postgres "DROP DATABASE $($script:database) WITH (FORCE)"
        Stop-TestPostgres $script:postgres
    }
    Pop-Location
}

Describe 'The examples in the help' {
    It 'are run, two or more of each command' -ForEach @{ Count = $examples.Count; Commands = $commandCount } {
        $Count | Should -BeGreaterOrEqual (2 * $Commands)
    }

    It 'of <Name> run: example <Number>' -ForEach $examples {
        # Most of them go on from where Connect-SafeAI was used, or a sandbox started.
        if (-not $sandbox) { $script:sandbox = Start-SafeAISandbox }
        if (-not (Get-Process -Id $script:sandbox.ProcessId -ErrorAction Ignore)) { $script:sandbox = Start-SafeAISandbox }
        if (-not (Get-Process -Id $platform.ProcessId -ErrorAction Ignore)) { $script:platform = Start-SafeAISandbox; $script:url = "$($platform.Endpoint)"; $script:key = $platform.ApiKey }
        Connect-SafeAI -Endpoint $url -ApiKey $key | Out-Null

        $here = $Code -replace 'https://platform\.safeai\.dev', $url.TrimEnd('/')
        if ($here -match "'Host=localhost[^']*'") {
            $here = $here.Replace($Matches[0], "'$(Get-TestDatabase)'")
        }

        $Error.Clear()
        $script = [scriptblock]::Create("`$ErrorActionPreference = 'Stop'`n$here")
        $output = & $script
        $Error | Should -BeNullOrEmpty
        if ($Name -notlike 'Stop-*' -and $Name -notlike 'Disconnect-*' -and $here -notmatch 'throw|Stop-SafeAISandbox') {
            $output | Should -Not -BeNullOrEmpty -Because "an example shows something: $here"
        }
    }
}
