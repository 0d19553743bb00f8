using System.Collections;

namespace SafeAI.Migration.PowerShell.Completers;

/// <summary>Offers the names of the encodings that files usually have; any other name that .NET knows is accepted too.</summary>
public sealed class EncodingCompleter : ListCompleter
{
    private static readonly string[] s_names = ["utf-8", "utf-16", "utf-16BE", "windows-1252", "latin1", "us-ascii"];

    /// <inheritdoc/>
    protected override IEnumerable<string> Values(IDictionary bound) => s_names;
}
