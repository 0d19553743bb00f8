namespace SafeAI.Migration.Engine.Transformation;

/// <summary>Understands a mapping as it was written, and collects everything that is wrong with it.</summary>
internal sealed class MappingReader
{
    private readonly FaultList _faults = new();

    public static MappingDocument Read(MappingElement root, string name)
    {
        var reader = new MappingReader();
        var document = reader.ReadDocument(root, name);
        reader._faults.ThrowIfAny(document.Name);
        return document;
    }

    private MappingDocument ReadDocument(MappingElement root, string name)
    {
        if (root.Kind != ElementKind.Object)
        {
            _faults.Add(root.Path, $"A mapping is an object with 'nodes' and 'relationships', not {root.KindName}.");
            return new MappingDocument { Name = name };
        }

        var reader = new ObjectReader(root, _faults);
        name = reader.TakeText("name") ?? name;
        var clean = ReadItems(reader.Take("clean"), "clean", e => CleaningRule.Read(e, _faults));
        foreach (var repeated in clean.GroupBy(r => r.Name).Where(g => g.Count() > 1))
            _faults.Add(repeated.Last().Path, $"Two cleaning rules are called '{repeated.Key}'. Give them different names.");
        var keys = ReadKeys(reader.Take("keys"));
        var lookups = LookupMapping.ReadAll(reader.Take("lookups"), _faults);
        var deduplicate = DeduplicationMapping.ReadAll(reader.Take("deduplicate"), _faults);
        var missingFields = reader.TakeName<MissingFieldPolicy>("missingFields") ?? MissingFieldPolicy.Error;
        var nodes = ReadItems(reader.Take("nodes"), "nodes", ReadNode);
        var relationships = ReadItems(reader.Take("relationships"), "relationships", ReadRelationship);
        reader.Finish();
        CheckKeyUses(keys);
        if (nodes.Count + relationships.Count == 0 && _faults.Count == 0)
            _faults.Add(root.Path, "The mapping makes nothing: it has neither 'nodes' nor 'relationships'.");
        var document = new MappingDocument
        {
            Name = name,
            Clean = clean,
            Keys = keys,
            Lookups = lookups,
            Deduplicate = deduplicate,
            MissingFields = missingFields,
            Nodes = NodeMapping.UniqueByType(nodes),
            Relationships = relationships,
        };
        foreach (var use in document.Values.Select(v => v.Lookup).OfType<LookupUse>())
            use.Check(lookups, _faults);
        return document;
    }

    private Dictionary<string, KeyReference> ReadKeys(MappingElement? element)
    {
        var keys = new Dictionary<string, KeyReference>(StringComparer.Ordinal);
        if (element is { Kind: not ElementKind.Object })
            _faults.Add(element.Path, $"'keys' must be an object, not {element.KindName}.");
        foreach (var (name, item) in element?.Members ?? [])
        {
            if (item.Kind != ElementKind.Object)
            {
                // Whatever stands here may be a key, so it is not repeated.
                _faults.Add(item.Path, "A key never stands in a mapping. Say where it is found: {\"environment\": \"VARIABLE\"} or {\"file\": \"path\"}.");
                keys[name] = new KeyReference(null, null, item.Path);
                continue;
            }

            var reader = new ObjectReader(item, _faults);
            var reference = new KeyReference(reader.TakeText("environment"), reader.TakeText("file"), item.Path);
            if (reference.Environment is null == reference.File is null)
                _faults.Add(item.Path, "A key is found in one of 'environment' and 'file'.");
            reader.Finish();
            keys[name] = reference;
        }

        return keys;
    }

    private void CheckKeyUses(Dictionary<string, KeyReference> keys)
    {
        foreach (var (path, name) in _faults.KeyUses)
        {
            if (name is null && keys.Count != 1)
                _faults.Add(path, keys.Count == 0
                    ? "The function needs a key. Say under 'keys' where it is found."
                    : $"There are several keys. Say which one is meant: {string.Join(", ", keys.Keys)}.");
            else if (name is not null && !keys.ContainsKey(name))
                _faults.Add(path, $"There is no key '{name}'.{NameSuggestion.Hint(NameSuggestion.Find(name, keys.Keys), keys.Keys)}", NameSuggestion.Find(name, keys.Keys));
        }
    }

    private List<T> ReadItems<T>(MappingElement? element, string name, Func<MappingElement, T?> read)
        where T : class
    {
        var result = new List<T>();
        if (element is null)
            return result;
        if (element.Kind is not (ElementKind.List or ElementKind.Object))
        {
            _faults.Add(element.Path, $"'{name}' must be a list of objects, not {element.KindName}.");
            return result;
        }

        foreach (var item in element.Kind == ElementKind.List ? element.Items : [element])
        {
            if (item.Kind != ElementKind.Object)
                _faults.Add(item.Path, $"Each of the '{name}' must be an object, not {item.KindName}.");
            else if (read(item) is { } value)
                result.Add(value);
        }

        return result;
    }

    private NodeMapping ReadNode(MappingElement element)
    {
        var reader = new ObjectReader(element, _faults);
        var type = ReadIdentifier(reader.Require("type", "A node"), "label");
        var id = ReadId(reader.Require("id", "A node"));
        var labels = reader.TakeTexts("labels") ?? [];
        for (var i = 0; i < labels.Count; i++)
            CheckIdentifier(labels[i], MappingElement.Join(MappingElement.Join(element.Path, "labels"), i), "label");
        var node = new NodeMapping
        {
            Type = type,
            Id = id,
            Sources = reader.TakeTexts("source") ?? [],
            When = ConditionMapping.Read(reader.Take("when"), _faults),
            Explode = ExplodeMapping.Read(reader.Take("explode"), _faults),
            Nested = reader.TakeName<NestedPolicy>("nested") ?? NestedPolicy.Error,
            IsUnique = reader.TakeBoolean("unique") ?? false,
            Merges = reader.TakeBoolean("merge") ?? false,
            Labels = [.. labels.Distinct(StringComparer.Ordinal).Where(l => l != type)],
            Include = reader.TakeTexts("include") ?? [],
            Exclude = reader.TakeTexts("exclude") ?? [],
            Properties = ReadProperties(reader.Take("properties")),
            Path = element.Path,
        };
        reader.Finish();
        if (node is { IsUnique: true, Merges: true })
            _faults.Add(element.Path, "A node is either 'unique' or 'merge', not both.");
        return node;
    }

    private RelationshipMapping ReadRelationship(MappingElement element)
    {
        var reader = new ObjectReader(element, _faults);
        var relationship = new RelationshipMapping
        {
            Type = ReadIdentifier(reader.Require("type", "A relationship"), "relationship type"),
            From = ReadEnd(reader.Require("from", "A relationship")),
            To = ReadEnd(reader.Require("to", "A relationship")),
            Id = ReadId(reader.Take("id")),
            Sources = reader.TakeTexts("source") ?? [],
            When = ConditionMapping.Read(reader.Take("when"), _faults),
            Explode = ExplodeMapping.Read(reader.Take("explode"), _faults),
            Nested = reader.TakeName<NestedPolicy>("nested") ?? NestedPolicy.Error,
            IsOptional = reader.TakeBoolean("optional") ?? false,
            Merges = reader.TakeBoolean("merge") ?? false,
            Include = reader.TakeTexts("include") ?? [],
            Exclude = reader.TakeTexts("exclude") ?? [],
            Properties = ReadProperties(reader.Take("properties")),
            Path = element.Path,
        };
        reader.Finish();
        return relationship;
    }

    private EndMapping ReadEnd(MappingElement? element)
    {
        if (element is { Kind: ElementKind.Object })
        {
            var reader = new ObjectReader(element, _faults);
            var type = ReadIdentifier(reader.Require("type", "An end of a relationship"), "label");
            var id = ReadId(reader.Require("id", "An end of a relationship"));
            reader.Finish();
            return new EndMapping(type, id ?? new ValueMapping());
        }

        if (element is not null)
            _faults.Add(element.Path, $"An end of a relationship is an object with 'type' and 'id', not {element.KindName}.");
        return new EndMapping("", new ValueMapping());
    }

    private string ReadIdentifier(MappingElement? element, string what)
    {
        if (element is null)
            return "";
        if (element.Kind != ElementKind.Text)
            _faults.Add(element.Path, $"The {what} must be a text, not {element.KindName}.");
        else
            CheckIdentifier(element.Text!, element.Path, what);
        return element.Text ?? "";
    }

    private void CheckIdentifier(string name, string path, string what)
    {
        if (GraphIdentifier.IsSafe(name))
            return;
        try
        {
            GraphIdentifier.Check(name, what);
        }
        catch (MigrationException e)
        {
            _faults.Add(path, e.Message, code: ErrorCode.UnsafeIdentifier);
        }
    }

    private List<PropertyMapping> ReadProperties(MappingElement? element)
    {
        var result = new List<PropertyMapping>();
        if (element is null)
            return result;
        if (element.Kind != ElementKind.Object)
        {
            _faults.Add(element.Path, $"'properties' must be an object, not {element.KindName}.");
            return result;
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (name, value) in element.Members)
        {
            if (string.IsNullOrWhiteSpace(name))
                _faults.Add(value.Path, "A property needs a name.");
            else if (name == "id")
                _faults.Add(value.Path, "The property 'id' is the item's own id. Give this property another name.");
            else if (!names.Add(name))
                _faults.Add(value.Path, $"The property '{name}' is given twice.");
            if (ReadValue(value) is not { } mapping)
                continue;
            if (TemplatesOf(mapping).Count > 1)
                _faults.Add(value.Path, "Several templates belong to ids.");
            if (mapping.KeepsEmpty)
                _faults.Add(value.Path, "'keepEmpty' belongs to ids. Properties keep empty texts unless a function or a type makes null of them.");
            result.Add(new PropertyMapping(name, mapping));
        }

        return result;
    }

    private ValueMapping? ReadId(MappingElement? element)
    {
        if (element is null || ReadValue(element) is not { } value)
            return null;
        if (value.IsConstant)
            _faults.Add(element.Path, "An id must be made from a field, or all records would have the same. Write a template such as 'customer:{customer_id}'.");
        var templates = TemplatesOf(value);
        if (templates.Any(t => t.PlaceCount == 0))
            _faults.Add(element.Path, "An id must be made from a field, or all records would have the same. Name a field in braces.");
        if (value.KeepsEmpty && templates.Count == 0)
            _faults.Add(element.Path, "'keepEmpty' needs a 'template', so that the id is not empty itself.");
        foreach (var parts in templates.Select(t => t.Parts))
        {
            for (var i = 1; i < parts.Count; i++)
            {
                if (parts[i].Field is not null && parts[i - 1].Field is not null)
                    _faults.Add(element.Path, $"In an id, '{{{parts[i - 1].Field}}}' and '{{{parts[i].Field}}}' need a separator between them, or different records could have the same id.");
            }
        }

        return value;
    }

    private static IReadOnlyList<Template> TemplatesOf(ValueMapping value) => [.. value.Lookup?.Templates ?? value.Templates];

    private ValueMapping? ReadValue(MappingElement element)
    {
        switch (element.Kind)
        {
            case ElementKind.Text:
                return Template.IsTemplate(element.Text!)
                    ? Template.Parse(element.Text!, element.Path, _faults) is { } template
                        ? new ValueMapping { Template = template, Path = element.Path }
                        : null
                    : new ValueMapping { Fields = [element.Text!], Path = element.Path };
            case ElementKind.Script:
                return ReadScript(element) is { } script ? new ValueMapping { Script = script, Path = element.Path } : null;
            case ElementKind.Object:
                return ReadValueObject(element);
            default:
                _faults.Add(element.Path, $"A value is a field's name, a template or an object, not {element.KindName}. Write {{\"value\": …}} for a constant.");
                return null;
        }
    }

    private ValueMapping ReadValueObject(MappingElement element)
    {
        var reader = new ObjectReader(element, _faults);
        var fields = reader.TakeTexts("field") ?? [];
        var templateElement = reader.Take("template");
        var hasConstant = reader.TryTake("value", out var constant);
        var scriptElement = reader.Take("script");
        var lookupElement = reader.Take("lookup");
        var lookup = LookupUse.Read(lookupElement, _faults);
        var sources = (fields.Count > 0 ? 1 : 0) + (templateElement is null ? 0 : 1) + (hasConstant ? 1 : 0) + (scriptElement is null ? 0 : 1)
            + (lookupElement is null ? 0 : 1);
        if (sources != 1)
            _faults.Add(element.Path, sources == 0 ? "A value needs one of 'field', 'template', 'value', 'lookup' and 'script'." : "A value has one source only: 'field', 'template', 'value', 'lookup' or 'script'.");
        var templates = Template.ReadAll(templateElement, _faults);
        var conversion = ConversionMapping.Read(reader, _faults);
        var result = new ValueMapping
        {
            Fields = fields,
            Template = templates.Count > 0 ? templates[0] : null,
            FurtherTemplates = [.. templates.Skip(1)],
            Lookup = lookup,
            Script = scriptElement is null ? null : ReadScript(scriptElement),
            Constant = hasConstant ? ReadStored(constant) : null,
            Apply = FunctionCatalog.BindAll(reader.Take("apply"), _faults),
            Conversion = conversion,
            Default = ReadDefault(reader.Take("default"), conversion),
            KeepsEmpty = reader.TakeBoolean("keepEmpty") ?? false,
            IsRequired = reader.TakeBoolean("required") ?? false,
            IsPrivate = reader.TakeBoolean("private") ?? false,
            Path = element.Path,
        };
        reader.Finish();
        return result;
    }

    /// <summary>A default is of the type that the value is converted to.</summary>
    private object? ReadDefault(MappingElement? element, ConversionMapping? conversion)
    {
        if (element is null)
            return null;
        var value = ReadStored(element);
        if (value is null || conversion is null)
            return value;
        var evaluation = new Evaluation();
        var converted = Converter.Create(conversion)(value, evaluation);
        if (evaluation.Failed)
            _faults.Add(element.Path, $"The default does not convert: {evaluation.Reason}");
        else if (GraphValue.TryNormalize(converted, out var stored, out _, out var reason))
            return stored;
        else
            _faults.Add(element.Path, $"The default cannot be stored: {reason}");
        return null;
    }

    private Func<Record, object?>? ReadScript(MappingElement element)
    {
        if (element.Scalar is Func<Record, object?> script)
            return script;
        _faults.Add(element.Path, "A script must be code that takes a record and returns a value.");
        return null;
    }

    private object? ReadStored(MappingElement element)
    {
        if (GraphValue.TryNormalize(element.ToValue(), out var value, out var code, out var reason))
            return value;
        _faults.Add(element.Path, reason, code: code);
        return null;
    }
}
