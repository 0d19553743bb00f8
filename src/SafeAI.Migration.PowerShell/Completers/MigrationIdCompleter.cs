using System.Collections;
using System.Management.Automation;
using SafeAI.Migration.Engine.Journal;

namespace SafeAI.Migration.PowerShell.Completers;

/// <summary>Offers the ids of the runs in the journal that -JournalPath names, else in the user's own, newest first.</summary>
public class MigrationIdCompleter : ListCompleter
{
    private const int MostOffered = 50;

    /// <summary>Whether a run is offered.</summary>
    private protected virtual bool IsOffered(MigrationRun run) => true;

    /// <inheritdoc/>
    protected override IEnumerable<string> Values(IDictionary bound)
    {
        ArgumentNullException.ThrowIfNull(bound);
        using var journal = JournalFile.OpenExisting(bound["JournalPath"]?.ToString() is { Length: > 0 } path ? FullPath(path) : null);
        return [.. journal.Runs().Where(IsOffered).Take(MostOffered).Select(r => r.Id)];
    }

    private static string FullPath(string path) => ScriptBlock
        .Create("param($path) $ExecutionContext.SessionState.Path.GetUnresolvedProviderPathFromPSPath($path)")
        .Invoke(path)[0].ToString()!;
}

/// <summary>Offers the ids of the runs that can be resumed, newest first.</summary>
public sealed class ResumableIdCompleter : MigrationIdCompleter
{
    private protected override bool IsOffered(MigrationRun run) => run.IsResumable;
}

/// <summary>Offers the ids of the runs whose limits can be changed, newest first.</summary>
public sealed class ChangeableIdCompleter : MigrationIdCompleter
{
    private protected override bool IsOffered(MigrationRun run) => RunControl.CanBeChanged(run);
}
