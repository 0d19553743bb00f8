using System.Management.Automation;
using System.Text.Json;
using SafeAI.Migration.Engine.Loading;
using SafeAI.Migration.Engine.Platform;
using SafeAI.Migration.Engine.Validation;
using SafeAI.Migration.Engine.Validation.Schema;
using SafeAI.Migration.PowerShell.Binding;
using SafeAI.Migration.PowerShell.Hosting;

namespace SafeAI.Migration.PowerShell.Commands;

/// <summary>Checks records, or nodes and relationships, against schemas and rules, and reports or turns away what breaks them.</summary>
/// <remarks>
/// Without -PassThru, everything is checked and one report comes out: per rule, how many were tested and failed, and
/// where the first of them are. With -PassThru, what is valid goes on down the pipeline, and what is not becomes a
/// non-terminating error that carries it, and a line of -RejectPath.
/// At the level Strict, the command ends as soon as more break a rule than -ErrorBudget allows (by default none; a
/// share is judged at the end). At the level Lenient, it goes on to the end, and ends in an error there only where
/// -ErrorBudget is given and exceeded. At the level None, breaches are only counted, and everything goes on. The level is Strict with
/// -PassThru and Lenient without it, unless it is given.
/// A relationship whose ends have not come yet is held back to the end of the stream; ends that never come are
/// looked up at -Endpoint or -Store where one of these is given.
/// about_SafeAI_Migration_Validation describes the keywords, the rules and the configuration.
/// </remarks>
/// <example>
///   <code>Get-SourceData ./customers.csv | Test-MigrationData -Schema ./customer.schema.json -Unique customer_id</code>
///   <para>Reports how well a file fits a JSON Schema, and whether a field is unique.</para>
/// </example>
/// <example>
///   <code>Get-SourceData ./customers.csv | Test-MigrationData -Schema ./customer.schema.json -PassThru -ValidationLevel Lenient -RejectPath ./rejects.ndjson | Export-Csv ./clean.csv</code>
///   <para>Lets valid records go on and keeps the others, whole, in a file.</para>
/// </example>
[Cmdlet(VerbsDiagnostic.Test, "MigrationData", DefaultParameterSetName = "ApiKey")]
[OutputType(typeof(ValidationReport), typeof(Record), typeof(GraphNode), typeof(GraphRelationship))]
public sealed class TestMigrationDataCommand : DestinationCmdlet
{
    private readonly InputBinder _binder = new();
    private readonly List<string> _notes = [];
    private Validator? _validator;
    private RejectWriter? _rejects;
    private IGraphDestination? _destination;
    private ValidationLevel _level;
    private bool _budgetIsGiven;

    /// <summary>A record, an object with properties, a hash table, a data row, a node or a relationship.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true)]
    [AllowNull]
    public PSObject? InputObject { get; set; }

    /// <summary>The schema: the path of a file, a name in -SchemaRegistry, a hash table, or knowledge_graph_schema for the platform's own. A JSON Schema, or descriptions of node types.</summary>
    [Parameter(Position = 0)]
    [ValidateNotNull]
    public object? Schema { get; set; }

    /// <summary>The type of the nodes or relationships that the schema is for. Without it, that is the schema's title.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Type { get; set; }

    /// <summary>A folder of schemas, each in a file NAME.schema.json or NAME.json.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? SchemaRegistry { get; set; }

    /// <summary>The families of rules to apply: schema, type_check, constraint_check, relationship_check. All of them without it.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ValidateSet("schema", "type_check", "constraint_check", "relationship_check", "schema_validation", "data_type_check")]
    public string[]? Rule { get; set; }

    /// <summary>Fields that must have a value.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? Required { get; set; }

    /// <summary>Fields of which each must be unique. Composite keys are part of a configuration.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? Unique { get; set; }

    /// <summary>A validation configuration: a hash table, or the path of a JSON file.</summary>
    [Parameter]
    [ValidateNotNull]
    public object? Configuration { get; set; }

    /// <summary>What becomes of what breaks a rule: Strict, Lenient or None.</summary>
    [Parameter]
    public ValidationLevel ValidationLevel { get; set; }

    /// <summary>How many may break a rule: a number such as 10, a share such as 0.5%, or unlimited.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string ErrorBudget { get; set; } = "0";

    /// <summary>A file for what breaks a rule, one JSON object a line, the original record whole. A file of that name is replaced.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? RejectPath { get; set; }

    /// <summary>Fields whose values are not shown in errors and not repeated beside the record in -RejectPath.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[]? PrivateField { get; set; }

    /// <summary>Lets what is valid go on down the pipeline, in place of the report.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <summary>The name of a variable that receives the report.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ReportVariable { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        var configuration = Configuration is null ? null : OrStop(ReadConfiguration);
        _level = MyInvocation.BoundParameters.ContainsKey(nameof(ValidationLevel)) ? ValidationLevel
            : configuration?.Level ?? (PassThru ? ValidationLevel.Strict : ValidationLevel.Lenient);
        _budgetIsGiven = MyInvocation.BoundParameters.ContainsKey(nameof(ErrorBudget)) || configuration?.ErrorBudget is not null;
        var options = OrStop(() => OptionsFor(configuration));
        _validator = Wait(token => Validator.CreateAsync(options, token));
        if (RejectPath is not null)
            _rejects = new RejectWriter(FullPath(RejectPath));
        if (Store is not null || Endpoint is not null || Credential is not null)
            _destination = OpenDestination(forWriting: false);
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (InputObject is null)
            return;
        if (InputObject.BaseObject is GraphItem item)
        {
            var reject = OrStop(() => _validator!.Check(item, out var isHeld) is { } found ? (found, false) : ((Reject?)null, isHeld));
            if (!reject.Item2)
                Emit(InputObject, reject.Item1);
            return;
        }

        Record record;
        try
        {
            record = _binder.Bind(InputObject);
        }
        catch (MigrationException e)
        {
            WriteError(Errors.RecordFor(e, InputObject));
            return;
        }

        Emit(InputObject, OrStop(() => _validator!.Check(record, wasRead: InputObject.BaseObject is Record)));
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        try
        {
            StreamPump.Run(
                token => _validator!.CompleteAsync(_destination, token), held => Emit(PSObject.AsPSObject(held.Item), held.Reject), ahead: 1000, StoppingToken);
        }
        catch (MigrationException e)
        {
            ThrowTerminatingError(Errors.RecordFor(e, null));
        }
        catch (OperationCanceledException) when (StoppingToken.IsCancellationRequested)
        {
            return;
        }

        var report = FinalReport();
        if (!PassThru)
            WriteObject(report);
        if ((_level == ValidationLevel.Strict || _budgetIsGiven) && _level != ValidationLevel.None && report.ErrorBudget.IsExceeded(report.Invalid, report.Records))
            ThrowTerminatingError(OverBudget(report));
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _validator?.Dispose();
            _rejects?.Dispose();
            _destination?.DisposeAsync().AsTask().GetAwaiter().GetResult();
            _destination = null;
        }

        base.Dispose(disposing);
    }

    private void Emit(PSObject input, Reject? reject)
    {
        if (reject is null || _level == ValidationLevel.None)
        {
            if (PassThru)
                WriteObject(input, enumerateCollection: false);
        }
        else
        {
            OrStop(() =>
            {
                _rejects?.Write(reject);
                return true;
            });
            if (PassThru)
                WriteReject(reject);
        }

        if (_validator!.MustStop)
        {
            var report = FinalReport();
            if (!PassThru)
                WriteObject(report);
            ThrowTerminatingError(OverBudget(report));
        }
    }

    private ValidationReport FinalReport()
    {
        var report = _validator!.Report();
        if (ReportVariable is not null)
            SessionState.PSVariable.Set(ReportVariable, report);
        return report;
    }

    private static ErrorRecord OverBudget(ValidationReport report) => Errors.RecordFor(
        new MigrationException(
            ErrorCode.ErrorBudgetExceeded,
            FormattableString.Invariant($"{report.Invalid} of {report.Records} records break a rule; the error budget is {report.ErrorBudget}."),
            report.Recommendations.Count > 0 ? $"First: {report.Recommendations[0]}" : "See the report, which is the target object of this error.")
        {
            Stage = MigrationStage.Validate,
        },
        report);

    private ValidationOptions OptionsFor(ValidationConfiguration? configuration)
    {
        var rules = new List<FieldRule>(configuration?.Rules ?? []);
        if (Required is not null)
            rules.Add(new NotNullRule(Required));
        rules.AddRange((Unique ?? []).Select(u => new UniqueRule([u])));
        var schemas = new List<SchemaBinding>();
        var relationships = new List<RelationshipRule>(configuration?.Relationships ?? []);
        var knownTypesOnly = false;
        foreach (var schema in new[] { Schema, ConfiguredSchema(configuration) }.OfType<object>())
        {
            if (schema is string name && name == SchemaFiles.PlatformSchema)
            {
                var platform = Wait(ReadPlatformSchema);
                schemas.AddRange(platform.Schemas);
                rules.AddRange(platform.Rules);
                relationships.AddRange(platform.Relationships);
                knownTypesOnly = true;
            }
            else
            {
                schemas.AddRange(ReadSchema(schema, rules));
            }
        }

        if (configuration?.Fields is { } fields)
            schemas.Add(new SchemaBinding(fields, Type));
        if (schemas.Count == 0 && rules.Count == 0 && relationships.Count == 0)
            _notes.Add("No schema and no rule was given: only relationships are checked.");
        return new ValidationOptions
        {
            Schemas = schemas,
            Rules = rules,
            Relationships = relationships,
            KnownTypesOnly = knownTypesOnly,
            Families = Rule is not null ? Rule.Aggregate(RuleFamilies.None, (all, n) => all | ValidationConfiguration.FamilyOf(n)) : configuration?.Families ?? RuleFamilies.All,
            Level = _level,
            ErrorBudget = Budget(configuration),
            QualityThreshold = configuration?.QualityThreshold,
            PrivateFields = [.. PrivateField ?? [], .. configuration?.PrivateFields ?? []],
            Notes = _notes,
        };
    }

    private ErrorBudget Budget(ValidationConfiguration? configuration)
    {
        if (!MyInvocation.BoundParameters.ContainsKey(nameof(ErrorBudget)))
            return configuration?.ErrorBudget ?? Migration.ErrorBudget.None;
        try
        {
            return Migration.ErrorBudget.Parse(ErrorBudget);
        }
        catch (FormatException e)
        {
            throw new MigrationException(ErrorCode.InvalidOptions, e.Message, null, e);
        }
    }

    private static object? ConfiguredSchema(ValidationConfiguration? configuration) => configuration?.Schema switch
    {
        { ValueKind: JsonValueKind.String } name => name.GetString(),
        { ValueKind: JsonValueKind.Object or JsonValueKind.Array } schema => schema,
        _ => null,
    };

    private async Task<ValidationOptions> ReadPlatformSchema(CancellationToken cancellationToken)
    {
        using var client = new PlatformClient(CurrentConnection.Options(Endpoint, ApiKey, Credential));
        using var answer = await client.GetSchemaAsync(cancellationToken).ConfigureAwait(false);
        return SchemaFiles.ReadPlatform(answer.RootElement);
    }

    private IReadOnlyList<SchemaBinding> ReadSchema(object schema, List<FieldRule> rules) => InputBinder.Unwrap(schema) switch
    {
        string name => Wait(token => SchemaFiles.LoadAsync(
            SchemaFiles.Find(name, SchemaRegistry is null ? null : FullPath(SchemaRegistry), FullPath), Type, rules, token)),
        FileInfo file => Wait(token => SchemaFiles.LoadAsync(file.FullName, Type, rules, token)),
        JsonElement element => SchemaFiles.Read(element.GetRawText(), "The schema of the configuration", Type, rules),
        CompiledSchema compiled => [new SchemaBinding(compiled, Type)],
        var table => SchemaFiles.Read(ToJson(table).GetRawText(), "The schema", Type, rules),
    };

    private ValidationConfiguration ReadConfiguration()
    {
        if (InputBinder.Unwrap(Configuration) is not string path)
            return ValidationConfiguration.Read(ToJson(InputBinder.Unwrap(Configuration)), "The configuration", FullPath);
        var full = FullPath(path);
        var folder = Path.GetDirectoryName(full)!;
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllText(full), new JsonDocumentOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip });
            return ValidationConfiguration.Read(document.RootElement.Clone(), full, p => Path.GetFullPath(p, folder));
        }
        catch (JsonException e)
        {
            throw new MigrationException(ErrorCode.InvalidSchema, $"{full} is not JSON: {e.Message}", "Correct it at that place.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MigrationException(ErrorCode.SourceNotFound, $"The configuration {full} cannot be read: {e.Message}", "Check the path.", e);
        }
    }

    private static JsonElement ToJson(object? value)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
            RecordJson.WriteValue(writer, value);
        using var document = JsonDocument.Parse(stream.ToArray());
        return document.RootElement.Clone();
    }
}
