using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;
using SafeAI.Migration.Engine.Extraction.Databases;
using SafeAI.Migration.TestKit;
using SafeAI.Migration.TestKit.Postgres;

namespace SafeAI.Migration.Integration.Tests.Extraction.Databases;

/// <summary>What is said when a database cannot be read, word for word.</summary>
public sealed class PostgreSqlErrorTests(PostgresFixture fixture) : IClassFixture<PostgresFixture>
{
    private PostgresDatabase Database => fixture.Database;

    [Fact]
    public async Task Nobody_listens()
    {
        var port = PostgresServer.FindFreePort();
        var e = await FailAsync(new()
        {
            ConnectionString = string.Create(CultureInfo.InvariantCulture, $"postgresql://someone:s3cret@127.0.0.1:{port}/shop"),
            Table = "t",
        });
        Assert.Equal(ErrorCode.EndpointUnreachable, e.Code);
        Assert.True(e.IsTransient);
        Assert.Equal(
            string.Create(CultureInfo.InvariantCulture, $"Nobody answers at postgresql://127.0.0.1:{port}/shop: Connection refused. Check the host and the port, and that the server runs and listens there."),
            e.Message);
        Assert.DoesNotContain("s3cret", e.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_password_is_wrong()
    {
        var e = await FailAsync(new() { ConnectionString = Database.ConnectionString, Password = "wr0ng-canary", Table = "t" });
        Assert.Equal(ErrorCode.AuthenticationFailed, e.Code);
        Assert.False(e.IsTransient);
        Assert.Equal($"{Database.DisplayName} refused the password of the user 'postgres'. Give the right password.", e.Message);
        Assert.DoesNotContain("wr0ng-canary", e.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_password_is_given()
    {
        var e = await FailAsync(new() { ConnectionString = $"Host={Database.Server.Host};Port={Database.Server.Port};Database={Database.Name};Username=postgres;Passfile=/dev/null", Table = "t" });
        Assert.Equal(ErrorCode.AuthenticationFailed, e.Code);
        Assert.Equal(
            $"{Database.DisplayName} wants a password of the user 'postgres', and none was given. Give it with the credential, in PGPASSWORD, or in the password file.",
            e.Message);
    }

    [Fact]
    public async Task The_password_file_is_missing()
    {
        var e = await FailAsync(new() { ConnectionString = $"Host={Database.Server.Host};Port={Database.Server.Port};Database={Database.Name};Username=postgres;Passfile=/nowhere", Table = "t" });
        Assert.Equal(ErrorCode.InvalidConnection, e.Code);
        Assert.Equal($"A file that the connection to {Database.DisplayName} needs cannot be read: Could not find file '/nowhere'. Check the password file and the certificates that the connection string names.", e.Message);
    }

    [Fact]
    public async Task The_password_may_come_from_a_password_file()
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, $"*:*:other:postgres:wrong\n{Database.Server.Host}:{Database.Server.Port}:*:postgres:{Database.Server.Password}\n");
            await using var source = await PostgreSqlSource.OpenAsync(new()
            {
                ConnectionString = $"postgresql://postgres@{Database.Server.Host}:{Database.Server.Port}/{Database.Name}?passfile={Uri.EscapeDataString(file)}",
                Query = "SELECT 1 AS one",
            });
            Assert.Equal(1, Assert.Single(await source.ReadAllAsync()).GetValue(0));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task There_is_no_such_database()
    {
        var e = await FailAsync(new() { ConnectionString = Database.Uri.Replace(Database.Name, "nowhere", StringComparison.Ordinal), Table = "t" });
        Assert.Equal(ErrorCode.SourceNotFound, e.Code);
        Assert.Equal(
            $"There is no database 'nowhere' on the server of {Database.DisplayName.Replace(Database.Name, "nowhere", StringComparison.Ordinal)}. psql -l lists the databases.",
            e.Message);
    }

    [Fact]
    public async Task There_is_no_such_table_and_similar_ones_are_named()
    {
        await using var database = await Database.Server.CreateDatabaseAsync();
        Task<MigrationException> FindAsync(string table) => FailAsync(new() { ConnectionString = database.ConnectionString, Table = table });
        Assert.Equal($"There is no table or view 'costumers' in {database.DisplayName}. The database has no tables.", (await FindAsync("costumers")).Message);

        await database.ExecuteAsync("""
            CREATE SCHEMA crm; CREATE TABLE crm.customers (a int); CREATE TABLE "Customer" (a int); CREATE TABLE other (a int);
            """);
        var e = await FindAsync("costumers");
        Assert.Equal(ErrorCode.SourceNotFound, e.Code);
        Assert.Equal($"There is no table or view 'costumers' in {database.DisplayName}. Similar: crm.customers, public.\"Customer\".", e.Message);
        Assert.Equal($"There is no table or view 'zzz' in {database.DisplayName}. The database has 3 tables and views, for instance crm.customers.", (await FindAsync("zzz")).Message);
        Assert.Equal($"There is no table or view 'customers' in {database.DisplayName}. Similar: crm.customers, public.\"Customer\".", (await FindAsync("customers")).Message);
    }

    [Theory]
    [InlineData("a.b.c", "'a.b.c' is not the name of a table: it has more than two parts. Write table, schema.table or \"Schema\".\"Table\".")]
    [InlineData("\"abc", "'\"abc' is not the name of a table: a quote is not closed. Write table, schema.table or \"Schema\".\"Table\".")]
    [InlineData("a.", "'a.' is not the name of a table: a part of it is empty. Write table, schema.table or \"Schema\".\"Table\".")]
    [InlineData("\"a\"b", "'\"a\"b' is not the name of a table: after a closing quote there is more than a dot. Write table, schema.table or \"Schema\".\"Table\".")]
    public async Task The_name_of_the_table_is_none(string table, string message)
    {
        var e = await FailAsync(new() { ConnectionString = Database.ConnectionString, Table = table });
        Assert.Equal(ErrorCode.InvalidOptions, e.Code);
        Assert.Equal(message, e.Message);
    }

    [Theory]
    [InlineData("SELECT 1,\n  2 FORM t", "The server refused the query of {0} query at line 2, column 10: syntax error at or near \"t\" (42601).")]
    [InlineData("SELECT * FROM nowhere", "The server refused the query of {0} query at line 1, column 15: relation \"nowhere\" does not exist (42P01).")]
    [InlineData("SELECT 1; SELECT 2", "The query holds more than one statement. Give one statement that returns rows.")]
    [InlineData("SET timezone = 'UTC'", "The query returns no columns. Give one statement that returns rows.")]
    [InlineData("SELECT datnam FROM pg_database", "The server refused the query of {0} query at line 1, column 8: column \"datnam\" does not exist (42703). Perhaps you meant to reference the column \"pg_database.datname\".")]
    public async Task The_query_is_wrong(string query, string message)
    {
        var e = await FailAsync(new() { ConnectionString = Database.ConnectionString, Query = query });
        Assert.Equal(ErrorCode.InvalidQuery, e.Code);
        Assert.Equal(string.Format(CultureInfo.InvariantCulture, message, Database.DisplayName), e.Message);
    }

    [Fact]
    public async Task A_parameter_is_of_no_type_that_the_server_takes()
    {
        var e = await FailAsync(new() { ConnectionString = Database.ConnectionString, Query = "SELECT @v AS v", Parameters = new Dictionary<string, object?> { ["v"] = new Version(1, 2) } });
        Assert.Equal(ErrorCode.InvalidOptions, e.Code);
        Assert.Equal("A value of the query's parameters is of a type that PostgreSQL does not take. Give numbers, texts, dates, bytes, true or false, or arrays of one of these.", e.Message);
        var provided = await Assert.ThrowsAsync<MigrationException>(() => AdoNetSource.OpenAsync(new()
        {
            ProviderPath = typeof(NpgsqlConnection).Assembly.Location, ConnectionString = Database.ConnectionString, Query = "SELECT @v AS v", Parameters = new Dictionary<string, object?> { ["v"] = new Version(1, 2) },
        }));
        Assert.Equal(ErrorCode.InvalidQuery, provided.Code);
        Assert.Equal($"The provider cannot send the statement of npgsql://tcp://{Database.Server.Host}:{Database.Server.Port}/{Database.Name} query: Writing values of 'System.Version' is not supported for parameters having no NpgsqlDbType or DataTypeName. Try setting one of these values to the expected database type. Check the query and the values of its parameters.", provided.Message);
    }

    [Fact]
    public async Task The_query_fails_at_a_row_and_the_rows_before_it_still_arrive()
    {
        await using var source = await fixture.OpenQueryAsync("SELECT 1 / (2500 - i) AS v FROM generate_series(1, 5000) i");
        long read = 0;
        var e = await Assert.ThrowsAsync<MigrationException>(async () =>
        {
            await foreach (var batch in source.ReadAsync())
                read += batch.Records.Count;
        });
        Assert.Equal(2499, read);
        Assert.Equal(ErrorCode.InvalidQuery, e.Code);
        Assert.Equal($"The server refused the query of {Database.DisplayName} query: division by zero (22012).", e.Message);
    }

    [Fact]
    public async Task The_table_may_not_be_read()
    {
        await Database.ExecuteAsync("CREATE TABLE forbidden (id int); DROP ROLE IF EXISTS reader; CREATE ROLE reader LOGIN PASSWORD 'p@ss:w/rd%?'");
        var options = new PostgreSqlSourceOptions { ConnectionString = Database.ConnectionString, UserName = "reader", Password = "p@ss:w/rd%?", Table = "forbidden" };
        await using var source = await PostgreSqlSource.OpenAsync(options);
        var e = await Assert.ThrowsAsync<MigrationException>(source.ReadAllAsync);
        Assert.Equal(ErrorCode.PermissionDenied, e.Code);
        Assert.Equal($"{Database.DisplayName} public.forbidden may not be read: permission denied for table forbidden. Ask for the privilege SELECT.", e.Message);

        // The same password in a URI, percent-encoded.
        var uri = $"postgresql://reader:{Uri.EscapeDataString("p@ss:w/rd%?")}@{Database.Server.Host}:{Database.Server.Port}/{Database.Name}";
        await using var again = await PostgreSqlSource.OpenAsync(new() { ConnectionString = uri, Query = "SELECT current_user::text AS u" });
        Assert.Equal("reader", Assert.Single(await again.ReadAllAsync()).GetValue(0));
    }

    [Theory]
    [InlineData(null, null, "Neither a table nor a query is given. Give one of them.")]
    [InlineData("t", "SELECT 1", "Both a table and a query are given. Give one of them.")]
    public async Task What_to_read_is_not_clear(string? table, string? query, string message)
    {
        var e = await FailAsync(new() { ConnectionString = Database.ConnectionString, Table = table, Query = query });
        Assert.Equal(ErrorCode.InvalidOptions, e.Code);
        Assert.Equal(message, e.Message);
    }

    [Fact]
    public async Task The_key_to_start_after_does_not_fit()
    {
        await Database.ExecuteAsync("CREATE TABLE one_key (id int PRIMARY KEY); CREATE TABLE no_key (id int)");
        var two = await FailAsync(new() { ConnectionString = Database.ConnectionString, Table = "one_key", AfterKey = [1, 2] });
        Assert.Equal($"The key of {Database.DisplayName} public.one_key has 1 columns (id), but 2 values are given. Give one value per key column.", two.Message);
        var none = await FailAsync(new() { ConnectionString = Database.ConnectionString, Table = "no_key", AfterKey = [1] });
        Assert.Equal($"{Database.DisplayName} public.no_key cannot be read from a key on. That needs a table with a primary key, read in the key's order.", none.Message);
    }

    [Fact]
    public async Task A_server_that_takes_no_connection_again_is_an_error_that_names_the_last_key()
    {
        await using var database = await Database.Server.CreateDatabaseAsync();
        await database.ExecuteAsync("CREATE TABLE gone (id int PRIMARY KEY, filler text); INSERT INTO gone SELECT i, repeat('x', 1000) FROM generate_series(1, 40000) i");
        await using var source = await PostgreSqlSource.OpenAsync(new() { ConnectionString = database.ConnectionString, Table = "gone" });
        var read = 0;
        var e = await Assert.ThrowsAsync<MigrationException>(async () =>
        {
            await foreach (var batch in source.ReadAsync())
            {
                if (read == 0)
                {
                    // Statements of one command are one transaction: the reader could come back before the first of them holds.
                    await Database.ExecuteAsync($"ALTER DATABASE \"{database.Name}\" ALLOW_CONNECTIONS false");
                    await Database.ExecuteAsync($"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{database.Name}'");
                }

                read += batch.Records.Count;
            }
        });
        Assert.InRange(read, 1000, 39_999);
        Assert.Equal(ErrorCode.SourceUnreadable, e.Code);
        Assert.Equal(
            $"The connection of {source.Source.Name} was lost after record {read} (id={read}): {database.DisplayName} does not take a connection now: database \"{database.Name}\" is not currently accepting connections. Read on after that key once the server answers again.",
            e.Message);
    }

    [Fact]
    public async Task The_server_does_not_let_the_user_in()
    {
        await using var database = await Database.Server.CreateDatabaseAsync();
        await database.ExecuteAsync($"DROP ROLE IF EXISTS outsider; CREATE ROLE outsider LOGIN PASSWORD 'outside'; REVOKE CONNECT ON DATABASE \"{database.Name}\" FROM public");
        var e = await FailAsync(new() { ConnectionString = database.ConnectionString, UserName = "outsider", Password = "outside", Table = "t" });
        Assert.Equal(ErrorCode.PermissionDenied, e.Code);
        Assert.Equal($"{database.DisplayName} does not let the user 'outsider' connect: permission denied for database \"{database.Name}\". Ask for the privilege CONNECT on the database.", e.Message);

        await database.ExecuteAsync("ALTER ROLE outsider NOLOGIN");
        e = await FailAsync(new() { ConnectionString = database.ConnectionString, UserName = "outsider", Password = "outside", Table = "t" });
        Assert.Equal(ErrorCode.AuthenticationFailed, e.Code);
        Assert.Equal($"{database.DisplayName} refused the user 'outsider': role \"outsider\" is not permitted to log in. Check the user's name and the server's pg_hba.conf.", e.Message);
    }

    [Fact]
    public async Task The_server_takes_no_connection_now()
    {
        await using var database = await Database.Server.CreateDatabaseAsync();
        await Database.ExecuteAsync($"ALTER DATABASE \"{database.Name}\" ALLOW_CONNECTIONS false");
        var e = await FailAsync(new() { ConnectionString = database.ConnectionString, Table = "t" });
        Assert.Equal(ErrorCode.EndpointUnreachable, e.Code);
        Assert.Equal($"{database.DisplayName} does not take a connection now: database \"{database.Name}\" is not currently accepting connections.", e.Message);
    }

    [Fact]
    public async Task A_server_that_does_not_speak_is_not_waited_for_without_end()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var port = ((IPEndPoint)listener.LocalEndpoint).Port;
        var e = await FailAsync(new() { ConnectionString = string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={port};Database=shop;Username=u;Timeout=1"), Table = "t" });
        Assert.Equal((ErrorCode.EndpointUnreachable, true), (e.Code, e.IsTransient));
        Assert.Equal(
            string.Create(CultureInfo.InvariantCulture, $"Nobody answered at postgresql://127.0.0.1:{port}/shop within 1 seconds. Check the host, the port and the firewall between."),
            e.Message);
    }

    [Theory]
    [InlineData("FROM pg_type", ErrorCode.EndpointUnreachable, "The connection to {0} could not be made: Exception while reading from stream")]
    [InlineData("pg_partition_tree", ErrorCode.SourceUnreadable, "The connection to {0} was lost: The connection was closed by the server.")]
    [InlineData("COPY", ErrorCode.SourceUnreadable, "The connection of {0} public.lost_early was lost before the first record: The connection was closed by the server. Without a key, read in its order, the table cannot be read on: start again.")]
    public async Task A_connection_that_is_lost_before_the_first_record_is_an_error(string lostAt, string code, string message)
    {
        await Database.ExecuteAsync("CREATE TABLE IF NOT EXISTS lost_early (id int)");
        await using var relay = new TcpRelay(Database.Server.Host, Database.Server.Port, cutAt: lostAt);
        var connection = new NpgsqlConnectionStringBuilder(Database.ConnectionString) { Port = relay.Port }.ConnectionString;
        var e = await Assert.ThrowsAsync<MigrationException>(async () =>
        {
            await using var source = await PostgreSqlSource.OpenAsync(new() { ConnectionString = connection, Table = "lost_early" });
            await source.ReadAllAsync();
        });
        Assert.Equal((code, true), (e.Code, e.IsTransient));
        Assert.Equal(string.Format(CultureInfo.InvariantCulture, message, string.Create(CultureInfo.InvariantCulture, $"postgresql://{Database.Server.Host}:{relay.Port}/{Database.Name}")), e.Message);
    }

    private static Task<MigrationException> FailAsync(PostgreSqlSourceOptions options) =>
        Assert.ThrowsAsync<MigrationException>(() => PostgreSqlSource.OpenAsync(options));
}
