@{
    RootModule             = 'module/SafeAI.Migration.psm1'
    ModuleVersion          = '0.1.0'
    CompatiblePSEditions   = @('Core')
    GUID                   = '0b9a4c57-5f0e-4a0e-9d3e-6d2d1f0b7a41'
    Author                 = 'SafeAI.Migration contributors'
    CompanyName            = 'SafeAI.Migration contributors'
    Copyright              = '(c) SafeAI.Migration contributors. MIT licence.'
    Description            = 'Migrates data into and out of the SafeAI Platform knowledge graph: extract, transform, validate, load, verify, and read back, as cmdlets that stream typed objects through the pipeline.'
    PowerShellVersion      = '7.4'
    TypesToProcess         = @()
    FormatsToProcess       = @('module/SafeAI.Migration.Format.ps1xml')
    FunctionsToExport      = @()
    AliasesToExport        = @()
    VariablesToExport      = @()
    CmdletsToExport        = @(
        'Compare-MigrationData'
        'Connect-SafeAI'
        'Convert-MigrationData'
        'Disconnect-SafeAI'
        'Export-MigrationData'
        'Export-MigrationReport'
        'Get-Migration'
        'Get-MigrationAudit'
        'Get-MigrationRestorePoint'
        'Get-SafeAIData'
        'Get-SourceData'
        'Import-SafeAIData'
        'Invoke-Migration'
        'Measure-SourceData'
        'New-MigrationMapping'
        'New-MigrationRestorePoint'
        'Remove-Migration'
        'Resume-Migration'
        'Set-Migration'
        'Start-SafeAISandbox'
        'Stop-SafeAISandbox'
        'Test-Migration'
        'Test-MigrationAudit'
        'Test-MigrationData'
        'Test-MigrationQuality'
        'Test-MigrationRollback'
        'Test-SafeAIConnection'
        'Undo-Migration'
    )
    PrivateData            = @{
        PSData = @{
            Tags       = @('SafeAI', 'Migration', 'ETL', 'KnowledgeGraph', 'Neo4j', 'PostgreSQL', 'CSV', 'JSON')
            LicenseUri = 'https://opensource.org/license/mit'
        }
    }
}
