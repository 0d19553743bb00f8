BeforeAll {
    . "$PSScriptRoot/ModuleTestKit.ps1"
    Import-Module (Get-TestModulePath)
    Push-Location (New-SampleFolder (Join-Path $TestDrive 'progress'))
    Set-CleanCustomerFile ./clean.csv

    # Everything that takes longer than a moment against a platform that answers late shows how far it is.
    $sandbox = Start-SafeAISandbox -Faults '[{"kind":"slow","milliseconds":200,"every":1}]'
    $environment = @{ Endpoint = "$($sandbox.Endpoint)"; ApiKey = $sandbox.ApiKey; Journal = (Join-Path $PWD.ProviderPath 'progress.journal'); Folder = $PWD.ProviderPath }

    # What the progress stream holds after commands in a session of their own.
    function Get-ProgressOf([string] $Command) {
        $shell = [powershell]::Create()
        try {
            $null = $shell.AddScript("param(`$Module, `$With) Import-Module `$Module; Set-Location `$With.Folder; $Command").AddArgument((Get-TestModulePath)).AddArgument($environment)
            $null = $shell.Invoke()
            $shell.Streams.Error | Should -BeNullOrEmpty
            @($shell.Streams.Progress)
        }
        finally {
            $shell.Dispose()
        }
    }

    $read = 'Get-SourceData ./clean.csv {0} | Out-Null'
    $load = "Get-SourceData ./clean.csv -ProgressAction SilentlyContinue | Convert-MigrationData ./customers.map.json | " +
        "Import-SafeAIData -Endpoint `$With.Endpoint -ApiKey `$With.ApiKey -JournalPath `$With.Journal {0}"
    $run = "Invoke-Migration @{{ source = @{{ path = 'clean.csv'; mapping = 'customers.map.json' }}; destination = @{{ endpoint = `$With.Endpoint }} }} " +
        "-ApiKey `$With.ApiKey -JournalPath `$With.Journal {0}"
    $undo = "Undo-Migration (Get-Migration -JournalPath `$With.Journal | Where-Object {{ `$_.Kind -eq 'Load' -and `$_.Result.Nodes.Created }} | Select-Object -First 1).Id -ApiKey `$With.ApiKey -JournalPath `$With.Journal -Confirm:`$false {0}"
}

AfterAll {
    $sandbox | Stop-SafeAISandbox
    Pop-Location
}

Describe 'Progress' {
    It 'is made in one place only, which makes none that nobody sees' {
        # RunDisplay is tested for that in Report.Tests.ps1.
        $sources = Get-ChildItem (Join-Path (Get-RepositoryRoot) 'src/SafeAI.Migration.PowerShell') -Recurse -Filter *.cs | Where-Object FullName -NotMatch '[\\/](obj|bin)[\\/]'
        ($sources | Select-String -Pattern '\bWriteProgress\(' -List).Path | Split-Path -Leaf | Should -Be 'RunDisplay.cs'
    }

    It 'is shown by Get-SourceData, Import-SafeAIData, Invoke-Migration and Undo-Migration' {
        (Get-ProgressOf ($read -f '')).Activity | Should -BeLike 'Reading *clean.csv'
        (Get-ProgressOf ($load -f '')).Activity | Should -Contain "Loading into $("$($sandbox.Endpoint)".TrimEnd('/'))"
        $shown = Get-ProgressOf ($run -f '')
        ($shown | Where-Object PercentComplete -GT 0).Count | Should -BeGreaterThan 0
        (Get-ProgressOf ($undo -f '')).Activity | Select-Object -Unique | Should -BeLike 'Putting back 2*'
    }

    It 'is shown by none of them with <_>' -ForEach '-ProgressAction SilentlyContinue', '-ProgressAction Ignore' {
        foreach ($command in $read, $load, $run, $undo) {
            Get-ProgressOf ($command -f $_) | Should -BeNullOrEmpty
        }
    }
}
