using System.Management.Automation;
using SafeAI.Migration.Engine.Export;
using SafeAI.Migration.Engine.Extraction.Files;
using SafeAI.Migration.PowerShell.Binding;

namespace SafeAI.Migration.PowerShell.Commands;

/// <summary>Writes records, nodes and relationships to a file, or into a PostgreSQL table: whole, or not at all.</summary>
/// <remarks>
/// Everything that comes down the pipeline is welcome: records of Get-SourceData, nodes and relationships of Get-SafeAIData, which
/// are written flat with their type, id and ends, and the objects, hash tables and data rows of other commands.
/// A file keeps its old content until the export is complete. A new one can be read by its owner only.
/// Into a table, all rows go in one transaction. A record that cannot be written, because its destination would not hold a value
/// exactly, becomes a non-terminating error that carries the record, and the rest goes on.
/// SQL is written for the database that -Dialect names. What that cannot hold exactly is refused; what it has no type for is written as
/// text: in SQLite dates, times and decimal numbers, in SQL Server durations, in all but PostgreSQL lists, as JSON. MySQL has no time
/// zones; points in time are written in UTC for it.
/// With -SchemaPath, the types are kept beside the file, and Get-SourceData -SchemaPath reads equal records back, texts that were guarded
/// without their guard. A field with values of several types is written as JSON: what JSON has no type for comes back as text.
/// </remarks>
/// <example>
///   <code>Get-SourceData ./customers.csv | Export-MigrationData ./customers.ndjson.gz</code>
///   <para>Turns a CSV file into compressed NDJSON. Formats and compression are told by the endings.</para>
/// </example>
/// <example>
///   <code>Get-SafeAIData -Store ./quickstart.graph -NodeType Customer | Export-MigrationData ./out.csv -GuardFormula -Force</code>
///   <para>Writes the customers of a graph for a spreadsheet, which will not take any of their texts for a formula.</para>
/// </example>
/// <example>
///   <code>Get-SourceData ./customers.csv | Export-MigrationData ./customers.sql -Dialect MySql -Table crm.customers</code>
///   <para>Writes a script that makes the table in MySQL, where there is none, and puts the rows into it.</para>
/// </example>
/// <example>
///   <code>Get-SourceData ./customers.csv | Export-MigrationData -ConnectionString 'Host=localhost;Database=shop;Username=loader' -Table staging.customers -CreateTable -WhatIf</code>
///   <para>Says into which table the records would be copied, and touches nothing.</para>
/// </example>
[Cmdlet(VerbsData.Export, "MigrationData", DefaultParameterSetName = "File", SupportsShouldProcess = true)]
[OutputType(typeof(ExportResult))]
public sealed class ExportMigrationDataCommand : MigrationCmdlet
{
    private readonly InputBinder _binder = new();
    private Action<object?>? _write;
    private RecordExport? _export;

    /// <summary>A record, node or relationship: an object of this module, a hash table, a data row, or any object with properties.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true)]
    [ValidateNotNull]
    public PSObject? InputObject { get; set; }

    /// <summary>The file to write. An ending of .gz or .br compresses it.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "File")]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    /// <summary>The format, where the file's ending does not tell it: Csv, Json, NdJson, or SqlDump for SQL.</summary>
    [Parameter(ParameterSetName = "File")]
    public FileFormat? Format { get; set; }

    /// <summary>What stands between the fields of a CSV file. Without it, a comma, or a tab where the file ends in .tsv.</summary>
    [Parameter(ParameterSetName = "File")]
    public char? Delimiter { get; set; }

    /// <summary>Puts an apostrophe before texts of a CSV file that a spreadsheet would take for a formula.</summary>
    [Parameter(ParameterSetName = "File")]
    public SwitchParameter GuardFormula { get; set; }

    /// <summary>How rows are written in SQL: Insert, or Copy as pg_dump writes them, for PostgreSQL only.</summary>
    [Parameter(ParameterSetName = "File")]
    public SqlStyle SqlStyle { get; set; }

    /// <summary>The database that SQL is written for: PostgreSql (unless given), MySql, Sqlite or SqlServer. That for SQL Server was never run on a server: its text alone is tested.</summary>
    [Parameter(ParameterSetName = "File")]
    public SqlDialect? Dialect { get; set; }

    /// <summary>Writes a file in place of one that exists.</summary>
    [Parameter(ParameterSetName = "File")]
    public SwitchParameter Force { get; set; }

    /// <summary>Writes behind what is in the file, in CSV under the same columns. Not for JSON, which is one document.</summary>
    [Parameter(ParameterSetName = "File")]
    public SwitchParameter Append { get; set; }

    /// <summary>A file for the types of the fields, by which Get-SourceData reads equal records back.</summary>
    [Parameter(ParameterSetName = "File")]
    [ValidateNotNullOrEmpty]
    public string? SchemaPath { get; set; }

    /// <summary>A PostgreSQL database: Host=…;Database=…;Username=… or postgresql://user@host/database.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Table")]
    [ValidateNotNullOrEmpty]
    public string? ConnectionString { get; set; }

    /// <summary>The table to write into, for instance public.customers; of an SQL file, what the table is called in it.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Table")]
    [Parameter(ParameterSetName = "File")]
    [ValidateNotNullOrEmpty]
    public string? Table { get; set; }

    /// <summary>The database's user and password, so that they need not be in the connection string.</summary>
    [Parameter(ParameterSetName = "Table")]
    public PSCredential? Credential { get; set; }

    /// <summary>Makes the table from the fields of the first records, where there is none.</summary>
    [Parameter(ParameterSetName = "Table")]
    public SwitchParameter CreateTable { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        if (Path is not null)
        {
            var path = FullPath(Path);
            if (ShouldProcess(path, Append ? "Add records to the file" : File.Exists(path) && Force ? "Replace the file" : "Write records to the file"))
                _export = OrStop(() => new FileExport(FileOptions(path), WriteReject));
        }
        else if (ShouldProcess(Table!, "Copy records into the table"))
        {
            _export = Wait(token => TableExport.OpenAsync(
                new TableExportOptions
                {
                    ConnectionString = ConnectionString!,
                    Table = Table!,
                    UserName = Credential?.UserName,
                    Password = Credential?.GetNetworkCredential().Password,
                    CreatesTable = CreateTable,
                },
                WriteReject, token));
        }
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (_export is not null)
            PipelineInput.ForEach(InputObject!, _write ??= Write);
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (_export is null)
            return;
        var result = OrStop(() => Stoppable(() => _export.Complete(StoppingToken)));
        foreach (var note in result.Notes)
            WriteVerbose(note);
        WriteObject(result);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _export?.Dispose();
        base.Dispose(disposing);
    }

    private void Write(object? input)
    {
        if (PipelineInput.Base(input) is GraphItem item)
        {
            OrStop(() => Add(() => _export!.Add(item, StoppingToken)));
            return;
        }

        if (RecordOrError(_binder, input) is not { } record)
            return;
        OrStop(() => Add(() => _export!.Add(record, StoppingToken)));
    }

    private FileExportOptions FileOptions(string path) => new()
    {
        Path = path,
        Format = Format,
        Delimiter = Delimiter,
        GuardsFormulas = GuardFormula,
        SqlStyle = SqlStyle,
        Dialect = Dialect,
        Table = Table,
        Force = Force,
        Append = Append,
        SchemaPath = SchemaPath is null ? null : FullPath(SchemaPath),
    };

    private static bool Add(Action add) => Stoppable(() =>
    {
        add();
        return true;
    });

    private static T Stoppable<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (OperationCanceledException)
        {
            throw new PipelineStoppedException();
        }
    }
}
