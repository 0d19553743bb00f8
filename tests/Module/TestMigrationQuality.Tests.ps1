BeforeDiscovery {
    $wrongArguments = @(
        @{ Name = 'a threshold above 1'; Arguments = @{ Threshold = 1.1 }; Id = 'ParameterArgumentValidationError*' }
        @{ Name = 'a weight for no dimension'; Arguments = @{ Weight = @{ Beauty = 1 } }; Id = 'InvalidPlan*' }
        @{ Name = 'a minimum above 1'; Arguments = @{ Minimum = @{ Accuracy = 2 } }; Id = 'InvalidPlan*' }
        @{ Name = 'a margin above 1'; Arguments = @{ RangeMargin = 2 }; Id = 'ParameterArgumentValidationError*' }
        @{ Name = 'a configuration with a fault'; Arguments = @{ Configuration = @{ schemata = 1 } }; Id = 'InvalidSchema*' }
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

    It 'holds values against an earlier file, each other, reference data and another source' {
        Set-Content "$TestDrive/good.csv" "id,age,joined,left`n1,20,2020-01-01,2021-01-01`n2,60,2020-06-01,2021-01-01`n3,60,2020-06-01,2021-01-01"
        Set-Content "$TestDrive/countries.csv" "code`nDE`nFR"
        Set-Content "$TestDrive/crm.csv" "id,mail`n1,a@x.org`n2,b@x.org"
        $people = @(
            [pscustomobject]@{ id = '1'; age = 64; joined = '2020-02-01'; left = '2020-03-01'; country = 'DE'; email = 'a@x.org' }
            [pscustomobject]@{ id = '2'; age = 65; joined = '2020-04-01'; left = '2020-03-01'; country = 'XX'; email = 'other@x.org' }
            [pscustomobject]@{ id = '4'; age = $null; joined = $null; left = $null; country = $null; email = $null }
        )
        $check = @{
            compare    = 'joined <= left'
            references = @{ field = 'country'; path = "$TestDrive/countries.csv"; to = 'code' }, @{ field = 'country'; path = "$TestDrive/no-such.csv"; to = 'code' }
            agreements = @{ key = 'id'; field = 'email'; path = "$TestDrive/crm.csv"; to = 'mail' }
        }
        $report = $people | Test-MigrationQuality -Profile (Measure-SourceData "$TestDrive/good.csv") -Configuration $check -Minimum @{ Timeliness = 0.5 }
        foreach ($case in ('Range', 'age', 2, 1), ('compare', 'joined', 2, 1), ('reference', 'country', 2, 1), ('agree', 'email', 2, 1)) {
            $result = $report.Checks | Where-Object { $_.Check -eq $case[0] -and $_.Field -eq $case[1] }
            $result.Tested, $result.Passed | Should -Be $case[2], $case[3]
            $result.Example.Ordinal | Should -Be 2
        }
        ($report.Excluded | Where-Object Check -EQ reference).Reason | Should -BeLike '*no-such.csv*'
        ($report.Excluded | Where-Object Check -EQ reference).ToString() | Should -BeLike 'Accuracy, reference*: *no-such.csv*'
        ($report.Excluded | Where-Object { $_.Check -eq 'Range' -and $_.Field -eq 'country' }).Reason | Should -Be 'The profile does not know the field.'
        $report.Timeliness.IsSufficient | Should -BeFalse
        $report.Passed | Should -BeFalse
    }

    It 'takes the threshold of a configuration unless another is given' {
        (@{ a = 1 } | Test-MigrationQuality -Configuration @{ quality_threshold = 0.5 }).Threshold | Should -Be 0.5
        (@{ a = 1 } | Test-MigrationQuality -Configuration @{ quality_threshold = 0.5 } -Threshold 0.6).Threshold | Should -Be 0.6
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
