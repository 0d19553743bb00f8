using System.Buffers;
using SafeAI.Migration.Engine.Extraction.Files;
using SafeAI.Migration.Engine.Transformation;

namespace SafeAI.Migration.Engine.Export;

/// <summary>A script for a database's own program: the table where it is not there yet, and its rows as INSERT statements or, for psql, as a COPY block.</summary>
internal sealed class SqlFormatter(SqlStyle style, string? table, SqlDialect dialect) : RecordFormatter
{
    private const int RowsPerInsert = 500;

    private static readonly SearchValues<char> s_special = SearchValues.Create("\\\t\n\r\b\f\v");

    private readonly SqlWriting _sql = SqlWriting.For(dialect);
    private string[] _types = [];
    private string _insert = "";
    private int _rows;
    private bool _isCopying;

    public override void Begin(OutputBuffer output, ColumnPlan plan, bool isContinued)
    {
        _types = [.. plan.Columns.Select(c => _sql.TypeOf(c.Type, plan.Key.Contains(c.Name)))];
        var name = string.Join('.', (table ?? plan.Name).Split('.').Select(_sql.Quote));
        var columns = string.Join(", ", plan.Columns.Select(c => _sql.Quote(c.Name)));
        _insert = $"INSERT INTO {name} ({columns}) VALUES\n";
        output.Add((isContinued ? "" : _sql.Head) + _sql.Start);
        if (!isContinued && plan.Columns.Count > 0)
            output.Add(_sql.CreateTable(name, plan));

        _isCopying = style == SqlStyle.Copy && plan.Columns.Count > 0;
        if (_isCopying)
            output.Add($"COPY {name} ({columns}) FROM stdin;\n");
    }

    public static string CreateTable(string quotedName, ColumnPlan plan, bool ifNotExists)
    {
        var lines = plan.Columns.Select(c => $"    {PostgreSqlLiteral.Quote(c.Name)} {PostgreSqlLiteral.TypeOf(c.Type)}{(plan.Key.Contains(c.Name) ? " NOT NULL" : "")}").ToList();
        if (plan.Key.Count > 0 && plan.Key.All(k => plan.Columns.Any(c => c.Name == k)))
            lines.Add($"    PRIMARY KEY ({string.Join(", ", plan.Key.Select(PostgreSqlLiteral.Quote))})");
        return $"CREATE TABLE {(ifNotExists ? "IF NOT EXISTS " : "")}{quotedName} (\n{string.Join(",\n", lines)}\n)";
    }

    public override void Write(OutputBuffer output, ColumnPlan plan, object?[] row, Record record)
    {
        if (style == SqlStyle.Insert)
            output.Add(_rows % RowsPerInsert == 0 ? (_rows == 0 ? "" : ";\n") + _insert + "(" : ",\n(");
        for (var i = 0; i < row.Length; i++)
        {
            if (i > 0)
                output.Add(style == SqlStyle.Copy ? "\t" : ", ");
            try
            {
                if (row[i] is not { } value)
                    output.Add(style == SqlStyle.Copy ? "\\N" : "NULL");
                else if (style == SqlStyle.Copy)
                    AddCopyText(output, PostgreSqlLiteral.Format(value, _types[i]));
                else
                    output.Add(_sql.Literal(value, _types[i]));
            }
            catch (Exception e) when (e is MigrationException or NotSupportedException)
            {
                throw ColumnPlan.Fault((e as MigrationException)?.Code ?? ErrorCode.UnsupportedValue, plan.Columns[i].Name, (e as MigrationException)?.What ?? e.Message, (e as MigrationException)?.Remedy, e);
            }
        }

        output.Add(style == SqlStyle.Copy ? "\n" : ")");
        _rows++;
    }

    public override void End(OutputBuffer output)
    {
        if (_isCopying)
            output.Add("\\.\n\n");
        else if (_rows > 0)
            output.Add(";\n\n");
        output.Add(_sql.End);
    }

    /// <summary>Adds a text with what would end a value or row in a COPY block written as escapes.</summary>
    public static void AddCopyText(OutputBuffer output, string text)
    {
        var rest = text.AsSpan();
        for (var special = rest.IndexOfAny(s_special); special >= 0; special = rest.IndexOfAny(s_special))
        {
            output.Add(rest[..special]);
            output.Add(rest[special] switch
            {
                '\t' => "\\t"u8,
                '\n' => "\\n"u8,
                '\r' => "\\r"u8,
                '\b' => "\\b"u8,
                '\f' => "\\f"u8,
                '\v' => "\\v"u8,
                _ => "\\\\"u8,
            });
            rest = rest[(special + 1)..];
        }

        output.Add(rest);
    }
}
