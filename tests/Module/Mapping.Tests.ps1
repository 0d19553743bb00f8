BeforeAll {
    . "$PSScriptRoot/ModuleTestKit.ps1"
    Import-Module (Get-TestModulePath)
    $folder = New-SampleFolder (Join-Path $TestDrive 'mapping')
    Push-Location $folder
    $cmdlet = 'SafeAI.Migration.PowerShell.Commands.NewMigrationMappingCommand'
    Set-Content ./cities.csv 'id,name,founded', '1,Lodz,1332-01-01', '2,Paris,', '3,"Sao, Paulo",1554-01-25'
    Set-Content ./people.csv 'person_id,name,city_id,age,active,seen', '007,Ada,1,36,true,2024-02-29T12:00:00Z', '008,Bob,,7,false,2024-03-01T00:00:00+02:00', '009,Cy,3,,true,'
}

AfterAll {
    Pop-Location
}

Describe 'New-MigrationMapping' {
    It 'writes a commented mapping that works unedited: a node a row, a relationship a reference' {
        $file = New-MigrationMapping ./all.map.json -SourcePath ./cities.csv, ./people.csv -PassThru
        $file.FullName | Should -Be (Join-Path $folder 'all.map.json')
        Get-Content $file -Raw | Should -Match '// cities, about 3 rows'
        $items = Get-SourceData ./cities.csv, ./people.csv | Convert-MigrationData ./all.map.json -ErrorAction Stop
        ($items | Group-Object Type -NoElement | Sort-Object Name | ForEach-Object { "$($_.Name) $($_.Count)" }) | Should -Be 'Cities 3', 'HAS_CITY 2', 'People 3'
        $ada = $items | Where-Object Id -EQ 'people:007'
        $ada.Properties.person_id | Should -BeExactly '007'
        $ada.Properties.age | Should -BeOfType [long]
        $ada.Properties.active | Should -BeTrue
        $ada.Properties.seen | Should -BeOfType [datetimeoffset]
        ($items | Where-Object Id -EQ 'cities:1').Properties.founded | Should -BeOfType [System.DateOnly]
        ($items | Where-Object Type -EQ 'HAS_CITY').ToId | Should -Be 'cities:1', 'cities:3'
    }

    It 'gives the mapping as text where no file is named' {
        $json = New-MigrationMapping -SourcePath ./cities.csv
        $json | Should -BeOfType [string]
        ($json | ConvertFrom-Json).nodes.type | Should -Be 'Cities'
    }

    It 'keeps a file that exists unless -Force is given, and touches nothing with -WhatIf' {
        Set-Content ./mine.map.json 'mine'
        $seen = Invoke-Observed { New-MigrationMapping ./mine.map.json -SourcePath ./cities.csv }
        $seen.Terminating.FullyQualifiedErrorId | Should -BeExactly "ExportFailed,$cmdlet"
        New-MigrationMapping ./mine.map.json -SourcePath ./cities.csv -Force -WhatIf
        Get-Content ./mine.map.json | Should -BeExactly 'mine'
        New-MigrationMapping ./mine.map.json -SourcePath ./cities.csv -Force | Should -BeNullOrEmpty
        Get-Content ./mine.map.json -Raw | Should -Match 'nodes'
        New-MigrationMapping ./none.map.json -SourcePath ./cities.csv -WhatIf
        './none.map.json' | Should -Not -Exist
    }

    It 'warns of what it cannot map' {
        Set-Content ./visits.csv 'visit,city_id', 'a,1', 'b,99'
        $json = New-MigrationMapping -SourcePath ./cities.csv, ./visits.csv -WarningVariable warnings -WarningAction SilentlyContinue
        "$warnings" | Should -BeLike "*'city_id' of 'visits'*1 of its values are not there*"
        $json | Should -BeLike "*// NOTE: *'city_id' of 'visits'*"
        ($json | ConvertFrom-Json).relationships.Count | Should -Be 0
    }

    It 'says which file is missing' {
        $seen = Invoke-Observed { New-MigrationMapping -SourcePath ./nowhere.csv }
        $seen.Terminating.FullyQualifiedErrorId | Should -BeExactly "SourceNotFound,$cmdlet"
    }
}
