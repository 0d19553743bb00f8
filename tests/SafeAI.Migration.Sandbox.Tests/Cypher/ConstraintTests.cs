using System.Globalization;
using SafeAI.Migration.Sandbox.Cypher;

namespace SafeAI.Migration.Sandbox.Tests.Cypher;

public sealed class ConstraintTests
{
    [Fact]
    public void IfNotExistsLooksAtTheNameAndAtTheRule()
    {
        using var graph = new TestGraph();
        graph.Run("CREATE CONSTRAINT c IF NOT EXISTS FOR (n:A) REQUIRE n.id IS UNIQUE");
        Assert.Equal(1, graph.Last.Counters.ConstraintsAdded);
        graph.Run("CREATE CONSTRAINT other IF NOT EXISTS FOR (x:A) REQUIRE x.id IS UNIQUE");
        graph.Run("CREATE CONSTRAINT c IF NOT EXISTS FOR (n:B) REQUIRE n.id IS UNIQUE");
        Assert.Equal(0, graph.Last.Counters.ConstraintsAdded);
        Assert.Equal(ErrorCodes.ConstraintExists, graph.Fail("CREATE CONSTRAINT other FOR (x:A) REQUIRE x.id IS UNIQUE").Code);
        Assert.Equal(ErrorCodes.ConstraintNameTaken, graph.Fail("CREATE CONSTRAINT c FOR (n:B) REQUIRE n.id IS UNIQUE").Code);
        Assert.Equal(
            """[{"name":"c","type":"UNIQUENESS","entityType":"NODE","labelsOrTypes":["A"],"properties":["id"]}]""",
            graph.Run("SHOW CONSTRAINTS"));
        Assert.Equal("""[{"properties":["id"],"entityType":"NODE"}]""", graph.Run("SHOW CONSTRAINTS YIELD properties, entityType"));
        Assert.Equal(graph.Run("SHOW CONSTRAINTS"), graph.Run("SHOW CONSTRAINTS YIELD *"));
        Assert.Contains("no column colour", graph.Fail("SHOW CONSTRAINTS YIELD name, colour").Message, StringComparison.Ordinal);
        graph.Run("DROP CONSTRAINT c");
        graph.Run("DROP CONSTRAINT c IF EXISTS");
        Assert.Equal(ErrorCodes.ConstraintNotFound, graph.Fail("DROP CONSTRAINT c").Code);
        Assert.Equal("[]", graph.Run("SHOW CONSTRAINTS"));
    }

    [Fact]
    public void CannotBeMadeOverDoubles()
    {
        using var graph = new TestGraph();
        graph.Run("CREATE (:A {id: 1}), (:A {id: 1}), (:A), (:A)");
        Assert.Equal(ErrorCodes.ConstraintCreationFailed, graph.Fail("CREATE CONSTRAINT c FOR (n:A) REQUIRE n.id IS UNIQUE").Code);
        Assert.Equal("[]", graph.Run("SHOW CONSTRAINTS"));
        graph.Run("MATCH (n:A {id: 1}) WITH n LIMIT 1 SET n.id = 2");
        graph.Run("CREATE CONSTRAINT c FOR (n:A) REQUIRE n.id IS UNIQUE");
        Assert.Equal(1, graph.Last.Counters.ConstraintsAdded);
    }

    [Theory]
    [InlineData("CREATE (:A {id: 'x'})")]
    [InlineData("CREATE (:A:B {id: 'x'})")]
    [InlineData("CREATE (n:B {id: 'x'}) SET n:A")]
    [InlineData("MATCH (n:A {id: 'y'}) SET n.id = 'x'")]
    [InlineData("MATCH (n:A {id: 'y'}) SET n += {id: 'x'}")]
    [InlineData("UNWIND ['z', 'z'] AS id CREATE (:A {id: id})")]
    public void HoldsForNodes(string statement)
    {
        using var graph = new TestGraph();
        graph.Run("CREATE CONSTRAINT c FOR (n:A) REQUIRE n.id IS UNIQUE");
        graph.Run("CREATE (:A {id: 'x'}), (:A {id: 'y'}), (:A), (:A), (:B {id: 'z'})");
        var before = graph.Dump();
        Assert.Equal(ErrorCodes.ConstraintValidationFailed, graph.Fail(statement).Code);
        Assert.Equal(before, graph.Dump());
    }

    [Fact]
    public void HoldsForRelationships()
    {
        using var graph = new TestGraph();
        graph.Run("CREATE CONSTRAINT c FOR ()-[r:T]-() REQUIRE r.id IS UNIQUE");
        graph.Run("CREATE (a:A)-[:T {id: 1}]->(b:A), (a)-[:T {id: 2}]->(b), (a)-[:U {id: 1}]->(b), (a)-[:T]->(b), (a)-[:T]->(b)");
        Assert.Equal(ErrorCodes.ConstraintValidationFailed, graph.Fail("MATCH ()-[r:T {id: 2}]->() SET r.id = 1").Code);
        Assert.Equal(ErrorCodes.ConstraintValidationFailed, graph.Fail("CREATE (:A)-[:T {id: 2}]->(:A)").Code);
        Assert.Equal(ErrorCodes.ConstraintValidationFailed, graph.Fail("CREATE (a:X), (b:X) MERGE (a)-[:T {id: 2}]->(b)").Code);
        graph.Run("MATCH ()-[r:T {id: 2}]->() DELETE r");
        graph.Run("CREATE (:A)-[:T {id: 2}]->(:A)");
        Assert.Equal("""[{"c":1}]""", graph.Run("MATCH ()-[r:T {id: 2}]->() RETURN count(r) AS c"));
    }

    [Fact]
    public void AnIndexGivesTheSameAnswersAsAScan()
    {
        var statements = new[]
        {
            "MATCH (n:A) WHERE n.id > 'k' RETURN n.id AS id ORDER BY n.id",
            "MATCH (n:A) WHERE n.id >= 'k5' AND n.id < 'k7' RETURN n.id AS id ORDER BY n.id DESC",
            "MATCH (n:A) WHERE n.id < 5 RETURN n.id AS id ORDER BY id",
            "MATCH (n:A) WHERE 3.5 <= n.id RETURN n.id AS id ORDER BY n.id DESC LIMIT 3",
            "MATCH (n:A) WHERE n.id > null RETURN n.id AS id ORDER BY n.id",
            "MATCH (n:A) WHERE n.id > true RETURN n.id AS id ORDER BY n.id",
            "MATCH (n:A) WHERE n.id IN ['k1', 7, 7.0, 'k1', null, 'none'] RETURN n.id AS id ORDER BY n.id",
            "MATCH (n:A) RETURN n.id AS id, n.x AS x ORDER BY n.id, n.x",
            "MATCH (n:A) RETURN n.id AS id ORDER BY n.id DESC SKIP 2 LIMIT 4",
            "MATCH (n:A) RETURN n.id AS id ORDER BY n.id LIMIT 4",
            "MATCH (n:A {id: 7.0}) RETURN n.id AS id",
            "MATCH (n:A) WHERE n.id > 'k' AND n.x < 6 RETURN n.id AS id ORDER BY n.id SKIP 1 LIMIT 2",
            "MATCH (n:A) WHERE n.id > 'k' RETURN n.x AS id ORDER BY id DESC LIMIT 2",
            "MATCH (n:A) WHERE n.id = n.x RETURN n.id AS id ORDER BY n.id",
        };
        using var plain = new TestGraph();
        using var indexed = new TestGraph();
        indexed.Run("CREATE CONSTRAINT c FOR (n:A) REQUIRE n.id IS UNIQUE");
        foreach (var graph in new[] { plain, indexed })
        {
            graph.Run("UNWIND range(0, 9) AS i CREATE (:A {id: 'k' + i, x: i}), (:A {id: i, x: i}), (:B {id: 'k' + i})");
            graph.Run("UNWIND [{x: 1}, {x: 2}] AS row CREATE (n:A) SET n = row WITH count(*) AS done CREATE (:A {id: true}), (:A {id: false})");
        }

        foreach (var statement in statements)
        {
            Assert.Equal(plain.Run(statement), indexed.Run(statement));
        }
    }

    [Fact]
    public void SortsStringsByCodePoint()
    {
        using var graph = new TestGraph();
        graph.Run("CREATE CONSTRAINT c FOR (n:A) REQUIRE n.id IS UNIQUE");
        graph.Run("UNWIND $ids AS id CREATE (:A {id: id})", """{"ids": ["\uD83D\uDE00", "\uFF21", "b", "B", "a", "é", "aa", ""]}""");
        const string Expected = """["","B","a","aa","b","é","Ａ","\uD83D\uDE00"]""";
        Assert.Equal($$"""[{"l":{{Expected}}}]""", graph.Run("MATCH (n:A) WITH n.id AS id ORDER BY id RETURN collect(id) AS l"));
        Assert.Equal("""[{"l":["é","Ａ","\uD83D\uDE00"]}]""", graph.Run("MATCH (n:A) WHERE n.id > 'b' WITH n.id AS id ORDER BY n.id RETURN collect(id) AS l"));
    }

    [Fact]
    public void APageTouchesAPageOnly()
    {
        using var graph = Large();
        const string Page = "MATCH (n:A) WHERE n.id > $after RETURN n.id AS id, properties(n) AS p ORDER BY n.id LIMIT $limit";
        graph.Run(Page, """{"after": "k00500", "limit": 10}""");
        Assert.InRange(graph.Last.Accessed, 10, 11);
        graph.Run("MATCH (n:A) RETURN n.id AS id ORDER BY n.id DESC LIMIT 10");
        Assert.InRange(graph.Last.Accessed, 10, 11);
        graph.Run(
            "MATCH (a)-[r:T]->(b) WHERE r.id > $after RETURN r.id AS id, a.id AS s, b.id AS t ORDER BY r.id LIMIT $limit",
            """{"after": "r00500", "limit": 10}""");
        Assert.InRange(graph.Last.Accessed, 10, 22);
    }

    [Fact]
    public void ASeekTouchesWhatItFinds()
    {
        using var graph = Large();
        graph.Run("MATCH (n:A) WHERE n.id IN $ids RETURN n.id", """{"ids": ["k00001", "k00002", "nothing"]}""");
        Assert.Equal(2, graph.Last.Accessed);
        graph.Run("MATCH ()-[r:T]->() WHERE r.id IN $ids RETURN r.id", """{"ids": ["r00001", "r00002"]}""");
        Assert.InRange(graph.Last.Accessed, 2, 4);
        graph.Run("UNWIND ['k00007', 'new'] AS id MERGE (n:A {id: id}) RETURN n.id");
        Assert.Equal(1, graph.Last.Accessed);
    }

    [Fact]
    public void MergingIntoAHubDoesNotWalkItsRelationships()
    {
        using var graph = Large();
        const string Merge = "MATCH (a:A {id: $from}) MATCH (b:Hub {id: 'hub'}) MERGE (a)-[r:T {id: $id}]->(b) RETURN r.id AS id";
        Assert.Equal("""[{"id":"r00005"}]""", graph.Run(Merge, """{"from": "k00005", "id": "r00005"}"""));
        Assert.InRange(graph.Last.Accessed, 1, 6);
        graph.Run(Merge, """{"from": "k00005", "id": "another"}""");
        Assert.InRange(graph.Last.Accessed, 1, 6);
        Assert.Equal(1, graph.Last.Counters.RelationshipsCreated);
        graph.Run("MATCH (a:A {id: 'k00006'}), (b:Hub {id: 'hub'}) MERGE (a)-[r:U]->(b)");
        Assert.InRange(graph.Last.Accessed, 1, 6);
    }

    private static TestGraph Large()
    {
        var graph = new TestGraph();
        graph.Run("CREATE CONSTRAINT a FOR (n:A) REQUIRE n.id IS UNIQUE");
        graph.Run("CREATE CONSTRAINT h FOR (n:Hub) REQUIRE n.id IS UNIQUE");
        graph.Run("CREATE CONSTRAINT t FOR ()-[r:T]-() REQUIRE r.id IS UNIQUE");
        var numbers = string.Join(',', Enumerable.Range(0, 3000).Select(i => "\"" + i.ToString("00000", CultureInfo.InvariantCulture) + "\""));
        graph.Run(
            "CREATE (h:Hub {id: 'hub'}) WITH h UNWIND $n AS n CREATE (:A {id: 'k' + n})-[:T {id: 'r' + n}]->(h)", $$"""{"n": [{{numbers}}]}""");
        return graph;
    }
}
