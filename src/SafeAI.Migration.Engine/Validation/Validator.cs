using System.Diagnostics;
using System.Runtime.CompilerServices;
using SafeAI.Migration.Engine.Loading;
using SafeAI.Migration.Engine.Validation.Keys;
using SafeAI.Migration.Engine.Validation.Quality;
using SafeAI.Migration.Engine.Validation.Rules;
using SafeAI.Migration.Engine.Validation.Schema;

namespace SafeAI.Migration.Engine.Validation;

/// <summary>A relationship that was held back until its ends could be known, and why it was turned away, or null.</summary>
/// <param name="Item">The relationship.</param>
/// <param name="Reject">Null where it is valid.</param>
public readonly record struct HeldItem(GraphRelationship Item, Reject? Reject);

/// <summary>
/// Checks records and graph items against schemas and rules, one by one, in memory that does not grow with the
/// stream. Not safe for several threads at once.
/// </summary>
public sealed class Validator : IDisposable
{
    private readonly ValidationOptions _options;
    private readonly RuleSet _rules;
    private readonly List<Breach> _breaches = [];
    private readonly Dictionary<string, long> _undescribed = new(StringComparer.Ordinal);
    private readonly HashSet<string> _privateFields;
    private readonly QualityChecker? _quality;
    private RelationshipChecks? _relationships;
    private RuleCounter? _unknownType;
    private long _started;
    private long _records;
    private long _invalid;
    private long _unchecked;

    private Validator(ValidationOptions options, RuleSet rules)
    {
        _options = options;
        _rules = rules;
        _privateFields = new HashSet<string>(options.PrivateFields, StringComparer.OrdinalIgnoreCase);
        if (options.Quality is { } quality)
            _quality = new QualityChecker(quality, rules);
    }

    /// <summary>Whether the check is to end now: at level Strict, more are invalid than the number that is allowed. A share is judged at the end.</summary>
    public bool MustStop => _options.Level == ValidationLevel.Strict && _options.ErrorBudget.Count is { } most && _invalid > most;

    /// <summary>Makes a validator. What references lead to is read here.</summary>
    /// <exception cref="MigrationException">What a reference leads to cannot be read or lacks the field.</exception>
    public static async Task<Validator> CreateAsync(ValidationOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var rules = await RuleSet.CreateAsync(options, cancellationToken).ConfigureAwait(false);
        try
        {
            return new Validator(options, rules);
        }
        catch
        {
            rules.Dispose();
            throw;
        }
    }

    /// <summary>Takes note of something that could not be checked, as it is neither a record nor a graph item. What had such in it is not passed.</summary>
    public void AddUnchecked() => _unchecked++;

    /// <summary>Checks a record.</summary>
    /// <param name="record">The record.</param>
    /// <param name="wasRead">Whether its source read it, and so could have failed to.</param>
    /// <returns>Null where it is valid, else which rule it broke.</returns>
    public Reject? Check(Record record, bool wasRead = true)
    {
        ArgumentNullException.ThrowIfNull(record);
        Begin();
        _quality?.Add(record, wasRead);
        var position = record.GetPosition();
        _rules.Check(record, position, _breaches);
        return End(position, record, null);
    }

    /// <summary>Checks a node or relationship.</summary>
    /// <param name="item">The node or relationship.</param>
    /// <param name="isHeld">Whether it is held back, as its ends have not come yet; <see cref="CompleteAsync"/> gives it.</param>
    /// <returns>Null where it is valid or held back, else which rule it broke.</returns>
    public Reject? Check(GraphItem item, out bool isHeld)
    {
        ArgumentNullException.ThrowIfNull(item);
        Begin();
        _quality?.Add(item);
        isHeld = false;
        var position = item.GetRecord()?.GetPosition() ?? new RecordPosition(item.ToString() ?? item.Id, 0);
        var relationship = item as GraphRelationship;
        _rules.CheckSchemas(item, position, _breaches);
        CheckType(item, position);
        _rules.ApplyFieldRules(item, position, _breaches);
        if ((_options.Families & RuleFamilies.RelationshipCheck) != 0)
        {
            _relationships ??= new RelationshipChecks(_options.Relationships, _rules.Counters, _rules.Positions);
            if (relationship is not null)
                isHeld = CheckRelationship(relationship, position);
            else if (_breaches.Count == 0 || _options.Level == ValidationLevel.None)
                _relationships.AddNode(item.Type, item.Id); // A node that is turned away is no end of anything.
        }

        return isHeld ? null : End(position, item.GetRecord(), item);
    }

    /// <summary>Decides the relationships that were held back, in the order in which they came.</summary>
    /// <param name="destination">Where ends are looked up that did not come down the stream; null to look nowhere else.</param>
    /// <param name="cancellationToken">Stops the look-up.</param>
    public async IAsyncEnumerable<HeldItem> CompleteAsync(IGraphDestination? destination, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        if (_relationships is null)
            yield break;
        foreach (var batch in _relationships.Held().Chunk(1000))
        {
            if (destination is not null)
                await LookUpAsync(batch, destination, cancellationToken).ConfigureAwait(false);
            foreach (var relationship in batch)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var position = relationship.GetRecord()?.GetPosition() ?? new RecordPosition(relationship.ToString(), 0);
                _breaches.Clear();
                _relationships.CheckEnds(relationship, position, _breaches);
                yield return new HeldItem(relationship, End(position, relationship.GetRecord(), relationship));
            }
        }
    }

    /// <summary>What was found so far.</summary>
    public ValidationReport Report()
    {
        var results = _rules.Counters.Select(c => c.Result()).ToArray();
        var quality = _quality?.Report();
        var recommendations = _rules.Counters.Where(c => c.Failed > 0).Select(c => c.Recommendation());
        if (quality is not null)
            recommendations = recommendations.Concat(quality.Recommendations.Where(r => !results.Any(rule => rule.Rule == r.Check && rule.Field == r.Field)).Select(r => new ValidationRecommendation(
                $"{r.Dimension}:{r.Check}", r.Field, r.Finding, r.Failed, r.Share, r.Example, r.Remedy)));
        return new ValidationReport
        {
            Records = _records,
            Invalid = _invalid,
            Level = _options.Level,
            ErrorBudget = _options.ErrorBudget,
            Passed = results.Any(r => r.Tested > 0) && results.All(r => r.Errors == 0)
                && _unchecked == 0 && !_options.ErrorBudget.IsExceeded(_invalid, _records) && quality?.Passed != false,
            Results = results,
            Recommendations = recommendations.OrderByDescending(r => r.Failed).ToArray(),
            Quality = quality,
            Notes = Notes().ToArray(),
            ElapsedSeconds = _started == 0 ? 0 : Stopwatch.GetElapsedTime(_started).TotalSeconds,
        };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _relationships?.Dispose();
        _quality?.Dispose();
        _rules.Dispose();
    }

    private void Begin()
    {
        if (_started == 0)
            _started = Stopwatch.GetTimestamp();
        _records++;
        _breaches.Clear();
    }

    private void CheckType(GraphItem item, RecordPosition position)
    {
        if (_options.Schemas.Count == 0 && !_options.KnownTypesOnly)
            return;
        var isKnown = _rules.Describes(item.Type, item is GraphNode)
            || (item is GraphRelationship && _options.Relationships.Any(r => r.Type == item.Type));
        if (_options.KnownTypesOnly && (_options.Families & RuleFamilies.ConstraintCheck) != 0)
        {
            _unknownType ??= SchemaRules.Register(_rules.Counters, new RuleCounter(
                "unknownType", RuleFamilies.ConstraintCheck, null, "has a type that the schema does not know", Remedies.For("unknownType")));
            _unknownType.Test();
            if (!isKnown)
                _breaches.Add(_unknownType.Fail(position, item.Type));
        }
        else if (!isKnown && item is GraphNode)
        {
            _undescribed[item.Type] = _undescribed.GetValueOrDefault(item.Type) + 1;
        }
    }

    private bool CheckRelationship(GraphRelationship relationship, RecordPosition position)
    {
        _relationships!.Check(relationship, position, _breaches);
        if (_breaches.Count > 0 || _relationships.HasEnds(relationship, position, _breaches) != false)
            return false;
        _relationships.Hold(relationship);
        return true;
    }

    private async Task LookUpAsync(GraphRelationship[] batch, IGraphDestination destination, CancellationToken cancellationToken)
    {
        var ends = batch.SelectMany(r => new[] { (Type: r.FromType, Id: r.FromId), (Type: r.ToType, Id: r.ToId) })
            .Distinct().Where(e => !_relationships!.IsKnown(e.Type, e.Id)).ToLookup(e => e.Type, e => e.Id);
        foreach (var type in ends)
        {
            var found = await destination.ReadNodesAsync(type.Key, type.ToArray(), cancellationToken).ConfigureAwait(false);
            foreach (var node in found)
                _relationships!.AddNode(type.Key, node.Id);
        }
    }

    private Reject? End(RecordPosition position, Record? record, GraphItem? item)
    {
        if (_breaches.Count == 0)
            return null;
        _invalid++;
        var first = _breaches[0];
        var field = first.Rule.Field;
        var isPrivate = field is not null && _privateFields.Overlaps([field, field[(field.IndexOf('.', StringComparison.Ordinal) + 1)..]]);
        var reason = first.Reason;
        if (_breaches.Count > 1)
            reason += $" It breaks {_breaches.Count - 1} more {(_breaches.Count == 2 ? "rule" : "rules")}: {string.Join(", ", _breaches.Skip(1).Take(5).Select(b => b.Rule.Path))}.";
        var code = first.Error is not null ? ErrorCode.RuleFailed : first.Rule.Rule == "missingEnd" ? ErrorCode.MissingEnd : ErrorCode.RuleBroken;
        return new Reject(MigrationStage.Validate, code, reason, position)
        {
            Rule = first.Rule.Path,
            Field = field,
            Value = isPrivate && first.Value is not null ? "***" : first.Value,
            Record = record,
            Item = item,
            Exception = first.Error,
        };
    }

    private IEnumerable<string> Notes()
    {
        foreach (var note in _options.Notes)
            yield return note;
        if (_unchecked > 0)
            yield return FormattableString.Invariant($"{_unchecked} {(_unchecked == 1 ? "object is no record and was" : "objects are no records and were")} not checked.");
        foreach (var (rule, reason) in _rules.LeftOut)
            yield return $"A {rule.GetType().Name} was left out: {reason.Message}";
        foreach (var binding in _options.Schemas)
        {
            foreach (var note in binding.Schema.Notes)
                yield return note;
            foreach (var path in binding.Schema.NotCompiled)
                yield return $"{path} is checked by NJsonSchema, which is slower.";
        }

        foreach (var (type, count) in _undescribed.OrderBy(u => u.Key, StringComparer.Ordinal))
            yield return FormattableString.Invariant($"{count} nodes of the type {type} are described by no schema; only the other rules were applied to them.");
        foreach (var counter in _rules.Counters.Where(c => c.Tested == 0))
            yield return $"{counter.Path} tested nothing.";
    }
}
