using System.Collections.Concurrent;
using System.Management.Automation;

namespace SafeAI.Migration.PowerShell.Binding;

/// <summary>
/// What the stages of a pipeline counted, for the load at its end: of a stage that turned everything away nothing arrives
/// there that could tell. A stage tells at its own end, which comes before the load's, and is forgotten when it is disposed of.
/// </summary>
/// <remarks>
/// A stage in a script block or function before the load is in a pipeline of its own, which ends before the load's does. It tells
/// the load that was begun last on the thread: whatever ends while that goes on was run by what is before it. Whether it was run
/// for the load cannot be told, except that nothing of it can have gone elsewhere where it turned everything away.
/// </remarks>
internal static class PipelineStages
{
    private const int MostWithRejects = 100;
    private static readonly ConcurrentDictionary<PSCmdlet, (int Thread, int Length, IReadOnlyList<object> Counts)> s_stages = new(ReferenceEqualityComparer.Instance);
    private static readonly ConcurrentDictionary<PSCmdlet, Load> s_loads = new(ReferenceEqualityComparer.Instance);
    private static long s_begun;

    /// <summary>Says that a load begins.</summary>
    public static void Begin(PSCmdlet load) => s_loads[load] = new Load(Environment.CurrentManagedThreadId, Interlocked.Increment(ref s_begun), []);

    /// <summary>Says that a load ends.</summary>
    /// <returns>What stages counted that turned everything away, were run by what is before it, and are in no pipeline with it, in the order of their ends.</returns>
    public static IReadOnlyList<object> End(PSCmdlet load)
    {
        var before = Before(load);
        return s_loads.TryRemove(load, out var ended) ? [.. ended.Counts.Except(before, ReferenceEqualityComparer.Instance).OfType<object>()] : [];
    }

    /// <summary>Tells what a stage counted.</summary>
    /// <param name="stage">The stage, at its end.</param>
    /// <param name="counts">The streams that it read, or the counts of its conversion.</param>
    public static void Tell(PSCmdlet stage, IReadOnlyList<object> counts)
    {
        s_stages[stage] = (Environment.CurrentManagedThreadId, stage.MyInvocation.PipelineLength, counts);
        if (s_loads.Values.Where(l => l.Thread == Environment.CurrentManagedThreadId).MaxBy(l => l.Number) is not { } load)
            return;
        foreach (var lost in counts.Where(TurnedAllAway))
        {
            // The counts of any number are kept, but not all that many hold.
            if (load.Counts.Count >= MostWithRejects)
                ((lost as RecordSource)?.TurnedAway ?? ((ConversionCounts)lost).TurnedAway).Forget();
            load.Counts.Add(lost);
        }
    }

    /// <summary>Forgets a stage, or a load that came to no end.</summary>
    public static void Forget(PSCmdlet command)
    {
        s_stages.TryRemove(command, out _);
        s_loads.TryRemove(command, out _);
    }

    /// <summary>What the stages before a command of the same pipeline counted. All commands of a pipeline are on one thread.</summary>
    public static IReadOnlyList<object> Before(PSCmdlet command) =>
    [
        .. s_stages.Where(s => s.Value.Thread == Environment.CurrentManagedThreadId
                && s.Value.Length == command.MyInvocation.PipelineLength && s.Key.MyInvocation.PipelinePosition < command.MyInvocation.PipelinePosition)
            .OrderBy(s => s.Key.MyInvocation.PipelinePosition)
            .SelectMany(s => s.Value.Counts),
    ];

    private static bool TurnedAllAway(object counts) => counts switch
    {
        ConversionCounts conversion => conversion.Rejected > 0 && conversion.Rejected + conversion.Skipped == conversion.Records,
        RecordSource source => source.Rejected > 0 && source.Rejected == source.Read,
        _ => false,
    };

    // Only its own thread adds to the counts.
    private sealed record Load(int Thread, long Number, List<object> Counts);
}
