BeforeAll {
    . "$PSScriptRoot/ModuleTestKit.ps1"
    Import-Module (Get-TestModulePath)
    Push-Location (New-Item -ItemType Directory (Join-Path $TestDrive 'here'))
    $properties = { param([hashtable] $Values) [SafeAI.Migration.PropertySet]::new([string[]] $Values.Keys, [object[]] $Values.Values) }
    function New-City([string] $Id, [hashtable] $Values) { [SafeAI.Migration.GraphNode]::new('City', $Id, (& $properties $Values)) }
    function Get-GraphText([hashtable] $Graph) { Get-SafeAIData @Graph | ForEach-Object { "$_ $($_.Properties)" } | Sort-Object -CaseSensitive }

    # A run that changed one half of a graph and added to it, at a platform of its own.
    $here = Start-SafeAISandbox -Store ./here.db
    $platform = @{ Endpoint = $here.Endpoint; ApiKey = $here.ApiKey }
    1..40 | ForEach-Object { New-City "I$_" @{ name = "`u{130}STANBUL $_ istanbul `u{131}s`u{131}"; share = $_ + 0.25; founded = [datetime]::new(1923, 10, 29); IS = "$_" } } | Import-SafeAIData @platform -NoJournal | Out-Null
    $before = Get-GraphText $platform
    $load = @(
        1..20 | ForEach-Object { New-City "I$_" @{ name = "ISPARTA $_"; share = 1.5; founded = [datetime]::new(2001, 1, 1) } }
        1..20 | ForEach-Object { New-City "i$_" @{ name = "new $_" } }
        1..20 | ForEach-Object { [SafeAI.Migration.GraphRelationship]::new('IS_NEAR', "r$_", 'City', "I$_", 'City', "i$_", [SafeAI.Migration.PropertySet]::Empty) }
    ) | Import-SafeAIData @platform -JournalPath ./here.journal -BatchSize 7
    $after = Get-GraphText $platform
    New-MigrationRestorePoint -Id $load.MigrationId -Path ./run.zip -JournalPath ./here.journal | Out-Null
    Stop-SafeAISandbox $here.ProcessId

    # The same graph at another port; the archive under another name; another home, user and language, and no journal.
    Get-ChildItem ./here.db* | ForEach-Object { Copy-Item $_ "./there$($_.Name.Substring(4))" }
    $there = Start-SafeAISandbox -Store ./there.db
    $platform = @{ Endpoint = $there.Endpoint; ApiKey = $there.ApiKey }
    $elsewhere = New-Item -ItemType Directory (Join-Path $TestDrive 'there')
    Move-Item ./run.zip (Join-Path $elsewhere "ta`u{15f}`u{131}nd`u{131}.zip")
    function Invoke-Elsewhere([string] $Command) {
        Invoke-CleanPowerShell "Import-Module '$(Get-TestModulePath)'; $Command" -WorkingDirectory $elsewhere -Environment @{
            HOME = "$elsewhere"; XDG_STATE_HOME = $null; USER = "ba`u{15f}kas`u{131}"; LOGNAME = "ba`u{15f}kas`u{131}"; USERNAME = "ba`u{15f}kas`u{131}"; LANG = 'tr_TR.UTF-8'; LC_ALL = 'tr_TR.UTF-8'
            ARCHIVE = "ta`u{15f}`u{131}nd`u{131}.zip"; SAFEAI_ENDPOINT = "$($there.Endpoint)"; SAFEAI_API_KEY = [System.Net.NetworkCredential]::new('', $there.ApiKey).Password
        }
    }
}

AfterAll {
    Stop-SafeAISandbox
    Pop-Location
}

Describe 'The archive of a run on another machine' {
    It 'is refused where it is damaged, before anything is asked of the platform' {
        $good = Join-Path $elsewhere "ta`u{15f}`u{131}nd`u{131}.zip"
        $changed = Join-Path $elsewhere 'changed.zip'
        $short = Join-Path $elsewhere 'short.zip'
        Copy-Item $good $changed
        $zip = [System.IO.Compression.ZipFile]::Open($changed, 'Update')
        $entry = $zip.GetEntry('batches.ndjson')
        $reader = [System.IO.StreamReader]::new($entry.Open())
        $text = $reader.ReadToEnd()
        $reader.Dispose()
        $entry.Delete()
        $writer = [System.IO.StreamWriter]::new($zip.CreateEntry('batches.ndjson').Open())
        $writer.Write($text.Replace(' istanbul ', ' istanbuL '))
        $writer.Dispose()
        $zip.Dispose()
        $text.Length | Should -BeGreaterThan 1000
        $text | Should -Not -BeExactly $text.Replace(' istanbul ', ' istanbuL ')
        [System.IO.File]::WriteAllBytes($short, [System.IO.File]::ReadAllBytes($good)[0..600])
        $requests = (Get-SandboxFigure $there).mutatingRequests

        $seen = Invoke-Elsewhere 'foreach ($path in "changed.zip", "short.zip") { try { Undo-Migration -Path $path -Confirm:$false } catch { "$($_.Exception.Code) $($_.Exception.Message)" } }'

        $seen.Output -split "`n" | Should -Be @(
            "SourceUnreadable The archive $changed cannot be used: the part batches.ndjson is not what it was when it was written. Take an undamaged copy of it."
            "SourceUnreadable The archive $short cannot be used: End of Central Directory record could not be found. Take an undamaged copy of it.")
        (Get-SandboxFigure $there).mutatingRequests | Should -Be $requests
        Get-GraphText $platform | Should -Be $after
    }

    It 'puts the run back exactly' {
        $seen = Invoke-Elsewhere '
            $test = Test-MigrationRollback -Path $env:ARCHIVE
            $undo = Undo-Migration -Path $env:ARCHIVE -Confirm:$false -WarningAction SilentlyContinue -WarningVariable warnings
            @{ warnings = "$warnings"; kept = "$($undo.KeptItems)"; culture = (Get-Culture).Name; upper = "i".ToUpper(); can = $test.CanRollBack; delete = $test.ToDelete; restore = $test.ToRestore; complete = $undo.IsComplete; verified = $undo.Verified
               deleted = $undo.NodesDeleted + $undo.RelationshipsDeleted; restored = $undo.NodesRestored; run = $undo.MigrationId; known = @(Get-Migration).Count } | ConvertTo-Json -Compress'

        $seen.Errors | Should -BeNullOrEmpty
        $said = $seen.Output | ConvertFrom-Json
        "$($said.warnings)$($said.kept)" | Should -BeNullOrEmpty
        $said.culture, $said.upper | Should -Be 'tr-TR', "`u{130}"
        $said.can, $said.delete, $said.restore | Should -Be $true, 40, 20
        $said.complete, $said.verified, $said.deleted, $said.restored, $said.run | Should -Be $true, $true, 40, 20, $load.MigrationId
        Get-GraphText $platform | Should -Be $before

        # It is entered in that user's own journal, which knows nothing of the run itself.
        $said.known | Should -Be 1
        Get-ChildItem $elsewhere -Recurse -Force -Filter '*journal*' | Should -Not -BeNullOrEmpty
    }
}

Describe 'A pipeline whose folder for temporary files is full' -Skip:(-not $IsLinux) {
    It 'stops with a clear error, and goes on where there is room' {
        Set-Content ./load.ps1 @'
            param([switch] $Resume)
            Import-Module $env:MODULE
            $empty = [SafeAI.Migration.PropertySet]::Empty
            try {
                & {
                    for ($i = 0; $i -lt 200; $i++) { [SafeAI.Migration.GraphNode]::new('T', "n$i", $empty) }
                    for ($i = 0; $i -lt 40000; $i++) { [SafeAI.Migration.GraphRelationship]::new('R', "relationship-$i", 'T', "n$($i % 200)", 'T', "n$($i % 199)", $empty) }
                } | Import-SafeAIData -Store ./full.graph -JournalPath ./full.journal -Resume:$Resume | ForEach-Object { "$($_.Status) $($_.Nodes.Created) $($_.Relationships.Created)" }
            }
            catch { "$($_.Exception.Code) $($_.Exception.Message)" }
'@
        $first, $second = Invoke-OnFullDisk ./load.ps1 -Size 3m -ThenSize 100m -ThenArgument '-Resume'

        "$first" | Should -BeLike "*JournalFailed The relationships that wait for their nodes cannot be kept in $PWD/disk/safeai-migration.spool.*.tmp: its disk is full. Make room, then resume the run; what was confirmed is kept.*"
        Get-Content ./left.txt | Where-Object { $_ -like 'safeai-migration*' } | Should -BeNullOrEmpty
        $second[-1] | Should -Be 'Completed 200 40000'
        (Get-SafeAIData -Store ./full.graph -RelationshipType R).Count | Should -Be 40000
    }
}

Describe 'A comparison whose folder for temporary files is full' -Skip:(-not $IsLinux) {
    It 'stops with a clear error, and compares where there is room' {
        Set-Content ./compare.ps1 @'
            Import-Module $env:MODULE
            $empty = [SafeAI.Migration.PropertySet]::Empty
            [SafeAI.Migration.GraphNode]::new('T', 'only', $empty) | Import-SafeAIData -Store ./compared.graph -NoJournal | Out-Null
            try {
                $found = & { for ($i = 0; $i -lt 60000; $i++) { [SafeAI.Migration.GraphNode]::new('T', "a-node-with-a-long-id-$('x' * 1000)-$i", $empty) } } | Compare-MigrationData -Store ./compared.graph
                "$($found.Count)"
            }
            catch { "$($_.FullyQualifiedErrorId) $($_.Exception.IsTransient) $($_.Exception.Message)" }
'@
        $first, $second = Invoke-OnFullDisk ./compare.ps1 -Size 5m -ThenSize 500m

        "$first" | Should -BeLike "StoreFailed,SafeAI.Migration.PowerShell.Commands.CompareMigrationDataCommand True What is compared cannot be kept in $PWD/disk/safeai-migration.compare.*.tmp: its disk is full. Make room in the folder for temporary files, or name another with the environment variable TMPDIR (TEMP on Windows), then compare again; nothing was changed.*"
        Get-Content ./left.txt | Where-Object { $_ -like 'safeai-migration*' } | Should -BeNullOrEmpty
        $second[-1] | Should -Be 60001
    }
}
