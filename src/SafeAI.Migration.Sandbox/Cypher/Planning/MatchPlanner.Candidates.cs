using SafeAI.Migration.Sandbox.Cypher.Ast;
using SafeAI.Migration.Sandbox.Cypher.Execution;
using SafeAI.Migration.Sandbox.Graph;

namespace SafeAI.Migration.Sandbox.Cypher.Planning;

internal sealed partial class MatchPlanner
{
    // Only the ranks of the costs matter.
    private const double BoundRelationship = 0;
    private const double SeekRelationship = 1;
    private const double SeekNode = 2;
    private const double Into = 3;
    private const double SeekIn = 4;
    private const double RangeInOrder = 5;
    private const double Range = 6;
    private const double Expand = 7;
    private const double ScanInOrder = 8;
    private const double ScanLabel = 9;
    private const double ScanType = 10;
    private const double ScanAll = 12;

    private IEnumerable<Candidate> Candidates(
        List<PlannedNode> nodes, List<PlannedRelationship> relationships, OrderHint? hint)
    {
        // An order survives only if everything after it works row by row from the one scan.
        var inOrder = _steps.TrueForAll(s => s is FilterStep) ? hint : null;
        foreach (var relationship in relationships)
        {
            foreach (var candidate in RelationshipCandidates(relationship, inOrder))
            {
                yield return candidate;
            }
        }

        foreach (var node in nodes)
        {
            var indexes = node.Labels.Select(l => (l, true)).ToList();
            foreach (var candidate in IndexCandidates(node.Name, node.Symbol.Slot, indexes, SeekNode, inOrder, () => _known.Add(node.Name)))
            {
                yield return candidate;
            }

            var label = node.Labels.MinBy(graph.CountOf);
            yield return new Candidate(label is null ? ScanAll : ScanLabel, () =>
            {
                _steps.Add(new NodeScanStep(node.Symbol.Slot, label));
                _known.Add(node.Name);
            });
        }
    }

    private IEnumerable<Candidate> RelationshipCandidates(PlannedRelationship relationship, OrderHint? hint)
    {
        var place = new RelationshipPlace(
            relationship.Symbol.Slot,
            relationship.Left.Symbol.Slot,
            relationship.Right.Symbol.Slot,
            relationship.Direction,
            relationship.Types,
            [.. _placedRelationships]);
        var (left, right) = (_known.Contains(relationship.Left.Name), _known.Contains(relationship.Right.Name));

        if (_known.Contains(relationship.Name))
        {
            yield return new Candidate(BoundRelationship, () => PlaceEnds(relationship, place));
            yield break;
        }

        List<(string, bool)> indexes = relationship.Types is [var only] ? [(only, false)] : [];
        foreach (var candidate in IndexCandidates(
            relationship.Name, place.Slot, indexes, SeekRelationship, hint, () => PlaceEnds(relationship, place)))
        {
            yield return candidate;
        }

        if (left && right)
        {
            yield return new Candidate(Into, () =>
            {
                _steps.Add(new ExpandIntoStep(place));
                Placed(relationship);
            });
        }
        else if (left || right)
        {
            yield return new Candidate(Expand, () =>
            {
                _steps.Add(new ExpandStep(place, fromLeft: left));
                Placed(relationship);
            });
        }
        else
        {
            yield return new Candidate(relationship.Types is null ? ScanAll : ScanType, () =>
            {
                _steps.Add(new RelationshipScanStep(place.Slot, place.Types));
                PlaceEnds(relationship, place);
            });
        }
    }

    private void PlaceEnds(PlannedRelationship relationship, RelationshipPlace place)
    {
        _steps.Add(new EndsStep(
            place, _known.Contains(relationship.Left.Name), _known.Contains(relationship.Right.Name), relationship.Name));
        Placed(relationship);
    }

    private void Placed(PlannedRelationship relationship)
    {
        relationship.Placed = true;
        _known.Add(relationship.Name);
        _known.Add(relationship.Left.Name);
        _known.Add(relationship.Right.Name);
        _placedRelationships.Add(relationship.Symbol.Slot);
    }

    private IEnumerable<Candidate> IndexCandidates(
        string name, int slot, List<(string Label, bool OnNodes)> labels, double seekCost, OrderHint? hint, Action placed)
    {
        foreach (var (label, onNodes) in labels)
        {
            foreach (var group in _conditions.Where(c => c.Subject == name && !c.Done && CanCompute(c)).GroupBy(c => c.Property!))
            {
                if (graph.FindIndex(onNodes, label, group.Key) is not { } index)
                    continue;
                foreach (var condition in group)
                {
                    if (condition.Operator is BinaryOperator.Equal or BinaryOperator.In)
                        yield return Seek(condition, slot, index, seekCost, placed);
                }

                yield return RangeOver(group, slot, index, name, hint, placed);
            }

            if (hint is not null && hint.Variable == name && graph.FindIndex(onNodes, label, hint.Property) is { } ordered)
            {
                yield return new Candidate(ScanInOrder, () =>
                {
                    _ordered = true;
                    _steps.Add(new OrderedScanStep(slot, ordered, hint.Descending));
                    placed();
                });
            }
        }
    }

    private bool CanCompute(Condition condition) => condition.Needs.All(n => n == condition.Subject || IsReady(n));

    private Candidate Seek(Condition condition, int slot, UniqueIndex index, double cost, Action placed) =>
        new(condition.Operator == BinaryOperator.Equal ? cost : SeekIn, () =>
        {
            var value = Compiler.Compile(condition.Value!);
            _steps.Add(condition.Operator == BinaryOperator.Equal ? new SeekStep(slot, index, value) : new SeekInStep(slot, index, value));
            condition.Done = true;
            placed();
        });

    private Candidate RangeOver(
        IGrouping<string, Condition> group, int slot, UniqueIndex index, string name, OrderHint? hint, Action placed)
    {
        var low = group.FirstOrDefault(c => c.Operator is BinaryOperator.Greater or BinaryOperator.GreaterOrEqual);
        var high = group.FirstOrDefault(c => c.Operator is BinaryOperator.Less or BinaryOperator.LessOrEqual);
        if (low is null && high is null)
            return new Candidate(double.MaxValue, () => throw new InvalidOperationException("A range without bounds was chosen"));
        var inOrder = hint is not null && hint.Variable == name && hint.Property == group.Key;
        return new Candidate(inOrder ? RangeInOrder : Range, () =>
        {
            _ordered |= inOrder;
            _steps.Add(new RangeStep(slot, index, BoundOf(low), BoundOf(high), inOrder && hint!.Descending));
            placed();
        });
    }

    private Bound? BoundOf(Condition? condition) => condition is null
        ? null
        : new Bound(
            Compiler.Compile(condition.Value!),
            condition.Operator is BinaryOperator.GreaterOrEqual or BinaryOperator.LessOrEqual);

    private sealed record Candidate(double Cost, Action Apply);
}
