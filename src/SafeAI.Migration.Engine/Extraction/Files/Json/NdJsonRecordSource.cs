using System.Globalization;
using System.Runtime.ExceptionServices;
using System.Text.Json;

namespace SafeAI.Migration.Engine.Extraction.Files.Json;

/// <summary>Reads one JSON object on each line. A line that is none is rejected and the rest goes on.</summary>
internal sealed class NdJsonRecordSource : JsonSourceBase
{
    private const int BlocksAhead = 8;

    private readonly JsonReaderOptions _readerOptions = new() { MaxDepth = 1002 };
    private readonly JsonLineBlocks _blocks;
    private JsonLineBlock? _block;
    private int _next;
    private JsonLineBlock.Line _line;
    private long _linesRead;
    private long _blankLines;

    public NdJsonRecordSource(SourceFile file, FileSourceOptions options)
        : base(file, options, "ndjson")
    {
        if (options.Json.Pointer is { Length: > 0 })
            throw new ArgumentException("NDJSON takes no JSON Pointer: each line is a record.");
        var isAtHand = file.Length is not null && Environment.ProcessorCount > 1;
        _blocks = new JsonLineBlocks(Text, options.Json.MaxRecordSize, isAtHand ? BlocksAhead : 0);
        if (options.StartAfter is { Offset: not null } start && Text.IsPlain)
            Sought = start;
    }

    protected override ReadOnlySpan<byte> Raw => _block!.Buffer.AsSpan(_line.Start, _line.Length);

    protected override long? NextOffset => _block is not { IsPlain: true } block ? null
        : block.IsTooLong ? block.EndOffset
        : block.Offset + Math.Min(_line.Start + _line.Length + 1, block.Length);

    protected override bool HasMarkers => _block?.HasMarkers ?? base.HasMarkers;

    protected override string? SettledEncoding => _block is { } block ? block.SettledEncoding : base.SettledEncoding;

    protected override bool IsKnownValid => _block is { IsValid: true };

    protected override void Dispose()
    {
        _blocks.Dispose();
        base.Dispose();
    }

    protected override void Seek()
    {
        _blocks.Seek(Sought!);
        _block = null;
        _linesRead = Sought!.Line;
        _blankLines = 0;
    }

    protected override bool ReadOne()
    {
        ReadOnlySpan<byte> text;
        do
        {
            if (!NextLine(out var isTooLong))
                return false;
            Line = ++_linesRead;
            if (isTooLong)
            {
                Fault = string.Create(CultureInfo.InvariantCulture, $"The line is longer than the limit of {Options.Json.MaxRecordSize} bytes. Raise the limit if it is right.");
                return true;
            }

            if (_line.Values is { } values && ReferenceEquals(_block!.Shape, Parser.Shape))
            {
                Parser.Accept(values);
                return true;
            }

            text = Raw.Trim(" \t\r"u8);
            _blankLines += text.IsEmpty ? 1 : 0;
        }
        while (text.IsEmpty);
        Parse(text);
        return true;
    }

    protected override void AddClosingNotes(BatchBuilder batch)
    {
        if (_blankLines > 0)
            batch.Notes.Add(string.Create(CultureInfo.InvariantCulture, $"{_blankLines} blank {(_blankLines == 1 ? "line was" : "lines were")} skipped."));
    }

    private void Parse(ReadOnlySpan<byte> line)
    {
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

    private bool NextLine(out bool isTooLong)
    {
        isTooLong = false;
        while (_block is null || _next == _block.LineCount)
        {
            if (_blocks.Next(_block, Parser.Shape, Parser.Plain) is not { } block)
            {
                _block = null;
                return false;
            }

            (_block, _next) = (block, 0);
            if (block.Failure is { } failure)
                ExceptionDispatchInfo.Throw(failure);
        }

        _line = _block.LineAt(_next++);
        isTooLong = _block.IsTooLong || _line.Length > Options.Json.MaxRecordSize;
        return true;
    }
}
