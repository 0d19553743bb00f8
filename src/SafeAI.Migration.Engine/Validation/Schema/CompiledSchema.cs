using System.Collections.Frozen;
using System.Text;
using System.Text.Json;
using Newtonsoft.Json.Linq;

namespace SafeAI.Migration.Engine.Validation.Schema;

/// <summary>
/// A JSON Schema that was parsed once and compiled. What does not compile is left to NJsonSchema, property by
/// property, and named in <see cref="NotCompiled"/>. Safe for several threads at once.
/// </summary>
public sealed class CompiledSchema
{
    private CompiledSchema(SchemaNode node, string? title, IReadOnlyList<string> notCompiled, IReadOnlyList<string> notes)
    {
        Node = node;
        Title = title;
        NotCompiled = notCompiled;
        Notes = notes;
    }

    /// <summary>The schema's title, or null. It names the node type that the schema is for.</summary>
    public string? Title { get; }

    /// <summary>The places of the keywords that NJsonSchema checks in place of compiled code.</summary>
    public IReadOnlyList<string> NotCompiled { get; }

    /// <summary>What in the schema checks nothing: formats and keywords that are not known.</summary>
    public IReadOnlyList<string> Notes { get; }

    /// <summary>How long one pattern may take over one value without <see cref="Parse"/> being told otherwise.</summary>
    public static TimeSpan DefaultPatternTimeLimit { get; } = TimeSpan.FromMilliseconds(250);

    internal SchemaNode Node { get; }

    /// <summary>Parses and compiles a schema.</summary>
    /// <param name="json">The text of the schema.</param>
    /// <param name="name">What to call it in messages: its file's path.</param>
    /// <param name="patternTimeLimit">How long one pattern may take over one value; a quarter of a second without it.</param>
    /// <exception cref="MigrationException"><see cref="ErrorCode.InvalidSchema"/>: it has faults, all of which are named.</exception>
    public static CompiledSchema Parse(string json, string name = "the schema", TimeSpan? patternTimeLimit = null)
    {
        ArgumentNullException.ThrowIfNull(json);
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip });
        }
        catch (JsonException e)
        {
            throw new MigrationException(ErrorCode.InvalidSchema, $"{name} is not JSON: {e.Message}", "Correct it at that place.", e);
        }

        // The checks refer to the document for as long as the schema lives.
        var root = document.RootElement.Clone();
        document.Dispose();
        var (faults, notes, notCompiled) = (new List<string>(), new List<string>(), new List<string>());
        var compiler = new SchemaCompiler(root, patternTimeLimit ?? DefaultPatternTimeLimit, faults, notes);
        var node = Compile(compiler, root, json, notCompiled);
        if (faults.Count > 0)
            throw new MigrationException(
                ErrorCode.InvalidSchema, $"{name} has {(faults.Count == 1 ? "a fault" : $"{faults.Count} faults")}: {string.Join(" ", faults)}",
                "Correct the schema.");
        var title = root.ValueKind == JsonValueKind.Object && root.TryGetProperty("title", out var t) ? t.GetString() : null;
        return new CompiledSchema(node, title, notCompiled, notes);
    }

    /// <summary>Whether a record or graph item fits the schema.</summary>
    /// <param name="item">A record or graph item.</param>
    public bool Accepts(object item)
    {
        ArgumentNullException.ThrowIfNull(item);
        return Node.Passes(item);
    }

    private static SchemaNode Compile(SchemaCompiler compiler, JsonElement root, string json, List<string> notCompiled)
    {
        try
        {
            return compiler.Compile(root, "$");
        }
        catch (NotCompiledException)
        {
            return CompileByProperty(compiler, root, json, notCompiled);
        }
    }

    // Only the properties that hold such a keyword are slower for it; where the root does, the record as a whole is.
    private static SchemaNode CompileByProperty(SchemaCompiler compiler, JsonElement root, string json, List<string> notCompiled)
    {
        var properties = new Dictionary<string, SchemaNode>(StringComparer.Ordinal);
        var bare = Select(root, k => k != "properties");

        // A property is asked for inside an object of its own, as NJsonSchema treats null differently elsewhere.
        NJsonSchema.JsonSchema? single = null;
        var node = new SchemaNode();
        try
        {
            using var rest = JsonDocument.Parse(bare);
            compiler.Fill(node, rest.RootElement.Clone(), "$");
        }
        catch (NotCompiledException e)
        {
            notCompiled.Add(e.Path);
            var whole = ReadWithNJsonSchema(json, e.Path);
            var nullable = root.TryGetProperty("properties", out var named) && named.ValueKind == JsonValueKind.Object
                ? named.EnumerateObject().Where(p => NamesNull(p.Value)).Select(p => p.Name).ToArray()
                : [];
            return new SchemaNode { Checks = [Fallback(e.Keyword, v => whole.Validate(JsonToken.Of(v, nullable)).Count == 0)] };
        }

        if (root.TryGetProperty("properties", out var all) && all.ValueKind == JsonValueKind.Object)
        {
            foreach (var property in all.EnumerateObject())
            {
                try
                {
                    properties.Add(property.Name, compiler.Compile(property.Value, $"$.properties.{property.Name}"));
                }
                catch (NotCompiledException e)
                {
                    notCompiled.Add(e.Path);
                    var name = property.Name;
                    single ??= ReadWithNJsonSchema(Select(root, k => k is "properties" or "definitions" or "$defs"), e.Path);
                    properties.Add(name, new SchemaNode
                    {
                        NamesNull = NamesNull(property.Value),
                        Checks = [Fallback(e.Keyword, v => single.Validate(new JObject(new JProperty(name, JsonToken.Of(v)))).Count == 0)],
                    });
                }
            }
        }

        node.Names = [.. properties.Keys];
        node.Properties = properties.ToFrozenDictionary(StringComparer.Ordinal);
        return node;
    }

    private static NJsonSchema.JsonSchema ReadWithNJsonSchema(string json, string path)
    {
        try
        {
            return NJsonSchema.JsonSchema.FromJsonAsync(json).GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            throw new MigrationException(
                ErrorCode.InvalidSchema, $"{path} is left to NJsonSchema, which cannot read the schema: {e.Message}", "Say it in another way, or leave it out.", e);
        }
    }

    private static string Select(JsonElement root, Func<string, bool> keywords)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartObject();
            foreach (var keyword in root.EnumerateObject().Where(k => keywords(k.Name)))
                keyword.WriteTo(writer);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    // As the compiler tells it, for schemas that it leaves to NJsonSchema.
    private static bool NamesNull(JsonElement schema) => schema.ValueKind == JsonValueKind.Object && schema.EnumerateObject().Any(k => k.Name switch
    {
        "type" => k.Value.ValueKind == JsonValueKind.Array ? k.Value.EnumerateArray().Any(t => t.ValueEquals("null")) : k.Value.ValueEquals("null"),
        "enum" => k.Value.ValueKind == JsonValueKind.Array && k.Value.EnumerateArray().Any(v => v.ValueKind == JsonValueKind.Null),
        "const" => k.Value.ValueKind == JsonValueKind.Null,
        "anyOf" or "oneOf" or "allOf" => k.Value.ValueKind == JsonValueKind.Array && k.Value.EnumerateArray().Any(NamesNull),
        _ => false,
    });

    private static SchemaCheck Fallback(string keyword, Func<object?, bool> passes) =>
        new(keyword, RuleFamilies.Schema, (JsonKind)~0, passes, "does not fit its schema");
}

/// <summary>Values as the tokens that NJsonSchema reads.</summary>
internal static class JsonToken
{
    /// <summary>An object with the nulls that count as there.</summary>
    public static JToken Of(object? value, string[] nullable)
    {
        var token = Of(value);
        if (token is JObject container && value is Record record)
        {
            foreach (var name in nullable)
            {
                if (JsonValue.IndexOf(record.GetSchema(), name) >= 0 && !container.ContainsKey(name))
                    container.Add(name, JValue.CreateNull());
            }
        }

        return token;
    }

    public static JToken Of(object? value)
    {
        var kind = JsonValue.KindOf(value);
        if ((kind & JsonKind.Integer) != 0)
            return ToInteger(value is JsonElement element ? JsonValue.FromElement(element)! : value!);
        return kind switch
        {
            JsonKind.Null => JValue.CreateNull(),
            JsonKind.Boolean => new JValue(value is JsonElement e ? e.GetBoolean() : (bool)value!),
            JsonKind.Number => value is decimal d ? new JValue(d) : new JValue(Convert.ToDouble(value is JsonElement n ? JsonValue.FromElement(n) : value, System.Globalization.CultureInfo.InvariantCulture)),
            JsonKind.Text => new JValue(JsonValue.TextOf(value!)),
            JsonKind.List => new JArray(JsonValue.ElementsOf(value!).Cast<object?>().Select(Of)),
            _ => new JObject(JsonValue.NamesOf(value!).Select(n => new JProperty(n, JsonValue.TryGet(value!, n, out var inner) ? Of(inner) : JValue.CreateNull()))),
        };
    }

    private static JValue ToInteger(object value)
    {
        var integer = value switch
        {
            System.Numerics.BigInteger v => v,
            decimal v => new System.Numerics.BigInteger(v),
            double v => new System.Numerics.BigInteger(v),
            float v => new System.Numerics.BigInteger(v),
            ulong v => v,
            _ => Convert.ToInt64(value, System.Globalization.CultureInfo.InvariantCulture),
        };
        return integer >= long.MinValue && integer <= long.MaxValue ? new JValue((long)integer) : new JValue(integer);
    }
}
