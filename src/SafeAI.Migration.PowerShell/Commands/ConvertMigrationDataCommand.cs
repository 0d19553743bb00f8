using System.Collections;
using System.Management.Automation;
using SafeAI.Migration.Engine.Transformation;
using SafeAI.Migration.PowerShell.Binding;

namespace SafeAI.Migration.PowerShell.Commands;

/// <summary>Makes nodes and relationships from records, by a mapping.</summary>
/// <remarks>
/// The mapping is a JSON file or a hash table of the same form, in which script blocks may stand for values; see
/// about_SafeAI_Migration_Mappings. It is checked whole before the first record: every fault is listed at once with its place. A record that cannot be converted becomes a non-terminating error that carries
/// the record and names the field and the reason; none of its nodes or relationships comes out, and the rest goes on.
/// Records, hash tables, data rows and objects with properties, such as those of Import-Csv, are all welcome.
/// </remarks>
/// <example>
///   <code>Get-SourceData ./customers.csv | Convert-MigrationData -Mapping ./customers.map.json</code>
///   <para>Converts a file by a mapping file.</para>
/// </example>
/// <example>
///   <code>Import-Csv ./people.csv | Convert-MigrationData -Mapping @{ nodes = @(@{ type = 'Person'; id = 'person:{id}'; properties = @{ name = 'name'; age = @{ field = 'age'; type = 'integer' } } }) }</code>
///   <para>Converts the output of another cmdlet by a mapping that stands in the command.</para>
/// </example>
[Cmdlet(VerbsData.Convert, "MigrationData")]
[OutputType(typeof(GraphNode), typeof(GraphRelationship))]
public sealed class ConvertMigrationDataCommand : MigrationCmdlet
{
    private readonly InputBinder _binder = new();
    private readonly List<GraphItem> _items = [];
    private CompiledMapping? _mapping;

    /// <summary>A record: an object of Get-SourceData, a hash table, a data row, or any object with properties.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true)]
    [ValidateNotNull]
    public PSObject? InputObject { get; set; }

    /// <summary>The mapping: the path of a JSON file, or a hash table of the same form. In a hash table, a script block may stand for a value; the record is $_ in it.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNull]
    public object? Mapping { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        var document = MappingScripts.Bind(InputBinder.Unwrap(Mapping)) switch
        {
            string path => Wait(token => MappingDocument.LoadAsync(FullPath(path), token)),
            FileInfo file => Wait(token => MappingDocument.LoadAsync(file.FullName, token)),
            IDictionary table => OrStop(() => MappingDocument.FromDictionary(table)) with { Folder = FullPath(".") },
            MappingDocument ready => ready,
            var other => OrStop<MappingDocument>(() => throw new MigrationException(
                ErrorCode.InvalidMapping, $"An object of the type {other?.GetType().Name} is not a mapping.", "Pass the path of a JSON file, or a hash table.")),
        };
        _mapping = Wait(token => CompiledMapping.CreateAsync(document, cancellationToken: token));
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        Record record;
        try
        {
            record = _binder.Bind(InputObject!);
        }
        catch (MigrationException e)
        {
            WriteError(Errors.RecordFor(e, InputObject));
            return;
        }

        _items.Clear();
        Reject? reject;
        try
        {
            reject = OrStop(() => _mapping!.Map(record, _items));
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

        foreach (var item in _items)
            WriteObject(item, enumerateCollection: false);
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        _items.Clear();
        foreach (var reject in OrStop(() => _mapping!.Complete(_items)))
        {
            if (reject is not null)
                WriteReject(reject);
            foreach (var item in _items)
                WriteObject(item, enumerateCollection: false);
            _items.Clear();
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _mapping?.Dispose();
        base.Dispose(disposing);
    }
}
