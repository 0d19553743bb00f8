BeforeAll {
    . "$PSScriptRoot/ModuleTestKit.ps1"
    Import-Module (Get-TestModulePath)
    Import-Module "$PSScriptRoot/TestSupport/PostgresServer.psm1"
    $folder = New-SampleFolder (Join-Path $TestDrive 'plans')
    Push-Location $folder
}

AfterAll {
    Pop-Location
}

Describe 'Invoke-Migration' {
    It 'runs a plan file and gives a result with status and progress' {
        $result = Invoke-Migration ./migration.json -ErrorAction SilentlyContinue -ErrorVariable rejects

        $result | Should -BeOfType SafeAI.Migration.MigrationResult
        $result.Status | Should -Be Completed
        $result.Progress.PercentComplete | Should -Be 100
        $result.Read | Should -Be ($result.Loaded + $result.Unchanged + $result.Rejected + $result.Skipped)
        $rejects.Count | Should -Be $result.Rejected
        (Get-Migration $result.MigrationId).Name | Should -Be quickstart
    }

    It 'tells with -WhatIf what it would do, and does nothing' {
        $plan = @{
            source = @{ path = 'customers.csv'; mapping = 'customers.map.json' }
            destination = @{ store = 'whatif.graph' }
            options = @{ errorBudget = '5%' }
        }

        $preview = Invoke-Migration $plan -WhatIf 6>$null

        $preview | Should -BeOfType SafeAI.Migration.MigrationPreview
        $preview.Sources[0].Rows | Should -Be 601
        ($preview.Types | Where-Object Type -EQ Customer).Count | Should -BeGreaterThan 500
        $preview.Findings.Id | Should -Be RecordsRejected
        './whatif.graph' | Should -Not -Exist
    }

    It 'ends in an error with all faults of a plan' {
        { Invoke-Migration @{ source = @{ path = 'a.csv'; mapping = 'm'; delimiter = ';' }; destination = @{ type = 'floppy' } } } |
            Should -Throw -ErrorId 'InvalidPlan,*' -ExpectedMessage '*$.source.delimiter*$.destination.type*'
    }

    It 'ends in an error that carries the result where the run failed' {
        $plan = @{ source = @{ path = 'customers.csv'; mapping = 'customers.map.json' }; destination = @{ store = 'failed.graph' } }

        { Invoke-Migration $plan -ErrorAction SilentlyContinue } | Should -Throw -ErrorId 'ErrorBudgetExceeded,*'
        $Error[0].TargetObject.Status | Should -Be Failed
    }

    It 'puts a failed run back and writes its report, where the plan says so' {
        $plan = @{
            source = @{ path = 'customers.csv'; mapping = 'customers.map.json' }
            destination = @{ store = 'back.graph' }
            onError = 'rollback'
            journal = 'back.journal'
            report = 'back.md'
        }

        { Invoke-Migration $plan -ErrorAction SilentlyContinue } | Should -Throw '*The run was put back.*' -ErrorId 'ErrorBudgetExceeded*'

        $run = Get-Migration -JournalPath ./back.journal | Where-Object Kind -EQ Load
        $run.Status | Should -Be RolledBack
        './back.md' | Should -FileContentMatch $run.Id
    }

    It 'runs as a job and in parallel runspaces' {
        $manifest = Get-TestModulePath
        $jobs = 1..2 | ForEach-Object {
            $store = "job$_.graph"
            Start-ThreadJob {
                Import-Module $using:manifest
                Set-Location $using:folder
                Invoke-Migration @{
                    source = @{ path = 'customers.csv'; mapping = 'customers.map.json' }; destination = @{ store = $using:store }; options = @{ errorBudget = '5%' }
                } -ErrorAction SilentlyContinue
            }
        }
        $results = $jobs | Receive-Job -Wait -AutoRemoveJob -ErrorAction SilentlyContinue

        $results.Status | Should -Be Completed, Completed
        $results[0].Loaded | Should -Be $results[1].Loaded
    }
}

Describe 'What -WhatIf says of requests' {
    BeforeAll {
        function Get-RequestCount($Sandbox) { ((Get-SandboxFigure $Sandbox).requests.PSObject.Properties.Value | Measure-Object -Sum).Sum }
        $sandbox = Start-SafeAISandbox -RateLimit 100
        $config = @{
            source      = @{ path = 'customers.csv'; mapping = 'customers.map.json' }
            destination = @{ endpoint = "$($sandbox.Endpoint)" }
            options     = @{ errorBudget = '5%'; batchSize = 5 }
        }
    }

    AfterAll { Stop-SafeAISandbox $sandbox.ProcessId }

    It 'are how many there will be, and the time that they take at the limit of the platform or of the plan' {
        $preview = Invoke-Migration $config -ApiKey $sandbox.ApiKey -WhatIf 6>$null

        # For each of three types two that make it ready; 8 countries, 596 customers and as many relationships are written in
        # fives. A customer is there twice, and the countries 597 times: what comes again is only read.
        $preview.Requests | Should -Be (6 + (2 + 120 + 120) + (118 + 1 + 1))
        $preview.RequestsPerMinute, $preview.SecondsAtRateLimit | Should -Be 100, 180
        $config.options.maxRequestsPerMinute = 50
        $preview = Invoke-Migration $config -ApiKey $sandbox.ApiKey -WhatIf 6>$null
        $preview.RequestsPerMinute, $preview.SecondsAtRateLimit | Should -Be 50, 420
    }

    It 'are as many as a run sends' {
        $free = Start-SafeAISandbox
        $config.destination.endpoint = "$($free.Endpoint)"
        $config.options.Remove('maxRequestsPerMinute')

        # The second time, everything is there.
        foreach ($verify in 'none', 'content') {
            $config.options.verify = $verify
            $preview = Invoke-Migration $config -ApiKey $free.ApiKey -WhatIf 6>$null
            $before = Get-RequestCount $free

            $null = Invoke-Migration $config -ApiKey $free.ApiKey -ErrorAction SilentlyContinue

            $sent = (Get-RequestCount $free) - $before
            $sent | Should -BeGreaterThan ($preview.Requests * 0.95)
            $sent | Should -BeLessThan ($preview.Requests * 1.05)
        }

        Stop-SafeAISandbox $free.ProcessId
    }
}

Describe "The guide's configuration as a hashtable" {
    BeforeAll {
        $postgres = Start-TestPostgres
        Invoke-TestSql $postgres @'
CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL);
CREATE TABLE orders (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customers, total numeric(8,2));
INSERT INTO customers SELECT i, 'Customer ' || i FROM generate_series(1, 200) i;
INSERT INTO orders SELECT i, 1 + i % 200, i FROM generate_series(1, 300) i;
'@
        $sandbox = Start-SafeAISandbox
        $config = @{
            source      = @{
                type              = 'postgresql'
                connection_string = $postgres.ConnectionString
            }
            destination = @{
                type     = 'safeai_platform'
                endpoint = "$($sandbox.Endpoint)"
            }
            options     = @{
                batch_size          = 1000
                parallel_processing = $true
                validation_level    = 'strict'
            }
        }
    }

    AfterAll {
        Stop-SafeAISandbox $sandbox.ProcessId
        Stop-TestPostgres $postgres
    }

    It 'migrates every table and foreign key' {
        (Test-Migration $config -ApiKey $sandbox.ApiKey -WarningAction SilentlyContinue | Where-Object Severity -EQ Error) | Should -BeNullOrEmpty

        $result = Invoke-Migration $config -ApiKey $sandbox.ApiKey -WarningAction SilentlyContinue

        $result.Status | Should -Be Completed
        $result.Nodes.Created | Should -Be 500
        $result.Relationships.Created | Should -Be 300
        $result.Read | Should -Be 500
    }

    It 'gives the same when the console program runs it again: nothing is new' {
        $path = Join-Path $folder 'config.json'
        $config | ConvertTo-Json -Depth 5 | Set-Content $path
        $program = Get-ChildItem (Join-Path (Get-RepositoryRoot) 'src/SafeAI.Migration.Runner/bin') -Recurse -Filter safeai-migrate.dll | Sort-Object LastWriteTime | Select-Object -Last 1
        $env:SAFEAI_API_KEY = [System.Net.NetworkCredential]::new('', $sandbox.ApiKey).Password
        try { $said = dotnet $program.FullName run $path --json 2>$null | ConvertFrom-Json } finally { $env:SAFEAI_API_KEY = $null }

        $said.status | Should -Be completed
        $said.read, $said.unchanged, $said.nodes.unchanged, $said.relationships.unchanged | Should -Be 500, 500, 500, 300
    }

    It 'gives every figure and the graph the same from PowerShell and from the console program, each into a sandbox of its own' {
        $program = Get-ChildItem (Join-Path (Get-RepositoryRoot) 'src/SafeAI.Migration.Runner/bin') -Recurse -Filter safeai-migrate.dll | Sort-Object LastWriteTime | Select-Object -Last 1
        $fresh = Start-SafeAISandbox
        $other = Start-SafeAISandbox
        $journal = Join-Path $folder 'both.journal'
        try {
            $config.destination.endpoint = "$($fresh.Endpoint)"
            $here = Invoke-Migration $config -ApiKey $fresh.ApiKey -JournalPath $journal -WarningAction SilentlyContinue
            $config.destination.endpoint = "$($other.Endpoint)"
            $path = Join-Path $folder 'both.json'
            $config | ConvertTo-Json -Depth 5 | Set-Content $path
            $env:SAFEAI_API_KEY = [System.Net.NetworkCredential]::new('', $other.ApiKey).Password
            $there = dotnet $program.FullName run $path --json --journal $journal 2>$null | ConvertFrom-Json

            $status = "$($here.Status)"
            $status.ToLowerInvariant() | Should -Be $there.status
            foreach ($figure in 'Read', 'Loaded', 'Unchanged', 'Rejected', 'Skipped', 'Batches', 'Retries', 'Verified', 'Differences') {
                "$figure=$($there.$figure)" | Should -Be "$figure=$($here.$figure)"
            }
            foreach ($kind in 'Nodes', 'Relationships') {
                foreach ($figure in 'Created', 'Updated', 'Unchanged') { "$kind $figure=$($there.$kind.$figure)" | Should -Be "$kind $figure=$($here.$kind.$figure)" }
            }
            $graphs = foreach ($box in $fresh, $other) {
                $items = Get-SafeAIData -Endpoint $box.Endpoint -ApiKey $box.ApiKey
                , @($items | ForEach-Object { "$_ $(@($_.Properties | ForEach-Object { "$($_.Key)=$($_.Value)" } | Sort-Object) -join ';')" } | Sort-Object)
            }
            $graphs[0].Count | Should -Be 800
            Compare-Object $graphs[0] $graphs[1] | Should -BeNullOrEmpty

            $verified = dotnet $program.FullName verify $there.migrationId --json --journal $journal | ConvertFrom-Json
            "$LASTEXITCODE $($verified.same) $($verified.different) $($verified.missing)" | Should -Be '0 800 0 0'
            $named = Get-SafeAIData -Endpoint $other.Endpoint -ApiKey $other.ApiKey | Where-Object { $_ -is [SafeAI.Migration.GraphNode] -and $_.Properties.ContainsKey('name') } | Select-Object -First 1
            $null = [SafeAI.Migration.GraphNode]::new($named.Type, $named.Id, [SafeAI.Migration.PropertySet]::new([string[]]'name', [object[]]"somebody else's")) |
                Import-SafeAIData -Endpoint $other.Endpoint -ApiKey $other.ApiKey -NoJournal
            $changed = dotnet $program.FullName verify $there.migrationId --json --journal $journal | ConvertFrom-Json
            "$LASTEXITCODE $($changed.same) $($changed.different) $($changed.missing)" | Should -Be '3 799 1 0'
            $env:SAFEAI_API_KEY = 'canary-wrong-key'
            $refused = dotnet $program.FullName verify $there.migrationId --json --journal $journal 2>&1 | Out-String
            $LASTEXITCODE | Should -Not -Be 0
            $refused | Should -Not -Match 'canary'
        }
        finally {
            $env:SAFEAI_API_KEY = $null
            $config.destination.endpoint = "$($sandbox.Endpoint)"
            $fresh, $other | ForEach-Object { Stop-SafeAISandbox $_.ProcessId }
        }
    }
}
