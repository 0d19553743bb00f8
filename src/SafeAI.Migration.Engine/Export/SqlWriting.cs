using System.Globalization;
using System.Numerics;
using SafeAI.Migration.Engine.Extraction.Files;
using SafeAI.Migration.Engine.Transformation;

namespace SafeAI.Migration.Engine.Export;

/// <summary>How names, types and values are written for one database. What it could not hold exactly is refused.</summary>
internal abstract class SqlWriting
{
    protected static readonly CultureInfo Culture = CultureInfo.InvariantCulture;

    /// <summary>What stands first in a file.</summary>
    public abstract string Head { get; }

    /// <summary>What stands before the rows, in every part of a file that was added to.</summary>
    public virtual string Start => "";

    /// <summary>What stands behind the rows.</summary>
    public abstract string End { get; }

    protected abstract string Database { get; }

    public static SqlWriting For(SqlDialect dialect) => dialect switch
    {
        SqlDialect.MySql => new MySqlWriting(),
        SqlDialect.Sqlite => new SqliteWriting(),
        SqlDialect.SqlServer => new SqlServerWriting(),
        _ => new PostgreSqlWriting(),
    };

    /// <summary>A name in the quotes of the database.</summary>
    public abstract string Quote(string name);

    /// <summary>The type of a column that holds every value of a .NET type, or refuses it.</summary>
    public abstract string TypeOf(Type type, bool isKey);

    /// <summary>A value that is not null as it stands in a statement.</summary>
    /// <exception cref="MigrationException">The database could not hold it exactly.</exception>
    public abstract string Literal(object value, string type);

    /// <summary>A statement that makes the table where there is none, with its end.</summary>
    public virtual string CreateTable(string quotedName, ColumnPlan plan) => $"CREATE TABLE IF NOT EXISTS {quotedName} (\n{Columns(plan)}\n);\n\n";

    protected string Columns(ColumnPlan plan)
    {
        var lines = plan.Columns.Select(c => $"    {Quote(c.Name)} {TypeOf(c.Type, plan.Key.Contains(c.Name))}{(plan.Key.Contains(c.Name) ? " NOT NULL" : "")}").ToList();
        if (plan.Key.Count > 0 && plan.Key.All(k => plan.Columns.Any(c => c.Name == k)))
            lines.Add($"    PRIMARY KEY ({string.Join(", ", plan.Key.Select(Quote))})");
        return string.Join(",\n", lines);
    }

    protected static string Doubled(string name, char quote) =>
        (name.Contains('\0', StringComparison.Ordinal) ? throw Refused("The name holds a NUL character.", "Rename the field.") : ValueText.Checked(name)).Replace($"{quote}", $"{quote}{quote}", StringComparison.Ordinal);

    protected static string Text(object value) => ValueText.Checked(value as string ?? ValueText.Format(value));

    protected static bool IsWhole(object value) => value is sbyte or byte or short or ushort or int or uint or long or ulong or BigInteger;

    /// <summary>A floating-point number with an exponent, so that it is not taken for a decimal one.</summary>
    protected static string Float(object value)
    {
        var text = GraphText.Format(value);
        return text.AsSpan().IndexOfAny('e', 'E') >= 0 ? text : text + "E0";
    }

    protected static bool IsFinite(object value) => value is double d ? double.IsFinite(d) : value is not float f || float.IsFinite(f);

    /// <summary>Whether a time has no part finer than a microsecond.</summary>
    protected void CheckMicroseconds(object value)
    {
        var ticks = value switch
        {
            DateTime v => v.Ticks,
            DateTimeOffset v => v.Ticks,
            TimeOnly v => v.Ticks,
            TimeSpan v => v.Ticks,
            _ => 0,
        };
        if (ticks % TimeSpan.TicksPerMicrosecond != 0)
            throw Refused($"The time has a part finer than a microsecond, which {Database} cannot hold.", "Truncate it in the mapping, or export to a file of another format.", ErrorCode.LossyConversion);
    }

    protected MigrationException NotFinite() => Refused($"The number is not finite, which {Database} cannot hold.", "Map it to null.");

    protected static MigrationException Refused(string what, string remedy, string code = ErrorCode.UnsupportedValue) => new(code, what, remedy) { Stage = MigrationStage.Load };
}

/// <summary>SQL that psql reads.</summary>
internal sealed class PostgreSqlWriting : SqlWriting
{
    public override string Head => "-- PostgreSQL database export of SafeAI.Migration\n\nSET client_encoding = 'UTF8';\nSET standard_conforming_strings = on;\n\n";

    public override string End => "-- PostgreSQL database export complete\n";

    protected override string Database => "PostgreSQL";

    public override string Quote(string name) => PostgreSqlLiteral.Quote(name);

    public override string TypeOf(Type type, bool isKey) => PostgreSqlLiteral.TypeOf(type);

    public override string CreateTable(string quotedName, ColumnPlan plan) => SqlFormatter.CreateTable(quotedName, plan, ifNotExists: true) + ";\n\n";

    public override string Literal(object value, string type) => value is bool or sbyte or byte or short or ushort or int or uint or long or ulong or decimal
        ? GraphText.Format(value)
        : $"'{PostgreSqlLiteral.Format(value, type).Replace("'", "''", StringComparison.Ordinal)}'";
}
