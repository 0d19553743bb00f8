using System.Text.Json;
using SafeAI.Migration.Engine.Loading;

namespace SafeAI.Migration.Engine.Validation;

/// <summary>What the check of a whole migration needs to know.</summary>
public sealed record StreamValidationOptions
{
    /// <summary>The validation configuration: an object, or the path of a file as a JSON string.</summary>
    public required JsonElement Configuration { get; init; }

    /// <summary>The folder that paths in it are relative to.</summary>
    public required string Folder { get; init; }

    /// <summary>The level, where the configuration names none.</summary>
    public ValidationLevel Level { get; init; } = ValidationLevel.Strict;

    /// <summary>The error budget, where the configuration names none.</summary>
    public ErrorBudget ErrorBudget { get; init; } = ErrorBudget.None;

    /// <summary>A folder of schemas, or null.</summary>
    public string? SchemaRegistry { get; init; }

    /// <summary>The destination: for its own schema, references to its nodes, and the ends of relationships. It is not disposed.</summary>
    public IGraphDestination? Destination { get; init; }
}

/// <summary>
/// The check that a migration's records, or its nodes and relationships, pass by on their way: answers for each
/// whether it goes on, is turned away or is held back, and at the end whether the whole passed. Not safe for several
/// threads at once.
/// </summary>
/// <remarks>
/// Give every record or item to <see cref="Check(Record)"/> or <see cref="Check(GraphItem, out bool)"/>; keep what
/// is turned away, then end the run with <see cref="Failure"/> if <see cref="MustStop"/>. After the last, take what
/// was held back from <see cref="CompleteAsync"/>, and end the run with <see cref="Failure"/> unless that is null.
/// </remarks>
public sealed class StreamValidation : IDisposable
{
    private readonly Validator _validator;
    private readonly ValidationOptions _options;
    private readonly IGraphDestination? _destination;

    private StreamValidation(Validator validator, ValidationOptions options, IGraphDestination? destination)
    {
        _validator = validator;
        _options = options;
        _destination = destination;
    }

    /// <summary>Whether to end now: at the level Strict, more were turned away than the error budget allows.</summary>
    public bool MustStop => _validator.MustStop;

    /// <summary>What was found so far.</summary>
    public ValidationReport Report => _validator.Report();

    /// <summary>Makes ready: reads the configuration and its schema, and what references lead to.</summary>
    /// <exception cref="MigrationException">The configuration or a schema has faults, or something cannot be found or read.</exception>
    public static async Task<StreamValidation> CreateAsync(StreamValidationOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        string FullPath(string path) => Path.GetFullPath(path, options.Folder);
        Func<IGraphDestination>? destination = options.Destination is { } graph ? () => graph : null;
        var configuration = ValidationSetup.ReadConfiguration(
            options.Configuration, "The validation", FullPath, new ReferenceScope { Destination = destination });
        var setup = new ValidationSetup
        {
            Registry = options.SchemaRegistry is null ? null : FullPath(options.SchemaRegistry),
            FullPath = FullPath,
            Destination = destination,
        };
        await setup.AddAsync(configuration, cancellationToken).ConfigureAwait(false);
        var made = setup.ToOptions() with
        {
            Families = configuration.Families,
            Level = configuration.Level ?? options.Level,
            ErrorBudget = configuration.ErrorBudget ?? options.ErrorBudget,
            Quality = configuration.Quality,
            PrivateFields = configuration.PrivateFields,
        };
        return new StreamValidation(await Validator.CreateAsync(made, cancellationToken).ConfigureAwait(false), made, options.Destination);
    }

    /// <summary>
    /// Finds what is wrong with a configuration, its schema and its references to files, tables and streams beforehand. No
    /// record of theirs is read, and the destination is not asked.
    /// </summary>
    /// <exception cref="MigrationException">The configuration or a schema has faults, or cannot be found or read.</exception>
    public static async Task CheckConfigurationAsync(StreamValidationOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        string FullPath(string path) => Path.GetFullPath(path, options.Folder);
        var configuration = ValidationSetup.ReadConfiguration(options.Configuration, "The validation", FullPath, ReferenceScope.Empty);
        foreach (var rule in configuration.Rules.OfType<ReferenceRule>())
            await CheckTargetAsync(rule.Target, cancellationToken).ConfigureAwait(false);
        if (configuration.Schema.ValueKind == JsonValueKind.String && configuration.Schema.GetString() == SchemaFiles.PlatformSchema)
            return;
        var setup = new ValidationSetup { Registry = options.SchemaRegistry is null ? null : FullPath(options.SchemaRegistry), FullPath = FullPath };
        await setup.AddAsync(configuration, cancellationToken).ConfigureAwait(false);
        using var made = await Validator.CreateAsync(setup.ToOptions() with { Families = configuration.Families, Rules = [] }, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Checks a record.</summary>
    /// <returns>Null where it goes on, else why it was turned away. At the level None, everything goes on.</returns>
    public Reject? Check(Record record) => OrPass(_validator.Check(record));

    /// <summary>Checks a node or relationship.</summary>
    /// <param name="item">The node or relationship.</param>
    /// <param name="isHeld">Whether it is held back until its ends are known; <see cref="CompleteAsync"/> gives it.</param>
    /// <returns>Null where it goes on or is held back, else why it was turned away.</returns>
    public Reject? Check(GraphItem item, out bool isHeld) => OrPass(_validator.Check(item, out isHeld));

    /// <summary>Gives the relationships that were held back, in their order, each with the reason why it is turned away, or null.</summary>
    public async IAsyncEnumerable<HeldItem> CompleteAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var held in _validator.CompleteAsync(_destination, cancellationToken).ConfigureAwait(false))
            yield return held with { Reject = OrPass(held.Reject) };
    }

    /// <summary>
    /// Why the whole did not pass, or null: more were turned away than the error budget allows, a rule could not be
    /// decided, or the quality is not sufficient. Null at the level None.
    /// </summary>
    public MigrationException? Failure()
    {
        if (_options.Level == ValidationLevel.None)
            return null;
        var report = Report;
        return OverBudget(report) ?? UndecidedRule(report) ?? LowQuality(report);
    }

    /// <summary>Why a check did not pass in which more break a rule than the error budget allows; null where they do not.</summary>
    public static MigrationException? OverBudget(ValidationReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        return !report.ErrorBudget.IsExceeded(report.Invalid, report.Records) ? null : new MigrationException(
            ErrorCode.ErrorBudgetExceeded,
            FormattableString.Invariant($"{report.Invalid} of {report.Records} records break a rule; the error budget is {report.ErrorBudget}."),
            report.Recommendations.Count > 0 ? $"First: {report.Recommendations[0]}" : "See the validation report.")
        {
            Stage = MigrationStage.Validate,
        };
    }

    /// <summary>Why a check did not pass whose data is not good enough; null where it is, or no threshold is asked for.</summary>
    public static MigrationException? LowQuality(ValidationReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        return report.Quality is not { Passed: false } quality ? null : new MigrationException(
            ErrorCode.QualityBelowThreshold,
            quality.Score is { } score
                ? FormattableString.Invariant($"The quality score is {score:0.0000}, and {quality.Threshold} is asked for.")
                : "Nothing could be tested, so there is no quality score.",
            quality.Recommendations.Count > 0 ? $"First: {quality.Recommendations[0]}" : "See the validation report.")
        {
            Stage = MigrationStage.Validate,
        };
    }

    /// <inheritdoc/>
    public void Dispose() => _validator.Dispose();

    private static async Task CheckTargetAsync(ReferenceTarget target, CancellationToken cancellationToken)
    {
        try
        {
            var source = await target.OpenAsync(cancellationToken).ConfigureAwait(false);
            await source.DisposeAsync().ConfigureAwait(false);
        }
        catch (MigrationException e) when (e.Code == ErrorCode.NoDestination)
        {
            // It leads to the destination's own nodes, which are there when the run begins.
        }
    }

    private static MigrationException? UndecidedRule(ValidationReport report) => report.Results.FirstOrDefault(r => r.Errors > 0) is not { } broken ? null
        : new MigrationException(
            ErrorCode.RuleFailed,
            FormattableString.Invariant($"The rule {broken.Rule}{(broken.Field is null ? "" : $" of '{broken.Field}'")} could not be decided {broken.Errors} times: {broken.Error}"),
            "Correct the rule, then run the check again.")
        {
            Stage = MigrationStage.Validate,
        };

    private Reject? OrPass(Reject? reject) => _options.Level == ValidationLevel.None ? null : reject;
}
