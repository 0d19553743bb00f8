using System.Numerics;
using System.Text;
using SafeAI.Migration.Engine.Transformation;

namespace SafeAI.Migration.Engine.Export;

/// <summary>Transact-SQL in one batch, of which all or nothing takes effect. Durations, lists and maps are text.</summary>
internal sealed class SqlServerWriting : SqlWriting
{
    private const int Scale = 18;

    private static readonly decimal s_largest = 99_999_999_999_999_999_999m;

    // sqlcmd replaces $(name) even inside of texts.
    public override string Head => "-- Microsoft SQL Server export of SafeAI.Migration. Run it with sqlcmd -x -f 65001.\nSET NOCOUNT ON;\nSET XACT_ABORT ON;\n";

    public override string Start => "BEGIN TRANSACTION;\n";

    public override string End => "COMMIT TRANSACTION;\n";

    protected override string Database => "SQL Server";

    public override string Quote(string name) => $"[{Doubled(name, ']')}]";

    public override string CreateTable(string quotedName, ColumnPlan plan) =>
        $"IF OBJECT_ID(N'{quotedName.Replace("'", "''", StringComparison.Ordinal)}', N'U') IS NULL\nCREATE TABLE {quotedName} (\n{Columns(plan)}\n);\n\n";

    public override string TypeOf(Type type, bool isKey) =>
        type == typeof(bool) ? "bit"
        : type == typeof(byte) ? "tinyint"
        : type == typeof(sbyte) || type == typeof(short) ? "smallint"
        : type == typeof(ushort) || type == typeof(int) ? "int"
        : type == typeof(uint) || type == typeof(long) ? "bigint"
        : type == typeof(ulong) ? "decimal(20,0)"
        : type == typeof(decimal) ? "decimal(38,18)"
        : type == typeof(BigInteger) ? "decimal(38,0)"
        : type == typeof(float) ? "real"
        : type == typeof(double) ? "float"
        : type == typeof(DateOnly) ? "date"
        : type == typeof(TimeOnly) ? "time(7)"
        : type == typeof(DateTime) ? "datetime2(7)"
        : type == typeof(DateTimeOffset) ? "datetimeoffset(7)"
        : type == typeof(Guid) ? "uniqueidentifier"
        // A key has at most 900 bytes, and texts in it are told apart by every one of them.
        : type == typeof(byte[]) ? isKey ? "varbinary(900)" : "varbinary(max)"
        : isKey ? "nvarchar(450) COLLATE Latin1_General_100_BIN2" : "nvarchar(max)";

    public override string Literal(object value, string type)
    {
        if (!IsFinite(value))
            throw NotFinite();
        return value switch
        {
            _ when type.StartsWith("nvarchar", StringComparison.Ordinal) => Escape(Text(value)),
            bool truth => truth ? "1" : "0",
            decimal number when decimal.Round(number, Scale) != number || Math.Abs(decimal.Truncate(number)) > s_largest => throw Refused(
                "The number has more than 20 digits before the point or 18 behind it, which a decimal of SQL Server cannot hold together.", "Round it, or convert it to text.", ErrorCode.LossyConversion),
            BigInteger number when BigInteger.Abs(number) >= BigInteger.Pow(10, 38) => throw Refused("The number has more than 38 digits, which SQL Server cannot hold.", "Convert it to text."),
            _ when IsWhole(value) || value is decimal => ValueText.Format(value),
            double or float => Float(value),
            DateTime { Kind: not DateTimeKind.Unspecified } => throw PostgreSqlLiteral.InZone(),
            DateTime moment => $"'{moment.ToString("yyyy-MM-ddTHH:mm:ss.fffffff", Culture)}'",
            DateTimeOffset moment => $"'{moment.ToString("yyyy-MM-ddTHH:mm:ss.fffffffzzz", Culture)}'",
            byte[] bytes when NestedValue.IsBytes(value) => "0x" + Convert.ToHexString(bytes),
            _ => $"'{GraphText.Format(value)}'",
        };
    }

    // A NUL ends a statement for many programs, and a backslash before a line break joins the lines.
    private static string Escape(string text)
    {
        var result = new StringBuilder(text.Length + 8).Append("N'");
        var isJoined = false;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\0')
            {
                result.Append("'+NCHAR(0)+N'");
                isJoined = true;
            }
            else if (text[i] is '\r' or '\n' && i > 0 && text[i - 1] == '\\')
            {
                result.Append("'+N'").Append(text[i]);
                isJoined = true;
            }
            else
            {
                result.Append(text[i] == '\'' ? "''" : text.AsSpan(i, 1));
            }
        }

        // Joined texts are cut at 4,000 characters unless the first of them has no such limit.
        return isJoined ? $"CAST(N'' AS nvarchar(max))+{result}'" : result.Append('\'').ToString();
    }
}
