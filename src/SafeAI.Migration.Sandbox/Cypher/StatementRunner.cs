using System.Security.Cryptography;
using System.Text;
using SafeAI.Migration.Sandbox.Cypher.Ast;
using SafeAI.Migration.Sandbox.Cypher.Execution;
using SafeAI.Migration.Sandbox.Graph;
using SafeAI.Migration.Sandbox.Values;

namespace SafeAI.Migration.Sandbox.Cypher;

/// <summary>Where the rows of an answer go.</summary>
internal interface IAnswer
{
    /// <summary>Comes once, before the rows.</summary>
    void Begin(string[] columns);

    /// <summary>One row, its values at the slots of the columns.</summary>
    void Row(object?[] row, int[] slots);
}

/// <summary>What running a statement came to.</summary>
/// <param name="Accessed">How many nodes and relationships were looked at.</param>
/// <param name="Counters">What was changed.</param>
internal sealed record RunResult(long Accessed, ChangeCounters Counters);

/// <summary>Runs statements, each as one transaction.</summary>
internal sealed class StatementRunner(MemoryGraph graph)
{

    private readonly StatementCache _cache = new();

    public PreparedStatement Prepare(string text) => _cache.Get(text);

    /// <summary>
    /// Runs a statement. The hook runs when everything is done and nothing is committed yet: what it throws undoes all.
    /// </summary>
    public RunResult Run(
        PreparedStatement statement, CypherMap parameters, IAnswer answer, Action? beforeCommit, CancellationToken cancellation)
    {
        if (!statement.IsMutating)
        {
            graph.Gate.EnterReadLock();
            try
            {
                var read = Execute(statement, parameters, null, answer, cancellation);
                return read;
            }
            finally
            {
                graph.Gate.ExitReadLock();
            }
        }

        // A write that began runs to its end, whoever has gone away meanwhile, as it does in a database.
        return Write(transaction => Execute(statement, parameters, transaction, answer, CancellationToken.None), beforeCommit);
    }

    /// <summary>Runs several writing statements as one transaction; the first column of every row goes to the action.</summary>
    public RunResult RunAll(
        IEnumerable<(PreparedStatement Statement, CypherMap Parameters)> statements, Action<object?> firstColumn, Action beforeCommit) =>
        Write(
            transaction =>
            {
                long accessed = 0;
                foreach (var (statement, parameters) in statements)
                {
                    accessed += Execute(statement, parameters, transaction, new FirstColumn(firstColumn), CancellationToken.None).Accessed;
                }

                return new RunResult(accessed, transaction.Counters);
            },
            beforeCommit);

    /// <summary>Runs something that writes, as one transaction.</summary>
    public T Write<T>(Func<GraphTransaction, T> work, Action? beforeCommit = null)
    {
        graph.Gate.EnterWriteLock();
        try
        {
            var transaction = new GraphTransaction(graph);
            try
            {
                var result = work(transaction);
                transaction.Validate();
                beforeCommit?.Invoke();
                transaction.Commit();
                return result;
            }
            catch
            {
                transaction.Rollback();
                throw;
            }
        }
        finally
        {
            graph.Gate.ExitWriteLock();
        }
    }

    private RunResult Execute(
        PreparedStatement statement, CypherMap parameters, GraphTransaction? transaction, IAnswer answer, CancellationToken cancellation)
    {
        var counters = transaction?.Counters ?? new ChangeCounters();
        switch (statement.Statement)
        {
            case CreateConstraintStatement create:
                answer.Begin([]);
                CreateConstraint(create, transaction!);
                return new RunResult(0, counters);
            case DropConstraintStatement drop:
                answer.Begin([]);
                DropConstraint(drop, transaction!);
                return new RunResult(0, counters);
            case ShowConstraintsStatement show:
                ShowConstraints(show, answer);
                return new RunResult(0, counters);
            default:
                var plan = statement.PlanFor(graph);
                var context = new RunContext(graph, parameters, transaction, cancellation) { RowWidth = plan.RowWidth };
                answer.Begin(plan.Columns);
                plan.Run(context, new AnswerSink(answer, plan.ColumnSlots));
                return new RunResult(context.Accessed, counters);
        }
    }

    private void CreateConstraint(CreateConstraintStatement statement, GraphTransaction transaction)
    {
        var name = statement.Name ?? GeneratedName(statement);
        var sameName = graph.FindConstraint(name);
        var sameRule = graph.FindIndex(statement.OnNodes, statement.Label, statement.Property);
        if (statement.IfNotExists && (sameName is not null || sameRule is not null))
            return;
        if (sameRule is not null)
        {
            throw new CypherException(
                ErrorCodes.ConstraintExists,
                $"An equivalent constraint already exists, 'Constraint( name='{sameRule.Constraint.Name}', type='UNIQUENESS' )'.");
        }

        if (sameName is not null)
            throw new CypherException(ErrorCodes.ConstraintNameTaken, $"There already exists a constraint called '{name}'.");
        transaction.CreateConstraint(new UniqueConstraint(name, statement.OnNodes, statement.Label, statement.Property));
    }

    // The same rule always gets the same name.
    private static string GeneratedName(CreateConstraintStatement statement)
    {
        var rule = $"{(statement.OnNodes ? "node" : "relationship")}\n{statement.Label}\n{statement.Property}";
        return "constraint_" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(rule)))[..8];
    }

    private void DropConstraint(DropConstraintStatement statement, GraphTransaction transaction)
    {
        if (graph.FindConstraint(statement.Name) is { } index)
            transaction.DropConstraint(index);
        else if (!statement.IfExists)
            throw new CypherException(ErrorCodes.ConstraintNotFound, $"Unable to drop constraint `{statement.Name}`: No such constraint {statement.Name}.");
    }

    private void ShowConstraints(ShowConstraintsStatement statement, IAnswer answer)
    {
        answer.Begin([.. statement.Columns]);
        int[] slots = [.. statement.Columns.Select(c => ShowConstraintsStatement.AllColumns.IndexOf(c))];
        foreach (var index in graph.Constraints.OrderBy(i => i.Constraint.Name, StringComparer.Ordinal))
        {
            var constraint = index.Constraint;
            object?[] row =
            [
                constraint.Name,
                constraint.OnNodes ? "UNIQUENESS" : "RELATIONSHIP_UNIQUENESS",
                constraint.OnNodes ? "NODE" : "RELATIONSHIP",
                new object?[] { constraint.Label },
                new object?[] { constraint.Property },
            ];
            answer.Row(row, slots);
        }
    }

    private sealed class FirstColumn(Action<object?> take) : IAnswer
    {
        public void Begin(string[] columns)
        {
        }

        public void Row(object?[] row, int[] slots) => take(row[slots[0]]);
    }

    private sealed class AnswerSink(IAnswer answer, int[] slots) : Sink
    {
        public override bool Push(object?[] row)
        {
            if (slots.Length > 0)
                answer.Row(row, slots);
            return true;
        }

        public override void Finish()
        {
        }
    }
}
