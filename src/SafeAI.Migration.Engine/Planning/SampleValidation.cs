using SafeAI.Migration.Engine.Loading;
using SafeAI.Migration.Engine.Platform;
using SafeAI.Migration.Engine.Validation;

namespace SafeAI.Migration.Engine.Planning;

/// <summary>
/// Applies a plan's validation to the first records of its sources, and finds what a run would turn away. Ends of
/// relationships are looked for only where the whole of every source was seen: else they may still come.
/// </summary>
internal sealed class SampleValidation : IAsyncDisposable
{
    private const int MostRules = 20;

    private readonly StreamValidation _validation;
    private readonly IGraphDestination? _destination;
    private readonly HashSet<(string? Source, long Ordinal)> _invalid = [];
    private long _withoutPosition;

    private SampleValidation(StreamValidation validation, IGraphDestination? destination) => (_validation, _destination) = (validation, destination);

    /// <summary>Records that break a rule.</summary>
    public long Invalid => _invalid.Count + _withoutPosition;

    /// <summary>Makes ready, with the destination where there is one already.</summary>
    /// <exception cref="MigrationException">The validation needs the destination, and there is none that can be read.</exception>
    public static async Task<SampleValidation?> CreateAsync(MigrationPlan plan, PlatformOptions? platform, CancellationToken cancellationToken)
    {
        if (!plan.IsValidated)
            return null;
        var destination = plan.Destination.Store is { } store && !File.Exists(store) ? null : PlanDestinations.Open(plan, platform, create: false);
        try
        {
            return new SampleValidation(
                await StreamValidation.CreateAsync(PlanRunner.ValidationOptionsOf(plan, plan.Options, destination), cancellationToken).ConfigureAwait(false), destination);
        }
        catch
        {
            if (destination is not null)
                await destination.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Checks what a record was made into.</summary>
    public void Check(IEnumerable<GraphItem> items)
    {
        foreach (var item in items)
            Note(_validation.Check(item, out _));
    }

    /// <summary>What was found, a finding for each rule.</summary>
    /// <param name="isWhole">Whether every source was seen to its end.</param>
    /// <param name="cancellationToken">Stops the look-up of ends.</param>
    public async Task<IReadOnlyList<PreflightFinding>> FindingsAsync(bool isWhole, CancellationToken cancellationToken)
    {
        if (isWhole)
        {
            await foreach (var held in _validation.CompleteAsync(cancellationToken).ConfigureAwait(false))
                Note(held.Reject);
        }

        var report = _validation.Report;
        return report.Recommendations.Where(r => report.Results.Any(rule => rule.Rule == r.Rule && rule.Field == r.Field)).Take(MostRules).Select(r => new PreflightFinding(
            ErrorCode.RuleBroken, FindingSeverity.Warning, "$.validation", $"Of the records looked at: {r}", r.Remedy)).ToArray();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _validation.Dispose();
        if (_destination is not null)
            await _destination.DisposeAsync().ConfigureAwait(false);
    }

    private void Note(Reject? reject)
    {
        if (reject is null)
            return;
        if ((reject.Record ?? reject.Item?.GetRecord()) is { } record)
            _invalid.Add((record.GetPosition().Source, record.GetPosition().Ordinal));
        else
            _withoutPosition++;
    }
}
