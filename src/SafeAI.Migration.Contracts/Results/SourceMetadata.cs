namespace SafeAI.Migration;

/// <summary>Facts about a source that was read.</summary>
public sealed class SourceMetadata
{
    /// <summary>The source's name: a file's path or a table.</summary>
    public required string Name { get; init; }

    /// <summary>The format or the kind of database, for instance <c>csv</c> or <c>postgresql</c>.</summary>
    public required string Format { get; init; }

    /// <summary>The shape of the records; null until it is known.</summary>
    public RecordSchema? Schema { get; set; }

    /// <summary>Records read so far, the rejected ones included.</summary>
    public long Records { get; set; }

    /// <summary>How many of them could not be made into a record.</summary>
    public long Rejected { get; set; }

    /// <summary>Bytes read so far, as they lie in the file; null where there are none to count.</summary>
    public long? Bytes { get; set; }

    /// <summary>The text encoding and how it was told, for instance <c>utf-8 (byte order mark)</c>; null where there is none.</summary>
    public string? Encoding { get; set; }

    /// <summary>How many records there are, as far as is known beforehand; null where it is not.</summary>
    public long? EstimatedRecords { get; set; }

    /// <summary>From opening to the end of reading, in seconds.</summary>
    public double ElapsedSeconds { get; set; }

    /// <summary>What a reader of these facts should know: names that were changed, types read as text, doubts.</summary>
    public IList<string> Notes { get; } = [];

    /// <summary>How many records there are by the source's own count, where it was asked to count or says it itself; null otherwise.</summary>
    public long? SourceCount { get; set; }

    /// <summary>What was checked while it was read; empty where nothing was.</summary>
    public IList<SourceCheck> Checks { get; } = [];

    /// <summary>The place behind the last record that was handed out, after which another read can go on; null where it cannot.</summary>
    public SourcePosition? Position { get; set; }

    /// <summary>How the file is compressed, for instance <c>gzip</c>; null where it is not.</summary>
    public string? Compression { get; set; }

    /// <summary>A text that changes when the source does: <c>sha256:</c> and the file's hash, or, of what is no file, <c>records:</c> and a hash of all that was read; null until all was read, where a part was passed over, or where none was asked for.</summary>
    public string? Fingerprint { get; set; }

    /// <summary>
    /// A text that changes when the source does, as far as can be told before it is read: of a file its length, time and
    /// both ends, of a table its identity, columns and key, of a query or an API what is asked. Null where nothing can be told.
    /// </summary>
    public string? QuickFingerprint { get; set; }

    /// <summary>The files that were read, where there are several; empty where there is one or none.</summary>
    public IReadOnlyList<string> Files { get; set; } = [];

    /// <summary>The tables of a source that holds several, as it describes them itself; null otherwise, and until all was read.</summary>
    public DatabaseCatalog? Catalog { get; set; }
}
