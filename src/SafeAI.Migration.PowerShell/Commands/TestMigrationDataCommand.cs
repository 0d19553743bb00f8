using System.Management.Automation;
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
public sealed class TestMigrationDataCommand : ValidationCmdlet
{
    private readonly InputBinder _binder = new();
    private readonly HashSet<RecordSource> _sources = new(ReferenceEqualityComparer.Instance);
    private Action<object?>? _check;
    private Validator? _validator;
    private RejectWriter? _rejects;
    private ValidationLevel _level;
    private bool _budgetIsGiven;

    /// <summary>A record, an object with properties, a hash table, a data row, a node or a relationship.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true)]
    [AllowNull]
    public PSObject? InputObject { get; set; }

    /// <summary>The schema: the path of a file, a name in -SchemaRegistry, a hash table, or knowledge_graph_schema for the platform's own, or the store's. A JSON Schema, or descriptions of node types.</summary>
    [Parameter(Position = 0)]
    [ValidateNotNull]
    public object? Schema { get; set; }

    /// <summary>The type of the nodes or relationships that the schema is for. Without it, that is the schema's title.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Type { get; set; }

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

    /// <summary>What becomes of what breaks a rule: Strict, Lenient or None.</summary>
    [Parameter]
    public ValidationLevel ValidationLevel { get; set; }

    /// <summary>How many may break a rule: a number such as 10, a share such as 0.5%, or unlimited.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string ErrorBudget { get; set; } = "0";

    /// <summary>A file for what breaks a rule, one JSON object a line, the original record whole. A file of that name is replaced, or removed at the end where nothing broke a rule.</summary>
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

    /// <summary>Ends in a terminating error, whose target object is the report, when the quality does not reach the configuration's quality_threshold.</summary>
    [Parameter]
    public SwitchParameter FailBelowThreshold { get; set; }

    /// <summary>The name of a variable that receives the report.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? ReportVariable { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        OpenNamedDestination();
        var configuration = ReadConfiguration();
        _level = MyInvocation.BoundParameters.ContainsKey(nameof(ValidationLevel)) ? ValidationLevel
            : configuration?.Level ?? (PassThru ? ValidationLevel.Strict : ValidationLevel.Lenient);
        _budgetIsGiven = MyInvocation.BoundParameters.ContainsKey(nameof(ErrorBudget)) || configuration?.ErrorBudget is not null;
        var options = OrStop(() => OptionsFor(configuration));
        if (FailBelowThreshold && configuration?.Quality is null)
            OrStop<bool>(() => throw new MigrationException(
                ErrorCode.InvalidOptions, "-FailBelowThreshold is given, and no threshold.", "Give -Configuration a quality_threshold, or use Test-MigrationQuality."));
        if (RejectPath is not null && _level == ValidationLevel.None)
            WriteWarning("At the level None nothing is turned away, so that -RejectPath is not written.");
        _validator = Wait(token => Validator.CreateAsync(options, token));
        if (RejectPath is not null && _level != ValidationLevel.None)
            _rejects = new RejectWriter(FullPath(RejectPath));
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (InputObject is not null)
            PipelineInput.ForEach(InputObject, _check ??= Check);
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        try
        {
            StreamPump.Run(
                token => _validator!.CompleteAsync(OpenedDestination, token), held => Emit(held.Item, held.Reject), ahead: 1000, StoppingToken);
        }
        catch (MigrationException e)
        {
            ThrowTerminatingError(Errors.RecordFor(e, null));
        }
        catch (OperationCanceledException) when (StoppingToken.IsCancellationRequested)
        {
            return;
        }

        OrStop(() =>
        {
            _rejects?.Complete();
            return true;
        });
        var report = FinalReport();
        if (!PassThru)
            WriteObject(report);
        if ((_level == ValidationLevel.Strict || _budgetIsGiven) && _level != ValidationLevel.None && report.ErrorBudget.IsExceeded(report.Invalid, report.Records))
            ThrowTerminatingError(Errors.RecordFor(StreamValidation.OverBudget(report)!, report));
        if (FailBelowThreshold && StreamValidation.LowQuality(report) is { } low)
            ThrowTerminatingError(Errors.RecordFor(low, report));
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _validator?.Dispose();
            _rejects?.Dispose();
            foreach (var source in _sources)
                source.FoundInvalid.Forget();
            _sources.Clear();
        }

        base.Dispose(disposing);
    }

    private void Check(object? input)
    {
        if (PipelineInput.Base(input) is GraphItem item)
        {
            var reject = OrStop(() => _validator!.Check(item, out var isHeld) is { } found ? (found, false) : ((Reject?)null, isHeld));
            if (!reject.Item2)
                Emit(input, reject.Item1);
            return;
        }

        if (RecordOrError(_binder, input) is not { } record)
        {
            _validator!.AddUnchecked();
            return;
        }

        Emit(input, OrStop(() => _validator!.Check(record, wasRead: PipelineInput.Base(input) is Record)));
    }

    private void Emit(object? input, Reject? reject)
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
                TurnAway(reject);
        }

        if (_validator!.MustStop)
        {
            var report = FinalReport();
            if (!PassThru)
                WriteObject(report);
            ThrowTerminatingError(Errors.RecordFor(StreamValidation.OverBudget(report)!, report));
        }
    }

    // The load at the pipeline's end keeps it; what no load took by the pipeline's end concerns none.
    private void TurnAway(Reject reject)
    {
        if ((reject.Record ?? reject.Item?.GetRecord())?.GetSource() is { } source)
        {
            _sources.Add(source);
            source.FoundInvalid.Add(reject);
        }

        WriteReject(reject);
    }

    private ValidationReport FinalReport()
    {
        var report = _validator!.Report();
        if (ReportVariable is not null)
            SessionState.PSVariable.Set(ReportVariable, report);
        return report;
    }

    private ValidationOptions OptionsFor(ValidationConfiguration? configuration)
    {
        var setup = SetupFor(configuration, Type);
        if (Required is not null)
            setup.AddRule(new NotNullRule(Required));
        foreach (var field in Unique ?? [])
            setup.AddRule(new UniqueRule([field]));
        switch (InputBinder.Unwrap(Schema))
        {
            case null: break;
            case CompiledSchema compiled: setup.AddSchema(compiled); break;
            case FileInfo file: Wait(token => setup.AddSchemaAsync(ToJson(file.FullName), token)); break;
            case var schema: Wait(token => setup.AddSchemaAsync(ToJson(schema), token)); break;
        }

        return setup.ToOptions() with
        {
            Families = Rule is not null ? Rule.Aggregate(RuleFamilies.None, (all, n) => all | ValidationConfiguration.FamilyOf(n)) : configuration?.Families ?? RuleFamilies.All,
            Level = _level,
            ErrorBudget = Budget(configuration),
            Quality = configuration?.Quality,
            PrivateFields = [.. PrivateField ?? [], .. configuration?.PrivateFields ?? []],
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
}
