BeforeAll {
    . "$PSScriptRoot/ModuleTestKit.ps1"
    Import-Module (Get-TestModulePath)
    Push-Location $TestDrive
}

AfterAll { Pop-Location }

Describe 'Export-MigrationReport' {
    It 'says that there is no journal, or no such run, and writes nothing' {
        (Invoke-Observed { Export-MigrationReport none ./report.html -JournalPath ./none.journal }).Terminating.Exception.Code | Should -Be 'RunNotFound'
        './report.html' | Should -Not -Exist
    }
}
