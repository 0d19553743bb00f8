using System.Diagnostics;
using SafeAI.Migration.Engine.Validation.Keys;
using SafeAI.Migration.Engine.Validation.Rules;

namespace SafeAI.Migration.Engine.Validation.Quality;

/// <summary>
/// Looks at a stream once and tells how good it is. Memory does not grow with the stream: a field is counted in a
/// fixed size, and the keys seen so far lie on disk where they are many, as those do that rules refer to. Not safe for
/// several threads at once.
/// </summary>
public sealed class QualityChecker : IDisposable
{
    private readonly QualityOptions _options;
    private readonly Dictionary<(string Name, Kind Kind), QualityGroup> _groups = [];
    private readonly Dictionary<RecordSchema, SchemaFields> _schemas = new(ReferenceEqualityComparer.Instance);
    private readonly Dictionary<RecordSource, long> _arrived = new(ReferenceEqualityComparer.Instance);
    private readonly KeyFingerprint _fingerprint = new();
    private readonly KeyIndex _keys = new();
    private readonly TimeProvider _clock;
    private readonly PlausibleValues? _plausible;
    private readonly RuleSet? _rules;
    private readonly RuleSet? _ownRules;
    private readonly List<Breach> _breaches = [];
    private readonly bool _hasRelationshipRules;
    private long _started;
    private long _records;
    private (RecordSchema Schema, SchemaFields Fields)? _last;
    private (RecordSource Source, long Count)? _lastSource;

    /// <summary>Prepares a check without rules.</summary>
    /// <param name="options">What is asked.</param>
    /// <param name="clock">What tells the time against which ages are measured; the system's without it.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public QualityChecker(QualityOptions options, TimeProvider? clock = null)
        : this(options, rules: null, clock)
    {
    }

    /// <summary>Prepares a check that reports on rules which somebody else applies.</summary>
    internal QualityChecker(QualityOptions options, RuleSet? rules, TimeProvider? clock = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options;
        _rules = rules;
        _plausible = options.Profile is { } profile ? new PlausibleValues(profile, options.RangeMargin) : null;
        _clock = clock ?? TimeProvider.System;
    }

    private QualityChecker(QualityOptions options, RuleSet rules, bool hasRelationshipRules, TimeProvider? clock)
        : this(options, rules, clock) => (_ownRules, _hasRelationshipRules) = (rules, hasRelationshipRules);

    /// <summary>Prepares a check with schemas and rules, of which each test is a unit. What they refer to is read here.</summary>
    /// <param name="options">What is asked.</param>
    /// <param name="rules">The schemas and rules. A rule that refers to what cannot be read is left out, and the report says so; so are the rules of relationships.</param>
    /// <param name="clock">What tells the time against which ages are measured; the system's without it.</param>
    /// <param name="cancellationToken">Stops the read.</param>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public static async Task<QualityChecker> CreateAsync(
        QualityOptions options, ValidationOptions rules, TimeProvider? clock = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(rules);
        var set = await RuleSet.CreateAsync(rules with { LeavesOutUnreadable = true }, cancellationToken).ConfigureAwait(false);
        try
        {
            return new QualityChecker(options, set, rules.Relationships.Count > 0, clock);
        }
        catch
        {
            set.Dispose();
            throw;
        }
    }

    /// <summary>Looks at one record.</summary>
    /// <param name="record">The record.</param>
    /// <param name="wasRead">Whether its source read it, and so could have failed to; not so for objects that were at hand.</param>
    public void Add(Record record, bool wasRead = true)
    {
        ArgumentNullException.ThrowIfNull(record);
        Begin();
        var schema = record.GetSchema();
        if (_last is not { } last || !ReferenceEquals(last.Schema, schema))
            _last = last = (schema, FieldsOf(schema));
        var fields = last.Fields;
        var position = record.GetPosition();
        for (var i = 0; i < fields.Statistics.Length; i++)
            fields.Statistics[i].Add(record.GetValue(i), position, _records);
        foreach (var missing in fields.Missing(fields.Group))
            missing.AddEmpty(position, _records);
        if (fields.TimeOrdinal >= 0)
            fields.Group.Time!.Add(record.GetValue(fields.TimeOrdinal), position, _records);
        AddKey(record, fields, position);
        fields.Group.AddRecord(position);
        _breaches.Clear();
        _ownRules?.Check(record, position, _breaches);
        if (wasRead)
            CountArrival(record.GetSource());
    }

    /// <summary>Looks at one node or relationship. Its type and id are its key, its properties are its fields.</summary>
    public void Add(GraphItem item)
    {
        ArgumentNullException.ThrowIfNull(item);
        Begin();
        var position = item.GetRecord()?.GetPosition() ?? new RecordPosition(item.ToString() ?? item.Id, 0);
        var group = GroupOf(item.Type, item is GraphNode ? Kind.Node : Kind.Relationship);
        for (var i = 0; i < item.Properties.Count; i++)
        {
            var value = item.Properties.GetValue(i);
            group.FieldOf(item.Properties.GetName(i), typeof(object)).Add(value, position, _records);
            if (group.Time is { } time && string.Equals(item.Properties.GetName(i), _options.TimeField, StringComparison.OrdinalIgnoreCase))
                time.Add(value, position, _records);
        }

        foreach (var field in group.Fields)
        {
            if (!item.Properties.ContainsKey(field.Name))
                field.AddEmpty(position, _records);
        }

        _fingerprint.Clear();
        _fingerprint.Add(item is GraphNode ? "node" : "relationship");
        _fingerprint.Add(item.Type);
        _fingerprint.Add(item.Id);
        group.AddKey(_keys.TryAdd(_fingerprint.Value, 0, out _), position);
        group.AddRecord(position);
        _breaches.Clear();
        _ownRules?.CheckSchemas(item, position, _breaches);
        _ownRules?.ApplyFieldRules(item, position, _breaches);
    }

    /// <summary>What was found so far.</summary>
    public QualityReport Report()
    {
        FlushArrivals();
        long read = 0, unreadable = 0;
        string? source = null;
        foreach (var stream in _arrived.Keys)
        {
            if (stream.Rejected > 0)
                source ??= stream.Name;
            unreadable += stream.Rejected;
            read += _arrived[stream];
        }

        var report = new QualityReportBuilder(_options, _rules?.Counters ?? []);
        if (_arrived.Count > 0)
            report.AddUnreadable(read + unreadable, read, source);
        foreach (var group in _groups.Values)
            report.AddGroup(group, isOnlyGroup: _groups.Count == 1);
        report.AddRules();
        foreach (var (rule, reason) in _rules?.LeftOut ?? [])
            report.AddLeftOut(rule, reason);
        if (_hasRelationshipRules)
            report.ExcludeRelationships();
        if (_plausible is not null)
            report.ExcludeUnseen(_plausible, _groups.Values);
        return report.Build(_records, _started == 0 ? 0 : Stopwatch.GetElapsedTime(_started).TotalSeconds);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _keys.Dispose();
        _ownRules?.Dispose();
    }

    private void Begin()
    {
        if (_started == 0)
            _started = Stopwatch.GetTimestamp();
        _records++;
    }

    private void AddKey(Record record, SchemaFields fields, RecordPosition position)
    {
        _fingerprint.Clear();
        _fingerprint.Add(fields.Group.Name);
        if (fields.Key is null)
            return;
        foreach (var ordinal in fields.Key)
        {
            var value = record.GetValue(ordinal);
            if (fields.HasKey && value is null or "")
                return;
            if (!fields.HasKey)
                _fingerprint.Add(record.GetSchema().Fields[ordinal].Name);
            _fingerprint.Add(value);
        }

        fields.Group.AddKey(_keys.TryAdd(_fingerprint.Value, 0, out _), position);
    }

    private void CountArrival(RecordSource source)
    {
        if (_lastSource is { } last && ReferenceEquals(last.Source, source))
        {
            _lastSource = (source, last.Count + 1);
            return;
        }

        FlushArrivals();
        _lastSource = (source, 1);
    }

    private void FlushArrivals()
    {
        if (_lastSource is { } last)
            _arrived[last.Source] = _arrived.GetValueOrDefault(last.Source) + last.Count;
        _lastSource = null;
    }

    private QualityGroup GroupOf(string name, Kind kind)
    {
        if (!_groups.TryGetValue((name, kind), out var group))
        {
            var byRule = _rules?.RequiredOf(kind == Kind.Record ? null : name, kind == Kind.Node) ?? [];
            var required = _options.Required.Union(byRule, StringComparer.OrdinalIgnoreCase).ToArray();
            _groups.Add((name, kind), group = new QualityGroup(name, kind == Kind.Record, required, _options, _plausible, _clock));
        }

        return group;
    }

    private SchemaFields FieldsOf(RecordSchema schema)
    {
        if (_schemas.TryGetValue(schema, out var fields))
            return fields;
        var group = GroupOf(schema.Name, Kind.Record);
        fields = new SchemaFields(schema, group, _options);
        _schemas.Add(schema, fields);
        return fields;
    }

    /// <summary>What the things of one group are.</summary>
    private enum Kind
    {
        Record,
        Node,
        Relationship,
    }

    /// <summary>Where the values of one schema's records are counted.</summary>
    private sealed class SchemaFields
    {
        private FieldStatistics[] _missing = [];
        private int _known = -1;

        public SchemaFields(RecordSchema schema, QualityGroup group, QualityOptions options)
        {
            Group = group;
            Statistics = [.. schema.Fields.Select(f => group.FieldOf(NameFor(f, schema, group), f.Type))];
            TimeOrdinal = options.TimeField is { } time ? schema.IndexOf(time) : -1;
            var key = options.Key.Count > 0 ? [.. options.Key] : schema.Key.Select(f => f.Name).ToArray();
            HasKey = key.Length > 0;
            if (!HasKey)
                Key = [.. Enumerable.Range(0, schema.Fields.Count)];
            else if (key.All(k => schema.IndexOf(k) >= 0))
                Key = [.. key.Select(schema.IndexOf)];
            group.KeyName = HasKey ? string.Join(", ", key) : null;
        }

        public QualityGroup Group { get; }

        public FieldStatistics[] Statistics { get; }

        /// <summary>The key's fields, or all; null where a field of the key is not there.</summary>
        public int[]? Key { get; }

        public bool HasKey { get; }

        public int TimeOrdinal { get; }

        /// <summary>The group's fields that records of this schema do not have.</summary>
        public FieldStatistics[] Missing(QualityGroup group)
        {
            if (_known != group.Fields.Count)
            {
                _known = group.Fields.Count;
                _missing = [.. group.Fields.Except(Statistics)];
            }

            return _missing;
        }

        // A required field is known under the name that was asked for, however the source spells it.
        private static string NameFor(RecordField field, RecordSchema schema, QualityGroup group) =>
            group.Required.FirstOrDefault(r => schema.IndexOf(r) == field.Ordinal) ?? field.Name;
    }
}
