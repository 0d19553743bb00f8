using System.Globalization;
using SafeAI.Migration.Engine.Extraction.Files.Text;

namespace SafeAI.Migration.Engine.Extraction.Files.Csv;

/// <summary>A quote at fault in the raw text of a row, and where reading can go on.</summary>
/// <param name="Kind">What is wrong.</param>
/// <param name="Field">The field's number, from 0.</param>
/// <param name="OpenLine">On which line of the row the quote opens, from 0.</param>
/// <param name="CloseLine">On which line of the row it closes, from 0.</param>
/// <param name="ResumeAt">Where in the raw text the line after the one with the quote begins; -1 where all of the text is lost.</param>
internal readonly record struct CsvFault(QuoteFault Kind, int Field, int OpenLine, int CloseLine, int ResumeAt)
{
    public static bool Find(CsvDialect dialect, ReadOnlySpan<byte> raw, out CsvFault fault)
    {
        var scanner = new CsvScanner(dialect, raw);
        while (scanner.MoveNext())
        {
            if (scanner.Fault == QuoteFault.None)
                continue;
            var openLine = LineBreaks.Count(raw[..scanner.Start]);
            var closeLine = openLine + LineBreaks.Count(raw[scanner.Start..scanner.Close]);
            var isOverrun = scanner.Fault == QuoteFault.Unclosed || closeLine > openLine;
            fault = new CsvFault(scanner.Fault, scanner.Field, openLine, closeLine, isOverrun ? LineBreaks.NextLine(raw, scanner.Start) : -1);
            return true;
        }

        fault = default;
        return false;
    }

    /// <summary>Says what is wrong and what to do.</summary>
    /// <param name="where">The field, for instance <c>field 'notes'</c>.</param>
    /// <param name="line">The row's first line.</param>
    public string Describe(string where, long line) => Kind switch
    {
        QuoteFault.Unclosed => string.Create(
            CultureInfo.InvariantCulture,
            $"The quote that opens {where} on line {line + OpenLine} is not closed before the end of the file. Close it, or double it if it belongs to the text."),
        _ when CloseLine > OpenLine => string.Create(
            CultureInfo.InvariantCulture,
            $"The quote that opens {where} on line {line + OpenLine} is not closed there; the next quote, on line {line + CloseLine}, is followed by text. Close it, or double it if it belongs to the text."),
        _ => $"Text follows the closing quote of {where}. Double quotes that belong to the text.",
    };
}
