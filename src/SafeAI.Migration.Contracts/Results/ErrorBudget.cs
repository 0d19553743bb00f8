using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace SafeAI.Migration;

/// <summary>How many records may be rejected before a run counts as failed: a number, or a share of those read. As JSON it is a text.</summary>
[JsonConverter(typeof(ErrorBudgetConverter))]
public readonly record struct ErrorBudget
{
    private ErrorBudget(long? count, double? share) => (Count, Share) = (count, share);

    /// <summary>Not one.</summary>
    public static ErrorBudget None { get; } = new(0, null);

    /// <summary>Any number.</summary>
    public static ErrorBudget Unlimited { get; } = new(null, null);

    /// <summary>The greatest number allowed, or null.</summary>
    public long? Count { get; }

    /// <summary>The greatest share of the records read, from 0 to 1, or null.</summary>
    public double? Share { get; }

    /// <summary>A budget of so many records.</summary>
    public static ErrorBudget OfCount(long count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        return new ErrorBudget(count, null);
    }

    /// <summary>A budget of a share of the records read.</summary>
    /// <param name="share">From 0 to 1.</param>
    public static ErrorBudget OfShare(double share)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(share);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(share, 1);
        return new ErrorBudget(null, share);
    }

    /// <summary>Reads <c>10</c>, <c>0.5%</c> or <c>unlimited</c>.</summary>
    /// <exception cref="FormatException">It is none of these.</exception>
    public static ErrorBudget Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var trimmed = text.Trim();
        if (trimmed.Equals("unlimited", StringComparison.OrdinalIgnoreCase))
            return Unlimited;
        if (trimmed.EndsWith('%')
            && double.TryParse(trimmed[..^1], NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var percent)
            && percent is >= 0 and <= 100)
            return OfShare(percent / 100);
        return long.TryParse(trimmed, NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            ? OfCount(count)
            : throw new FormatException($"'{text}' is not an error budget: give a number such as 10, a share such as 0.5%, or unlimited.");
    }

    /// <summary>Whether so many rejects of so many records are more than is allowed.</summary>
    public bool IsExceeded(long rejected, long read) =>
        Count is { } count ? rejected > count

            // In decimal figures: 29 of 100 are not more than 29 %.
            : Share is { } share && rejected > (decimal)share * read;

    /// <inheritdoc/>
    public override string ToString() =>
        Count is { } count ? count.ToString(CultureInfo.InvariantCulture)
        : Share is { } share ? (share * 100).ToString("0.######", CultureInfo.InvariantCulture) + "%"
        : "unlimited";
}

/// <summary>An error budget as the text that <see cref="ErrorBudget.Parse"/> reads; a share to 15 digits.</summary>
public sealed class ErrorBudgetConverter : JsonConverter<ErrorBudget>
{
    /// <inheritdoc/>
    public override ErrorBudget Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        ErrorBudget.Parse(reader.GetString() ?? "");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, ErrorBudget value, JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.WriteStringValue(value.Count is null && value.Share is { } share
            ? (share * 100).ToString("0.####################", CultureInfo.InvariantCulture) + "%"
            : value.ToString());
    }
}
