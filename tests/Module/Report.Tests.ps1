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

Describe 'A run that is watched' {
    BeforeAll {
        Set-Content ./people.csv (@('id,name,secret') + (1..40 | ForEach-Object { "$_,Name $_,canary-$_" }) + '41,,canary-41')
        $mapping = @{ nodes = @(@{ type = 'Person'; id = 'person:{id}'; properties = @{
                        name = @{ field = 'name'; required = $true }; secret = @{ field = 'secret'; private = $true } } }) }
        $seen = Invoke-Observed {
            Get-SourceData ./people.csv | Convert-MigrationData $mapping |
                Import-SafeAIData -Store ./people.graph -JournalPath ./watched.journal -LogPath ./run.ndjson -Verify Content -ErrorBudget unlimited
        }
        $result = $seen.Output | Where-Object { $_ -is [SafeAI.Migration.MigrationResult] }
    }

    It 'has a log whose lines have stable ids and no value of a record' {
        $lines = Get-Content ./run.ndjson | ConvertFrom-Json
        $lines[0].eventId | Should -Be 1000
        $lines[-1].eventId | Should -Be 1002
        $lines.migrationId | Select-Object -Unique | Should -Be $result.MigrationId
        Get-Content -Raw ./run.ndjson | Should -Not -Match 'canary|Name \d'
    }

    It 'shows its progress to another session' {
        $shown = Invoke-CleanPowerShell "Import-Module '$(Get-TestModulePath)'; (Get-Migration $($result.MigrationId) -JournalPath ./watched.journal).Progress | ConvertTo-Json" -WorkingDirectory $TestDrive
        $progress = $shown.Output | ConvertFrom-Json
        $progress.PercentComplete | Should -Be 100
        $progress.SecondsRemaining | Should -Be 0
        ($progress.Phases | Where-Object Name -EQ Nodes).Done | Should -Be $result.Nodes.Total
    }

    It 'is reported with the figures of its result, as a page, JSON and Markdown, and no value of a record' {
        $files = foreach ($name in 'report.html', 'report.json', 'report.md') {
            Get-Migration $result.MigrationId -JournalPath ./watched.journal | Export-MigrationReport -Path "./$name"
        }
        $files | Should -BeOfType System.IO.FileInfo
        $json = Get-Content -Raw ./report.json | ConvertFrom-Json
        $json.addsUp | Should -BeTrue
        $json.result.read | Should -Be $result.Read
        $json.result.verified | Should -BeTrue
        $json.types[0].created | Should -Be $result.Nodes.Created
        $json.rollback.toDelete | Should -Be $result.Nodes.Created
        Get-Content -Raw ./report.html | Should -BeLike '<!DOCTYPE html>*Person*'
        Get-Content -Raw ./report.md | Should -BeLike "*$($result.Read) read = *"
        Get-Content -Raw ./report.html, ./report.json, ./report.md | Should -Not -Match 'canary'
    }

    It 'has the reasons for which every stage of its pipeline turned records away' {
        Set-Content ./rows.csv 'id,name,age', '1,A,20', '2,B', '3,,20', '4,D,7', '5,E,20', '6,F,8'
        $mapping = @{ nodes = @(@{ type = 'Row'; id = 'row:{id}'; properties = @{ name = @{ field = 'name'; required = $true } } }) }
        $rules = @{ fields = @{ age = @{ pattern = '^[0-9]{2}$' } } }
        $seen = Invoke-Observed {
            Get-SourceData ./rows.csv | Test-MigrationData -Configuration $rules -PassThru -ValidationLevel Lenient |
                Convert-MigrationData $mapping | Import-SafeAIData -Store ./rows.graph -JournalPath ./rows.journal -LogPath ./rows.ndjson -ErrorBudget 2
        }
        $result = $seen.Output | Where-Object { $_ -is [SafeAI.Migration.MigrationResult] }
        "$($result.Status) $($result.Read) $($result.Loaded) $($result.Rejected) $($result.Skipped)" | Should -Be 'Completed 6 2 4 0'
        $seen.Errors.Count | Should -Be 4 -Because 'each stage shows its own rejects once'
        Export-MigrationReport $result.MigrationId ./rows.json -JournalPath ./rows.journal
        $reasons = (Get-Content -Raw ./rows.json | ConvertFrom-Json).rejectReasons
        ($reasons | ForEach-Object { "$($_.stage) $($_.count) $($_.samples[0])" } | Sort-Object) -replace '\S*/', '' |
            Should -Be 'Extract 1 rows.csv, line 3', 'Transform 1 rows.csv, line 4', 'Validate 2 rows.csv, line 5'
        (Get-Content ./rows.ndjson | ConvertFrom-Json | Where-Object eventId -EQ 1300).Count | Should -Be 4
    }

    It 'counts nothing for a validation whose records no load of its pipeline took' {
        $rules = @{ fields = @{ age = @{ pattern = '^[0-9]{2}$' } } }
        $records = Get-SourceData ./rows.csv -ErrorAction SilentlyContinue
        $records | Test-MigrationData -Configuration $rules -PassThru -ValidationLevel Lenient -ErrorAction SilentlyContinue | Out-Null
        $mapping = @{ nodes = @(@{ type = 'Row'; id = 'row:{id}' }) }
        $result = $records | Convert-MigrationData $mapping | Import-SafeAIData -Store ./all.graph -JournalPath ./rows.journal -ErrorBudget 1
        "$($result.Read) $($result.Loaded) $($result.Rejected) $($result.Skipped)" | Should -Be '6 5 1 0'
    }

    It 'makes no progress record where nobody is to see one' {
        $display = [SafeAI.Migration.PowerShell.Commands.ImportSafeAIDataCommand].Assembly.GetType('SafeAI.Migration.PowerShell.Binding.RunDisplay')
        function Show-Something {
            [CmdletBinding()] param()
            $made = [System.Collections.Generic.List[int]]::new()
            $shown = [Activator]::CreateInstance($display, @($PSCmdlet))
            $null = $display.GetMethod('Update', [type[]]@([Func[System.Management.Automation.ProgressRecord]])).Invoke($shown, @([Func[System.Management.Automation.ProgressRecord]] {
                        $made.Add(1)
                        [System.Management.Automation.ProgressRecord]::new(1, 'a', 'b')
                    }.GetNewClosure()))
            $made.Count
        }
        Show-Something | Should -Be 1
        Show-Something -ProgressAction SilentlyContinue | Should -Be 0
        Show-Something -ProgressAction Ignore | Should -Be 0
        $ProgressPreference = 'SilentlyContinue'
        Show-Something | Should -Be 0
        Show-Something -ProgressAction Continue | Should -Be 1
    }

    It 'writes no report with -WhatIf' {
        Export-MigrationReport $result.MigrationId ./none.html -JournalPath ./watched.journal -WhatIf
        './none.html' | Should -Not -Exist
    }

    It 'shows its events with -Verbose, and no progress where that is not wanted' {
        $all = Get-SourceData ./people.csv | Select-Object -First 5 | Convert-MigrationData $mapping |
            Import-SafeAIData -Store ./more.graph -NoJournal -Verbose -ProgressAction SilentlyContinue 4>&1
        ($all | Where-Object { $_ -is [System.Management.Automation.VerboseRecord] }).Message | Should -Contain '[1001] Phase Nodes began.'
    }
}
