using System.Runtime.CompilerServices;
using System.Text.Json;
using NJsonSchema;
using SafeAI.Migration.Engine.Planning;

namespace SafeAI.Migration.Engine.Tests.Planning;

/// <summary>The schema that editors use agrees with what the engine reads.</summary>
public class PlanSchemaTests
{
    private static readonly string s_root = Path.GetFullPath(Path.Combine(Here(), "../../.."));
    private static readonly string s_path = Path.Combine(s_root, "module/schemas/plan.schema.json");

    private static string Here([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;

    public static TheoryData<string> Good => new()
    {
        PlanFileTests.GuideConfig,
        """
        { "$schema": "x", "name": "all", "mapping": "auto",
          "sources": [
            { "type": "csv", "path": "a.csv", "encoding": "utf-8", "recordName": "a", "mapping": { "nodes": [] },
              "csv": { "delimiter": "tab", "quoted": true, "quote": "'", "escape": "\\", "header": false, "columns": ["a"], "comment": "#", "raggedRows": "pad", "empty_fields": "quoted_is_text", "nullText": "", "max_field_size": 9 },
              "compression": { "entry": "e", "maxExpansion": 3 } },
            { "path": "a.json", "format": "json", "json": { "pointer": "", "maxDepth": 3, "maxRecordSize": 2048, "duplicateKeys": "last", "sampleSize": 5, "max_schemas": 2 } },
            { "type": "dump", "path": "a.sql", "sql": { "table": "t", "dialect": "my_sql" } },
            { "type": "postgresql", "connectionString": "Host=h", "userName": "u", "password": "${env:PATH}", "schema": "s", "tables": ["a*"], "exclude": "b", "readers": 2 },
            { "connection_string": "Host=h", "query": "SELECT 1", "parameters": { "a": 1, "b": null } },
            { "type": "sqlite", "path": "a.db", "table": "t" },
            { "type": "ado_net", "providerPath": "p.dll", "factoryType": "F", "connectionString": "Server=s", "table": "t" },
            { "type": "rest", "address": "https://a.example/x", "itemsPointer": "/a", "totalPointer": "/b", "format": "csv", "headers": { "Accept": "x" },
              "pagination": { "type": "page_number", "parameter": "p", "first": 0 },
              "authentication": { "type": "client_credentials", "token_address": "https://a.example", "clientId": "i", "clientSecret": "${env:PATH}", "scope": "s" } },
            { "address": "https://a.example/x", "pagination": { "type": "next_address", "pointer": "/next" }, "authentication": { "type": "api_key", "header": "h", "key": "${env:PATH}" } }
          ],
          "cleaning": { "name": "tidy", "fields": ["*"], "apply": ["trim"], "source": "a", "enabled": true, "private": false },
          "destination": { "type": "platform", "endpoint": "https://p.example", "clientId": "i", "clientSecret": "${env:PATH}", "query_path": "q", "schemaPath": "s" },
          "options": { "batchSize": 5, "throttle_limit": 2, "validationLevel": "LENIENT", "verify": "Content", "errorBudget": "1%", "rejectPath": "r", "maxRequestsPerMinute": 60 },
          "window": { "days": ["weekdays", "sat"], "from": "22:00", "to": "05:30", "time_zone": "UTC" }, "outside_window": "end",
          "validation": { "schema": "${x}", "not_null": ["a"], "quality_threshold": 0.9 }, "on_error": "ROLLBACK", "journal": "j", "report": "r.md" }
        """,
        """{ "source": { "path": "a.csv", "mapping": "m.json" }, "destination": { "type": "graph_store", "store": "s" }, "windows": [ { "days": "weekend" } ] }""",
    };

    [Theory]
    [MemberData(nameof(Good))]
    public async Task Plans_that_the_engine_reads_are_valid(string json)
    {
        PlanFile.Parse(json, s_root, "test");
        Assert.Empty((await JsonSchema.FromFileAsync(s_path)).Validate(json));
    }

    [Theory]
    [InlineData("""{ "source": { "path": "a.csv", "mapping": "m" } }""")]
    [InlineData("""{ "destination": { "store": "s" } }""")]
    [InlineData("""{ "source": { "path": "a.csv", "mapping": "m" }, "destination": { "store": "s" }, "optoins": {} }""")]
    [InlineData("""{ "source": { "path": "a.csv", "mapping": "m", "delimiter": ";" }, "destination": { "store": "s" } }""")]
    [InlineData("""{ "source": { "path": "a.csv", "mapping": "m", "csv": { "raggedRows": "maybe" } }, "destination": { "store": "s" } }""")]
    [InlineData("""{ "source": { "mapping": "m" }, "destination": { "store": "s" } }""")]
    [InlineData("""{ "source": { "path": "a.csv", "mapping": "m" }, "destination": { "store": "s" }, "options": { "batchSize": 0 } }""")]
    [InlineData("""{ "source": { "path": "a.csv", "mapping": "m" }, "destination": { "store": "s" }, "options": { "validation_level": "very" } }""")]
    [InlineData("""{ "source": { "path": "a.csv", "mapping": "m" }, "destination": { "store": "s" }, "options": { "errorBudget": "lots" } }""")]
    [InlineData("""{ "source": { "path": "a.csv", "mapping": "m" }, "destination": { "store": "s" }, "window": { "from": "late" } }""")]
    [InlineData("""{ "source": { "path": "a.csv", "mapping": "m" }, "destination": { "store": "s" }, "onError": "keep" }""")]
    [InlineData("""{ "source": { "path": "a.csv", "mapping": "m" }, "destination": { "store": "s" }, "report": "" }""")]
    [InlineData("""{ "source": { "path": "a.csv", "mapping": "m" }, "destination": { "store": "s" }, "validation": ["x"] }""")]
    [InlineData("""{ "source": { "path": "a.csv", "mapping": 1 }, "destination": { "store": "s" } }""")]
    public async Task Plans_that_the_engine_refuses_are_flagged(string json)
    {
        Assert.Throws<InvalidPlanException>(() => PlanFile.Parse(json, s_root, "test"));
        Assert.NotEmpty((await JsonSchema.FromFileAsync(s_path)).Validate(json));
    }

    [Fact]
    public void The_schema_has_exactly_the_settings_that_the_engine_asks_for_in_both_spellings()
    {
        var faults = new PlanFaults();
        foreach (var json in ((IEnumerable<object[]>)Good).Select(g => (string)g[0]))
            PlanFile.Parse(json, s_root, "test", null, faults);
        using var schema = JsonDocument.Parse(File.ReadAllText(s_path));
        var definitions = schema.RootElement.GetProperty("definitions");
        var asked = new Dictionary<string, SortedSet<string>>();
        foreach (var (path, names) in faults.Settings)
        {
            var last = path.Split('.')[^1].TrimEnd('[', ']');
            var definition = path == "$" ? "$" : last switch { "sources" => "source", "windows" => "window", _ => last };
            if (!asked.TryGetValue(definition, out var all))
                asked[definition] = all = new SortedSet<string>(StringComparer.Ordinal);
            all.UnionWith(names);
        }

        foreach (var (definition, names) in asked)
        {
            var properties = (definition == "$" ? schema.RootElement : definitions.GetProperty(definition)).GetProperty("properties");
            var described = properties.EnumerateObject().Select(p => p.Name).ToHashSet();
            Assert.Equal(names.Concat(names.Select(Snake)).Distinct().Order(StringComparer.Ordinal), described.Order(StringComparer.Ordinal));
        }

        // The cleaning rules are read by the mapping's own reader.
        Assert.Equal(definitions.EnumerateObject().Select(d => d.Name).Where(d => d != "cleaningRule").Order(), asked.Keys.Where(k => k != "$").Order());
    }

    [Fact]
    public async Task The_quickstart_is_valid() =>
        Assert.Empty((await JsonSchema.FromFileAsync(s_path)).Validate(await File.ReadAllTextAsync(Path.Combine(s_root, "module/samples/quickstart/migration.json"))));

    private static string Snake(string name) => string.Concat(name.Select((c, i) => i > 0 && char.IsUpper(c) ? "_" + char.ToLowerInvariant(c) : c.ToString()));
}
