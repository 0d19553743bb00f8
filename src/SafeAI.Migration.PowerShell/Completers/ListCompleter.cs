using System.Collections;
using System.Management.Automation;
using System.Management.Automation.Language;

namespace SafeAI.Migration.PowerShell.Completers;

/// <summary>Offers those values of a list that begin with what was typed so far.</summary>
public abstract class ListCompleter : IArgumentCompleter
{
    /// <inheritdoc/>
    public IEnumerable<CompletionResult> CompleteArgument(
        string commandName, string parameterName, string wordToComplete, CommandAst commandAst, IDictionary fakeBoundParameters)
    {
        var typed = (wordToComplete ?? "").Trim('\'', '"');
        IEnumerable<string> values;
        try
        {
            values = Values(fakeBoundParameters);
        }
        catch (Exception)
        {
            // Whatever keeps the values from being known, somebody is typing: nothing is offered, and nothing is shown.
            return [];
        }

        return [.. values.Where(v => v.StartsWith(typed, StringComparison.OrdinalIgnoreCase)).Select(v => new CompletionResult(Quoted(v), v, CompletionResultType.ParameterValue, v))];
    }

    /// <summary>All values.</summary>
    /// <param name="bound">The parameters typed so far, as far as they are constants.</param>
    protected abstract IEnumerable<string> Values(IDictionary bound);

    private static string Quoted(string value) =>
        value.All(c => char.IsLetterOrDigit(c) || c is '_' or '-' or '/' or '.') ? value : $"'{value.Replace("'", "''", StringComparison.Ordinal)}'";
}
