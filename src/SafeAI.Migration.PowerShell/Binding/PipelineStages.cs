using System.Collections.Concurrent;
using System.Management.Automation;

namespace SafeAI.Migration.PowerShell.Binding;

/// <summary>
/// What the stages of a pipeline counted, for the load at its end: of a stage that turned everything away nothing arrives
/// there that could tell. A stage tells at its own end, which comes before the load's, and is forgotten when it is disposed of.
/// </summary>
internal static class PipelineStages
{
    private static readonly ConcurrentDictionary<PSCmdlet, (int Thread, int Length, IReadOnlyList<object> Counts)> s_stages = new(ReferenceEqualityComparer.Instance);

    /// <summary>Tells what a stage counted.</summary>
    /// <param name="stage">The stage, at its end.</param>
    /// <param name="counts">The streams that it read, or the counts of its conversion.</param>
    public static void Tell(PSCmdlet stage, IReadOnlyList<object> counts) =>
        s_stages[stage] = (Environment.CurrentManagedThreadId, stage.MyInvocation.PipelineLength, counts);

    /// <summary>Forgets a stage.</summary>
    public static void Forget(PSCmdlet stage) => s_stages.TryRemove(stage, out _);

    /// <summary>What the stages before a command of the same pipeline counted. All commands of a pipeline are on one thread.</summary>
    public static IReadOnlyList<object> Before(PSCmdlet command) =>
    [
        .. s_stages.Where(s => s.Value.Thread == Environment.CurrentManagedThreadId
                && s.Value.Length == command.MyInvocation.PipelineLength && s.Key.MyInvocation.PipelinePosition < command.MyInvocation.PipelinePosition)
            .OrderBy(s => s.Key.MyInvocation.PipelinePosition)
            .SelectMany(s => s.Value.Counts),
    ];
}
