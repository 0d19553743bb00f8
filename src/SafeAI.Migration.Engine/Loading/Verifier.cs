using SafeAI.Migration.Engine.Journal;

namespace SafeAI.Migration.Engine.Loading;

/// <summary>Checks after a load that the destination holds what it confirmed.</summary>
/// <param name="context">What the parts of the load share.</param>
/// <param name="throttle">Lets the requests through.</param>
/// <param name="onVerified">Hears how many items were read back.</param>
internal sealed class Verifier(LoadContext context, LoadThrottle throttle, Action<int> onVerified)
{
    private readonly IGraphDestination _destination = context.Destination;
    private readonly LoadOptions _options = context.Options;

    /// <summary>Counts the items that are missing or differ.</summary>
    public async Task<long> CountDifferencesAsync(CancellationToken cancellationToken) =>
        _options.Verify switch
        {
            VerifyMode.Count => await CompareCountsAsync(cancellationToken).ConfigureAwait(false),
            VerifyMode.Content => await CompareContentAsync(cancellationToken).ConfigureAwait(false),
            _ => 0,
        };

    private async Task<long> CompareCountsAsync(CancellationToken cancellationToken)
    {
        var before = await context.Types.CountsBeforeAsync().ConfigureAwait(false);
        string[] nodeTypes = [.. before.Keys.Where(k => k.IsNode).Select(k => k.Type)];
        string[] relationshipTypes = [.. before.Keys.Where(k => !k.IsNode).Select(k => k.Type)];
        var nodes = await _destination.CountNodesAsync(nodeTypes, cancellationToken).ConfigureAwait(false);
        var relationships = await _destination.CountRelationshipsAsync(relationshipTypes, cancellationToken).ConfigureAwait(false);
        long differences = 0;
        foreach (var (type, count) in before)
        {
            // A node that came or was changed with a further label counts under that one, too.
            var gained = type.IsNode && _destination.ListsByEveryLabel ? context.Counters.GainedByLabel.GetValueOrDefault(type.Type) : 0;
            var expected = count + context.Counters.CreatedByType.GetValueOrDefault(type) + gained;
            var actual = (type.IsNode ? nodes : relationships).GetValueOrDefault(type.Type);
            differences += Math.Abs(expected - actual);
        }

        return differences;
    }

    private async Task<long> CompareContentAsync(CancellationToken cancellationToken)
    {
        long differences = 0;
        await Parallel.ForEachAsync(
            context.Ledger!.Pages(_options.BatchSize),
            new ParallelOptions { MaxDegreeOfParallelism = Math.Max(_options.ThrottleLimit, throttle.Maximum), CancellationToken = cancellationToken },
            async (page, token) => await throttle.RunAsync("verify", isTypical: page.Items.Count >= _options.BatchSize / 2, async inner =>
            {
                IEnumerable<GraphItem> found = page.IsNode
                    ? await _destination.ReadNodesAsync(page.Type, [.. page.Items.Keys], inner).ConfigureAwait(false)
                    : await _destination.ReadRelationshipsAsync(page.Type, [.. page.Items.Keys], inner).ConfigureAwait(false);
                CrashPoint.Hit("verify.page");
                var same = 0;
                foreach (var item in found)
                {
                    var hash = GraphContent.Hash(item, context.Temporals.Restore(item.Type, item.Properties), (item as GraphNode)?.Labels);
                    if (page.Items.TryGetValue(item.Id, out var expected) && hash.AsSpan().SequenceEqual(expected))
                        same++;
                }

                Interlocked.Add(ref differences, page.Items.Count - same);
                onVerified(page.Items.Count);
            }, token).ConfigureAwait(false)).ConfigureAwait(false);
        return differences;
    }
}
