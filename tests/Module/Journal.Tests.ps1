BeforeAll {
    . "$PSScriptRoot/ModuleTestKit.ps1"
    Import-Module (Get-TestModulePath)
    Push-Location $TestDrive
}

AfterAll { Pop-Location }

Describe 'Get-Migration and Remove-Migration' {
    It 'say that there is no journal, and do not make one' {
        $seen = Invoke-Observed { Get-Migration -JournalPath ./none.journal }
        $seen.Terminating.Exception.Code | Should -Be 'RunNotFound'
        (Invoke-Observed { Remove-Migration x -JournalPath ./none.journal -Confirm:$false }).Terminating.Exception.Code | Should -Be 'RunNotFound'
        './none.journal' | Should -Not -Exist
    }

    It 'refuse a file of another kind' {
        Set-Content ./other.journal ('not a database ' * 20)
        (Invoke-Observed { Get-Migration -JournalPath ./other.journal }).Terminating.Exception.Message | Should -BeLike '*other.journal is not a journal.*'
    }
}
