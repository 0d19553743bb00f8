using System.Buffers;
using System.Text.RegularExpressions;

namespace SafeAI.Migration;

/// <summary>
/// Labels, relationship types and property names. The first two stand in the text of statements and cannot be
/// parameters, so only plain identifiers are let through: a letter or underscore, then letters, digits or
/// underscores, 100 characters at most.
/// </summary>
public static partial class GraphIdentifier
{
    /// <summary>The longest label or type accepted.</summary>
    public const int MaxLength = 100;

    private static readonly SearchValues<char> s_plain = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz0123456789");

    /// <summary>Whether a label or relationship type is safe.</summary>
    public static bool IsSafe(string? name) => name is not null && (IsPlain(name) || Pattern().IsMatch(name));

    /// <summary>Returns the name, or refuses it.</summary>
    /// <exception cref="MigrationException"><see cref="ErrorCode.UnsafeIdentifier"/>: it is not a plain identifier.</exception>
    public static string Check(string? name, string what) => IsSafe(name)
        ? name!
        : throw new MigrationException(
            ErrorCode.UnsafeIdentifier,
            $"The {what} '{Shorten(name)}' is not a plain identifier.",
            "Use a letter or underscore, then letters, digits or underscores; 100 characters at most.");

    // What nearly all names are, told without the pattern: every item is checked.
    private static bool IsPlain(string name) =>
        name.Length is > 0 and <= MaxLength && !char.IsAsciiDigit(name[0]) && !name.AsSpan().ContainsAnyExcept(s_plain);

    private static string Shorten(string? name) => name is { Length: > 60 } ? name[..60] + "…" : name ?? "";

    [GeneratedRegex(@"^[\p{L}_][\p{L}\p{Nd}_]{0,99}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
