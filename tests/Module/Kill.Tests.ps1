BeforeAll {
    . "$PSScriptRoot/ModuleTestKit.ps1"
    Import-Module (Get-TestModulePath)
    Push-Location $TestDrive
    Set-Content ./people.csv (@('id,name,boss') + (0..1499 | ForEach-Object { "$_,Person $_,$([int][math]::Floor($_ / 7))" }))
    Set-Content ./people.map.json '{
        "nodes": { "type": "Person", "id": "p:{id}", "properties": { "name": "name", "number": { "field": "id", "type": "integer" } } },
        "relationships": { "type": "REPORTS_TO", "from": { "type": "Person", "id": "p:{id}" }, "to": { "type": "Person", "id": "p:{boss}" } } }'
    $sandbox = Start-SafeAISandbox
    $platform = @{ Endpoint = $sandbox.Endpoint; ApiKey = $sandbox.ApiKey }
    $environment = @{ SAFEAI_API_KEY = [System.Net.NetworkCredential]::new('', $sandbox.ApiKey).Password; MODULE = Get-TestModulePath; ENDPOINT = "$($sandbox.Endpoint)" }

    # Everything at the platform, as text in a fixed order.
    function Get-GraphText { Get-SafeAIData @platform | ForEach-Object { "$_ $($_.Properties)" } | Sort-Object }

    function Import-People([hashtable] $More) {
        Get-SourceData ./people.csv | Convert-MigrationData ./people.map.json | Import-SafeAIData @platform -BatchSize 50 @More
    }

    # Runs commands in a PowerShell of their own, and kills it as soon as the platform has committed so many transactions more, or failed as often.
    function Invoke-KilledPowerShell([string] $Command, [int] $Transactions, [string] $Figure = 'transactions') {
        $start = [System.Diagnostics.ProcessStartInfo]::new((Get-PowerShellPath))
        foreach ($argument in '-NoProfile', '-NonInteractive', '-Command', "& { `$PID; Import-Module `$env:MODULE; $Command }") { $start.ArgumentList.Add($argument) }
        foreach ($name in $environment.Keys) { $start.Environment[$name] = $environment[$name] }
        $start.WorkingDirectory = $PWD.ProviderPath
        $start.RedirectStandardInput = $start.RedirectStandardOutput = $true
        $due = (Get-SandboxFigure $sandbox).$Figure + $Transactions
        $process = [System.Diagnostics.Process]::Start($start)

        # The process that was started may be only a host in front of PowerShell's own.
        [int] $shell = $process.StandardOutput.ReadLine()
        Wait-TestCondition { (Get-SandboxFigure $sandbox).$Figure -ge $due } -What "$Figure $due"
        & kill -9 $shell
        $process.WaitForExit()
    }

    Import-People @{ NoJournal = $true } | Out-Null
    $whole = Get-GraphText
    Get-SafeAIData @platform | Should -HaveCount 3000
    function Clear-Platform {
        Invoke-RestMethod -Method Post -Uri "$($sandbox.Endpoint)v1/knowledge-graph/query" -Authentication Bearer -Token $sandbox.ApiKey -AllowUnencryptedAuthentication -ContentType application/json `
            -Body '{ "query": "MATCH (n) DETACH DELETE n", "parameters": {} }' | Out-Null
    }
}

AfterAll {
    Stop-SafeAISandbox
    Pop-Location
}

Describe 'A PowerShell that is killed while it loads' -Skip:$IsWindows {
    BeforeEach { Clear-Platform }

    It 'leaves a run of a pipeline that goes on with Import-SafeAIData -Resume' {
        Invoke-KilledPowerShell 'Get-SourceData ./people.csv | Convert-MigrationData ./people.map.json | Import-SafeAIData -Endpoint $env:ENDPOINT -BatchSize 50 -JournalPath ./pipe.journal' -Transactions 12
        $run = Get-Migration -JournalPath ./pipe.journal
        $run.Status, $run.IsResumable | Should -Be 'Interrupted', $true
        (Get-GraphText).Count | Should -BeIn (1..2999)

        $result = Import-People @{ JournalPath = './pipe.journal'; Resume = $true; Verify = 'Content' }

        $result.MigrationId, $result.Verified, $result.Nodes.Created, $result.Relationships.Created | Should -Be $run.Id, $true, 1500, 1500
        Get-GraphText | Should -Be $whole
    }

    It 'leaves a run of a plan that goes on with Resume-Migration' {
        Set-Content ./people.json "{ `"sources`": [ { `"path`": `"people.csv`", `"mapping`": `"people.map.json`" } ], `"destination`": { `"endpoint`": `"$($sandbox.Endpoint)`" }, `"options`": { `"batchSize`": 50, `"verify`": `"content`" } }"
        Invoke-KilledPowerShell 'Invoke-Migration ./people.json -JournalPath ./plan.journal' -Transactions 40
        $run = Get-Migration -JournalPath ./plan.journal
        $run.Status | Should -Be 'Interrupted'

        $env:SAFEAI_API_KEY = $environment.SAFEAI_API_KEY
        try { $result = Resume-Migration $run.Id -JournalPath ./plan.journal -Confirm:$false } finally { $env:SAFEAI_API_KEY = $null }

        $result.MigrationId, $result.Verified, $result.Nodes.Created, $result.Relationships.Created | Should -Be $run.Id, $true, 1500, 1500
        Get-GraphText | Should -Be $whole
    }

    It 'leaves a run that Undo-Migration puts back, also where that is killed, too' {
        @{ id = 3; name = 'before' } | Convert-MigrationData @{ nodes = @{ type = 'Person'; id = 'p:{id}'; properties = @{ name = 'name' } } } | Import-SafeAIData @platform -NoJournal | Out-Null
        $before = Get-GraphText
        Invoke-KilledPowerShell 'Get-SourceData ./people.csv | Convert-MigrationData ./people.map.json | Import-SafeAIData -Endpoint $env:ENDPOINT -BatchSize 50 -JournalPath ./undo.journal' -Transactions 45
        $id = (Get-Migration -JournalPath ./undo.journal).Id
        Invoke-KilledPowerShell "Undo-Migration $id -JournalPath ./undo.journal -Confirm:`$false" -Transactions 10

        $result = Undo-Migration $id -JournalPath ./undo.journal -ApiKey $sandbox.ApiKey -Confirm:$false

        $result.Verified, $result.IsComplete | Should -Be $true, $true
        Get-GraphText | Should -Be $before
        (Test-MigrationAudit -JournalPath ./undo.journal).IsIntact | Should -BeTrue
    }

    It 'leaves a request that arrives after the undo, of which the undo warns, and which another puts back' {
        function Set-Fault([string] $Faults) { Invoke-RestMethod -Method Post -Uri "$($sandbox.Endpoint)sandbox/faults" -Authentication Bearer -Token $sandbox.ApiKey -AllowUnencryptedAuthentication -Body $Faults | Out-Null }
        Set-Fault '[{ "kind": "late", "requests": [5], "mutatingOnly": true }]'
        try {
            Invoke-KilledPowerShell 'Get-SourceData ./people.csv | Convert-MigrationData ./people.map.json | Import-SafeAIData -Endpoint $env:ENDPOINT -BatchSize 50 -ThrottleLimit 1 -JournalPath ./late.journal' -Transactions 1 -Figure faults
            $id = (Get-Migration -JournalPath ./late.journal).Id
            $undo = @{ Id = $id; JournalPath = './late.journal'; ApiKey = $sandbox.ApiKey; Confirm = $false; WarningVariable = 'warnings'; WarningAction = 'SilentlyContinue' }

            $first = Undo-Migration @undo
            $first.IsComplete | Should -BeTrue

            # The batch behind it may have been written ahead, too; nobody can tell whether that one left.
            $first.Unconfirmed | Should -BeIn 1, 2
            $warnings | Should -BeExactly "$($first.Unconfirmed) requests of $id may have left and were never confirmed. Should one still arrive at $($first.Destination), Undo-Migration $id puts back what it writes; until then it changes nothing."
            Get-SafeAIData @platform | Should -BeNullOrEmpty
        }
        finally {
            Set-Fault '[]'
        }

        Wait-TestCondition { (Get-SandboxFigure $sandbox).nodes -eq 50 } -What 'The late request'
        (Undo-Migration @undo).NodesDeleted | Should -Be 50
        Get-SafeAIData @platform | Should -BeNullOrEmpty
    }
}
