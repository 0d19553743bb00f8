namespace SafeAI.Migration;

/// <summary>How serious a finding is.</summary>
public enum FindingSeverity
{
    /// <summary>Good to know.</summary>
    Information,

    /// <summary>Likely to cause trouble.</summary>
    Warning,

    /// <summary>Will keep records from being loaded.</summary>
    Error,
}

/// <summary>Something in a source that matters for its migration.</summary>
/// <param name="Key">Its stable id, for instance <c>NoKey</c>.</param>
/// <param name="Severity">How serious it is.</param>
/// <param name="Field">The field concerned, or null.</param>
/// <param name="Message">What was found, and what to do.</param>
public sealed record SourceFinding(string Key, FindingSeverity Severity, string? Field, string Message)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Key}{(Field is null ? "" : $" ({Field})")}: {Message}";
}

/// <summary>How often texts of one form occur in a field.</summary>
/// <param name="Form">The form: <c>A</c> stands for letters, <c>9</c> for digits, everything else for itself.</param>
/// <param name="Count">How many values have it.</param>
public sealed record TextForm(string Form, long Count)
{
    /// <inheritdoc/>
    public override string ToString() => FormattableString.Invariant($"{Form} ({Count})");
}

/// <summary>What the values of one field are like.</summary>
public sealed record FieldProfile
{
    /// <summary>The field's name.</summary>
    public required string Name { get; init; }

    /// <summary>The .NET types that occur, by name, the most frequent first; null values do not count.</summary>
    public IReadOnlyList<string> Types { get; init; } = [];

    /// <summary>The source's own name of the type, or null.</summary>
    public string? SourceType { get; init; }

    /// <summary>What texts could be turned into without loss: <c>integer</c>, <c>number</c>, <c>boolean</c>, <c>date</c> or <c>datetime</c>; null where only text fits them all, or there is no text.</summary>
    public string? SuggestedType { get; init; }

    /// <summary>The least of texts read as their <see cref="SuggestedType"/>: a decimal, a DateOnly or a DateTimeOffset; null where that has no order.</summary>
    public object? SuggestedMin { get; init; }

    /// <summary>The greatest of texts read as their <see cref="SuggestedType"/>.</summary>
    public object? SuggestedMax { get; init; }

    /// <summary>How many values are null.</summary>
    public long Nulls { get; init; }

    /// <summary>How many values are empty texts.</summary>
    public long Empty { get; init; }

    /// <summary>How many different values there are, null not among them.</summary>
    public long Distinct { get; init; }

    /// <summary>Whether <see cref="Distinct"/> is counted; otherwise it is estimated, within about 5 percent.</summary>
    public bool IsDistinctExact { get; init; }

    /// <summary>The least value; of texts by the value of their characters; null where there is none, or the types do not compare.</summary>
    public object? Min { get; init; }

    /// <summary>The greatest value.</summary>
    public object? Max { get; init; }

    /// <summary>The length of the shortest text, in characters; null where there is no text.</summary>
    public int? MinLength { get; init; }

    /// <summary>The length of the longest text, in characters; null where there is no text.</summary>
    public int? MaxLength { get; init; }

    /// <summary>The most frequent forms of texts.</summary>
    public IReadOnlyList<TextForm> Forms { get; init; } = [];

    /// <summary>Whether it could identify a record: no value is null or empty, and no two are the same as far as was counted or estimated.</summary>
    public bool IsCandidateKey { get; init; }
}

/// <summary>What a source is like, found by reading it.</summary>
public sealed record SourceProfile
{
    /// <summary>The source's name.</summary>
    public required string Name { get; init; }

    /// <summary>The format or the kind of database.</summary>
    public required string Format { get; init; }

    /// <summary>How many records there are, the rejected ones included.</summary>
    public long Records { get; init; }

    /// <summary>Whether all records were read; otherwise <see cref="Records"/> is an estimate.</summary>
    public bool IsExact { get; init; }

    /// <summary>How many records were read for this profile.</summary>
    public long Sampled { get; init; }

    /// <summary>How many of those could not be made into a record.</summary>
    public long Rejected { get; init; }

    /// <summary>The bytes read, as they lie in the file; null where there are none to count.</summary>
    public long? Bytes { get; init; }

    /// <summary>The text encoding and how it was told, or null.</summary>
    public string? Encoding { get; init; }

    /// <summary>The fields in order.</summary>
    public IReadOnlyList<FieldProfile> Fields { get; init; } = [];

    /// <summary>What will or may cause trouble.</summary>
    public IReadOnlyList<SourceFinding> Findings { get; init; } = [];

    /// <summary>How long reading took, in seconds.</summary>
    public double ElapsedSeconds { get; init; }

    /// <summary>How long a migration takes at least, in seconds, where that was asked; see <see cref="EstimateSeconds"/>.</summary>
    public double? EstimatedSeconds { get; init; }

    /// <summary>How long a migration takes at least, in seconds: the longer of reading and of the requests that the platform allows.</summary>
    /// <param name="requestsPerMinute">The platform's limit.</param>
    /// <param name="batchSize">Items in a request.</param>
    /// <param name="itemsPerRecord">Nodes and relationships made of a record, on average.</param>
    public double EstimateSeconds(int requestsPerMinute, int batchSize = 1000, double itemsPerRecord = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(requestsPerMinute, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(batchSize, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(itemsPerRecord);
        var reading = Sampled == 0 ? 0 : ElapsedSeconds / Sampled * Records;
        var requests = Math.Ceiling(Records * itemsPerRecord / batchSize);
        return Math.Max(reading, requests / requestsPerMinute * 60);
    }
}
