using System.Collections;
using System.Management.Automation;

namespace SafeAI.Migration.PowerShell.Binding;

/// <summary>Lets script blocks stand for values and conditions in a mapping; the record is <c>$_</c> in them.</summary>
internal static class MappingScripts
{
    /// <summary>Replaces every script block by code that the engine can call. Copies what holds one; the user's table stays as it is.</summary>
    public static object? Bind(object? value) => value switch
    {
        ScriptBlock script => new Func<Record, object?>(record => Run(script, record)),
        IDictionary table => BindTable(table),
        object?[] list => Array.ConvertAll(list, Bind),
        _ => value,
    };

    private static System.Collections.Specialized.OrderedDictionary BindTable(IDictionary table)
    {
        var copy = new System.Collections.Specialized.OrderedDictionary(table.Count);
        foreach (DictionaryEntry entry in table)
            copy[entry.Key] = Bind(entry.Value);
        return copy;
    }

    private static object? Run(ScriptBlock script, Record record)
    {
        try
        {
            // What a command that fails in it leaves out would be an empty value.
            var results = script.InvokeWithContext(null, [new PSVariable("_", record), new PSVariable("ErrorActionPreference", ActionPreference.Stop)]);
            return results.Count switch
            {
                0 => null,
                1 => InputBinder.Unwrap(results[0]),
                _ => results.Select(InputBinder.Unwrap).ToArray(),
            };
        }
        catch (ActionPreferenceStopException e)
        {
            // What counts is the command's own error, not that it ended the script.
            throw new RuntimeException(e.ErrorRecord.Exception.Message, e, e.ErrorRecord);
        }
        catch (PipelineStoppedException e)
        {
            // The engine would take it for a failure of the script.
            throw new OperationCanceledException("The pipeline was stopped.", e);
        }
    }
}
