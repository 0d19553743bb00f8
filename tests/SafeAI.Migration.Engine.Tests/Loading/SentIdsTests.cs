using SafeAI.Migration.Engine.Loading;

namespace SafeAI.Migration.Engine.Tests.Loading;

[Collection(nameof(MeasuredAlone))]
public sealed class SentIdsTests
{
    private static readonly BatchKey s_person = new("Person", null, null, "");

    [Fact]
    public void None_is_forgotten_and_hardly_any_other_is_taken_for_one()
    {
        // So few in memory and such a small filter that most answers come from files that were put together several times.
        using var ids = new SentIds(mostInMemory: 1000, filterBytes: 1 << 12);
        const int count = 100_500;
        for (var i = 0; i < count; i++)
            ids.Add(s_person, $"person:{i}");

        Assert.All(Enumerable.Range(0, count), i => Assert.True(ids.Add(s_person, $"person:{i}"), $"person:{i}"));
        Assert.Equal(0, Enumerable.Range(count, count).Count(i => ids.Add(s_person, $"person:{i}")));
        Assert.False(ids.Add(new BatchKey("City", null, null, ""), "person:1"));
        Assert.False(ids.Add(new BatchKey("Person", "A", "B", ""), "person:1"));
        Assert.True(ids.Add(s_person with { Labels = "Known" }, "person:1"));
    }

    [Fact]
    public void Ten_times_as_many_need_no_more_memory()
    {
        using var ids = new SentIds();
        Add(0, 300_000);
        var before = GC.GetTotalMemory(forceFullCollection: true);

        Add(300_000, 3_000_000);

        var grown = GC.GetTotalMemory(forceFullCollection: true) - before;
        Assert.True(grown < 500_000, $"grown by {grown} bytes");

        void Add(int first, int end)
        {
            for (var i = first; i < end; i++)
                ids.Add(s_person, $"person:{i}");
        }
    }

    [Fact]
    public void Without_its_files_none_is_forgotten()
    {
        using var ids = new SentIds(mostInMemory: 1000, filterBytes: 1 << 16);
        for (var i = 0; i < 10_000; i++)
            ids.Add(s_person, $"person:{i}");

        ids.Dispose();
        for (var i = 10_000; i < 20_000; i++)
            ids.Add(s_person, $"person:{i}");

        Assert.All(Enumerable.Range(10_000, 10_000), i => Assert.True(ids.Add(s_person, $"person:{i}"), $"person:{i}"));
    }

    [Fact]
    public void Several_threads_may_add_and_ask_at_once()
    {
        using var ids = new SentIds(mostInMemory: 500, filterBytes: 1 << 14);

        Parallel.For(0, 40, batch =>
        {
            for (var i = 0; i < 1000; i++)
                ids.Add(s_person, $"person:{batch}-{i}");
            for (var i = 0; i < 1000; i++)
                Assert.True(ids.Add(s_person, $"person:{batch}-{i}"));
        });

        Assert.All(Enumerable.Range(0, 40_000), i => Assert.True(ids.Add(s_person, $"person:{i / 1000}-{i % 1000}")));
    }
}
