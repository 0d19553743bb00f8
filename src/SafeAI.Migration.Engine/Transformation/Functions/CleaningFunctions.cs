using System.Globalization;
using System.Text;

namespace SafeAI.Migration.Engine.Transformation;

/// <summary>Functions that repair texts and numbers as people type them.</summary>
internal static class CleaningFunctions
{
    private static readonly string[] s_nullTokens = ["null", "nil", "none", "n/a", "na", "#n/a", "nan", "-", "--", "?", "\\n", "(null)", "<null>", "undefined"];
    private static readonly IdnMapping s_idn = new() { UseStd3AsciiRules = true };

    public static IReadOnlyList<FunctionDefinition> All { get; } =
    [
        new("normalize", "Brings a text to a Unicode normal form: NFC unless NFD, NFKC or NFKD is given.", [new("form", ArgumentKind.Text, false, ["NFC", "NFD", "NFKC", "NFKD"])],
            a => Normalize(a.Text("form", "NFC"))),
        TextFunctions.Define("stripControl", "Removes control characters and NUL, but keeps tabs and line breaks unless 'all'.", [new("all", ArgumentKind.Boolean, false)],
            a => StripControl(a.Flag("all")), textOnly: true),
        TextFunctions.Define("wellFormed", "Replaces halves of surrogate pairs by the replacement character.", [], _ => WellFormed, textOnly: true),
        new("nullTokens", "Makes null of the words that people write for nothing, ignoring case: null, none, n/a, - and the like, or those given.",
            [new("tokens", ArgumentKind.Texts, false)], a => NullTokens(a.Get<string[]>("tokens") ?? s_nullTokens)),
        new("email", "Brings an e-mail address to a normal form: trimmed, the domain in lower case and ASCII. What is none is an error, or null with 'invalid' set to 'null', or stays with 'keep'.",
            [new("invalid", ArgumentKind.Text, false, ["error", "null", "keep"])],
            a => Lenient(Email, a.Text("invalid", "error"), "an e-mail address")),
        new("phone", "Brings a telephone number to the form +491234567: digits only, the international prefix written as a plus sign. A national number needs the calling code. What is none is an error, or null with 'invalid' set to 'null', or stays with 'keep'.",
            [new("callingCode", ArgumentKind.Text, false), new("invalid", ArgumentKind.Text, false, ["error", "null", "keep"])],
            a => Lenient(Phone(TextFunctions.Digits(a.Text("callingCode"))), a.Text("invalid", "error"), "a telephone number")),
        new("clamp", "Moves a number below the least or above the greatest value to that value, or makes it an error with 'outside' set to 'error', or null with 'null'.",
            [new("least", ArgumentKind.Number), new("greatest", ArgumentKind.Number), new("outside", ArgumentKind.Text, false, ["clamp", "error", "null"])],
            a => Clamp(a.Number("least")!.Value, a.Number("greatest")!.Value, a.Text("outside", "clamp")))
        {
            Check = a => a.Number("least") > a.Number("greatest") ? "The least value is above the greatest, so that no number is between them." : null,
        },
    ];

    private static ValueStep Normalize(string name)
    {
        var form = name switch
        {
            "NFD" => NormalizationForm.FormD,
            "NFKC" => NormalizationForm.FormKC,
            "NFKD" => NormalizationForm.FormKD,
            _ => NormalizationForm.FormC,
        };
        return TextFunctions.Lift(text => Ascii.IsValid(text) || GraphValue.HasLoneSurrogate(text) ? text : text.Normalize(form), textOnly: true);
    }

    private static Func<string, string?> StripControl(bool all)
    {
        bool IsUnwanted(char c) => char.IsControl(c) && (all || c is not ('\t' or '\n' or '\r'));
        return text =>
        {
            foreach (var c in text)
            {
                if (IsUnwanted(c))
                    return string.Concat(text.Where(k => !IsUnwanted(k)));
            }

            return text;
        };
    }

    // Decoding replaces every half of a pair by U+FFFD.
    private static string WellFormed(string text) =>
        GraphValue.HasLoneSurrogate(text) ? string.Concat(text.EnumerateRunes().Select(r => r.ToString())) : text;

    private static ValueStep NullTokens(string[] tokens)
    {
        var set = new HashSet<string>(tokens.Select(t => t.Trim()), StringComparer.OrdinalIgnoreCase);
        return TextFunctions.Lift(text => set.Contains(text.Trim()) ? null : text, textOnly: true);
    }

    private static ValueStep Lenient(Func<string, string?> clean, string invalid, string what) => (value, evaluation) =>
    {
        var failed = false;
        var result = TextFunctions.Lift(text =>
        {
            if (string.IsNullOrWhiteSpace(text))
                return text;
            var cleaned = clean(text);
            failed |= cleaned is null;
            return cleaned ?? (invalid == "keep" ? text : null);
        }, textOnly: false)(value, evaluation);
        return failed && invalid == "error"
            ? evaluation.Fail(ErrorCode.ConversionFailed, $"{Converter.Show(value)} is not {what}.", value)
            : result;
    };

    private static string? Email(string text)
    {
        text = text.Trim();
        var at = text.LastIndexOf('@');
        if (at is < 1 or > 64 || at == text.Length - 1 || text.Any(c => char.IsWhiteSpace(c) || char.IsControl(c)))
            return null;
        var local = text[..at];
        if (local[0] != '"' && (local.Contains('@', StringComparison.Ordinal) || local[0] == '.' || local[^1] == '.' || local.Contains("..", StringComparison.Ordinal)))
            return null;
        try
        {
            var domain = s_idn.GetAscii(text[(at + 1)..]).ToLowerInvariant();
            return domain.Contains('.', StringComparison.Ordinal) && domain[^1] != '.' && domain.Length <= 253 ? $"{local}@{domain}" : null;
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    private static Func<string, string?> Phone(string callingCode) => text =>
    {
        text = text.Trim();
        if (text.LastIndexOf('+') > 0 || text.Any(c => !char.IsDigit(c) && c is not (' ' or '\u00a0' or '-' or '–' or '.' or '/' or '(' or ')' or '+')))
            return null;
        var digits = TextFunctions.Digits(text.Replace("(0)", "", StringComparison.Ordinal));
        if (text.StartsWith('+'))
            return Check(digits);
        if (digits.StartsWith("00", StringComparison.Ordinal))
            return Check(digits[2..]);
        if (callingCode.Length == 0)
            return null;
        return Check(callingCode + (digits.StartsWith('0') ? digits[1..] : digits));

        // The international numbering plan allows 15 digits at most.
        static string? Check(string number) => number.Length is >= 7 and <= 15 && number[0] != '0' ? "+" + number : null;
    };

    private static ValueStep Clamp(double least, double greatest, string outside) => (value, evaluation) =>
    {
        var unwrapped = NestedValue.Unwrap(value);
        if (unwrapped is null || (unwrapped is string blank && string.IsNullOrWhiteSpace(blank)))
            return value;
        var written = GraphText.Format(unwrapped);
        if (!double.TryParse(written, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) || double.IsNaN(number))
            return evaluation.Fail(ErrorCode.ConversionFailed, $"{Converter.Show(value)} is not a number, so it cannot be held against a range.", value);

        // More digits than a floating-point number has may be what is outside.
        var exact = NumberConverter.SignificantDigits(written) > 15 ? Rational.Read(written, NumberStyles.Float, CultureInfo.InvariantCulture) : null;
        var isBelow = exact is { } small ? (small - Rational.From(least)).Numerator.Sign < 0 : number < least;
        var isAbove = exact is { } large ? (large - Rational.From(greatest)).Numerator.Sign > 0 : number > greatest;
        if (!isBelow && !isAbove)
            return value;
        return outside switch
        {
            "null" => null,
            "error" => evaluation.Fail(ErrorCode.ConversionFailed,
                $"{Converter.Show(value)} is outside the range from {GraphText.Format(least)} to {GraphText.Format(greatest)}.", value),
            _ => Bound(isBelow ? least : greatest, unwrapped),
        };
    };

    // The bound has the kind of the value that it replaces.
    private static object Bound(double bound, object value) => value switch
    {
        string => GraphText.Format(bound),
        long or int or short when bound == Math.Round(bound) => (long)bound,
        decimal => (decimal)bound,
        _ => bound,
    };
}
