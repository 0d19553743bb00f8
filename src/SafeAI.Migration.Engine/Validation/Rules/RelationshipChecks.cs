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

    private readonly KeyIndex _nodes = new();
    private readonly KeyIndex _ids = new(1 << 20);
    private readonly KeyIndex _pairs = new(1 << 20);
    private readonly KeyFingerprint _fingerprint = new();
    private readonly RecordAccounts _streams = new();
    private readonly RelationshipSpool _held;
    private readonly ILookup<string, RelationshipRule> _rules;
    private readonly PositionCode _positions;
    private readonly RuleCounter _missingEnd;
    private readonly RuleCounter _duplicate;
    private readonly RuleCounter? _endTypes;
    private readonly RuleCounter? _selfLoop;
    private readonly RuleCounter? _cardinality;

    public RelationshipChecks(IReadOnlyList<RelationshipRule> rules, List<RuleCounter> counters, PositionCode positions)
    {
        _rules = rules.ToLookup(r => r.Type, StringComparer.Ordinal);
        _positions = positions;
        _held = new RelationshipSpool(_streams, 1, HeldInMemory);
        _missingEnd = New("missingEnd", "has an end that does not exist");
        _duplicate = New("duplicate", "was there before");
        _endTypes = rules.Any(r => r.From is not null || r.To is not null) ? New("endTypes", "joins types of nodes that it may not") : null;
        _selfLoop = rules.Any(r => !r.SelfLoops) ? New("selfLoop", "leads from a node to itself") : null;
        _cardinality = rules.Any(r => r.MostPerStart is not null || r.MostPerEnd is not null) ? New("cardinality", "is one too many at its node") : null;

        RuleCounter New(string name, string finding) =>
            SchemaRules.Register(counters, new RuleCounter(name, RuleFamilies.RelationshipCheck, null, finding, Remedies.For(name)));
    }

    public RuleCounter MissingEnd => _missingEnd;

    /// <summary>Takes note of a node, so that relationships may lead to it.</summary>
    public void AddNode(string type, string id) => _nodes.TryAdd(KeyOf('n', type, id), 0, out _);

    /// <summary>Whether both ends are known.</summary>
    public bool HasEnds(GraphRelationship relationship) =>
        IsKnown(relationship.FromType, relationship.FromId) && IsKnown(relationship.ToType, relationship.ToId);

    /// <summary>Whether a node is known.</summary>
    public bool IsKnown(string type, string id) => _nodes.Contains(KeyOf('n', type, id), out _);

    /// <summary>Keeps a relationship until the end.</summary>
    public void Hold(GraphRelationship relationship) => _held.Add(new LoadItem(relationship, _streams.TicketFor(relationship)));

    /// <summary>The relationships that are kept, in the order in which they came.</summary>
    public IEnumerable<GraphRelationship> Held() =>
        _held.Buckets().SelectMany(b => b.Items).Select(i => (GraphRelationship)i.Item);

    /// <summary>Applies everything but the question whether the ends exist.</summary>
    public void Check(GraphRelationship relationship, RecordPosition position, List<Breach> breaches)
    {
        _duplicate.Test();
        if (!_ids.TryAdd(KeyOf('r', relationship.Type, relationship.Id), _positions.Encode(position), out var first))
        {
            breaches.Add(_duplicate.Fail(position, relationship.Id, $"The first with this id is at {_positions.Decode(first)}."));
            return;
        }

        var rules = _rules[relationship.Type];
        if (!rules.Any())
            return;
        CheckEndTypes(relationship, rules, position, breaches);
        if (_selfLoop is not null && rules.Any(r => !r.SelfLoops))
        {
            _selfLoop.Test();
            if (relationship.FromType == relationship.ToType && relationship.FromId == relationship.ToId)
                breaches.Add(_selfLoop.Fail(position, relationship.FromId));
        }

        if (rules.Any(r => !r.Duplicates)
            && !_pairs.TryAdd(KeyOf('p', relationship.Type, relationship.FromType, relationship.FromId, relationship.ToType, relationship.ToId), _positions.Encode(position), out first))
            breaches.Add(_duplicate.Fail(position, relationship.Id, $"The first between these two nodes is at {_positions.Decode(first)}."));
        foreach (var rule in rules)
        {
            if (rule.MostPerStart is { } perStart)
                CheckCount('s', relationship, relationship.FromType, relationship.FromId, perStart, position, breaches);
            if (rule.MostPerEnd is { } perEnd)
                CheckCount('e', relationship, relationship.ToType, relationship.ToId, perEnd, position, breaches);
        }
    }

    public void Dispose()
    {
        _nodes.Dispose();
        _ids.Dispose();
        _pairs.Dispose();
        _held.Dispose();
    }

    private void CheckEndTypes(GraphRelationship relationship, IEnumerable<RelationshipRule> rules, RecordPosition position, List<Breach> breaches)
    {
        if (_endTypes is null)
            return;
        _endTypes.Test();
        if (!rules.Any(r => (r.From is null || r.From == relationship.FromType) && (r.To is null || r.To == relationship.ToType)))
            breaches.Add(_endTypes.Fail(
                position, null,
                $"It joins {relationship.FromType} to {relationship.ToType}; {relationship.Type} joins {string.Join(" or ", rules.Select(r => $"{r.From ?? "any"} to {r.To ?? "any"}"))}."));
    }

    // The places at a node are keys of their own: each relationship takes the next free one.
    private void CheckCount(char side, GraphRelationship relationship, string type, string id, int most, RecordPosition position, List<Breach> breaches)
    {
        _cardinality!.Test();
        for (var place = 1; place <= most; place++)
        {
            if (_pairs.TryAdd(KeyOf(side, relationship.Type, type, id, place), 0, out _))
                return;
        }

        breaches.Add(_cardinality.Fail(position, id, $"At most {most} {(side == 's' ? "start" : "end")} at a node."));
    }

    private UInt128 KeyOf(char kind, params ReadOnlySpan<object> parts)
    {
        _fingerprint.Clear();
        _fingerprint.Add(kind.ToString());
        foreach (var part in parts)
            _fingerprint.Add(part);
        return _fingerprint.Value;
    }
}
