using System.IO.Enumeration;

namespace SafeAI.Migration.Engine.Transformation;

/// <summary>Names with the wildcards <c>*</c> and <c>?</c>, ignoring case.</summary>
internal static class NamePattern
{
    public static bool IsWildcard(string pattern) => pattern.AsSpan().ContainsAny('*', '?');

    public static bool Matches(string pattern, string name) => IsWildcard(pattern)
        ? FileSystemName.MatchesSimpleExpression(pattern.Replace("\\", "\\\\", StringComparison.Ordinal), name, ignoreCase: true)
        : pattern.Equals(name, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether one of the patterns matches the records' name, alone or behind that of their database schema, or there are none.</summary>
    public static bool MatchesAny(IReadOnlyList<string> patterns, RecordSchema schema) =>
        MatchesAny(patterns, schema.Name) || (schema.Namespace is { } above && MatchesAny(patterns, $"{above}.{schema.Name}"));

    /// <summary>Whether one of the patterns matches, or there are none.</summary>
    public static bool MatchesAny(IReadOnlyList<string> patterns, string name) =>
        patterns.Count == 0 || patterns.Any(p => Matches(p, name));
}
