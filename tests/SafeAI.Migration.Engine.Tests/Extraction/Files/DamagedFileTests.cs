using System.Runtime.CompilerServices;
using System.Text;
using SafeAI.Migration.Engine.Extraction.Files;

namespace SafeAI.Migration.Engine.Tests.Extraction.Files;

/// <summary>
/// Files that were damaged at random, always the same way: whatever is wrong with them is a reject or an error of the
/// engine's own, and all that was read is counted.
/// </summary>
public sealed class DamagedFileTests : FileSourceTest
{
    private const int Times = 400;

    private static readonly byte[] s_ndjson = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(1, 60).Select(i => $"{{\"id\": {i}, \"name\": \"Zoë \\u00e9 {i}\", \"list\": [1, 2.5, null, {{\"a\": true}}], \"big\": 1234567890123456789012345}}\n")));
    private static readonly byte[] s_json = Encoding.UTF8.GetBytes($"{{\"data\": {{\"items\": [{string.Join(",\n", Encoding.UTF8.GetString(s_ndjson).TrimEnd('\n').Split('\n'))}]}}, \"end\": null}}");
    private static readonly byte[] s_csv = Encoding.UTF8.GetBytes("id,name,note\n" + string.Concat(Enumerable.Range(1, 100).Select(i => $"{i},\"Zoë, \"\"{i}\"\"\",\"two\nlines\"\n")));

    private static readonly byte[] s_postgres = Encoding.UTF8.GetBytes("""
        -- PostgreSQL database dump
        SET client_encoding = 'UTF8';
        CREATE TABLE public.t (id integer NOT NULL, name text, price numeric(10,2), at timestamp with time zone, raw bytea, ok boolean, ids integer[], day date, tod time, u uuid, f double precision, j jsonb);
        COPY public.t (id, name, price, at, raw, ok, ids, day, tod, u, f, j) FROM stdin;
        1	Zoë\t\\x	1.50	2024-01-02 03:04:05.5+00	\\x00ff	t	{1,2}	2024-02-29	23:59:59.5	6f9619ff-8b86-d011-b42d-00c04fc964ff	1.5	{"a": 1}
        2	\N	NaN	infinity	\N	f	{}	infinity	24:00:00	\N	NaN	\N
        \.
        INSERT INTO public.t VALUES (3, 'it''s', -1.5, '2024-01-02 03:04:05+00', '\x00ff', true, '{1,NULL}', NULL, '10:00', NULL, 1e5, '[]'), (4, E'a\nb', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);
        ALTER TABLE ONLY public.t ADD CONSTRAINT t_pkey PRIMARY KEY (id);
        -- PostgreSQL database dump complete
        """);

    private static string Dump(string name, [CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "Dumps", name);

    public static TheoryData<string> Names => ["a.csv", "utf16.csv", "a.json", "a.ndjson", "postgres.sql", "mariadb.sql", "sqlite.sql", "a.csv.gz", "a.csv.zst", "a.csv.br", "a.zip"];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task Damage_is_a_reject_or_an_error_of_its_own(string name)
    {
        var whole = Content(name);
        var options = new FileSourceOptions
        {
            Path = PathOf(name),
            Format = name switch { "a.json" => FileFormat.Json, "a.ndjson" => FileFormat.NdJson, _ when name.EndsWith(".sql", StringComparison.Ordinal) => FileFormat.SqlDump, _ => FileFormat.Csv },
            Json = new JsonOptions { Pointer = name == "a.json" ? "/data/items" : null },
            Sql = new SqlDumpOptions { Dialect = name switch { "postgres.sql" => SqlDialect.PostgreSql, "mariadb.sql" => SqlDialect.MySql, "sqlite.sql" => SqlDialect.Sqlite, _ => null } },
        };
        Write(name, whole);
        var count = (await Read(options)).Records.Count;
        Assert.True(count > 3);
        var unlike = 0;
        for (var seed = 0; seed < Times; seed++)
        {
            Write(name, Damage(whole, new Random(seed)));
            try
            {
                var result = await Read(options);
                unlike += result.Failure is not null || result.Records.Count != count ? 1 : 0;
            }
            catch (MigrationException)
            {
                // Refused when it was opened.
                unlike++;
            }
            catch (Exception e)
            {
                Assert.Fail($"{name}, damaged with the seed {seed}: {e}");
            }
        }

        Assert.InRange(unlike, 20, Times);
    }

    private static byte[] Content(string name) => name switch
    {
        "a.csv" => s_csv,
        "utf16.csv" => [.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes(Encoding.UTF8.GetString(s_csv))],
        "a.json" => s_json,
        "a.ndjson" => s_ndjson,
        "postgres.sql" => s_postgres,
        "a.zip" => File.ReadAllBytes(Path.Combine(Dump(""), "../Compressed/cities.zip")),
        _ when name.StartsWith("a.csv.", StringComparison.Ordinal) => File.ReadAllBytes(Path.Combine(Dump(""), "../Compressed/cities" + name[1..])),
        _ => File.ReadAllBytes(Dump(name)),
    };

    private static byte[] Damage(byte[] whole, Random random)
    {
        var bytes = whole.ToList();
        for (var times = random.Next(1, 4); times > 0; times--)
        {
            var place = random.Next(bytes.Count);
            var length = Math.Min(random.Next(1, 40), bytes.Count - place);
            switch (random.Next(6))
            {
                case 0:
                    bytes[place] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes.RemoveRange(place, length);
                    break;
                case 2:
                    bytes.InsertRange(random.Next(bytes.Count), bytes.GetRange(place, length));
                    break;
                case 3:
                    bytes.RemoveRange(place, bytes.Count - place);
                    break;
                case 4:
                    bytes[place] = (byte)random.Next(256);
                    break;
                default:
                    bytes.InsertRange(place, "'\"{}[](),;:\\\t\n\0-.xX$E"u8.ToArray().OrderBy(_ => random.Next()).Take(random.Next(1, 4)));
                    break;
            }

            if (bytes.Count == 0)
                break;
        }

        return [.. bytes];
    }
}
