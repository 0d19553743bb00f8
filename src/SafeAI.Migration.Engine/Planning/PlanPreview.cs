using SafeAI.Migration.Engine.Extraction;
using SafeAI.Migration.Engine.Loading;
using SafeAI.Migration.Engine.Platform;
using SafeAI.Migration.Engine.Transformation;
using SafeAI.Migration.Engine.Validation;

namespace SafeAI.Migration.Engine.Planning;

/// <summary>
/// Finds out what a plan would do, without writing anything: opens its sources and destination, maps the first records
/// of each source, and asks the destination what of them is there. What goes wrong is a finding.
/// </summary>
public sealed class PlanPreview
{
    private const int SampleSize = 1000;
    private const int LargestCount = 200_000;

    private readonly MigrationPlan _plan;
    private readonly List<PreflightFinding> _findings = [];
    private readonly List<SourcePreview> _sources = [];
    private readonly Dictionary<(bool IsNode, string Type), SampledType> _types = [];

    private SampleValidation? _validation;
    private long _sampled;
    private long _rejected;
    private bool _isWhole = true;

    private PlanPreview(MigrationPlan plan) => _plan = plan;

    /// <summary>Makes a preview. Memory does not grow with the sources.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="platform">How to reach the platform, where the host knows better than the plan and the environment; or null.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task<MigrationPreview> MakeAsync(MigrationPlan plan, PlatformOptions? platform = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var preview = new PlanPreview(plan);
        preview._findings.AddRange(plan.Warnings.Select(w => new PreflightFinding("SecretInClear", FindingSeverity.Warning, w.Path, w.Message + ".")));
        try
        {
            await preview.CheckValidationAsync(platform, cancellationToken).ConfigureAwait(false);
            await preview.SampleSourcesAsync(cancellationToken).ConfigureAwait(false);
            await preview.ApplyValidationAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            if (preview._validation is { } validation)
                await validation.DisposeAsync().ConfigureAwait(false);
        }

        var asked = await preview.AskDestinationAsync(platform, cancellationToken).ConfigureAwait(false);
        return preview.Result(asked);
    }

    private async Task CheckValidationAsync(PlatformOptions? platform, CancellationToken cancellationToken)
    {
        if (!_plan.IsValidated)
            return;
        try
        {
            await StreamValidation.CheckConfigurationAsync(PlanRunner.ValidationOptionsOf(_plan, _plan.Options, null), cancellationToken).ConfigureAwait(false);
        }
        catch (MigrationException e)
        {
            Add(e, "$.validation");
            return;
        }

        try
        {
            _validation = await SampleValidation.CreateAsync(_plan, platform, cancellationToken).ConfigureAwait(false);
        }
        catch (MigrationException e)
        {
            _findings.Add(new PreflightFinding(
                "ValidationNotSampled", FindingSeverity.Information, "$.validation", $"The rules were not applied to the first records, as they need the destination: {e.What}", e.Remedy));
        }
    }

    private async Task ApplyValidationAsync(CancellationToken cancellationToken)
    {
        if (_validation is null)
            return;
        _findings.AddRange(await _validation.FindingsAsync(_isWhole, cancellationToken).ConfigureAwait(false));
        _rejected += _validation.Invalid;
    }

    private async Task SampleSourcesAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var feeds = await PlanFeeds.OpenAsync(_plan, cancellationToken).ConfigureAwait(false);
            _findings.AddRange(feeds.Notes.Select(n => new PreflightFinding("MappingNote", FindingSeverity.Warning, n.Path, n.Message, "Write a mapping where that is not what you want.")));
            using var ids = new RunIds([.. feeds.All.Select(f => f.Mapping)]);
            foreach (var feed in feeds.All)
            {
                try
                {
                    await SampleAsync(feed, ids, cancellationToken).ConfigureAwait(false);
                }
                catch (MigrationException e)
                {
                    Add(e, feed.Source.Place);
                }
            }
        }
        catch (MigrationException e)
        {
            Add(e, "$.sources");
        }
    }

    private async Task SampleAsync(PlanFeed feed, RunIds ids, CancellationToken cancellationToken)
    {
        using var mapping = await feed.CompileAsync(ids, cancellationToken).ConfigureAwait(false);
        await using var source = await feed.OpenAsync(null, cancellationToken).ConfigureAwait(false);
        var (sampled, rejects, read, ended) = (0L, 0L, 0L, true);
        Reject? first = null;
        var items = new List<GraphItem>();
        var estimate = feed.EstimatedRows ?? source.Metadata.EstimatedRecords;
        await foreach (var batch in source.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            read += batch.Records.Count + batch.Rejects.Count;
            if (sampled < SampleSize)
            {
                sampled += batch.Records.Count + batch.Rejects.Count;
                rejects += batch.Rejects.Count;
                first ??= batch.Rejects.Count > 0 ? batch.Rejects[0] : null;
                foreach (var record in batch.Records)
                {
                    var before = items.Count;
                    if (mapping.Map(record, items) is not { } bad)
                    {
                        _validation?.Check(items.Skip(before));
                        continue;
                    }

                    rejects++;
                    first ??= bad;
                }
            }

            // Further on only the records are counted, and only where nothing else tells how many there are.
            if (sampled >= SampleSize && (estimate is not null || read >= LargestCount))
            {
                ended = false;
                break;
            }
        }

        var rows = ended ? read : estimate;
        _isWhole &= ended && read <= sampled;
        _sampled += sampled;
        _rejected += rejects;
        _sources.Add(new SourcePreview(source.Source.Name, rows, !ended));
        foreach (var item in items)
        {
            var key = (item is GraphNode, item.Type);
            if (!_types.TryGetValue(key, out var type))
                _types[key] = type = new SampledType();
            type.Add(item);
        }

        foreach (var type in _types.Values)
            type.EndOfFeed(sampled, rows);
        if (rows == 0)
            _findings.Add(new PreflightFinding("NothingToRead", FindingSeverity.Warning, feed.Source.Place, $"{source.Source.Name} has no records.", "Check that it is the right source."));
        if (rejects > 0)
        {
            _findings.Add(new PreflightFinding(
                "RecordsRejected", FindingSeverity.Warning, feed.Source.Place,
                $"{rejects} of the first {sampled} records of {source.Source.Name} cannot be read or mapped, the first: {first}",
                "Mend the records or the mapping, or allow for them with errorBudget."));
        }
    }

    private async Task<(string Name, long? RatePerMinute, bool IsStore)> AskDestinationAsync(PlatformOptions? platform, CancellationToken cancellationToken)
    {
        var store = _plan.Destination.Store;
        if (store is not null && !File.Exists(store))
        {
            if (Path.GetDirectoryName(Path.GetFullPath(store)) is { } folder && !Directory.Exists(folder))
                _findings.Add(new PreflightFinding(ErrorCode.StoreFailed, FindingSeverity.Error, "$.destination.store", $"There is no folder '{folder}'.", "Make it, or name another."));
            foreach (var type in _types.Values)
                (type.AtDestination, type.Overwritten) = (0, 0);
            return (Path.GetFullPath(store), null, true);
        }

        try
        {
            var destination = PlanDestinations.Open(_plan, platform, create: false);
            await using var disposing = destination.ConfigureAwait(false);
            foreach (var ((isNode, name), type) in _types)
            {
                var counts = isNode
                    ? await destination.CountNodesAsync([name], cancellationToken).ConfigureAwait(false)
                    : await destination.CountRelationshipsAsync([name], cancellationToken).ConfigureAwait(false);
                type.AtDestination = counts.GetValueOrDefault(name);
                IEnumerable<GraphItem> found = type.AtDestination == 0 ? []
                    : isNode ? await destination.ReadNodesAsync(name, [.. type.Sample.Keys], cancellationToken).ConfigureAwait(false)
                    : await destination.ReadRelationshipsAsync(name, [.. type.Sample.Keys], cancellationToken).ConfigureAwait(false);
                type.Compare(found);
            }

            if (_types.Count == 0)
                await destination.GetSchemaAsync(cancellationToken).ConfigureAwait(false);
            return (destination.DisplayName, (destination as PlatformDestination)?.Client.RateLimitStatus?.Limit, store is not null);
        }
        catch (MigrationException e)
        {
            Add(e, "$.destination");
            return (_plan.Destination.ToString(), null, store is not null);
        }
    }

    private MigrationPreview Result((string Name, long? RatePerMinute, bool IsStore) destination)
    {
        var types = _types.OrderByDescending(t => t.Key.IsNode).ThenBy(t => t.Key.Type, StringComparer.Ordinal)
            .Select(t => new TypePreview(t.Key.IsNode ? "Node" : "Relationship", t.Key.Type, t.Value.Count, t.Value.AtDestination, t.Value.Overwritten)).ToArray();
        foreach (var type in types.Where(t => t.Overwritten > 0))
        {
            _findings.Add(new PreflightFinding(
                "WillOverwrite", FindingSeverity.Information, "$.destination", $"About {type.Overwritten} of the {type.Kind.ToLowerInvariant()}s of the type {type.Type} that are there would get other values."));
        }

        if (_plan.ValidationLevel != ValidationLevel.None && _plan.Options.ErrorBudget.IsExceeded(_rejected, _sampled))
        {
            _findings.Add(new PreflightFinding(
                ErrorCode.ErrorBudgetExceeded, FindingSeverity.Error, "$.options.errorBudget",
                $"{_rejected} of the {_sampled} records looked at would be rejected; the error budget allows {_plan.Options.ErrorBudget}.", "Mend the records or the mapping, or allow more."));
        }

        long? requests = destination.IsStore ? 0 : types.Any(t => t.Count is null) ? null : _types.Values.Sum(RequestsFor);
        var limit = destination.IsStore ? null : new[] { destination.RatePerMinute, _plan.MaxRequestsPerMinute }.Min();

        // The first window's requests need not wait.
        var seconds = requests is { } count && limit is { } rate ? Math.Max(0, (count - 1) / rate) * 60.0 : (double?)null;
        if (seconds is { } least && _plan.Windows is { } windows)
        {
            var opens = windows.NextOpening(DateTimeOffset.UtcNow);
            if (windows.Closing(opens) - opens < TimeSpan.FromSeconds(least))
                _findings.Add(new PreflightFinding(
                    "WindowTooShort", FindingSeverity.Warning, "$.window", FormattableString.Invariant($"At {limit} requests a minute it takes at least {TimeSpan.FromSeconds(least):c}, longer than the next window."),
                    "The run goes on in the windows after that; make them longer or the batches larger."));
        }

        return new MigrationPreview
        {
            Name = _plan.Name,
            Destination = destination.Name,
            Sources = _sources,
            Types = types,
            Requests = requests,
            RequestsPerMinute = limit,
            SecondsAtRateLimit = seconds,
            Findings = [.. _findings.OrderByDescending(f => f.Severity)],
        };
    }

    // Two requests make a type ready. Each batch is read before where there is something, written where something is to be
    // changed, and read after where that is asked. What comes again in a later batch is read and not written.
    private long RequestsFor(SampledType type)
    {
        var count = type.Count!.Value;
        var batches = BatchesOf(count);
        var again = count > _plan.Options.BatchSize ? BatchesOf(type.Times!.Value - count) : 0;
        return 2 + again + (type.AtDestination > 0 ? batches : 0) + Math.Min(batches, type.Changed ?? count)
            + _plan.Options.Verify switch { VerifyMode.Content => batches, VerifyMode.Count => 1, _ => 0 };

        long BatchesOf(long items) => (items + _plan.Options.BatchSize - 1) / _plan.Options.BatchSize;
    }

    private void Add(MigrationException e, string place)
    {
        if (!_findings.Exists(f => f.Message == e.What))
            _findings.Add(new PreflightFinding(e.Code, FindingSeverity.Error, place, e.What, e.Remedy));
    }

    /// <summary>What the samples hold of one type, and what follows from it.</summary>
    private sealed class SampledType
    {
        private long _ofFeed;
        private long _timesOfFeed;
        private long _different;

        /// <summary>Some items of the samples by their ids.</summary>
        public Dictionary<string, GraphItem> Sample { get; } = new(StringComparer.Ordinal);

        public long? Count { get; private set; } = 0;

        /// <summary>As <see cref="Count"/>, with each item as often as it comes.</summary>
        public long? Times { get; private set; } = 0;

        public long? AtDestination { get; set; }

        public long? Overwritten { get; set; }

        /// <summary>Those that are not there yet, or would get other values; null where nobody looked.</summary>
        public long? Changed { get; private set; }

        public void Add(GraphItem item)
        {
            _timesOfFeed++;

            // The same id makes the same item, in however many records.
            if (Sample.ContainsKey(item.Id))
                return;
            _ofFeed++;
            if (Sample.Count < SampleSize)
                Sample.Add(item.Id, item);
        }

        public void EndOfFeed(long sampled, long? rows)
        {
            if (_ofFeed > 0)
                Count = Scaled(_ofFeed, Count);
            if (_timesOfFeed > 0)
                Times = Scaled(_timesOfFeed, Times);
            _ofFeed = _timesOfFeed = 0;

            long? Scaled(long ofFeed, long? before) => rows is { } all && before is { } earlier ? earlier + (long)Math.Round((double)ofFeed * all / sampled) : null;
        }

        public void Compare(IEnumerable<GraphItem> found)
        {
            var there = 0L;
            foreach (var item in found)
            {
                there++;
                if (Sample.TryGetValue(item.Id, out var wanted) && !GraphContent.Covers(item.Properties, wanted.Properties))
                    _different++;
            }

            Overwritten = ScaledUp(_different);
            Changed = ScaledUp(Sample.Count - there + _different);

            long? ScaledUp(long ofSample) => Sample.Count == 0 || Count is null ? null : (long)Math.Round((double)ofSample * Count.Value / Sample.Count);
        }
    }
}
