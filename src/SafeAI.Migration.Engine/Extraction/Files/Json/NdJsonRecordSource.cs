using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace SafeAI.Migration.Engine.Extraction.Files.Json;

/// <summary>Reads one JSON object on each line. A line that is none is rejected and the rest goes on.</summary>
internal sealed class NdJsonRecordSource : JsonSourceBase
{
    private readonly JsonReaderOptions _readerOptions = new() { MaxDepth = 1002 };
    private readonly JsonReadAhead? _ahead = Environment.ProcessorCount > 1 ? new() : null;
    private byte[] _buffer = new byte[256 * 1024];
    private int _start;
    private int _end;
    private bool _isStreamEnded;
    private int _lineStart;
    private int _lineLength;
    private long _linesRead;
    private long _blankLines;
    // The byte of the file behind what is in the buffer.
    private long _delivered;
    // Up to where whole lines in the buffer are known to be valid.
    private int _validTo;

    public NdJsonRecordSource(SourceFile file, FileSourceOptions options)
        : base(file, options, "ndjson")
    {
        if (options.Json.Pointer is { Length: > 0 })
            throw new ArgumentException("NDJSON takes no JSON Pointer: each line is a record.", nameof(options));
        _delivered = Text.Encoding.PreambleLength;
        if (options.StartAfter is { Offset: not null } start && Text.IsPlain)
            Sought = start;
    }

    protected override ReadOnlySpan<byte> Raw => _buffer.AsSpan(_lineStart, _lineLength);

    protected override long? NextOffset => Text.IsPlain ? _delivered - (_end - _start) : null;

    protected override void Dispose()
    {
        _ahead?.Settle();
        base.Dispose();
    }

    protected override void Seek()
    {
        _ahead?.Settle();
        Text.Seek(Sought!);
        _start = _end = _validTo = 0;
        _isStreamEnded = false;
        _delivered = Sought!.Offset!.Value;
        _linesRead = Sought.Line;
        _blankLines = 0;
    }

    protected override bool IsKnownValid => _lineStart + _lineLength <= _validTo;

    protected override bool ReadOne()
    {
        ReadOnlySpan<byte> line;
        do
        {
            if (!ReadLine(out var isTooLong))
                return false;
            Line = ++_linesRead;
            if (isTooLong)
            {
                Fault = string.Create(CultureInfo.InvariantCulture, $"The line is longer than the limit of {Options.Json.MaxRecordSize} bytes. Raise the limit if it is right.");
                return true;
            }

            line = Raw.Trim(" \t\r"u8);
            _blankLines += line.IsEmpty ? 1 : 0;
        }
        while (line.IsEmpty);
        Parse(line);
        return true;
    }

    protected override void AddClosingNotes(BatchBuilder batch)
    {
        if (_blankLines > 0)
            batch.Notes.Add(string.Create(CultureInfo.InvariantCulture, $"{_blankLines} blank {(_blankLines == 1 ? "line was" : "lines were")} skipped."));
    }

    private void Parse(ReadOnlySpan<byte> line)
    {
        if (_ahead is not null && _ahead.TryTake(_lineStart, Parser.Shape, out var values))
        {
            Parser.Accept(values);
            return;
        }

        if (Parser.TryParsePlain(line))
            return;
        try
        {
            var reader = new Utf8JsonReader(line, _readerOptions);
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                reader.Skip();
                Fault = $"The line holds {JsonSyntax.Describe(reader.TokenType)}, not an object.";
            }
            else
            {
                Parser.Parse(ref reader);
            }

            // Whatever follows the value on its line is refused here.
            reader.Read();
        }
        catch (JsonException e)
        {
            Fault = string.Create(CultureInfo.InvariantCulture, $"The line is not valid JSON at column {e.BytePositionInLine + 1}: {DescribeSyntax(e)}");
            FaultCause = e;
        }
        catch (InvalidOperationException e)
        {
            Fault = DescribeText(line);
            FaultCause = e;
        }
    }

    /// <summary>Frames the next line; of one that is too long only the beginning.</summary>
    private bool ReadLine(out bool isTooLong)
    {
        isTooLong = false;
        var searched = 0;
        while (true)
        {
            var index = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf((byte)'\n');
            if (index >= 0)
            {
                Frame(searched + index, 1);
                isTooLong = _lineLength > Options.Json.MaxRecordSize;
                return true;
            }

            searched = _end - _start;
            if (searched > Options.Json.MaxRecordSize)
            {
                isTooLong = true;
                SkipLine();
                return true;
            }

            if (!Fill())
            {
                if (_end == _start)
                    return false;
                Frame(_end - _start, 0);
                return true;
            }
        }
    }

    private void Frame(int length, int breakLength)
    {
        _lineStart = _start;
        _lineLength = length;
        _start += length + breakLength;
    }

    private void SkipLine()
    {
        _ahead?.Settle();
        // The beginning of the line stays in front as its raw text.
        _validTo = 0;
        Array.Copy(_buffer, _start, _buffer, 0, _end - _start);
        _lineStart = 0;
        _lineLength = _end - _start;
        var kept = Math.Min(_lineLength, 64 * 1024);
        _lineLength = kept;
        int index;
        do
        {
            _start = kept;
            _end = kept + Text.Read(_buffer, kept, _buffer.Length - kept);
            _delivered += _end - kept;
            index = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
        }
        while (index < 0 && _end > kept);
        _start += index + 1;
    }

    private bool Fill()
    {
        if (_isStreamEnded)
            return false;
        _ahead?.Settle();
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _validTo = Math.Max(0, _validTo - _start);
            _start = 0;
        }

        if (_end == _buffer.Length)
            Array.Resize(ref _buffer, (int)Math.Min((long)_buffer.Length * 2, Array.MaxLength));
        var count = Text.Read(_buffer, _end, _buffer.Length - _end);
        _end += count;
        _delivered += count;
        _isStreamEnded = count == 0;
        ValidateLines(_end - count);
        return count > 0;
    }

    // Many lines at once; where they are not valid, each is looked at by itself.
    private void ValidateLines(int from)
    {
        var newest = _buffer.AsSpan(from, _end - from).LastIndexOf((byte)'\n');
        if (newest >= 0 && Text.Encoding.Encoding is UTF8Encoding && Utf8.IsValid(_buffer.AsSpan(_validTo, from + newest - _validTo)))
            _validTo = from + newest;
        ReadAhead();
    }

    // The present thread has the lines to frame and the records to make besides, so its share of the lines is the smaller.
    private void ReadAhead()
    {
        if (_ahead is null || _validTo - _start < JsonReadAhead.LeastBytes || Parser.Shape is not { } shape || Parser.Plain is not { } reader)
            return;
        var middle = _start + ((_validTo - _start) * 2 / 5);
        var from = middle + _buffer.AsSpan(middle, _validTo - middle).IndexOf((byte)'\n') + 1;
        if (from > middle)
            _ahead.Start(_buffer, from, _validTo + 1, shape, reader);
    }
}
