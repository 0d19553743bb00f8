using System.Globalization;
using System.Text.Json;

namespace SafeAI.Migration.Engine.Extraction.Files.Json;

/// <summary>
/// Reads the records of an array in a JSON document, one after another, so that no more than one record is in memory.
/// </summary>
internal sealed class JsonRecordSource : JsonSourceBase
{
    private readonly JsonPointerSeeker _pointer;
    private byte[] _buffer = new byte[256 * 1024];
    private int _start;
    private int _end;
    private bool _isStreamEnded;
    private JsonReaderState _state;
    private Phase _phase;
    private bool _isSingle;
    private bool _isSingleRead;
    private int _rawStart;
    private int _rawEnd;

    // Where lines were counted to.
    private int _counted;
    private long _line = 1;

    public JsonRecordSource(SourceFile file, FileSourceOptions options)
        : base(file, options, "json")
    {
        _pointer = new JsonPointerSeeker(options.Json.Pointer ?? "");
        _state = new JsonReaderState(new JsonReaderOptions { MaxDepth = _pointer.Depth + 1002 });
    }

    private enum Phase
    {
        Seek,
        Records,
        Done,
    }

    protected override ReadOnlySpan<byte> Raw => _buffer.AsSpan(_rawStart, _rawEnd - _rawStart);

    protected override bool ReadOne()
    {
        try
        {
            if (_phase == Phase.Seek)
                FindRecords();
            if (_phase == Phase.Records && !_isSingleRead && ReadRecord())
            {
                _isSingleRead = _isSingle;
                return true;
            }

            if (_phase == Phase.Records)
                ReadToEnd();
            return false;
        }
        catch (JsonException e)
        {
            var line = (e.LineNumber ?? 0) + 1;
            throw new MigrationException(
                ErrorCode.SourceUnreadable,
                string.Create(CultureInfo.InvariantCulture, $"{new RecordPosition(Source.Name, 0, line)}, column {e.BytePositionInLine + 1}: The document is not valid JSON: {DescribeSyntax(e)}"),
                "Nothing after this place can be read; check that the file is whole.",
                e)
            { Stage = MigrationStage.Extract, Position = new RecordPosition(Source.Name, 0, line) };
        }
    }

    private void FindRecords()
    {
        while (true)
        {
            var reader = NewReader();
            var before = reader;
            while (reader.Read())
            {
                if (_pointer.IsFoundAt(ref reader))
                {
                    Arrive(before, reader);
                    return;
                }

                if (_pointer.IsMissing)
                    throw Failure(ErrorCode.SourceNotFound, $"There is nothing at '{Options.Json.Pointer}' in '{Source.Name}'.", "Check the JSON Pointer.");
                before = reader;
            }

            Keep(reader);
            if (!Fill() && _start == _end)
                throw Failure(ErrorCode.SourceUnreadable, $"'{Source.Name}' is empty.", "Check that the file is whole.");
        }
    }

    private void Arrive(Utf8JsonReader before, Utf8JsonReader reader)
    {
        _phase = Phase.Records;
        _isSingle = reader.TokenType == JsonTokenType.StartObject && Options.Json.Pointer is not null;
        if (reader.TokenType != JsonTokenType.StartArray && !_isSingle)
        {
            var where = Options.Json.Pointer is { Length: > 0 } pointer ? $"'{pointer}' in '{Source.Name}'" : $"The root of '{Source.Name}'";
            throw Failure(
                ErrorCode.SourceUnreadable,
                $"{where} is {JsonSyntax.Describe(reader.TokenType)}, not an array of records.",
                "Give the JSON Pointer to the array, for instance /data/items.");
        }

        // An object alone is read like an element of an array.
        Keep(_isSingle ? before : reader);
    }

    private bool ReadRecord()
    {
        while (true)
        {
            var reader = NewReader();
            if (reader.Read())
            {
                if (reader.TokenType == JsonTokenType.EndArray)
                {
                    Keep(reader);
                    return false;
                }

                _rawStart = _start + (int)reader.TokenStartIndex;
                if (TryParse(ref reader))
                {
                    _rawEnd = _start + (int)reader.BytesConsumed;
                    Line = CountLines(_rawStart);
                    Keep(reader);
                    return true;
                }
            }

            if (_end - _start > Options.Json.MaxRecordSize)
                throw Failure(
                    ErrorCode.SourceUnreadable,
                    string.Create(CultureInfo.InvariantCulture, $"{new RecordPosition(Source.Name, 0, CountLines(_start))}: A record is longer than the limit of {Options.Json.MaxRecordSize} bytes."),
                    "Raise the limit, or give the JSON Pointer to the array of records.");
            Fill();
        }
    }

    /// <summary>Reads the value on which the reader stands.</summary>
    /// <returns>Whether all of it was there.</returns>
    private bool TryParse(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            Fault = $"The array holds {JsonSyntax.Describe(reader.TokenType)} here, not an object.";
            return reader.TrySkip();
        }

        var start = reader;
        try
        {
            return Parser.Parse(ref reader);
        }
        catch (InvalidOperationException e)
        {
            reader = start;
            if (!reader.TrySkip())
                return false;
            Fault = DescribeText(_buffer.AsSpan(_rawStart, _start + (int)reader.BytesConsumed - _rawStart));
            FaultCause = e;
            return true;
        }
    }

    /// <summary>Reads what follows the records, for it must be well-formed too.</summary>
    private void ReadToEnd()
    {
        _phase = Phase.Done;
        while (true)
        {
            var reader = NewReader();
            while (reader.Read())
            {
            }

            Keep(reader);
            if (!Fill())
            {
                // Anything left that is not white space is refused by this.
                NewReader().Read();
                return;
            }
        }
    }

    private Utf8JsonReader NewReader() => new(_buffer.AsSpan(_start, _end - _start), _isStreamEnded, _state);

    private void Keep(in Utf8JsonReader reader)
    {
        CountLines(_start + (int)reader.BytesConsumed);
        _start += (int)reader.BytesConsumed;
        _state = reader.CurrentState;
    }

    /// <summary>The line, from 1, of a place in the buffer that is not before the last one asked for.</summary>
    private long CountLines(int upTo)
    {
        if (upTo > _counted)
        {
            _line += _buffer.AsSpan(_counted, upTo - _counted).Count((byte)'\n');
            _counted = upTo;
        }

        return _line;
    }

    private bool Fill()
    {
        if (_isStreamEnded)
            return false;
        CountLines(_start);
        _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
        _counted -= _start;
        _end -= _start;
        _start = 0;
        if (_end == _buffer.Length)
            Array.Resize(ref _buffer, (int)Math.Min((long)_buffer.Length * 2, Array.MaxLength));
        var count = Text.Read(_buffer, _end, _buffer.Length - _end);
        _end += count;
        _isStreamEnded = count == 0;
        return count > 0;
    }

    private static MigrationException Failure(string code, string what, string remedy) =>
        new(code, what, remedy) { Stage = MigrationStage.Extract };
}
