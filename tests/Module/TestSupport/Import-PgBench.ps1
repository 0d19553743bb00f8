# Loads pgbench's tables through the pipeline in a process of its own, and says what it took.
param(
    [Parameter(Mandatory)] [string] $ConnectionString,
    [Parameter(Mandatory)] [string] $Endpoint,
    [Parameter(Mandatory)] [int] $Accounts
)
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
Import-Module (Join-Path $PSScriptRoot '../../../SafeAI.Migration.psd1')
Connect-SafeAI -Endpoint $Endpoint | Out-Null

$branch = @{ nodes = @(@{ type = 'Branch'; id = 'branch:{bid}'; properties = @{ number = 'bid'; balance = 'bbalance'; filler = 'filler' } }) }
$teller = @{
    nodes         = @(@{ type = 'Teller'; id = 'teller:{tid}'; properties = @{ number = 'tid'; balance = 'tbalance'; filler = 'filler' } })
    relationships = @(@{ type = 'WORKS_AT'; from = @{ type = 'Teller'; id = 'teller:{tid}' }; to = @{ type = 'Branch'; id = 'branch:{bid}' } })
}
$account = @{
    nodes         = @(@{ type = 'Account'; id = 'account:{aid}'; properties = @{ number = 'aid'; balance = 'abalance'; filler = 'filler' } })
    relationships = @(@{ type = 'HELD_AT'; from = @{ type = 'Account'; id = 'account:{aid}' }; to = @{ type = 'Branch'; id = 'branch:{bid}' } })
}

$results = @(
    Get-SourceData -ConnectionString $ConnectionString -Table pgbench_branches | Convert-MigrationData $branch | Import-SafeAIData
    Get-SourceData -ConnectionString $ConnectionString -Table pgbench_tellers | Convert-MigrationData $teller | Import-SafeAIData
    Get-SourceData -ConnectionString $ConnectionString -Query 'SELECT * FROM pgbench_accounts WHERE aid <= @accounts' -Parameter @{ accounts = $Accounts } |
        Convert-MigrationData $account | Import-SafeAIData
)
@{
    results   = $results
    peakBytes = [Diagnostics.Process]::GetCurrentProcess().PeakWorkingSet64
} | ConvertTo-Json -Depth 4 -Compress
