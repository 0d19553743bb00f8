BeforeDiscovery {
    $wrongArguments = @(
        @{ Name = 'a threshold above 1'; Arguments = @{ Threshold = 1.1 }; Id = 'ParameterArgumentValidationError*' }
        @{ Name = 'a weight for no dimension'; Arguments = @{ Weight = @{ Beauty = 1 } }; Id = 'InvalidPlan*' }
        @{ Name = 'a minimum above 1'; Arguments = @{ Minimum = @{ Accuracy = 2 } }; Id = 'InvalidPlan*' }
        @{ Name = 'an age without a field'; Arguments = @{ MaximumAge = '1.00:00:00' }; Id = 'InvalidPlan*' }
    )
}

Describe 'Test-MigrationQuality' {
    BeforeAll {
        $root = Resolve-Path "$PSScriptRoot/../.."
        Import-Module "$root/SafeAI.Migration.psd1" -Force
        $customers = "$root/module/samples/quickstart/customers.csv"
    }

    It 'scores records of a file, the rows that could not be read included' {
        $report = Get-SourceData $customers -ErrorAction SilentlyContinue | Test-MigrationQuality -Key customer_id
        $report | Should -BeOfType ([SafeAI.Migration.QualityReport])
        $report.Records | Should -Be 600
        $report.Completeness.Tested | Should -Be 6001
        $report.Completeness.Passed | Should -Be 5460
        $report.Uniqueness.Tested | Should -Be 599
        $report.Uniqueness.Passed | Should -Be 598
        $report.Passed | Should -BeFalse
        $report.Recommendations[0].Field | Should -Be 'note'
    }

    It 'takes hash tables and objects' {
        $report = @{ a = 1; b = $null }, [pscustomobject]@{ a = 1; b = 2 } | Test-MigrationQuality
        $report.Records | Should -Be 2
        $report.Completeness.Passed | Should -Be 3
        $report.Completeness.Tested | Should -Be 4
    }

    It 'says that nothing was tested when nothing came' {
        $report = @() | Test-MigrationQuality -Threshold 0
        $report.Score | Should -BeNullOrEmpty
        $report.Passed | Should -BeFalse
    }

    It 'passes on request only what is good enough' {
        $good = 1..3 | ForEach-Object { [pscustomobject]@{ id = $_ } }
        ($good | Test-MigrationQuality -FailBelowThreshold).Passed | Should -BeTrue
        $problem = $null
        try {
            ($good + $good[0]) | Test-MigrationQuality -FailBelowThreshold -Minimum @{ Uniqueness = 1 } -Threshold 0.5 | Out-Null
        } catch {
            $problem = $_
        }
        $problem.FullyQualifiedErrorId | Should -BeLike 'QualityBelowThreshold,*'
        $problem.TargetObject | Should -BeOfType ([SafeAI.Migration.QualityReport])
        $problem.TargetObject.Uniqueness.Passed | Should -Be 3
    }

    It 'refuses <Name>' -ForEach $wrongArguments {
        { [pscustomobject]@{ id = 1 } | Test-MigrationQuality @Arguments } | Should -Throw -ErrorId $Id
    }

    It 'goes on after an object without named values' {
        $problems = $null
        $report = 5, @{ a = 1 } | Test-MigrationQuality -ErrorVariable problems -ErrorAction SilentlyContinue
        $report.Records | Should -Be 1
        $problems[0].FullyQualifiedErrorId | Should -BeLike 'UnsupportedInput,*'
    }

    It 'shows the recommendations' {
        $text = Get-SourceData $customers -ErrorAction SilentlyContinue | Test-MigrationQuality | Out-String -Width 200
        $text | Should -Match 'email: has white space around it'
        $text | Should -Match 'Score\s*: 0\.'
    }
}
