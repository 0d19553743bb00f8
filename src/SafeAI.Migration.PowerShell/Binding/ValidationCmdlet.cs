using System.Collections;
using System.Management.Automation;
using System.Text.Json;
using SafeAI.Migration.Engine.Loading;
using SafeAI.Migration.Engine.Validation;

namespace SafeAI.Migration.PowerShell.Binding;

/// <summary>What the commands share that check data against a validation configuration.</summary>
public abstract class ValidationCmdlet : DestinationCmdlet
{
    private IGraphDestination? _destination;

    /// <summary>A validation configuration: a hash table, or the path of a JSON file.</summary>
    [Parameter]
    [ValidateNotNull]
    public object? Configuration { get; set; }

    /// <summary>The records that references and agreements of the configuration lead to as their stream, by name, for instance @{ customers = $customers }.</summary>
    [Parameter]
    [ValidateNotNull]
    public Hashtable? ReferenceData { get; set; }

    /// <summary>A folder of schemas, each in a file NAME.schema.json or NAME.json.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? SchemaRegistry { get; set; }

    /// <summary>The destination as far as it was opened, or null.</summary>
    private protected IGraphDestination? OpenedDestination => _destination;

    /// <summary>Opens the destination where one is named.</summary>
    private protected void OpenNamedDestination()
    {
        if (Store is not null || Endpoint is not null || Credential is not null)
            _destination = OpenDestination(forWriting: false);
    }

    /// <summary>Reads -Configuration; null where none is given.</summary>
    private protected ValidationConfiguration? ReadConfiguration() => Configuration is null ? null : OrStop(() => ValidationSetup.ReadConfiguration(
        ToJson(InputBinder.Unwrap(Configuration is FileInfo file ? file.FullName : Configuration)), "The configuration", FullPath, Scope()));

    /// <summary>Makes the setup of a check, with what the configuration names.</summary>
    /// <param name="configuration">The configuration, or null.</param>
    /// <param name="type">The type of the graph items that schemas are for, or null.</param>
    private protected ValidationSetup SetupFor(ValidationConfiguration? configuration, string? type)
    {
        var setup = new ValidationSetup
        {
            Registry = SchemaRegistry is null ? null : FullPath(SchemaRegistry),
            Type = type,
            FullPath = FullPath,
            Destination = Graph,
        };
        if (configuration is not null)
            Wait(token => setup.AddAsync(configuration, token));
        return setup;
    }

    /// <summary>A value of PowerShell as JSON.</summary>
    private protected static JsonElement ToJson(object? value)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
            RecordJson.WriteValue(writer, value);
        using var document = JsonDocument.Parse(stream.ToArray());
        return document.RootElement.Clone();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _destination?.DisposeAsync().AsTask().GetAwaiter().GetResult();
            _destination = null;
        }

        base.Dispose(disposing);
    }

    // Opened where it is named, or when a schema or a reference asks for it.
    private IGraphDestination Graph() => _destination ??= OpenPlatform();

    // The records are taken whole, as a pipeline gives them only once.
    private ReferenceScope Scope() => new()
    {
        Destination = Graph,
        Streams = (ReferenceData ?? []).Cast<DictionaryEntry>().ToDictionary(
            e => e.Key.ToString()!,
            e =>
            {
                var binder = new InputBinder();
                return (IReadOnlyList<Record>)LanguagePrimitives.ConvertTo<PSObject[]>(e.Value).Select(binder.Bind).ToArray();
            }),
    };
}
