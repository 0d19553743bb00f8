using SafeAI.Migration.Engine.Loading;
using SafeAI.Migration.TestKit;

namespace SafeAI.Migration.Engine.Tests.Loading;

public sealed class MigrationIdTests
{
    [Fact]
    public void Ids_made_one_after_the_other_sort_in_that_order()
    {
        // The clock stands still as it does for a machine that makes them faster than it counts.
        var stopped = new ManualClock(DateTimeOffset.UtcNow);
        var ids = Enumerable.Range(0, 2000).Select(_ => MigrationId.Create(stopped)).ToList();

        Assert.Equal(ids.Order(StringComparer.Ordinal), ids);
        Assert.Equal(ids.Count, ids.Distinct().Count());
        Assert.All(ids, id => Assert.Matches("^[0-9]{8}-[0-9]{6}-[0-9a-f]{8}$", id));
    }

    [Fact]
    public void Within_a_second_the_microsecond_orders_them()
    {
        var clock = new ManualClock(new DateTimeOffset(2031, 1, 31, 9, 45, 2, TimeSpan.Zero));
        var first = MigrationId.Create(clock);
        clock.Advance(TimeSpan.FromMicroseconds(300_000));
        var later = MigrationId.Create(clock);
        clock.Advance(TimeSpan.FromMicroseconds(700_000));
        var nextSecond = MigrationId.Create(clock);

        Assert.StartsWith("20310131-094502-00000", first, StringComparison.Ordinal);
        Assert.StartsWith("20310131-094502-493e0", later, StringComparison.Ordinal);
        Assert.StartsWith("20310131-094503-00000", nextSecond, StringComparison.Ordinal);
    }
}
