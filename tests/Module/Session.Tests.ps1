BeforeDiscovery {
    # The README's recorded session: each command, as it stands there, with what it shows.
    $readme = Get-Content -Raw (Join-Path $PSScriptRoot '../../README.md')
    $session = [regex]::Match($readme, '(?s)```console\r?\n(PS> .*?)```').Groups[1].Value
    $number = 0
    $steps = @(foreach ($step in [regex]::Split($session.TrimEnd(), '(?m)^PS> ') | Where-Object { $_ }) {
            $lines = $step.TrimEnd() -split '\r?\n'
            $command = @($lines[0]) + @($lines | Select-Object -Skip 1 | Where-Object { $_ -match '^>>' } | ForEach-Object { $_.Substring(2) })
            @{
                Number = ++$number
                Command = $command -join "`n"
                First = $lines[0]
                Shown = @($lines | Select-Object -Skip $command.Count) -join "`n"
            }
        })
}

Describe "The README's recorded session" {
    BeforeAll {
        . "$PSScriptRoot/ModuleTestKit.ps1"
        Import-Module (Get-TestModulePath)
        $stateBefore = $env:XDG_STATE_HOME
        $env:XDG_STATE_HOME = Join-Path $TestDrive 'state'
        Push-Location (New-SampleFolder (Join-Path $TestDrive 'session'))

        # Ids, times, rates and how far a run had come when somebody looked differ each time; every other figure has to be the same.
        function Get-Shape([string] $Text) {
            $shape = $Text -replace '\e\[[0-9;]*m' -replace '\d{8}-\d{6}-[0-9a-f]{8}', '<id>' -replace '\d\d:\d\d:\d\d', '<time>'
            $shape = $shape -replace '\d+ %, \d+ records, \d+/s', '<progress>'
            (($shape -split '\r?\n').TrimEnd() | Where-Object { $_ }) -join "`n"
        }
    }

    AfterAll {
        Get-Job | Where-Object PSJobTypeName -EQ Migration | Remove-Job -Force
        Stop-SafeAISandbox
        Disconnect-SafeAI
        Pop-Location
        $env:XDG_STATE_HOME = $stateBefore
    }

    It 'watches, stops, resumes, verifies, reports and undoes' -ForEach @{ Text = ($steps.Command -join "`n") } {
        foreach ($part in 'Progress', 'Stop-Job', 'Resume-Migration', 'Verified', 'Export-MigrationReport', 'Undo-Migration') { $Text | Should -BeLike "*$part*" }
    }

    It 'shows what it showed, step <Number>: <First>' -ForEach $steps {
        $ErrorActionPreference = 'Stop'
        $actual = . ([scriptblock]::Create($Command)) | Out-String -Width 120

        # The next command finds the variables of this one.
        Get-Variable -Scope 0 -Name sandbox, plan, job, run -ErrorAction Ignore | ForEach-Object { Set-Variable -Scope Script -Name $_.Name -Value $_.Value }
        Get-Shape $actual | Should -BeExactly (Get-Shape $Shown)
    }
}
