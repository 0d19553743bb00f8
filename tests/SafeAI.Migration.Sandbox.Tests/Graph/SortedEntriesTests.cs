using SafeAI.Migration.Sandbox.Graph;
using SafeAI.Migration.Sandbox.Values;

namespace SafeAI.Migration.Sandbox.Tests.Graph;

public sealed class SortedEntriesTests
{
    // The same numbers every time: a failure can be looked at again.
#pragma warning disable CA5394
    [Fact]
    public void StaysEqualToASortedListUnderRandomChanges()
    {
        var random = new Random(7);
        using var graph = new MemoryGraph();
        var expected = new SortedDictionary<object, Entity>(ValueComparison.Order!);
        var known = new Dictionary<object, Entity>(ValueComparison.Equivalence!);
        for (var i = 0; i < 700; i++)
        {
            known[Key(random)] = new Node(i, graph.Unlabelled);
        }

        foreach (var (key, entity) in known)
        {
            expected.Add(key, entity);
        }

        var sorted = SortedEntries.Of(known);
        for (var step = 0; step < 20_000; step++)
        {
            var key = Key(random);
            if (expected.Remove(key))
            {
                sorted.Remove(key);
            }
            else
            {
                var node = new Node(step + 1000, graph.Unlabelled);
                expected.Add(key, node);
                sorted.Add(key, node);
            }

            if (step % 500 == 0)
                Compare(expected, sorted, random);
        }

        foreach (var key in expected.Keys.ToList())
        {
            sorted.Remove(key);
        }

        Assert.Empty(sorted.Range(null, true, null, true, descending: false));
        Assert.Empty(sorted.Range(null, true, null, true, descending: true));
    }

    private static void Compare(SortedDictionary<object, Entity> expected, SortedEntries sorted, Random random)
    {
        Assert.Equal(expected.Values, sorted.Range(null, true, null, true, descending: false));
        for (var i = 0; i < 10; i++)
        {
            object? low = random.Next(4) == 0 ? null : Key(random);
            object? high = random.Next(4) == 0 ? null : Key(random);
            var (lowIn, highIn) = (random.Next(2) == 0, random.Next(2) == 0);
            var wanted = expected.Where(e => Above(e.Key, low, lowIn) && Below(e.Key, high, highIn)).Select(e => e.Value).ToList();
            Assert.Equal(wanted, sorted.Range(low, lowIn, high, highIn, descending: false));
            wanted.Reverse();
            Assert.Equal(wanted, sorted.Range(low, lowIn, high, highIn, descending: true));
        }
    }

    private static bool Above(object key, object? low, bool inclusive) =>
        low is null || ValueComparison.Order.Compare(key, low) is var order && (order > 0 || (inclusive && order == 0));

    private static bool Below(object key, object? high, bool inclusive) =>
        high is null || ValueComparison.Order.Compare(key, high) is var order && (order < 0 || (inclusive && order == 0));

    private static object Key(Random random) => random.Next(3) switch
    {
        0 => (long)random.Next(2000),
        1 => random.Next(2000) + 0.5,
        _ => "k" + random.Next(2000),
    };
#pragma warning restore CA5394
}
