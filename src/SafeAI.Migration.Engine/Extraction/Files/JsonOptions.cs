namespace SafeAI.Migration.Engine.Extraction.Files;

/// <summary>What becomes of an object that has the same key twice.</summary>
public enum DuplicateKeyPolicy
{
    /// <summary>The record is rejected and the rest goes on.</summary>
    Reject,

    /// <summary>The last value counts.</summary>
    Last,
}

/// <summary>Where the records of a JSON document are and how strictly it is read.</summary>
public sealed record JsonOptions
{
    /// <summary>
    /// The JSON Pointer (RFC 6901) to the array of records, for instance <c>/data/items</c>; null where it is the root.
    /// Where it leads to an object, that object is the only record. NDJSON takes none.
    /// </summary>
    public string? Pointer { get; init; }

    /// <summary>How deep objects and arrays may be nested within a record, from 1 to 1000.</summary>
    public int MaxDepth { get; init; } = 64;

    /// <summary>The longest record, in bytes, from 1,024 to 1,073,741,824. A longer line of NDJSON is rejected; a longer record of an array ends the read.</summary>
    public int MaxRecordSize { get; init; } = 64 * 1024 * 1024;

    /// <summary>What becomes of an object that has the same key twice.</summary>
    public DuplicateKeyPolicy DuplicateKeys { get; init; }

    /// <summary>How many records are read ahead to learn the fields and their types, from 1 to 100,000.</summary>
    public int SampleSize { get; init; } = 1000;

    /// <summary>
    /// How many schemas one stream may have, from 1 to 1000. Records with fields that the sample did not have share a
    /// new, wider schema; a record with new fields beyond this number is rejected.
    /// </summary>
    public int MaxSchemas { get; init; } = 16;

    internal void Validate()
    {
        Check(MaxDepth, 1, 1000, nameof(MaxDepth));
        Check(MaxRecordSize, 1024, 1 << 30, nameof(MaxRecordSize));
        Check(SampleSize, 1, 100_000, nameof(SampleSize));
        Check(MaxSchemas, 1, 1000, nameof(MaxSchemas));
        if (Pointer is { Length: > 0 } && Pointer[0] != '/')
            throw new ArgumentException($"'{Pointer}' is not a JSON Pointer: it begins with '/', for instance /data/items.");

        static void Check(int value, int least, int most, string name)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, least, name);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, most, name);
        }
    }
}
