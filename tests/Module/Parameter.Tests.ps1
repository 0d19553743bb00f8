BeforeDiscovery {
    . "$PSScriptRoot/ModuleTestKit.ps1"
    Import-Module (Get-TestModulePath)
    $commands = @(Get-Command -Module SafeAI.Migration | ForEach-Object { @{ Name = $_.Name; Command = $_ } })

    # What a name means wherever it occurs: its type, and what it is when it is not given.
    $meanings = @(
        @{ Name = 'Path'; Type = [string[]]; Default = '' }
        @{ Name = 'LiteralPath'; Type = [string[]]; Default = '' }
        @{ Name = 'Endpoint'; Type = [string]; Default = $null }
        @{ Name = 'ApiKey'; Type = [securestring]; Default = $null }
        @{ Name = 'Credential'; Type = [pscredential]; Default = $null }
        @{ Name = 'Store'; Type = [string]; Default = $null }
        @{ Name = 'BatchSize'; Type = [int]; Default = 1000 }
        @{ Name = 'ThrottleLimit'; Type = [int]; Default = 4 }
        @{ Name = 'ErrorBudget'; Type = [string]; Default = '0' }
        @{ Name = 'Verify'; Type = [SafeAI.Migration.VerifyMode]; Default = [SafeAI.Migration.VerifyMode]::None }
        @{ Name = 'NodeType'; Type = [string[]]; Default = $null }
        @{ Name = 'RelationshipType'; Type = [string[]]; Default = $null }
        @{ Name = 'Mapping'; Type = [object]; Default = $null }
    )
    $occurring = @($commands.Command.Parameters.Keys | Select-Object -Unique)
    $writing = @($commands | Where-Object { $_.Command.Verb -in 'Import', 'Export', 'New', 'Set', 'Remove', 'Undo', 'Invoke', 'Resume', 'Start', 'Stop', 'Clear' })
}

BeforeAll {
    . "$PSScriptRoot/ModuleTestKit.ps1"
    Import-Module (Get-TestModulePath)
    $common = [System.Management.Automation.PSCmdlet]::CommonParameters + [System.Management.Automation.PSCmdlet]::OptionalCommonParameters

    # Words that end in an s and are no plural, and parameters that speak of all of a file's rows.
    $plurals = 'Status', 'Faults', 'Rejects', 'RaggedRows', 'EmptyFields'

    function Get-DefaultValue($Command, $Name) {
        $instance = [Activator]::CreateInstance($Command.ImplementingType)
        $Command.ImplementingType.GetProperty($Name).GetValue($instance)
    }
}

Describe 'The parameters of all commands' {
    It 'were looked at' -ForEach @{ Commands = $commands.Count; Meanings = $meanings.Count; Writing = $writing.Count } {
        $Commands | Should -BeGreaterOrEqual 9
        $Meanings | Should -Be 13
        $Writing | Should -BeGreaterOrEqual 3
    }

    It '-<Name> is a <Type> with the default "<Default>" wherever it occurs' -ForEach $meanings {
        # Of the files that are read there may be many; one that is written is one. What is not to be changed has no default.
        $having = @(Get-Command -Module SafeAI.Migration | Where-Object { $_.Name -ne 'Set-Migration' -and $_.Parameters.ContainsKey($Name) -and -not ($Name -eq 'Path' -and $_.Verb -in 'Export', 'New') })
        $having.Count | Should -BeGreaterThan 0
        foreach ($command in $having) {
            $command.Parameters[$Name].ParameterType | Should -Be $Type -Because "$command has it"
            "$(Get-DefaultValue $command $Name)" | Should -Be "$Default" -Because "$command has it"
        }
    }

    # A report is of one run, other commands take several. What comes down a pipeline differs, and a schema is a database's for what reads and a rule's for what checks.
    It 'of one name have one type and one default' {
        $different = Get-Command -Module SafeAI.Migration | ForEach-Object {
            $command = $_
            $command.Parameters.Values | Where-Object { $_.Name -notin $common -and -not ($_.Name -eq 'Path' -and $command.Verb -in 'Export', 'New') -and "$command -$($_.Name)" -notin 'Export-MigrationReport -Format', 'Export-MigrationReport -Id', 'Set-Migration -ThrottleLimit', 'Set-Migration -RequestsPerMinute' } | ForEach-Object {
                [pscustomobject]@{ Name = $_.Name; Meaning = "$($_.ParameterType) = $(Get-DefaultValue $command $_.Name)"; Command = $command.Name }
            }
        } | Group-Object Name | Where-Object { @($_.Group.Meaning | Select-Object -Unique).Count -gt 1 -and $_.Name -notin 'InputObject', 'Schema' }
        @($different | ForEach-Object Group | ForEach-Object { "$($_.Command) -$($_.Name): $($_.Meaning)" }) | Should -BeNullOrEmpty
    }
}

Describe '<Name>' -ForEach $commands {
    It 'says what it emits' {
        @($Command.OutputType).Count | Should -BeGreaterThan 0
    }

    It 'has a default parameter set where it has several' {
        if (@($Command.ParameterSets).Count -gt 1) { $Command.DefaultParameterSet | Should -Not -BeNullOrEmpty }
    }

    It 'names no parameter in the plural' {
        $Command.Parameters.Keys | Where-Object { $_ -notin $common -and $_ -cmatch 's$' -and $_ -notin $plurals } | Should -BeNullOrEmpty
    }

    It 'takes keys only as what does not show' {
        $Command.Parameters.Values | Where-Object Name -Match 'ApiKey|secret|password|token' | Where-Object ParameterType -NE ([securestring]) | Should -BeNullOrEmpty
    }
}

Describe '<Name>, which changes something,' -ForEach $writing {
    It 'supports -WhatIf and -Confirm' {
        $Command.Parameters.Keys | Should -Contain 'WhatIf'
        $Command.Parameters.Keys | Should -Contain 'Confirm'
    }
}
