using SafeAI.Migration.Engine.Extraction;
using SafeAI.Migration.Engine.Planning;
using SafeAI.Migration.TestKit;

namespace SafeAI.Migration.Engine.Tests.Planning;

/// <summary>How often an API is asked that is looked at before it is read.</summary>
public sealed class PeekedApiTests
{
    [Theory]
    [InlineData(59, 1)]
    [InlineData(60, 2)]
    public async Task What_was_looked_at_is_not_asked_for_again_unless_it_has_grown_old(int seconds, int requests)
    {
        using var server = new LocalHttpServer(r => new($"[{{\"id\": {r.Number}}}]"));
        var clock = new ManualClock(DateTimeOffset.UnixEpoch);
        await using var api = new PeekedApi(new() { Address = server.Address }, clock);
        var (looked, records) = await api.PeekAsync(10, CancellationToken.None);
        Assert.Equal([1L], records.Select(r => r.GetValue(0)));
        clock.Advance(TimeSpan.FromSeconds(seconds));

        await using var source = await api.OpenAsync(after: null);

        Assert.Equal(requests == 1, ReferenceEquals(looked, source));
        Assert.Equal([(object)(long)requests], await IdsAsync(source));
        Assert.Equal(requests, server.Requests.Count);

        // What was handed out is not handed out twice.
        await using var again = await api.OpenAsync(after: null);
        Assert.Equal([(object)(requests + 1L)], await IdsAsync(again));
    }

    [Fact]
    public async Task A_read_that_goes_on_somewhere_else_asks_anew()
    {
        using var server = new LocalHttpServer(_ => new("""[{"id": 1}, {"id": 2}]"""));
        await using var api = new PeekedApi(new() { Address = server.Address }, clock: null);
        await api.PeekAsync(1, CancellationToken.None);
        await using var source = await api.OpenAsync(new SourcePosition { Ordinal = 1, Page = "/?" });
        Assert.Equal([2L], await IdsAsync(source));
        Assert.Equal(2, server.Requests.Count);
    }

    private static async Task<List<object?>> IdsAsync(IRecordSource source)
    {
        var ids = new List<object?>();
        await foreach (var batch in source.ReadAsync())
            ids.AddRange(batch.Records.Select(r => r.GetValue(0)));
        return ids;
    }
}
