using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace SafeAI.Migration.Engine.Transformation;

/// <summary>Functions of one text. A list is taken element by element; null stays null; a number, date or the like is formatted first.</summary>
internal static partial class TextFunctions
{
    private static readonly FunctionParameter s_culture = new("culture", ArgumentKind.Culture, IsRequired: false);

    public static IReadOnlyList<FunctionDefinition> All { get; } =
    [
        Define("trim", "Removes white space, or the given characters, at both ends.", [new("characters", ArgumentKind.Text, false)],
            a => Trim(a.Get<string>("characters")?.ToCharArray(), true, true), textOnly: true),
        Define("trimStart", "Removes white space, or the given characters, at the start.", [new("characters", ArgumentKind.Text, false)],
            a => Trim(a.Get<string>("characters")?.ToCharArray(), true, false), textOnly: true),
        Define("trimEnd", "Removes white space, or the given characters, at the end.", [new("characters", ArgumentKind.Text, false)],
            a => Trim(a.Get<string>("characters")?.ToCharArray(), false, true), textOnly: true),
        Define("lower", "Makes every letter lower case; by the rules of no culture unless one is given.", [s_culture],
            a => a.Culture().TextInfo.ToLower, textOnly: true),
        Define("upper", "Makes every letter upper case; by the rules of no culture unless one is given.", [s_culture],
            a => a.Culture().TextInfo.ToUpper, textOnly: true),
        Define("title", "Makes the first letter of every word upper case and the others lower case.", [s_culture],
            a => Title(a.Culture().TextInfo), textOnly: true),
        Define("collapse", "Replaces every run of white space by one blank and removes it at both ends.", [], _ => Collapse, textOnly: true),
        Define("replace", "Replaces every occurrence of one text by another.",
            [new("from", ArgumentKind.Text), new("to", ArgumentKind.Text), new("ignoreCase", ArgumentKind.Boolean, false)],
            a => Replace(a.Text("from"), a.Text("to"), a.Flag("ignoreCase"))),
        new("regexReplace", "Replaces every match of a regular expression; $1 stands for the first group. It may work on one value for a second.",
            [new("pattern", ArgumentKind.Pattern), new("to", ArgumentKind.Text)],
            a => Matching(a.Get<Regex>("pattern")!, (r, t) => r.Replace(t, a.Text("to")))),
        new("extract", "Takes the first match of a regular expression, or the group of that number in it; null where nothing matches.",
            [new("pattern", ArgumentKind.Pattern), new("group", ArgumentKind.Count, false)],
            a => Matching(a.Get<Regex>("pattern")!, (r, t) => r.Match(t).Groups[a.Count("group")] is { Success: true } g ? g.Value : null))
        {
            Check = a => a.Get<Regex>("pattern")!.GetGroupNumbers().Contains(a.Count("group")) ? null
                : $"The regular expression has no group {a.Count("group").ToString(CultureInfo.InvariantCulture)}, so that nothing would ever be taken.",
        },
        Define("substring", "Takes the part that starts at a place, counted from 0, to the end or of a length.",
            [new("start", ArgumentKind.Count), new("length", ArgumentKind.Count, false)],
            a => Slice(a.Count("start"), a.Count("length", int.MaxValue))),
        Define("left", "Takes so many characters from the start.", [new("length", ArgumentKind.Count)],
            a => Slice(0, a.Count("length"))),
        Define("right", "Takes so many characters from the end.", [new("length", ArgumentKind.Count)],
            a => Right(a.Count("length"))),
        Define("padLeft", "Fills up to a length at the start, with blanks or the given character.",
            [new("length", ArgumentKind.Count), new("with", ArgumentKind.Text, false)],
            a => Pad(a.Count("length"), a.Text("with", " "), atStart: true)),
        Define("padRight", "Fills up to a length at the end, with blanks or the given character.",
            [new("length", ArgumentKind.Count), new("with", ArgumentKind.Text, false)],
            a => Pad(a.Count("length"), a.Text("with", " "), atStart: false)),
        Define("prefix", "Puts a text in front.", [new("text", ArgumentKind.Text)],
            a => Around(a.Text("text"), "")),
        Define("suffix", "Puts a text behind.", [new("text", ArgumentKind.Text)],
            a => Around("", a.Text("text"))),
        Define("digits", "Keeps the digits only; digits of every script become 0 to 9.", [], _ => Digits),
        Define("slug", "Makes a name for addresses: lower case, accents removed, everything but letters and digits one hyphen.", [], _ => Slug),
        new("length", "Counts the characters of a text or the elements of a list.", [], _ => (value, _) => value switch
        {
            null => null,
            string text => (long)TextUnits.Count(text),
            _ when NestedValue.IsList(value) => (long)NestedValue.Elements(value).Count(),
            _ => (long)TextUnits.Count(GraphText.Format(value)),
        }),
    ];

    /// <summary>Lifts a function of a text over null, lists and other values.</summary>
    /// <param name="function">The function.</param>
    /// <param name="textOnly">Values that are no texts pass unchanged, instead of being formatted first.</param>
    internal static ValueStep Lift(Func<string, object?> function, bool textOnly) => (value, evaluation) => value switch
    {
        string text => function(text),
        null => null,
        _ => LiftOther(value, function, textOnly),
    };

    internal static FunctionDefinition Define(
        string name, string description, FunctionParameter[] parameters, Func<FunctionArguments, Func<string, string?>> create, bool textOnly = false) =>
        new(name, description, parameters, a => Lift(create(a), textOnly));

    private static object? LiftOther(object value, Func<string, object?> function, bool textOnly)
    {
        if (NestedValue.Unwrap(value) is not { } inner)
            return null;
        if (inner is string text)
            return function(text);
        if (NestedValue.IsList(inner))
            return NestedValue.Elements(inner).Select(e => e is null ? null : e is string t ? function(t) : LiftOther(e, function, textOnly)).ToArray();
        return textOnly ? inner : function(GraphText.Format(inner));
    }

    /// <summary>Lifts the work of a regular expression; one that takes too long fails the value.</summary>
    internal static ValueStep Matching(Regex pattern, Func<Regex, string, string?> work)
    {
        var lifted = Lift(text => work(pattern, text), textOnly: false);
        return (value, evaluation) =>
        {
            try
            {
                return lifted(value, evaluation);
            }
            catch (RegexMatchTimeoutException e)
            {
                return evaluation.Fail(ErrorCode.ConversionFailed,
                    $"The regular expression worked on this value for more than {FunctionCatalog.PatternTimeLimit.TotalSeconds.ToString(CultureInfo.InvariantCulture)} seconds. Make it simpler.",
                    value, e);
            }
        };
    }

    internal static string Collapse(string text)
    {
        var trimmed = text.Trim();
        var gap = false;
        for (var i = 0; i < trimmed.Length; i++)
        {
            var white = char.IsWhiteSpace(trimmed[i]);
            if (white && (gap || trimmed[i] != ' '))
                return CollapseSlowly(trimmed);
            gap = white;
        }

        return trimmed;
    }

    private static string CollapseSlowly(string text)
    {
        var result = new StringBuilder(text.Length);
        foreach (var c in text)
        {
            if (!char.IsWhiteSpace(c))
                result.Append(c);
            else if (result.Length > 0 && result[^1] != ' ')
                result.Append(' ');
        }

        return result.ToString();
    }

    private static Func<string, string?> Replace(string from, string to, bool ignoreCase)
    {
        if (from.Length == 0)
            return text => text;
        return ignoreCase
            ? text => text.Replace(from, to, StringComparison.OrdinalIgnoreCase)
            : text => text.Replace(from, to, StringComparison.Ordinal);
    }

    // Without a set of characters, white space is what Trim takes.
    private static Func<string, string?> Trim(char[]? set, bool atStart, bool atEnd) => (atStart, atEnd) switch
    {
        (true, true) => text => text.Trim(set),
        (true, false) => text => text.TrimStart(set),
        _ => text => text.TrimEnd(set),
    };

    private static Func<string, string?> Title(TextInfo rules) => text => rules.ToTitleCase(rules.ToLower(text));

    private static Func<string, string?> Slice(int start, int length) => text => TextUnits.Slice(text, start, length);

    private static Func<string, string?> Right(int length) =>
        text => TextUnits.Slice(text, Math.Max(0, TextUnits.Count(text) - length), length);

    private static Func<string, string?> Around(string before, string after) => text => string.Concat(before, text, after);

    private static Func<string, string?> Pad(int length, string with, bool atStart) => text =>
    {
        var missing = length - TextUnits.Count(text);
        if (missing <= 0 || with.Length == 0)
            return text;
        var fill = TextUnits.Slice(string.Concat(Enumerable.Repeat(with, (missing / TextUnits.Count(with)) + 1)), 0, missing);
        return atStart ? fill + text : text + fill;
    };

    internal static string Digits(string text)
    {
        var result = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i += char.IsSurrogatePair(text, i) ? 2 : 1)
        {
            var digit = CharUnicodeInfo.GetDecimalDigitValue(text, i);
            if (digit >= 0)
                result.Append((char)('0' + digit));
        }

        return result.ToString();
    }

    private static string Slug(string text)
    {
        if (GraphValue.HasLoneSurrogate(text))
            return text;
        var result = new StringBuilder(text.Length);
        foreach (var rune in text.Normalize(NormalizationForm.FormKD).EnumerateRunes())
        {
            if (Rune.IsLetterOrDigit(rune))
                result.Append(Rune.ToLowerInvariant(rune).ToString());
            else if (Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark)
                && result.Length > 0 && result[^1] != '-')
                result.Append('-');
        }

        return result.ToString().Trim('-').Normalize(NormalizationForm.FormC);
    }
}
