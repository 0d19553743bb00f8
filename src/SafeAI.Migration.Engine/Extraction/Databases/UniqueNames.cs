using System.Globalization;

namespace SafeAI.Migration.Engine.Extraction.Databases;

/// <summary>Tells columns apart that a query gives the same name.</summary>
internal static class UniqueNames
{
    /// <summary>The names, with a number after each that occurred before.</summary>
    public static string[] Of(IReadOnlyList<string> names)
    {
        var taken = new HashSet<string>(names, StringComparer.Ordinal);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var unique = names.ToArray();
        for (var i = 0; i < unique.Length; i++)
        {
            if (seen.Add(unique[i]))
                continue;
            var suffix = 2;
            while (!taken.Add(string.Create(CultureInfo.InvariantCulture, $"{unique[i]}_{suffix}")))
                suffix++;
            unique[i] = string.Create(CultureInfo.InvariantCulture, $"{unique[i]}_{suffix}");
        }

        return unique;
    }
}
