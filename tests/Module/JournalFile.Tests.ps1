BeforeDiscovery {
    $damages = @(
        @{ Name = 'that ends after 50 bytes'; Damage = { param($b) , $b[0..49] } }
        @{ Name = 'of which half is left'; Damage = { param($b) , $b[0..[int]($b.Length / 2)] } }
        @{ Name = 'whose beginning is empty'; Damage = { param($b) [Array]::Clear($b, 0, 100); , $b } }
        @{ Name = 'whose first page is empty'; Damage = { param($b) [Array]::Clear($b, 100, 8092); , $b } }
        @{ Name = 'full of something else behind its first page'; Damage = { param($b) [Array]::Fill[byte]($b, 0x5a, 8192, $b.Length - 8192); , $b } }
    )
}

BeforeAll {
    . "$PSScriptRoot/ModuleTestKit.ps1"
    Import-Module (Get-TestModulePath)
    Push-Location $TestDrive
    $map = @{ nodes = @{ type = 'T'; id = 't:{id}'; properties = @{ name = 'name' } } }
    function Get-Item3([string] $Prefix = '') { 1..3 | ForEach-Object { @{ id = "$Prefix$_"; name = "n$_" } } | Convert-MigrationData $map }
}

AfterAll { Pop-Location }

Describe 'The path of a journal' {
    It 'may be <Path>' -ForEach @(
        @{ Path = './relative.journal' }, @{ Path = './with a space/a b.journal' }, @{ Path = './[brackets]/[x].journal' }, @{ Path = "./it's/$([char]0xfc).journal" }, @{ Path = 'TestDrive:/drive.journal' }
    ) {
        if ($Path -notlike 'TestDrive*') { $null = New-Item -ItemType Directory -Force -Path (Split-Path $Path) }
        $result = Get-Item3 | Import-SafeAIData -Store ./paths.graph -JournalPath $Path
        $run = Get-Migration -JournalPath $Path
        $run.Id, $run.Status | Should -Be $result.MigrationId, 'Completed'
        Test-Path -LiteralPath $Path | Should -BeTrue
        (Undo-Migration $run.Id -JournalPath $Path -Confirm:$false).IsComplete | Should -BeTrue
        Remove-Migration $run.Id -JournalPath $Path -Confirm:$false
        (Get-Migration -JournalPath $Path).Id | Should -Not -Contain $run.Id
    }

    It 'may begin with the home folder' {
        $said = Invoke-CleanPowerShell -Environment @{ HOME = $TestDrive; USERPROFILE = $TestDrive } -Command @"
Import-Module '$(Get-TestModulePath)'
(@{ id = 1 } | Convert-MigrationData @{ nodes = @{ type = 'T'; id = 't:{id}' } } | Import-SafeAIData -Store ~/home.graph -JournalPath ~/home.journal).Status
(Get-Migration -JournalPath ~/home.journal).Status
"@
        $said.Output -split '\r?\n' | Should -Be 'Completed', 'Completed' -Because $said.Errors
        Join-Path $TestDrive home.journal | Should -Exist
    }

    It 'must be one where a file can be, and else nothing is made and nothing loaded: <Path>' -ForEach @(
        @{ Path = './no/folder.journal'; Says = 'The folder of the journal *folder.journal does not exist.*' }, @{ Path = './'; Says = '*cannot be opened for writing.*' }
    ) {
        $seen = Invoke-Observed { Get-Item3 | Import-SafeAIData -Store ./nothing.graph -JournalPath $Path }
        $seen.Terminating.FullyQualifiedErrorId | Should -BeLike 'JournalFailed,*'
        $seen.Terminating.Exception.Message | Should -BeLike $Says
        $seen.Terminating.Exception.IsTransient | Should -BeFalse
        './nothing.graph' | Should -Not -Exist
    }
}

Describe 'A journal <Name>' -ForEach $damages {
    It 'is refused by every command, and left as it is' {
        $whole = Join-Path $TestDrive 'whole.journal'
        if (-not (Test-Path $whole)) { 1..1500 | ForEach-Object { @{ id = "$_"; name = 'x' * 60 } } | Convert-MigrationData $map | Import-SafeAIData -Store ./whole.graph -JournalPath $whole -BatchSize 50 | Out-Null }
        $id = (Get-Migration -JournalPath $whole).Id
        $bytes = & $Damage ([System.IO.File]::ReadAllBytes($whole))
        $file = Join-Path $TestDrive 'damaged.journal'
        [System.IO.File]::WriteAllBytes($file, $bytes)
        foreach ($command in @(
                { Get-Migration -JournalPath $file }, { Get-Item3 | Import-SafeAIData -Store ./damaged.graph -JournalPath $file }, { Undo-Migration $id -JournalPath $file -Confirm:$false },
                { Resume-Migration $id -JournalPath $file }, { Remove-Migration $id -JournalPath $file -Confirm:$false }, { Test-MigrationAudit -JournalPath $file }, { Get-MigrationRestorePoint -JournalPath $file }
            )) {
            $seen = Invoke-Observed $command
            $seen.Terminating.FullyQualifiedErrorId | Should -BeLike 'JournalFailed,*' -Because $command
            $seen.Terminating.Exception.Message | Should -BeLike '*damaged.journal is *' -Because $command
            $seen.Terminating.Exception.InnerException | Should -Not -BeNullOrEmpty -Because $command
        }
        [System.Linq.Enumerable]::SequenceEqual([byte[]] $bytes, [System.IO.File]::ReadAllBytes($file)) | Should -BeTrue
        './damaged.graph' | Should -Not -Exist
    }
}

Describe 'What belongs to a journal' -Skip:$IsWindows {
    It 'is its owner''s only, whatever the process lets others do with its files' {
        $folder = New-Item -ItemType Directory (Join-Path $TestDrive 'open')
        Set-Content (Join-Path $folder rows.csv) (@('id') + (1..2000))
        Set-Content (Join-Path $folder plan.json) '{ "sources": [ { "path": "rows.csv", "mapping": { "nodes": { "type": "Row", "id": "r:{id}" }, "relationships": { "type": "IS", "from": { "type": "Row", "id": "r:{id}" }, "to": { "type": "Row", "id": "r:{id}" } } } } ], "destination": { "store": "rows.graph" }, "options": { "batchSize": 50 } }'
        $start = [System.Diagnostics.ProcessStartInfo]::new('/bin/sh')
        $command = "Import-Module '$(Get-TestModulePath)'; @{ id = 1 } | Convert-MigrationData @{ nodes = @{ type = 'T'; id = 't:{id}' } } | Import-SafeAIData -Store ./one.graph | Out-Null; " +
            "New-MigrationRestorePoint -Path ./archive.zip -Store ./one.graph | Out-Null; Invoke-Migration ./plan.json -JournalPath ./killed.journal"
        foreach ($argument in '-c', 'umask 000; exec "$0" -NoProfile -NonInteractive -Command "$1"', (Get-PowerShellPath), $command) { $start.ArgumentList.Add($argument) }
        $start.WorkingDirectory = $folder
        $start.Environment['XDG_STATE_HOME'] = Join-Path $folder 'state/below'
        $start.Environment['SAFEAI_MIGRATION_CRASH_AT'] = 'outcome.after:50'
        $start.RedirectStandardOutput = $start.RedirectStandardError = $true
        $process = [System.Diagnostics.Process]::Start($start)
        $null = $process.StandardOutput.ReadToEndAsync(), $process.StandardError.ReadToEndAsync()
        $process.WaitForExit()

        $made = @(Get-ChildItem $folder -Recurse -Force | Where-Object Name -NotIn rows.csv, plan.json)
        foreach ($name in 'killed.journal', 'killed.journal-wal', 'killed.journal-shm', 'killed.journal.head', 'killed.journal.files', 'relationships', 'migrations.journal', 'archive.zip', 'state') { $made.Name | Should -Contain $name }
        $made | Where-Object { $_.UnixFileMode -band [System.IO.UnixFileMode]'GroupRead, GroupWrite, GroupExecute, OtherRead, OtherWrite, OtherExecute' } | Should -BeNullOrEmpty
    }
}

Describe 'Two processes and one journal' {
    It 'each keep a run of their own at the same time, and the audit trail stays whole' {
        $command = "Import-Module '$(Get-TestModulePath)'; 1..600 | ForEach-Object { @{ id = `"`$env:PART`$_`" } } | Convert-MigrationData @{ nodes = @{ type = 'T'; id = 't:{id}' } } | Import-SafeAIData -Store `"./`$env:PART.graph`" -JournalPath ./both.journal -BatchSize 5 | Out-Null; exit 0"
        $processes = foreach ($part in 'a', 'b', 'c') {
            $start = [System.Diagnostics.ProcessStartInfo]::new((Get-PowerShellPath))
            foreach ($argument in '-NoProfile', '-NonInteractive', '-Command', $command) { $start.ArgumentList.Add($argument) }
            $start.WorkingDirectory = $TestDrive
            $start.Environment['PART'] = $part
            [System.Diagnostics.Process]::Start($start)
        }
        $processes | ForEach-Object { $_.WaitForExit(); $_.ExitCode | Should -Be 0 }

        $runs = Get-Migration -JournalPath ./both.journal
        $runs.Status | Should -Be 'Completed', 'Completed', 'Completed'
        $runs.Result.Nodes.Created | Should -Be 600, 600, 600
        (Test-MigrationAudit -JournalPath ./both.journal).IsIntact | Should -BeTrue
        foreach ($run in $runs) { (Undo-Migration $run.Id -JournalPath ./both.journal -Confirm:$false).NodesDeleted | Should -Be 600 }
    }
}

Describe 'Remove-Migration' {
    It 'removes runs that were put back, and the last one, keeps the audit trail, and gives the room back' {
        1..3000 | ForEach-Object { @{ id = "$_"; name = 'y' * 100 } } | Convert-MigrationData $map | Import-SafeAIData -Store ./removed.graph -JournalPath ./removed.journal | Out-Null
        1..3000 | ForEach-Object { @{ id = "$_"; name = 'z' * 100 } } | Convert-MigrationData $map | Import-SafeAIData -Store ./removed.graph -JournalPath ./removed.journal | Out-Null
        $last = (Get-Migration -JournalPath ./removed.journal)[0].Id
        Undo-Migration $last -JournalPath ./removed.journal -Confirm:$false | Out-Null
        $size = (Get-Item ./removed.journal).Length
        $events = @(Get-MigrationAudit -JournalPath ./removed.journal).Count

        Get-Migration -JournalPath ./removed.journal | Remove-Migration -Confirm:$false

        Get-Migration -JournalPath ./removed.journal | Should -BeNullOrEmpty
        (Get-Item ./removed.journal).Length | Should -BeLessThan ($size / 2)
        @(Get-MigrationAudit -JournalPath ./removed.journal).Count | Should -Be ($events + 3)
        (Test-MigrationAudit -JournalPath ./removed.journal).IsIntact | Should -BeTrue
        (Invoke-Observed { Undo-Migration $last -JournalPath ./removed.journal -Confirm:$false }).Errors[0].Exception.Code | Should -Be 'RunNotFound'
        (Invoke-Observed { Get-Item3 | Import-SafeAIData -Store ./removed.graph -JournalPath ./removed.journal -Resume }).Terminating.Exception.Code | Should -Be 'RunNotFound'
        (Get-Item3 new | Import-SafeAIData -Store ./removed.graph -JournalPath ./removed.journal).Status | Should -Be 'Completed'
    }
}
