using SafeAI.Migration.Sandbox.Cypher.Execution;

namespace SafeAI.Migration.Sandbox.Cypher.Planning;

/// <summary>A statement ready to run.</summary>
/// <param name="Operators">Its steps in order.</param>
/// <param name="Columns">The columns of its answer; empty when it answers with no rows.</param>
/// <param name="ColumnSlots">Where the columns' values stand in a row.</param>
/// <param name="RowWidth">How many places a row has.</param>
internal sealed record QueryPlan(Operator[] Operators, string[] Columns, int[] ColumnSlots, int RowWidth)
{
    /// <summary>Runs the statement; rows of the answer go to the sink.</summary>
    public void Run(RunContext context, Sink answer)
    {
        var sink = answer;
        for (var i = Operators.Length - 1; i >= 0; i--)
        {
            sink = Operators[i].Open(context, sink);
        }

        sink.Push(new object?[RowWidth]);
        sink.Finish();
    }
}
