using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Security.Cryptography;
using System.Text;

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

    /// <summary>A hash over mappings: the texts of files and script blocks, and all values of tables whatever order these have.</summary>
    /// <param name="files">The full paths of those in files, which were read before.</param>
    /// <param name="given">All of them as the user gave them.</param>
    public static string HashOf(IEnumerable<string> files, params IEnumerable<object?> given)
    {
        var text = new StringBuilder();
        foreach (var path in files)
            text.Append(File.ReadAllText(path)).Append('\n');
        foreach (var mapping in given.Select(InputBinder.Unwrap))
        {
            // The name of a file is no part of the mapping.
            if (mapping is not string)
                Append(text, mapping);
        }

        return "sha256:" + Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString()))).ToLowerInvariant();
    }

    private static void Append(StringBuilder text, object? value)
    {
        switch (InputBinder.Unwrap(value))
        {
            case IDictionary table:
                text.Append('{');
                foreach (var (key, entry) in table.Cast<DictionaryEntry>().Select(e => ($"{e.Key}", e.Value)).OrderBy(e => e.Item1, StringComparer.Ordinal))
                {
                    text.Append(key.Length).Append(':').Append(key).Append('=');
                    Append(text, entry);
                }

                text.Append('}');
                break;
            case IEnumerable list and not string:
                text.Append('[');
                foreach (var entry in list)
                    Append(text, entry);
                text.Append(']');
                break;
            case var other:
                var single = Convert.ToString(other, CultureInfo.InvariantCulture) ?? "";
                text.Append(single.Length).Append(':').Append(single).Append(';');
                break;
        }
    }

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
