# Reads a real MariaDB server through MySqlConnector, as a user would. It needs MariaDB's programs and the .NET SDK; .ci/run
# sees to both. The provider is fetched here, and is not part of the solution.
BeforeAll {
    . "$PSScriptRoot/../Module/ModuleTestKit.ps1"
    Import-Module (Get-TestModulePath)
    Import-Module "$PSScriptRoot/MariaDbServer.psm1" -Force
    $published = Join-Path $PSScriptRoot bin/published
    $said = dotnet publish (Join-Path $PSScriptRoot Providers.csproj) --configuration Release --output $published --verbosity quiet --nologo
    if ($LASTEXITCODE -ne 0) { throw "The provider could not be fetched: $($said -join [Environment]::NewLine)" }
    $provider = Join-Path $published MySqlConnector.dll
    Push-Location $TestDrive
    $cmdlet = 'SafeAI.Migration.PowerShell.Commands.GetSourceDataCommand'
    $server = Start-TestMariaDb
    Invoke-TestSql $server 'CREATE DATABASE shop' mysql
    $name = "Zo`u{EB} `u{1F600}"
    $script = @'
CREATE USER reader IDENTIFIED BY 'se;cr''et'; GRANT SELECT ON shop.* TO reader;
CREATE TABLE `order items` (id int unsigned PRIMARY KEY, big bigint unsigned, price decimal(12,2), huge decimal(30,10), ratio double, single float, name varchar(50), note longtext, photo blob, flag bit(1), bits bit(12), yes tinyint(1),
    small tinyint, day date, at datetime(6), stamp timestamp(3) NULL, tod time(3), y year, kind enum('a','b''c'), opts set('x','y'), doc json, u uuid, ip inet6);
INSERT INTO `order items` (id, big, price, huge, ratio, single, name, note, photo, flag, bits, yes, small, day, at, stamp, tod, y, kind, opts, doc, u, ip) VALUES
    (1, 18446744073709551615, 12.50, 12345678901234567890.0123456789, 0.1, 1.5, 'NAME', '', x'00ff', b'1', b'101', 1, -5, '2024-02-29', '2024-02-29 01:02:03.000456', '2024-02-29 01:02:03.5', '-12:34:56.5', 2024, 'b''c', 'x,y', '{"a": 1}', '6f9619ff-8b86-d011-b42d-00c04fc964ff', '::1');
INSERT INTO `order items` (id) VALUES (2);
CREATE TABLE many (id int PRIMARY KEY, filler varchar(2000)); INSERT INTO many SELECT seq, repeat('x', 1000) FROM seq_1_to_60000;
SET sql_mode = ''; CREATE TABLE zero (id int PRIMARY KEY, d date); INSERT INTO zero VALUES (1, '0000-00-00'), (2, '2024-01-01');
'@
    Invoke-TestSql $server $script.Replace('NAME', $name)
    $credential = [pscredential]::new('reader', [System.Net.NetworkCredential]::new('', "se;cr'et").SecurePassword)
    $database = @{ Provider = $provider; ConnectionString = $server.ConnectionString; Credential = $credential }
    $place = 'mysqlconnector://127.0.0.1/shop'
}

AfterAll {
    Pop-Location
    if ($server) { Stop-TestMariaDb $server }
}

Describe 'MariaDB through MySqlConnector' {
    It 'gives every value in the provider''s type, and says where a type cannot hold all' {
        $records = Get-SourceData @database -Table 'order items' -MetadataVariable facts
        $records.Count | Should -Be 2
        $facts.Name, $facts.Format | Should -BeExactly "$place order items", 'MySqlConnector'
        $facts.Schema.Fields | ForEach-Object { "$($_.Name) $($_.Type.Name) $($_.SourceType)" } | Should -BeExactly @(
            'id UInt32 INT', 'big UInt64 BIGINT', 'price Decimal DECIMAL', 'huge Decimal DECIMAL', 'ratio Double DOUBLE', 'single Single FLOAT', 'name String VARCHAR', 'note String VARCHAR', 'photo Byte[] BLOB',
            'flag UInt64 BIT', 'bits UInt64 BIT', 'yes Boolean BOOL', 'small SByte TINYINT', 'day DateTime DATE', 'at DateTime DATETIME', 'stamp DateTime TIMESTAMP', 'tod TimeSpan TIME', 'y Int32 YEAR',
            'kind String ENUM', 'opts String SET', 'doc String VARCHAR', 'u Guid CHAR(36)', 'ip String CHAR(39)')
        $facts.Schema.Key.Name | Should -BeExactly id
        $facts.Notes | Should -BeExactly 'huge (DECIMAL): The provider gives a .NET decimal, which keeps 28 of the 30 digits. Convert the column to text in a query to keep all.'
        $one = $records[0]
        $one.big, $one.price, $one.ratio, $one.single, $one.flag, $one.bits, $one.yes, $one.small, $one.y | Should -Be 18446744073709551615, 12.50, 0.1, 1.5, 1, 5, $true, -5, 2024
        $one.name, $one.note, $one.kind, $one.opts, $one.doc, $one.ip | Should -BeExactly $name, '', "b'c", 'x,y', '{"a": 1}', '::1'
        $one.photo | Should -Be 0, 255
        $one.day, $one.stamp | Should -Be ([datetime]'2024-02-29'), ([datetime]'2024-02-29 01:02:03.5')
        $one.at.Ticks - ([datetime]'2024-02-29 01:02:03').Ticks | Should -Be 4560
        $one.tod | Should -Be ([timespan]'-12:34:56.5')
        $one.u | Should -Be ([guid]'6f9619ff-8b86-d011-b42d-00c04fc964ff')
        $records[1].PSObject.Properties.Where({ $null -ne $_.Value }).Name | Should -Be id
        (Get-SourceData @database -Query 'SELECT CAST(huge AS CHAR) AS huge FROM `order items` WHERE id = @id' -Parameter @{ id = 1 }).huge | Should -BeExactly '12345678901234567890.0123456789'
    }

    It 'agrees with a dump that MariaDB''s own program makes of it' {
        Export-TestDump $server ./shop.sql
        $live = Get-SourceData @database -Table 'order items'
        $dumped = Get-SourceData ./shop.sql -Table 'order items' -MetadataVariable facts
        $dumped.Count | Should -Be 2
        foreach ($name in 'id', 'big', 'price', 'ratio', 'single', 'name', 'note', 'bits', 'small', 'y', 'kind', 'opts', 'doc', 'u', 'ip') { "$($dumped[0].$name)" | Should -BeExactly "$($live[0].$name)" -Because $name }
        $dumped[0].photo | Should -Be $live[0].photo
        "$($dumped[0].huge)" | Should -BeExactly '12345678901234567890.0123456789'
        $facts.Notes | Should -BeExactly 'It is read as a dump of MySQL or MariaDB.'
        @(Get-SourceData ./shop.sql -Table many).Count | Should -Be 60000
    }

    It 'streams a large table, and leaves nothing open at the server' {
        $sum = (Get-SourceData @database -Table shop.many -ReadCount 1000 | ForEach-Object { $_.id } | Measure-Object -Sum).Sum
        $sum | Should -Be (60000 * 60001 / 2)
        (Get-SourceData @database -Table many | Select-Object -First 3).Count | Should -Be 3
        (Measure-SourceData @database -Table many).Records | Should -Be 60000
        Wait-TestCondition { (Invoke-TestSql $server "SELECT count(*) FROM information_schema.processlist WHERE user = 'reader'") -eq 0 } -What 'The end of the last connection'
    }

    It 'is a source of a plan' {
        $env:READER_PASSWORD = "se;cr'et"
        try {
            Set-Content ./many.json (@{ source = @{ type = 'ado_net'; providerPath = $provider; connectionString = $server.ConnectionString; userName = 'reader'; password = '${env:READER_PASSWORD}'; table = 'many'
                        mapping = @{ nodes = @(@{ type = 'Row'; id = 'row:{id}'; properties = @{ number = 'id' } }) } }; destination = @{ store = 'many.graph' } } | ConvertTo-Json -Depth 9)
            $result = Invoke-Migration ./many.json -JournalPath ./many.journal
            $result.Status, $result.Read, $result.Nodes.Created | Should -Be Completed, 60000, 60000
        }
        finally { $env:READER_PASSWORD = $null }
    }

    It 'is read as the help shows it' {
        Invoke-TestSql $server "CREATE TABLE customers (id int PRIMARY KEY, name text); INSERT INTO customers VALUES (1, 'Ann'), (2, 'Ben'); CREATE USER plain; GRANT SELECT ON shop.* TO plain"
        $example = @((Get-Help Get-SourceData -Examples).examples.example.code -match '-Provider ')[0]
        $here = $example.Replace('./provider/MySqlConnector.dll', "'$provider'").Replace("'Server=db;Database=shop;User ID=reader'", "'$($server.ConnectionString);User ID=plain'")
        $here | Should -Not -Be $example
        (& ([scriptblock]::Create($here))).name | Should -Be Ann, Ben
    }

    It 'rejects a row that the provider cannot give, and reads on' {
        $seen = Invoke-Observed { Get-SourceData @database -Table zero }
        $seen.Output.id | Should -Be 2
        $seen.Errors.Count | Should -Be 1
        $seen.Errors[0].FullyQualifiedErrorId | Should -BeExactly "BadRecord,$cmdlet"
        $seen.Errors[0].Exception.Message | Should -BeExactly "$place zero, record 1, field 'd': The provider cannot give the value: Unable to convert MySQL date/time to System.DateTime, set AllowZeroDateTime=True or ConvertZeroDateTime=True in the connection string. See https://mysqlconnector.net/connection-options/. Convert the column to text in a query."
    }

    It 'says how far it came where the connection is lost' {
        $read = 0
        $seen = Invoke-Observed {
            Get-SourceData @database -Table many | ForEach-Object {
                if (++$script:read -eq 300) {
                    # A server that waits to be read has no way to say why it ends.
                    Wait-TestCondition { Invoke-TestSql $server "SELECT 1 FROM information_schema.processlist WHERE user = 'reader' AND state LIKE 'Writing to net%'" } -What 'A server that waits'
                    Invoke-TestSql $server "KILL CONNECTION $(Invoke-TestSql $server "SELECT id FROM information_schema.processlist WHERE user = 'reader'")"
                }
            }
        }
        $script:read | Should -BeIn (300..59999)
        $seen.Errors.Count | Should -Be 1
        $seen.Errors[0].FullyQualifiedErrorId | Should -BeExactly "SourceUnreadable,$cmdlet"
        $seen.Errors[0].Exception.Message | Should -BeExactly "$place many could not be read on after record ${script:read}: An incomplete response was received from the server. Start again."
    }

    It 'says what is wrong, without a secret: <Name>' -ForEach @(
        @{ Name = 'the password'; Code = 'AuthenticationFailed'; With = @{ Table = 'many'; Credential = [pscredential]::new('reader', [System.Net.NetworkCredential]::new('', 'canary').SecurePassword) }
            Message = "MySqlConnector could not connect to mysqlconnector://127.0.0.1/shop: Access denied for user 'reader'@'localhost' (using password: YES). Check the connection string, the user and the password." }
        @{ Name = 'the table'; Code = 'InvalidQuery'; With = @{ Table = 'nowhere' }; Message = "The database refused the statement of mysqlconnector://127.0.0.1/shop nowhere: Table 'shop.nowhere' doesn't exist." }
        @{ Name = 'the query'; Code = 'InvalidQuery'; With = @{ Query = 'SELEC 1' }
            Message = "The database refused the statement of mysqlconnector://127.0.0.1/shop query: You have an error in your SQL syntax; check the manual that corresponds to your MariaDB server version for the right syntax to use near 'SELEC 1' at line 1." }
        @{ Name = 'a statement that writes'; Code = 'InvalidQuery'; With = @{ Query = 'DELETE FROM many' }
            Message = "The database refused the statement of mysqlconnector://127.0.0.1/shop query: DELETE command denied to user 'reader'@'localhost' for table ``shop``.``many``." }
        @{ Name = 'the settings'; Code = 'InvalidConnection'; With = @{ Query = 'SELECT 1'; ConnectionString = 'Servr=x;Password=canary' }
            Message = "MySqlConnector does not accept the connection string. Check the names of its settings in the provider's documentation." }
        @{ Name = 'the server'; Code = 'EndpointUnreachable'; With = @{ Query = 'SELECT 1'; ConnectionString = 'Server=127.0.0.1;Port=1;Password=canary' }
            Message = 'MySqlConnector could not connect to mysqlconnector://127.0.0.1: Unable to connect to any of the specified MySQL hosts. Check the connection string, the user and the password.' }
    ) {
        $asked = $database.Clone()
        foreach ($key in $With.Keys) { $asked[$key] = $With[$key] }
        $seen = Invoke-Observed { Get-SourceData @asked }
        $seen.Output | Should -BeNullOrEmpty
        $seen.Errors.Count | Should -Be 1
        $seen.Errors[0].FullyQualifiedErrorId | Should -BeExactly "$Code,$cmdlet"
        $seen.Errors[0].Exception.Message | Should -BeExactly $Message
        $seen.Errors[0].Exception.ToString() | Should -Not -Match canary
    }
}
