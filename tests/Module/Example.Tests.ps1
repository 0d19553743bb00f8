BeforeDiscovery {
    . "$PSScriptRoot/ModuleTestKit.ps1"
    Import-Module (Get-TestModulePath)
    $examples = @(foreach ($command in Get-Command -Module SafeAI.Migration) {
            $number = 0
            foreach ($example in (Get-Help $command.Name -Full).examples.example) {
                @{ Name = $command.Name; Number = ++$number; Code = $example.code }
            }
        })
    $commandCount = @(Get-Command -Module SafeAI.Migration).Count
}

BeforeAll {
    . "$PSScriptRoot/ModuleTestKit.ps1"
    Import-Module (Get-TestModulePath)
    Import-Module "$PSScriptRoot/TestSupport/PostgresServer.psm1"
    Import-Module "$PSScriptRoot/TestSupport/ApiServer.psm1"
    $folder = New-SampleFolder (Join-Path $TestDrive 'examples')

    # A journal of their own: the runs of other tests went to other places.
    $stateBefore = $env:XDG_STATE_HOME
    $env:XDG_STATE_HOME = Join-Path $TestDrive 'state'
    Push-Location $folder
    Set-CleanCustomerFile ./customers.csv
    Set-Content ./customer.schema.json '{"type": "object", "required": ["customer_id"], "properties": {"customer_id": {"type": "string", "minLength": 1}}}'
    Set-Content ./people.csv 'id,name,age', '1,Ann,31', '2,Ben,32'
    Copy-Item ./customers.csv ./customers-2024.csv
    Set-Content ./crm.csv 'customer_id,email', '00001,ann@example.com'
    Set-Content ./countries.csv 'code,name', 'DE,Germany', 'FR,France'
    Set-Content ./export.json '{"data": {"items": [{"id": 1}, {"id": 2}]}}'
    [System.IO.File]::WriteAllBytes((Join-Path $folder 'semicolons.csv'), [System.Text.Encoding]::Latin1.GetBytes("# cities`nid;city`n1;K`u{F6}ln`n2`n3;n/a`n"))
    Set-Content ./dump.sql '-- PostgreSQL database dump', 'CREATE TABLE customers (id integer, name text);', 'COPY customers (id, name) FROM stdin;', "1`tAnn", '\.'
    Copy-Item "$PSScriptRoot/TestSupport/shop.db" ./shop.db
    $dumps = Join-Path (Get-RepositoryRoot) tests/SafeAI.Migration.Engine.Tests/Extraction/Files/Dumps
    Copy-Item "$dumps/mariadb.sql" ./mysqldump.sql
    Copy-Item "$dumps/sqlite.sql" ./sqlite-dump.sql
    $null = New-Item -ItemType Directory ./parts
    1..2 | ForEach-Object { Set-Content "./parts/part$_.csv" 'id', $_ }
    $gzip = [System.IO.Compression.GZipStream]::new([System.IO.File]::Create((Join-Path $folder customers.csv.gz)), [System.IO.Compression.CompressionMode]::Compress)
    $gzip.Write([System.IO.File]::ReadAllBytes((Join-Path $folder customers.csv)))
    $gzip.Dispose()
    $archive = [System.IO.Compression.ZipFile]::Open((Join-Path $folder export.zip), 'Create')
    foreach ($name in 'customers.csv', 'orders.json') { $null = [System.IO.Compression.ZipFileExtensions]::CreateEntryFromFile($archive, (Join-Path $folder $name), $name) }
    $archive.Dispose()
    foreach ($store in './test.graph', './quickstart.graph') {
        Get-SourceData ./customers.csv | Convert-MigrationData ./customers.map.json | Import-SafeAIData -Store $store | Out-Null
    }

    # The journal with an audit trail that examples look at.
    New-MigrationRestorePoint -Store ./test.graph -Path ./first.zip | Out-Null

    # What examples take for granted, started when it is first needed, and again when an example has ended it.
    $started = @{}
    $key = $null
    function Get-StartedSandbox($Name) {
        if (-not $started[$Name] -or -not (Get-Process -Id $started[$Name].ProcessId -ErrorAction Ignore)) {
            $started[$Name] = Start-SafeAISandbox
            Get-SafeAIData -Store ./test.graph | Import-SafeAIData -Endpoint $started[$Name].Endpoint -ApiKey $started[$Name].ApiKey | Out-Null
        }

        $started[$Name]
    }

    function Get-StartedDatabase {
        if (-not $started.Postgres) {
            $started.Postgres = Start-TestPostgres
            Invoke-TestSql $started.Postgres "CREATE TABLE customers (customer_id text PRIMARY KEY, name text); INSERT INTO customers VALUES ('00001', 'Ann')"
        }

        $started.Postgres.ConnectionString
    }

    # What a user is asked for.
    function Read-Host { $key }
}

AfterAll {
    $env:XDG_STATE_HOME = $stateBefore
    Disconnect-SafeAI
    Stop-SafeAISandbox
    if ($started.Api) { Stop-TestApi $started.Api }
    if ($started.Postgres) { Stop-TestPostgres $started.Postgres }
    Pop-Location
}

Describe 'The examples in the help' {
    It 'are run, two or more of each command' -ForEach @{ Count = $examples.Count; Commands = $commandCount } {
        $Count | Should -BeGreaterOrEqual (2 * $Commands)
    }

    It 'of Get-SourceData show <Source>' -ForEach @(
        @{ Source = 'CSV'; Shown = '-Path ./customers\.csv(?!\.)' }, @{ Source = 'JSON'; Shown = '\.json -JsonPointer' }, @{ Source = 'NDJSON'; Shown = '\.ndjson' }, @{ Source = 'a dump of pg_dump'; Shown = './dump\.sql' }
        @{ Source = 'a dump of mysqldump'; Shown = './mysqldump\.sql' }, @{ Source = 'a dump of sqlite3'; Shown = './sqlite-dump\.sql' }, @{ Source = 'gzip'; Shown = '\.csv\.gz' }, @{ Source = 'Zip'; Shown = '\.zip -Entry' }
        @{ Source = 'a folder'; Shown = '-Path ./parts ' }, @{ Source = 'a pattern'; Shown = '\*\*/part\*\.csv' }, @{ Source = 'SQLite'; Shown = '\.db -Query' }, @{ Source = 'a PostgreSQL table'; Shown = "'Host=.*-Table" }
        @{ Source = 'a PostgreSQL query'; Shown = "'Host=.*-Query" }, @{ Source = 'a whole database'; Shown = "'Host=.*-Schema public" }, @{ Source = 'another database'; Shown = '-Provider ' }, @{ Source = 'an API'; Shown = '-Uri .*-Pagination' }
        @{ Source = 'the platform'; Shown = 'Get-SafeAIData' }
    ) {
        (Get-Help Get-SourceData -Examples).examples.example.code -match $Shown | Should -Not -BeNullOrEmpty
    }

    It 'of <Name> run: example <Number>' -ForEach $examples {
        $platform = Get-StartedSandbox platform
        $url = "$($platform.Endpoint)"
        $key = $platform.ApiKey
        if ($Code -match '\$sandbox\b' -and $Code -notmatch '\$sandbox =') { $sandbox = Get-StartedSandbox named }
        $platform | Connect-SafeAI | Out-Null

        # The platform and the database of the examples are those of this test.
        $here = $Code.Replace('https://platform.safeai.dev', $url.TrimEnd('/'))
        if ($here -match 'https://api\.example\.com') {
            if (-not $started.Api) { $started.Api = Start-TestApi }
            $here = $here.Replace('https://api.example.com', $started.Api.Url)
        }

        # A provider that every machine has is the module's own for PostgreSQL; tests/Providers runs the example as it is.
        $here = $here.Replace('./provider/MySqlConnector.dll', "'$(Join-Path (Split-Path (Get-TestModulePath)) 'module/bin/Npgsql.dll')'").Replace("'Server=db;Database=shop;User ID=reader'", "'Host=localhost'")
        if ($here -match "'Host=localhost[^']*'") {
            $here = $here.Replace($Matches[0], "'$(Get-StartedDatabase)'")
        }

        # The files of the sample plan are dirty on purpose; each bad row of theirs is an error.
        $isDirty = $here -match 'migration\.json'
        if ($isDirty) { $null = New-SampleFolder $folder } else { Set-CleanCustomerFile ./customers.csv }
        $Error.Clear()
        $ErrorActionPreference = $isDirty ? 'SilentlyContinue' : 'Stop'
        $output = & ([scriptblock]::Create($here))
        if (-not $isDirty) { $Error | Should -BeNullOrEmpty }
        if ($Name -notlike 'Stop-*' -and $Name -notlike 'Disconnect-*' -and $Name -notin 'Remove-Migration', 'Get-MigrationAudit', 'Undo-Migration', 'Resume-Migration', 'Set-Migration', 'Export-MigrationReport' -and $here -notmatch 'throw|Stop-SafeAISandbox|-WhatIf|\| Export-Csv') {
            $output | Should -Not -BeNullOrEmpty -Because "an example shows something: $here"
        }
    }
}
