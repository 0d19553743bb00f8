BeforeAll {
    . "$PSScriptRoot/ModuleTestKit.ps1"
    Import-Module (Get-TestModulePath)
    Import-Module "$PSScriptRoot/TestSupport/PostgresServer.psm1"
    Import-Module "$PSScriptRoot/TestSupport/ApiServer.psm1"
    $folder = New-SampleFolder (Join-Path $TestDrive 'facts')
    Push-Location $folder
    $server = Start-TestPostgres
    $database = $server.ConnectionString
    Invoke-TestSql $server "CREATE TABLE facts (id int PRIMARY KEY, name text NOT NULL, born date); INSERT INTO facts VALUES (1, 'Zo`u{EB}', '2001-02-03'), (2, 'Ben', NULL)"
}

AfterAll {
    Stop-TestPostgres $server
    Pop-Location
}

Describe 'Get-SourceData -MetadataVariable' {
    It 'says everything of a file' {
        [System.IO.File]::WriteAllBytes((Join-Path $folder latin.csv), [System.Text.Encoding]::Latin1.GetBytes("id,name`n1,Zo`u{EB}`n2,Bj`u{F8}rn`n3`n"))
        $clock = [System.Diagnostics.Stopwatch]::StartNew()
        $records = Get-SourceData ./latin.csv -MetadataVariable facts -ErrorAction Ignore
        $elapsed = $clock.Elapsed.TotalSeconds
        $records.Count | Should -Be 2
        $facts | Should -BeOfType [SafeAI.Migration.SourceMetadata]
        $facts.Name | Should -BeExactly (Join-Path $folder latin.csv)
        $facts.Format | Should -BeExactly csv
        $facts.Schema.Name | Should -BeExactly latin
        $facts.Schema.Fields | ForEach-Object { "$($_.Name) $($_.Type)" } | Should -BeExactly 'id string', 'name string'
        $facts.Records, $facts.Rejected | Should -Be 3, 1
        $facts.Bytes | Should -Be (Get-Item ./latin.csv).Length
        $facts.Encoding | Should -BeExactly 'windows-1252 (guessed; it is not valid UTF-8)'
        $facts.Notes | Should -BeExactly 'The encoding windows-1252 is a guess; give the encoding if letters look wrong.'
        $facts.ElapsedSeconds | Should -BeGreaterThan 0
        $facts.ElapsedSeconds | Should -BeLessOrEqual $elapsed
        $facts.Fingerprint | Should -BeExactly "sha256:$((Get-FileHash ./latin.csv).Hash.ToLowerInvariant())"
        $facts.Position.Ordinal | Should -Be 3
    }

    It 'gives a file a fingerprint that changes when the file does' {
        Set-Content print.csv 'id', '1'
        Get-SourceData ./print.csv -MetadataVariable first | Out-Null
        Get-SourceData ./print.csv -MetadataVariable again | Out-Null
        $again.Fingerprint, $again.QuickFingerprint | Should -BeExactly $first.Fingerprint, $first.QuickFingerprint
        Set-Content print.csv 'id', '2'
        Get-SourceData ./print.csv -MetadataVariable changed | Out-Null
        $changed.Fingerprint | Should -Not -Be $first.Fingerprint
        $changed.QuickFingerprint | Should -Not -Be $first.QuickFingerprint
    }

    It 'says everything of a table, with a fingerprint of its rows, however many read it' {
        Get-SourceData -ConnectionString $database -Table facts -MetadataVariable first | Out-Null
        $first.Format | Should -BeExactly postgresql
        $first.Schema.Key.Name | Should -BeExactly id
        $first.Schema.Fields | ForEach-Object { "$($_.Name) $($_.Type) $($_.SourceType) $($_.IsNullable)" } | Should -BeExactly 'id int integer False', 'name string text False', 'born System.DateOnly date True'
        $first.Records, $first.Rejected | Should -Be 2, 0
        $first.ElapsedSeconds | Should -BeGreaterThan 0
        $first.Fingerprint | Should -Match '^records:[0-9a-f]{64}$'
        Get-SourceData -ConnectionString $database -Table facts -Unordered -ThrottleLimit 2 -MetadataVariable again | Out-Null
        $again.Fingerprint | Should -BeExactly $first.Fingerprint
        Invoke-TestSql $server "UPDATE facts SET name = 'Ban' WHERE id = 2"
        Get-SourceData -ConnectionString $database -Table facts -MetadataVariable changed | Out-Null
        $changed.Fingerprint | Should -Not -Be $first.Fingerprint
        $changed.QuickFingerprint | Should -BeExactly $first.QuickFingerprint
        Get-SourceData -ConnectionString $database -Table facts -After 1 -MetadataVariable part | Out-Null
        $part.Fingerprint | Should -BeNullOrEmpty
        Invoke-TestSql $server 'ALTER TABLE facts RENAME born TO birth'
        Get-SourceData -ConnectionString $database -Table facts -MetadataVariable renamed | Out-Null
        $renamed.Fingerprint | Should -Not -Be $changed.Fingerprint
    }

    It 'says everything of a SQLite table and of an API' {
        Copy-Item "$PSScriptRoot/TestSupport/shop.db" ./shop.db
        Get-SourceData ./shop.db -Table customers -MetadataVariable table | Out-Null
        $table.Format, $table.Encoding | Should -BeExactly sqlite, utf-8
        $table.Records | Should -Be 3
        $table.Fingerprint | Should -Match '^records:[0-9a-f]{64}$'
        $api = Start-TestApi
        try {
            $key = [System.Net.NetworkCredential]::new('', 'key').SecurePassword
            foreach ($name in 'first', 'again') {
                Get-SourceData -Uri "$($api.Url)/v1/customers?limit=2" -JsonPointer /items -Pagination NextAddress -PagePointer /next -Token $key -MetadataVariable $name | Out-Null
            }
        }
        finally {
            Stop-TestApi $api
        }

        $first.Format, $first.Encoding | Should -BeExactly rest, utf-8
        $first.Records | Should -Be 3
        $first.Bytes | Should -BeGreaterThan 100
        $first.ElapsedSeconds | Should -BeGreaterThan 0
        $first.Fingerprint | Should -Match '^records:[0-9a-f]{64}$'
        $again.Fingerprint | Should -BeExactly $first.Fingerprint
    }
}

Describe 'Measure-SourceData of a database' {
    It 'finds types that a graph does not have, numbers that are none, and a missing key' {
        Invoke-TestSql $server "CREATE TABLE odd (v numeric, r int4range, d interval, x double precision, j jsonb); INSERT INTO odd VALUES (1e40, '[1,3)', 'P1M', 'NaN', '{}'), (1, '[1,3)', NULL, 1, NULL), (1, NULL, NULL, 1, NULL)"
        $found = Measure-SourceData -ConnectionString $database -Table odd
        $found.IsExact | Should -BeTrue
        $found.Records, $found.Sampled | Should -Be 3, 3
        $found.Findings | ForEach-Object { "$($_.Severity) $_" } | Should -BeExactly @(
            'Warning NoKey: No single field identifies a record. Make the id of several fields, or duplicates become one node.'
            'Warning MixedTypes (v): The values are of several types: Decimal, BigInteger. Convert them to one in the mapping.'
            'Warning LargeNumber (v): 1 whole numbers have more than 64 bits, which a graph does not store as a number. Make the field a text in the mapping.'
            'Information UnsupportedType (r): int4range: A range as PostgreSQL writes it.'
            'Information UnsupportedType (d): interval: A duration in ISO 8601, for instance P1M2DT3H; months and days have no fixed length.'
            'Error NotFinite (x): 1 values are not finite numbers, which the platform cannot store. Turn them into null or text in the mapping.'
            'Information UnsupportedType (j): jsonb: JSON as text.')
        (Measure-SourceData -ConnectionString $database -Table facts).Findings.Key | Should -Not -Contain NoKey
    }

    It 'says where the number of rows is the server''s estimate' {
        Invoke-TestSql $server 'CREATE TABLE long_one (id int PRIMARY KEY); INSERT INTO long_one SELECT generate_series(1, 20000); ANALYZE long_one'
        $found = Measure-SourceData -ConnectionString $database -Table long_one -MaxRecord 1000
        $found.IsExact | Should -BeFalse
        $found.Sampled | Should -Be 1000
        $found.Records | Should -Be 20000
        (Measure-SourceData -ConnectionString $database -Table long_one).IsExact | Should -BeTrue
    }
}

Describe 'Get-SafeAIData of many items' {
    BeforeAll {
        $writer = [System.IO.StreamWriter]::new((Join-Path $folder many.csv))
        $writer.WriteLine('id,type,note')
        foreach ($i in 1..330000) { $writer.WriteLine("$($i.ToString('d6')),$(if ($i -le 30000) { 'Few' } else { 'Many' }),a note of some length that is there to take memory") }
        $writer.Dispose()
        $mapping = @{ nodes = @(
                @{ type = 'Few'; when = @{ field = 'type'; equals = 'Few' }; id = 'n{id}'; properties = @{ note = 'note' } }
                @{ type = 'Many'; when = @{ field = 'type'; equals = 'Many' }; id = 'n{id}'; properties = @{ note = 'note' } }) }
        function Import-Many([hashtable] $Destination) {
            Get-SourceData ./many.csv -ReadCount 1000 | Convert-MigrationData -ReadCount 1000 -Mapping $mapping | Import-SafeAIData @Destination -NoJournal | Out-Null
        }

        # Reads in a process of its own: how many came, how many not behind the one before, and the peak of its memory in bytes.
        function Read-Many([string] $Source, [string] $Type, [hashtable] $Environment = @{}) {
            $Environment.MODULE = Get-TestModulePath
            $result = Invoke-CleanPowerShell -Environment $Environment -WorkingDirectory $folder -Command "Import-Module `$env:MODULE; `$count = 0; `$wrong = 0; `$last = ''
                Get-SafeAIData $Source -NodeType $Type | ForEach-Object { `$count++; if ([string]::CompareOrdinal(`$_.Id, `$last) -le 0) { `$wrong++ }; `$last = `$_.Id }
                '{0} {1} {2}' -f `$count, `$wrong, [System.Diagnostics.Process]::GetCurrentProcess().PeakWorkingSet64"
            $result.Errors | Should -BeNullOrEmpty
            $result.Output -split ' ' | ForEach-Object { [long]$_ }
        }
    }

    It 'streams each node once from a store, in memory that stays flat, and goes on after an id' {
        Import-Many @{ Store = './many.graph' }
        $few = Read-Many '-Store ./many.graph' Few
        $many = Read-Many '-Store ./many.graph' Many
        $few[0, 1] | Should -Be 30000, 0
        $many[0, 1] | Should -Be 300000, 0
        # All of them at once would take more than 100 MB.
        $many[2] - $few[2] | Should -BeLessThan 50MB
        (Get-SafeAIData -Store ./many.graph -NodeType Many -AfterId n329998).Id | Should -Be n329999, n330000
    }

    It 'streams each node once from the platform, in memory that stays flat, and goes on after an id' {
        $sandbox = Start-SafeAISandbox
        try {
            Import-Many @{ Endpoint = $sandbox.Endpoint; ApiKey = $sandbox.ApiKey }
            $environment = @{ SAFEAI_ENDPOINT = "$($sandbox.Endpoint)"; SAFEAI_API_KEY = [System.Net.NetworkCredential]::new('', $sandbox.ApiKey).Password }
            $few = Read-Many '' Few $environment
            $many = Read-Many '' Many $environment
            (Get-SafeAIData -Endpoint $sandbox.Endpoint -ApiKey $sandbox.ApiKey -NodeType Many -AfterId n329998).Id | Should -Be n329999, n330000
        }
        finally {
            $sandbox | Stop-SafeAISandbox
        }

        $few[0, 1] | Should -Be 30000, 0
        $many[0, 1] | Should -Be 300000, 0
        $many[2] - $few[2] | Should -BeLessThan 50MB
    }
}
