using System.Text;
using System.Text.Json;
using SafeAI.Migration.Engine.Extraction.Databases;
using SafeAI.Migration.Engine.Extraction.Files;
using SafeAI.Migration.Engine.Extraction.Files.Json;

namespace SafeAI.Migration.Engine.Extraction.Apis;

/// <summary>Makes records of the items in JSON answers; all pages share their schemas.</summary>
internal sealed class RestJsonReader(RestSourceOptions options, string schemaName, RecordSource source)
{
    private readonly JsonRecordParser _parser = new(options.Json);
    private readonly JsonShapes _shapes = new(schemaName, options.Json.MaxSchemas);

    /// <summary>The widest schema so far; null before the first item.</summary>
    public RecordSchema? Schema => _parser.Shape?.Schema;

    /// <summary>How many schemas there have been.</summary>
    public int Shapes => _shapes.Count;

    /// <summary>Goes on with the schema that was in use at a position.</summary>
    public void Restore(SourcePosition position)
    {
        if (position.Fields is { } fields)
            _parser.Shape = _shapes.Restore(fields, position.Shapes);
    }

    /// <summary>The key of the first number that is kept as text, or null.</summary>
    public string? InexactField => _parser.InexactField;

    /// <summary>Reads the items of a page.</summary>
    /// <param name="body">The answer.</param>
    /// <param name="page">What to call the page in errors.</param>
    /// <param name="ordinal">The number of the last record so far.</param>
    /// <param name="add">Receives the records and rejects.</param>
    /// <returns>The place of the items in the answer, and how many there are.</returns>
    /// <exception cref="MigrationException">The answer is not valid JSON, or has no items where they are expected.</exception>
    public (Range Items, long Count) Read(byte[] body, string page, long ordinal, Action<Record?, Reject?> add)
    {
        var content = RestPages.WithoutMark(body);
        try
        {
            var reader = new Utf8JsonReader(content, new JsonReaderOptions { MaxDepth = RestPages.MaxDepth });
            var seeker = new JsonPointerSeeker(options.ItemsPointer ?? "");
            var before = reader;
            while (reader.Read())
            {
                if (seeker.IsFoundAt(ref reader))
                {
                    var start = (int)reader.TokenStartIndex;
                    var count = ReadItems(content, ref reader, before, page, ordinal, add);
                    var items = start..(int)reader.BytesConsumed;
                    // What follows must be well-formed too, for a cut-off answer is not a page.
                    while (reader.Read())
                    {
                    }

                    return (items, count);
                }

                before = reader;
            }

            throw Error(ErrorCode.UnexpectedAnswer, $"There is nothing at '{options.ItemsPointer}' in {page}.", "Check the JSON Pointer to the items.");
        }
        catch (JsonException e)
        {
            throw Error(ErrorCode.UnexpectedAnswer, $"{RestPages.Capital(page)} is not valid JSON.", "Nothing of a broken page can be trusted; start again from the last position.", e);
        }
    }

    private long ReadItems(ReadOnlySpan<byte> content, ref Utf8JsonReader reader, Utf8JsonReader before, string page, long ordinal, Action<Record?, Reject?> add)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.Null:
                return 0;
            case JsonTokenType.StartObject when options.ItemsPointer is not null:
                // An object alone is read like an element of an array.
                reader = before;
                reader.Read();
                var single = new List<(List<KeyValuePair<string, object?>>? Values, Reject? Reject)>();
                ReadItem(content, ref reader, ordinal + 1, single, add);
                Learn(single, ordinal, add);
                return 1;
            case JsonTokenType.StartArray:
                break;
            default:
                var where = options.ItemsPointer is { Length: > 0 } pointer ? $"'{pointer}' in {page}" : $"The root of {page}";
                throw Error(ErrorCode.UnexpectedAnswer, $"{where} is {JsonSyntax.Describe(reader.TokenType)}, not an array of items.", "Give the JSON Pointer to the array, for instance /data/items.");
        }

        // The first page that has items is read whole to learn the fields.
        var sample = _parser.Shape is null ? new List<(List<KeyValuePair<string, object?>>? Values, Reject? Reject)>() : null;
        var count = 0L;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            count++;
            ReadItem(content, ref reader, ordinal + count, sample, add);
        }

        if (sample is { Count: > 0 })
            Learn(sample, ordinal, add);
        return count;
    }

    private void ReadItem(
        ReadOnlySpan<byte> content, ref Utf8JsonReader reader, long ordinal, List<(List<KeyValuePair<string, object?>>? Values, Reject? Reject)>? sample, Action<Record?, Reject?> add)
    {
        var start = reader;
        string? fault = null, field = null;
        Exception? cause = null;
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            fault = $"The array holds {JsonSyntax.Describe(reader.TokenType)} here, not an object.";
            reader.Skip();
        }
        else
        {
            try
            {
                _parser.Parse(ref reader);
                (fault, field) = (_parser.Fault, _parser.FaultField);
            }
            catch (InvalidOperationException e)
            {
                reader = start;
                reader.Skip();
                (fault, cause) = ("A text in it is not valid UTF-8 or not valid Unicode.", e);
            }
        }

        Reject? reject = null;
        if (fault is null && sample is null)
            add(MakeRecord(ordinal, out fault, out field), null);
        if (fault is not null)
        {
            reject = new Reject(MigrationStage.Extract, ErrorCode.BadRecord, fault, new RecordPosition(source.Name, ordinal))
            {
                Field = field,
                RawText = Encoding.UTF8.GetString(content[(int)start.TokenStartIndex..(int)reader.BytesConsumed]),
                Exception = cause,
            };
        }

        if (sample is not null)
            sample.Add((reject is null ? _parser.TakeExtras() : null, reject));
        else if (reject is not null)
            add(null, reject);
    }

    private void Learn(List<(List<KeyValuePair<string, object?>>? Values, Reject? Reject)> sample, long ordinal, Action<Record?, Reject?> add)
    {
        if (_parser.Shape is null && sample.Exists(s => s.Values is not null))
            _parser.Shape = _shapes.Learn(sample.Select(s => s.Values).OfType<List<KeyValuePair<string, object?>>>());
        foreach (var (pairs, reject) in sample)
        {
            ordinal++;
            if (pairs is null)
            {
                add(null, reject);
                continue;
            }

            var schema = _parser.Shape!.Schema;
            var values = new object?[schema.Fields.Count];
            foreach (var (key, value) in pairs)
                values[schema.IndexOf(key)] = value;
            add(schema.CreateRecord(values, source, ordinal), null);
        }
    }

    private Record? MakeRecord(long ordinal, out string? fault, out string? field)
    {
        (fault, field) = (null, null);
        var values = _parser.Values;
        var shape = _parser.Shape!;
        if (!Fits(shape, values))
        {
            var wider = _shapes.Widen(shape, values, _parser.Extras);
            if (wider is null)
            {
                field = _parser.Extras.Count > 0 ? _parser.Extras[0].Key : null;
                fault = _shapes.DescribeOverflow(field ?? "");
                return null;
            }

            Array.Resize(ref values, wider.Count);
            for (var i = shape.Count; i < wider.Count; i++)
                values[i] = _parser.Extras[i - shape.Count].Value;
            _parser.Shape = shape = wider;
        }

        return shape.Schema.CreateRecord(values, source, ordinal);
    }

    private bool Fits(JsonShape shape, object?[] values)
    {
        if (_parser.Extras.Count > 0)
            return false;
        for (var i = 0; i < values.Length; i++)
        {
            if (values[i] is { } value && shape.Types[i] != typeof(object) && value.GetType() != shape.Types[i])
                return false;
        }

        return true;
    }

    private static MigrationException Error(string code, string what, string remedy, Exception? inner = null) =>
        new(code, what, remedy, inner) { Stage = MigrationStage.Extract };
}
