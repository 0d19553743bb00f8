BeforeDiscovery {
    . "$PSScriptRoot/ModuleTestKit.ps1"
    Import-Module (Get-TestModulePath)
    $commands = @((Get-Command -Module SafeAI.Migration).Name)
    $topics = @('about_SafeAI_Migration', 'about_SafeAI_Migration_Mappings', 'about_SafeAI_Migration_Monitoring', 'about_SafeAI_Migration_Plans', 'about_SafeAI_Migration_Sources', 'about_SafeAI_Migration_Undo',
        'about_SafeAI_Migration_Validation')
}

BeforeAll {
    . "$PSScriptRoot/ModuleTestKit.ps1"
    Import-Module (Get-TestModulePath)
    $common = [System.Management.Automation.PSCmdlet]::CommonParameters
}

Describe 'Help' {
    It 'is checked for all commands' -ForEach @{ Count = $commands.Count } {
        $Count | Should -BeGreaterOrEqual 9
    }
}

Describe 'Help of <_>' -ForEach $commands {
    BeforeAll {
        $command = Get-Command $_ -Module SafeAI.Migration
        $help = Get-Help $_ -Full
    }

    It 'has a synopsis and a description that are sentences' {
        $help.Synopsis | Should -Match '^[A-Z].{20,}\.$'
        @($help.description.Text).Count | Should -BeGreaterOrEqual 2 -Because 'there is more to say than the synopsis'
    }

    It 'describes each parameter' {
        $names = $command.Parameters.Keys | Where-Object { $_ -notin $common } | Sort-Object
        @($help.parameters.parameter.name) | Where-Object { $_ } | Sort-Object | Should -Be $names
        foreach ($parameter in $help.parameters.parameter) {
            ($parameter.description.Text -join ' ') | Should -Match '^[A-Z].{10,}\.$' -Because "-$($parameter.name) needs a description"
        }
    }

    It 'tells the truth about each parameter' {
        foreach ($parameter in $help.parameters.parameter | Where-Object { $_.name -and $_.name -notin 'WhatIf', 'Confirm' }) {
            $sets = @($command.Parameters[$parameter.name].ParameterSets.Values)
            $parameter.required | Should -Be "$(@($sets.IsMandatory) -notcontains $false)".ToLowerInvariant() -Because $parameter.name
            ($parameter.pipelineInput -ne 'False') | Should -Be (@($sets.ValueFromPipeline) -contains $true -or @($sets.ValueFromPipelineByPropertyName) -contains $true) -Because $parameter.name
            if ($parameter.position -match '^\d+$') { @($sets.Position) | Should -Contain ([int]$parameter.position) }
        }
    }

    It 'shows a syntax for each parameter set' {
        @($help.syntax.syntaxItem).Count | Should -Be @($command.ParameterSets).Count
    }

    It 'has two examples or more, each with a command and what it does' {
        @($help.examples.example).Count | Should -BeGreaterOrEqual 2
        foreach ($example in $help.examples.example) {
            $example.code | Should -Match ([regex]::Escape($command.Name))
            ($example.remarks.Text -join ' ') | Should -Match '^[A-Z].{10,}\.'
        }
    }

    It 'says what goes in and what comes out' {
        $help.inputTypes.inputType.type.name | Should -Not -BeNullOrEmpty
        $help.returnValues.returnValue.type.name | Should -Not -BeNullOrEmpty
    }

    It 'names no parameter that does not exist' {
        $text = ($help.description.Text + $help.parameters.parameter.description.Text) -join ' '
        $known = (Get-Command -Module SafeAI.Migration).Parameters.Keys + 'Parallel', 'Stop', 'AsSecureString'
        [regex]::Matches($text, '(?<=\s|^)-(?<name>[A-Z]\w+)') | ForEach-Object { $_.Groups['name'].Value } | Where-Object { $_ -notin $known } | Should -BeNullOrEmpty
    }
}

Describe 'The topic <_>' -ForEach $topics {
    BeforeAll {
        $text = Get-Help $_ | Out-String
    }

    It 'is found' {
        $text | Should -Match "TOPIC\s+$_"
    }

    It 'is found where the machine speaks another language' {
        $result = Invoke-CleanPowerShell -Environment @{ MODULE = (Get-TestModulePath); LANG = 'de_DE.UTF-8'; TOPIC = $_ } -Command 'Import-Module $env:MODULE; Get-Help $env:TOPIC'
        $result.Output | Should -Match "TOPIC\s+$_"
    }

    It 'fits a screen of 80 columns' {
        Get-Content -LiteralPath (Join-Path (Split-Path (Get-TestModulePath)) "module/bin/en-US/$_.help.txt") | Where-Object Length -GT 80 | Should -BeNullOrEmpty
    }
}

Describe 'The topics' {
    It 'name commands and error ids that exist, and all of the ids' {
        $text = Get-Help about_SafeAI_Migration | Out-String
        $ids = [SafeAI.Migration.ErrorCode].GetFields().ForEach({ $_.GetRawConstantValue() })
        $ids.Count | Should -BeGreaterThan 20
        $ids | Where-Object { $text -cnotmatch "\b$_\b" } | Should -BeNullOrEmpty
        [regex]::Matches($text, '\b[A-Z][a-z]+-(SafeAI\w*|Migration\w+|SourceData)\b').Value | Select-Object -Unique |
            Where-Object { -not (Get-Command $_ -ErrorAction Ignore) } | Should -BeNullOrEmpty
    }

    It 'show a mapping that works, as JSON and as a hash table' {
        $text = (Get-Help about_SafeAI_Migration_Mappings | Out-String) -replace "`r"
        $json = [regex]::Match($text, '(?ms)^        \{.*?^        \}').Value
        $table = [regex]::Match($text, '(?ms)^        @\{.*?^        \}').Value
        $file = Join-Path $TestDrive 'shown.map.json'
        Set-Content -LiteralPath $file -Value $json
        $record = [pscustomobject]@{ customer_id = '007'; name = 'Ann'; email = ' A@B.C '; joined = '2024-02-29'; country = 'SE' }
        $fromFile = $record | Convert-MigrationData -Mapping $file
        $fromTable = $record | Convert-MigrationData -Mapping ([scriptblock]::Create($table).Invoke()[0])
        $fromFile.Id | Should -Be 'customer:007', 'country:SE', 'customer:007->country:SE'
        $fromTable.Id | Should -Be $fromFile.Id
        $fromFile[0].Properties.email | Should -Be 'a@b.c'
        $fromTable[0].Properties.joined | Should -Be ([DateOnly]::new(2024, 2, 29))
    }

    It 'name every function and type that a mapping may use' {
        $text = Get-Help about_SafeAI_Migration_Mappings | Out-String
        $schema = Get-Content -Raw (Join-Path (Split-Path (Get-TestModulePath)) 'module/schemas/mapping.schema.json') | ConvertFrom-Json -AsHashtable
        $functions = @($schema.definitions.function.oneOf[1].properties.Keys)
        $functions.Count | Should -BeGreaterThan 25
        function Get-Key($Part) {
            if ($Part -is [System.Collections.IDictionary]) {
                foreach ($key in $Part.Keys) {
                    if ($key -eq 'properties' -and $Part[$key].Values -is [object]) { $Part[$key].Keys | Where-Object { $Part[$key][$_] -is [System.Collections.IDictionary] } }
                    Get-Key $Part[$key]
                }
            }
            elseif ($Part -is [array]) { $Part | ForEach-Object { Get-Key $_ } }
        }

        # The arguments of functions are described in the schema; the topic names the functions.
        $keys = @($schema.definitions.Keys | Where-Object { $_ -ne 'function' } | ForEach-Object { Get-Key $schema.definitions[$_] }) + $schema.properties.Keys | Select-Object -Unique
        $keys.Count | Should -BeGreaterThan 50
        $functions + @($schema.definitions.type.enum -notlike 'list*') + $keys |
            Where-Object { $_ -notin 'comment', 'description', '$schema', 'propertyNames', 'additionalProperties' } | Where-Object { $text -cnotmatch "\b$_\b" } | Should -BeNullOrEmpty
    }
}
