using Npgsql;
using SafeAI.Migration.Engine.Extraction.Databases;
using SafeAI.Migration.TestKit.Postgres;

namespace SafeAI.Migration.Integration.Tests.Extraction.Databases;

/// <summary>Text comes whole from servers of any encoding, and never with other characters in the place of what is not valid.</summary>
public sealed class PostgreSqlEncodingTests(PostgresFixture fixture) : IClassFixture<PostgresFixture>
{
    private const string Advice = "Where it is LATIN1, a query reads it with convert_from(convert(convert_to(column, 'SQL_ASCII'), 'LATIN1', 'UTF8'), 'SQL_ASCII').";

    [Theory]
    [InlineData("LATIN1", "Zoë Ørsted")]
    [InlineData("EUC_JP", "漢字")]
    [InlineData("UTF8", "Zoë 漢字 😀")]
    public async Task A_server_of_another_encoding_is_read_as_it_is(string encoding, string text)
    {
        await using var database = await CreateAsync(encoding);
        await ExecuteAsync(database, $"CREATE TABLE t (id int PRIMARY KEY, s text, l text[]); INSERT INTO t VALUES (1, '{text}', ARRAY['{text}'])");
        foreach (var connection in new[] { database.ConnectionString, database.ConnectionString + ";Client Encoding=LATIN1", database.Uri + "&client_encoding=SQL_ASCII" })
        {
            foreach (var isTable in new[] { true, false })
            {
                await using var source = await OpenAsync(connection, isTable);
                var record = Assert.Single(await source.ReadAllAsync());
                Assert.Equal(text, record.Get("s"));
                Assert.Equal([text], (string[])record.Get("l")!);
            }
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Bytes_that_are_no_text_are_rejected_not_replaced(bool isTable)
    {
        await using var database = await CreateAsync("SQL_ASCII");
        await ExecuteAsync(database, "CREATE TABLE t (id int PRIMARY KEY, s text, l text[]); INSERT INTO t VALUES (1, 'Zoë', '{ok}'), (2, E'caf\\xe9', '{ok}'), (3, 'x', ARRAY[E'\\xff']), (4, 'end', NULL)");
        await using var source = await OpenAsync(database.ConnectionString, isTable);
        var records = new List<Record>();
        var rejects = new List<Reject>();
        await foreach (var batch in source.ReadAsync())
        {
            records.AddRange(batch.Records);
            rejects.AddRange(batch.Rejects);
        }

        Assert.Equal(["1 Zoë", "4 end"], records.Select(r => $"{r.Get("id")} {r.Get("s")}"));
        Assert.Equal(
            [
                $"{source.Source.Name}, record 2, field 's': The text could not be read: it holds the byte 0xE9, which is not valid in UTF-8. {Advice}",
                $"{source.Source.Name}, record 3, field 'l': The text[] could not be read: it holds the byte 0xFF, which is not valid in UTF-8. {Advice}",
            ],
            rejects.Select(r => r.ToString()));
        Assert.Equal((4, 2), (source.Source.Read, source.Source.Rejected));

        // The advice is good.
        await using var converted = await PostgreSqlSource.OpenAsync(new()
        {
            ConnectionString = database.ConnectionString, Query = $"SELECT {Advice[Advice.IndexOf("convert_from", StringComparison.Ordinal)..].TrimEnd('.').Replace("column", "s", StringComparison.Ordinal)} AS s FROM t WHERE id = 2",
        });
        Assert.Equal("café", Assert.Single(await converted.ReadAllAsync()).Get("s"));
    }

    [Fact]
    public async Task A_key_that_is_no_text_ends_the_read()
    {
        await using var database = await CreateAsync("SQL_ASCII");
        await ExecuteAsync(database, "CREATE TABLE t (id text PRIMARY KEY); INSERT INTO t VALUES ('a'), (E'b\\xe9'), ('c')");
        await using var source = await OpenAsync(database.ConnectionString, isTable: true);
        var e = await Assert.ThrowsAsync<MigrationException>(source.ReadAllAsync);
        Assert.Equal(ErrorCode.BadRecord, e.Code);
        Assert.Equal($"{source.Source.Name}, record 2: The text of the key 'id' could not be read: it holds the byte 0xE9, which is not valid in UTF-8. {Advice}", e.Message);
        Assert.Equal(1, source.Source.Read);
    }

    private static Task<PostgreSqlSource> OpenAsync(string connection, bool isTable) => PostgreSqlSource.OpenAsync(new()
    {
        ConnectionString = connection,
        Table = isTable ? "t" : null,
        Query = isTable ? null : "SELECT * FROM t ORDER BY id",
    });

    private async Task<PostgresDatabase> CreateAsync(string encoding)
    {
        var database = await fixture.Database.Server.CreateDatabaseAsync();
        await fixture.Database.ExecuteAsync($"DROP DATABASE \"{database.Name}\"");
        await fixture.Database.ExecuteAsync($"CREATE DATABASE \"{database.Name}\" ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0");
        return database;
    }

    // The driver's own check of what it sends is not wanted here.
    private static async Task ExecuteAsync(PostgresDatabase database, string statements)
    {
        await using var connection = new NpgsqlConnection(database.ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(statements, connection);
        await command.ExecuteNonQueryAsync();
    }
}
