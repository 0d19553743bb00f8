using System.Collections;
using System.Management.Automation;

namespace SafeAI.Migration.PowerShell.Binding;

/// <summary>Tells what a command about restore points is to work on: runs by their ids, and archives by their paths.</summary>
internal static class RestoreInput
{
    /// <summary>What the parameters name, and what came down the pipeline.</summary>
    /// <param name="ids">The ids that the parameter has.</param>
    /// <param name="paths">The paths that the parameter has.</param>
    /// <param name="input">What came down the pipeline; null for nothing. Of an object with an id, the parameter has that already.</param>
    public static (IReadOnlyList<string> Ids, IReadOnlyList<string> Paths) Of(string[]? ids, string[] paths, PSObject? input) => input?.BaseObject switch
    {
        FileInfo file => (ids ?? [], [.. paths, file.FullName]),
        RestorePoint { Status: null } archive => ([], [.. paths, archive.Path]),
        string id => ([.. ids ?? [], id], paths),
        IEnumerable several and not IDictionary => ([.. ids ?? [], .. several.Cast<object?>().Select(PipelineInput.Base).OfType<string>()], paths),
        _ => (ids ?? [], paths),
    };
}
