using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using SafeAI.Migration.Engine.Validation;
using SafeAI.Migration.Engine.Validation.Schema;

namespace SafeAI.Migration.Engine.Tests.Validation;

/// <summary>
/// Holds the compiled validator against NJsonSchema on generated schemas and records: the same ones in every run, and
/// with SAFEAI_LONG_TESTS=1 new and many more ones. Left out of the corpus is where NJsonSchema departs from the rules.
/// </summary>
public sealed class SchemaAgreementTests
{
    private static readonly bool s_isLong = Environment.GetEnvironmentVariable("SAFEAI_LONG_TESTS") == "1";

    private static readonly object?[] s_values =
    [
        null, "", "a", "ab", "abc12", "12", "AB-1", "2024-01-31", "2024-13-31", "2024-01-31T10:00:00Z", "x@example.com", "no address",
        "7d444840-9dc0-11d1-b245-5ffdce74fad2", "127.0.0.1", -3L, 0L, 1L, 2, 5L, 6L, 12L, 0.5, 1.5, 2.0, 2.5m, 3.00m, -0.25m, 1e15, true, false,
        Array.Empty<object?>(), new object?[] { "a" }, new object?[] { "a", "a" }, new object?[] { "a", 1L }, new object?[] { "a", "b", "c" },
        new Dictionary<string, object?> { ["k"] = 1L }, new Dictionary<string, object?> { ["k"] = "v", ["l"] = "w" },
        new DateTimeOffset(2024, 1, 31, 10, 0, 0, TimeSpan.Zero), new DateOnly(2024, 1, 31),
    ];

    private static readonly string[] s_patterns = ["^a", "b$", "^[A-Z]{2}-[0-9]$", "^.{2,3}$", "(a|x).*@", "[0-9]+"];

    [Fact]
    public void The_compiled_validator_and_NJsonSchema_agree()
    {
        var (agreed, accepted, left) = (0, 0, 0);
        var cases = from schema in Schemas from records in Gen.ArrayOf(Records, 20) select (schema, records);
        var runs = s_isLong ? 50_000 : 2_000;
        var config = Config.QuickThrowOnFailure.WithMaxTest(runs);
        Check.One(
            s_isLong ? config : config.WithReplay(new Replay(new Rnd(20261126, 1), null)),
            Prop.ForAll(cases.ToArbitrary(), c =>
            {
                var text = c.schema.ToJsonString();

                // No pattern here is slow; NJsonSchema has no time limit, and a test that is kept from working must not have one either.
                var compiled = CompiledSchema.Parse(text, patternTimeLimit: TimeSpan.FromHours(1));
                var reference = NJsonSchema.JsonSchema.FromJsonAsync(text).GetAwaiter().GetResult();
                left += compiled.NotCompiled.Count > 0 ? 1 : 0;
                foreach (var record in c.records)
                {
                    var json = ToJson(record, c.schema);
                    var mine = compiled.Accepts(record);
                    Assert.True(mine == (reference.Validate(json).Count == 0), $"{(mine ? "accepted" : "refused")}: {text}\n{json}");
                    agreed++;
                    accepted += mine ? 1 : 0;
                }
            }));

        // The corpus is worth something only if both outcomes and both ways of checking occur.
        Assert.Equal(runs * 20, agreed);
        Assert.InRange(accepted, agreed / 13, agreed * 12 / 13);
        Assert.InRange(left, runs / 100, runs / 2);
    }

    private static Gen<JsonNode> TextSchema =>
        from type in Gen.Elements("\"string\"", "[\"string\",\"null\"]", "")
        from min in Maybe("minLength", Gen.Choose(0, 4).Select(i => (JsonNode)i))
        from max in Maybe("maxLength", Gen.Choose(0, 6).Select(i => (JsonNode)i))
        from pattern in Maybe("pattern", Gen.Elements(s_patterns).Select(p => (JsonNode)p))
        from values in Maybe("enum", Gen.SubListOf("a", "ab", "12x", "x@example.com").Select(l => (JsonNode)ArrayOf([.. l, "q"])), rare: true)
        from format in Maybe("format", Gen.Elements("date", "email", "uuid").Select(f => (JsonNode)f), rare: true)
        select (JsonNode)Merge(type, min, max, pattern, AllowNull(values, type), type == "\"string\"" ? format : null);

    private static Gen<JsonNode> NumberSchema =>
        from type in Gen.Elements("\"integer\"", "\"number\"", "[\"integer\",\"string\"]", "")
        from min in Maybe("minimum", Gen.Choose(-3, 3).Select(i => (JsonNode)i))
        from max in Maybe("maximum", Gen.Choose(0, 6).Select(i => (JsonNode)(i + 0.5m)))
        from above in Maybe("exclusiveMinimum", Gen.Choose(-3, 2).Select(i => (JsonNode)i), rare: true)
        from below in Maybe("exclusiveMaximum", Gen.Choose(0, 6).Select(i => (JsonNode)i), rare: true)
        from step in Maybe("multipleOf", Gen.Elements(1m, 2m, 3m, 0.5m, 0.25m).Select(i => (JsonNode)i), rare: true)
        select (JsonNode)Merge(type, min, max, above, below, step);

    private static Gen<JsonNode> ListSchema =>
        from type in Gen.Elements("\"array\"", "")
        from items in Maybe("items", Gen.Elements("{\"type\":\"string\"}", "{\"type\":\"string\",\"maxLength\":1}").Select(s => JsonNode.Parse(s)!))
        from tuple in Maybe("items", Gen.Constant(0).Select(_ => JsonNode.Parse("[{\"type\":\"string\"},{\"type\":\"integer\"}]")!), rare: true)
        from min in Maybe("minItems", Gen.Choose(0, 2).Select(i => (JsonNode)i))
        from max in Maybe("maxItems", Gen.Choose(1, 2).Select(i => (JsonNode)i))
        from unique in Maybe("uniqueItems", Gen.Elements(true, false).Select(b => (JsonNode)b))
        select (JsonNode)Merge(type, tuple ?? items, min, max, unique);

    private static Gen<JsonNode> ObjectSchema =>
        from type in Gen.Constant("\"object\"")
        from inner in WithoutNull(TextSchema)
        from additional in Gen.Elements("true", "false", "{\"type\":\"string\"}")
        from required in Gen.Elements("[]", "[\"k\"]", "[\"l\"]")
        select (JsonNode)Merge(type, new("properties", new JsonObject { ["k"] = inner }), new("additionalProperties", JsonNode.Parse(additional)), new("required", JsonNode.Parse(required)));

    private static Gen<JsonNode> PlainSchema => Gen.Frequency((4, TextSchema), (4, NumberSchema), (2, ListSchema), (1, ObjectSchema),
        (1, Gen.Elements("{}", "{\"type\":\"boolean\"}", "{\"type\":\"null\"}").Select(s => JsonNode.Parse(s)!)));

    private static Gen<JsonNode> PropertySchema => Gen.Frequency(
        (8, PlainSchema),
        (1, from name in Gen.Elements("anyOf", "oneOf", "allOf") from a in WithoutNull(PlainSchema) from b in WithoutNull(PlainSchema) select (JsonNode)new JsonObject { [name] = ArrayOf([a, b]) }),
        (1, from a in PlainSchema select (JsonNode)new JsonObject { ["not"] = a }),
        (1, Gen.Constant(0).Select(_ => JsonNode.Parse("{\"$ref\":\"#/definitions/shared\"}")!)));

    private static Gen<JsonNode> Schemas =>
        from a in PropertySchema
        from b in PropertySchema
        from c in PropertySchema
        from required in Gen.Frequency((4, Gen.Constant(new List<string>())), (1, Gen.SubListOf("a", "b", "c", "d").Select(l => l.ToList())))
        from additional in Gen.Elements("true", "true", "false", "{\"type\":\"string\"}")
        from least in Maybe("minProperties", Gen.Choose(0, 3).Select(i => (JsonNode)i), rare: true)
        from most in Maybe("maxProperties", Gen.Choose(1, 4).Select(i => (JsonNode)i), rare: true)
        from byPattern in Maybe("patternProperties", Gen.Constant(0).Select(_ => JsonNode.Parse("{\"^d\":{\"type\":\"string\"}}")!), rare: true)
        from whole in Maybe("additionalItems", Gen.Constant(0).Select(_ => (JsonNode)true), rare: true) // leaves the record as a whole to NJsonSchema
        select (JsonNode)Merge(
            "\"object\"", new("properties", new JsonObject { ["a"] = a, ["b"] = b, ["c"] = c }), new("required", ArrayOf([.. required])),
            new("additionalProperties", JsonNode.Parse(additional)), least, most, byPattern, whole,
            new("definitions", JsonNode.Parse("{\"shared\":{\"type\":[\"string\",\"integer\"],\"maxLength\":3,\"minimum\":1}}")));

    private static Gen<Record> Records =>
        from names in Gen.SubListOf("a", "b", "c", "d")
        from values in Gen.ArrayOf(Gen.Elements(s_values), 4)
        select new RecordSchema("r", names.Select(n => new RecordField(n, typeof(object))))
            .CreateRecord([.. names.Select((_, i) => values[i])], new RecordSource("r"), 1);

    private static Gen<KeyValuePair<string, JsonNode?>?> Maybe(string name, Gen<JsonNode> value, bool rare = false) => Gen.Frequency(
        (rare ? 6 : 2, Gen.Constant<KeyValuePair<string, JsonNode?>?>(null)),
        (1, value.Select(v => (KeyValuePair<string, JsonNode?>?)new(name, v))));

    private static JsonObject Merge(string type, params KeyValuePair<string, JsonNode?>?[] parts)
    {
        var schema = new JsonObject();
        if (type.Length > 0)
            schema["type"] = JsonNode.Parse(type);
        foreach (var part in parts.OfType<KeyValuePair<string, JsonNode?>>())
            schema[part.Key] = part.Value?.DeepClone();
        return schema;
    }

    // NJsonSchema lets null pass a oneOf that it fits twice.
    private static Gen<JsonNode> WithoutNull(Gen<JsonNode> schemas) => schemas.Where(s => !s.ToJsonString().Contains("null", StringComparison.Ordinal));

    // NJsonSchema lets null pass an enumeration without it where the type names null.
    private static KeyValuePair<string, JsonNode?>? AllowNull(KeyValuePair<string, JsonNode?>? values, string type) =>
        values is { Value: { } list } && type.Contains("null", StringComparison.Ordinal)
            ? new("enum", new JsonArray([.. list.AsArray().Select(v => v?.DeepClone()), null]))
            : values;

    private static JsonArray ArrayOf(IEnumerable<JsonNode?> items) => new([.. items.Select(i => i?.DeepClone())]);

    private static JsonArray ArrayOf(IEnumerable<string> items) => new([.. items.Select(i => (JsonNode)i)]);

    /// <summary>The record as JSON; a null is left out, unless the schema of the field says that it may be null.</summary>
    private static string ToJson(Record record, JsonNode schema)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            foreach (var field in record.GetSchema().Fields)
            {
                var value = record.GetValue(field.Ordinal);
                var property = schema["properties"]?[field.Name];
                if (value is null && (property is null || !property.ToJsonString().Contains("\"null\"", StringComparison.Ordinal) || property["not"] is not null))
                    continue;
                writer.WritePropertyName(field.Name);

                // 3.00 is an integer to JSON Schema, but not to NJsonSchema.
                RecordJson.WriteValue(writer, value is decimal number && decimal.IsInteger(number) ? (long)number : value);
            }

            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
