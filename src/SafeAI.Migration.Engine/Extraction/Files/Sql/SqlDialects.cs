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

    /// <summary>The encoding that the dump itself states; UTF-8 where it states none.</summary>
    public static string EncodingOf(ReadOnlySpan<byte> head)
    {
        var stated = StatedEncoding().Match(Encoding.Latin1.GetString(head[..Math.Min(head.Length, 8192)])).Groups[1].Value.ToUpperInvariant();
        return stated switch
        {
            "LATIN1" => "latin1",
            "SQL_ASCII" or "" => "utf-8",
            _ when stated.StartsWith("UTF8", StringComparison.Ordinal) => "utf-8",
            _ when stated.StartsWith("WIN", StringComparison.Ordinal) => "windows-" + stated[3..],
            _ when stated.StartsWith("LATIN", StringComparison.Ordinal) => "iso-8859-" + stated[5..],
            "EUC_JP" or "UJIS" => "euc-jp",
            "SJIS" => "shift_jis",
            "KOI8R" => "koi8-r",
            _ => stated.Replace('_', '-'),
        };
    }

    public static string NameOf(SqlDialect dialect) => dialect switch
    {
        SqlDialect.PostgreSql => "PostgreSQL",
        SqlDialect.MySql => "MySQL or MariaDB",
        _ => "SQLite",
    };

    [GeneratedRegex(@"(?:client_encoding = '|SET NAMES )(\w+)", RegexOptions.CultureInvariant)]
    private static partial Regex StatedEncoding();
}
