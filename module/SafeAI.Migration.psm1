# Loads the cmdlets in a load context of their own, so that their libraries do not meet those of other modules.
$ErrorActionPreference = 'Stop'
$bin = Join-Path $PSScriptRoot 'bin'
$contracts = Join-Path $bin 'SafeAI.Migration.Contracts.dll'
if (-not (Test-Path -LiteralPath $contracts)) {
    throw "The module is not built: $contracts is missing. In a source checkout, run 'dotnet build' or './build.ps1 Build' first."
}

# The types that users name stay in the default context, where PowerShell finds them.
if (-not ('SafeAI.Migration.ModuleLoadContext' -as [type])) {
    Add-Type -LiteralPath $contracts
}

$cmdlets = Import-Module -Assembly ([SafeAI.Migration.ModuleLoadContext]::LoadCmdlets($bin)) -PassThru

# Where the assembly was imported before in this process, PowerShell gives the cached module without its commands, and
# does not take it for a part of this one, in whose folder it would look for help.
$module = $ExecutionContext.SessionState.Module
$hidden = [System.Reflection.BindingFlags]'Instance, NonPublic'
$addExportedCmdlet = [System.Management.Automation.PSModuleInfo].GetMethod('AddExportedCmdlet', $hidden)
foreach ($command in $cmdlets.ExportedCmdlets.Values) {
    $addExportedCmdlet.Invoke($module, @(, $command)) | Out-Null
}

if ($module.NestedModules.Count -eq 0) {
    [System.Management.Automation.PSModuleInfo].GetMethod('AddNestedModule', $hidden).Invoke($module, @(, $cmdlets.PSObject.BaseObject)) | Out-Null
}
