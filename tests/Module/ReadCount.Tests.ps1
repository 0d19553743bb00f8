BeforeAll {
    . "$PSScriptRoot/ModuleTestKit.ps1"
    Import-Module (Get-TestModulePath)
    $folder = New-SampleFolder (Join-Path $TestDrive 'several')
    Push-Location $folder
    Set-CleanCustomerFile ./clean.csv
    $all = @(Get-SourceData ./clean.csv)
}

AfterAll { Pop-Location }

Describe '-ReadCount' {
    It 'sends arrays of as many records, and of the rest at the end of each source: <ReadCount>' -ForEach @{ ReadCount = 7 }, @{ ReadCount = 250 }, @{ ReadCount = 100000 } {
        $arrays = @(Get-SourceData ./clean.csv, ./clean.csv -ReadCount $ReadCount)

        $expected = @(foreach ($source in 1, 2) {
                for ($left = $all.Count; $left -gt 0; $left -= $ReadCount) { [Math]::Min($left, $ReadCount) }
            })
        $arrays.Count | Should -Be $expected.Count
        $arrays.ForEach({ $_.Count }) | Should -Be $expected
        $arrays.ForEach({ $_.GetType().Name }) | Select-Object -Unique | Should -Be 'Record[]'
        @($arrays | ForEach-Object { $_ }).customer_id | Should -Be (@($all) + @($all)).customer_id
    }

    It 'of 1 sends the records themselves' {
        @(Get-SourceData ./clean.csv -ReadCount 1).Count | Should -Be $all.Count
    }

    It 'is refused at <ReadCount>' -ForEach @{ ReadCount = 0 }, @{ ReadCount = 100001 } {
        { Get-SourceData ./clean.csv -ReadCount $ReadCount } | Should -Throw -ErrorId 'ParameterArgumentValidationError*'
    }

    It 'sends what was read before a source broke off' {
        $null = New-Item -ItemType Directory ./broken
        Set-Content ./broken/open.csv 'id,name', '1,Ann', '2,Ben', '3,"never closed'
        $seen = Invoke-Observed { Get-SourceData ./broken/open.csv -ReadCount 1000 }

        @($seen.Output | ForEach-Object { $_ }).id | Should -Be 1, 2
        $seen.Errors.Count | Should -Be 1
    }

    It 'leads to the same graph as one by one' {
        Get-SourceData ./clean.csv | Convert-MigrationData ./customers.map.json | Import-SafeAIData -Store ./one.graph | Out-Null
        $result = Get-SourceData ./clean.csv -ReadCount 100 | Test-MigrationData -Required customer_id -PassThru | Convert-MigrationData ./customers.map.json -ReadCount 70 | Import-SafeAIData -Store ./several.graph -Verify Content
        $result.Status | Should -Be Completed

        (Get-SafeAIData -Store ./one.graph -ReadCount 60 | Compare-MigrationData -Store ./several.graph -SummaryOnly).IsSame | Should -BeTrue
        (Get-SafeAIData -Store ./several.graph | Measure-Object).Count | Should -BeGreaterThan $all.Count
    }

    It 'copies a graph in arrays' {
        Get-SourceData ./clean.csv | Convert-MigrationData ./customers.map.json | Import-SafeAIData -Store ./from.graph | Out-Null
        $arrays = @(Get-SafeAIData -Store ./from.graph -ReadCount 10)
        $arrays[0].Count | Should -Be 10
        $arrays | Import-SafeAIData -Store ./to.graph -Verify Content | ForEach-Object Status | Should -Be Completed
        (Get-SafeAIData -Store ./from.graph | Compare-MigrationData -Store ./to.graph -SummaryOnly).IsSame | Should -BeTrue
    }

    It 'is taken by <Name> like one by one' -ForEach @(
        @{ Name = 'Export-MigrationData'; Use = { $input | Export-MigrationData "./$(New-Guid).csv" | ForEach-Object Records } }
        @{ Name = 'Test-MigrationData'; Use = { $input | Test-MigrationData -Unique customer_id, country | ForEach-Object { $_.Records, $_.Invalid } } }
        @{ Name = 'Test-MigrationQuality'; Use = { $input | Test-MigrationQuality -Key customer_id | ForEach-Object { $_.Records, $_.Score } } }
    ) {
        $one = @(Get-SourceData ./clean.csv | & $Use)
        $one[0] | Should -Be $all.Count
        @(Get-SourceData ./clean.csv -ReadCount 33 | & $Use) | Should -Be $one
    }
}

Describe 'A list in the pipeline' {
    It 'is each of what is in it' {
        $list = [System.Collections.ArrayList] @(@{ id = 1 }, [pscustomobject]@{ id = 2 })
        (, $list | Convert-MigrationData @{ nodes = @{ type = 'A'; id = 'a:{id}' } }).Id | Should -Be 'a:1', 'a:2'
    }

    It 'with an empty place is an error at that place, and the rest goes on' {
        $seen = Invoke-Observed { , @(@{ id = 1 }, $null, @{ id = 3 }) | Convert-MigrationData @{ nodes = @{ type = 'A'; id = 'a:{id}' } } }
        $seen.Output.Id | Should -Be 'a:1', 'a:3'
        $seen.Errors.Count | Should -Be 1
        "$($seen.Errors[0])" | Should -BeLike 'An empty place of a list came down the pipeline*'
    }

    It 'of what is no node is an error for each' {
        $seen = Invoke-Observed { , @(5, 'x') | Import-SafeAIData -Store ./wrong.graph }
        $seen.Errors.ForEach({ "$_" }) | Should -BeLike '*came down the pipeline, which is no node and no relationship*'
        $seen.Errors.Count | Should -Be 2
    }
}
