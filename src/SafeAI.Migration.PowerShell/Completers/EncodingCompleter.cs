using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace SafeAI.Migration.PowerShell.Completers;

/// <summary>Offers the names of the encodings that files usually have; any other name that .NET knows is accepted too.</summary>
public sealed class EncodingCompleter : IArgumentCompleter
{
    private static readonly string[] s_names = ["utf-8", "utf-16", "utf-16BE", "windows-1252", "latin1", "us-ascii"];

    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters) =>
        s_names.Where(n => n.StartsWith(wordToComplete ?? "", StringComparison.OrdinalIgnoreCase)).Select(n => new CompletionResult(n));
}
