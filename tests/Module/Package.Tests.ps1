BeforeDiscovery {
    $hasAnalyzer = $null -ne (Get-Module -ListAvailable PSScriptAnalyzer)
}

BeforeAll {
    . "$PSScriptRoot/ModuleTestKit.ps1"
    $root = Get-RepositoryRoot
}

Describe 'The package' {
    BeforeAll {
        $output = Join-Path $TestDrive 'artifacts'
        $said = Invoke-CleanPowerShell -WorkingDirectory $root -Environment @{ OUTPUT = $output } -Command './build.ps1 Package -NoBuild -OutputPath $env:OUTPUT'
        $version = (Import-PowerShellDataFile -LiteralPath (Join-Path $root 'SafeAI.Migration.psd1')).ModuleVersion
        $package = Join-Path $output "SafeAI.Migration/$version"
        $files = Get-ChildItem -LiteralPath $package -Recurse -File | ForEach-Object { [System.IO.Path]::GetRelativePath($package, $_.FullName).Replace('\', '/') }
    }

    It 'is made' {
        $said.Errors | Should -BeNullOrEmpty
        $said.ExitCode | Should -Be 0
        Test-Path (Join-Path $output "SafeAI.Migration-$version.zip") | Should -BeTrue
    }

    It 'holds what ships and nothing else' {
        (Get-ChildItem -LiteralPath $package).Name | Sort-Object | Should -Be 'LICENSE', 'module', 'README.md', 'SafeAI.Migration.psd1'
        (Get-ChildItem -LiteralPath (Join-Path $package 'module')).Name | Sort-Object | Should -Be 'bin', 'SafeAI.Migration.Format.ps1xml', 'SafeAI.Migration.psm1', 'samples', 'schemas'
        $files | Should -Contain 'module/bin/en-US/SafeAI.Migration.PowerShell.dll-Help.xml'
        $files | Should -Contain 'module/bin/en-US/about_SafeAI_Migration.help.txt'
        $files | Should -Contain 'module/bin/sandbox/SafeAI.Migration.Sandbox.dll'
        $files | Should -Contain 'module/samples/quickstart/migration.json'
        $files | Should -Contain 'module/schemas/mapping.schema.json'
        $files | Where-Object { $_ -match '\.(pdb|cs|csproj|graph|rejects\.ndjson)$|System\.Management\.Automation\.dll|HelpBuilder|Tests' } | Should -BeNullOrEmpty
    }

    It 'holds the same in its zip file' {
        $zip = [System.IO.Compression.ZipFile]::OpenRead((Join-Path $output "SafeAI.Migration-$version.zip"))
        try {
            $names = $zip.Entries | Where-Object { $_.Name } | ForEach-Object { $_.FullName.Replace('\', '/') }
            $names | Sort-Object | Should -Be ($files | ForEach-Object { "SafeAI.Migration/$version/$_" } | Sort-Object)
        }
        finally {
            $zip.Dispose()
        }
    }

    It 'works in a clean process, imported by name' {
        $result = Invoke-CleanPowerShell -WorkingDirectory $TestDrive -Environment @{ PSModulePath = $output; VERSION = $version } -Command @'
            $ErrorActionPreference = 'Stop'
            Import-Module SafeAI.Migration -RequiredVersion $env:VERSION
            $samples = Join-Path (Get-Module SafeAI.Migration).ModuleBase 'module/samples/quickstart'
            $sandbox = Start-SafeAISandbox
            $sandbox | Connect-SafeAI | Out-Null
            $result = Get-SourceData "$samples/orders.json" | Select-Object -First 5 |
                Convert-MigrationData @{ nodes = @{ type = 'Order'; id = 'order:{order_id}' } } | Import-SafeAIData -Verify Content
            $stored = Get-SafeAIData | Import-SafeAIData -Store ./packaged.graph
            Stop-SafeAISandbox
            "$($result.Status) $($stored.Nodes.Created) $((Get-Help Get-SourceData).Synopsis.Length -gt 30) $(@(Get-Help about_SafeAI_Migration).Count)"
'@
        $result.Errors | Should -BeNullOrEmpty
        $result.Output | Should -Be 'Completed 5 True 1'
    }
}

Describe 'The build script' {
    It 'cleans up what was built, and nothing else' {
        $copy = Join-Path $TestDrive 'checkout'
        $built = 'module/bin/a.dll', 'artifacts/a.zip', 'src/A/bin/a.dll', 'src/A/obj/a.cache', 'tests/B/bin/b.dll', 'tools/C/obj/c.cache'
        $sources = 'module/a.psm1', 'src/A/a.cs', 'src/A/Robin/bin.cs', 'tests/B/b.cs', 'tools/C/c.cs'
        foreach ($file in $built + $sources) { $null = New-Item -ItemType File -Force -Path (Join-Path $copy $file) }
        Copy-Item -Path (Join-Path $root 'build.ps1'), (Join-Path $root 'SafeAI.Migration.psd1') -Destination $copy
        $result = Invoke-CleanPowerShell -WorkingDirectory $copy -Command './build.ps1 Clean; ./build.ps1 Clean'
        $result.Errors | Should -BeNullOrEmpty
        $result.ExitCode | Should -Be 0
        Get-ChildItem -LiteralPath $copy -Recurse -File | ForEach-Object { [System.IO.Path]::GetRelativePath($copy, $_.FullName).Replace('\', '/') } | Sort-Object |
            Should -Be ($sources + 'build.ps1', 'SafeAI.Migration.psd1' | Sort-Object)
    }

    It 'refuses a task that it does not know' {
        $result = Invoke-CleanPowerShell -WorkingDirectory $root -Command './build.ps1 Deploy'
        $result.ExitCode | Should -Be 1
        $result.Errors | Should -Match 'Clean,\s*Build,\s*Test,\s*Package'
    }
}

Describe 'The scripts' {
    It 'please the analyzer: <_>' -Skip:(-not $hasAnalyzer) -ForEach 'build.ps1', 'SafeAI.Migration.psd1', 'module/SafeAI.Migration.psm1' {
        Invoke-ScriptAnalyzer -Path (Join-Path $root $_) | ForEach-Object { "$($_.ScriptName):$($_.Line) $($_.RuleName)" } | Should -BeNullOrEmpty
    }

    It 'of the tests please it too: <_>' -Skip:(-not $hasAnalyzer) -ForEach 'tests/Module', 'tests/Providers' {
        Invoke-ScriptAnalyzer -Path (Join-Path $root $_) -Recurse -Settings (Join-Path $root 'tests/Module/PSScriptAnalyzerSettings.psd1') |
            ForEach-Object { "$($_.ScriptName):$($_.Line) $($_.RuleName)" } | Should -BeNullOrEmpty
    }
}

Describe 'The suite' {
    BeforeDiscovery {
        $suites = @(
            @{ Name = 'a test that fails'; Text = "Describe 'x' { It 'y' { 1 | Should -Be 2 } }"; Expected = 'Pester: 0 passed, 1 failed, 0 skipped' }
            @{ Name = 'a file that does not parse'; Text = "Describe 'x' { It 'y' { "; Expected = 'Pester: 0 passed, 1 failed, 0 skipped' }
            @{ Name = 'a file whose discovery fails'; Text = "BeforeDiscovery { throw 'no' }; Describe 'x' { It 'y' { } }"; Expected = 'Pester: 0 passed, 1 failed, 0 skipped' }
            @{ Name = 'a file that discovers nothing'; Text = "Describe 'x' { It 'y' -ForEach @() { } }"; Expected = 'Pester: 0 passed, 1 failed, 0 skipped' }
            @{ Name = 'a path that does not exist'; Text = $null; Expected = 'Pester: 0 passed, 1 failed, 0 skipped' }
        )
    }

    It 'cannot pass with <Name>' -ForEach $suites {
        $file = Join-Path $TestDrive "planted$([guid]::NewGuid().ToString('N')).Tests.ps1"
        if ($Text) { Set-Content -LiteralPath $file -Value $Text }
        $result = Invoke-CleanPowerShell -Environment @{ SUITE = (Join-Path $PSScriptRoot 'Invoke-ModuleTest.ps1'); PLANTED = $file } -Command '& $env:SUITE -Path $env:PLANTED -OutputPath "$env:PLANTED.xml"; exit $LASTEXITCODE'
        $result.ExitCode | Should -Be 1
        ($result.Output -split '\r?\n')[-1] | Should -Be $Expected
    }
}
