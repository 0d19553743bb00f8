BeforeDiscovery {
    $readme = Get-Content -Raw (Join-Path $PSScriptRoot '../../README.md')
    $section = [regex]::Match($readme, '(?s)\n## Five minutes.*?(?=\n## )').Value
    $blocks = @([regex]::Matches($section, '(?s)```powershell\r?\n(.*?)```') | ForEach-Object { $_.Groups[1].Value })
}

Describe 'The five minutes of the README' -ForEach @{ Count = $blocks.Count; Block = $blocks[0] } {
    BeforeAll {
        # The reader's own file: what the block's mapping names, and one row that does not convert.
        Set-Content (Join-Path $TestDrive 'people.csv') @(
            'id,full_name,email,joined,city'
            '001,Ada Lovelace, ADA@Example.com ,1842-10-01,London'
            '002,"Hopper, Grace",grace@example.com,1944-07-02,New York'
            1..200 | ForEach-Object { "$($_ + 100),Person $_,p$_@example.com,2024-02-29,London" }
            '999,No One,none@example.com,some day,Nowhere'
        )
        Push-Location $TestDrive
        $script = $Block.Replace('./SafeAI.Migration.psd1', (Join-Path $PSScriptRoot '../../SafeAI.Migration.psd1'))
        $ErrorActionPreference = 'Continue'
        $output = & ([scriptblock]::Create($script)) 2>&1
    }

    AfterAll {
        Stop-SafeAISandbox
        Disconnect-SafeAI
        Pop-Location
    }

    It 'is one block' {
        $Count | Should -Be 1
    }

    It 'loads the file into the store and into the platform, verified, with one row turned away' {
        $results = @($output | Where-Object { $_ -is [SafeAI.Migration.MigrationResult] })
        $results.Count | Should -Be 2
        foreach ($result in $results) {
            $result.Status | Should -Be 'Completed'
            $result.Verified | Should -BeTrue
            $result.Read, $result.Loaded, $result.Rejected | Should -Be 203, 202, 1
        }
    }

    It 'says which row was turned away and why' {
        $errors = @($output | Where-Object { $_ -is [System.Management.Automation.ErrorRecord] } | ForEach-Object ToString)
        $errors.Count | Should -Be 2
        $errors[0] | Should -BeLike "*people.csv, line 204, field 'joined': 'some day' is not a date*"
    }

    It 'reads it back' {
        ($output | Where-Object Name -EQ 'Person').Count | Should -Be 202
        ($output | Where-Object Name -EQ 'LIVES_IN').Count | Should -Be 202
    }
}
