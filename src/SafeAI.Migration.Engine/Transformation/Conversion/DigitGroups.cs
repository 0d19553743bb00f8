using System.Globalization;

namespace SafeAI.Migration.Engine.Transformation;

/// <summary>
/// Whether the separators in a number stand where a culture groups digits. The library reads them anywhere, so that 1,5 would be
/// fifteen in English.
/// </summary>
internal sealed class DigitGroups
{
    private readonly string _separator;
    private readonly string _decimal;
    private readonly int[] _sizes;

    public DigitGroups(CultureInfo culture)
    {
        var format = culture.NumberFormat;
        _separator = Equals(culture, CultureInfo.InvariantCulture) ? "" : format.NumberGroupSeparator;
        _decimal = format.NumberDecimalSeparator;
        _sizes = format.NumberGroupSizes;
    }

    /// <summary>Whether a text has no separators, or has them in their places only.</summary>
    public bool AreSound(string text)
    {
        if (_separator.Length == 0)
            return true;
        text = text.Trim();
        // A blank is read where the culture has one of another width.
        if (_separator is "\u00a0" or "\u202f")
            text = text.Replace(' ', _separator[0]);
        if (!text.Contains(_separator, StringComparison.Ordinal))
            return true;
        var end = text.IndexOf(_decimal, StringComparison.Ordinal);
        if (end < 0)
            end = text.IndexOfAny(['e', 'E']);
        if (end < 0)
            end = text.Length;
        var groups = text[..end].TrimStart('+', '-', '\u2212').Split(_separator);
        for (var i = groups.Length - 1; i > 0; i--)
        {
            if (groups[i].Length != SizeOf(groups.Length - 1 - i))
                return false;
        }

        return groups[0].Length > 0 && groups[0].Length <= SizeOf(groups.Length - 1) && !text[end..].Contains(_separator, StringComparison.Ordinal);
    }

    // The last size holds for all groups further to the left; 0 is any.
    private int SizeOf(int group) => _sizes.Length == 0 ? int.MaxValue : _sizes[Math.Min(group, _sizes.Length - 1)] is var size and > 0 ? size : int.MaxValue;
}
