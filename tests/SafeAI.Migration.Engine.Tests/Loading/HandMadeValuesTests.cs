using SafeAI.Migration.Engine.GraphStore;
using SafeAI.Migration.Engine.Loading;
using SafeAI.Migration.TestKit;

namespace SafeAI.Migration.Engine.Tests.Loading;

/// <summary>Items that no mapping made, with numbers of other kinds than those that the graph stores.</summary>
public sealed class HandMadeValuesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<object, object> Same => new()
    {
        { 7, 7L }, { int.MinValue, (long)int.MinValue }, { (short)-7, -7L }, { (byte)255, 255L }, { (sbyte)-7, -7L }, { (ushort)65535, 65535L },
        { uint.MaxValue, 4294967295L }, { (ulong)long.MaxValue, long.MaxValue },
        { 0.1f, 0.1 }, { float.MaxValue, 3.4028235E+38 }, { 12.50m, 12.5 }, { 9007199254740993m, 9007199254740993L }, { -9223372036854775807m, -long.MaxValue },
        { new[] { 1, 2 }, new[] { 1L, 2L } }, { new object[] { 1, (byte)2 }, new[] { 1L, 2L } }, { new[] { 1UL }, new[] { 1L } }, { new[] { 0.5f }, new[] { 0.5 } },
    };

    public static TheoryData<object> Unfit => new()
    {
        { ulong.MaxValue }, { 9223372036854775808m }, { 1.2345678901234567890123456789m }, { float.NaN }, { float.PositiveInfinity }, { double.NaN },
        { new[] { 1UL, ulong.MaxValue } }, { new Version(1, 2) },
    };

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Same))]
    public async Task Are_loaded_as_what_they_mean_and_are_unchanged_the_next_time(object given, object stored)
    {
        var loaded = await LoadAsync(Items(given));
        Assert.Equal((MigrationStatus.Completed, true, 1L, 1L), (loaded.Result.Status, loaded.Result.Verified, loaded.Result.Nodes.Created, loaded.Result.Relationships.Created));

        await using var store = GraphStoreDestination.Open(Store, create: false);
        var node = (await store.ReadNodesAsync("P", ["1"])).Single();
        Assert.Equal(stored.GetType(), node.Properties["value"]!.GetType());
        Assert.Equal(stored, node.Properties["value"]);
        Assert.Equal(stored, (await store.ReadRelationshipsAsync("R", ["r"])).Single().Properties["value"]);

        foreach (var value in new[] { given, stored })
        {
            var again = (await LoadAsync(Items(value))).Result;
            Assert.Equal((true, 1L, 1L), (again.Verified, again.Nodes.Unchanged, again.Relationships.Unchanged));
        }
    }

    [Theory]
    [MemberData(nameof(Same))]
    public void Equal_what_they_mean_and_have_its_hash(object given, object stored)
    {
        Assert.True(GraphContent.ValueEquals(given, stored));
        Assert.True(GraphContent.ValueEquals(stored, given));
        Assert.Equal(GraphContent.Hash(Items(stored)[0]), GraphContent.Hash(Items(given)[0]));
        Assert.False(GraphContent.ValueEquals(given, "7"));
    }

    [Theory]
    [MemberData(nameof(Unfit))]
    public async Task Are_rejected_by_themselves_where_they_do_not_fit(object given)
    {
        var (result, rejects) = await LoadAsync([new GraphNode("P", "1", new PropertySet(["fine", "value"], [1, given])), new GraphNode("P", "2", new PropertySet(["value"], [2]))]);

        Assert.Equal((1L, 1L), (result.Nodes.Created, result.Rejected));
        var reject = Assert.Single(rejects);
        Assert.True(reject.Code is ErrorCode.UnsupportedValue or ErrorCode.LossyConversion, reject.Code);
        Assert.Equal(("value", given, "1"), (reject.Field, reject.Value, reject.Item!.Id));
        Assert.StartsWith("The property 'value' of (:P 1) cannot be stored: ", reject.Reason, StringComparison.Ordinal);
    }

    private string Store => Path.Combine(_folder.Path, "store.graph");

    private static GraphItem[] Items(object value) =>
    [
        new GraphNode("P", "1", new PropertySet(["value", "name"], [value, "Ada"])),
        new GraphRelationship("R", "r", "P", "1", "P", "1", new PropertySet(["value"], [value])),
    ];

    private async Task<(MigrationResult Result, List<Reject> Rejects)> LoadAsync(GraphItem[] items)
    {
        var rejects = new List<Reject>();
        await using var store = GraphStoreDestination.Open(Store, create: true);
        await using var session = new LoadSession(store, new LoadOptions { Verify = VerifyMode.Content, ErrorBudget = ErrorBudget.OfCount(1) }, rejects.Add);
        foreach (var item in items)
            await session.AddAsync(item);
        return (await session.CompleteAsync(), rejects);
    }
}
