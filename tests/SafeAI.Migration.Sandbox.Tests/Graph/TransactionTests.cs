using SafeAI.Migration.Sandbox.Cypher;

namespace SafeAI.Migration.Sandbox.Tests.Graph;

public sealed class TransactionTests
{
    // The same statements every time: a failure can be looked at again.
#pragma warning disable CA5394
    [Fact]
    public void RandomStatementsThatFailLeaveNoTrace()
    {
        using var graph = new TestGraph();
        using var twin = new TestGraph();
        foreach (var g in new[] { graph, twin })
        {
            g.Run("CREATE CONSTRAINT a FOR (n:A) REQUIRE n.id IS UNIQUE");
            g.Run("CREATE CONSTRAINT t FOR ()-[r:T]-() REQUIRE r.id IS UNIQUE");
            g.Run("UNWIND range(0, 30) AS i CREATE (:A {id: i, x: i})-[:T {id: i}]->(:B {id: i})");
            // From here on the sorted indexes are kept up as well.
            g.Run("MATCH (n:A) WHERE n.id > 0 RETURN n.id ORDER BY n.id LIMIT 1");
            g.Run("MATCH ()-[r:T]->() WHERE r.id > 0 RETURN r.id ORDER BY r.id LIMIT 1");
        }

        var random = new Random(11);
        var succeeded = 0;
        for (var i = 0; i < 400; i++)
        {
            var clauses = string.Join(" WITH count(*) AS one ", Enumerable.Range(0, random.Next(1, 5)).Select(_ => Clause(random)));
            graph.Fail(clauses + " WITH count(*) AS one RETURN 1 / 0");
            var (left, right) = (Attempt(graph, clauses), Attempt(twin, clauses));
            Assert.Equal(right, left);
            succeeded += left is null ? 1 : 0;
            if (i % 40 == 0)
                Assert.Equal(Content(twin), Content(graph));
        }

        Assert.Equal(Content(twin), Content(graph));
        Assert.InRange(succeeded, 50, 399);
    }

    private static string? Attempt(TestGraph graph, string clauses)
    {
        try
        {
            graph.Run(clauses);
            return null;
        }
        catch (CypherException refused)
        {
            return refused.Code;
        }
    }

    // By index and by scan: both must tell the same story.
    private static string Content(TestGraph graph) =>
        graph.Dump()
        + graph.Run("MATCH (n:A) WHERE n.id >= 0 RETURN n.id AS id ORDER BY n.id")
        + graph.Run("MATCH (n:A) WHERE n.id IN range(0, 60) RETURN collect(n.id) AS ids")
        + graph.Run("MATCH (a)-[r:T]->(b) WHERE r.id >= 0 RETURN r.id AS id, id(a) AS a, id(b) AS b ORDER BY r.id")
        + graph.Run("MATCH (n) RETURN id(n) AS id, COUNT { (n)-->() } AS o, COUNT { (n)<--() } AS i ORDER BY id");

    private static string Clause(Random random)
    {
        var (i, j) = (random.Next(45), random.Next(45));
        return random.Next(9) switch
        {
            0 => $"MERGE (n:A {{id: {i}}}) SET n.x = {j}",
            1 => $"MATCH (n:A {{id: {i}}}) DETACH DELETE n",
            2 => $"MATCH (n:A {{id: {i}}}) SET n.id = {j}",
            3 => $"MATCH (n {{id: {i}}}) SET n:C REMOVE n:A",
            4 => $"MATCH (n:C {{id: {i}}}) SET n:A",
            5 => $"MATCH (a:A {{id: {i}}}) MATCH (b {{id: {j}}}) MERGE (a)-[r:T {{id: {i}}}]->(b)",
            6 => $"MATCH ()-[r:T {{id: {i}}}]->() SET r.id = {j}",
            7 => $"MATCH ()-[r:T {{id: {i}}}]->() DELETE r",
            _ => $"CREATE (:A {{id: {i}}})-[:T {{id: {j}}}]->(:B)",
        };
    }
#pragma warning restore CA5394
}
