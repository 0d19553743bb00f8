using SafeAI.Migration.Engine.Loading;
using SafeAI.Migration.Engine.Validation.Keys;
using SafeAI.Migration.Engine.Validation.Schema;

namespace SafeAI.Migration.Engine.Validation.Rules;

/// <summary>
/// Applies the rules of relationships. A relationship whose ends have not come yet is held back until the end of the
/// stream, on disk where they are many. Not safe for several threads at once.
/// </summary>
internal sealed class RelationshipChecks : IDisposable
{
    private const int HeldInMemory = 10_000;

    private readonly KeyIndex _nodes;
    private readonly KeyIndex _ids;
    private readonly KeyIndex _pairs;
    private readonly KeyFingerprint _fingerprint = new();
    private readonly RecordAccounts _streams = new();
    private readonly RelationshipSpool _held;
    private readonly ILookup<string, RelationshipRule> _rules;
    private readonly PositionCode _positions;
    private readonly RuleCounter _missingEnd;
    private readonly RuleCounter _duplicate;
    private readonly List<Part> _parts = [];

    /// <summary>Makes the rules ready.</summary>
    /// <param name="rules">The rules.</param>
    /// <param name="counters">Receives what each finds.</param>
    /// <param name="positions">Where ids were first seen.</param>
    /// <param name="nodes">The nodes known already; none without it. It is disposed here.</param>
    /// <param name="ids">The ids of relationships seen already; none without it. It is disposed here.</param>
    /// <param name="pairs">The pairs of ends and the places at nodes that are taken already; none without it. It is disposed here.</param>
    public RelationshipChecks(
        IReadOnlyList<RelationshipRule> rules, List<RuleCounter> counters, PositionCode positions, KeyIndex? nodes = null, KeyIndex? ids = null, KeyIndex? pairs = null)
    {
        _nodes = nodes ?? new KeyIndex();
        _ids = ids ?? new KeyIndex(1 << 20);
        _pairs = pairs ?? new KeyIndex(1 << 20);
        _rules = rules.ToLookup(r => r.Type, StringComparer.Ordinal);
        _positions = positions;
        _held = new RelationshipSpool(_streams, 1, HeldInMemory);
        _missingEnd = New("missingEnd", "has an end that does not exist");
        _duplicate = New("duplicate", "was there before");
        if (rules.Any(r => r.From is not null || r.To is not null))
            _parts.Add(new Part(New("endTypes", "joins types of nodes that it may not"), CheckEndTypes));
        if (rules.Any(r => !r.SelfLoops))
            _parts.Add(new Part(New("selfLoop", "leads from a node to itself"), CheckSelfLoop));
        if (rules.Any(r => !r.Duplicates))
            _parts.Add(new Part(_duplicate, CheckPair, IsTested: true));
        if (rules.Any(r => r.MostPerStart is not null || r.MostPerEnd is not null))
            _parts.Add(new Part(New("cardinality", "is one too many at its node"), CheckCounts));

        RuleCounter New(string name, string finding) =>
            SchemaRules.Register(counters, new RuleCounter(name, RuleFamilies.RelationshipCheck, null, finding, Remedies.For(name)));
    }

    /// <summary>Takes note of a node, so that relationships may lead to it.</summary>
    public void AddNode(string type, string id) => _nodes.TryAdd(KeyOf('n', type, id), 0, out _);

    /// <summary>Whether both ends are known; null where that cannot be told, which is a breach.</summary>
    public bool? HasEnds(GraphRelationship relationship, RecordPosition position, List<Breach> breaches)
    {
        try
        {
            var hasEnds = IsKnown(relationship.FromType, relationship.FromId) && IsKnown(relationship.ToType, relationship.ToId);
            if (hasEnds)
                _missingEnd.Test();
            return hasEnds;
        }
        catch (Exception e) when (RuleCounter.IsErrorOfRule(e))
        {
            _missingEnd.Test();
            breaches.Add(_missingEnd.Err(position, relationship.Id, e));
            return null;
        }
    }

    /// <summary>Decides at the end of the stream whether both ends exist.</summary>
    public void CheckEnds(GraphRelationship relationship, RecordPosition position, List<Breach> breaches)
    {
        _missingEnd.Test();
        try
        {
            if (!IsKnown(relationship.FromType, relationship.FromId))
                breaches.Add(_missingEnd.Fail(position, relationship.FromId, $"There is no {relationship.FromType} '{relationship.FromId}' where it starts."));
            else if (!IsKnown(relationship.ToType, relationship.ToId))
                breaches.Add(_missingEnd.Fail(position, relationship.ToId, $"There is no {relationship.ToType} '{relationship.ToId}' where it ends."));
        }
        catch (Exception e) when (RuleCounter.IsErrorOfRule(e))
        {
            breaches.Add(_missingEnd.Err(position, relationship.Id, e));
        }
    }

    /// <summary>Whether a node is known.</summary>
    public bool IsKnown(string type, string id) => _nodes.Contains(KeyOf('n', type, id), out _);

    /// <summary>Keeps a relationship until the end.</summary>
    public void Hold(GraphRelationship relationship) => _held.Add(new LoadItem(relationship, _streams.TicketFor(relationship)));

    /// <summary>The relationships that are kept, in the order in which they came.</summary>
    public IEnumerable<GraphRelationship> Held() =>
        _held.Buckets().SelectMany(b => b.Items).Select(i => (GraphRelationship)i.Item);

    /// <summary>
    /// Applies everything but the question whether the ends exist. Where a rule fails itself, that is counted as its
    /// error, and the relationship does not pass.
    /// </summary>
    public void Check(GraphRelationship relationship, RecordPosition position, List<Breach> breaches)
    {
        if (IsDuplicate(relationship, position, breaches))
            return;
        var rules = _rules[relationship.Type].ToArray();
        if (rules.Length == 0)
            return;
        foreach (var part in _parts)
        {
            var tested = part.Counter.Tested;
            try
            {
                part.Apply(part.Counter, relationship, rules, position, breaches);
            }
            catch (Exception e) when (RuleCounter.IsErrorOfRule(e))
            {
                if (part.Counter.Tested == tested && !part.IsTested)
                    part.Counter.Test();
                breaches.Add(part.Counter.Err(position, relationship.Id, e));
            }
        }
    }

    public void Dispose()
    {
        _nodes.Dispose();
        _ids.Dispose();
        _pairs.Dispose();
        _held.Dispose();
    }

    private bool IsDuplicate(GraphRelationship relationship, RecordPosition position, List<Breach> breaches)
    {
        _duplicate.Test();
        try
        {
            if (_ids.TryAdd(KeyOf('r', relationship.Type, relationship.Id), _positions.Encode(position), out var first))
                return false;
            breaches.Add(_duplicate.Fail(position, relationship.Id, $"The first with this id is at {_positions.Decode(first)}."));
        }
        catch (Exception e) when (RuleCounter.IsErrorOfRule(e))
        {
            breaches.Add(_duplicate.Err(position, relationship.Id, e));
        }

        return true;
    }

    private static void CheckEndTypes(RuleCounter counter, GraphRelationship relationship, RelationshipRule[] rules, RecordPosition position, List<Breach> breaches)
    {
        counter.Test();
        if (!rules.Any(r => (r.From is null || r.From == relationship.FromType) && (r.To is null || r.To == relationship.ToType)))
            breaches.Add(counter.Fail(
                position, null,
                $"It joins {relationship.FromType} to {relationship.ToType}; {relationship.Type} joins {string.Join(" or ", rules.Select(r => $"{r.From ?? "any"} to {r.To ?? "any"}"))}."));
    }

    private static void CheckSelfLoop(RuleCounter counter, GraphRelationship relationship, RelationshipRule[] rules, RecordPosition position, List<Breach> breaches)
    {
        if (rules.All(r => r.SelfLoops))
            return;
        counter.Test();
        if (relationship.FromType == relationship.ToType && relationship.FromId == relationship.ToId)
            breaches.Add(counter.Fail(position, relationship.FromId));
    }

    private void CheckPair(RuleCounter counter, GraphRelationship relationship, RelationshipRule[] rules, RecordPosition position, List<Breach> breaches)
    {
        if (rules.Any(r => !r.Duplicates)
            && !_pairs.TryAdd(KeyOf('p', relationship.Type, relationship.FromType, relationship.FromId, relationship.ToType, relationship.ToId), _positions.Encode(position), out var first))
            breaches.Add(counter.Fail(position, relationship.Id, $"The first between these two nodes is at {_positions.Decode(first)}."));
    }

    private void CheckCounts(RuleCounter counter, GraphRelationship relationship, RelationshipRule[] rules, RecordPosition position, List<Breach> breaches)
    {
        foreach (var rule in rules)
        {
            if (rule.MostPerStart is { } perStart)
                CheckCount(counter, 's', relationship, perStart, position, breaches);
            if (rule.MostPerEnd is { } perEnd)
                CheckCount(counter, 'e', relationship, perEnd, position, breaches);
        }
    }

    // The places at a node are keys of their own: each relationship takes the next free one.
    private void CheckCount(RuleCounter counter, char side, GraphRelationship relationship, int most, RecordPosition position, List<Breach> breaches)
    {
        var (type, id) = side == 's' ? (relationship.FromType, relationship.FromId) : (relationship.ToType, relationship.ToId);
        counter.Test();
        for (var place = 1; place <= most; place++)
        {
            if (_pairs.TryAdd(KeyOf(side, relationship.Type, type, id, place), 0, out _))
                return;
        }

        breaches.Add(counter.Fail(position, id, $"At most {most} {(side == 's' ? "start" : "end")} at a node."));
    }

    private UInt128 KeyOf(char kind, params ReadOnlySpan<object> parts)
    {
        _fingerprint.Clear();
        _fingerprint.Add(kind.ToString());
        foreach (var part in parts)
            _fingerprint.Add(part);
        return _fingerprint.Value;
    }

    private delegate void Application(RuleCounter counter, GraphRelationship relationship, RelationshipRule[] rules, RecordPosition position, List<Breach> breaches);

    /// <summary>One of the rules.</summary>
    /// <param name="Counter">What it found.</param>
    /// <param name="Apply">Applies it.</param>
    /// <param name="IsTested">Whether another part has counted the relationship as tested already.</param>
    private sealed record Part(RuleCounter Counter, Application Apply, bool IsTested = false);
}
