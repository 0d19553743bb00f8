namespace SafeAI.Migration.Engine.Transformation;

/// <summary>
/// A mapping at work: bound once to each schema that it meets, then run record by record. Not safe for several
/// threads at once.
/// </summary>
public sealed class CompiledMapping : IGraphMapper
{
    private readonly BindingContext _context;
    private readonly Dictionary<RecordSchema, BoundItem[]> _bound = new(ReferenceEqualityComparer.Instance);
    private readonly Evaluation _evaluation = new();
    private readonly List<GraphItem> _made = [];
    private RecordSchema? _lastSchema;
    private BoundItem[] _lastBound = [];

    /// <summary>Creates a mapper.</summary>
    /// <param name="document">The mapping.</param>
    /// <param name="log">Receives what the rules did; null for one that only counts. It stays the caller's to dispose of.</param>
    /// <exception cref="InvalidMappingException">A key that the mapping refers to is not there.</exception>
    public CompiledMapping(MappingDocument document, TransformationLog? log = null)
    {
        ArgumentNullException.ThrowIfNull(document);
        Document = document;
        Log = log ?? new TransformationLog();
        _context = new BindingContext(document, Log, new SecretKeys(document));
        NodeTypes = [.. document.Nodes.Select(n => n.Type).Distinct(StringComparer.Ordinal)];
        RelationshipTypes = [.. document.Relationships.Select(r => r.Type).Distinct(StringComparer.Ordinal)];
    }

    /// <summary>The mapping.</summary>
    public MappingDocument Document { get; }

    /// <summary>What the rules of the mapping did.</summary>
    public TransformationLog Log { get; }

    /// <inheritdoc/>
    public ConversionCounts Counts { get; } = new();

    /// <inheritdoc/>
    public IReadOnlyList<string> NodeTypes { get; }

    /// <inheritdoc/>
    public IReadOnlyList<string> RelationshipTypes { get; }

    /// <summary>Checks that the mapping fits records of a schema, before the first of them comes.</summary>
    /// <param name="schema">The schema.</param>
    /// <exception cref="InvalidMappingException">The mapping names fields that the schema does not have; all of them are listed.</exception>
    public void Bind(RecordSchema schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        if (ReferenceEquals(schema, _lastSchema))
            return;
        if (!_bound.TryGetValue(schema, out var bound))
        {
            bound = MappingBinder.Bind(_context, schema);
            _bound.Add(schema, bound);
        }

        _lastSchema = schema;
        _lastBound = bound;
    }

    /// <inheritdoc/>
    public Reject? Map(Record record, ICollection<GraphItem> items)
    {
        ArgumentNullException.ThrowIfNull(record);
        ArgumentNullException.ThrowIfNull(items);
        Bind(record.GetSchema());
        Counts.AddRecord();
        var evaluation = _evaluation;
        evaluation.Clear();
        evaluation.Record = record;
        evaluation.RecordToken = ++evaluation.Token;
        _made.Clear();
        try
        {
            foreach (var item in _lastBound)
            {
                item.Make(evaluation, _made, Counts);
                if (evaluation.Failed)
                    return Turn(record);
            }
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // Whatever a value provokes concerns this record only.
            evaluation.Fail(ErrorCode.ConversionFailed, $"Mapping failed unexpectedly: {e.Message}", exception: e);
            return Turn(record);
        }

        if (_made.Count == 0)
            Counts.AddSkipped();
        foreach (var item in _made)
            items.Add(item);
        return null;
    }

    private Reject Turn(Record record)
    {
        Counts.AddRejected();
        return new Reject(MigrationStage.Transform, _evaluation.Code, _evaluation.Reason, record.GetPosition())
        {
            Rule = _evaluation.Rule,
            Field = _evaluation.Field,
            Value = _evaluation.Value,
            Record = record,
            Exception = _evaluation.Exception,
        };
    }
}
