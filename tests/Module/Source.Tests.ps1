BeforeAll {
    . "$PSScriptRoot/ModuleTestKit.ps1"
    Import-Module (Get-TestModulePath)
    Import-Module "$PSScriptRoot/TestSupport/PostgresServer.psm1"
    Import-Module "$PSScriptRoot/TestSupport/ApiServer.psm1"
    $folder = New-SampleFolder (Join-Path $TestDrive 'sources')
    Push-Location $folder
    Copy-Item "$PSScriptRoot/TestSupport/shop.db" ./shop.db
    $cmdlet = 'SafeAI.Migration.PowerShell.Commands.GetSourceDataCommand'
}

AfterAll {
    Pop-Location
}

Describe 'Get-SourceData of a SQLite file' {
    It 'tells it by content, and reads all tables, one, or a query' {
        Copy-Item shop.db odd.csv
        (Get-SourceData ./odd.csv -MetadataVariable facts).Count | Should -Be 5
        $facts.Name | Should -Be "$(Join-Path $folder odd.csv) customers", "$(Join-Path $folder odd.csv) orders"
        (Get-SourceData ./shop.db -Table Orders).total | Should -Be 9.99, 10
        (Get-SourceData ./shop.db -Query 'SELECT name FROM customers WHERE customer_id > @id' -Parameter @{ id = '00001' }).name | Should -Be Ben, Cat
        (Get-SourceData ./shop.db -Table customers -After '00002').name | Should -Be Cat
    }

    It 'says which tables there are, and what does not fit' {
        $seen = Invoke-Observed { Get-SourceData ./shop.db -Table custom }
        $seen.Errors.Count | Should -Be 1
        $seen.Errors[0].Exception.Message | Should -BeExactly "There is no table or view 'custom' in '$(Join-Path $folder shop.db)'. Similar: customers."
        $seen = Invoke-Observed { Get-SourceData ./customers.csv -Query 'SELECT 1' }
        $seen.Errors[0].Exception.Message | Should -BeExactly "-Query is given, but '$(Join-Path $folder customers.csv)' is not a SQLite database. Leave it out, or name a database."
        $seen.Errors[0].FullyQualifiedErrorId | Should -BeExactly "InvalidOptions,$cmdlet"
        (Invoke-Observed { Get-SourceData ./customers.csv -After 5 }).Errors[0].Exception.Message |
            Should -BeExactly "-After is a key, but '$(Join-Path $folder customers.csv)' has none. Give the Position of the metadata of an earlier read."
    }
}

Describe 'Get-SourceData of files' {
    It 'takes the whole dialect of CSV' {
        Set-Content dialect.csv '# a comment', "1;'it\'s; here';n/a", '2;', '3;' -NoNewline:$false
        $records = Get-SourceData ./dialect.csv -Delimiter ';' -Quote "'" -Escape '\' -CommentCharacter '#' -Header id, text, more -RaggedRows Pad -NullText n/a
        $records.Count | Should -Be 3
        $records[0].text | Should -BeExactly "it's; here"
        $records[0].more | Should -BeNullOrEmpty
        Set-Content unquoted.csv 'id,text', '1,"as it is'
        (Get-SourceData ./unquoted.csv -Quote '').text | Should -BeExactly '"as it is'
        $seen = Invoke-Observed { Get-SourceData ./customers.csv -MaxFieldSize 3 | Select-Object -First 1 }
        $seen.Errors[0].Exception.Message | Should -BeExactly "$(Join-Path $folder customers.csv), line 2, field 'customer_id': Field 'customer_id' is longer than the limit of 3 bytes. Raise the limit."
    }

    It 'takes the options of JSON' {
        Set-Content options.ndjson '{"id": 1, "id": 2, "deep": [[1]]}'
        (Get-SourceData ./options.ndjson -DuplicateKey Last).id | Should -Be 2
        (Invoke-Observed { Get-SourceData ./options.ndjson -DuplicateKey Last -MaxDepth 2 }).Errors[0].Exception.Message | Should -BeExactly "$(Join-Path $folder options.ndjson), line 1, field 'deep': The value of 'deep' is nested deeper than the limit of 2 levels. Raise the limit if it is right."
        (Invoke-Observed { Get-SourceData ./options.ndjson }).Errors[0].Exception.Message | Should -BeExactly "$(Join-Path $folder options.ndjson), line 1, field 'id': The key 'id' occurs twice. Remove one, or choose that the last one counts."
        Set-Content shapes.ndjson '{"a": 1}', '{"a": 1, "b": 2}'
        (Invoke-Observed { Get-SourceData ./shapes.ndjson -SampleSize 1 -MaxSchema 1 }).Errors[0].Exception.Message | Should -BeExactly "$(Join-Path $folder shapes.ndjson), line 2, field 'b': The key 'b' is new, and the records have had 1 different shapes already. Read more records ahead, or allow more schemas."
        Set-Content long.ndjson "{`"a`": `"$('x' * 2000)`"}"
        (Invoke-Observed { Get-SourceData ./long.ndjson -MaxRecordSize 1024 }).Errors[0].Exception.Message | Should -BeExactly "$(Join-Path $folder long.ndjson), line 1: The line is longer than the limit of 1024 bytes. Raise the limit if it is right."
    }

    It 'reads one table of a dump, and all of them' {
        Set-Content two.sql '-- PostgreSQL database dump', 'CREATE TABLE a (id integer);', 'CREATE TABLE b (id integer, t text);', 'COPY a (id) FROM stdin;', '1', '\.', 'COPY b (id, t) FROM stdin;', "2`tx", '\.'
        (Get-SourceData ./two.sql).id | Should -Be 1, 2
        (Get-SourceData ./two.sql -Table b -Dialect PostgreSql).t | Should -Be x
    }

    It 'expands what is compressed, up to a limit' {
        $bytes = [System.Text.Encoding]::UTF8.GetBytes("id`n" + ("1`n" * 5000))
        $stream = [System.IO.Compression.GZipStream]::new([System.IO.File]::Create((Join-Path $folder 'a.csv.gz')), [System.IO.Compression.CompressionLevel]::Optimal)
        $stream.Write($bytes)
        $stream.Dispose()
        (Get-SourceData ./a.csv.gz -MetadataVariable facts).Count | Should -Be 5000
        $facts.Compression | Should -Be gzip
        (Invoke-Observed { Get-SourceData ./a.csv.gz -MaxExpandedSize 1000 }).Errors[0].Exception.Message | Should -BeExactly "'$(Join-Path $folder a.csv.gz)' expands to more than 1000 bytes, as a file made to exhaust its reader does. Raise the limit of expansion if the content is right."
        $archive = [System.IO.Compression.ZipFile]::Open((Join-Path $folder both.zip), 'Create')
        foreach ($name in 'customers.csv', 'orders.json') { $null = [System.IO.Compression.ZipFileExtensions]::CreateEntryFromFile($archive, (Join-Path $folder $name), $name) }
        $archive.Dispose()
        (Get-SourceData ./both.zip -Entry orders.json).Count | Should -Be 1500
    }

    It 'reads a folder as one source and says each record''s file' {
        $null = New-Item -ItemType Directory -Force deep/er
        Set-Content deep/a.csv id, 1
        Set-Content deep/er/b.csv id, 2
        (Get-SourceData ./deep -SourceField file -MetadataVariable facts).file | Should -Be (Join-Path $folder deep a.csv)
        $facts.Files | Should -Be (Join-Path $folder deep a.csv)
        (Get-SourceData ./deep/**/*.csv).id | Should -Be 1, 2
    }

    It 'goes on after the position of an earlier read' {
        Set-Content many.csv (@('id') + 1..2500)
        (Get-SourceData ./many.csv -MetadataVariable facts | Select-Object -First 1000).Count | Should -Be 1000
        $null = Get-SourceData ./many.csv -MetadataVariable facts
        Add-Content many.csv 2501
        (Get-SourceData ./many.csv -After $facts.Position).id | Should -Be 2501
        $facts.Position.Ordinal | Should -Be 2500
    }

    It 'checks fields, types and checksum with -Validate' {
        Set-Content promised.csv 'id,age', '1,30', '2,old'
        $seen = Invoke-Observed { Get-SourceData ./promised.csv -Validate -ExpectedField id, age:integer -MetadataVariable script:facts }
        $seen.Output.id | Should -Be 1
        $seen.Errors[0].Exception.Message | Should -BeExactly "$(Join-Path $folder promised.csv), line 3, field 'age': The value of 'age' is the text 'old', but integer is promised. Correct it at the source, or read without validation."
        $facts.Checks | ForEach-Object { "$($_.Name) $($_.Passed)" } | Should -Be 'Columns True', 'Types False', 'RowCount ', 'Checksum '
        (Invoke-Observed { Get-SourceData ./promised.csv -Validate -ExpectedField email }).Errors[0].Exception.Message |
            Should -BeExactly "$(Join-Path $folder promised.csv) lacks the promised field email. It has: id, age."
        $hash = (Get-FileHash promised.csv).Hash
        { Get-SourceData ./promised.csv -Validate -Checksum $hash -ErrorAction Stop } | Should -Not -Throw
        Set-Content promised.csv.sha256 "$('0' * 64)  promised.csv"
        $seen = Invoke-Observed { Get-SourceData ./promised.csv -Validate }
        $seen.Errors[0].FullyQualifiedErrorId | Should -BeExactly "SourceNotAsPromised,$cmdlet"
        $seen.Errors[0].Exception.Message | Should -BeExactly "$(Join-Path $folder promised.csv) has the checksum sha256:$($hash.ToLowerInvariant()), but sha256:$('0' * 64) is promised ($(Join-Path $folder promised.csv.sha256)). Fetch the file again; it is damaged, or another one."
    }
}

Describe 'Get-SourceData of databases' {
    BeforeAll {
        $server = Start-TestPostgres
        $database = $server.ConnectionString
        Invoke-TestSql $server "CREATE SCHEMA shop; CREATE TABLE shop.customers (id int PRIMARY KEY, name text); CREATE TABLE shop.orders (id int PRIMARY KEY, customer int REFERENCES shop.customers); INSERT INTO shop.customers SELECT i, 'n' || i FROM generate_series(1, 3000) i; INSERT INTO shop.orders SELECT i, i FROM generate_series(1, 10) i"

        # One user is asked for a password; the rule counts that comes first.
        $rules = Join-Path $server.Data pg_hba.conf
        Set-Content -LiteralPath $rules (@('host all keyed 127.0.0.1/32 scram-sha-256') + (Get-Content -LiteralPath $rules))
        Invoke-TestSql $server "CREATE ROLE keyed LOGIN PASSWORD 'se;cr''et'"
        Invoke-TestSql $server 'SELECT pg_reload_conf()'
    }

    AfterAll {
        Stop-TestPostgres $server
    }

    It 'reads a whole schema as of one moment, parents first, and compares the counts' {
        $records = Get-SourceData -ConnectionString $database -Schema shop -Validate -SourceField table -MetadataVariable facts
        $records.Count | Should -Be 3010
        $records[0].table | Should -BeLike '* shop.customers'
        $facts.Records | Should -Be 3000, 10
        $facts.SourceCount | Should -Be 3000, 10
        @($facts.Checks | Where-Object Name -EQ RowCount).Passed | Should -Be $true, $true
    }

    It 'reads by several connections, after a key, and by query' {
        (Get-SourceData -ConnectionString $database -Table shop.customers -Unordered -ThrottleLimit 3 -MetadataVariable facts | Sort-Object id -Unique).Count | Should -Be 3000
        $facts.Notes | Should -Contain 'Read by up to 3 connections at once, all of one moment.'
        (Get-SourceData -ConnectionString $database -Table customers -Schema shop -After 2998).id | Should -Be 2999, 3000
        (Get-SourceData -ConnectionString $database -Query 'SELECT id FROM shop.customers WHERE id < @top ORDER BY id' -Parameter @{ top = 3 }).id | Should -Be 1, 2
        $null = Get-SourceData -ConnectionString $database -Table shop.orders -MetadataVariable facts
        Invoke-TestSql $server 'INSERT INTO shop.orders VALUES (11, 11)'
        (Get-SourceData -ConnectionString $database -Table shop.orders -After $facts.Position).id | Should -Be 11
    }

    It 'reads through an ADO.NET provider' {
        $provider = Join-Path (Split-Path (Get-TestModulePath)) 'module/bin/Npgsql.dll'
        (Get-SourceData -Provider $provider -ConnectionString $database -Table customers -Schema shop).Count | Should -Be 3000
        (Get-SourceData -Provider $provider -ProviderFactory Npgsql.NpgsqlFactory -ConnectionString $database -Query 'SELECT 1 AS one').one | Should -Be 1
        (Invoke-Observed { Get-SourceData -Provider $provider -ConnectionString $database -Table t -After 1 }).Errors.Exception.Message |
            Should -BeExactly '-After does not go with -Provider: nothing is known of the database''s order. Say it in a query.'
        (Invoke-Observed { Get-SourceData -Provider ./none.dll -ConnectionString x -Table t }).Errors.Exception.Message |
            Should -BeExactly "There is no provider assembly '$(Join-Path $folder none.dll)'. Give the path of the provider's .dll, for instance MySqlConnector.dll."
    }

    It 'takes the password from <_>' -ForEach '-Credential', 'the URI', 'PGPASSWORD', 'PGPASSFILE', '~/.pgpass', 'PGPASSFILE where PGPASSWORD is empty', '~/.pgpass where all others are empty' {
        $place = "127.0.0.1:$($server.Port)"
        $homeFolder = New-Item -ItemType Directory -Force home, empty | Select-Object -First 1
        Set-Content ./home/.pgpass "${place}:postgres:keyed:se;cr'et"
        if (-not $IsWindows) { chmod 600 ./home/.pgpass }
        $environment = @{ MODULE = (Get-TestModulePath); PGPASSWORD = $null; PGPASSFILE = $null; HOME = (Join-Path $folder empty); APPDATA = (Join-Path $folder empty) }
        $address = "postgresql://keyed@$place/postgres"
        $more = ''
        switch ($_) {
            '-Credential' { $environment.PGPASSWORD = 'wrong'; $more = "-Credential ([pscredential]::new('keyed', (ConvertTo-SecureString 'se;cr''et' -AsPlainText -Force)))" }
            'the URI' { $environment.PGPASSWORD = 'wrong'; $address = "postgresql://keyed:se%3Bcr%27et@$place/postgres" }
            'PGPASSWORD' { $environment.PGPASSWORD = "se;cr'et" }
            'PGPASSFILE' { $environment.PGPASSFILE = Join-Path $homeFolder .pgpass }
            '~/.pgpass' { $environment.HOME = "$homeFolder" }
            'PGPASSFILE where PGPASSWORD is empty' { $environment.PGPASSWORD = ''; $environment.PGPASSFILE = Join-Path $homeFolder .pgpass }
            '~/.pgpass where all others are empty' { $environment.PGPASSWORD = ''; $environment.HOME = "$homeFolder"; $address = "postgresql://keyed:@$place/postgres" }
        }

        # In a process of its own: the variables are read from its environment.
        $environment.ADDRESS = $address
        $result = Invoke-CleanPowerShell -Environment $environment -Command "Import-Module `$env:MODULE; (Get-SourceData -ConnectionString `$env:ADDRESS -Query 'SELECT current_user::text AS who' $more).who"
        $result.Output | Should -BeExactly keyed -Because $result.Errors
    }

    It 'says what cannot go together' {
        (Invoke-Observed { Get-SourceData -ConnectionString $database -Table a -Query b }).Errors[0].Exception.Message | Should -BeExactly 'Both a table and a query are given. Give one of them.'
        (Invoke-Observed { Get-SourceData -ConnectionString $database -After 1 }).Errors[0].Exception.Message | Should -BeExactly '-After needs a table or a file, not a whole database. Name the table.'
    }

    It 'is measured like any source' {
        $founds = Measure-SourceData -ConnectionString $database -Schema shop -RequestsPerMinute 1
        $founds.Records | Should -Be 3000, 11
        $founds[0].EstimatedSeconds | Should -Be 180
        $founds[0].Fields.IsCandidateKey | Should -Be $true, $true
    }
}

Describe 'Get-SourceData of an API' {
    BeforeAll {
        $api = Start-TestApi
        $secret = 'canary-' + [guid]::NewGuid()
        $secure = [System.Net.NetworkCredential]::new('', $secret).SecurePassword
        $pages = @{ Uri = "$($api.Url)/v1/customers?limit=2"; JsonPointer = '/items'; Pagination = 'NextAddress'; PagePointer = '/next' }
    }

    AfterAll {
        Stop-TestApi $api
    }

    It 'reads all pages, whichever way it authenticates' {
        (Get-SourceData @pages -Token $secure -TotalPointer /total -Validate -MetadataVariable facts).name | Should -Be Ann, Ben, Cat
        @($facts.Checks | Where-Object Name -EQ RowCount).Passed | Should -BeTrue
        (Get-SourceData @pages -ApiKey $secure).id | Should -Be 1, 2, 3
        (Get-SourceData @pages -Credential ([pscredential]::new('reader', $secure))).id | Should -Be 1, 2, 3
        $api.Requests.ToArray() | Should -Contain "/v1/customers?limit=2&page=2 Bearer $secret"
        $api.Requests.ToArray() | Should -Contain "/v1/customers?limit=2 $secret"
    }

    It 'reads all pages, however they follow each other: <Name>' -ForEach @(
        @{ Name = 'LinkHeader'; With = @{ Pagination = 'LinkHeader' }; Asked = '/v1/customers?limit=2&page=2 ' }
        @{ Name = 'Cursor'; With = @{ Pagination = 'Cursor'; PagePointer = '/cursor'; PageParameter = 'after' }; Asked = '/v1/customers?limit=2&after=b ' }
        @{ Name = 'PageNumber'; With = @{ Pagination = 'PageNumber' }; Asked = '/v1/customers?limit=2&page=3 ' }
        @{ Name = 'PageNumber from 2'; With = @{ Pagination = 'PageNumber'; FirstPage = 2 }; Asked = '/v1/customers?limit=2&page=2 '; Id = 3 }
        @{ Name = 'Offset'; With = @{ Pagination = 'Offset'; PageParameter = 'skip' }; Asked = '/v1/customers?limit=2&skip=2 ' }
    ) {
        $expected = if ($_.ContainsKey('Id')) { $Id } else { 1, 2, 3 }
        (Get-SourceData -Uri $pages.Uri -JsonPointer /items -Token $secure @With).id | Should -Be $expected
        @($api.Requests.ToArray()) | Should -Contain "${Asked}Bearer $secret"
    }

    It 'fetches a token with the credentials of a client' {
        (Get-SourceData @pages -AuthorizationUri "$($api.Url)/token" -Scope read -Credential ([pscredential]::new('me', $secure))).id | Should -Be 1, 2, 3
        $asked = $api.Requests.ToArray()
        $asked | Should -Contain "/token grant_type=client_credentials&client_id=me&client_secret=$secret&scope=read"
        $asked[-1] | Should -BeExactly '/v1/customers?limit=2&page=2 Bearer given-token'
    }

    It 'goes on after a page' {
        Get-SourceData @pages -Token $secure -MetadataVariable facts | Out-Null
        (Get-SourceData @pages -Token $secure -After ($facts.Position)) | Should -BeNullOrEmpty
        $facts.Position.Page | Should -Be '/v1/customers?page=2'
    }

    It 'is asked for each page once by a run of a plan, and from where it was on by Resume-Migration' {
        Set-Content ./people.json "{ `"sources`": [ { `"address`": `"$($api.Url)/v1/people`", `"itemsPointer`": `"/items`", `"pagination`": { `"type`": `"page_number`" }, `"authentication`": { `"type`": `"api_key`", `"key`": `"k`" },
            `"mapping`": { `"nodes`": [ { `"type`": `"Person`", `"id`": `"p:{id}`", `"merge`": true, `"properties`": { `"name`": `"name`" } } ] } } ], `"destination`": { `"store`": `"people.graph`" }, `"options`": { `"batchSize`": 200 } }"
        function Get-AskedPage { @($api.Requests.ToArray() | ForEach-Object { if ($_ -match '^/v1/people\?page=(\d+)') { [int]$Matches[1] } }) }

        $api.State.Broken = 50
        $failed = Invoke-Observed { Invoke-Migration ./people.json -JournalPath ./people.journal -WarningAction SilentlyContinue }
        $failed.Terminating.Exception.Message | Should -BeLike "*$($api.Url)/v1/people may not be read with these credentials (status 403 Forbidden). Ask for the permission to read it.*"
        Get-AskedPage | Should -Be (1..50)
        $run = Get-Migration -JournalPath ./people.journal
        $run.Status, $run.IsResumable | Should -Be 'Failed', $true

        $api.State.Broken = [int]::MaxValue
        $api.Requests.Clear()
        $result = Resume-Migration $run.Id -JournalPath ./people.journal -Confirm:$false
        $result.MigrationId, $result.Read, $result.Nodes.Created, $result.Status | Should -Be $run.Id, 30000, 30000, 'Completed'
        $asked = Get-AskedPage
        $asked[0] | Should -BeIn (2..50)
        $asked | Should -Be ($asked[0]..61)
        @(Get-SafeAIData -Store ./people.graph).Count | Should -Be 30000
    }

    It 'says what is wrong, without a secret' {
        $seen = Invoke-Observed { Get-SourceData -Uri "$($api.Url)/v1/customers?key=$secret" }
        $seen.Errors[0].Exception.Message | Should -BeExactly "$($api.Url)/v1/customers refused the credentials (status 401 Unauthorized). Check the key, the token or the password."
        ($seen.Errors | Out-String) + $seen.Errors[0].Exception + $seen.Errors[0].TargetObject | Should -Not -Match $secret
        (Invoke-Observed { Get-SourceData -Uri $pages.Uri -Pagination Cursor }).Errors[0].Exception.Message | Should -BeExactly 'The pagination Cursor needs -PagePointer. It goes with NextAddress and Cursor.'
        (Invoke-Observed { Get-SourceData @pages -Token $secure -ApiKey $secure }).Errors[0].Exception.Message | Should -BeExactly 'More than one of -Token, -ApiKey and -Credential is given. Give one.'
        (Invoke-Observed { Get-SourceData -Uri $pages.Uri -Pagination Offset -PagePointer /next }).Errors[0].Exception.Message | Should -BeExactly '-PagePointer does not go with the pagination Offset. It goes with NextAddress and Cursor.'
        (Invoke-Observed { Get-SourceData @pages -After 3 }).Errors[0].Exception.Message | Should -BeExactly 'An API goes on after a position, not after a key. Give -After the Position of the metadata of an earlier read.'
        (Invoke-Observed { Get-SourceData @pages -AuthorizationUri $api.Url }).Errors[0].Exception.Message | Should -BeExactly "-AuthorizationUri needs -Credential, with the client's id and secret. Give both."
    }
}

Describe 'Measure-SourceData' {
    It 'profiles a file and finds what will cause trouble' {
        $found = Measure-SourceData ./customers.csv
        $found.Records | Should -Be 601
        $found.IsExact | Should -BeTrue
        $found.Rejected | Should -Be 1
        @($found.Fields | Where-Object Name -EQ email).MaxLength | Should -BeGreaterThan 5
        $found.Findings.Key | Should -Contain RejectedRecords
        ($found | Out-String) | Should -Match 'CandidateKeys'
    }

    It 'estimates from the first records' {
        Set-Content large.csv (@('id') + 100000..160000)
        $found = Measure-SourceData ./large.csv -MaxRecord 5000 -RequestsPerMinute 60 -ItemsPerRecord 2
        $found.IsExact | Should -BeFalse
        $found.Sampled | Should -BeLessThan 10000
        $found.Records | Should -BeGreaterThan 10000
        $found.EstimatedSeconds | Should -Be ([math]::Max([math]::Ceiling($found.Records * 2 / 1000), $found.ElapsedSeconds / $found.Sampled * $found.Records))
    }

    It 'infers a JSON Schema that the same records satisfy' -ForEach @{ File = 'orders.json' }, @{ File = 'products.ndjson' }, @{ File = 'customers.csv' } {
        Measure-SourceData ./$File -AsJsonSchema | Set-Content ./inferred.schema.json
        $kept = Get-SourceData ./$File -ErrorAction Ignore | Test-MigrationData -Schema ./inferred.schema.json -PassThru
        $kept.Count | Should -Be @(Get-SourceData ./$File -ErrorAction Ignore).Count
    }
}

Describe 'Get-SafeAIData' {
    BeforeAll {
        1..25 | ForEach-Object { [SafeAI.Migration.GraphNode]::new('Person', ('p{0:00}' -f $_), [SafeAI.Migration.PropertySet]::Empty, [string[]]@(if ($_ % 5 -eq 0) { 'Employee' }), $null, $null) } |
            Import-SafeAIData -Store ./graph.graph | Out-Null
    }

    It 'keeps to labels and goes on after an id' {
        (Get-SafeAIData -Store ./graph.graph -NodeType Person -Label Employee).Id | Should -Be p05, p10, p15, p20, p25
        (Get-SafeAIData -Store ./graph.graph -NodeType Person -AfterId p23).Id | Should -Be p24, p25
        (Invoke-Observed { Get-SafeAIData -Store ./graph.graph -AfterId p23 }).Terminating.Exception.Message | Should -BeExactly '-AfterId says where to begin within one type, and not one type is given. Give one -NodeType or one -RelationshipType.'
    }

    It 'says why the platform or a store cannot be read' {
        $wrong = [System.Net.NetworkCredential]::new('', 'canary').SecurePassword
        $prefix = 'SafeAI.Migration.PowerShell.Commands.GetSafeAIDataCommand'
        $sandbox = Start-SafeAISandbox
        try {
            $where = "$($sandbox.Endpoint)".TrimEnd('/')
            $seen = Invoke-Observed { Get-SafeAIData -Endpoint $sandbox.Endpoint -ApiKey $wrong -NodeType Person }
            $seen.Output | Should -BeNullOrEmpty
            $seen.Terminating.FullyQualifiedErrorId | Should -BeExactly "AuthenticationFailed,$prefix"
            $seen.Terminating.Exception.Message -replace 'request [^)]+\)', 'request ID)' |
                Should -BeExactly "The platform at $where refused the key: The key or access token is not valid (unauthorized, request ID). Check the API key and that it belongs to this endpoint."
        }
        finally { $sandbox | Stop-SafeAISandbox }

        $seen = Invoke-Observed { Get-SafeAIData -Endpoint $sandbox.Endpoint -ApiKey $wrong }
        $seen.Terminating.FullyQualifiedErrorId | Should -BeExactly "EndpointUnreachable,$prefix"
        $seen.Terminating.Exception.Message | Should -BeExactly "The platform at $where cannot be reached: nobody listens there. Check the endpoint and the network."

        $seen = Invoke-Observed { Get-SafeAIData -Store ./none.graph }
        $seen.Terminating.Exception.Message | Should -BeExactly "There is no graph store at $(Join-Path $folder none.graph). Check the path; a load creates the file."
    }
}
