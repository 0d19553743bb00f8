BeforeAll {
    . "$PSScriptRoot/ModuleTestKit.ps1"
    Import-Module (Get-TestModulePath)
    $folder = New-SampleFolder (Join-Path $TestDrive 'secrets')

    # A vault as SecretManagement's own command shows it. The test makes it, so that it runs where that module is not installed, too.
    $modules = Join-Path $TestDrive 'modules'
    $vault = New-Item -ItemType Directory (Join-Path $modules 'Microsoft.PowerShell.SecretManagement')
    Set-Content (Join-Path $vault 'Microsoft.PowerShell.SecretManagement.psm1') @'
function Get-Secret {
    [CmdletBinding()] param([Parameter(Mandatory)] [string] $Name, [string] $Vault, [switch] $AsPlainText)
    if ($Name -ne 'platform-key') {
        Write-Error "The secret $Name was not found."
        return
    }
    if ($AsPlainText) { $env:TEST_SECRET } else { ConvertTo-SecureString $env:TEST_SECRET -AsPlainText -Force }
}
'@
    $manifest = @{
        Path = Join-Path $vault 'Microsoft.PowerShell.SecretManagement.psd1'; RootModule = 'Microsoft.PowerShell.SecretManagement.psm1'
        ModuleVersion = '9.9.9'; FunctionsToExport = 'Get-Secret'
    }
    New-ModuleManifest @manifest
    function Invoke-WithVault([string] $Name, [string] $Endpoint, [string] $Secret) {
        @{
            source      = @{ path = 'customers.csv'; mapping = 'customers.map.json' }
            destination = @{ endpoint = $Endpoint; apiKey = "`${secret:$Name}" }
            options     = @{ errorBudget = '5%'; verify = 'content' }
            journal     = 'secret.journal'
            report      = 'secret.html'
        } | ConvertTo-Json -Depth 5 | Set-Content (Join-Path $folder 'secret.json')
        Invoke-CleanPowerShell -WorkingDirectory $folder -Environment @{ TEST_SECRET = $Secret } -Command @"
`$env:PSModulePath = '$modules' + [IO.Path]::PathSeparator + `$env:PSModulePath
Import-Module '$(Get-TestModulePath)'
`$result = Invoke-Migration ./secret.json -LogPath ./secret.ndjson -Verbose
"`$(`$result.Status) `$(`$result.Verified)"
"@
    }
}

AfterAll { Stop-SafeAISandbox }

Describe 'A reference to a secret in a vault' {
    It 'is the key of the run, and stands in no stream, log, journal, report or audit event' {
        $sandbox = Start-SafeAISandbox
        $canary = [System.Net.NetworkCredential]::new('', $sandbox.ApiKey).Password

        $said = Invoke-WithVault platform-key "$($sandbox.Endpoint)" $canary

        ($said.Output -split '\r?\n')[-1] | Should -Be 'Completed True' -Because $said.Errors
        $said.Output + $said.Errors | Should -Not -BeLike "*$canary*"
        $files = Get-ChildItem $folder -Recurse -File
        foreach ($name in 'secret.journal', 'secret.ndjson', 'secret.html') { $files.Name | Should -Contain $name }
        $files | Where-Object { [System.Text.Encoding]::Latin1.GetString([System.IO.File]::ReadAllBytes($_.FullName)).Contains($canary) } | Should -BeNullOrEmpty
    }

    It 'that the vault does not have is a fault of the plan, told with its place' {
        $said = Invoke-WithVault other-key 'http://127.0.0.1:9'

        $said.Output | Should -Not -BeLike '*Completed*'
        $said.Errors -replace '\s+', ' ' | Should -BeLike "*`$.destination.apiKey: the secret 'other-key' cannot be had: The secret other-key was not found.*"
    }
}

Describe 'Secrets in every place where one can be given' {
    BeforeAll {
        Import-Module "$PSScriptRoot/TestSupport/PostgresServer.psm1"
        Import-Module "$PSScriptRoot/TestSupport/ApiServer.psm1"
        $api = Start-TestApi
        $postgres = Start-TestPostgres # it trusts everybody, so that any password will do
        Invoke-TestSql $postgres "CREATE TABLE people (id int PRIMARY KEY, name text); INSERT INTO people VALUES (1, 'Ann'), (2, 'Ben'), (3, NULL)"
        $sandbox = Start-SafeAISandbox
        $key = [System.Net.NetworkCredential]::new('', $sandbox.ApiKey).Password
        $run = Join-Path $TestDrive 'everywhere'
        $null = New-Item -ItemType Directory $run
        $program = Get-ChildItem (Join-Path (Get-RepositoryRoot) 'src/SafeAI.Migration.Runner/bin') -Recurse -Filter safeai-migrate.dll | Sort-Object LastWriteTime | Select-Object -Last 1
        function Set-Plan([string] $Connection, [string] $Endpoint = $sandbox.Endpoint, [string] $ApiKey = $key, [hashtable] $Source = @{}, [hashtable[]] $Api, [hashtable] $Validation) {
            $mapping = @{ nodes = @(@{ type = 'Person'; id = 'person:{id}'; properties = @{ name = @{ field = 'name'; required = $true } } }) }
            $plan = @{
                sources     = if ($Api) { @($Api | ForEach-Object { @{ type = 'rest'; itemsPointer = '/items'; mapping = $mapping } + $_ }) }
                else { @(@{ type = 'postgresql'; connectionString = $Connection; table = 'people'; mapping = $mapping } + $Source) }
                destination = @{ endpoint = $Endpoint; apiKey = $ApiKey }
                options     = @{ errorBudget = 'unlimited'; verify = 'content'; rejectPath = 'rejects.ndjson' }
                report = 'report.html'; journal = 'journal'
            }
            if ($Validation) { $plan.validation = $Validation }
            $plan | ConvertTo-Json -Depth 9 | Set-Content (Join-Path $run 'plan.json')
        }
    }

    AfterAll {
        Stop-TestPostgres $postgres
        Stop-TestApi $api
        $sandbox | Stop-SafeAISandbox
    }

    It 'stand in no stream, log, journal, report, reject, audit event or message, whether the run goes well or fails' {
        $closed = New-SilentPort
        $nobody = "http://127.0.0.1:$($closed.LocalEndPoint.Port)"
        $uri = "postgresql://postgres:canary-uri@127.0.0.1:$($postgres.Port)/postgres"
        $text = "$($postgres.ConnectionString);Password=canary-text"
        $said = [System.Text.StringBuilder]::new()
        $statuses = foreach ($case in @(
                @{ Connection = $uri }
                @{ Connection = $text }
                @{ Connection = $postgres.ConnectionString; Source = @{ password = 'canary-member' } }
                @{ Api = @(
                        @{ address = "$($api.Url)/v1/bearer"; authentication = @{ type = 'bearer'; token = 'canary-bearer' } }
                        @{ address = "$($api.Url)/v1/basic"; authentication = @{ type = 'basic'; userName = 'reader'; password = 'canary-basic' } }
                        @{ address = "$($api.Url)/v1/key"; authentication = @{ type = 'api_key'; key = 'canary-api-key' } }
                        @{ address = "$($api.Url)/v1/header"; headers = @{ Authorization = 'Bearer canary-header' } }
                        @{ address = "$($api.Url)/v1/query?limit=2&api_key=canary-query"; headers = @{ 'X-Api-Key' = 'canary-header-key' } }
                    )
                    Validation = @{ level = 'lenient'; references = @{ field = 'name'; to = 'name'; table = 'people'; connection_string = $uri } } }
                @{ Api = @{ address = "$($api.Url)/v1/refused?token=canary-refused" } }
                @{ Api = @{ address = "$($api.Url)/v1/client"; authentication = @{ type = 'client_credentials'; tokenAddress = "$($api.Url)/oauth"; clientId = 'id'; clientSecret = 'canary-client' } } }
                @{ Connection = "Host=127.0.0.1;Port=$($closed.LocalEndPoint.Port);Username=x;Password=canary-failing" }
                @{ Connection = $text; ApiKey = 'canary-wrong-key' }
                @{ Connection = $text; Endpoint = $nobody; ApiKey = 'canary-nobody' }
            )) {
            Set-Plan @case
            $shown = Invoke-CleanPowerShell -WorkingDirectory $run -Command @"
Import-Module '$(Get-TestModulePath)'
`$VerbosePreference = `$DebugPreference = `$InformationPreference = 'Continue'
Test-Migration ./plan.json | Format-List * -Force | Out-String -Width 4000
Invoke-Migration ./plan.json -WhatIf
`$result = Invoke-Migration ./plan.json -LogPath ./run.ndjson -Verbose
`$result | Format-List * -Force | Out-String -Width 4000
`$Error | ForEach-Object { `$_ | Select-Object * -ExcludeProperty InvocationInfo, ScriptStackTrace | Format-List * -Force | Out-String -Width 4000; `$_.Exception.ToString(); `$_.TargetObject | Format-List * -Force | Out-String -Width 4000 }
`$runs = Get-Migration -JournalPath ./journal
`$runs | Format-List * -Force | Out-String -Width 4000
`$runs | ConvertTo-Json -Depth 6 -WarningAction SilentlyContinue
Get-MigrationAudit -JournalPath ./journal | Format-List * -Force | Out-String -Width 4000
`$runs | Select-Object -First 1 | ForEach-Object { Export-MigrationReport `$_.Id ./exported.md -JournalPath ./journal; Export-MigrationReport `$_.Id ./exported.json -JournalPath ./journal }
"status: `$(`$result.Status)"
"@
            $null = $said.AppendLine($shown.Output).AppendLine($shown.Errors)
            if ($shown.Output -match 'status: (\w*)') { $Matches[1] }
            foreach ($arguments in @(, @('plan', './plan.json', '--json')), @(, @('run', './plan.json', '--json', '--log', './console.ndjson', '--log-level', 'Debug', '--metrics-file', './run.prom')), @(, @('status', '--journal', './journal'))) {
                Push-Location $run
                try { $null = $said.AppendLine((dotnet $program.FullName @($arguments[0]) 2>&1 | Out-String -Width 4000)) } finally { Pop-Location }
            }
        }

        $statuses[0..3] | Should -Be Completed, Completed, Completed, Completed
        foreach ($sent in 'canary-bearer', 'canary-api-key', 'canary-header', 'canary-query canary-header-key') { $api.Requests.ToArray() -match $sent | Should -Not -BeNullOrEmpty }
        $said.ToString() | Should -Match '2 loaded|"loaded": ?2|Loaded\s+: 2'
        $secrets = 'canary', $key
        foreach ($secret in $secrets) { $said.ToString().Contains($secret) | Should -BeFalse -Because "the streams hold $($secret.Substring(0, 6))" }
        $files = Get-ChildItem $run -Recurse -File | Where-Object Name -NE 'plan.json'
        foreach ($name in 'journal', 'run.ndjson', 'console.ndjson', 'report.html', 'rejects.ndjson', 'exported.md', 'exported.json', 'run.prom') { $files.Name | Should -Contain $name }
        foreach ($file in $files) {
            $content = [System.Text.Encoding]::Latin1.GetString([System.IO.File]::ReadAllBytes($file.FullName))
            foreach ($secret in $secrets) { $content.Contains($secret) | Should -BeFalse -Because "$($file.Name) holds $($secret.Substring(0, 6))" }
        }
    }
}
