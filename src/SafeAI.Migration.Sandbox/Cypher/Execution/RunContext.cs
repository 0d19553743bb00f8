using SafeAI.Migration.Sandbox.Graph;
using SafeAI.Migration.Sandbox.Values;

namespace SafeAI.Migration.Sandbox.Cypher.Execution;

/// <summary>Computes a value from a row of variables.</summary>
internal delegate object? Evaluator(object?[] row, RunContext context);

/// <summary>One run of a statement.</summary>
internal sealed class RunContext(MemoryGraph graph, CypherMap parameters, GraphTransaction? transaction, CancellationToken cancellation)
{
    private Dictionary<object, HashSet<object?>?>? _sets;

    public MemoryGraph Graph { get; } = graph;

    public CypherMap Parameters { get; } = parameters;

    /// <summary>The transaction that changes go to; statements that only read have none.</summary>
    public GraphTransaction Transaction => transaction ?? throw new InvalidOperationException("A reading statement tried to write");

    /// <summary>How many places a row of the statement has.</summary>
    public int RowWidth { get; init; }

    /// <summary>The statement's clock: it stands still while the statement runs.</summary>
    public DateTimeOffset Now { get; } = DateTimeOffset.UtcNow;

    /// <summary>How many nodes and relationships were looked at.</summary>
    public long Accessed { get; private set; }

    /// <summary>Counts one node or relationship looked at.</summary>
    public void Touch()
    {
        if ((++Accessed & 0xFFF) == 0)
            cancellation.ThrowIfCancellationRequested();
    }

    public object? Parameter(string name)
    {
        var index = Parameters.Shape.IndexOf(name);
        if (index < 0)
            throw new CypherException(ErrorCodes.ParameterMissing, $"Expected parameter(s): {name}");
        return Parameters.Values[index];
    }

    /// <summary>A list that does not change during the run as a set, or null when it holds values that a set cannot answer for.</summary>
    public HashSet<object?>? SetOf(object key, object?[] list)
    {
        _sets ??= [];
        if (_sets.TryGetValue(key, out var known))
            return known;
        var set = list.All(v => v is string or long or bool or TemporalValue)
            ? new HashSet<object?>(list, ValueComparison.Equivalence)
            : null;
        _sets.Add(key, set);
        return set;
    }
}

/// <summary>Where rows go. A row belongs to its sender: who keeps it copies it.</summary>
internal abstract class Sink
{
    /// <summary>Takes a row; false means that no more rows are wanted.</summary>
    public abstract bool Push(object?[] row);

    /// <summary>No more rows come.</summary>
    public abstract void Finish();
}

/// <summary>One step of a statement's plan. It holds no state of a run: plans are shared between requests.</summary>
internal abstract class Operator
{
    /// <summary>Starts a run of this step, whose rows go to the next.</summary>
    public abstract Sink Open(RunContext context, Sink next);
}
