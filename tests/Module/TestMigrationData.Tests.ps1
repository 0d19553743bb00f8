BeforeDiscovery {
    $wrongArguments = @(
        @{ Name = 'a schema that is not there'; Arguments = @{ Schema = 'no-such.schema.json' }; Id = 'SourceNotFound,*' }
        @{ Name = 'a schema with a fault'; Arguments = @{ Schema = @{ properties = @{ a = @{ type = 'text' } } } }; Id = 'InvalidSchema,*' }
        @{ Name = 'a configuration with a fault'; Arguments = @{ Configuration = @{ schemata = 1 } }; Id = 'InvalidSchema,*' }
        @{ Name = 'a configuration whose schema is null'; Arguments = @{ Configuration = @{ schema = $null; not_null = 'id' } }; Id = 'InvalidSchema,*' }
        @{ Name = 'a threshold to keep where none is given'; Arguments = @{ Configuration = @{ not_null = 'id' }; FailBelowThreshold = $true }; Id = 'InvalidOptions,*' }
        @{ Name = 'a budget that is none'; Arguments = @{ ErrorBudget = 'some' }; Id = 'InvalidOptions,*' }
        @{ Name = 'a rule that is none'; Arguments = @{ Rule = 'beauty_check' }; Id = 'ParameterArgumentValidationError*' }
    )
}

Describe 'Test-MigrationData' {
    BeforeAll {
        $root = Resolve-Path "$PSScriptRoot/../.."
        Import-Module "$root/SafeAI.Migration.psd1" -Force
        $samples = "$root/module/samples/quickstart"
        $schema = @{
            required   = @('customer_id')
            properties = @{
                customer_id = @{ type = 'string'; pattern = '^\d{5}$' }
                email       = @{ format = 'email' }
                joined      = @{ format = 'date' }
            }
        }
        function Read-Customer { Get-SourceData "$samples/customers.csv" -ErrorAction SilentlyContinue }
    }

    It 'reports per rule what was tested and what failed' {
        $report = Read-Customer | Test-MigrationData -Schema $schema -Unique customer_id
        $report.Records | Should -Be 600
        $report.Passed | Should -BeFalse
        $email = $report.Results | Where-Object { $_.Rule -eq 'format' -and $_.Field -eq 'email' }
        $email.Tested | Should -Be 600
        $email.Failed | Should -Be 85
        $email.FirstPositions[0].Line | Should -Be 8
        ($report.Results | Where-Object Rule -EQ unique).Failed | Should -Be 1
        $report.Recommendations[0].Field | Should -Be 'email'
    }

    It 'lets valid records go on, and keeps the others whole for a replay' {
        $rejects = Join-Path $TestDrive 'rejects.ndjson'
        $problems = $null
        $valid = @(Read-Customer | Test-MigrationData -Schema $schema -PassThru -ValidationLevel Lenient -RejectPath $rejects -ReportVariable report -ErrorVariable problems -ErrorAction SilentlyContinue)
        $valid.Count | Should -Be $report.Valid
        $report.Invalid | Should -Be 87
        $problems.Count | Should -Be 87
        $problems[0].TargetObject.customer_id | Should -Be '00007'

        $again = @(Get-SourceData $rejects -Rejects | ForEach-Object { $_.email = $_.email.Trim(); $_ } | Test-MigrationData -Schema $schema -PassThru -ValidationLevel Lenient -ErrorAction SilentlyContinue)
        $again.Count | Should -Be 85
        $again[0].customer_id | Should -Be '00007'
    }

    It 'masks private values beside the record, and in what it says' {
        $rejects = Join-Path $TestDrive 'private.ndjson'
        $people = @{ id = 1; email = 'canary-value' }, @{ id = 2; email = 'a@x.org' }
        $problems = $null
        $people | Test-MigrationData -Schema @{ properties = @{ email = @{ format = 'email' } } } -PassThru -ValidationLevel Lenient -RejectPath $rejects -PrivateField EMAIL -Rule constraint_check -ErrorVariable problems -ErrorAction SilentlyContinue | Out-Null
        ($problems | Out-String) | Should -Not -Match 'canary-value'
        $line = Get-Content $rejects -TotalCount 1 | ConvertFrom-Json
        $line.value | Should -Be '***'
        $line.rule, $line.field, $line.stage, $line.ordinal | Should -Be 'constraint_check:format:email', 'email', 'Validate', 1
        $line.record.email | Should -Be 'canary-value'
        (Get-SourceData $rejects -Rejects)[0].email | Should -Be 'canary-value'
    }

    It 'leaves no rejects of an earlier check behind' {
        $rejects = Join-Path $TestDrive 'mended.ndjson'
        @{ email = ' a@x.org' } | Test-MigrationData -Schema @{ properties = @{ email = @{ format = 'email' } } } -RejectPath $rejects | Out-Null
        $report = Get-SourceData $rejects -Rejects | ForEach-Object { $_.email = $_.email.Trim(); $_ } |
            Test-MigrationData -Schema @{ properties = @{ email = @{ format = 'email' } } } -RejectPath $rejects
        $report.Records, $report.Invalid | Should -Be 1, 0
        $rejects | Should -Not -Exist
    }

    It 'stops at the first breach where it is strict' {
        $problem = $null
        $passed = [System.Collections.Generic.List[object]]::new()
        try {
            Read-Customer | Test-MigrationData -Schema $schema -PassThru -ErrorAction SilentlyContinue | ForEach-Object { $passed.Add($_) }
        } catch {
            $problem = $_
        }
        $problem.FullyQualifiedErrorId | Should -BeLike 'ErrorBudgetExceeded,*'
        $problem.TargetObject | Should -BeOfType ([SafeAI.Migration.ValidationReport])
        $passed.Count | Should -Be 6
    }

    It 'goes on within the budget and judges a share at the end' {
        { Read-Customer | Test-MigrationData -Schema $schema -ErrorBudget 87 -ValidationLevel Strict } | Should -Not -Throw
        { Read-Customer | Test-MigrationData -Schema $schema -ErrorBudget '14%' -ValidationLevel Lenient } | Should -Throw -ErrorId 'ErrorBudgetExceeded,*'
        { Read-Customer | Test-MigrationData -Schema $schema -ErrorBudget '15%' -ValidationLevel Lenient } | Should -Not -Throw
    }

    It 'only counts where the level is None' {
        $all = @(Read-Customer | Test-MigrationData -Schema $schema -ValidationLevel None -PassThru -ReportVariable report)
        $all.Count | Should -Be 600
        $report.Invalid | Should -Be 87

        $rejects = Join-Path $TestDrive 'none.ndjson'
        $report = Read-Customer | Test-MigrationData -Schema $schema -ValidationLevel None -RejectPath $rejects -WarningVariable warnings -WarningAction SilentlyContinue
        $report.Invalid | Should -Be 87
        $rejects | Should -Not -Exist
        $warnings | Should -BeLike '*-RejectPath is not written*'
    }

    It 'takes a validation configuration with a quality threshold' {
        $validation = Read-Customer | Test-MigrationData -Configuration @{
            schema            = $schema
            validation_rules  = @('type_check', 'relationship_check', 'constraint_check')
            quality_threshold = 0.95
        }
        $validation.Results.Count | Should -BeGreaterThan 3
        ($validation.Recommendations | Where-Object Rule -EQ 'Consistency:Format').Field | Should -Be 'active'
        $validation.Quality.Threshold | Should -Be 0.95
        $validation.Quality.Completeness.Tested | Should -Be (601 + 600)
    }

    It 'reads a configuration file, with paths beside it' {
        Set-Content "$TestDrive/countries.csv" "code`nDE`nFR"
        Set-Content "$TestDrive/check.json" '{ "references": [ { "field": "country", "path": "countries.csv", "to": "code" } ] }'
        $report = @{ country = 'DE' }, @{ country = 'XX' } | Test-MigrationData -Configuration "$TestDrive/check.json"
        $report.Invalid | Should -Be 1
    }

    It 'finds a schema by name in a registry' {
        Set-Content "$TestDrive/person.schema.json" '{ "required": ["name"] }'
        $report = @{ name = 'a' }, @{ other = 'b' } | Test-MigrationData -Schema person -SchemaRegistry $TestDrive
        $report.Invalid | Should -Be 1
    }

    It 'follows references into records that are at hand' {
        $countries = [pscustomobject]@{ code = 'DE' }, @{ code = 'FR' }
        $check = @{ references = @{ field = 'country'; stream = 'Countries'; to = 'code' } }
        $report = @{ country = 'DE' }, @{ country = 'IT' }, @{ country = 'FR' } | Test-MigrationData -Configuration $check -ReferenceData @{ countries = $countries } -ValidationLevel Lenient
        $reference = $report.Results | Where-Object Rule -EQ reference
        $reference.Tested, $reference.Failed | Should -Be 3, 1
        $reference.FirstPositions[0].Ordinal | Should -Be 2
        { @{ country = 'DE' } | Test-MigrationData -Configuration $check } | Should -Throw -ErrorId 'SourceNotFound,*'
    }

    It 'finds relationships without an end, and looks in the store for the others' {
        $node = [SafeAI.Migration.GraphNode]::new('N', '1', [SafeAI.Migration.PropertySet]::Empty, $null, $null, $null)
        $other = [SafeAI.Migration.GraphNode]::new('N', '2', [SafeAI.Migration.PropertySet]::Empty, $null, $null, $null)
        $toOther = [SafeAI.Migration.GraphRelationship]::new('R', 'a', 'N', '1', 'N', '2', [SafeAI.Migration.PropertySet]::Empty, $null, $null)
        $toNone = [SafeAI.Migration.GraphRelationship]::new('R', 'b', 'N', '1', 'N', '3', [SafeAI.Migration.PropertySet]::Empty, $null, $null)
        $other | Import-SafeAIData -Store "$TestDrive/ends.graph" | Out-Null

        ($toOther, $toNone, $node | Test-MigrationData).Invalid | Should -Be 2
        $report = $toOther, $toNone, $node | Test-MigrationData -Store "$TestDrive/ends.graph"
        $report.Invalid | Should -Be 1
        ($report.Results | Where-Object Rule -EQ missingEnd).Tested | Should -Be 2
    }

    It 'refuses <Name>' -ForEach $wrongArguments {
        { [pscustomobject]@{ id = 1 } | Test-MigrationData @Arguments } | Should -Throw -ErrorId $Id
    }

    It 'ends on request where the quality is under the threshold' {
        $check = @{ schema = $schema; quality_threshold = 0.99; error_budget = 'unlimited' }
        (Read-Customer | Test-MigrationData -Configuration $check).Quality.Passed | Should -BeFalse
        $said = @()
        try {
            Read-Customer | Test-MigrationData -Configuration $check -FailBelowThreshold | ForEach-Object { $said += $_ }
        } catch {
            $problem = $_
        }
        $problem.FullyQualifiedErrorId | Should -BeLike 'QualityBelowThreshold,*'
        $problem.TargetObject | Should -BeOfType ([SafeAI.Migration.ValidationReport])
        [object]::ReferenceEquals($problem.TargetObject, $said[0]) | Should -BeTrue
        $check.quality_threshold = 0.9
        (Read-Customer | Test-MigrationData -Configuration $check -FailBelowThreshold).Quality.Passed | Should -BeTrue
    }

    It 'is not passed where something could not be checked' {
        $broken = [pscustomobject]@{ id = 1 } | Add-Member -PassThru ScriptProperty bad { throw 'It is broken.' }
        $problems = $null
        $report = @{ id = 1 }, 'text', $broken | Test-MigrationData -Required id -ErrorVariable problems -ErrorAction SilentlyContinue
        $report.Records, $report.Invalid, $report.Passed | Should -Be 1, 0, $false
        $report.Notes | Should -Contain '2 objects are no records and were not checked.'
        $problems.Count | Should -Be 2
        $problems[1].ToString() | Should -BeLike "*'bad'*It is broken.*"
    }

    It 'is shown with its counts' {
        @{ a = 1 } | Test-MigrationData -Required a | Out-String | Should -Match 'Results +: 1 rule, 0 broken, 0 tested nothing'
        @{ a = 1 } | Test-MigrationData -Required a, b | Out-String | Should -Match 'Results +: 2 rules, 1 broken, 0 tested nothing'
    }

    It 'is not passed where nothing was tested' {
        (@{ a = 1 } | Test-MigrationData).Passed | Should -BeFalse
    }
}

Describe 'The validation configuration of the guide' {
    BeforeDiscovery {
        # As it is printed, with the single quotes of its language and with those of JSON.
        $printed = @"
{
    'schema': 'knowledge_graph_schema',
    'validation_rules': [
        'type_check',
        'relationship_check',
        'constraint_check'
    ],
    'quality_threshold': 0.95
}
"@
        $forms = @(
            @{ Form = 'a hash table'; Text = $null }
            @{ Form = 'a file as printed'; Text = $printed }
            @{ Form = 'a file of JSON'; Text = $printed.Replace("'", '"') }
        )
    }

    BeforeAll {
        $sandbox = Start-SafeAISandbox
        $platform = @{ Endpoint = $sandbox.Endpoint; ApiKey = $sandbox.ApiKey }
        function New-Node($Type, $Id) { [SafeAI.Migration.GraphNode]::new($Type, $Id, [SafeAI.Migration.PropertySet]::new([string[]]'name', [object[]]"The $Id"), $null, $null, $null) }
        function New-Lesson($FromType, $From, $ToType, $To) {
            [SafeAI.Migration.GraphRelationship]::new('TEACHES', "$From-$To", $FromType, $From, $ToType, $To, [SafeAI.Migration.PropertySet]::Empty, $null, $null)
        }
        (New-Node User u1), (New-Node Concept c1), (New-Lesson User u1 Concept c1) | Import-SafeAIData @platform | Out-Null
        $data = @(
            New-Node Concept c3
            New-Node Concpt c4
            New-Lesson User u1 Concept c3
            New-Lesson Concept c1 User u1
            New-Lesson User u1 Concept c9
        )
    }

    AfterAll { $sandbox | Stop-SafeAISandbox }

    It 'answers with results and recommendations when it is <Form>' -ForEach $forms {
        $validation_config = @{
            schema            = 'knowledge_graph_schema'
            validation_rules  = @(
                'type_check',
                'relationship_check',
                'constraint_check'
            )
            quality_threshold = 0.95
        }
        if ($Text) {
            $validation_config = Join-Path $TestDrive 'validation.json'
            Set-Content $validation_config $Text
        }

        $validation = $data | Test-MigrationData -Configuration $validation_config @platform

        $validation.Results.Where({ $_.Failed -gt 0 }).ForEach({ "$($_.Family):$($_.Rule) $($_.Failed)/$($_.Tested)" }) | Sort-Object |
            Should -Be 'constraint_check:unknownType 1/5', 'relationship_check:endTypes 1/3', 'relationship_check:missingEnd 1/2'
        $validation.Invalid | Should -Be 3
        $validation.Passed | Should -BeFalse
        foreach ($rule in 'unknownType', 'endTypes', 'missingEnd') {
            $recommendation = $validation.Recommendations | Where-Object Rule -EQ $rule
            $recommendation.Failed | Should -Be 1
            $recommendation.Remedy | Should -Not -BeNullOrEmpty
        }
        $validation.Quality.Threshold | Should -Be 0.95
        $validation.Quality.Records | Should -Be 5
    }
}
