using SafeAI.Migration.Engine.GraphStore;
using SafeAI.Migration.Engine.Journal;
using SafeAI.Migration.Engine.Loading;
using SafeAI.Migration.TestKit;

namespace SafeAI.Migration.Engine.Tests.Loading;

/// <summary>What counts as the same value, and values that nothing can store.</summary>
public sealed class GraphValueTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<object, object, bool> Pairs => new()
    {
        { 1e16, 10_000_000_000_000_000L, true },
        { 9_007_199_254_740_993L, 9_007_199_254_740_992.0, false },
        { -9_223_372_036_854_775_808.0, long.MinValue, true },
        { 9_223_372_036_854_775_808.0, long.MaxValue, false },
        { 1e300, 1e300, true },
        { -0.0, 0.0, true },
        { -0.0, 0L, true },
        { 0.1, 0.1f + 0.0, false },
        { "", "", true },
        { Array.Empty<string>(), Array.Empty<long>(), true },
        { new[] { 1L, 2L }, new[] { 1.0, 2.0 }, true },
        { new[] { 1L, 2L }, new[] { 2L, 1L }, false },
        { "e\u0301", "\u00e9", false },
        { new DateTimeOffset(2024, 2, 29, 12, 0, 0, TimeSpan.FromHours(5.5)), "2024-02-29T12:00+05:30", true },
        { new DateTimeOffset(2024, 2, 29, 12, 0, 0, TimeSpan.FromHours(5.5)), "2024-02-29T06:30Z", false },
        { new DateTimeOffset(2024, 2, 29, 12, 0, 0, TimeSpan.Zero), "2024-02-29T12:00:00.000000000Z", true },
    };

    public static TheoryData<string, TimeSpan?> Durations => new()
    {
        { "P-1DT-6H-30M", -new TimeSpan(1, 6, 30, 0) },
        { "-P1DT6H30M", -new TimeSpan(1, 6, 30, 0) },
        { "P1DT-2H", TimeSpan.FromHours(22) },
        { "PT-0.5S", TimeSpan.FromSeconds(-0.5) },
        { "PT0S", TimeSpan.Zero },
        { "P2W", TimeSpan.FromDays(14) },
        { "PT26H", TimeSpan.FromHours(26) },
        { "PT0.000000100S", TimeSpan.FromTicks(1) },
        { "P10675199DT2H48M5.4775807S", TimeSpan.MaxValue },
        { "P-10675199DT-2H-48M-5.4775808S", TimeSpan.MinValue },
        { "PT0.00000001S", null },
        { "P1M", null },
        { "P1Y2D", null },
        { "P", null },
        { "PT", null },
        { "P1", null },
        { "P1D2W", null },
        { "P1H", null },
        { "PT1D", null },
        { "PTT1H", null },
        { "P5T", null },
        { "P99999999999999999999999999999D", null },
        { "P99999999D", null },
        { "1D", null },
        { "", null },
    };

    // Named, as a test's own data would be stored as UTF-8.
    public static TheoryData<string> Unstorable => new("not a number", "infinite", "half in the middle", "half at the end");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Values_are_the_same_by_comparison_and_by_hash(object a, object b, bool isSame)
    {
        Assert.Equal(isSame, GraphContent.ValueEquals(a, b));
        if (b is string && a is not string)
            Assert.True(GraphTemporal.TryParse(a.GetType(), (string)b, out b!));
        Assert.Equal(isSame, GraphContent.Hash(Node(a)).AsSpan().SequenceEqual(GraphContent.Hash(Node(b))));
    }

    [Theory]
    [MemberData(nameof(Durations))]
    public void A_duration_is_read_in_every_form_that_the_store_gives_it(string text, TimeSpan? value)
    {
        Assert.Equal(value is not null, GraphTemporal.TryParse(typeof(TimeSpan), text, out var parsed));
        Assert.Equal(value, parsed);
    }

    [Theory]
    [MemberData(nameof(Unstorable))]
    public async Task A_value_that_nothing_can_store_is_rejected_alone(string name)
    {
        object value = name switch { "not a number" => double.NaN, "infinite" => double.PositiveInfinity, "half in the middle" => "a\ud800b", _ => "\udc00" };
        await using var store = GraphStoreDestination.Open(Path.Combine(_folder.Path, "store.graph"), create: true);
        using var journal = JournalFile.Open(Path.Combine(_folder.Path, "journal"));
        var rejects = new List<Reject>();
        await using var session = LoadRun.Begin(journal, store, new LoadOptions { ErrorBudget = ErrorBudget.OfCount(3), Verify = VerifyMode.Content }, new LoadRunDescription(), rejects.Add);
        for (var i = 0; i < 20; i++)
            await session.AddAsync(new GraphNode("P", $"{i}", new PropertySet(["v"], [i == 7 ? value : "\ud83d\ude00"])));
        await session.AddAsync(new GraphNode("P", "id \ud800", PropertySet.Empty));
        await session.AddAsync(new GraphRelationship("R", "r", "P", "1", "P", "\udc00", PropertySet.Empty));

        var result = await session.CompleteAsync();

        Assert.Equal((MigrationStatus.Completed, true, 19L, 3L), (result.Status, result.Verified, result.Nodes.Created, result.Rejected));
        Assert.All(rejects, r => Assert.Equal(ErrorCode.UnsupportedValue, r.Code));
        Assert.Equal(["7", "id \ud800", "r"], rejects.Select(r => r.Item!.Id).Order(StringComparer.Ordinal));
    }

    private static GraphNode Node(object value) => new("P", "a", new PropertySet(["v"], [value]));
}
