namespace SafeAI.Migration.Engine.Extraction.Files.Sql;

/// <summary>What the types of the databases become.</summary>
internal static class SqlTypes
{
    /// <summary>What the values of a column become.</summary>
    /// <param name="type">The type as the dump writes it, for instance <c>character varying(20)</c>; null where none is known.</param>
    /// <param name="dialect">Which database.</param>
    public static SqlValueKind KindOf(string? type, SqlDialect dialect)
    {
        // A value in SQLite has a type of its own, whatever the column says.
        if (type is null || dialect == SqlDialect.Sqlite)
            return SqlValueKind.Any;
        var name = type.ToLowerInvariant();
        if (name.EndsWith(']') && name.Contains('[', StringComparison.Ordinal))
            return SqlValueKind.Array;
        var open = name.IndexOf('(', StringComparison.Ordinal);
        var bare = open < 0 ? name : $"{name[..open]}{name[(name.IndexOf(')', open) + 1)..]}";
        return dialect == SqlDialect.PostgreSql ? OfPostgreSql(bare) : OfMySql(bare);
    }

    /// <summary>The .NET type of such values.</summary>
    public static Type TypeOf(SqlValueKind kind) => kind switch
    {
        SqlValueKind.Text => typeof(string),
        SqlValueKind.Boolean => typeof(bool),
        SqlValueKind.Int16 => typeof(short),
        SqlValueKind.Int32 => typeof(int),
        SqlValueKind.Int64 => typeof(long),
        SqlValueKind.Single => typeof(float),
        SqlValueKind.Double => typeof(double),
        SqlValueKind.Decimal => typeof(decimal),
        SqlValueKind.Date => typeof(DateOnly),
        SqlValueKind.Time => typeof(TimeOnly),
        SqlValueKind.Timestamp => typeof(DateTime),
        SqlValueKind.TimestampTz => typeof(DateTimeOffset),
        SqlValueKind.Uuid => typeof(Guid),
        SqlValueKind.Bytes => typeof(byte[]),
        _ => typeof(object),
    };

    private static SqlValueKind OfPostgreSql(string type) => type switch
    {
        "boolean" => SqlValueKind.Boolean,
        "smallint" => SqlValueKind.Int16,
        "integer" => SqlValueKind.Int32,
        "bigint" or "oid" => SqlValueKind.Int64,
        "real" => SqlValueKind.Single,
        "double precision" => SqlValueKind.Double,
        "numeric" => SqlValueKind.Decimal,
        "date" => SqlValueKind.Date,
        "time without time zone" => SqlValueKind.Time,
        "timestamp without time zone" => SqlValueKind.Timestamp,
        "timestamp with time zone" => SqlValueKind.TimestampTz,
        "uuid" => SqlValueKind.Uuid,
        "bytea" => SqlValueKind.Bytes,
        _ => SqlValueKind.Text,
    };

    private static SqlValueKind OfMySql(string type)
    {
        var isUnsigned = type.Contains("unsigned", StringComparison.Ordinal);
        var space = type.IndexOf(' ', StringComparison.Ordinal);
        return (space < 0 ? type : type[..space]) switch
        {
            "tinyint" or "year" => SqlValueKind.Int16,
            "smallint" => isUnsigned ? SqlValueKind.Int32 : SqlValueKind.Int16,
            "mediumint" => SqlValueKind.Int32,
            "int" or "integer" => isUnsigned ? SqlValueKind.Int64 : SqlValueKind.Int32,
            "bigint" => isUnsigned ? SqlValueKind.Decimal : SqlValueKind.Int64,
            "float" => SqlValueKind.Single,
            "double" => SqlValueKind.Double,
            "decimal" or "numeric" => SqlValueKind.Decimal,
            "date" => SqlValueKind.Date,
            "datetime" or "timestamp" => SqlValueKind.Timestamp,
            "time" => SqlValueKind.Time,
            "binary" or "varbinary" or "tinyblob" or "blob" or "mediumblob" or "longblob" => SqlValueKind.Bytes,
            "bit" => SqlValueKind.Bits,
            _ => SqlValueKind.Text,
        };
    }
}
