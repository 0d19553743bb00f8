using System.Collections.Concurrent;
using SafeAI.Migration.Sandbox.Cypher.Ast;
using SafeAI.Migration.Sandbox.Cypher.Parsing;
using SafeAI.Migration.Sandbox.Cypher.Planning;
using SafeAI.Migration.Sandbox.Graph;

namespace SafeAI.Migration.Sandbox.Cypher;

/// <summary>Statements by their text: each is parsed once, and planned once as long as the constraints stay the same.</summary>
internal sealed class StatementCache
{
    private const int Limit = 2000;

    private readonly ConcurrentDictionary<string, PreparedStatement> _statements = new(StringComparer.Ordinal);

    public PreparedStatement Get(string text)
    {
        if (_statements.TryGetValue(text, out var known))
            return known;
        var prepared = new PreparedStatement(Parser.Parse(text));
        // Texts with values in them would fill the table without end.
        if (_statements.Count >= Limit)
            _statements.Clear();
        _statements[text] = prepared;
        return prepared;
    }
}

/// <summary>A parsed statement with its latest plan.</summary>
internal sealed class PreparedStatement(Statement statement)
{
    private volatile Tuple<QueryPlan, int>? _plan;

    public Statement Statement { get; } = statement;

    public bool IsMutating => Statement.IsMutating;

    /// <summary>The plan for the graph as it is; the caller holds the graph's lock.</summary>
    public QueryPlan PlanFor(MemoryGraph graph)
    {
        var plan = _plan;
        if (plan is not null && plan.Item2 == graph.SchemaVersion)
            return plan.Item1;
        var made = QueryPlanner.Plan((QueryStatement)Statement, graph);
        _plan = Tuple.Create(made, graph.SchemaVersion);
        return made;
    }
}
