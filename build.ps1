#!/usr/bin/env pwsh
<#
.SYNOPSIS
    Builds, tests and packages the module.
.DESCRIPTION
    Needs the .NET 10 SDK and PowerShell 7.4, and no modules; the tests need Pester 5 and PostgreSQL's programs too.
    Everything it does for .NET is a plain dotnet command, which it shows.

    Clean    removes what was built
    Build    builds the module into module/bin
    Test     runs the xUnit suite and then the Pester suite
    Package  puts what ships into artifacts/SafeAI.Migration/<version>, and into a zip file beside it
.EXAMPLE
    ./build.ps1 Build

    Builds the module; then: Import-Module ./SafeAI.Migration.psd1
.EXAMPLE
    ./build.ps1 Clean, Build, Test, Package -Configuration Release

    Does everything from the start.
#>
[CmdletBinding()]
param(
    # What to do, in this order.
    [Parameter(Position = 0)]
    [ValidateSet('Clean', 'Build', 'Test', 'Package')]
    [string[]] $Task = 'Build',

    # Debug, or Release for what is given to others. Package builds Release always.
    [ValidateSet('Debug', 'Release')]
    [string] $Configuration = 'Debug',

    # Packages what lies in module/bin, without building it first.
    [switch] $NoBuild,

    # Where Package puts what it makes.
    [string] $OutputPath = (Join-Path $PSScriptRoot 'artifacts')
)

$ErrorActionPreference = 'Stop'
Set-StrictMode -Version Latest
$root = $PSScriptRoot
$version = (Import-PowerShellDataFile -LiteralPath (Join-Path $root 'SafeAI.Migration.psd1')).ModuleVersion

function Invoke-DotNet([string[]] $Argument) {
    "> dotnet $Argument"
    & dotnet @Argument
    if ($LASTEXITCODE -ne 0) {
        throw "dotnet $($Argument[0]) ended with exit code $LASTEXITCODE."
    }
}

function Invoke-Clean {
    foreach ($folder in 'module/bin', 'artifacts') {
        Remove-Item -LiteralPath (Join-Path $root $folder) -Recurse -Force -ErrorAction Ignore
    }

    Get-ChildItem -Path (Join-Path $root 'src'), (Join-Path $root 'tests'), (Join-Path $root 'tools') -Directory |
        ForEach-Object { Join-Path $_.FullName 'bin'; Join-Path $_.FullName 'obj' } |
        Where-Object { Test-Path -LiteralPath $_ } |
        Remove-Item -Recurse -Force
}

function Invoke-Build([string] $As) {
    # Both put what they make into module/bin.
    foreach ($project in 'PowerShell', 'Sandbox') {
        Invoke-DotNet -Argument 'build', (Join-Path $root "src/SafeAI.Migration.$project"), '--configuration', $As, '--nologo'
    }
}

function Invoke-Test([string] $As) {
    Invoke-DotNet -Argument 'test', (Join-Path $root 'SafeAI.Migration.sln'), '--configuration', $As, '--nologo'

    # In a process of its own, in which the module was not loaded before.
    & (Get-Process -Id $PID).Path -NoProfile -NonInteractive -File (Join-Path $root 'tests/Module/Invoke-ModuleTest.ps1')
    if ($LASTEXITCODE -ne 0) {
        throw 'The Pester suite failed.'
    }
}

function Invoke-Package([bool] $Build, [string] $To) {
    # From nothing, so that nothing ships that an earlier build left behind.
    if ($Build) {
        Remove-Item -LiteralPath (Join-Path $root 'module/bin') -Recurse -Force -ErrorAction Ignore
        Invoke-Build Release
    }

    $module = Join-Path $To 'SafeAI.Migration'
    $package = Join-Path $module $version
    Remove-Item -LiteralPath $module -Recurse -Force -ErrorAction Ignore
    $null = New-Item -ItemType Directory -Path $package
    foreach ($item in 'SafeAI.Migration.psd1', 'module', 'LICENSE', 'README.md') {
        Copy-Item -LiteralPath (Join-Path $root $item) -Destination $package -Recurse
    }

    # The topics' sources; Get-Help reads their copies in module/bin.
    Remove-Item -LiteralPath (Join-Path $package 'module/en-US') -Recurse
    $null = Test-ModuleManifest -Path (Join-Path $package 'SafeAI.Migration.psd1')
    $zip = Join-Path $To "SafeAI.Migration-$version.zip"
    Remove-Item -LiteralPath $zip -Force -ErrorAction Ignore
    [System.IO.Compression.ZipFile]::CreateFromDirectory($module, $zip, 'Optimal', $true)
    "Packaged $zip"
}

foreach ($name in $Task) {
    "== $name"
    switch ($name) {
        'Clean' { Invoke-Clean }
        'Build' { Invoke-Build $Configuration }
        'Test' { Invoke-Test $Configuration }
        'Package' { Invoke-Package (-not $NoBuild) $OutputPath }
    }
}
