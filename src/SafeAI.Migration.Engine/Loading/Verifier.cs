namespace SafeAI.Migration.Engine.Loading;

/// <summary>Checks after a load that the destination holds what it confirmed.</summary>
internal sealed class Verifier(
    IGraphDestination destination,
    TypeStates types,
    LoadCounters counters,
    TemporalProperties temporals,
    VerificationLedger? ledger,
    LoadOptions options,
    Action<int> onVerified)
{
    /// <summary>Counts the items that are missing or differ.</summary>
    public async Task<long> CountDifferencesAsync(CancellationToken cancellationToken) =>
        options.Verify switch
        {
            VerifyMode.Count => await CompareCountsAsync(cancellationToken).ConfigureAwait(false),
            VerifyMode.Content => await CompareContentAsync(cancellationToken).ConfigureAwait(false),
            _ => 0,
        };

    private async Task<long> CompareCountsAsync(CancellationToken cancellationToken)
    {
        var before = await types.CountsBeforeAsync().ConfigureAwait(false);
        string[] nodeTypes = [.. before.Keys.Where(k => k.IsNode).Select(k => k.Type)];
        string[] relationshipTypes = [.. before.Keys.Where(k => !k.IsNode).Select(k => k.Type)];
        var nodes = await destination.CountNodesAsync(nodeTypes, cancellationToken).ConfigureAwait(false);
        var relationships = await destination.CountRelationshipsAsync(relationshipTypes, cancellationToken).ConfigureAwait(false);
        long differences = 0;
        foreach (var (type, count) in before)
        {
            var expected = count + counters.CreatedByType.GetValueOrDefault(type);
            var actual = (type.IsNode ? nodes : relationships).GetValueOrDefault(type.Type);
            differences += Math.Abs(expected - actual);
        }

        return differences;
    }

    private async Task<long> CompareContentAsync(CancellationToken cancellationToken)
    {
        long differences = 0;
        await Parallel.ForEachAsync(
            ledger!.Pages(options.BatchSize),
            new ParallelOptions { MaxDegreeOfParallelism = options.ThrottleLimit, CancellationToken = cancellationToken },
            async (page, token) =>
            {
                IEnumerable<GraphItem> found = page.Key.IsNode
                    ? await destination.ReadNodesAsync(page.Key.Type, [.. page.Items.Keys], token).ConfigureAwait(false)
                    : await destination.ReadRelationshipsAsync(page.Key.Type, [.. page.Items.Keys], token).ConfigureAwait(false);
                var same = 0;
                foreach (var item in found)
                {
                    var hash = GraphContent.Hash(item, temporals.Restore(item.Type, item.Properties), (item as GraphNode)?.Labels);
                    if (page.Items.TryGetValue(item.Id, out var expected) && hash.AsSpan().SequenceEqual(expected))
                        same++;
                }

                Interlocked.Add(ref differences, page.Items.Count - same);
                onVerified(page.Items.Count);
            }).ConfigureAwait(false);
        return differences;
    }
}
