using System.Numerics;
using System.Text;
using System.Text.Json;

namespace SafeAI.Migration.Engine.Extraction.Files.Json;

/// <summary>A schema of JSON records with what is needed to find a key's field quickly.</summary>
internal sealed class JsonShape
{
    private readonly byte[][] _utf8Names;
    private readonly Dictionary<string, int> _byName;

    public JsonShape(RecordSchema schema)
    {
        Schema = schema;
        Types = [.. schema.Fields.Select(f => f.Type)];
        _utf8Names = [.. schema.Fields.Select(f => Encoding.UTF8.GetBytes(f.Name))];
        _byName = schema.Fields.ToDictionary(f => f.Name, f => f.Ordinal, StringComparer.Ordinal);
    }

    public RecordSchema Schema { get; }

    /// <summary>The type of each field.</summary>
    public Type[] Types { get; }

    public int Count => Types.Length;

    /// <summary>The field of the key on which the reader stands.</summary>
    /// <param name="reader">Stands on a key.</param>
    /// <param name="expected">The field that most likely comes.</param>
    /// <param name="name">The key, where there is no such field.</param>
    /// <returns>The field's place, or -1.</returns>
    public int Find(ref Utf8JsonReader reader, int expected, out string? name)
    {
        name = null;
        if (expected < _utf8Names.Length && reader.ValueTextEquals(_utf8Names[expected]))
            return expected;
        name = reader.GetString()!;
        return _byName.TryGetValue(name, out var index) ? index : -1;
    }

    /// <summary>JSON's own name for the type of a value.</summary>
    public static string NameOf(Type type) =>
        type == typeof(string) ? "string"
        : type == typeof(bool) ? "boolean"
        : type == typeof(long) || type == typeof(double) || type == typeof(decimal) || type == typeof(BigInteger) ? "number"
        : type == typeof(object[]) ? "array"
        : type == typeof(object) ? "any"
        : "object";
}
