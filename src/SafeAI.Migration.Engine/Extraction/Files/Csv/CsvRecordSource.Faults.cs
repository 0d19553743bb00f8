using System.Globalization;
using SafeAI.Migration.Engine.Extraction.Files.Text;

namespace SafeAI.Migration.Engine.Extraction.Files.Csv;

/// <content>What becomes of rows that are not well-formed, and how they are described.</content>
internal sealed partial class CsvRecordSource
{
    private bool RejectInvalidBytes(BatchBuilder batch, int count)
    {
        for (var i = 0; i < count; i++)
        {
            if (InvalidBytes.Find(Reader.GetRawSpan(i), _text.HasMarkers, out var value, out _) < 0)
                continue;
            var name = FieldName(i);
            batch.Reject(DescribeInvalidByte(value, $"field '{name}'"), Line, Show(Reader.RawRecord), name, Show(Reader.GetRawSpan(i)));
            return true;
        }

        return false;
    }

    private bool RejectLongField(BatchBuilder batch, int count)
    {
        for (var i = 0; i < count; i++)
        {
            if (Reader.GetRawSpan(i).Length <= _csv.MaxFieldSize)
                continue;
            batch.Reject(DescribeLongField(i), Line, Show(Reader.RawRecord), FieldName(i));
            return true;
        }

        return false;
    }

    private string DescribeInvalidByte(byte value, string where) => string.Create(
        CultureInfo.InvariantCulture,
        $"The byte 0x{value:X2} in {where} is not valid in {_text.Encoding.Encoding.WebName}. Give the file's encoding, for instance windows-1252.");

    private string DescribeLongField(int index) => string.Create(
        CultureInfo.InvariantCulture,
        $"Field '{FieldName(index)}' is longer than the limit of {_csv.MaxFieldSize} bytes. Raise the limit.");

    private bool FindFault(ReadOnlySpan<byte> raw, out CsvFault fault)
    {
        fault = default;
        return _dialect.Quote is not null && CsvFault.Find(_dialect, raw, out fault);
    }

    private void RejectFault(BatchBuilder batch, ReadOnlySpan<byte> raw, CsvFault fault)
    {
        var name = FieldName(fault.Field);
        var line = Line + fault.OpenLine;
        var end = fault.ResumeAt < 0 ? raw.Length : fault.ResumeAt;
        batch.Reject(fault.Describe($"field '{name}'", Line), line, Show(raw[..end]), name);
        if (fault.ResumeAt >= 0)
            Restart(Offset + fault.ResumeAt, line);
    }

    /// <summary>Passes a row that is too long to be read whole: a field beyond the limit, or a quote that is not closed.</summary>
    private void PassOversized(BatchBuilder batch, long offset, long line)
    {
        var raw = _stream.Since(offset);
        var scanner = new CsvScanner(_dialect, raw);
        while (scanner.MoveNext())
        {
            if (scanner.Close - scanner.Start <= _csv.MaxFieldSize)
                continue;
            var openLine = line + LineBreaks.Count(raw[..scanner.Start]);
            var resume = LineBreaks.NextLine(raw, scanner.Start);
            var name = FieldName(scanner.Field);
            var reason = scanner.IsQuoted
                ? string.Create(CultureInfo.InvariantCulture, $"Field '{name}', which opens with a quote on line {openLine}, is longer than the limit of {_csv.MaxFieldSize} bytes. Close the quote if it is not closed, or raise the limit.")
                : DescribeLongField(scanner.Field);
            batch.Reject(reason, openLine, Show(resume < 0 ? raw : raw[..resume]), name);
            Restart(resume < 0 ? SkipLine() : offset + resume, openLine);
            return;
        }

        // Many long fields that are each within the limit.
        _readerOptions = _readerOptions with { MaxRecordSize = (int)Math.Min(int.MaxValue / 2, (long)_readerOptions.MaxRecordSize!.Value * 2) };
        Restart(offset, line - 1);
    }

    /// <summary>Reads up to the end of the line that the stream is in.</summary>
    private long SkipLine()
    {
        var buffer = new byte[64 * 1024];
        var start = _stream.Delivered;
        var keepFrom = _stream.KeepFrom;
        _stream.KeepFrom = () => start;
        while (_stream.Read(buffer) is > 0 and var count)
        {
            var next = LineBreaks.NextLine(buffer.AsSpan(0, count), 0);
            if (next >= 0)
            {
                // The LF of a CR LF may be in the next buffer.
                start += next;
                if (buffer[next - 1] == '\r' && next == count && _stream.Read(buffer.AsSpan(0, 1)) == 1 && buffer[0] == '\n')
                    start++;
                break;
            }

            start += count;
        }

        _stream.KeepFrom = keepFrom;
        return start;
    }

    private string Show(ReadOnlySpan<byte> raw)
    {
        const int Most = 64 * 1024;
        var text = raw.TrimEnd("\r\n"u8);
        return text.Length <= Most
            ? InvalidBytes.Show(text, _text.HasMarkers)
            : string.Create(CultureInfo.InvariantCulture, $"{InvalidBytes.Show(text[..Most], _text.HasMarkers)}… ({text.Length} bytes)");
    }

    private MigrationException HeaderError(long line, string what)
    {
        var position = new RecordPosition(Source.Name, 0, line);
        return new MigrationException(ErrorCode.SourceUnreadable, $"{position}: {what}") { Stage = MigrationStage.Extract, Position = position };
    }
}
