namespace SafeAI.Migration.Engine.Extraction.Databases;

/// <summary>Finds the names that a mistyped one may have meant.</summary>
internal static class SimilarNames
{
    /// <summary>At most five items, the most similar first.</summary>
    public static IEnumerable<T> Find<T>(string wanted, IEnumerable<T> items, Func<T, string> name) => items
        .Select(item => (Item: item, Distance: Distance(wanted.ToLowerInvariant(), name(item).ToLowerInvariant())))
        .Where(x => x.Distance <= Math.Max(1, wanted.Length / 3)
            || (wanted.Length >= 4 && name(x.Item).Contains(wanted, StringComparison.OrdinalIgnoreCase)))
        .OrderBy(x => x.Distance)
        .Take(5)
        .Select(x => x.Item);

    private static int Distance(string a, string b)
    {
        var previous = Enumerable.Range(0, b.Length + 1).ToArray();
        var current = new int[b.Length + 1];
        for (var i = 1; i <= a.Length; i++)
        {
            current[0] = i;
            for (var j = 1; j <= b.Length; j++)
                current[j] = Math.Min(Math.Min(current[j - 1], previous[j]) + 1, previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
            (previous, current) = (current, previous);
        }

        return previous[b.Length];
    }
}
