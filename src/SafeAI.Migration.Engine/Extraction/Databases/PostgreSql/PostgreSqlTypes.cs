using System.Buffers.Binary;
using System.Globalization;
using Npgsql;

namespace SafeAI.Migration.Engine.Extraction.Databases;

/// <summary>The type ids of PostgreSQL's own types, fixed by the server's bootstrap catalogue.</summary>
internal static class PostgreSqlTypes
{
    public const uint Bool = 16;
    public const uint Bytea = 17;
    public const uint Char = 18;
    public const uint Name = 19;
    public const uint Int8 = 20;
    public const uint Int2 = 21;
    public const uint Int4 = 23;
    public const uint Text = 25;
    public const uint Oid = 26;
    public const uint Json = 114;
    public const uint Xml = 142;
    public const uint Box = 603;
    public const uint Float4 = 700;
    public const uint Float8 = 701;
    public const uint Money = 790;
    public const uint BpChar = 1042;
    public const uint VarChar = 1043;
    public const uint Date = 1082;
    public const uint Time = 1083;
    public const uint Timestamp = 1114;
    public const uint TimestampTz = 1184;
    public const uint Interval = 1186;
    public const uint TimeTz = 1266;
    public const uint Numeric = 1700;
    public const uint Uuid = 2950;
    public const uint JsonB = 3802;

    /// <summary>The readers of types, by id, as the catalogue describes them.</summary>
    public static async Task<Dictionary<uint, PostgreSqlValueReader>> ReadReadersAsync(
        NpgsqlConnection connection, IEnumerable<uint> oids, CancellationToken cancellationToken)
    {
        // An array's element may be a domain over a domain; what counts is the type below.
        var command = new NpgsqlCommand("""
            WITH RECURSIVE base (array_oid, oid, typtype, typbasetype) AS (
                SELECT a.oid, e.oid, e.typtype, e.typbasetype FROM pg_type a JOIN pg_type e ON e.oid = a.typelem
                WHERE a.oid = ANY ($1) AND a.typoutput = 'array_out'::regproc
                UNION ALL
                SELECT b.array_oid, t.oid, t.typtype, t.typbasetype FROM base b JOIN pg_type t ON t.oid = b.typbasetype WHERE b.typtype = 'd')
            SELECT t.oid, t.typtype::text, coalesce(b.oid, 0), coalesce(b.typtype, ' ')::text
            FROM pg_type t LEFT JOIN base b ON b.array_oid = t.oid AND b.typtype <> 'd' WHERE t.oid = ANY ($1)
            """, connection);
        await using var disposeCommand = command.ConfigureAwait(false);
        command.Parameters.Add(new NpgsqlParameter
        {
            Value = oids.Distinct().ToArray(),
            NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Array | NpgsqlTypes.NpgsqlDbType.Oid,
        });
        var readers = new Dictionary<uint, PostgreSqlValueReader>();
        var reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using var disposeReader = reader.ConfigureAwait(false);
        while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            var oid = reader.GetFieldValue<uint>(0);
            readers[oid] = ReaderFor(oid, reader.GetString(1)[0], reader.GetFieldValue<uint>(2), reader.GetString(3) is { Length: > 0 } kind ? kind[0] : ' ');
        }

        return readers;
    }

    /// <summary>The reader of a type's values.</summary>
    /// <param name="oid">The type's id, with domains already resolved.</param>
    /// <param name="kind">The catalogue's <c>typtype</c>: b, c, d, e, m, p or r.</param>
    /// <param name="element">The element type's id where the type is an array, else 0.</param>
    /// <param name="elementKind">The element's <c>typtype</c>.</param>
    private static PostgreSqlValueReader ReaderFor(uint oid, char kind, uint element, char elementKind)
    {
        if (element != 0)
            return ArrayReaderFor(element, elementKind);
        return oid switch
        {
            Bool => new BooleanReader(),
            Int2 => new PlainReader<short>(BinaryPrimitives.ReadInt16BigEndian),
            Int4 => new PlainReader<int>(BinaryPrimitives.ReadInt32BigEndian),
            Int8 => new PlainReader<long>(BinaryPrimitives.ReadInt64BigEndian),
            Float4 => new PlainReader<float>(BinaryPrimitives.ReadSingleBigEndian),
            Float8 => new PlainReader<double>(BinaryPrimitives.ReadDoubleBigEndian),
            Numeric => new NumericReader(),
            Text or VarChar or BpChar or Name => new StringReader(),
            Json => new StringReader("JSON as text."),
            // Its binary form begins with a version.
            JsonB => new StringReader("JSON as text.", prefix: 1),
            Xml => new StringReader("XML as text."),
            Bytea => new PlainReader<byte[]>(static v => v.ToArray()),
            Uuid => new PlainReader<Guid>(static v => new Guid(v, bigEndian: true)),
            Timestamp => new TimestampReader(),
            TimestampTz => new TimestampTzReader(),
            Date => new DateReader(),
            Time => new TimeReader(),
            Oid => new OidReader(),
            Interval => new TextFormReader("A duration in ISO 8601, for instance P1M2DT3H; months and days have no fixed length."),
            TimeTz => new TextFormReader("A time with its offset as text."),
            Money => new TextFormReader("An amount as text in the server's lc_monetary; cast it to numeric in a query for a number."),
            Char => new TextFormReader(null),
            _ when kind == 'e' => new TextFormReader(null),
            _ when kind == 'c' => new TextFormReader("A row as PostgreSQL writes it."),
            _ when kind is 'r' or 'm' => new TextFormReader("A range as PostgreSQL writes it."),
            _ => new TextFormReader("The value as PostgreSQL writes it."),
        };
    }

    private static PostgreSqlValueReader ArrayReaderFor(uint element, char elementKind) => element switch
    {
        Bool => new ArrayReader<bool>(static t => t == "t"),
        Int2 => new ArrayReader<short>(static t => short.Parse(t, CultureInfo.InvariantCulture)),
        Int4 => new ArrayReader<int>(static t => int.Parse(t, CultureInfo.InvariantCulture)),
        Int8 => new ArrayReader<long>(static t => long.Parse(t, CultureInfo.InvariantCulture)),
        Float4 => new ArrayReader<float>(static t => PostgreSqlText.ToSingle(t)),
        Float8 => new ArrayReader<double>(static t => PostgreSqlText.ToDouble(t)),
        Numeric => new ArrayReader<decimal>(PostgreSqlText.ToNumber),
        Uuid => new ArrayReader<Guid>(static t => Guid.Parse(t)),
        Timestamp => new ArrayReader<DateTime>(PostgreSqlText.ToTimestamp),
        TimestampTz => new ArrayReader<DateTimeOffset>(PostgreSqlText.ToTimestampTz),
        Date => new ArrayReader<DateOnly>(PostgreSqlText.ToDate),
        Time => new ArrayReader<TimeOnly>(PostgreSqlText.ToTime),
        Bytea => new ArrayReader<byte[]>(static t => Convert.FromHexString(t.AsSpan(2))),
        Text or VarChar or BpChar or Name or Char => new ArrayReader<string>(static t => t),
        Json or JsonB => new ArrayReader<string>(static t => t, "JSON as text, per element."),
        Interval => new ArrayReader<string>(static t => t, "Durations in ISO 8601."),
        _ when elementKind == 'e' => new ArrayReader<string>(static t => t),
        _ => new ArrayReader<string>(static t => t, "Each element as PostgreSQL writes it.", element == Box ? ';' : ','),
    };
}
