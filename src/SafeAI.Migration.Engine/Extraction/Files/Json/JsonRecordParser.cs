using System.Globalization;
using System.Text.Json;

namespace SafeAI.Migration.Engine.Extraction.Files.Json;

/// <summary>Makes the values of a record from a JSON object.</summary>
internal sealed class JsonRecordParser(JsonOptions options)
{
    private JsonShape? _shape;
    private JsonPlainReader? _plain;
    private long[] _seen = [];
    private long _stamp;

    /// <summary>The values in the order of the shape.</summary>
    public object?[] Values { get; private set; } = [];

    /// <summary>Keys that the shape does not have, and their values.</summary>
    public List<KeyValuePair<string, object?>> Extras { get; private set; } = [];

    /// <summary>Why the record must be rejected, or null.</summary>
    public string? Fault { get; private set; }

    /// <summary>The key at the top of the record where the fault is, or null.</summary>
    public string? FaultField { get; private set; }

    /// <summary>The key of the first number that is kept as text, or null; stays until it is taken.</summary>
    public string? InexactField { get; set; }

    /// <summary>The shape of the records; null while the fields are still being learnt, all keys are extras then.</summary>
    public JsonShape? Shape
    {
        get => _shape;
        set
        {
            _shape = value;
            _plain = value is null ? null : JsonPlainReader.For(value, options.MaxDepth);
            _seen = new long[value?.Count ?? 0];
            _stamp = 0;
        }
    }

    /// <summary>Reads records of the shape in the form that nearly all have; null where the shape does not allow it.</summary>
    public JsonPlainReader? Plain => _plain;

    /// <summary>Takes values that <see cref="Plain"/> read as the present record.</summary>
    public void Accept(object?[] values)
    {
        Clear();
        Values = values;
        IsPlain = true;
    }

    /// <summary>Whether the present record was read by <see cref="Plain"/>, so that its values are of the fields' types.</summary>
    public bool IsPlain { get; private set; }

    /// <summary>Hands over the extras, so that they are not used again.</summary>
    public List<KeyValuePair<string, object?>> TakeExtras()
    {
        var taken = Extras;
        Extras = [];
        return taken;
    }

    /// <summary>Forgets the last record.</summary>
    public void Clear()
    {
        IsPlain = false;
        Fault = FaultField = null;
        Extras.Clear();
    }

    /// <summary>Reads one object in the form that nearly all have.</summary>
    /// <param name="text">The object in UTF-8, with nothing before and after it.</param>
    /// <returns>Whether it is in that form; where not, <see cref="Parse"/> must look at it.</returns>
    public bool TryParsePlain(ReadOnlySpan<byte> text)
    {
        if (_plain is null)
            return false;
        var values = new object?[_shape!.Count];
        if (!_plain.TryRead(text, values))
            return false;
        Accept(values);
        return true;
    }

    /// <summary>Reads one object.</summary>
    /// <param name="reader">Stands on the start of the object, afterwards on its end.</param>
    /// <returns>Whether the object is complete; false where there is not enough data.</returns>
    /// <exception cref="JsonException">It is not valid JSON.</exception>
    /// <exception cref="InvalidOperationException">A text is not valid UTF-8 or UTF-16.</exception>
    public bool Parse(ref Utf8JsonReader reader)
    {
        Clear();
        Values = _shape is null ? [] : new object?[_shape.Count];
        _stamp++;
        var expected = 0;
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.EndObject)
                return true;
            string? name = null;
            var index = _shape is null ? -1 : _shape.Find(ref reader, expected, out name);
            if (index < 0)
                name ??= reader.GetString()!;
            if (!reader.Read())
                return false;
            if (!ReadValue(ref reader, 2, index < 0 ? name! : _shape!.Schema.Fields[index].Name, out var value))
                return false;
            if (index < 0)
            {
                AddExtra(name!, value);
                continue;
            }

            if (_seen[index] == _stamp && options.DuplicateKeys == DuplicateKeyPolicy.Reject)
                FailDuplicate(_shape!.Schema.Fields[index].Name);
            _seen[index] = _stamp;
            Values[index] = value;
            expected = index + 1;
        }

        return false;
    }

    private void AddExtra(string name, object? value)
    {
        for (var i = 0; i < Extras.Count; i++)
        {
            if (Extras[i].Key != name)
                continue;
            if (options.DuplicateKeys == DuplicateKeyPolicy.Reject)
                FailDuplicate(name);
            Extras[i] = new(name, value);
            return;
        }

        Extras.Add(new(name, value));
    }

    private void FailDuplicate(string name) =>
        Fail($"The key '{name}' occurs twice. Remove one, or choose that the last one counts.", name);

    private void Fail(string reason, string? field)
    {
        if (Fault is null)
            (Fault, FaultField) = (reason, field);
    }

    private bool ReadValue(ref Utf8JsonReader reader, int depth, string field, out object? value)
    {
        value = null;
        switch (reader.TokenType)
        {
            case JsonTokenType.String:
                value = reader.GetString();
                return true;
            case JsonTokenType.Number:
                value = JsonNumber.Read(ref reader, out var isText);
                if (isText)
                    InexactField ??= field;
                return true;
            case JsonTokenType.True:
                value = true;
                return true;
            case JsonTokenType.False:
                value = false;
                return true;
            case JsonTokenType.StartObject or JsonTokenType.StartArray when depth > options.MaxDepth:
                Fail(string.Create(CultureInfo.InvariantCulture, $"The value of '{field}' is nested deeper than the limit of {options.MaxDepth} levels. Raise the limit if it is right."), field);
                return reader.TrySkip();
            case JsonTokenType.StartObject:
                return ReadObject(ref reader, depth, field, out value);
            case JsonTokenType.StartArray:
                return ReadArray(ref reader, depth, field, out value);
            default:
                return true;
        }
    }

    private bool ReadObject(ref Utf8JsonReader reader, int depth, string field, out object? value)
    {
        var map = new Dictionary<string, object?>(StringComparer.Ordinal);
        value = map;
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.EndObject)
                return true;
            var name = reader.GetString()!;
            if (!reader.Read() || !ReadValue(ref reader, depth + 1, field, out var inner))
                return false;
            if (!map.TryAdd(name, inner))
            {
                if (options.DuplicateKeys == DuplicateKeyPolicy.Reject)
                    Fail($"The key '{name}' occurs twice within '{field}'. Remove one, or choose that the last one counts.", field);
                map[name] = inner;
            }
        }

        return false;
    }

    private bool ReadArray(ref Utf8JsonReader reader, int depth, string field, out object? value)
    {
        var items = new List<object?>();
        value = null;
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.EndArray)
            {
                value = items.ToArray();
                return true;
            }

            if (!ReadValue(ref reader, depth + 1, field, out var item))
                return false;
            items.Add(item);
        }

        return false;
    }
}
