<#
.SYNOPSIS
    Runs the Pester suite on the built module and ends with one line of counts.
.DESCRIPTION
    Run it in a clean process: pwsh -NoProfile -File tests/Module/Invoke-ModuleTest.ps1. The exit code is 0 where
    every test passed and at least one ran.
#>
param(
    # Where the results go, as NUnit XML.
    [string] $OutputPath = (Join-Path $PSScriptRoot '../../pester-results.xml'),

    # Runs only the tests whose full name matches.
    [string[]] $Filter,

    # The test files, or the folder that they are in.
    [string[]] $Path = $PSScriptRoot
)

$ErrorActionPreference = 'Stop'
Import-Module Pester -MinimumVersion 5.0
$configuration = New-PesterConfiguration
$configuration.Run.Path = $Path
$configuration.Run.PassThru = $true
$configuration.Output.Verbosity = 'Normal'
$configuration.Output.RenderMode = 'Plaintext'
$configuration.TestResult.Enabled = $true
$configuration.TestResult.OutputPath = $OutputPath
if ($Filter) {
    $configuration.Filter.FullName = $Filter
}

$result = Invoke-Pester -Configuration $configuration
if (-not $result) {
    'Pester: 0 passed, 1 failed, 0 skipped'
    exit 1
}

# A file whose discovery failed, or that discovered nothing, runs no test and must not pass.
$broken = $result.FailedContainersCount + $result.FailedBlocksCount
foreach ($container in $result.Containers | Where-Object TotalCount -eq 0 | Where-Object Result -ne 'Failed') {
    "There is no test in $($container.Item)."
    $broken++
}

'Pester: {0} passed, {1} failed, {2} skipped' -f $result.PassedCount, ($result.FailedCount + $broken), $result.SkippedCount
exit [int]($result.FailedCount + $broken -gt 0 -or $result.PassedCount -eq 0)
