using System.Runtime.CompilerServices;
using NJsonSchema;
using SafeAI.Migration.Engine.Transformation;

namespace SafeAI.Migration.Engine.Tests.Transformation;

/// <summary>The schema that editors use agrees with what the engine reads.</summary>
public class MappingSchemaTests
{
    internal static string SchemaPath { get; } = Path.GetFullPath(Path.Combine(Here(), "../../../module/schemas/mapping.schema.json"));

    private static string Here([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;

    private static Task<JsonSchema> SchemaAsync() => JsonSchema.FromFileAsync(SchemaPath);

    public static TheoryData<string> Good => new()
    {
        """
        { "$schema": "https://example.org/mapping.schema.json", "name": "customers",
          "nodes": [ { "type": "Customer", "id": "customer:{customer_id}", "labels": ["Person"], "include": ["*"], "exclude": ["notes"],
            "when": { "and": [ { "field": "status", "in": ["active", 1] }, { "not": { "field": "email", "isEmpty": true } } ] },
            "properties": {
              "name": "full_name",
              "display": "{first_name} {last_name}",
              "email": { "field": ["email", "mail"], "apply": ["trim", "lower", { "replace": ["+", "."] }, { "left": 20 }], "default": "unknown", "required": true },
              "weight": { "field": "weight", "type": "decimal", "unit": "kg", "fromUnit": "lb", "lossy": "allow" },
              "credit": { "field": "credit", "type": "decimal", "culture": "de-DE" },
              "active": { "field": "active", "type": "boolean", "true": ["yes", "y", "1"], "false": ["no", "n", "0"] },
              "joined": { "field": "joined", "type": "date", "formats": ["yyyy-MM-dd", "dd.MM.yyyy"] },
              "seen": { "field": "seen", "type": "datetime", "timeZone": "Europe/Berlin", "ambiguous": "earlier", "invalid": "forward" },
              "tags": { "field": "tags", "apply": { "split": ";" }, "type": "list<string>" },
              "origin": { "value": "crm" } } } ],
          "relationships": [ { "type": "PLACED", "optional": true, "from": { "type": "Customer", "id": "customer:{customer_id}" }, "to": { "type": "Order", "id": "order:{order_id}" },
            "id": "{customer_id}:{order_id}", "explode": [ "orders", { "field": "item.lines", "as": "line", "index": "no" } ], "properties": { "no": "no" } } ] }
        """,
        """
        { "clean": [ { "name": "tidy", "fields": ["*"], "source": "customers", "enabled": false, "private": true,
            "apply": ["trim", { "normalize": "NFKC" }, { "nullTokens": ["-"] }, { "clamp": [0, 1.5, "error"] }, { "phone": "49" }, { "map": { "m": "male" } }] } ],
          "keys": { "main": { "environment": "MIGRATION_KEY" }, "other": { "file": "key.txt" } },
          "nodes": { "type": "T", "id": { "field": "a", "apply": [{ "hmac": "main" }], "private": true }, "properties": { "t": { "field": "b", "apply": { "tokenise": ["other", "x-"] } } } } }
        """,
        """
        { "missingFields": "null",
          "lookups": { "countries": { "path": "countries.csv", "format": "csv", "key": "code", "fields": ["name"], "duplicates": "last" }, "t": { "table": "t", "key": ["a", "b"], "nullKeys": "skip" } },
          "deduplicate": [ { "name": "mail", "source": "people", "key": ["email"], "apply": ["trim", "lower"], "keep": "error" }, { "key": "id" } ],
          "nodes": { "type": "T", "id": { "lookup": { "in": "t", "by": ["x", "y"], "template": "t:{a}:{b}" } }, "properties": { "country": { "lookup": { "in": "countries", "by": "cc", "field": "name", "missing": "null" }, "default": "?" } } } }
        """,
        """{ "nodes": { "type": "T", "id": { "template": "t:{a}" }, "source": "table_*", "nested": "flatten" } }""",
        """
        { "lookups": { "t": { "table": "t", "key": "a" } }, "nodes": { "type": "T", "id": { "template": ["t:{a}", "t#{$ordinal}"], "keepEmpty": true } },
          "relationships": { "type": "R", "from": { "type": "T", "id": "{a}" }, "to": { "type": "T", "id": { "lookup": { "in": "t", "by": "b", "template": ["t:{a}", "t#{c}"] } } } } }
        """,
    };

    [Theory]
    [MemberData(nameof(Good))]
    public async Task Mappings_that_the_engine_reads_are_valid(string json)
    {
        MappingDocument.Parse(json);
        Assert.Empty((await SchemaAsync()).Validate(json));
    }

    [Theory]
    [InlineData("""{ "nodes": [ { "type": "T", "id": "{a}" } ], "nods": [] }""")]
    [InlineData("""{ "nodes": [ { "type": "T", "id": "{a}", "propertys": {} } ] }""")]
    [InlineData("""{ "nodes": [ { "type": "T", "id": "{a}", "properties": { "p": { "field": "a", "aply": ["trim"] } } } ] }""")]
    [InlineData("""{ "nodes": [ { "type": "T", "id": "{a}", "properties": { "p": { "field": "a", "apply": ["trimm"] } } } ] }""")]
    [InlineData("""{ "nodes": [ { "type": "T", "id": "{a}", "properties": { "p": { "field": "a", "apply": [{ "lefd": 3 }] } } } ] }""")]
    [InlineData("""{ "nodes": [ { "type": "T", "id": "{a}", "properties": { "p": { "field": "a", "type": "intger" } } } ] }""")]
    [InlineData("""{ "nodes": [ { "type": "T", "id": "{a}", "properties": { "p": { "field": "a", "value": 1 } } } ] }""")]
    [InlineData("""{ "nodes": [ { "type": "T", "id": "{a}", "when": { "feeld": "a" } } ] }""")]
    [InlineData("""{ "nodes": [ { "type": "T" } ] }""")]
    [InlineData("""{ "nodes": [ { "type": "T", "id": { "template": [] } } ] }""")]
    [InlineData("""{ "nodes": [ { "type": "T", "id": { "template": ["{a}", 5] } } ] }""")]
    [InlineData("""{ "relationships": [ { "type": "T", "from": { "type": "A", "id": "{a}" } } ] }""")]
    [InlineData("""{ "nodes": [ { "type": "T", "id": "{a}", "properties": { "p": { "field": "a", "apply": [{ "email": "nul" }] } } } ] }""")]
    [InlineData("""{ "clean": [ { "fields": "a", "apply": "trim" } ], "nodes": [ { "type": "T", "id": "{a}" } ] }""")]
    [InlineData("""{ "keys": { "k": "s3cret" }, "nodes": [ { "type": "T", "id": "{a}" } ] }""")]
    [InlineData("""{ "lookups": { "c": { "path": "x" } }, "nodes": [ { "type": "T", "id": "{a}" } ] }""")]
    [InlineData("""{ "deduplicate": { "key": "a", "keep": "newest" }, "nodes": [ { "type": "T", "id": "{a}" } ] }""")]
    [InlineData("{}")]
    public async Task Mappings_that_the_engine_refuses_are_flagged(string json)
    {
        Assert.NotEmpty(Given.Faults(json));
        Assert.NotEmpty((await SchemaAsync()).Validate(json));
    }

    [Fact]
    public async Task The_schema_lists_every_function_and_type()
    {
        var schema = await SchemaAsync();
        var calls = schema.Definitions["function"].OneOf.Single(s => s.Properties.Count > 0).Properties;
        Assert.Equal(FunctionCatalog.All.Select(f => (f.Name, f.Description)), calls.Select(c => (c.Key, c.Value.Description!)).OrderBy(c => c.Key, StringComparer.Ordinal));
        var types = schema.Definitions["type"].Enumeration.Cast<string>().ToHashSet();
        Assert.Equal(2 * Enum.GetValues<ConversionType>().Length, types.Count);
        Assert.All(Enum.GetNames<ConversionType>(), t => Assert.Contains(t.ToLowerInvariant(), types));
    }
}
