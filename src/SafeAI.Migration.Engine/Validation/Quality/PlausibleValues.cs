using System.Globalization;
using SafeAI.Migration.Engine.Extraction.Profiling;
using SafeAI.Migration.Engine.Validation.Rules;

namespace SafeAI.Migration.Engine.Validation.Quality;

/// <summary>What the values of fields should be like, learnt from the profile of data that is known to be good.</summary>
/// <param name="profile">The profile.</param>
/// <param name="margin">What a range is widened by at each side, as a share of its width.</param>
internal sealed class PlausibleValues(SourceProfile profile, double margin)
{
    private const decimal Largest = 1e27m;

    private const string Remedy = "Correct it at the source, or profile newer data that holds such values.";

    /// <summary>The names of the fields in the profile.</summary>
    public IEnumerable<string> Fields => profile.Fields.Select(f => f.Name);

    /// <summary>The checks of a field, or the reason why there are none.</summary>
    public (IReadOnlyList<PlausibleCheck> Checks, string? Reason) For(string field)
    {
        if (Find(field) is not { } known)
            return ([], "The profile does not know the field.");
        if (known.Types.Count == 0)
            return ([], "The profile has no values of it.");
        var (min, max) = known.SuggestedMin is not null ? (known.SuggestedMin, known.SuggestedMax) : (known.Min, known.Max);
        if (known.IsCandidateKey && (min is long or int or short or byte || known.SuggestedType == "integer"))
            return ([], "It identifies the records of the profile, so that those of new ones lie beyond.");
        if (min is not null and not string && max is not null)
            return RangeOf(min, max) is { } range ? ([range], null) : ([], "The profile gives no range that could be compared.");
        if (known is { MinLength: { } shortest, MaxLength: { } longest })
            return (TextChecks(known, shortest, longest), null);
        return ([], "The profile gives no range: its values have no order.");
    }

    private FieldProfile? Find(string field) => profile.Fields.FirstOrDefault(f => f.Name.Equals(field, StringComparison.OrdinalIgnoreCase));

    private PlausibleCheck? RangeOf(object min, object max)
    {
        if (OrderedValue.NumberOf(min) is { } least && OrderedValue.NumberOf(max) is { } most)
        {
            if (Math.Abs(least) > Largest || Math.Abs(most) > Largest)
                return null;
            var (low, high) = Widen(least, most);
            return Range(v => OrderedValue.NumberOf(v) is { } number && number >= low && number <= high, low.ToString("0.######", CultureInfo.InvariantCulture), high.ToString("0.######", CultureInfo.InvariantCulture));
        }

        if (OrderedValue.MomentOf(min) is { } first && OrderedValue.MomentOf(max) is { } last)
        {
            var extra = (long)((last - first).Ticks * margin);
            var from = Math.Max(DateTimeOffset.MinValue.UtcTicks, first.UtcTicks - extra);
            var to = Math.Min(DateTimeOffset.MaxValue.UtcTicks, last.UtcTicks + extra);
            return Range(v => OrderedValue.MomentOf(v) is { } moment && moment.UtcTicks >= from && moment.UtcTicks <= to, TextOf(from), TextOf(to));
        }

        return null;

        static string TextOf(long ticks) => new DateTime(ticks).ToString(ticks % TimeSpan.TicksPerDay == 0 ? "yyyy-MM-dd" : "yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
    }

    // What was never negative is not made so by the margin, and the other way round.
    private (decimal Low, decimal High) Widen(decimal least, decimal most)
    {
        var extra = (most - least) * (decimal)margin;
        var (low, high) = (least - extra, most + extra);
        return (least >= 0 && low < 0 ? 0 : low, most <= 0 && high > 0 ? 0 : high);
    }

    private static PlausibleCheck Range(Func<object, bool> fits, string from, string to) =>
        new("Range", fits, $"is not within the plausible range from {from} to {to}", Remedy);

    private List<PlausibleCheck> TextChecks(FieldProfile field, int shortest, int longest)
    {
        var extra = (int)((longest - shortest) * margin);
        var (low, high) = (Math.Max(0, shortest - extra), longest + extra);
        var checks = new List<PlausibleCheck>
        {
            new("Length", v => v is not string text || (text.Length >= low && text.Length <= high), $"is not of a plausible length from {low} to {high} characters", Remedy),
        };

        // The profile names the usual forms only; where these are all, another one is not plausible.
        if (field.Types is ["String"] && field.Forms.Sum(f => f.Count) == profile.Sampled - profile.Rejected - field.Nulls - field.Empty)
        {
            var forms = field.Forms.Select(f => f.Form).ToHashSet(StringComparer.Ordinal);
            checks.Add(new PlausibleCheck(
                "Form", v => v is not string text || forms.Contains(TextShape.FormOf(text)), $"is of a form that the profile does not have: {string.Join(" or ", field.Forms.Select(f => $"'{f.Form}'"))}", Remedy));
        }

        return checks;
    }
}

/// <summary>One thing that holds for plausible values of a field.</summary>
/// <param name="Name">The check's name.</param>
/// <param name="Fits">Whether a value, which is not null and no empty text, is plausible.</param>
/// <param name="Finding">What is wrong with a value that is not.</param>
/// <param name="Remedy">What would mend it.</param>
internal sealed record PlausibleCheck(string Name, Func<object, bool> Fits, string Finding, string Remedy);

/// <summary>How many values were plausible.</summary>
/// <param name="check">What holds for them.</param>
internal sealed class PlausibleCount(PlausibleCheck check)
{
    public PlausibleCheck Check => check;

    public long Tested { get; private set; }

    public long Passed { get; private set; }

    /// <summary>The first value that was not.</summary>
    public FieldStatistics.Seen FirstOther { get; private set; }

    public void Add(object value, RecordPosition position, long number)
    {
        Tested++;
        if (check.Fits(value))
            Passed++;
        else if (FirstOther.Number == 0)
            FirstOther = new FieldStatistics.Seen(number, position);
    }
}
