using SafeAI.Migration.Engine.Extraction;
using SafeAI.Migration.Engine.Extraction.Databases;

namespace SafeAI.Migration.Engine.Transformation;

/// <summary>
/// A mapping at work: bound once to each schema that it meets, then run record by record. Not safe for several
/// threads at once.
/// </summary>
public sealed class CompiledMapping : IGraphMapper, IDisposable
{
    private static readonly BoundMapping s_nothing = new([], []);

    private readonly BindingContext _context;
    private readonly Deduplicator[] _deduplicators;
    private readonly UniqueIds _ids;
    private readonly UniqueIds? _ownIds;
    private readonly Dictionary<RecordSchema, BoundMapping> _bound = new(ReferenceEqualityComparer.Instance);
    private readonly Evaluation _evaluation = new();
    private readonly List<GraphItem> _made = [];
    private bool _checksIds;
    private RecordSchema? _lastSchema;
    private BoundMapping _lastBound = s_nothing;

    /// <summary>Creates a mapper for a mapping without lookups.</summary>
    /// <param name="document">The mapping.</param>
    /// <param name="log">Receives what the rules did; null for one that only counts. It stays the caller's to dispose of.</param>
    /// <exception cref="InvalidMappingException">A key that the mapping refers to is not there, or it has lookups.</exception>
    public CompiledMapping(MappingDocument document, TransformationLog? log = null)
        : this(document, log, new Dictionary<string, LookupTable>(), KeyTable.DefaultMemoryLimit)
    {
    }

    internal CompiledMapping(
        MappingDocument document, TransformationLog? log, IReadOnlyDictionary<string, LookupTable> lookups, int memoryLimit, RunIds? run = null)
    {
        ArgumentNullException.ThrowIfNull(document);
        Document = document;
        Log = log ?? new TransformationLog();
        var faults = new FaultList();
        foreach (var lookup in document.Lookups.Values.Where(l => !lookups.ContainsKey(l.Name)))
            faults.Add(lookup.Path, $"The lookup '{lookup.Name}' has not been read.");
        faults.ThrowIfAny(document.Name);
        _context = new BindingContext(document, Log, new SecretKeys(document), lookups) { Types = run?.Types ?? new MadeTypes([document]), KnowsAllSources = run is not null };
        _deduplicators = [.. document.Deduplicate.Select(d => new Deduplicator(d, memoryLimit))];
        _ids = run?.Ids ?? (_ownIds = new UniqueIds(Math.Min(memoryLimit, UniqueIds.DefaultMemoryLimit)));
        NodeTypes = [.. document.Nodes.Select(n => n.Type).Distinct(StringComparer.Ordinal)];
        RelationshipTypes = [.. document.Relationships.Select(r => r.Type).Distinct(StringComparer.Ordinal)];
    }

    /// <summary>Creates a mapper and reads the lookups of the mapping.</summary>
    /// <param name="document">The mapping.</param>
    /// <param name="log">Receives what the rules did; null for one that only counts. It stays the caller's to dispose of.</param>
    /// <param name="openLookup">Opens the source of a lookup that names no file; null where <paramref name="database"/> says where it is.</param>
    /// <param name="database">The PostgreSQL database in which lookups are that name a table or query and no file; null where there is none.</param>
    /// <param name="memoryLimit">How many rows of a lookup, and keys of records, are held in memory; more go to a temporary file.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    /// <exception cref="InvalidMappingException">A key or lookup that the mapping refers to cannot be used.</exception>
    /// <exception cref="MigrationException">A lookup cannot be read.</exception>
    public static Task<CompiledMapping> CreateAsync(
        MappingDocument document, TransformationLog? log = null, Func<LookupMapping, IRecordSource>? openLookup = null, PostgreSqlConnectionOptions? database = null,
        int memoryLimit = KeyTable.DefaultMemoryLimit, CancellationToken cancellationToken = default) =>
        CreateAsync(document, null, log, openLookup, database, memoryLimit, cancellationToken);

    internal static async Task<CompiledMapping> CreateAsync(
        MappingDocument document, RunIds? run, TransformationLog? log = null, Func<LookupMapping, IRecordSource>? openLookup = null, PostgreSqlConnectionOptions? database = null,
        int memoryLimit = KeyTable.DefaultMemoryLimit, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(document);
        var tables = new Dictionary<string, LookupTable>(StringComparer.Ordinal);
        try
        {
            foreach (var (name, lookup) in document.Lookups)
            {
                var source = lookup.File is null && openLookup is not null ? openLookup(lookup) : await LookupSources.OpenAsync(lookup, document.Folder, database, document.Name, cancellationToken).ConfigureAwait(false);
                await using (source.ConfigureAwait(false))
                    tables.Add(name, await LookupTable.LoadAsync(lookup, source, memoryLimit, cancellationToken).ConfigureAwait(false));
            }

            return new CompiledMapping(document, log, tables, memoryLimit, run);
        }
        catch
        {
            foreach (var table in tables.Values)
                table.Dispose();
            throw;
        }
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

    /// <summary>Whether what becomes of a record can depend on the records before it, so that the mapping cannot begin in the middle of a source.</summary>
    public bool RemembersRecords => _deduplicators.Length > 0 || _checksIds;

    /// <summary>Whether records are held back until <see cref="Complete"/>, because the last of those with one key is to be taken.</summary>
    public bool HoldsBack => Array.Exists(_deduplicators, d => d.HoldsBack);

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
            bound = MappingBinder.Bind(_context, schema, _deduplicators);
            _bound.Add(schema, bound);
            _checksIds |= bound.ChecksIds;
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
        return Run(record, items, isHeldBack: false);
    }

    /// <summary>Maps the records that were held back, once all records have come.</summary>
    /// <param name="items">Receives the nodes and relationships of the next record; the caller clears it.</param>
    /// <returns>For each record null, or why it was turned away.</returns>
    public IEnumerable<Reject?> Complete(ICollection<GraphItem> items)
    {
        ArgumentNullException.ThrowIfNull(items);
        foreach (var deduplicator in _deduplicators.Where(d => d.HoldsBack))
        {
            foreach (var record in deduplicator.TakeHeldBack())
                yield return Run(record, items, isHeldBack: true);
        }
    }

    /// <summary>Lets go of what tells ids that are made twice, which grows with the ids; nothing can be converted any more.</summary>
    public void ForgetIds() => _ids.Dispose();

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var deduplicator in _deduplicators)
            deduplicator.Dispose();
        _ownIds?.Dispose();
        foreach (var table in _context.Lookups.Values)
            table.Dispose();
    }

    private Reject? Run(Record record, ICollection<GraphItem> items, bool isHeldBack)
    {
        Bind(record.GetSchema());
        var evaluation = _evaluation;
        evaluation.Clear();
        evaluation.Record = record;
        evaluation.RecordToken = ++evaluation.Token;
        _made.Clear();
        evaluation.Stated.Clear();
        try
        {
            foreach (var (deduplicator, key, counter) in _lastBound.Deduplications)
            {
                if (isHeldBack)
                    break;
                switch (deduplicator.Judge(key, counter, evaluation))
                {
                    case Verdict.Failed:
                        return Turn(record);
                    case Verdict.Skip or Verdict.Supersedes:
                        Counts.AddSkipped();
                        return null;
                    case Verdict.HeldBack:
                        return null;
                }
            }

            foreach (var item in _lastBound.Items)
            {
                item.Make(evaluation, _made, Counts);
                if (evaluation.Failed)
                    return Turn(record);
            }

            if (_lastBound.ChecksIds && !_ids.Accept(evaluation))
                return Turn(record);
        }
        catch (Microsoft.Data.Sqlite.SqliteException e)
        {
            throw new MigrationException(
                ErrorCode.StoreFailed, $"A temporary file of the mapping '{Document.Name}' cannot be used: {e.Message}",
                "Check the space and the permissions of the folder for temporary files.", e) { Stage = MigrationStage.Transform };
        }
        catch (Exception e) when (e is not (OperationCanceledException or MigrationException))
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
        var reject = new Reject(MigrationStage.Transform, _evaluation.Code, _evaluation.Reason, record.GetPosition())
        {
            Rule = _evaluation.Rule,
            Field = _evaluation.Field,
            Value = _evaluation.Value,
            Record = record,
            Exception = _evaluation.Exception,
        };
        Counts.AddRejected(reject);
        return reject;
    }
}
