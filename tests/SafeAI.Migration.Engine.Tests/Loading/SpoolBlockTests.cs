using SafeAI.Migration.Engine.Loading;

namespace SafeAI.Migration.Engine.Tests.Loading;

/// <summary>Relationships that wait for their nodes come back with the records that they were made of.</summary>
public class SpoolBlockTests
{
    private static RecordSchema Items(string? above, params string[] key) =>
        new("item", [new("code", typeof(string)), new("n", typeof(long))], key) { Namespace = above };

    public static TheoryData<bool> Processes => [false, true];

    [Theory]
    [MemberData(nameof(Processes))]
    public void Tables_of_one_name_and_shape_stay_apart(bool isAnother)
    {
        RecordSchema[] schemas = [Items("sales", "code"), Items("stock", "code"), Items("stock", "code", "n"), Items(null, "code"), Items(null), Items("sales")];
        var source = new RecordSource("shop");
        var accounts = new RecordAccounts();
        var shapes = new SpoolShapes();
        var blocks = schemas.Select((s, i) =>
        {
            var record = s.CreateRecord([$"c{i}", (long)i], source, i + 1, i + 2);
            var item = new GraphRelationship("R", $"r{i}", "A", "a", "B", "b", PropertySet.Empty, record);
            return SpoolBlock.Write(new MemoryStream(), [new LoadItem(item, accounts.TicketFor(item))], shapes).ToArray();
        }).ToList();

        // Another process has met no shape yet.
        var known = isAnother ? new SpoolShapes() : shapes;
        var read = blocks.SelectMany(b => SpoolBlock.Read(b, accounts, known)).Select(i => i.Item.GetRecord()!).ToList();

        Assert.Equal(
            schemas.Select((s, i) => $"{s.Namespace} {s.Name} {string.Join(',', s.Key.Select(k => k.Name))} c{i} {i} {i + 1} {i + 2}"),
            read.Select(r => $"{r.GetSchema().Namespace} {r.GetSchema().Name} {string.Join(',', r.GetSchema().Key.Select(k => k.Name))} {r.GetValue(0)} {r.GetValue(1)} {r.GetPosition().Ordinal} {r.GetPosition().Line}"));
        Assert.All(read, r => Assert.Same(source, r.GetSource()));
        if (!isAnother)
            Assert.All(read.Zip(schemas), p => Assert.Same(p.Second, p.First.GetSchema()));
    }
}
