using System.Globalization;
using System.Numerics;

namespace SafeAI.Migration.Engine.Extraction.Files.Json;

/// <summary>Learns the fields of a stream from its first records, and widens the schema a bounded number of times.</summary>
internal sealed class JsonShapes(string name, int maxSchemas)
{
    private static readonly (string Word, Type Type)[] s_types =
    [
        ("text", typeof(string)), ("boolean", typeof(bool)), ("int64", typeof(long)), ("double", typeof(double)), ("decimal", typeof(decimal)),
        ("integer", typeof(BigInteger)), ("array", typeof(object[])), ("object", typeof(Dictionary<string, object?>)), ("any", typeof(object)),
    ];

    /// <summary>How many schemas there have been.</summary>
    public int Count { get; private set; }

    /// <summary>The schema of the union of the fields of these records, in the order in which they were first seen.</summary>
    public JsonShape Learn(IEnumerable<IReadOnlyList<KeyValuePair<string, object?>>> sample)
    {
        var places = new Dictionary<string, int>(StringComparer.Ordinal);
        var fields = new List<(string Name, HashSet<Type> Types)>();
        foreach (var record in sample)
        {
            foreach (var (key, value) in record)
            {
                if (!places.TryGetValue(key, out var place))
                {
                    places.Add(key, place = fields.Count);
                    fields.Add((key, []));
                }

                if (value is not null)
                    fields[place].Types.Add(value.GetType());
            }
        }

        return Make(fields.Select(f => new RecordField(
            f.Name,
            f.Types.Count == 1 ? f.Types.First() : typeof(object),
            f.Types.Count == 0 ? null : string.Join('|', f.Types.Select(JsonShape.NameOf).Distinct().Order(StringComparer.Ordinal)))));
    }

    /// <summary>A schema that also holds these values, or null where there may be no further one.</summary>
    /// <param name="shape">The schema so far.</param>
    /// <param name="values">The values in its order, some of which may be of another type than their field.</param>
    /// <param name="extras">Keys that it does not have.</param>
    public JsonShape? Widen(JsonShape shape, object?[] values, IReadOnlyList<KeyValuePair<string, object?>> extras)
    {
        if (Count >= maxSchemas)
            return null;
        var fields = shape.Schema.Fields.Select((f, i) => values[i] is { } value && !f.Type.IsInstanceOfType(value)
            ? new RecordField(f.Name, typeof(object), $"{f.SourceType}|{JsonShape.NameOf(value.GetType())}")
            : new RecordField(f.Name, f.Type, f.SourceType));
        return Make(fields.Concat(extras.Select(e => e.Value is null
            ? new RecordField(e.Key, typeof(object))
            : new RecordField(e.Key, e.Value.GetType(), JsonShape.NameOf(e.Value.GetType())))));
    }

    /// <summary>The fields of a schema as a position keeps them.</summary>
    public static IReadOnlyList<SourcePositionField> Describe(RecordSchema schema) =>
        [.. schema.Fields.Select(f => new SourcePositionField(f.Name, Array.Find(s_types, t => t.Type == f.Type).Word ?? "any", f.SourceType))];

    /// <summary>The schema that was in use at a position.</summary>
    /// <param name="fields">What <see cref="Describe"/> returned.</param>
    /// <param name="count">How many schemas there had been.</param>
    public JsonShape Restore(IReadOnlyList<SourcePositionField> fields, int count)
    {
        Count = count;
        return new JsonShape(new RecordSchema(
            name, fields.Select(f => new RecordField(f.Name, Array.Find(s_types, t => t.Word == f.Type).Type ?? typeof(object), f.SourceType))));
    }

    /// <summary>Why a record with new keys is rejected.</summary>
    public string DescribeOverflow(string key) => string.Create(
        CultureInfo.InvariantCulture,
        $"The key '{key}' is new, and the records have had {maxSchemas} different shapes already. Read more records ahead, or allow more schemas.");

    private JsonShape Make(IEnumerable<RecordField> fields)
    {
        Count++;
        // The last schema there may be must take values of any type.
        return new JsonShape(new RecordSchema(
            name, Count < maxSchemas ? fields : fields.Select(f => new RecordField(f.Name, typeof(object), f.SourceType))));
    }
}
