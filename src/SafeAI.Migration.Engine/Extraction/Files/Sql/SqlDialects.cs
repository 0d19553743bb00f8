using System.Text;
using System.Text.RegularExpressions;

namespace SafeAI.Migration.Engine.Extraction.Files.Sql;

/// <summary>What the beginning of a dump says of the program that wrote it.</summary>
internal static partial class SqlDialects
{
    private static readonly (SqlDialect Dialect, string Mark)[] s_marks =
    [
        (SqlDialect.PostgreSql, "-- PostgreSQL database"),
        (SqlDialect.MySql, "-- MySQL dump"),
        (SqlDialect.MySql, "-- MariaDB dump"),
        (SqlDialect.Sqlite, "PRAGMA foreign_keys=OFF;"),
        (SqlDialect.MySql, "/*!"),
        (SqlDialect.MySql, "/*M!"),
        (SqlDialect.MySql, " INTO `"),
        (SqlDialect.Sqlite, "BEGIN TRANSACTION;"),
    ];

    /// <summary>Which program wrote the dump; PostgreSQL's, where nothing says it.</summary>
    public static SqlDialect Tell(ReadOnlySpan<byte> head)
    {
        var text = Encoding.Latin1.GetString(head);
        foreach (var (dialect, mark) in s_marks)
            if (text.Contains(mark, StringComparison.Ordinal))
                return dialect;
        return SqlDialect.PostgreSql;
    }

    /// <summary>Whether text begins as a dump does.</summary>
    public static bool IsDump(ReadOnlySpan<byte> head)
    {
        var text = Encoding.Latin1.GetString(head[..Math.Min(head.Length, 4096)]);
        return s_marks.Any(m => m.Mark.StartsWith("--", StringComparison.Ordinal) && text.Contains(m.Mark, StringComparison.Ordinal))
            || text.StartsWith("PRAGMA foreign_keys=OFF;", StringComparison.Ordinal);
    }

    /// <summary>Whether a dump that begins so also ends with a comment; the programs write both or neither.</summary>
    public static bool EndsWithComment(ReadOnlySpan<byte> head, SqlDialect dialect) => dialect != SqlDialect.Sqlite && IsDump(head);

    /// <summary>The encoding that the dump itself states, as the program names it and as .NET does; UTF-8 where it states none.</summary>
    public static (string Stated, string Name) EncodingOf(ReadOnlySpan<byte> head, SqlDialect dialect)
    {
        var stated = StatedEncoding().Match(Encoding.Latin1.GetString(head[..Math.Min(head.Length, 8192)])).Groups[1].Value;
        var upper = stated.ToUpperInvariant();
        return (stated, (dialect == SqlDialect.MySql ? MySqlEncoding(upper) : null) ?? upper switch
        {
            "" or "SQL_ASCII" or "ASCII" or "BINARY" or "UNICODE" => "utf-8",
            _ when upper.StartsWith("UTF8", StringComparison.Ordinal) => "utf-8",
            "LATIN1" => "latin1",
            // The numbers of the two lists part ways after the fourth.
            "LATIN5" => "iso-8859-9",
            "LATIN6" => "iso-8859-10",
            "LATIN7" => "iso-8859-13",
            "LATIN8" => "iso-8859-14",
            "LATIN9" => "iso-8859-15",
            "LATIN10" => "iso-8859-16",
            _ when upper.StartsWith("LATIN", StringComparison.Ordinal) => "iso-8859-" + upper[5..],
            "WIN866" => "cp866",
            "WIN932" => "shift_jis",
            "WIN936" => "gbk",
            "WIN949" or "UHC" => "ks_c_5601-1987",
            "WIN950" => "big5",
            _ when upper.StartsWith("WIN", StringComparison.Ordinal) => "windows-" + upper[3..],
            "SJIS" => "shift_jis",
            "KOI8" or "KOI8R" => "koi8-r",
            "KOI8U" => "koi8-u",
            _ => upper.Replace('_', '-'),
        });
    }

    // Its latin1 is Microsoft's, and its other names are not PostgreSQL's either.
    private static string? MySqlEncoding(string stated) => stated switch
    {
        "LATIN1" => "windows-1252",
        "CP1250" or "CP1251" or "CP1256" or "CP1257" => "windows-" + stated[2..],
        "GREEK" => "iso-8859-7",
        "HEBREW" => "iso-8859-8",
        "CP932" => "shift_jis",
        "UJIS" or "EUCJPMS" => "euc-jp",
        "EUCKR" => "euc-kr",
        "TIS620" => "windows-874",
        _ => null,
    };

    public static string NameOf(SqlDialect dialect) => dialect switch
    {
        SqlDialect.PostgreSql => "PostgreSQL",
        SqlDialect.MySql => "MySQL or MariaDB",
        _ => "SQLite",
    };

    [GeneratedRegex(@"(?:client_encoding = '|SET NAMES )(\w+)", RegexOptions.CultureInvariant)]
    private static partial Regex StatedEncoding();
}
