using System.Text;
using System.Text.Json;
using SafeAI.Migration.Sandbox.Cypher;

namespace SafeAI.Migration.Sandbox.Values;

/// <summary>Reads JSON straight into values: no document in between, one shape for all objects with the same keys.</summary>
internal static class JsonValueReader
{
    private const int CachedLength = 24;
    private static readonly string?[] s_common = new string?[4096];

    /// <summary>Reads the value that the reader stands at.</summary>
    public static object? Read(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.Null:
                return null;
            case JsonTokenType.True:
                return Box.True;
            case JsonTokenType.False:
                return Box.False;
            case JsonTokenType.String:
                return ReadString(ref reader);
            case JsonTokenType.Number:
                return ReadNumber(ref reader);
            case JsonTokenType.StartArray:
                return ReadArray(ref reader);
            case JsonTokenType.StartObject:
                return ReadObject(ref reader);
            default:
                throw new JsonException($"Unexpected {reader.TokenType}");
        }
    }

    private static object ReadNumber(ref Utf8JsonReader reader)
    {
        var text = reader.ValueSpan;
        if (!text.ContainsAny("."u8) && !text.ContainsAny("eE"u8))
        {
            return reader.TryGetInt64(out var integer)
                ? Box.Of(integer)
                : throw CypherException.Argument($"The number {Encoding.UTF8.GetString(text)} is outside the range of a 64-bit integer");
        }

        var number = reader.GetDouble();
        return double.IsFinite(number)
            ? number
            : throw CypherException.Argument($"The number {Encoding.UTF8.GetString(text)} is outside the range of a 64-bit float");
    }

    // Short strings repeat (states, codes, names): a small table lets equal ones be one object. Losing a race costs nothing.
    private static string ReadString(ref Utf8JsonReader reader)
    {
        if (reader.ValueIsEscaped || reader.ValueSpan.Length > CachedLength)
            return reader.GetString()!;
        var utf8 = reader.ValueSpan;
        if (utf8.Length == 0)
            return "";
        var hash = 2166136261u;
        foreach (var b in utf8)
        {
            hash = (hash ^ b) * 16777619u;
        }

        ref var cached = ref s_common[hash & 4095];
        var candidate = Volatile.Read(ref cached);
        if (candidate is not null && Matches(candidate, utf8))
            return candidate;
        var text = reader.GetString()!;
        Volatile.Write(ref cached, text);
        return text;
    }

    private static bool Matches(string text, ReadOnlySpan<byte> utf8)
    {
        if (text.Length != utf8.Length)
            return false;
        for (var i = 0; i < utf8.Length; i++)
        {
            if (text[i] != utf8[i] || utf8[i] >= 0x80)
                return false;
        }

        return true;
    }

    private static object?[] ReadArray(ref Utf8JsonReader reader)
    {
        var items = new List<object?>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            items.Add(Read(ref reader));
        }

        return items.ToArray();
    }

    private static CypherMap ReadObject(ref Utf8JsonReader reader)
    {
        // As long as the keys follow each other as they did in the object before, no key becomes a string.
        var shape = Shape.Empty;
        var values = new List<object?>(8);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            if (!reader.ValueIsEscaped && shape.Count < 48 && shape.Predict(reader.ValueSpan) is { } next)
            {
                shape = next;
                reader.Read();
                values.Add(Read(ref reader));
                continue;
            }

            var key = reader.GetString()!;
            reader.Read();
            var value = Read(ref reader);
            if (shape.Count >= 48)
                return ReadWide(ref reader, shape, values, key, value);
            if (shape.IndexOf(key) is >= 0 and var position)
            {
                values[position] = value;
                continue;
            }

            shape = shape.Add(key);
            values.Add(value);
        }

        return new CypherMap(shape, [.. values]);
    }

    private static CypherMap ReadWide(ref Utf8JsonReader reader, Shape shape, List<object?> values, string key, object? value)
    {
        var builder = new MapBuilder();
        for (var i = 0; i < shape.Count; i++)
        {
            builder.Set(shape[i], values[i]);
        }

        builder.Set(key, value);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var name = reader.GetString()!;
            reader.Read();
            builder.Set(name, Read(ref reader));
        }

        return builder.Build();
    }
}
