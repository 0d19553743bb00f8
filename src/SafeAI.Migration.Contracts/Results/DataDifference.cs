namespace SafeAI.Migration;

/// <summary>In what way two graphs differ at one place.</summary>
public enum DifferenceKind
{
    /// <summary>The reference has it, the graph does not.</summary>
    Missing,

    /// <summary>The graph has it, the reference does not.</summary>
    Extra,

    /// <summary>Both have it, with another value in one field.</summary>
    Different,
}

/// <summary>A difference between a reference and a graph.</summary>
public sealed record DataDifference
{
    /// <summary>In what way.</summary>
    public required DifferenceKind Kind { get; init; }

    /// <summary>Whether it is a node; otherwise it is a relationship.</summary>
    public required bool IsNode { get; init; }

    /// <summary>The node's main label or the relationship's type.</summary>
    public required string Type { get; init; }

    /// <summary>The id.</summary>
    public required string Id { get; init; }

    /// <summary>The field with another value: a property, <c>labels()</c>, <c>from()</c> or <c>to()</c>; null where the item as a whole is missing or extra.</summary>
    public string? Field { get; init; }

    /// <summary>The value that the reference has; null where it has none.</summary>
    public object? Expected { get; init; }

    /// <summary>The value that the graph has; null where it has none.</summary>
    public object? Actual { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Field is null ? $"{Kind} {Type} {Id}" : $"{Kind} {Type} {Id} {Field}: {Expected ?? "null"}, not {Actual ?? "null"}";
}

/// <summary>What a comparison found, in figures: <see cref="Items"/> = <see cref="Same"/> + <see cref="Different"/> + <see cref="Missing"/> + <see cref="Extra"/>.</summary>
public sealed record DataComparisonSummary
{
    /// <summary>The graph that was compared, without any secret.</summary>
    public string Destination { get; init; } = "";

    /// <summary>Items looked at.</summary>
    public long Items { get; init; }

    /// <summary>Items that are the same.</summary>
    public long Same { get; init; }

    /// <summary>Items of which at least one field has another value.</summary>
    public long Different { get; init; }

    /// <summary>Items that the reference alone has.</summary>
    public long Missing { get; init; }

    /// <summary>Items that the graph alone has.</summary>
    public long Extra { get; init; }

    /// <summary>Whether there is no difference.</summary>
    public bool IsSame => Different == 0 && Missing == 0 && Extra == 0;

    /// <summary>From the first item to the last, in seconds.</summary>
    public double ElapsedSeconds { get; init; }
}
