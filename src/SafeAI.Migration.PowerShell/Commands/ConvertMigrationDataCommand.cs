using System.Collections;
using System.Management.Automation;
using SafeAI.Migration.Engine.Extraction.Databases;
using SafeAI.Migration.Engine.Transformation;
using SafeAI.Migration.PowerShell.Binding;

namespace SafeAI.Migration.PowerShell.Commands;

/// <summary>Makes nodes and relationships from records, by a mapping.</summary>
/// <remarks>
/// The mapping is a JSON file or a hash table of the same form, in which script blocks may stand for values; see
/// about_SafeAI_Migration_Mappings. It is checked whole before the first record: every fault is listed at once with its place. A record that cannot be converted becomes a non-terminating error that carries
/// the record and names the field and the reason; none of its nodes or relationships comes out, and the rest goes on.
/// Records, hash tables, data rows and objects with properties, such as those of Import-Csv, are all welcome.
/// Of several mappings, every record passes all. -Node and -Relationship take what would stand under nodes and relationships.
/// What the rules of the mapping did is counted: -LogVariable gives the counts with a few values before and after, -LogPath
/// keeps every value that was changed. Values of private fields are masked in both.
/// </remarks>
/// <example>
///   <code>Get-SourceData ./customers.csv | Convert-MigrationData -Mapping ./customers.map.json</code>
///   <para>Converts a file by a mapping file.</para>
/// </example>
/// <example>
///   <code>Import-Csv ./people.csv | Convert-MigrationData -Mapping @{ nodes = @(@{ type = 'Person'; id = 'person:{id}'; properties = @{ name = 'name'; age = @{ field = 'age'; type = 'integer' } } }) }</code>
///   <para>Converts the output of another cmdlet by a mapping that stands in the command.</para>
/// </example>
/// <example>
///   <code>Import-Csv ./people.csv | Convert-MigrationData -Node @{ Type = 'Person'; Id = { "person:$($_.id)" }; Properties = @{ name = { $_.name.ToUpperInvariant() } } }</code>
///   <para>Says with script blocks what a mapping file cannot. A script that fails rejects its record.</para>
/// </example>
/// <example>
///   <code>Get-SourceData ./customers.csv | Convert-MigrationData ./customers.map.json -LogPath ./changes.ndjson -LogVariable rules | Out-Null; $rules | Format-Table</code>
///   <para>Shows what the rules of a mapping do, and keeps every change in a file.</para>
/// </example>
[Cmdlet(VerbsData.Convert, "MigrationData", DefaultParameterSetName = "Mapping", SupportsShouldProcess = true)]
[OutputType(typeof(GraphNode), typeof(GraphRelationship))]
public sealed class ConvertMigrationDataCommand : MigrationCmdlet
{
    private readonly InputBinder _binder = new();
    private readonly List<GraphItem> _items = [];
    private PipelineOutput<GraphItem>? _output;
    private Action<object?>? _convert;
    private TransformationLog? _log;
    private CompiledMapping? _mapping;

    /// <summary>A record: an object of Get-SourceData, a hash table, a data row, or any object with properties; or a list of them.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true)]
    public PSObject? InputObject { get; set; }

    /// <summary>The mapping: the path of a JSON file, or a hash table of the same form; or several of them, all of which every record passes. In a hash table, a script block may stand for a value; the record is $_ in it.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = "Mapping")]
    [ValidateNotNull]
    public object? Mapping { get; set; }

    /// <summary>The nodes that a record makes, each a hash table with Type, Id and Properties, and whatever else a mapping has under nodes.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Node")]
    [ValidateNotNullOrEmpty]
    public Hashtable[]? Node { get; set; }

    /// <summary>The relationships that a record makes, each a hash table with Type, From and To, and whatever else a mapping has under relationships.</summary>
    [Parameter(Mandatory = true, ParameterSetName = "Relationship")]
    [Parameter(ParameterSetName = "Node")]
    [ValidateNotNullOrEmpty]
    public Hashtable[]? Relationship { get; set; }

    /// <summary>The PostgreSQL database in which the mapping's lookups are that name a table or query and no file.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ConnectionString { get; set; }

    /// <summary>The database's user and password, so that they need not be in the connection string.</summary>
    [Parameter]
    public PSCredential? Credential { get; set; }

    /// <summary>A new file that every changed, defaulted and rejected value is written to: an object a line with the record's position, the rule, and the value before and after.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? LogPath { get; set; }

    /// <summary>The name of a variable that receives, per rule and field, how many values were seen, changed, defaulted and rejected, with a few of them.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? LogVariable { get; set; }

    /// <summary>How many values before and after are kept per rule and field for -LogVariable.</summary>
    [Parameter]
    [ValidateRange(0, 1000)]
    public int LogSampleSize { get; set; } = new TransformationLogOptions().SampleSize;

    /// <summary>How many nodes and relationships are sent down the pipeline at a time, from 1 to 100000. With more than 1, they come as arrays, which the commands of this module take like single ones, and much faster; to other commands each array is one object.</summary>
    [Parameter]
    [ValidateRange(1, 100_000)]
    public int ReadCount { get; set; } = 1;

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        (_output, _convert) = (new PipelineOutput<GraphItem>(this, ReadCount), Convert);
        var mappings = Mappings();
        var document = Wait(token => MappingSet.LoadAsync(mappings, FullPath("."), token));
        var path = LogPath is null ? null : FullPath(LogPath);
        if (path is not null && !ShouldProcess(path, "Write what the mapping changes to the file"))
            path = null;
        _log = OrStop(() => new TransformationLog(new TransformationLogOptions { SampleSize = LogSampleSize, Path = path }));
        var database = ConnectionString is null ? null : new PostgreSqlConnectionOptions
        {
            ConnectionString = ConnectionString,
            UserName = Credential?.UserName,
            Password = Credential?.GetNetworkCredential().Password,
        };
        _mapping = Wait(token => CompiledMapping.CreateAsync(document, _log, database: database, cancellationToken: token));
        _mapping.Counts.MappingHash = MappingScripts.HashOf(mappings.OfType<string>(), Mapping, Node, Relationship);
    }

    /// <inheritdoc/>
    protected override void ProcessRecord() => PipelineInput.ForEach(InputObject!, _convert!);

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        _items.Clear();
        foreach (var reject in OrStop(() => _mapping!.Complete(_items)))
        {
            if (reject is not null)
                WriteReject(reject);
            _output!.Write(_items);
            _items.Clear();
        }

        _output!.Flush();
        PipelineStages.Tell(this, [_mapping!.Counts]);

        OrStop(() => Flushed(_log!));
        if (LogVariable is not null)
            SessionState.PSVariable.Set(LogVariable, _log!.Statistics.ToArray());
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            PipelineStages.Forget(this);
            _mapping?.Dispose();
            _log?.Dispose();
        }

        base.Dispose(disposing);
    }

    private void Convert(object? input)
    {
        if (RecordOrError(_binder, input) is not { } record)
            return;
        _items.Clear();
        Reject? reject;
        try
        {
            reject = _mapping!.Map(record, _items);
        }
        catch (MigrationException e)
        {
            _output!.Flush();
            ThrowTerminatingError(Errors.RecordFor(e, e.Result));
            throw;
        }
        catch (OperationCanceledException)
        {
            throw new PipelineStoppedException();
        }

        if (reject is not null)
        {
            WriteReject(reject);
            return;
        }

        _output!.Write(_items);
    }

    private static bool Flushed(TransformationLog log)
    {
        log.Flush();
        return true;
    }

    private List<object> Mappings()
    {
        if (Mapping is null)
            return [MappingScripts.Bind(InputBinder.Unwrap(new Hashtable { ["nodes"] = Node ?? [], ["relationships"] = Relationship ?? [] }))!];
        return [.. (InputBinder.Unwrap(Mapping) is object?[] several ? several : [Mapping])
            .Select(m => MappingScripts.Bind(InputBinder.Unwrap(m)) switch
            {
                string path => FullPath(path),
                FileInfo file => file.FullName,
                var other => other!,
            })];
    }
}
