using System.Collections;
using System.Management.Automation;
using SafeAI.Migration.Engine.Export;
using SafeAI.Migration.Engine.Extraction;
using SafeAI.Migration.Engine.Extraction.Databases;
using SafeAI.Migration.Engine.Extraction.Files;
using SafeAI.Migration.Engine.Validation;
using SafeAI.Migration.PowerShell.Binding;
using SafeAI.Migration.PowerShell.Completers;

namespace SafeAI.Migration.PowerShell.Commands;

/// <summary>Reads records from files and databases, and streams them as typed objects.</summary>
/// <remarks>
/// Each record is an object with one property per field, under the field's own name and with its type, so that
/// Where-Object, Select-Object, Format-Table, Export-Csv and ForEach-Object -Parallel work with it as with any object.
/// Values from CSV stay text: leading zeros survive, an empty field is null and an empty pair of quotes is an empty
/// text. A row that is not well-formed becomes a non-terminating error that names its line, and the rest goes on.
/// Memory does not grow with the number of records.
/// </remarks>
/// <example>
///   <code>Get-SourceData -Path ./customers.csv | Where-Object email -like '*@example.com' | Format-Table</code>
///   <para>Reads a CSV file and shows some of its records. The format is told by name and content.</para>
/// </example>
/// <example>
///   <code>Get-SourceData -Path ./export.json -JsonPointer /data/items | Select-Object -First 5</code>
///   <para>Reads the first records of an array inside a JSON document.</para>
/// </example>
/// <example>
///   <code>Get-SourceData -ConnectionString 'Host=localhost;Database=shop;Username=reader' -Table public.customers</code>
///   <para>Reads a PostgreSQL table. The password comes from PGPASSWORD, from ~/.pgpass, or from -Credential.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "SourceData", DefaultParameterSetName = "Path")]
[OutputType(typeof(Record))]
public sealed class GetSourceDataCommand : MigrationCmdlet
{
    /// <summary>The files to read: CSV, JSON or NDJSON. Wildcards are allowed.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "Path", ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    public string[] Path { get; set; } = [];

    /// <summary>The files to read, taken literally: no character is a wildcard.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "LiteralPath", ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>The format, where name and content do not tell it: Csv, Json or NdJson.</summary>
    [Parameter(ParameterSetName = "Path")]
    [Parameter(ParameterSetName = "LiteralPath")]
    public FileFormat? Format { get; set; }

    /// <summary>The text encoding, for instance utf-8, utf-16, windows-1252 or latin1. Without it, it is told from the file.</summary>
    [Parameter(ParameterSetName = "Path")]
    [Parameter(ParameterSetName = "LiteralPath")]
    [ArgumentCompleter(typeof(EncodingCompleter))]
    [ValidateNotNullOrEmpty]
    public string? Encoding { get; set; }

    /// <summary>What stands between the fields of a CSV file. Without it, it is told from the first rows.</summary>
    [Parameter(ParameterSetName = "Path")]
    [Parameter(ParameterSetName = "LiteralPath")]
    public char? Delimiter { get; set; }

    /// <summary>The names of the fields of a CSV file that has no header.</summary>
    [Parameter(ParameterSetName = "Path")]
    [Parameter(ParameterSetName = "LiteralPath")]
    [ValidateNotNullOrEmpty]
    public string[]? Header { get; set; }

    /// <summary>The CSV file has no header; its fields are named Column1, Column2 and so on.</summary>
    [Parameter(ParameterSetName = "Path")]
    [Parameter(ParameterSetName = "LiteralPath")]
    public SwitchParameter NoHeader { get; set; }

    /// <summary>What becomes of a CSV row with too few or too many fields: Reject (the default), Pad or Error.</summary>
    [Parameter(ParameterSetName = "Path")]
    [Parameter(ParameterSetName = "LiteralPath")]
    public RaggedRowPolicy RaggedRows { get; set; }

    /// <summary>What an empty CSV field means: QuotedIsText (the default: empty is null, a pair of quotes is an empty text), Text or Null.</summary>
    [Parameter(ParameterSetName = "Path")]
    [Parameter(ParameterSetName = "LiteralPath")]
    public EmptyFieldPolicy EmptyFields { get; set; }

    /// <summary>A text that means null in a CSV file where it is not in quotes, for instance \N.</summary>
    [Parameter(ParameterSetName = "Path")]
    [Parameter(ParameterSetName = "LiteralPath")]
    public string? NullText { get; set; }

    /// <summary>The JSON Pointer to the array of records in a JSON document, for instance /data/items.</summary>
    [Parameter(ParameterSetName = "Path")]
    [Parameter(ParameterSetName = "LiteralPath")]
    public string? JsonPointer { get; set; }

    /// <summary>The files hold rejects, as -RejectPath writes them: the records that they were come out again, to be mended and sent through once more.</summary>
    [Parameter(ParameterSetName = "Path")]
    [Parameter(ParameterSetName = "LiteralPath")]
    public SwitchParameter Rejects { get; set; }

    /// <summary>The file in which Export-MigrationData kept the types: every value comes out with the type that it had.</summary>
    [Parameter(ParameterSetName = "Path")]
    [Parameter(ParameterSetName = "LiteralPath")]
    [ValidateNotNullOrEmpty]
    public string? SchemaPath { get; set; }

    /// <summary>A PostgreSQL database: Host=…;Database=…;Username=… or postgresql://user@host/database.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Table")]
    [Parameter(Mandatory = true, ParameterSetName = "Query")]
    [ValidateNotNullOrEmpty]
    public string? ConnectionString { get; set; }

    /// <summary>The table or view to read, for instance public.customers.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Table")]
    [ValidateNotNullOrEmpty]
    public string? Table { get; set; }

    /// <summary>The schema of a table that is named without one.</summary>
    [Parameter(ParameterSetName = "Table")]
    [ValidateNotNullOrEmpty]
    public string? Schema { get; set; }

    /// <summary>A statement that returns rows. It runs in a read-only session.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Query")]
    [ValidateNotNullOrEmpty]
    public string? Query { get; set; }

    /// <summary>The values of the query's parameters, by name: @{ since = '2025-01-01' } for @since.</summary>
    [Parameter(ParameterSetName = "Query")]
    public Hashtable? Parameter { get; set; }

    /// <summary>The database's user and password, so that they need not be in the connection string.</summary>
    [Parameter(ParameterSetName = "Table")]
    [Parameter(ParameterSetName = "Query")]
    public PSCredential? Credential { get; set; }

    /// <summary>The name of a variable that receives facts about what was read: schema, counts, bytes, encoding, notes. One object per source.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? MetadataVariable { get; set; }

    private List<SourceMetadata> Metadata { get; } = [];

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ConnectionString is not null)
        {
            Read(Table ?? Query!, async () => await PostgreSqlSource.OpenAsync(new PostgreSqlSourceOptions
            {
                ConnectionString = ConnectionString,
                Table = Table,
                Schema = Schema,
                Query = Query,
                Parameters = Parameter?.Cast<DictionaryEntry>().ToDictionary(e => e.Key.ToString()!, e => InputBinder.Unwrap(e.Value)) ?? [],
                UserName = Credential?.UserName,
                Password = Credential?.GetNetworkCredential().Password,
            }, StoppingToken).ConfigureAwait(false));
            return;
        }

        foreach (var path in Path.SelectMany(ResolveWildcards).Concat(LiteralPath.Select(FullPath)))
            Read(path, () => Task.FromResult(Rejects ? RejectRecordSource.Open(path) : SchemaPath is null ? FileSources.Open(OptionsFor(path)) : TypedRecordSource.Open(OptionsFor(path), FullPath(SchemaPath))));
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (MetadataVariable is not null)
            SessionState.PSVariable.Set(MetadataVariable, Metadata.Count == 1 ? Metadata[0] : Metadata.ToArray());
    }

    private IEnumerable<string> ResolveWildcards(string path)
    {
        if (!WildcardPattern.ContainsWildcardCharacters(path))
            return [FullPath(path)];
        try
        {
            var found = SessionState.Path.GetResolvedProviderPathFromPSPath(path, out _);
            if (found.Count > 0)
                return found;
        }
        catch (ItemNotFoundException)
        {
            // Said below, in the words of every other missing file.
        }

        WriteError(Errors.RecordFor(new MigrationException(ErrorCode.SourceNotFound, $"No file matches {FullPath(path)}.", "Check the path and the pattern."), path));
        return [];
    }

    private FileSourceOptions OptionsFor(string path) => new()
    {
        Path = path,
        Format = Format,
        Encoding = Encoding,
        Csv = new CsvOptions
        {
            Delimiter = Delimiter,
            HasHeader = !NoHeader && Header is null,
            Columns = Header,
            RaggedRows = RaggedRows,
            EmptyFields = EmptyFields,
            NullText = NullText,
        },
        Json = new JsonOptions { Pointer = JsonPointer },
    };

    // One source that cannot be read does not keep the others from being read.
    private void Read(string target, Func<Task<IRecordSource>> open)
    {
        IRecordSource? source = null;
        try
        {
            source = Task.Run(open).GetAwaiter().GetResult();
            StreamPump.Run(source.ReadAsync, Write, ahead: 4, StoppingToken);
            Metadata.Add(source.Metadata);
        }
        catch (MigrationException e)
        {
            WriteError(Errors.RecordFor(e, target));
        }
        catch (ArgumentException e)
        {
            ThrowTerminatingError(new ErrorRecord(e, "InvalidOption", ErrorCategory.InvalidArgument, null));
        }
        catch (OperationCanceledException) when (StoppingToken.IsCancellationRequested)
        {
            // The pipeline was stopped.
        }
        finally
        {
            source?.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    private void Write(RecordBatch batch)
    {
        foreach (var reject in batch.Rejects)
            WriteReject(reject);
        foreach (var record in batch.Records)
            WriteObject(record, enumerateCollection: false);
    }
}
