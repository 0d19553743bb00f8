using System.Globalization;
using System.Numerics;
using SafeAI.Migration.Engine.Extraction.Databases;

namespace SafeAI.Migration.Integration.Tests.Extraction.Databases;

/// <summary>Every type of PostgreSQL arrives as it is.</summary>
public sealed class PostgreSqlTypesTests(PostgresFixture fixture) : IClassFixture<PostgresFixture>
{
    public static TheoryData<string, object?, Type> PlainValues => new()
    {
        { "true", true, typeof(bool) },
        { "7::int2", (short)7, typeof(short) },
        { "(-2147483648)::int4", int.MinValue, typeof(int) },
        { "9223372036854775807::int8", long.MaxValue, typeof(long) },
        { "1.5::float4", 1.5f, typeof(float) },
        { "0.1::float8", 0.1, typeof(double) },
        { "'NaN'::float8", double.NaN, typeof(double) },
        { "'-Infinity'::float8", double.NegativeInfinity, typeof(double) },
        { "'Infinity'::float4", float.PositiveInfinity, typeof(float) },
        { "1.10::numeric(12,2)", 1.10m, typeof(decimal) },
        { "-79228162514264337593543950335::numeric", decimal.MinValue, typeof(decimal) },
        { "0.0000000000000000000000000001::numeric", 0.0000000000000000000000000001m, typeof(decimal) },
        { "'00042'::text", "00042", typeof(string) },
        { "''::text", "", typeof(string) },
        { "NULL::text", null, typeof(string) },
        { "'grün 漢字 😀'::varchar(20)", "grün 漢字 😀", typeof(string) },
        { "'ab'::char(4)", "ab  ", typeof(string) },
        { "'x'::\"char\"", "x", typeof(string) },
        { "'a name'::name", "a name", typeof(string) },
        { "4000000000::oid", 4000000000L, typeof(long) },
        { "'6f9619ff-8b86-d011-b42d-00c04fc964ff'::uuid", Guid.Parse("6f9619ff-8b86-d011-b42d-00c04fc964ff"), typeof(Guid) },
        { "'\\x00ff10'::bytea", new byte[] { 0, 255, 16 }, typeof(byte[]) },
        { "'2024-02-29'::date", new DateOnly(2024, 2, 29), typeof(DateOnly) },
        { "'9999-12-31'::date", DateOnly.MaxValue, typeof(DateOnly) },
        { "'0001-01-01'::date", DateOnly.MinValue, typeof(DateOnly) },
        { "'23:59:59.999999'::time", new TimeOnly(863999999990), typeof(TimeOnly) },
        { "'2024-03-31 02:30:00.123456'::timestamp", new DateTime(2024, 3, 31, 2, 30, 0).AddTicks(1234560), typeof(DateTime) },
        { "'1969-12-31 23:59:59.999999'::timestamp", new DateTime(1969, 12, 31, 23, 59, 59).AddTicks(9999990), typeof(DateTime) },
        { "'2024-03-31 02:30:00.5+05:30'::timestamptz", new DateTimeOffset(2024, 3, 30, 21, 0, 0, 500, TimeSpan.Zero), typeof(DateTimeOffset) },
        { "'{\"b\": 1.10, \"a\": 1, \"a\": 2}'::json", "{\"b\": 1.10, \"a\": 1, \"a\": 2}", typeof(string) },
        { "'{\"b\": 1.10, \"a\": 12345678901234567890123}'::jsonb", "{\"a\": 12345678901234567890123, \"b\": 1.10}", typeof(string) },
        { "'<a/>'::xml", "<a/>", typeof(string) },
        { "'1 year 2 mons 3 days 04:05:06.789'::interval", "P1Y2M3DT4H5M6.789S", typeof(string) },
        { "'-1 day 02:00'::interval", "P-1DT2H", typeof(string) },
        { "'0'::interval", "PT0S", typeof(string) },
        { "'12:30:00+05:30'::timetz", "12:30:00+05:30", typeof(string) },
        { "'10.1.2.3/24'::inet", "10.1.2.3/24", typeof(string) },
        { "'2001:db8::1'::inet", "2001:db8::1", typeof(string) },
        { "'10.1.0.0/16'::cidr", "10.1.0.0/16", typeof(string) },
        { "'08:00:2b:01:02:03'::macaddr", "08:00:2b:01:02:03", typeof(string) },
        { "'[1,5)'::int4range", "[1,5)", typeof(string) },
        { "'[2024-01-01 00:00+02,)'::tstzrange", "[\"2023-12-31 22:00:00+00\",)", typeof(string) },
        { "'{[1,3),[5,7)}'::int4multirange", "{[1,3),[5,7)}", typeof(string) },
        { "B'10110'", "10110", typeof(string) },
        { "'(1,2)'::point", "(1,2)", typeof(string) },
        { "'the quick fox'::tsvector", "'fox' 'quick' 'the'", typeof(string) },
        { "'16/B374D848'::pg_lsn", "16/B374D848", typeof(string) },
        { "ROW(1, 'a b', NULL)", "(1,\"a b\",)", typeof(string) },
        { "'{1,2,3}'::int4[]", new[] { 1, 2, 3 }, typeof(int[]) },
        { "'{}'::int8[]", Array.Empty<long>(), typeof(long[]) },
        { "'{a,\"b,\\\"c\\\\\",\"\",NULL,\"NULL\",d;e}'::text[]", new[] { "a", "b,\"c\\", "", null, "NULL", "d;e" }, typeof(string[]) },
        { "'{1.10,2}'::numeric[]", new[] { 1.10m, 2m }, typeof(decimal[]) },
        { "'{t,f}'::bool[]", new[] { true, false }, typeof(bool[]) },
        { "'{NaN,Infinity,1e300}'::float8[]", new[] { double.NaN, double.PositiveInfinity, 1e300 }, typeof(double[]) },
        { "'{2024-01-02}'::date[]", new[] { new DateOnly(2024, 1, 2) }, typeof(DateOnly[]) },
        { "ARRAY['2024-01-02 03:04:05.000006'::timestamp]", new[] { new DateTime(2024, 1, 2, 3, 4, 5).AddTicks(60) }, typeof(DateTime[]) },
        { "ARRAY['2024-01-02 03:04:05+02'::timestamptz]", new[] { new DateTimeOffset(2024, 1, 2, 1, 4, 5, TimeSpan.Zero) }, typeof(DateTimeOffset[]) },
        { "ARRAY['6f9619ff-8b86-d011-b42d-00c04fc964ff'::uuid]", new[] { Guid.Parse("6f9619ff-8b86-d011-b42d-00c04fc964ff") }, typeof(Guid[]) },
        { "ARRAY['\\x0102'::bytea]", new[] { new byte[] { 1, 2 } }, typeof(byte[][]) },
        { "ARRAY['(1,1),(0,0)'::box, '(3,3),(2,2)'::box]", new[] { "(1,1),(0,0)", "(3,3),(2,2)" }, typeof(string[]) },
    };

    /// <summary>Values that the column's .NET type cannot hold: the field of that row holds any type.</summary>
    public static TheoryData<string, object> OddValues => new()
    {
        { "'NaN'::numeric(12,2)", double.NaN },
        { "'Infinity'::numeric", double.PositiveInfinity },
        { "'-Infinity'::numeric", double.NegativeInfinity },
        { "79228162514264337593543950336::numeric", BigInteger.Parse("79228162514264337593543950336", CultureInfo.InvariantCulture) },
        { "(10::numeric ^ 60)::numeric(70,0)", BigInteger.Pow(10, 60) },
        { "12345678901234567890123456789.123456789::numeric", "12345678901234567890123456789.123456789" },
        { "0.12345678901234567890123456789012345::numeric", "0.12345678901234567890123456789012345" },
        { "'infinity'::timestamptz", "infinity" },
        { "'-infinity'::timestamp", "-infinity" },
        { "'infinity'::date", "infinity" },
        { "'-infinity'::date", "-infinity" },
        { "'0044-03-15 BC'::date", "0044-03-15 BC" },
        { "'0001-12-31 BC'::date", "0001-12-31 BC" },
        { "'4713-01-01 BC'::date", "4713-01-01 BC" },
        { "'0005-02-29 BC'::date", "0005-02-29 BC" },
        { "'10000-01-01'::date", "10000-01-01" },
        { "'5874897-12-31'::date", "5874897-12-31" },
        { "'0044-03-15 12:30:00.25 BC'::timestamp", "0044-03-15 12:30:00.25 BC" },
        { "'294276-12-31 23:59:59.999999'::timestamptz", "294276-12-31 23:59:59.999999+00" },
        { "'24:00:00'::time", "24:00:00" },
        { "'{1,NULL,3}'::int4[]", new object?[] { 1, null, 3 } },
        { "'{1.5,NaN}'::numeric[]", new object?[] { 1.5m, double.NaN } },
        { "'{2024-01-02,infinity}'::date[]", new object?[] { new DateOnly(2024, 1, 2), "infinity" } },
        { "'{{1,2},{3,4}}'::int4[]", "{{1,2},{3,4}}" },
        { "'[0:1]={5,6}'::int4[]", "[0:1]={5,6}" },
    };

    [Theory]
    [MemberData(nameof(PlainValues))]
    public async Task A_value_arrives_as_it_is(string expression, object? expected, Type type)
    {
        await using var source = await fixture.OpenQueryAsync($"SELECT {expression} AS v");
        var record = Assert.Single(await source.ReadAllAsync());
        Assert.Equal(type, record.GetSchema().Fields[0].Type);
        Assert.Same(source.Metadata.Schema, record.GetSchema());
        Assert.Equal(expected, record.GetValue(0));
        if (expected is decimal number)
            Assert.Equal(number.ToString(CultureInfo.InvariantCulture), ((decimal)record.GetValue(0)!).ToString(CultureInfo.InvariantCulture));
        if (expected is not null)
            Assert.IsType(type, record.GetValue(0));
    }

    [Theory]
    [MemberData(nameof(OddValues))]
    public async Task A_value_that_the_type_cannot_hold_arrives_whole_and_is_noted(string expression, object expected)
    {
        await using var source = await fixture.OpenQueryAsync($"SELECT {expression} AS v, 1 AS other");
        var record = Assert.Single(await source.ReadAllAsync());
        Assert.Equal(expected, record.GetValue(0));
        Assert.Equal(expected.GetType(), record.GetValue(0)!.GetType());
        var field = record.GetSchema().Fields[0];
        Assert.Equal(typeof(object), field.Type);
        Assert.False(string.IsNullOrEmpty(field.Note));
        Assert.Equal(typeof(int), record.GetSchema().Fields[1].Type);
        Assert.NotEqual(typeof(object), source.Metadata.Schema!.Fields[0].Type);
    }

    [Fact]
    public async Task What_the_server_writes_is_the_text_form_of_dates_beyond_dotnet()
    {
        // Every day of some years around the edges, against the server's own words.
        await using var source = await fixture.OpenQueryAsync("""
            SELECT d AS day, d::text AS words, d::timestamp + interval '1 second 20 milliseconds' AS moment, (d::timestamp + interval '1 second 20 milliseconds')::text AS moment_words
            FROM (SELECT date '0009-01-01 BC' + i AS d FROM generate_series(0, 3652) i
                UNION ALL SELECT date '9999-12-01' + i FROM generate_series(0, 1500) i) x
            """);
        var records = await source.ReadAllAsync();
        Assert.Equal(3653 + 1501, records.Count);
        foreach (var record in records)
        {
            var day = record.GetValue(0);
            Assert.Equal(record.GetValue(1), day is DateOnly d ? d.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) : day);
            var moment = record.GetValue(2);
            Assert.Equal(record.GetValue(3), moment is DateTime m ? m.ToString("yyyy-MM-dd HH:mm:ss.ff", CultureInfo.InvariantCulture) : moment);
        }

        Assert.Contains(records, r => r.GetValue(0) is DateOnly);
        Assert.Contains(records, r => r.GetValue(0) is string);
    }

    [Fact]
    public async Task Enums_domains_and_composites_of_a_table_carry_their_own_type_names()
    {
        await fixture.Database.ExecuteAsync("""
            CREATE TYPE mood AS ENUM ('sad', 'happy');
            CREATE DOMAIN posint AS int CHECK (VALUE > 0);
            CREATE DOMAIN strict_posint AS posint NOT NULL;
            CREATE TYPE pair AS (a int, b text);
            CREATE TABLE typed (id posint PRIMARY KEY, m mood, ms mood[], ds strict_posint[], p pair, amount numeric(12,2) NOT NULL);
            INSERT INTO typed VALUES (1, 'happy', '{sad,happy}', '{4,5}', (1, 'x'), 3.50), (2, NULL, NULL, NULL, NULL, 'NaN');
            """);
        await using var source = await fixture.OpenTableAsync("typed");
        var records = await source.ReadAllAsync();
        var schema = source.Metadata.Schema!;
        Assert.Equal(["posint", "mood", "mood[]", "strict_posint[]", "pair", "numeric(12,2)"], schema.Fields.Select(f => f.SourceType));
        Assert.Equal([typeof(int), typeof(string), typeof(string[]), typeof(int[]), typeof(string), typeof(decimal)], schema.Fields.Select(f => f.Type));
        Assert.Equal([false, true, true, true, true, false], schema.Fields.Select(f => f.IsNullable));
        Assert.Equal("id", Assert.Single(schema.Key).Name);
        Assert.Equal([1, "happy", new[] { "sad", "happy" }, new[] { 4, 5 }, "(1,x)", 3.50m], Enumerable.Range(0, 6).Select(records[0].GetValue));
        Assert.Equal([2, null, null, null, null, double.NaN], Enumerable.Range(0, 6).Select(records[1].GetValue));
        Assert.Contains("p (pair): A row as PostgreSQL writes it.", source.Metadata.Notes);
        // The record with the odd value still works as an object with properties.
        Assert.Equal(double.NaN, records[1].GetType().GetProperty("amount")!.GetValue(records[1]));
        Assert.Equal(3.50m, records[0].GetType().GetProperty("amount")!.GetValue(records[0]));
    }

    [Theory]
    [InlineData("Europe/Berlin", "postgres_verbose", "German, DMY")]
    [InlineData("Asia/Kolkata", "sql_standard", "SQL, MDY")]
    public async Task Text_forms_do_not_depend_on_the_database_settings(string zone, string intervals, string dates)
    {
        await using var database = await fixture.Database.Server.CreateDatabaseAsync();
        await database.ExecuteAsync($"""
            ALTER DATABASE "{database.Name}" SET timezone = '{zone}';
            ALTER DATABASE "{database.Name}" SET intervalstyle = '{intervals}';
            ALTER DATABASE "{database.Name}" SET datestyle = '{dates}';
            ALTER DATABASE "{database.Name}" SET bytea_output = 'escape';
            ALTER DATABASE "{database.Name}" SET extra_float_digits = -5;
            """);
        await using var source = await PostgreSqlSource.OpenAsync(new()
        {
            ConnectionString = database.ConnectionString,
            Query = """
                SELECT interval '1 mon -2 days' AS i, ARRAY[timestamptz '2024-01-01 00:00+02'] AS t, ARRAY['\x5c00'::bytea] AS b,
                    ARRAY[0.1::float8 + 0.2] AS f, '[2024-01-01 00:00+02,)'::tstzrange AS r
                """,
        });
        var record = Assert.Single(await source.ReadAllAsync());
        Assert.Equal("P1M-2D", record.Get("i"));
        Assert.Equal(new[] { new DateTimeOffset(2023, 12, 31, 22, 0, 0, TimeSpan.Zero) }, record.Get("t"));
        Assert.Equal(new[] { new byte[] { 0x5c, 0 } }, record.Get("b"));
        Assert.Equal(new[] { 0.1 + 0.2 }, record.Get("f"));
        Assert.Equal("[\"2023-12-31 22:00:00+00\",)", record.Get("r"));
    }
}
