using System.Numerics;
using System.Text;
using SafeAI.Migration.Engine.Transformation;

namespace SafeAI.Migration.Engine.Export;

/// <summary>
/// SQL that the program sqlite3 reads. What SQLite has no type for is text: dates and times in ISO 8601, numbers of more than 64 bits and
/// decimal ones with all their digits, lists and maps as JSON.
/// </summary>
internal sealed class SqliteWriting : SqlWriting
{
    public override string Head => "PRAGMA foreign_keys=OFF;\n";

    public override string Start => "BEGIN TRANSACTION;\n";

    public override string End => "COMMIT;\n";

    protected override string Database => "SQLite";

    public override string Quote(string name) => $"\"{Doubled(name, '"')}\"";

    public override string TypeOf(Type type, bool isKey) =>
        type == typeof(bool) || type == typeof(sbyte) || type == typeof(byte) || type == typeof(short) || type == typeof(ushort) || type == typeof(int) || type == typeof(uint)
            || type == typeof(long) ? "INTEGER"
        : type == typeof(float) || type == typeof(double) ? "REAL"
        : type == typeof(byte[]) ? "BLOB"
        : "TEXT";

    public override string Literal(object value, string type) => value switch
    {
        bool truth => truth ? "1" : "0",
        _ when type == "INTEGER" => ValueText.Format(value),
        double.PositiveInfinity or float.PositiveInfinity => "9e999",
        double.NegativeInfinity or float.NegativeInfinity => "-9e999",
        _ when !IsFinite(value) => throw Refused("The value is not a number, which SQLite would take for null.", "Map it to null."),
        double number => Exact(number),
        float => Float(value),
        byte[] bytes when NestedValue.IsBytes(value) => $"x'{Convert.ToHexString(bytes)}'",
        _ => Escape(Text(value)),
    };

    // SQLite reads a number with a large exponent less exactly than it could hold it, but counts exactly with powers of two.
    private static string Exact(double value)
    {
        if (value == 0 || Math.Abs(value) is > 1e-20 and < 1e20)
            return Float(value);
        var bits = BitConverter.DoubleToInt64Bits(value);
        var exponent = (int)((bits >> 52) & 0x7FF);
        var mantissa = (bits & ((1L << 52) - 1)) | (exponent == 0 ? 0 : 1L << 52);
        var text = new StringBuilder(value < 0 ? "-" : "").Append(mantissa.ToString(Culture)).Append(".0");
        var power = Math.Max(exponent, 1) - 1075;
        var sign = power < 0 ? '/' : '*';
        for (power = Math.Abs(power); power > 0; power -= Math.Min(power, 32))
            text.Append(sign).Append((1L << Math.Min(power, 32)).ToString(Culture)).Append(".0");
        return text.ToString();
    }

    // A text ends at a NUL for everything that reads statements.
    private static string Escape(string text) => text.Contains('\0', StringComparison.Ordinal)
        ? $"CAST(x'{Convert.ToHexString(Encoding.UTF8.GetBytes(text))}' AS TEXT)"
        : $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
}
