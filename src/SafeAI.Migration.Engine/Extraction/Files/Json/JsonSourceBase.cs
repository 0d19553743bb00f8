using System.Globalization;
using System.Text;
using System.Text.Json;
using SafeAI.Migration.Engine.Extraction.Files.Text;

namespace SafeAI.Migration.Engine.Extraction.Files.Json;

/// <summary>What reading JSON documents and NDJSON share: learning the schema, and making records or rejects.</summary>
internal abstract class JsonSourceBase : FileRecordSource
{
    private const int MostRawText = 64 * 1024;

    private readonly JsonShapes _shapes;
    private readonly Queue<Pending> _pending = new();
    private (long Line, long? NextOffset) _lastAdded;
    private bool _isLearnt;
    private bool _isWidened;
    private bool _isEnded;
    private MigrationException? _failure;

    protected JsonSourceBase(SourceFile file, FileSourceOptions options, string format)
        : base(file, options, format)
    {
        Parser = new JsonRecordParser(options.Json);
        Text = new Utf8Stream(file, options.Encoding);
        _shapes = new JsonShapes(SchemaName, options.Json.MaxSchemas);
    }

    protected JsonRecordParser Parser { get; }

    protected Utf8Stream Text { get; }

    /// <summary>The line on which the present record starts, from 1.</summary>
    protected long Line { get; set; }

    /// <summary>The byte of the file at which the next record begins; null where the file cannot be sought.</summary>
    protected virtual long? NextOffset => null;

    /// <summary>Whether markers stand for bytes that were not valid, in the present record's text.</summary>
    protected virtual bool HasMarkers => Text.HasMarkers;

    /// <summary>The encoding where it could not change any more behind the present record; otherwise null.</summary>
    protected virtual string? SettledEncoding => Text.SettledEncoding;

    /// <summary>Goes to <see cref="FileRecordSource.Sought"/>.</summary>
    protected virtual void Seek() => throw new NotSupportedException();

    /// <summary>Why the present record is rejected, where the parser does not say it; or null.</summary>
    protected string? Fault { get; set; }

    /// <summary>The cause of the fault, or null.</summary>
    protected Exception? FaultCause { get; set; }

    /// <summary>The bytes of the present record.</summary>
    protected abstract ReadOnlySpan<byte> Raw { get; }

    /// <summary>Whether the bytes of the present record are known to be valid already.</summary>
    protected virtual bool IsKnownValid => false;

    /// <summary>Reads one record into the parser, or sets <see cref="Fault"/>.</summary>
    /// <returns>Whether there was one.</returns>
    protected abstract bool ReadOne();

    protected override void Dispose()
    {
        Text.Dispose();
        base.Dispose();
    }

    protected sealed override SourcePosition PositionAfter(long ordinal) => new()
    {
        Ordinal = ordinal,
        Line = _lastAdded.Line,
        Offset = _lastAdded.NextOffset,
        Encoding = _lastAdded.NextOffset is null ? null : SettledEncoding,
        Fields = _lastAdded.NextOffset is null || !_isWidened ? null : JsonShapes.Describe(Parser.Shape!.Schema),
        Shapes = _lastAdded.NextOffset is null || !_isWidened ? 0 : _shapes.Count,
    };

    protected sealed override bool ReadBatch(BatchBuilder batch)
    {
        if (!_isLearnt)
            Learn(batch);
        while (!batch.IsFull && _pending.TryDequeue(out var pending))
            Add(batch, pending);
        if (_pending.Count > 0)
            return true;
        if (_failure is not null)
            throw _failure;
        while (!_isEnded && !batch.IsFull)
            _isEnded = !ReadAndAdd(batch);
        Finish(batch);
        return !_isEnded;
    }

    /// <summary>Adds what is known only at the end to the notes.</summary>
    protected virtual void AddClosingNotes(BatchBuilder batch)
    {
    }

    /// <summary>The reason of a reject for what the JSON reader says of a text.</summary>
    protected static string DescribeSyntax(JsonException e)
    {
        ArgumentNullException.ThrowIfNull(e);
        var place = e.Message.IndexOf(" LineNumber:", StringComparison.Ordinal);
        return place < 0 ? e.Message : e.Message[..place];
    }

    /// <summary>The reason of a reject for text that is not valid in its encoding.</summary>
    protected string DescribeText(ReadOnlySpan<byte> raw) => InvalidBytes.Find(raw, HasMarkers, out var value, out _) >= 0
        ? string.Create(CultureInfo.InvariantCulture, $"The byte 0x{value:X2} is not valid in {Text.Encoding.Encoding.WebName}. Give the file's encoding, for instance windows-1252.")
        : "A text is not valid Unicode: half of a surrogate pair stands alone.";

    protected static string ShowRaw(ReadOnlySpan<byte> raw, bool hasMarkers) => raw.Length <= MostRawText
        ? InvalidBytes.Show(raw, hasMarkers)
        : string.Create(CultureInfo.InvariantCulture, $"{InvalidBytes.Show(raw[..MostRawText], hasMarkers)}… ({raw.Length} bytes)");

    private bool ReadNext()
    {
        Fault = null;
        FaultCause = null;
        Parser.Clear();
        if (!ReadOne())
            return false;
        if (Fault is null && !IsKnownValid && InvalidBytes.Find(Raw, HasMarkers, out _, out _) >= 0)
            Fault = DescribeText(Raw);
        Fault ??= Parser.Fault;
        return true;
    }

    private void Learn(BatchBuilder batch)
    {
        try
        {
            while (_pending.Count < Options.Json.SampleSize && !_isEnded)
            {
                if (!ReadNext())
                    _isEnded = true;
                else if (Fault is null)
                    _pending.Enqueue(new Pending(Parser.TakeExtras(), Line, NextOffset, null, null, null, null));
                else
                    _pending.Enqueue(new Pending(null, Line, NextOffset, Fault, Parser.FaultField, ShowRaw(Raw, HasMarkers), FaultCause));
            }
        }
        catch (MigrationException e)
        {
            _failure = e;
            _isEnded = true;
        }

        _isLearnt = true;
        Parser.Shape = _shapes.Learn(_pending.Select(p => p.Values).OfType<List<KeyValuePair<string, object?>>>());
        Metadata.Schema = Parser.Shape.Schema;
        AddNameNotes(batch, Parser.Shape.Schema, 0);
        if (_pending.Count == 0 && _isEnded && _failure is null)
            batch.Notes.Add("There are no records.");
        if (Sought is not null)
        {
            // The records at the start only taught the fields.
            _pending.Clear();
            _failure = null;
            _isEnded = false;
            _lastAdded = (Sought.Line, Sought.Offset);
            if (Sought.Fields is { } fields)
            {
                Parser.Shape = _shapes.Restore(fields, Sought.Shapes);
                Metadata.Schema = Parser.Shape.Schema;
                _isWidened = true;
            }

            Seek();
        }
    }

    private void Add(BatchBuilder batch, Pending pending)
    {
        _lastAdded = (pending.Line, pending.NextOffset);
        if (pending.Values is null)
        {
            batch.Reject(pending.Fault!, pending.Line, pending.RawText, pending.Field, exception: pending.Cause);
            return;
        }

        var shape = Parser.Shape!;
        var values = new object?[shape.Count];
        foreach (var (key, value) in pending.Values)
            values[shape.Schema.IndexOf(key)] = value;
        batch.Add(shape.Schema.CreateRecord(values, Source, batch.NextOrdinal, pending.Line));
    }

    private bool ReadAndAdd(BatchBuilder batch)
    {
        if (!ReadNext())
            return false;
        _lastAdded = (Line, NextOffset);
        if (Fault is not null)
        {
            batch.Reject(Fault, Line, ShowRaw(Raw, HasMarkers), Parser.FaultField, exception: FaultCause);
            return true;
        }

        var values = Parser.Values;
        if (!Parser.IsPlain && !Fits(values) && !TryWiden(batch, ref values))
            return true;
        batch.Add(Parser.Shape!.Schema.CreateRecord(values, Source, batch.NextOrdinal, Line));
        return true;
    }

    private bool Fits(object?[] values)
    {
        if (Parser.Extras.Count > 0)
            return false;
        var types = Parser.Shape!.Types;
        for (var i = 0; i < values.Length; i++)
            if (values[i] is { } value && types[i] != typeof(object) && value.GetType() != types[i])
                return false;
        return true;
    }

    private bool TryWiden(BatchBuilder batch, ref object?[] values)
    {
        var wider = _shapes.Widen(Parser.Shape!, values, Parser.Extras);
        if (wider is null)
        {
            var key = Parser.Extras[0].Key;
            batch.Reject(_shapes.DescribeOverflow(key), Line, ShowRaw(Raw, HasMarkers), key);
            return false;
        }

        var old = values.Length;
        Array.Resize(ref values, wider.Count);
        for (var i = old; i < wider.Count; i++)
            values[i] = Parser.Extras[i - old].Value;
        Parser.Shape = wider;
        _isWidened = true;
        Metadata.Schema = wider.Schema;
        AddNameNotes(batch, wider.Schema, old);
        return true;
    }

    private void Finish(BatchBuilder batch)
    {
        Metadata.Encoding = Text.Encoding.ToString();
        if (Parser.InexactField is { } field && _pending.Count == 0)
        {
            batch.Notes.Add($"Numbers that no .NET type holds exactly are kept as text, first in '{field}'.");
            Parser.InexactField = null;
        }

        if (_isEnded)
            AddClosingNotes(batch);
    }

    private static void AddNameNotes(BatchBuilder batch, RecordSchema schema, int first)
    {
        foreach (var field in schema.Fields.Skip(first).Where(f => f.PropertyName != f.Name))
            batch.Notes.Add($"The field '{field.Name}' is the property '{field.PropertyName}', because another has the same name to PowerShell.");
    }

    /// <summary>A record or reject that was read to learn the schema.</summary>
    private sealed record Pending(
        List<KeyValuePair<string, object?>>? Values, long Line, long? NextOffset, string? Fault, string? Field, string? RawText, Exception? Cause);
}
