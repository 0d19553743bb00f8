using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace SafeAI.Migration.Engine.Validation.Schema;

/// <summary>Thrown while compiling where a keyword is left to NJsonSchema.</summary>
internal sealed class NotCompiledException(string keyword, string path) : Exception
{
    public string Keyword => keyword;

    public string Path => path;
}

/// <summary>Compiles the subschemas of one JSON Schema. References inside the document are followed; others are refused.</summary>
internal sealed class SchemaCompiler(JsonElement root, TimeSpan patternTimeLimit, List<string> faults, List<string> notes)
{
    private static readonly FrozenSet<string> s_annotations = FrozenSet.ToFrozenSet(
    [
        "$schema", "$id", "id", "$anchor", "$comment", "$defs", "definitions", "title", "description", "default", "examples", "example",
        "readOnly", "writeOnly", "deprecated", "contentEncoding", "contentMediaType", "then", "else", "exclusiveMinimum", "exclusiveMaximum",
    ]);

    private static readonly FrozenSet<string> s_refused = FrozenSet.ToFrozenSet(
    [
        "unevaluatedProperties", "unevaluatedItems", "$dynamicRef", "$recursiveRef", "minContains", "maxContains", "prefixItems",
        "dependencies", "dependentSchemas", "contentSchema",
    ]);

    private static readonly FrozenSet<string> s_objectKeywords = FrozenSet.ToFrozenSet(["properties", "required", "additionalProperties"]);

    private readonly Dictionary<string, SchemaNode> _references = new(StringComparer.Ordinal);

    /// <summary>Compiles a subschema.</summary>
    /// <exception cref="NotCompiledException">A keyword in it is left to NJsonSchema.</exception>
    public SchemaNode Compile(JsonElement schema, string path)
    {
        var node = new SchemaNode();
        Fill(node, schema, path);
        return node;
    }

    /// <summary>Compiles the keywords of a schema into a node.</summary>
    public void Fill(SchemaNode node, JsonElement schema, string path)
    {
        if (schema.ValueKind is JsonValueKind.True or JsonValueKind.False)
        {
            node.IsNever = schema.ValueKind == JsonValueKind.False;
            return;
        }

        if (schema.ValueKind != JsonValueKind.Object)
        {
            faults.Add($"{path}: a schema is an object, true or false, not {schema.ValueKind}.");
            return;
        }

        var checks = new List<SchemaCheck>();
        if (schema.TryGetProperty("$ref", out var reference))
        {
            if (schema.EnumerateObject().Select(p => p.Name).FirstOrDefault(n => n != "$ref" && !s_annotations.Contains(n)) is { } sibling)
                faults.Add($"{path}: older drafts ignore '{sibling}' beside '$ref' and newer ones do not. Put both into 'allOf'.");
            var target = Refer(reference.GetString() ?? "", path);
            node.NamesNull = target.NamesNull;
            checks.Add(new SchemaCheck("$ref", RuleFamilies.ConstraintCheck, (JsonKind)~0, target.Passes, $"does not fit {reference.GetString()}"));
        }
        else
        {
            foreach (var keyword in schema.EnumerateObject())
            {
                if (!s_objectKeywords.Contains(keyword.Name))
                    AddKeyword(node, checks, schema, keyword, path);
            }

            AddObject(node, schema, path);
        }

        node.Checks = [.. checks];
    }

    /// <summary>Compiles what a schema says of the values of an object.</summary>
    public void AddObject(SchemaNode node, JsonElement schema, string path)
    {
        if (schema.TryGetProperty("required", out var required))
            node.Required = Texts(required, path + ".required");
        if (schema.TryGetProperty("properties", out var properties) && IsObject(properties, path + ".properties"))
        {
            node.Names = [.. properties.EnumerateObject().Select(p => p.Name)];
            node.Properties = properties.EnumerateObject().ToFrozenDictionary(p => p.Name, p => Compile(p.Value, $"{path}.properties.{p.Name}"), StringComparer.Ordinal);
        }

        if (schema.TryGetProperty("additionalProperties", out var additional) && additional.ValueKind != JsonValueKind.True)
            node.Additional = Compile(additional, path + ".additionalProperties");
    }

    private SchemaNode Refer(string reference, string path)
    {
        if (_references.TryGetValue(reference, out var known))
            return known;
        var node = new SchemaNode();
        _references.Add(reference, node);
        if (!reference.StartsWith('#'))
        {
            faults.Add($"{path}: '$ref' leads to '{reference}'. Only references inside the document ('#/…') are followed; put that schema under '$defs'.");
            return node;
        }

        var target = root;
        foreach (var part in reference[1..].Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            var name = Uri.UnescapeDataString(part).Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
            if (target.ValueKind == JsonValueKind.Array && int.TryParse(name, out var index) && index < target.GetArrayLength())
                target = target[index];
            else if (target.ValueKind != JsonValueKind.Object || !target.TryGetProperty(name, out target))
            {
                faults.Add($"{path}: '$ref' leads to '{reference}', which is not there.");
                return node;
            }
        }

        Fill(node, target, reference);
        return node;
    }

    private void AddKeyword(SchemaNode node, List<SchemaCheck> checks, JsonElement schema, JsonProperty keyword, string path)
    {
        var value = keyword.Value;
        var at = $"{path}.{keyword.Name}";
        switch (keyword.Name)
        {
            case "type":
                AddType(node, checks, value, at);
                break;
            case "enum":
                AddEnumeration(node, checks, value, at);
                break;
            case "const":
                var constant = JsonValue.FromElement(value);
                node.NamesNull |= constant is null;
                Add(checks, "const", (JsonKind)~0, v => JsonValue.AreEqual(v, constant), $"is not {value.GetRawText()}");
                break;
            case "minimum":
                AddMinimum(checks, schema, value, at);
                break;
            case "maximum":
                AddMaximum(checks, schema, value, at);
                break;
            case "exclusiveMinimum" when value.ValueKind == JsonValueKind.Number:
                var above = Number(value, at);
                Add(checks, "exclusiveMinimum", JsonKind.Number, v => JsonValue.Compare(v!, above) > 0, $"is not greater than {Invariant(above)}");
                break;
            case "exclusiveMaximum" when value.ValueKind == JsonValueKind.Number:
                var below = Number(value, at);
                Add(checks, "exclusiveMaximum", JsonKind.Number, v => JsonValue.Compare(v!, below) < 0, $"is not less than {Invariant(below)}");
                break;
            case "multipleOf":
                var step = Number(value, at);
                if (step <= 0)
                    faults.Add($"{at}: it must be greater than 0.");
                else
                    Add(checks, "multipleOf", JsonKind.Number, v => JsonValue.IsMultiple(v!, step), $"is not a multiple of {Invariant(step)}");
                break;
            case "minLength":
                var minLength = Count(value, at);
                Add(checks, "minLength", JsonKind.Text, v => JsonValue.LengthOf(JsonValue.TextOf(v!)) >= minLength, $"is shorter than {minLength} characters");
                break;
            case "maxLength":
                var maxLength = Count(value, at);
                Add(checks, "maxLength", JsonKind.Text, v => JsonValue.LengthOf(JsonValue.TextOf(v!)) <= maxLength, $"is longer than {maxLength} characters");
                break;
            case "pattern":
                if (PatternOf(value.ValueKind == JsonValueKind.String ? value.GetString() : null, at) is { } pattern)
                    Add(checks, "pattern", JsonKind.Text, v => PatternText.IsMatch(pattern, JsonValue.TextOf(v!)), $"does not match the pattern {value.GetString()}");
                break;
            case "format":
                if (FormatChecks.For(value.GetString() ?? "") is { } format)
                    Add(checks, "format", JsonKind.Text, format.Passes, format.Finding);
                else
                    notes.Add($"{at}: the format '{value.GetString()}' is not known and is not checked.");
                break;
            case "items" when value.ValueKind != JsonValueKind.Array:
                var items = Compile(value, at);
                Add(checks, "items", JsonKind.List, v => JsonValue.ElementsOf(v!).Cast<object?>().All(items.Passes), "has elements that do not fit");
                break;
            case "contains":
                var contained = Compile(value, at);
                Add(checks, "contains", JsonKind.List, v => JsonValue.ElementsOf(v!).Cast<object?>().Any(contained.Passes), "has no element that fits");
                break;
            case "minItems":
                var minItems = Count(value, at);
                Add(checks, "minItems", JsonKind.List, v => JsonValue.CountOf(v!) >= minItems, $"has fewer than {minItems} elements");
                break;
            case "maxItems":
                var maxItems = Count(value, at);
                Add(checks, "maxItems", JsonKind.List, v => JsonValue.CountOf(v!) <= maxItems, $"has more than {maxItems} elements");
                break;
            case "uniqueItems" when value.ValueKind is JsonValueKind.True or JsonValueKind.False:
                if (value.GetBoolean())
                    Add(checks, "uniqueItems", JsonKind.List, AreDistinct, "has the same element twice");
                break;
            case "minProperties":
                var minProperties = Count(value, at);
                Add(checks, "minProperties", JsonKind.Object, v => node.CountOf(v!) >= minProperties, $"has fewer than {minProperties} values");
                break;
            case "maxProperties":
                var maxProperties = Count(value, at);
                Add(checks, "maxProperties", JsonKind.Object, v => node.CountOf(v!) <= maxProperties, $"has more than {maxProperties} values");
                break;
            case "propertyNames":
                var names = Compile(value, at);
                Add(checks, "propertyNames", JsonKind.Object, v => JsonValue.NamesOf(v!).All(names.Passes), "has a name that does not fit");
                break;
            case "dependentRequired" when IsObject(value, at):
                foreach (var dependent in value.EnumerateObject())
                {
                    var others = Texts(dependent.Value, $"{at}.{dependent.Name}");
                    Add(checks, "dependentRequired", JsonKind.Object, v => !JsonValue.TryGet(v!, dependent.Name, out _) || others.All(o => JsonValue.TryGet(v!, o, out _)),
                        $"has {dependent.Name} without {string.Join(", ", others)}");
                }

                break;
            case "allOf":
                foreach (var part in Schemas(value, at))
                {
                    node.NamesNull |= part.NamesNull;
                    Add(checks, "allOf", (JsonKind)~0, part.Passes, "does not fit all of the schemas that it should");
                }

                break;
            case "anyOf":
                var any = Schemas(value, at);
                node.NamesNull |= any.Any(a => a.NamesNull);
                Add(checks, "anyOf", (JsonKind)~0, v => any.Any(a => a.Passes(v)), "fits none of the schemas of which it should fit one");
                break;
            case "oneOf":
                var one = Schemas(value, at);
                node.NamesNull |= one.Any(a => a.NamesNull);
                Add(checks, "oneOf", (JsonKind)~0, v => one.Count(a => a.Passes(v)) == 1, "fits none or several of the schemas of which it should fit exactly one");
                break;
            case "not":
                var forbidden = Compile(value, at);
                Add(checks, "not", (JsonKind)~0, v => !forbidden.Passes(v), "fits a schema that it should not");
                break;
            case "if":
                var condition = Compile(value, at);
                var then = schema.TryGetProperty("then", out var t) ? Compile(t, path + ".then") : null;
                var otherwise = schema.TryGetProperty("else", out var e) ? Compile(e, path + ".else") : null;
                Add(checks, "if", (JsonKind)~0, v => (condition.Passes(v) ? then : otherwise)?.Passes(v) ?? true, "does not fit what its other values ask of it");
                break;
            case "patternProperties" when IsObject(value, at):
                node.Patterns = [.. value.EnumerateObject().Select(p => (PatternOf(p.Name, at)!, Compile(p.Value, $"{at}.{p.Name}")))];
                Add(checks, "patternProperties", JsonKind.Object, v => node.PassesPatterns(v!), "has values that do not fit what their names ask of them");
                break;
            case "items" or "additionalItems":
                throw new NotCompiledException(keyword.Name, at);
            default:
                if (s_refused.Contains(keyword.Name))
                    faults.Add($"{at}: nothing here checks '{keyword.Name}'. Say it in another way.");
                else if (!s_annotations.Contains(keyword.Name) && !keyword.Name.StartsWith("x-", StringComparison.Ordinal))
                    notes.Add($"{at}: '{keyword.Name}' is not a keyword that is known, and checks nothing.");
                break;
        }
    }

    private void AddType(SchemaNode node, List<SchemaCheck> checks, JsonElement value, string path)
    {
        var wanted = JsonKind.None;
        var names = value.ValueKind == JsonValueKind.Array ? Texts(value, path) : [value.GetString() ?? ""];
        foreach (var name in names)
        {
            var kind = name switch
            {
                "null" => JsonKind.Null,
                "boolean" => JsonKind.Boolean,
                "number" => JsonKind.Number,
                "integer" => JsonKind.Integer,
                "string" => JsonKind.Text,
                "array" => JsonKind.List,
                "object" => JsonKind.Object,
                _ => JsonKind.None,
            };
            if (kind == JsonKind.None)
                faults.Add($"{path}: '{name}' is no type. The types are null, boolean, number, integer, string, array and object.");
            wanted |= kind;
        }

        node.NamesNull |= (wanted & JsonKind.Null) != 0;
        checks.Add(new SchemaCheck("type", RuleFamilies.TypeCheck, (JsonKind)~0, v => (JsonValue.KindOf(v) & wanted) != 0, $"is not {string.Join(" or ", names)}"));
    }

    private void AddEnumeration(SchemaNode node, List<SchemaCheck> checks, JsonElement value, string path)
    {
        if (value.ValueKind != JsonValueKind.Array)
        {
            faults.Add($"{path}: it must be a list of the values that are allowed.");
            return;
        }

        var values = value.EnumerateArray().Select(JsonValue.FromElement).ToArray();
        node.NamesNull |= Array.Exists(values, v => v is null);
        var texts = values.OfType<string>().ToFrozenSet(StringComparer.Ordinal);
        var others = values.Where(v => v is not string).ToArray();
        var shown = value.GetRawText() is { Length: <= 100 } all ? all : value.GetRawText()[..100] + "…";
        Add(checks, "enum", (JsonKind)~0, v => v is string text ? texts.Contains(text) : Array.Exists(others, o => JsonValue.AreEqual(v, o))
            || (JsonValue.KindOf(v) == JsonKind.Text && texts.Contains(JsonValue.TextOf(v!))), $"is not one of {shown}");
    }

    // Draft 4 has a flag beside the limit where later drafts have a limit of its own.
    private void AddMinimum(List<SchemaCheck> checks, JsonElement schema, JsonElement value, string path)
    {
        var limit = Number(value, path);
        if (schema.TryGetProperty("exclusiveMinimum", out var flag) && flag.ValueKind == JsonValueKind.True)
            Add(checks, "minimum", JsonKind.Number, v => JsonValue.Compare(v!, limit) > 0, $"is not greater than {Invariant(limit)}");
        else
            Add(checks, "minimum", JsonKind.Number, v => JsonValue.Compare(v!, limit) >= 0, $"is less than {Invariant(limit)}");
    }

    private void AddMaximum(List<SchemaCheck> checks, JsonElement schema, JsonElement value, string path)
    {
        var limit = Number(value, path);
        if (schema.TryGetProperty("exclusiveMaximum", out var flag) && flag.ValueKind == JsonValueKind.True)
            Add(checks, "maximum", JsonKind.Number, v => JsonValue.Compare(v!, limit) < 0, $"is not less than {Invariant(limit)}");
        else
            Add(checks, "maximum", JsonKind.Number, v => JsonValue.Compare(v!, limit) <= 0, $"is greater than {Invariant(limit)}");
    }

    private Regex? PatternOf(string? pattern, string path)
    {
        try
        {
            return new Regex(PatternText.Translate(pattern ?? throw new ArgumentException("It is no text.")), RegexOptions.CultureInvariant | RegexOptions.Compiled, patternTimeLimit);
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            faults.Add($"{path}: this is no regular expression: {e.Message}");
            return null;
        }
    }

    private static bool AreDistinct(object? list)
    {
        var elements = JsonValue.ElementsOf(list!).Cast<object?>().ToArray();
        for (var i = 1; i < elements.Length; i++)
        {
            for (var j = 0; j < i; j++)
            {
                if (JsonValue.AreEqual(elements[i], elements[j]))
                    return false;
            }
        }

        return true;
    }

    private SchemaNode[] Schemas(JsonElement value, string path)
    {
        if (value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > 0)
            return [.. value.EnumerateArray().Select((s, i) => Compile(s, $"{path}[{i}]"))];
        faults.Add($"{path}: it must be a list of schemas.");
        return [];
    }

    private string[] Texts(JsonElement value, string path)
    {
        if (value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(e => e.ValueKind == JsonValueKind.String))
            return [.. value.EnumerateArray().Select(e => e.GetString()!)];
        faults.Add($"{path}: it must be a list of texts.");
        return [];
    }

    private bool IsObject(JsonElement value, string path)
    {
        if (value.ValueKind == JsonValueKind.Object)
            return true;
        faults.Add($"{path}: it must be an object.");
        return false;
    }

    private int Count(JsonElement value, string path)
    {
        if (value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var number) && decimal.IsInteger(number) && number is >= 0 and <= int.MaxValue)
            return (int)number;
        faults.Add($"{path}: it must be a whole number from 0.");
        return 0;
    }

    private decimal Number(JsonElement value, string path)
    {
        if (value.ValueKind == JsonValueKind.Number && value.TryGetDecimal(out var number))
            return number;
        faults.Add($"{path}: it must be a number of at most 28 digits.");
        return 0;
    }

    private static void Add(List<SchemaCheck> checks, string keyword, JsonKind appliesTo, Func<object?, bool> passes, string finding) =>
        checks.Add(new SchemaCheck(keyword, RuleFamilies.ConstraintCheck, appliesTo, passes, finding));

    private static string Invariant(decimal number) => number.ToString(CultureInfo.InvariantCulture);
}
