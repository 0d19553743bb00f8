using System.Management.Automation;
using SafeAI.Migration.Engine.Extraction.Files;

namespace SafeAI.Migration.PowerShell.Binding;

/// <content>How CSV and JSON are read, from files and from APIs.</content>
public abstract partial class SourceCmdlet
{
    private static readonly CsvOptions s_csv = new();
    private static readonly JsonOptions s_json = new();

    /// <summary>What stands between the fields of CSV. Without it, it is told from the first rows.</summary>
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    [Parameter(ParameterSetName = UriSet)]
    public char? Delimiter { get; set; }

    /// <summary>What stands around the fields of CSV that hold a delimiter, a quote or a line break: one character, or an empty text where quotes are ordinary characters.</summary>
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    [Parameter(ParameterSetName = UriSet)]
    [ValidateLength(0, 1)]
    [AllowEmptyString]
    public string Quote { get; set; } = "\"";

    /// <summary>What stands before a quote inside a quoted field of CSV, for instance a backslash. Without it, quotes are doubled.</summary>
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    [Parameter(ParameterSetName = UriSet)]
    public char? Escape { get; set; }

    /// <summary>The first character of lines of CSV that are comments. Without it, there are none.</summary>
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    [Parameter(ParameterSetName = UriSet)]
    public char? CommentCharacter { get; set; }

    /// <summary>The names of the fields of CSV that has no header.</summary>
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    [Parameter(ParameterSetName = UriSet)]
    [ValidateNotNullOrEmpty]
    public string[]? Header { get; set; }

    /// <summary>The CSV has no header; its fields are named Column1, Column2 and so on.</summary>
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    [Parameter(ParameterSetName = UriSet)]
    public SwitchParameter NoHeader { get; set; }

    /// <summary>What becomes of a CSV row with too few or too many fields: Reject (the default), Pad or Error.</summary>
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    [Parameter(ParameterSetName = UriSet)]
    public RaggedRowPolicy RaggedRows { get; set; }

    /// <summary>What an empty CSV field means: QuotedIsText (the default: empty is null, a pair of quotes is an empty text), Text or Null.</summary>
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    [Parameter(ParameterSetName = UriSet)]
    public EmptyFieldPolicy EmptyFields { get; set; }

    /// <summary>A text that means null in CSV where it is not in quotes, for instance \N.</summary>
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    [Parameter(ParameterSetName = UriSet)]
    public string? NullText { get; set; }

    /// <summary>The longest field of CSV, in bytes. A row with a longer one is rejected.</summary>
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    [Parameter(ParameterSetName = UriSet)]
    [ValidateRange(1, 1 << 28)]
    public int MaxFieldSize { get; set; } = s_csv.MaxFieldSize;

    /// <summary>The JSON Pointer to the array of records in a JSON document or an API's answer, for instance /data/items.</summary>
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    [Parameter(ParameterSetName = UriSet)]
    public string? JsonPointer { get; set; }

    /// <summary>What becomes of a JSON object that has the same key twice: Reject (the default), or Last, which takes the last value.</summary>
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    [Parameter(ParameterSetName = UriSet)]
    public DuplicateKeyPolicy DuplicateKey { get; set; }

    /// <summary>How deep the values of a JSON record may be nested. A record that is deeper is rejected.</summary>
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    [Parameter(ParameterSetName = UriSet)]
    [ValidateRange(1, 1000)]
    public int MaxDepth { get; set; } = s_json.MaxDepth;

    /// <summary>The longest JSON record, in bytes. A longer line of NDJSON is rejected; a longer record of an array ends the read.</summary>
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    [Parameter(ParameterSetName = UriSet)]
    [ValidateRange(1024, 1 << 30)]
    public int MaxRecordSize { get; set; } = s_json.MaxRecordSize;

    /// <summary>How many JSON records are read ahead to learn the fields and their types.</summary>
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    [Parameter(ParameterSetName = UriSet)]
    [ValidateRange(1, 100_000)]
    public int SampleSize { get; set; } = s_json.SampleSize;

    /// <summary>How many different shapes JSON records may have, where fields come up that the first records did not have. A record beyond is rejected.</summary>
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    [Parameter(ParameterSetName = UriSet)]
    [ValidateRange(1, 1000)]
    public int MaxSchema { get; set; } = s_json.MaxSchemas;

    private CsvOptions CsvOptions() => new()
    {
        Delimiter = Delimiter,
        Quote = Quote.Length == 0 ? null : Quote[0],
        Escape = Escape,
        Comment = CommentCharacter,
        HasHeader = !NoHeader && Header is null,
        Columns = Header,
        RaggedRows = RaggedRows,
        EmptyFields = EmptyFields,
        NullText = NullText,
        MaxFieldSize = MaxFieldSize,
    };

    private JsonOptions JsonOptions(string? pointer) => new()
    {
        Pointer = pointer,
        DuplicateKeys = DuplicateKey,
        MaxDepth = MaxDepth,
        MaxRecordSize = MaxRecordSize,
        SampleSize = SampleSize,
        MaxSchemas = MaxSchema,
    };
}
