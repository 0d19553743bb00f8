BeforeAll {
    . "$PSScriptRoot/ModuleTestKit.ps1"
    Import-Module (Get-TestModulePath)
    Push-Location $TestDrive
    $map = @{ nodes = @{ type = 'Line'; id = 'l:{id}'; properties = @{ text = 'text' } } }
    function Set-Line([string] $Path, $Numbers, [string] $Text = 'text') { Set-Content $Path (@('id,text') + ($Numbers | ForEach-Object { "$_,$Text $_" })) }

    # A pipeline that breaks after so many items, into one store and one journal.
    function Invoke-Lines([string[]] $Paths, [string] $Name, [int] $Break = [int]::MaxValue, [hashtable] $More = @{}) {
        Invoke-Observed {
            $Paths | ForEach-Object { Get-SourceData $_ } | Convert-MigrationData $map | ForEach-Object -Begin { $count = 0 } -Process { if (++$count -gt $Break) { throw 'Stopped' }; $_ } |
                Import-SafeAIData -Store "./$Name.graph" -JournalPath "./$Name.journal" -BatchSize 10 -ThrottleLimit 1 @More
        }
    }
}

AfterAll {
    Stop-SafeAISandbox
    Pop-Location
}

Describe 'A pipeline that PowerShell stops while a request is under way' {
    It 'lets go at once, counts as stopped, and goes on without sending again what was confirmed' {
        Set-Line ./stop.csv (1..200)
        $sandbox = Start-SafeAISandbox
        $admin = @{ Authentication = 'Bearer'; Token = $sandbox.ApiKey; AllowUnencryptedAuthentication = $true }
        Invoke-RestMethod -Method Post -Uri "$($sandbox.Endpoint)sandbox/faults" @admin -Body '[{ "kind": "late", "requests": [9], "mutatingOnly": true }]' | Out-Null
        $shell = [powershell]::Create()
        $load = { param($Module, $Folder, $Map, $Platform, $More) Import-Module $Module; Set-Location $Folder; Get-SourceData ./stop.csv | Convert-MigrationData $Map | Import-SafeAIData @Platform -JournalPath ./stop.journal -BatchSize 10 -ThrottleLimit 1 @More }
        $platform = @{ Endpoint = $sandbox.Endpoint; ApiKey = $sandbox.ApiKey }
        $null = $shell.AddScript("$load").AddArgument((Get-TestModulePath)).AddArgument("$TestDrive").AddArgument($map).AddArgument($platform).AddArgument(@{})
        $null = $shell.BeginInvoke()
        Wait-TestCondition { (Get-SandboxFigure $sandbox).faults -ge 1 } -What 'The held request'
        $shell.Stop()
        $shell.Dispose()

        $run = Get-Migration -JournalPath ./stop.journal
        $run.Status, $run.IsResumable, $run.Result.Nodes.Created | Should -Be 'Stopped', $true, 70
        Invoke-RestMethod -Method Post -Uri "$($sandbox.Endpoint)sandbox/faults" @admin -Body '[]' | Out-Null
        Wait-TestCondition { (Get-SandboxFigure $sandbox).nodes -eq 80 } -What 'The late request'
        $writes = (Get-SandboxFigure $sandbox).writes

        $result = & $load (Get-TestModulePath) "$TestDrive" $map $platform @{ Resume = $true; Verify = 'Content' }

        $result.MigrationId, $result.Status, $result.Verified, $result.Read, $result.Loaded | Should -Be $run.Id, 'Completed', $true, 200, 200
        $result.Nodes.Created | Should -Be 200

        # Twelve batches of ten are what is left; each node and its two properties are one change each.
        $left = (Get-SandboxFigure $sandbox).writes - $writes
        $left | Should -BeLessOrEqual (120 * ($writes / 80))
        (Get-SandboxFigure $sandbox).nodes | Should -Be 200
    }
}

Describe 'A pipeline of several sources that comes again with -Resume' {
    BeforeEach {
        Set-Line ./first.csv (1..40)
        Set-Line ./second.csv (101..140)
    }

    It 'goes on in its second source' {
        (Invoke-Lines ./first.csv, ./second.csv two 60).Terminating | Should -Not -BeNullOrEmpty
        $seen = Invoke-Lines ./first.csv, ./second.csv two -More @{ Resume = $true; Verify = 'Content' }
        $seen.Terminating | Should -BeNullOrEmpty
        $seen.Output.Verified, $seen.Output.Read, $seen.Output.Nodes.Created | Should -Be $true, 80, 80
    }

    It 'is refused where its second source has changed, in the middle and to the same size' {
        (Invoke-Lines ./first.csv, ./second.csv changed 60).Terminating | Should -Not -BeNullOrEmpty
        (Get-Content ./second.csv -Raw).Replace('text 105', 'Text 105') | Set-Content ./second.csv -NoNewline
        $seen = Invoke-Lines ./first.csv, ./second.csv changed -More @{ Resume = $true }
        $seen.Terminating.Exception.Code | Should -Be 'SourceChanged'
        $seen.Terminating.Exception.Message | Should -BeLike '*second.csv is not what it was*'
        $forced = Invoke-Lines ./first.csv, ./second.csv changed -More @{ Resume = $true; Force = $true; Verify = 'Content' }
        $forced.Output.Verified, $forced.Output.Read | Should -Be $true, 80
        (Get-SafeAIData -Store ./changed.graph | Where-Object Id -EQ 'l:105').Properties.text | Should -BeExactly 'Text 105'
    }

    It 'is refused where a source is missing, comes first that came second, or nothing comes, and stays what can be resumed: <Paths>' -ForEach @(
        @{ Paths = @('./first.csv'); Says = '*reads *second.csv as well, of which nothing came.*' }
        @{ Paths = @('./none.csv'); Says = '*reads *first.csv, *second.csv as well, of which nothing came.*' }
        @{ Paths = @('./third.csv', './second.csv'); Says = '*reads *first.csv, *second.csv, and not *third.csv before that.*' }
    ) {
        Set-Line ./third.csv (201..240)
        $name = "order-$($Paths[0] -replace '\W')"
        (Invoke-Lines ./first.csv, ./second.csv $name 60).Terminating | Should -Not -BeNullOrEmpty
        $seen = Invoke-Lines $Paths $name -More @{ Resume = $true; OnError = 'Rollback' }
        $seen.Terminating.Exception.Code | Should -Be 'SourceChanged'
        $seen.Terminating.Exception.Message | Should -BeLike $Says
        ($seen.Output | Where-Object MigrationId).Status | Should -Be 'Failed'
        $again = Invoke-Lines ./first.csv, ./second.csv $name -More @{ Resume = $true; Verify = 'Content' }
        $again.Output.Status, $again.Output.Verified, $again.Output.Read, $again.Output.Nodes.Created | Should -Be 'Completed', $true, 80, 80
    }

    It 'is refused where its rows were put in another order' {
        (Invoke-Lines @('./first.csv') rows 25).Terminating | Should -Not -BeNullOrEmpty
        Set-Line ./first.csv (40..1)
        (Invoke-Lines @('./first.csv') rows -More @{ Resume = $true }).Terminating.Exception.Code | Should -Be 'SourceChanged'
        $forced = Invoke-Lines @('./first.csv') rows -More @{ Resume = $true; Force = $true; Verify = 'Content' }
        $forced.Output.Verified, $forced.Output.Nodes.Created, $forced.Output.Read | Should -Be $true, 40, 40
    }
}

Describe 'A plan whose source has changed since its process was killed' {
    BeforeDiscovery {
        [array] $kinds = 'csv', 'ndjson', 'json', 'csv.gz', 'folder'
        $changes = foreach ($kind in $kinds) { @{ Kind = $kind; Change = 'one value, to the same length' }, @{ Kind = $kind; Change = 'a record more' } }
    }

    BeforeAll {
        # The same records in each form, of which the value of one may be another.
        function Set-Source([string] $Path, [string] $Kind, [int] $Count, [string] $Text = 'text') {
            $rows = 1..$Count | ForEach-Object { [pscustomobject]@{ id = $_; text = ($_ -eq 90) ? $Text : 'text' } }
            switch ($Kind) {
                'csv' { $rows | Export-Csv $Path }
                'ndjson' { $rows | ForEach-Object { ConvertTo-Json $_ -Compress } | Set-Content $Path }
                'json' { ConvertTo-Json $rows | Set-Content $Path }
                'csv.gz' {
                    $stream = [System.IO.Compression.GZipStream]::new([System.IO.File]::Create((Join-Path $PWD.ProviderPath $Path)), [System.IO.Compression.CompressionLevel]::Optimal)
                    $writer = [System.IO.StreamWriter]::new($stream)
                    $rows | ConvertTo-Csv | ForEach-Object { $writer.WriteLine($_) }
                    $writer.Dispose()
                }
                'folder' {
                    $null = New-Item -ItemType Directory $Path -Force
                    $rows | Where-Object id -LE 50 | Export-Csv "$Path/a.csv"
                    $rows | Where-Object id -GT 50 | Export-Csv "$Path/b.csv"
                }
            }
        }
    }

    It 'is refused unless it is forced: <Kind>, <Change>' -ForEach $changes {
        $name = "$($Kind -replace '\W')-$($Change.Length)"
        $path = $Kind -eq 'folder' ? "$name-files" : "$name.$Kind"
        Set-Source $path $Kind 200
        Set-Content "./$name.plan.json" (ConvertTo-Json -Depth 9 @{
            sources = @(@{ path = $path; mapping = @{ nodes = @(@{ type = 'Row'; id = 'r:{id}'; properties = @{ text = 'text' } }) } })
            destination = @{ store = "$name.graph" }; options = @{ batchSize = 10; throttleLimit = 1; verify = 'content' }
        })
        Invoke-CleanPowerShell "Import-Module '$(Get-TestModulePath)'; Invoke-Migration './$name.plan.json' -JournalPath './$name.journal'" -Environment @{ SAFEAI_MIGRATION_CRASH_AT = 'outcome.after:5' } -WorkingDirectory $PWD.ProviderPath | Out-Null
        $run = Get-Migration -JournalPath "./$name.journal"
        "$($run.Status) $($run.IsResumable)" | Should -Be 'Interrupted True'
        $loaded = @(Get-SafeAIData -Store "./$name.graph").Count
        $loaded | Should -BeIn (10..199)
        if ($Change -eq 'a record more') { $count, $text = 201, 'text' } else { $count, $text = 200, 'Text' }
        Set-Source $path $Kind $count $text

        $seen = Invoke-Observed { Resume-Migration $run.Id -JournalPath "./$name.journal" }
        $seen.Terminating.FullyQualifiedErrorId | Should -BeLike 'SourceChanged,*'
        $seen.Terminating.Exception.Message | Should -BeLike "The source *$path* is not what it was when the run $($run.Id) began. *"
        $seen.Output | Should -BeNullOrEmpty
        @(Get-SafeAIData -Store "./$name.graph").Count | Should -Be $loaded
        (Get-Migration -JournalPath "./$name.journal").IsResumable | Should -BeTrue

        $forced = Resume-Migration $run.Id -JournalPath "./$name.journal" -Force
        $forced.MigrationId, $forced.Status, $forced.Verified, $forced.Read, $forced.Nodes.Created | Should -Be $run.Id, 'Completed', $true, $count, $count
        (Get-SafeAIData -Store "./$name.graph" | Where-Object Id -EQ 'r:90').Properties.text | Should -BeExactly $text
    }
}

Describe 'Pipelines that broke off into one destination' {
    It 'are each resumed by their own pipeline, whichever is the newest' {
        Set-Line ./first.csv (1..40)
        Set-Line ./second.csv (101..140)
        Set-Line ./third.csv (201..240)
        $runs = foreach ($path in './first.csv', './second.csv') {
            (Invoke-Lines $path own 25).Terminating | Should -Not -BeNullOrEmpty
            (Get-Migration -JournalPath ./own.journal)[0].Id
        }

        $seen = Invoke-Lines ./third.csv own -More @{ Resume = $true }
        $seen.Terminating.Exception.Code | Should -Be 'RunNotFound'
        $seen.Terminating.Exception.Message | Should -BeLike "*2 runs *none of them is of this pipeline: $($runs[1]) began with *second.csv; $($runs[0]) began with *first.csv.*"
        Set-Content ./none.csv 'id,text'
        (Invoke-Lines ./none.csv own -More @{ Resume = $true }).Terminating.Exception.Message | Should -BeLike '*nothing came of this pipeline*'

        $first = Invoke-Lines ./first.csv own -More @{ Resume = $true; Verify = 'Content' }
        $first.Terminating | Should -BeNullOrEmpty
        $first.Output.MigrationId, $first.Output.Read, $first.Output.Nodes.Created, $first.Output.Verified | Should -Be $runs[0], 40, 40, $true
        (Invoke-Lines ./second.csv own -More @{ Resume = $true }).Output.MigrationId | Should -Be $runs[1]
        @(Get-SafeAIData -Store ./own.graph).Count | Should -Be 80
    }

    It 'are the newest where they are of the same pipeline, which is said, and with -Force the one of the same source' {
        Set-Line ./same.csv (1..40)
        Set-Line ./other.csv (101..140)
        $runs = foreach ($path in './same.csv', './same.csv', './other.csv') {
            (Invoke-Lines $path same 25).Terminating | Should -Not -BeNullOrEmpty
            (Get-Migration -JournalPath ./same.journal)[0].Id
        }

        $seen = Invoke-Lines ./same.csv same 15 @{ Resume = $true } 3>&1
        ($seen | Where-Object { $_ -is [System.Management.Automation.WarningRecord] }).Message |
            Should -BeExactly "2 runs of this pipeline can be resumed; the newest, $($runs[1]), goes on. The others stay as they are: $($runs[0])."
        Set-Line ./other.csv (101..141) 'Text'
        (Invoke-Lines ./other.csv same -More @{ Resume = $true }).Terminating.Exception.Message | Should -BeLike '*began with *other.csv as it was then*'
        $forced = Invoke-Lines ./other.csv same -More @{ Resume = $true; Force = $true; Verify = 'Content' }
        $forced.Output.MigrationId, $forced.Output.Read, $forced.Output.Verified | Should -Be $runs[2], 41, $true
    }
}

Describe 'What cannot be resumed' {
    BeforeAll {
        Set-Line ./lines.csv (1..40)
        (Invoke-Lines @('./lines.csv') done).Output.Status | Should -Be 'Completed'
    }

    It 'is a run that is over, or was put back, or loads into another destination' {
        (Invoke-Lines @('./lines.csv') done -More @{ Resume = $true }).Terminating.Exception.Code | Should -Be 'RunNotFound'
        Undo-Migration (Get-Migration -JournalPath ./done.journal).Id -JournalPath ./done.journal -Confirm:$false | Out-Null
        (Invoke-Lines @('./lines.csv') done -More @{ Resume = $true }).Terminating.Exception.Code | Should -Be 'RunNotFound'

        (Invoke-Lines @('./lines.csv') half 25).Terminating | Should -Not -BeNullOrEmpty
        $seen = Invoke-Observed { Get-SourceData ./lines.csv | Convert-MigrationData $map | Import-SafeAIData -Store ./elsewhere.graph -JournalPath ./half.journal -Resume }
        $seen.Terminating.Exception.Code | Should -Be 'RunNotFound'
        $seen.Terminating.Exception.Message | Should -BeLike '*knows no run from a pipeline into *elsewhere.graph that could be resumed.*'
        Undo-Migration (Get-Migration -JournalPath ./half.journal).Id -JournalPath ./half.journal -Confirm:$false | Out-Null
        (Invoke-Lines @('./lines.csv') half -More @{ Resume = $true }).Terminating.Exception.Code | Should -Be 'RunNotFound'
        @(Get-SafeAIData -Store ./half.graph).Count | Should -Be 0
    }

    It 'is named with what to do instead' {
        (Invoke-Lines @('./lines.csv') named 25).Terminating | Should -Not -BeNullOrEmpty
        $id = (Get-Migration -JournalPath ./named.journal).Id
        $seen = Invoke-Observed { Resume-Migration $id -JournalPath ./named.journal }
        $seen.Terminating.Exception.Remedy | Should -BeExactly 'Run its pipeline again, with Import-SafeAIData -Resume.'
        (Invoke-Observed { Resume-Migration none -JournalPath ./named.journal }).Terminating.Exception.Code | Should -Be 'RunNotFound'
    }

    It 'with -Mode Insert does not take what the run itself wrote before for somebody else''s' {
        $node = { [SafeAI.Migration.GraphNode]::new('Line', 'l:3', [SafeAI.Migration.PropertySet]::Empty) }
        (& $node | Import-SafeAIData -Store ./insert.graph -NoJournal).Status | Should -Be 'Completed'
        $insert = @{ Mode = 'Insert'; ErrorBudget = '1' }
        (Invoke-Lines @('./lines.csv') insert 25 $insert).Terminating | Should -Not -BeNullOrEmpty
        $seen = Invoke-Lines @('./lines.csv') insert -More ($insert + @{ Resume = $true; Verify = 'Content' })
        $seen.Terminating | Should -BeNullOrEmpty
        $seen.Output.Verified, $seen.Output.Nodes.Created, $seen.Output.Rejected, $seen.Output.Read | Should -Be $true, 39, 1, 40
    }
}
