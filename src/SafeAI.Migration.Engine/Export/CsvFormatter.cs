using System.Buffers;
using System.Buffers.Text;
using SafeAI.Migration.Engine.Transformation;

namespace SafeAI.Migration.Engine.Export;

/// <summary>
/// CSV as PostgreSQL writes it: null is an empty field, an empty text a pair of quotes. Values of a column that holds
/// several types are JSON, so that the number 5 and the text "5" stay apart.
/// </summary>
internal sealed class CsvFormatter(char delimiter, bool guardsFormulas) : RecordFormatter
{
    private readonly SearchValues<char> _special = SearchValues.Create([delimiter, '"', '\r', '\n']);

    public override void Begin(OutputBuffer output, ColumnPlan plan, bool isContinued)
    {
        if (isContinued || plan.Columns.Count == 0)
            return;
        for (var i = 0; i < plan.Columns.Count; i++)
        {
            if (i > 0)
                output.Add((byte)delimiter);
            // Some readers take a first line "sep=" for a hint, and blanks at its ends for nothing.
            var name = guardsFormulas ? FormulaGuard.Guard(plan.Columns[i].Name) : plan.Columns[i].Name;
            AddText(output, name, name.StartsWith("sep=", StringComparison.OrdinalIgnoreCase) || name.AsSpan().Trim().Length != name.Length);
        }

        output.Add((byte)'\n');
    }

    public override void Write(OutputBuffer output, ColumnPlan plan, object?[] row, Record record)
    {
        for (var i = 0; i < row.Length; i++)
        {
            if (i > 0)
                output.Add((byte)delimiter);
            var value = row[i];
            if (value is null)
                continue;
            try
            {
                if (value is long number)
                {
                    Utf8Formatter.TryFormat(number, output.GetSpan(24), out var count);
                    output.Advance(count);
                }
                else if (plan.Columns[i].Type == typeof(object))
                {
                    AddText(output, ValueText.ToJson(value), false);
                }
                else if (value is string text)
                {
                    AddGuarded(output, text);
                }
                else
                {
                    AddText(output, ValueText.Format(value), false);
                }
            }
            catch (Exception e) when (e is MigrationException or NotSupportedException)
            {
                throw ColumnPlan.Fault((e as MigrationException)?.Code ?? ErrorCode.UnsupportedValue, plan.Columns[i].Name, (e as MigrationException)?.What ?? e.Message, (e as MigrationException)?.Remedy, e);
            }
        }

        output.Add((byte)'\n');
    }

    public override void End(OutputBuffer output)
    {
    }

    private void AddGuarded(OutputBuffer output, string text)
    {
        var guarded = guardsFormulas ? FormulaGuard.Guard(text) : text;
        if (guarded.Length > text.Length)
            Guarded++;
        AddText(output, guarded, false);
    }

    private void AddText(OutputBuffer output, string text, bool isQuoted)
    {
        if (!isQuoted && text.Length > 0 && text.AsSpan().IndexOfAny(_special) < 0)
        {
            output.Add(text.AsSpan());
            return;
        }

        output.Add((byte)'"');
        var rest = text.AsSpan();
        for (var quote = rest.IndexOf('"'); quote >= 0; quote = rest.IndexOf('"'))
        {
            output.Add(rest[..(quote + 1)]);
            output.Add((byte)'"');
            rest = rest[(quote + 1)..];
        }

        output.Add(rest);
        output.Add((byte)'"');
    }
}
