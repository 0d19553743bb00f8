BeforeDiscovery {
    . "$PSScriptRoot/ModuleTestKit.ps1"
    $manifest = Import-PowerShellDataFile -LiteralPath (Get-TestModulePath)
    $exported = @($manifest.CmdletsToExport)
}

BeforeAll {
    . "$PSScriptRoot/ModuleTestKit.ps1"
    $modulePath = Get-TestModulePath
    Import-Module $modulePath
}

Describe 'The manifest' {
    It 'is valid' {
        (Test-ModuleManifest -Path $modulePath -ErrorAction Stop).Name | Should -Be 'SafeAI.Migration'
    }

    It 'lists cmdlets' -ForEach @{ Count = $exported.Count } {
        $Count | Should -BeGreaterOrEqual 10
    }

    It 'exports <_>, which exists' -ForEach $exported {
        (Get-Command -Name $_ -Module SafeAI.Migration -ErrorAction Stop).CommandType | Should -Be 'Cmdlet'
    }

    It 'exports every cmdlet of the assembly and nothing else' {
        $manifest = Import-PowerShellDataFile -LiteralPath $modulePath
        $assembly = (Get-Command Get-SourceData).ImplementingType.Assembly
        $built = $assembly.GetExportedTypes() |
            ForEach-Object { $_.GetCustomAttributes([System.Management.Automation.CmdletAttribute], $false) } |
            ForEach-Object { "$($_.VerbName)-$($_.NounName)" } | Sort-Object
        $built | Should -Be ($manifest.CmdletsToExport | Sort-Object)
        (Get-Module SafeAI.Migration).ExportedCommands.Keys | Sort-Object | Should -Be $built
        (Get-Module SafeAI.Migration).ExportedVariables.Count | Should -Be 0
    }

    It 'is the only place of the version' {
        $version = (Import-PowerShellDataFile -LiteralPath $modulePath).ModuleVersion
        (Get-Module SafeAI.Migration).Version | Should -Be $version
        (Get-Command Get-SourceData).ImplementingType.Assembly.GetName().Version.ToString(3) | Should -Be $version
        [SafeAI.Migration.Record].Assembly.GetName().Version.ToString(3) | Should -Be $version
    }

    It 'uses approved verbs only' {
        $approved = (Get-Verb).Verb
        (Get-Command -Module SafeAI.Migration).Verb | Sort-Object -Unique | Where-Object { $_ -notin $approved } | Should -BeNullOrEmpty
    }

    It 'has a view for every type that a cmdlet emits' {
        $views = ([xml](Get-Content -Raw (Join-Path (Split-Path $modulePath) 'module/SafeAI.Migration.Format.ps1xml'))).SelectNodes('//TypeName').InnerText
        $emitted = (Get-Command -Module SafeAI.Migration).OutputType.Type | Where-Object { $_ -and $_ -ne [void] -and $_ -ne [SafeAI.Migration.Record] -and $_ -notin [System.IO.FileInfo], [System.Management.Automation.Job] } | Select-Object -Unique
        $emitted.Count | Should -BeGreaterOrEqual 6
        $emitted.FullName | Where-Object { $_ -notin $views -and $_ -ne 'System.String' } | Should -BeNullOrEmpty
    }
}

Describe 'Loading' {
    It 'twice, and again by force, gives the same cmdlets' {
        $result = Invoke-CleanPowerShell -Environment @{ MODULE = $modulePath } -Command @'
            Import-Module $env:MODULE; $first = (Get-Command Get-SourceData).ImplementingType
            Import-Module $env:MODULE; Import-Module $env:MODULE -Force
            Remove-Module SafeAI.Migration; Import-Module $env:MODULE
            (Get-Command -Module SafeAI.Migration).Count -gt 8 -and (Get-Command Get-SourceData).ImplementingType -eq $first
'@
        $result.Errors | Should -BeNullOrEmpty
        $result.Output | Should -Be 'True'
    }

    It 'again by force keeps the help' {
        $result = Invoke-CleanPowerShell -Environment @{ MODULE = $modulePath } -Command @'
            Import-Module $env:MODULE; Import-Module $env:MODULE -Force
            (Get-Help Get-SourceData -Full).description.Text.Count -gt 0
            Remove-Module SafeAI.Migration; Import-Module $env:MODULE
            (Get-Help Undo-Migration -Full).description.Text.Count -gt 0
'@
        $result.Errors | Should -BeNullOrEmpty
        $result.Output -split '\r?\n' | Should -Be 'True', 'True'
    }

    It 'works beside other copies of the same libraries' {
        # Another module was here first and brought its own.
        $names = 'Npgsql', 'CsvHelper', 'Microsoft.Data.Sqlite'
        Copy-Item -Path ($names | ForEach-Object { Join-Path (Split-Path $modulePath) "module/bin/$_.dll" }) -Destination $TestDrive
        $result = Invoke-CleanPowerShell -WorkingDirectory $TestDrive -Environment @{ MODULE = $modulePath } -Command @'
            $ErrorActionPreference = 'Stop'
            $names = 'Npgsql', 'CsvHelper', 'Microsoft.Data.Sqlite'
            foreach ($name in $names) { [void][System.Runtime.Loader.AssemblyLoadContext]::Default.LoadFromAssemblyPath("$PWD/$name.dll") }
            Import-Module $env:MODULE
            Set-Content ./a.csv 'id,name', '1,Ann'
            $loaded = Get-SourceData ./a.csv | Convert-MigrationData @{ nodes = @{ type = 'P'; id = 'p:{id}' } } | Import-SafeAIData -Store ./a.graph
            try { Get-SourceData -ConnectionString 'Host=127.0.0.1;Port=1;Database=x;Username=y' -Table t } catch { $refused = $_ }
            $copies = @([AppDomain]::CurrentDomain.GetAssemblies() | Where-Object { $_.GetName().Name -in $names }).Count
            "$($loaded.Loaded) $copies $($refused.Exception.GetType().Name)"
'@
        $result.Errors | Should -BeNullOrEmpty
        $result.Output | Should -Be '1 6 MigrationException'
    }

    It 'works in several runspaces at once, which share one copy' {
        $result = Invoke-CleanPowerShell -WorkingDirectory $TestDrive -Environment @{ MODULE = $modulePath } -Command @'
            Set-Content ./b.csv 'id,name', '1,Ann', '2,Ben'
            $types = 1..12 | ForEach-Object -ThrottleLimit 6 -Parallel {
                Import-Module $env:MODULE
                $names = (Get-SourceData ./b.csv).name -join '+'
                if ($names -ne 'Ann+Ben') { throw "read $names" }
                (Get-Command Get-SourceData).ImplementingType.GetHashCode()
            }
            "$(@($types).Count) $(@($types | Select-Object -Unique).Count)"
'@
        $result.Errors | Should -BeNullOrEmpty
        $result.Output | Should -Be '12 1'
    }

    It 'says what to do where it is not built' {
        $copy = New-Item -ItemType Directory -Force -Path (Join-Path $TestDrive 'unbuilt/module')
        Copy-Item -LiteralPath $modulePath -Destination $copy.Parent
        Copy-Item -Path (Join-Path (Split-Path $modulePath) 'module/SafeAI.Migration.*') -Destination $copy
        { Import-Module (Join-Path $copy.Parent 'SafeAI.Migration.psd1') -ErrorAction Stop } |
            Should -Throw "*The module is not built:*run 'dotnet build' or './build.ps1 Build' first.*"
    }
}
