namespace SafeAI.Migration.Engine.Transformation;

/// <summary>Binds a mapping to the places of one schema, and collects the fields that are not there.</summary>
internal sealed class MappingBinder
{
    private readonly BindingContext _context;
    private readonly RecordSchema _schema;
    private readonly FaultList _faults = new();
    private readonly FieldTable _fields;
    private bool _checksIds;
    private readonly Dictionary<string, IdProgram> _ids = new(StringComparer.Ordinal);

    private MappingBinder(BindingContext context, RecordSchema schema)
    {
        _context = context;
        _schema = schema;
        _fields = new FieldTable(schema, context, _faults);
    }

    /// <exception cref="InvalidMappingException">The mapping does not fit the schema.</exception>
    public static BoundMapping Bind(BindingContext context, RecordSchema schema, IReadOnlyList<Deduplicator> deduplicators)
    {
        var document = context.Document;
        var binder = new MappingBinder(context, schema);
        BoundItem[] items =
        [
            .. document.Nodes.Where(binder.Concerns).Select(binder.BindNode),
            .. document.Relationships.Where(binder.Concerns).Select(binder.BindRelationship),
        ];
        BoundDeduplication[] deduplications =
        [
            .. deduplicators.Where(d => NamePattern.MatchesAny(d.Mapping.Sources, schema)).Select(binder.BindDeduplication),
        ];
        binder._faults.ThrowIfAny(document.Name);
        return new BoundMapping(items, deduplications) { ChecksIds = binder._checksIds };
    }

    private BoundDeduplication BindDeduplication(Deduplicator deduplicator)
    {
        var mapping = deduplicator.Mapping;
        var fields = new FieldResolver(_fields);
        var path = MappingElement.Join(mapping.Path, "key");
        ValueProgram[] key = [.. mapping.Key.Select(k => new ValueProgram(fields.Resolve(k, path), mapping.Apply, null, path, _context))];
        return new BoundDeduplication(deduplicator, key, _context.Log.Counter(mapping.Name, string.Join(", ", mapping.Key), key.Any(k => k.IsPrivate)));
    }

    private bool Concerns(ItemMapping item) => NamePattern.MatchesAny(item.Sources, _schema);

    private BoundNode BindNode(NodeMapping node)
    {
        var fields = BindExplode(node, out var explode);
        var id = BindId(node.Id!, fields);
        return new BoundNode(node, BindFrame(node, fields, explode, IsChecked(node, id.PlainFields)), id);
    }

    private BoundRelationship BindRelationship(RelationshipMapping relationship)
    {
        var fields = BindExplode(relationship, out var explode);
        var from = BindId(relationship.From.Id, fields);
        var to = BindId(relationship.To.Id, fields);
        var id = relationship.Id is null ? null : BindId(relationship.Id, fields);
        var isChecked = IsChecked(relationship, id?.PlainFields ?? from.PlainFields.Union(to.PlainFields));
        return new BoundRelationship(relationship, BindFrame(relationship, fields, explode, isChecked), id, from, to);
    }

    /// <summary>Whether the item's ids are held against those made before: not where that is not wanted, and not where the source's own key keeps them apart.</summary>
    private bool IsChecked(ItemMapping item, IEnumerable<int> plainFields) =>
        (item.IsChecked || (!item.Merges && _context.Types.HasMixedEnds(item)))
        && !(_context.KnowsAllSources && _context.Types.IsOnlyOfItsType(item) && _schema.Key.Count > 0 && _schema.Key.All(k => plainFields.Contains(k.Ordinal)));

    private FieldResolver BindExplode(ItemMapping item, out List<ValueProgram> explode)
    {
        var fields = new FieldResolver(_fields);
        explode = [];
        foreach (var mapping in item.Explode)
        {
            explode.Add(new ValueProgram(fields.Resolve(mapping.Field, mapping.Path), mapping.Apply, null, mapping.Path, _context));
            fields = fields.With(mapping.As, mapping.Index, explode[^1].IsPrivate);
        }

        return fields;
    }

    private ItemFrame BindFrame(ItemMapping item, FieldResolver fields, List<ValueProgram> explode, bool isChecked)
    {
        _checksIds |= isChecked;
        var (names, programs, included) = BindProperties(item, fields);
        return new ItemFrame
        {
            Explode = [.. explode],
            ExplodePaths = [.. item.Explode.Select(e => e.Path)],
            When = Condition.Bind(item.When, fields),
            Names = names,
            Programs = programs,
            IncludedCount = included,
            Nested = item.Nested,
            IncludePath = MappingElement.Join(item.Path, "include"),
            IsChecked = isChecked,
            AlsoTypes = isChecked ? _context.Types.AlsoTypes(item) : [],
        };
    }

    private (string[] Names, ValueProgram[] Programs, int Included) BindProperties(ItemMapping item, FieldResolver fields)
    {
        var taken = item.Properties.Select(p => p.Name).ToHashSet(StringComparer.Ordinal);
        var consumed = item.Properties
            .Where(p => p.Value.Fields.Count == 1)
            .Select(p => _schema.IndexOf(p.Value.Fields[0]))
            .ToHashSet();
        var names = new List<string>();
        var programs = new List<ValueProgram>();
        foreach (var field in Included(item, consumed))
        {
            if (!taken.Add(field.Name))
                continue;
            names.Add(field.Name);
            programs.Add(new ValueProgram(
                _fields.Get(field.Ordinal), [], null, MappingElement.Join(item.Path, "include"), _context));
        }

        var included = names.Count;
        foreach (var (name, value) in item.Properties)
        {
            names.Add(name);
            programs.Add(BindValue(value, fields));
        }

        return ([.. names], [.. programs], included);
    }

    /// <summary>
    /// The fields that wildcards and names take over. A wildcard leaves out a field that a property is made from, as that
    /// is a rename, and the field 'id' where the item's id is made from it.
    /// </summary>
    private IEnumerable<RecordField> Included(ItemMapping item, HashSet<int> consumed)
    {
        var includePath = MappingElement.Join(item.Path, "include");
        for (var i = 0; i < item.Exclude.Count; i++)
        {
            if (!NamePattern.IsWildcard(item.Exclude[i]) && _schema.IndexOf(item.Exclude[i]) < 0)
                UnknownField(item.Exclude[i], MappingElement.Join(MappingElement.Join(item.Path, "exclude"), i));
        }

        var chosen = new HashSet<int>();
        for (var i = 0; i < item.Include.Count; i++)
        {
            var pattern = item.Include[i];
            if (!NamePattern.IsWildcard(pattern))
            {
                var index = _schema.IndexOf(pattern);
                if (index < 0)
                    UnknownField(pattern, MappingElement.Join(includePath, i));
                else
                    chosen.Add(index);
                continue;
            }

            chosen.UnionWith(_schema.Fields.Where(f => NamePattern.Matches(pattern, f.Name) && !consumed.Contains(f.Ordinal)).Select(f => f.Ordinal));
        }

        foreach (var field in _schema.Fields.Where(f => chosen.Contains(f.Ordinal) && !item.Exclude.Any(e => NamePattern.Matches(e, f.Name))))
        {
            if (field.Name != "id")
                yield return field;
            else if (!IdNames(item, field))
                _faults.Add(includePath, "The field 'id' cannot be a property of that name, because it is the item's own id. Give it another name under 'properties', or exclude it.");
        }
    }

    private static bool IdNames(ItemMapping item, RecordField field) => item.Id is { } id
        && (id.Fields.Contains(field.Name, StringComparer.OrdinalIgnoreCase)
            || id.Templates.Any(t => t.Parts.Any(p => field.Name.Equals(p.Field, StringComparison.OrdinalIgnoreCase))));

    private void UnknownField(string name, string path)
    {
        if (_context.Document.MissingFields == MissingFieldPolicy.Error)
            FieldResolver.Report(_schema, _faults, name, path);
    }

    private ValueProgram BindValue(ValueMapping value, FieldResolver fields) => new(BindSource(value, fields), value, _context);

    private ValueSource BindSource(ValueMapping value, FieldResolver fields)
    {
        if (value.Script is { } script)
            return new ScriptSource(script);
        if (TemplatesOf(value, fields).FirstOrDefault() is { Literals: not null } template)
            return new TemplateSource(template.Literals, template.Places);
        if (value.Lookup is { } lookup)
            return BindLookup(lookup, lookup.Field, fields);

        return value.Fields.Count switch
        {
            0 => new ConstantSource(value.Constant),
            1 => fields.Resolve(value.Fields[0], value.Path),
            _ => new FirstOfSource([.. value.Fields.Select(f => fields.Resolve(f, value.Path))]),
        };
    }

    private LookupSource BindLookup(LookupUse use, string name, FieldResolver fields)
    {
        var table = _context.Lookups[use.Lookup];
        var field = table.IndexOf(name);

        // A table without rows has no fields, and gives nothing.
        if (field < 0 && table.Count > 0)
        {
            var suggestion = NameSuggestion.Find(name, table.Fields);
            _faults.Add(use.Path, $"The lookup '{use.Lookup}' has no field '{name}'.{NameSuggestion.Hint(suggestion, table.Fields)}", suggestion, ErrorCode.UnknownField);
        }

        return new LookupSource(use, table, field, [.. use.By.Select(b => fields.Resolve(b, use.Path))]);
    }

    private IdProgram BindId(ValueMapping value, FieldResolver fields)
    {
        // Equal templates make equal ids, so nodes and ends share one program.
        var isPlain = value.Apply.Count == 0 && value.Conversion is null && value is { Default: null, IsPrivate: false };
        var key = !isPlain ? null
            : value.Template is not null ? $"{fields.Scope}{(value.KeepsEmpty ? "\0" : "")}{string.Join('\0', value.Templates)}"
            : value.Fields.Count == 1 ? $"{fields.Scope}{{{value.Fields[0]}}}" : null;
        if (key is not null && _ids.TryGetValue(key, out var known))
            return known;
        IdTemplate[] templates = [.. TemplatesOf(value, fields).Select(t => new IdTemplate(t.Literals, t.Places, value.Path, value.KeepsEmpty))];
        var program = templates.Length == 0 ? Whole(BindValue(value, fields))
            : isPlain ? new IdProgram(templates)
            : Whole(new ValueProgram(new IdSource(new IdProgram(templates), isNeeded: value.Default is null), value, _context));
        IdProgram Whole(ValueProgram made) => new([new IdTemplate(["", ""], [made], value.Path)]);
        if (key is not null)
            _ids.Add(key, program);
        return program;
    }

    /// <summary>The templates that make a value, over the record's fields or over those of a lookup.</summary>
    private IEnumerable<(string[] Literals, ValueProgram[] Places)> TemplatesOf(ValueMapping value, FieldResolver fields) => value.Lookup is { } use
        ? use.Templates.Select(t => Split(t, name => BindLookup(use, name, fields), value.Path))
        : value.Templates.Select(t => Split(t, name => fields.Resolve(name, value.Path), value.Path));

    private (string[] Literals, ValueProgram[] Places) Split(Template template, Func<string, ValueSource> resolve, string path)
    {
        var literals = new List<string> { "" };
        var places = new List<ValueProgram>();
        foreach (var part in template.Parts)
        {
            if (part.Field is null)
            {
                literals[^1] += part.Literal;
                continue;
            }

            places.Add(new ValueProgram(resolve(part.Field), part.Apply, null, path, _context));
            literals.Add("");
        }

        return ([.. literals], [.. places]);
    }
}
