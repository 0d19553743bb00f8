using System.Numerics;
using System.Text;
using SafeAI.Migration.Engine.Transformation;

namespace SafeAI.Migration.Engine.Export;

/// <summary>SQL that the programs mysql and mariadb read. Points in time are written in UTC; lists and maps become JSON.</summary>
internal sealed class MySqlWriting : SqlWriting
{
    private const int MostDigits = 65;

    private static readonly TimeSpan s_longest = new(838, 59, 59);

    public override string Head =>
        "-- MySQL dump of SafeAI.Migration\n\nSET NAMES utf8mb4;\nSET time_zone = '+00:00';\nSET sql_mode = 'STRICT_ALL_TABLES,NO_AUTO_VALUE_ON_ZERO';\n\n";

    public override string End => "-- Dump completed\n";

    protected override string Database => "MySQL";

    public override string Quote(string name) => $"`{Doubled(name, '`')}`";

    public override string CreateTable(string quotedName, ColumnPlan plan) =>
        $"CREATE TABLE IF NOT EXISTS {quotedName} (\n{Columns(plan)}\n) DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin;\n\n";

    public override string TypeOf(Type type, bool isKey) =>
        type == typeof(bool) ? "tinyint(1)"
        : type == typeof(sbyte) ? "tinyint"
        : type == typeof(byte) ? "tinyint unsigned"
        : type == typeof(short) ? "smallint"
        : type == typeof(ushort) ? "smallint unsigned"
        : type == typeof(int) ? "int"
        : type == typeof(uint) ? "int unsigned"
        : type == typeof(long) ? "bigint"
        : type == typeof(ulong) ? "bigint unsigned"
        // Every decimal of .NET has at most 29 digits before the point and 28 behind it.
        : type == typeof(decimal) ? "decimal(57,28)"
        : type == typeof(BigInteger) ? "decimal(65,0)"
        : type == typeof(float) ? "float"
        : type == typeof(double) ? "double"
        : type == typeof(DateOnly) ? "date"
        : type == typeof(TimeOnly) || type == typeof(TimeSpan) ? "time(6)"
        : type == typeof(DateTime) || type == typeof(DateTimeOffset) ? "datetime(6)"
        : type == typeof(Guid) ? "char(36)"
        // What is part of a key needs a length; of utf8mb4, no more fits into one.
        : type == typeof(byte[]) ? isKey ? "varbinary(3072)" : "longblob"
        : type == typeof(char) ? "char(1)"
        : type == typeof(string) ? isKey ? "varchar(768)" : "longtext"
        : "json";

    public override string Literal(object value, string type)
    {
        CheckMicroseconds(value);
        if (!IsFinite(value))
            throw NotFinite();
        return value switch
        {
            _ when type == "json" => Escape(ValueText.ToJson(value)),
            bool truth => truth ? "1" : "0",
            BigInteger number when BigInteger.Abs(number) >= BigInteger.Pow(10, MostDigits) => throw Refused("The number has more than 65 digits, which MySQL cannot hold.", "Convert it to text."),
            _ when IsWhole(value) || value is decimal => ValueText.Format(value),
            double or float => Float(value),
            DateTime { Kind: not DateTimeKind.Unspecified } => throw PostgreSqlLiteral.InZone(),
            DateTime moment => $"'{moment.ToString("yyyy-MM-dd HH:mm:ss.FFFFFF", Culture)}'",
            DateTimeOffset moment => $"'{moment.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss.FFFFFF", Culture)}'",
            TimeSpan span when span.Duration() > s_longest => throw Refused("The duration is longer than 838 hours, which MySQL cannot hold.", "Convert it to text or to a number."),
            TimeSpan span => $"'{(span < TimeSpan.Zero ? "-" : "")}{(int)span.Duration().TotalHours:00}:{span.Duration().ToString(@"mm\:ss\.ffffff", Culture)}'",
            byte[] bytes when NestedValue.IsBytes(value) => $"x'{Convert.ToHexString(bytes)}'",
            _ => Escape(Text(value)),
        };
    }

    private static string Escape(string text)
    {
        ValueText.Checked(text);
        var result = new StringBuilder(text.Length + 8).Append('\'');
        foreach (var letter in text)
        {
            _ = letter switch
            {
                '\0' => result.Append("\\0"),
                '\'' => result.Append("\\'"),
                '\\' => result.Append("\\\\"),
                '\n' => result.Append("\\n"),
                '\r' => result.Append("\\r"),
                '\u001a' => result.Append("\\Z"),
                _ => result.Append(letter),
            };
        }

        return result.Append('\'').ToString();
    }
}
