namespace SafeAI.Migration.Engine.Transformation;

/// <summary>The fields of one schema as the mapping sees them: cleaned where rules say so, private where any part of it says so.</summary>
internal sealed class FieldTable
{
    private readonly BindingContext _context;
    private readonly ValueSource?[] _sources;
    private readonly HashSet<int> _private;

    public FieldTable(RecordSchema schema, BindingContext context, FaultList faults)
    {
        Schema = schema;
        Faults = faults;
        _context = context;
        _sources = new ValueSource?[schema.Fields.Count];
        Rules = [.. context.Document.Clean.Where(r => r.IsEnabled && NamePattern.MatchesAny(r.Sources, schema))];

        // A field that one property hides must not show in the messages of another.
        _private = context.Document.Values
            .SelectMany(v => v.IsPrivate || v.Apply.Any(c => c.Definition.IsPrivacy)
                ? [.. v.Fields, .. v.Lookup?.By ?? [], .. v.Templates.SelectMany(t => t.Parts).Select(p => p.Field).OfType<string>()]
                : v.Templates.SelectMany(t => t.Parts).Where(p => p.Apply.Any(c => c.Definition.IsPrivacy)).Select(p => p.Field!))
            .Select(schema.IndexOf)
            .ToHashSet();
        CheckRules();
    }

    public RecordSchema Schema { get; }

    public FaultList Faults { get; }

    public MissingFieldPolicy MissingFields => _context.Document.MissingFields;

    private CleaningRule[] Rules { get; }

    public ValueSource Get(int ordinal) => _sources[ordinal] ??= Make(ordinal);

    private ValueSource Make(int ordinal)
    {
        var field = Schema.Fields[ordinal];
        var rules = Rules.Where(r => r.Fields.Any(f => NamePattern.Matches(f, field.Name))).ToArray();
        var isPrivate = _private.Contains(ordinal)
            || rules.Any(r => r.IsPrivate || r.Apply.Any(c => c.Definition.IsPrivacy));
        var source = new FieldSource(field.Name, ordinal, isPrivate);
        return rules.Length == 0 ? source : new CleanedSource(source, rules, _context);
    }

    // A rule for all sources may name fields that only some of them have.
    private void CheckRules()
    {
        if (MissingFields == MissingFieldPolicy.Null)
            return;
        var isForAll = _context.Document.Items.All(i => i.Sources.Count == 0);
        foreach (var rule in Rules.Where(r => isForAll || r.Sources.Count > 0))
        {
            foreach (var name in rule.Fields.Where(f => !NamePattern.IsWildcard(f) && Schema.IndexOf(f) < 0))
                FieldResolver.Report(Schema, Faults, name, MappingElement.Join(rule.Path, "fields"));
        }
    }
}

/// <summary>A field that has passed its cleaning rules. It is cleaned once per record, however often it is used.</summary>
internal sealed class CleanedSource : ValueSource
{
    private readonly FieldSource _source;
    private readonly (ValueStep Step, string Path)[][] _steps;
    private readonly RuleCounter[] _counters;
    private long _token = -1;
    private object? _value;

    public CleanedSource(FieldSource source, CleaningRule[] rules, BindingContext context)
    {
        _source = source;
        _steps = [.. rules.Select(r => r.Apply.Select(c => (c.Definition.Create(c.Arguments.With(context.Keys)), c.Path)).ToArray())];
        _counters = [.. rules.Select(r => context.Log.Counter(r.Name, source.Field, source.IsPrivate))];
    }

    public override string? Field => _source.Field;

    public override bool IsPrivate => _source.IsPrivate;

    public override object? Get(Evaluation evaluation)
    {
        if (_token == evaluation.RecordToken)
            return _value;
        var value = _source.Get(evaluation);
        for (var i = 0; i < _steps.Length; i++)
        {
            var before = value;
            foreach (var (step, path) in _steps[i])
            {
                value = step(value, evaluation);
                if (!evaluation.Failed)
                    continue;
                _counters[i].NoteReject(before, evaluation);
                evaluation.Blame(path, Field, IsPrivate);
                return null;
            }

            _counters[i].Note(before, value, evaluation);
        }

        _token = evaluation.RecordToken;
        return _value = value;
    }
}
