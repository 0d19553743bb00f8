using System.Globalization;
using CsvHelper;
using SafeAI.Migration.Engine.Extraction.Files.Text;

namespace SafeAI.Migration.Engine.Extraction.Files.Csv;

/// <summary>
/// Reads delimited text. CsvHelper frames and unquotes; a row with a quote at fault is given up here, and the read
/// goes on behind the line with that quote.
/// </summary>
internal sealed partial class CsvRecordSource : FileRecordSource
{
    private readonly CsvOptions _csv;
    private readonly Utf8Stream _text;
    private readonly bool _isEscaped;
    private readonly CsvDialect _dialect;
    private readonly bool _beginsWithSeparatorHint;
    private CsvReaderOptions _readerOptions = CsvReaderOptions.Default;
    private RewindableStream _stream;
    private CsvReader? _reader;
    private RecordSchema? _schema;

    // Where the present reader began.
    private long _readerOffset;
    private long _linesBefore;

    // Where the next row begins, where the present reader has not read one yet or has read them all.
    private (long Offset, long Lines)? _next;

    private bool _isMalformed;
    private long _blankLines;
    private long _paddedRows;

    public CsvRecordSource(SourceFile file, FileSourceOptions options)
        : base(file, options, "csv")
    {
        _csv = options.Csv;
        _text = new Utf8Stream(file, options.Encoding);
        var sample = _text.Encoding.ToUtf8(file.Head.Span);
        _dialect = CsvDialect.Of(_csv, FileNames.FormatExtension(file.ContentName), sample, out _beginsWithSeparatorHint);
        _isEscaped = _csv.Quote is not null && _csv.Escape is not null && _csv.Escape != _csv.Quote;
        _stream = new RewindableStream(_isEscaped ? new CsvEscapeStream(_text, _dialect, (byte)_csv.Escape!.Value) : _text);
        if (options.StartAfter is { Offset: not null } start && _text.IsPlain && !_isEscaped)
            Sought = start;
    }

    private CsvReader Reader => _reader!;

    protected override bool ReadBatch(BatchBuilder batch)
    {
        var more = _reader is not null || Start(batch);
        while (more && !batch.IsFull)
            more = ReadRow(batch);
        Metadata.Encoding = _text.Encoding.ToString();
        if (!more)
        {
            AddClosingNotes(batch);
            _next = (_stream.Delivered, _linesBefore + (_reader is null ? 0 : Reader.LineNumber));
        }

        return more;
    }

    protected override SourcePosition PositionAfter(long ordinal)
    {
        var (offset, lines) = _next ?? NextRow();
        var isPlain = _text.IsPlain && !_isEscaped;
        return new SourcePosition
        {
            Ordinal = ordinal,
            Line = lines,
            Offset = isPlain ? offset + _text.Encoding.PreambleLength : null,
            Encoding = isPlain ? _text.SettledEncoding : null,
        };
    }

    protected override void Dispose()
    {
        _reader?.Dispose();
        _stream.Dispose();
        base.Dispose();
    }

    private bool Start(BatchBuilder batch)
    {
        if (_csv.Delimiter is null && _dialect.Delimiter != ',')
            batch.Notes.Add($"The delimiter is {(_dialect.Delimiter == '\t' ? "the tab" : $"'{(char)_dialect.Delimiter}'")}, as told from the content.");
        _readerOptions = new CsvReaderOptions
        {
            Separator = (char)_dialect.Delimiter,
            Mode = _dialect.Quote is not null ? CsvMode.Rfc4180 : _dialect.Escape is not null ? CsvMode.Escape : CsvMode.NoEscape,
            Quote = (char)(_dialect.Quote ?? (byte)'"'),
            Escape = (char)(_dialect.Escape ?? (byte)'\\'),
            HasHeader = false,
            CommentPrefix = _csv.Comment,
            SkipEmptyLines = false,
            TrackLineNumbers = true,
            BufferSize = 128 * 1024,
            MaxRecordSize = Math.Max(_csv.MaxFieldSize, 64 * 1024),
            OnMalformedRecord = _ => _isMalformed = true,
        };
        Restart(0, 0);
        _stream.KeepFrom = () => _readerOffset + _reader!.ByteOffset;
        if (!ReadHeader(batch))
            return false;
        if (Sought is not null)
            Seek(Sought);
        return true;
    }

    // The header was read at the start of the file.
    private void Seek(SourcePosition position)
    {
        var offset = position.Offset!.Value - _text.Encoding.PreambleLength;
        _text.Seek(position);
        _stream = new RewindableStream(_text, offset);
        Restart(offset, position.Line);
        _stream.KeepFrom = () => _readerOffset + _reader!.ByteOffset;
    }

    /// <summary>Where the row after the present one begins, and how many lines lie before it.</summary>
    private (long Offset, long Lines) NextRow()
    {
        var raw = Reader.RawRecord;
        var offset = Offset + raw.Length;
        var first = _stream.At(offset);
        if (first is (byte)'\r' or (byte)'\n')
            offset += first == '\r' && _stream.At(offset + 1) == '\n' ? 2 : 1;
        return (offset, Line + LineBreaks.Count(raw));
    }

    private bool ReadHeader(BatchBuilder batch)
    {
        bool more;
        do
            more = Reader.Read();
        while (more && (IsBlank() || (_beginsWithSeparatorHint && Reader.LineNumber == 1)));
        if (!more)
        {
            batch.Notes.Add("The file is empty: it has not even a header.");
            return false;
        }

        var names = _csv.HasHeader
            ? Enumerable.Range(0, Reader.FieldCount).Select(Reader.GetString).ToArray()
            : CsvHeader.Numbered(Reader.FieldCount);
        if (_csv.HasHeader && FindFault(Reader.RawRecord, out var fault))
            throw HeaderError(Line, fault.Describe(string.Create(CultureInfo.InvariantCulture, $"column {fault.Field + 1} of the header"), Line));
        if (_csv.HasHeader && InvalidBytes.Find(Reader.RawRecord, _text.HasMarkers, out var value, out _) >= 0)
            throw HeaderError(Line, DescribeInvalidByte(value, "the header"));
        if (_csv.Columns is { } columns)
        {
            if (columns.Count != names.Length)
                throw HeaderError(Line, string.Create(CultureInfo.InvariantCulture, $"The first row has {names.Length} fields, but {columns.Count} names of columns are given."));
            names = [.. columns];
        }

        _schema = CsvHeader.ToSchema(SchemaName, names, batch.Notes);
        Metadata.Schema = _schema;
        if (!_csv.HasHeader && Sought is null)
            AddRow(batch);
        return true;
    }

    private long Line => _linesBefore + Reader.LineNumber;

    private long Offset => _readerOffset + Reader.ByteOffset;

    /// <summary>Reads one row, which becomes a record or a reject, or is blank.</summary>
    private bool ReadRow(BatchBuilder batch)
    {
        try
        {
            _isMalformed = false;
            _next = null;
            if (!Reader.Read())
                return false;
        }
        catch (CsvFormatException e)
        {
            PassOversized(batch, _readerOffset + e.ByteOffset, _linesBefore + e.LineNumber);
            return true;
        }

        if (Reader.FieldCount == 1 && _schema!.Fields.Count > 1 && IsBlank())
            _blankLines++;
        else
            AddRow(batch);
        return true;
    }

    private bool IsBlank() => Reader.RawRecord.IsEmpty;

    private void AddRow(BatchBuilder batch)
    {
        var reader = Reader;
        var raw = reader.RawRecord;
        if (_isMalformed && FindFault(raw, out var fault))
        {
            RejectFault(batch, raw, fault);
            return;
        }

        var count = reader.FieldCount;
        var values = new object?[_schema!.Fields.Count];
        if ((count != values.Length && !IsPaddable(batch, count))
            || (InvalidBytes.Find(raw, _text.HasMarkers, out _, out _) >= 0 && RejectInvalidBytes(batch, count))
            || (raw.Length > _csv.MaxFieldSize && RejectLongField(batch, count)))
            return;

        for (var i = 0; i < count; i++)
        {
            var value = reader.GetString(i);
            values[i] = value.Length == 0 || value == _csv.NullText ? NullOr(value, reader.GetRawSpan(i)) : value;
        }

        batch.Add(_schema.CreateRecord(values, Source, batch.NextOrdinal, Line));
    }

    /// <summary>What an empty field or the text for null means, which depends on whether it stands in quotes.</summary>
    private string? NullOr(string value, ReadOnlySpan<byte> raw)
    {
        var isQuoted = raw.Length > 0 && raw[0] == _dialect.Quote;
        var isNull = value.Length > 0 ? !isQuoted : _csv.EmptyFields switch
        {
            EmptyFieldPolicy.Text => _csv.NullText is "" && !isQuoted,
            EmptyFieldPolicy.Null => true,
            _ => !isQuoted,
        };
        return isNull ? null : value;
    }

    private bool IsPaddable(BatchBuilder batch, int count)
    {
        if (count < _schema!.Fields.Count && _csv.RaggedRows == RaggedRowPolicy.Pad)
        {
            _paddedRows++;
            return true;
        }

        var reason = string.Create(
            CultureInfo.InvariantCulture,
            $"The row has {count} {(count == 1 ? "field" : "fields")} where {_schema.Fields.Count} are expected. Put values that hold the delimiter in quotes, or choose how ragged rows are treated.");
        var position = new RecordPosition(Source.Name, batch.NextOrdinal, Line);
        if (_csv.RaggedRows == RaggedRowPolicy.Error)
            throw new MigrationException(ErrorCode.BadRecord, $"{position}: {reason}") { Stage = MigrationStage.Extract, Position = position };
        batch.Reject(reason, Line, Show(Reader.RawRecord));
        return false;
    }

    private void Restart(long offset, long linesBefore)
    {
        _reader?.Dispose();
        if (offset != _stream.Delivered)
            _stream.Rewind(offset);
        _readerOffset = offset;
        _linesBefore = linesBefore;
        _next = (offset, linesBefore);
        _reader = CsvReader.Create(_stream, _readerOptions, leaveOpen: true);
    }

    private string FieldName(int index) =>
        index < _schema!.Fields.Count ? _schema.Fields[index].Name : string.Create(CultureInfo.InvariantCulture, $"Column{index + 1}");

    private void AddClosingNotes(BatchBuilder batch)
    {
        if (_blankLines > 0)
            batch.Notes.Add(string.Create(CultureInfo.InvariantCulture, $"{_blankLines} blank {(_blankLines == 1 ? "line was" : "lines were")} skipped."));
        if (_paddedRows > 0)
            batch.Notes.Add(string.Create(CultureInfo.InvariantCulture, $"{_paddedRows} {(_paddedRows == 1 ? "row" : "rows")} with too few fields got null for the missing ones."));
        if (!_text.Encoding.IsCertain && _text.Encoding.Encoding.IsSingleByte)
            batch.Notes.Add($"The encoding {_text.Encoding.Encoding.WebName} is a guess; give the encoding if letters look wrong.");
    }
}
