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
    if ($Name -ne 'platform-key') { throw "The secret $Name was not found." }
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
        $said.Errors -replace '\s+', ' ' | Should -BeLike "*`$.destination.apiKey*other-key*"
    }
}
