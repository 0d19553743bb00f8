using System.Net;

namespace SafeAI.Migration.Sandbox.Tests.Http;

public sealed class ConcurrencyTests
{
    private const int Writers = 8;

    [Fact]
    public async Task SimultaneousWritersMakeNoDoublesAndLoseNothing()
    {
        using var sandbox = await SandboxProcess.StartAsync();
        await sandbox.RunAsync("CREATE CONSTRAINT c FOR (n:A) REQUIRE n.id IS UNIQUE");
        await sandbox.RunAsync("CREATE CONSTRAINT r FOR ()-[r:T]-() REQUIRE r.id IS UNIQUE");

        // The same ids from all writers at once, in batches that overlap.
        await AllAsync(async writer =>
        {
            for (var batch = 0; batch < 20; batch++)
            {
                var rows = Enumerable.Range(batch * 25, 50).Select(i => new { id = $"k{i}", properties = new { writer, i } }).ToArray();
                await sandbox.RunAsync("UNWIND $rows AS row MERGE (n:A {id: row.id}) SET n += row.properties RETURN row.id AS id", new { rows });
            }
        });
        Assert.Equal("525", await sandbox.ValueAsync("MATCH (n:A) RETURN count(n)"));
        Assert.Equal("525", await sandbox.ValueAsync("MATCH (n:A) RETURN count(DISTINCT n.id)"));

        // Five nodes that everybody's relationships share.
        await AllAsync(async writer =>
        {
            for (var batch = 0; batch < 5; batch++)
            {
                var rows = Enumerable.Range(0, 250).Select(i => (writer * 1250) + (batch * 250) + i)
                    .Select(i => new { id = $"r{i}", from = $"k{i % 5}", to = $"k{(i + 1) % 5}" }).ToArray();
                await sandbox.RunAsync("UNWIND $rows AS row MATCH (a:A {id: row.from}) MATCH (b:A {id: row.to}) MERGE (a)-[r:T {id: row.id}]->(b) RETURN row.id AS id", new { rows });
            }
        });
        Assert.Equal("10000", await sandbox.ValueAsync("MATCH (:A)-[r:T]->(:A) RETURN count(DISTINCT r.id)"));

        // Creating is refused to all but one.
        var created = 0;
        await AllAsync(async _ =>
        {
            for (var i = 0; i < 20; i++)
            {
                using var response = await sandbox.PostAsync("CREATE (n:A {id: $id})", new { id = $"new{i}" });
                if (response.StatusCode == HttpStatusCode.OK)
                    Interlocked.Increment(ref created);
                else
                    Assert.Contains("ConstraintValidationFailed", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
            }
        });
        Assert.Equal(20, created);
    }

    [Fact]
    public async Task AReaderSeesAWholeTransactionOrNothingOfIt()
    {
        using var sandbox = await SandboxProcess.StartAsync();
        await sandbox.RunAsync("UNWIND range(1, 100) AS i CREATE (:A {version: 0})");
        using var done = new CancellationTokenSource();
        var writer = Task.Run(async () =>
        {
            for (var i = 1; i <= 100; i++)
            {
                await sandbox.RunAsync("MATCH (n:A) SET n.version = $i", new { i });
            }

            await done.CancelAsync();
        });
        var reads = 0;
        while (!done.IsCancellationRequested)
        {
            Assert.Equal("1", await sandbox.ValueAsync("MATCH (n:A) RETURN count(DISTINCT n.version)"));
            reads++;
            if (writer.IsFaulted)
                break;
        }

        await writer;
        Assert.True(reads > 0);
        Assert.Equal("100", await sandbox.ValueAsync("MATCH (n:A) RETURN max(n.version)"));
    }

    private static Task AllAsync(Func<int, Task> work) => Task.WhenAll(Enumerable.Range(0, Writers).Select(w => Task.Run(() => work(w))));
}
