using System.Diagnostics;
using System.Management.Automation;
using SafeAI.Migration.Engine.Extraction;
using SafeAI.Migration.Engine.Validation;
using SafeAI.Migration.PowerShell.Binding;

namespace SafeAI.Migration.PowerShell.Commands;

/// <summary>Reads records from files, databases and APIs, and streams them as typed objects.</summary>
/// <remarks>
/// Each record is an object with one property per field, under the field's own name and with its type, so that
/// Where-Object, Select-Object, Format-Table, Export-Csv and ForEach-Object -Parallel work with it as with any object.
/// A row that is not well-formed becomes a non-terminating error that names its line, and the rest goes on. Memory does
/// not grow with the number of records.
/// Files: CSV, JSON, NDJSON, SQL dumps of pg_dump, mysqldump, mariadb-dump and sqlite3, and SQLite databases; compressed
/// with gzip, Zstandard, Zip, or Brotli under the ending .br. Format, encoding and delimiter are told from the file where
/// they are not given. Values from CSV stay text: leading zeros survive, an empty field is null and an empty pair of
/// quotes is an empty text.
/// Databases: PostgreSQL by table, query or as a whole; others through their ADO.NET provider. A table with a key is read
/// in the key's order: a connection that is lost is opened again, and the read goes on after the last key. Reading through
/// a provider was tested with MySqlConnector on MariaDB, with Npgsql, and with one made for the test; Microsoft.Data.SqlClient
/// and other real ones were never run.
/// APIs: JSON or CSV over HTTP, with pages, authentication, waits and retries.
/// See about_SafeAI_Migration_Sources for what each source supports.
/// </remarks>
/// <example>
///   <code>Get-SourceData -Path ./customers.csv | Where-Object email -like '*@example.com' | Format-Table</code>
///   <para>Reads a CSV file and shows some of its records. The format is told by name and content.</para>
/// </example>
/// <example>
///   <code>Get-SourceData -Path ./semicolons.csv -Delimiter ';' -Encoding windows-1252 -CommentCharacter '#' -RaggedRows Pad -NullText 'n/a'</code>
///   <para>Reads CSV in a dialect of its own: rows that are too short are filled with null.</para>
/// </example>
/// <example>
///   <code>Get-SourceData -Path ./export.json -JsonPointer /data/items | Select-Object -First 5</code>
///   <para>Reads the first records of an array inside a JSON document.</para>
/// </example>
/// <example>
///   <code>Get-SourceData -Path ./products.ndjson -DuplicateKey Last -MetadataVariable facts -ErrorAction Ignore; $facts</code>
///   <para>Reads one JSON object per line, and then shows what is known of the file: fields, counts, encoding, checksum.</para>
/// </example>
/// <example>
///   <code>Get-SourceData -Path ./dump.sql -Table customers</code>
///   <para>Reads one table of a dump that pg_dump made, with the types that the dump declares, and without a server.</para>
/// </example>
/// <example>
///   <code>Get-SourceData -Path ./mysqldump.sql -Table customers | Select-Object id, name, balance</code>
///   <para>The same of a dump that mysqldump or mariadb-dump made. Which program it was is told from its first lines.</para>
/// </example>
/// <example>
///   <code>Get-SourceData -Path ./sqlite-dump.sql -MetadataVariable facts | Group-Object { $_.GetSchema().Name } -NoElement; $facts.Catalog.Tables.Name</code>
///   <para>Reads all tables of a .dump of sqlite3, counts their records, and shows the tables in the order of their foreign keys.</para>
/// </example>
/// <example>
///   <code>Get-SourceData -Path ./shop.db -Query 'SELECT * FROM customers WHERE name &gt; @name' -Parameter @{ name = 'A' }</code>
///   <para>Reads a query of a SQLite database, which is told by its content. Without a query or table, all tables are read.</para>
/// </example>
/// <example>
///   <code>Get-SourceData -Path ./customers.csv.gz -MaxExpandedSize 1GB</code>
///   <para>Reads a file that is compressed, as long as its content is not larger than a gigabyte.</para>
/// </example>
/// <example>
///   <code>Get-SourceData -Path ./export.zip -Entry orders.json</code>
///   <para>Reads one file of a Zip archive.</para>
/// </example>
/// <example>
///   <code>Get-SourceData -Path ./parts -SourceField file | Group-Object file -NoElement</code>
///   <para>Reads all files of a folder as one source, compressed ones too, and counts the records of each.</para>
/// </example>
/// <example>
///   <code>Get-SourceData -Path ./parts/**/part*.csv</code>
///   <para>Reads the files that match a pattern in a folder and all folders below it, as one source.</para>
/// </example>
/// <example>
///   <code>Get-SourceData -ConnectionString 'Host=localhost;Database=shop;Username=reader' -Table public.customers</code>
///   <para>Reads a PostgreSQL table. The password comes from PGPASSWORD, from ~/.pgpass, or from -Credential.</para>
/// </example>
/// <example>
///   <code>Get-SourceData -ConnectionString 'Host=localhost;Database=shop;Username=reader' -Query 'SELECT * FROM customers WHERE customer_id &gt;= @first' -Parameter @{ first = '00001' }</code>
///   <para>Reads what a query returns, in a read-only session.</para>
/// </example>
/// <example>
///   <code>Get-SourceData -ConnectionString 'Host=localhost;Database=shop;Username=reader' -Schema public -Unordered -Validate -MetadataVariable tables; $tables.Checks</code>
///   <para>Reads all tables of a schema as of one moment, each with four connections, and compares their counts with the server's.</para>
/// </example>
/// <example>
///   <code>Get-SourceData -ConnectionString 'Host=localhost;Database=shop;Username=reader' -Table customers -After '00000'</code>
///   <para>Reads a table from behind a key on.</para>
/// </example>
/// <example>
///   <code>Get-SourceData -Provider ./provider/MySqlConnector.dll -ConnectionString 'Server=db;Database=shop;User ID=reader' -Table customers</code>
///   <para>Reads a table of another database through its ADO.NET provider, here one of MariaDB or MySQL. The folder holds the provider and what it needs.</para>
/// </example>
/// <example>
///   <code>Get-SourceData -Uri 'https://api.example.com/v1/customers?limit=2' -JsonPointer /items -Pagination NextAddress -PagePointer /next -Token (Read-Host -AsSecureString)</code>
///   <para>Reads all pages of an API.</para>
/// </example>
/// <example>
///   <code>$there = (Get-SafeAIData -NodeType Customer).Id; Get-SourceData -Path ./customers.csv | Where-Object { "customer:$($_.customer_id)" -in $there }</code>
///   <para>The platform is a source too, which Get-SafeAIData reads: these are the customers of a file that are there already.</para>
/// </example>
/// <example>
///   <code>Get-SourceData -Path ./customers.csv -Validate -ExpectedField customer_id, email:text</code>
///   <para>Reads a file and fails where a promised field is missing or the file's checksum is not the one beside it.</para>
/// </example>
/// <example>
///   <code>Get-SourceData -Path ./customers.csv -ReadCount 1000 | Convert-MigrationData ./customers.map.json -ReadCount 1000 | Import-SafeAIData -Store ./test.graph</code>
///   <para>Moves a large file: a thousand records pass from command to command at a time.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "SourceData", DefaultParameterSetName = PathSet)]
[OutputType(typeof(Record))]
public sealed class GetSourceDataCommand : SourceCmdlet
{
    private readonly List<SourceMetadata> _metadata = [];
    private readonly List<RecordSource> _sources = [];
    private PipelineOutput<Record>? _output;
    private long _nextProgress = Stopwatch.GetTimestamp();
    private RunDisplay? _display;

    /// <summary>The files hold rejects, as -RejectPath writes them: the records that they were come out again, to be mended and sent through once more.</summary>
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    public SwitchParameter Rejects { get; set; }

    /// <summary>The name of a variable that receives facts about what was read: schema, counts, bytes, encoding, checks, position, notes. One object per source.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? MetadataVariable { get; set; }

    /// <summary>How many records are sent down the pipeline at a time, from 1 to 100000. With more than 1, they come as arrays, which the commands of this module take like single ones, and much faster; to other commands each array is one object.</summary>
    [Parameter]
    [ValidateRange(1, 100_000)]
    public int ReadCount { get; set; } = 1;

    /// <inheritdoc/>
    protected override void BeginProcessing() => _output = new PipelineOutput<Record>(this, ReadCount);

    /// <inheritdoc/>
    protected override void ProcessRecord() => ForEachSource(source =>
    {
        // What is known of a source that breaks off says where to go on.
        _metadata.Add(source.Metadata);
        _sources.Add(source.Source);
        try
        {
            StreamPump.Run(source.ReadAsync, batch => Write(source, batch), ahead: 1, StoppingToken);
        }
        catch (MigrationException)
        {
            // Its position is behind what waits to be sent.
            _output!.Flush();
            throw;
        }

        _output!.Flush();
    });

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        PipelineStages.Tell(this, _sources);
        if (MetadataVariable is not null)
            SessionState.PSVariable.Set(MetadataVariable, _metadata.Count == 1 ? _metadata[0] : _metadata.ToArray());
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            PipelineStages.Forget(this);
        base.Dispose(disposing);
    }

    /// <inheritdoc/>
    private protected override bool WantsContentFingerprint => MetadataVariable is not null;

    private protected override bool WantsFingerprint => Validate || MetadataVariable is not null;

    /// <inheritdoc/>
    private protected override SourceTarget? SpecialTarget(string path) =>
        Rejects ? new SourceTarget(path, _ => Task.FromResult<IRecordSource>(RejectRecordSource.Open(path))) : null;

    private void Write(IRecordSource source, RecordBatch batch)
    {
        foreach (var reject in batch.Rejects)
            WriteReject(reject);
        _output!.Write(batch.Records);
        source.Metadata.Position = batch.Position;
        if (!(_display ??= new RunDisplay(this)).ShowsProgress || Stopwatch.GetTimestamp() < _nextProgress)
            return;
        _nextProgress = Stopwatch.GetTimestamp() + (long)(ProgressThrottle.Interval.TotalSeconds * Stopwatch.Frequency);
        _display.Update(() => ProgressOf(source));
    }

    private static ProgressRecord ProgressOf(IRecordSource source)
    {
        var read = source.Source.Read;
        var progress = new ProgressRecord(2, $"Reading {source.Source.Name}", FormattableString.Invariant($"{read} records"));
        // An estimate may be too low.
        if (source.Metadata.EstimatedRecords is > 0 and var all)
            progress.PercentComplete = (int)Math.Min(99, 100 * read / all);
        return progress;
    }
}
