using SafeAI.Migration.Sandbox.Cypher;

namespace SafeAI.Migration.Sandbox.Tests.Cypher;

public sealed class MergeTests
{
    [Fact]
    public void FindsOrMakesANode()
    {
        using var graph = new TestGraph();
        const string Statement = "MERGE (n:A {id: 1}) ON CREATE SET n.made = 1 ON MATCH SET n.found = coalesce(n.found, 0) + 1 RETURN properties(n) AS p";
        Assert.Equal("""[{"p":{"id":1,"made":1}}]""", graph.Run(Statement));
        Assert.Equal("""[{"p":{"id":1,"made":1,"found":1}}]""", graph.Run(Statement));
        Assert.Equal("""[{"p":{"id":1,"made":1,"found":2}}]""", graph.Run(Statement));
        Assert.Equal(1, graph.Graph.NodeCount);
    }

    [Theory]
    [InlineData("MERGE (n:A {id: null})")]
    [InlineData("UNWIND [{id: 1}, {}] AS row MERGE (n:A {id: row.id})")]
    [InlineData("MERGE (n:A {id: $p.missing})")]
    [InlineData("CREATE (a), (b) MERGE (a)-[:T {id: null}]->(b)")]
    public void ANullKeyIsAnError(string statement)
    {
        using var graph = new TestGraph();
        var error = graph.Fail(statement, """{"p": {}}""");
        Assert.Equal(ErrorCodes.SemanticError, error.Code);
        Assert.Contains("null property value for 'id'", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, graph.Graph.NodeCount);
    }

    [Fact]
    public void ARelationshipWithAMissingEndWritesNothing()
    {
        using var graph = new TestGraph();
        graph.Run("CREATE (:A {id: 1}), (:B {id: 2})");
        const string Statement = "UNWIND $rows AS row MATCH (a:A {id: row.from}) MATCH (b:B {id: row.to}) "
            + "MERGE (a)-[r:T {id: row.id}]->(b) SET r += row.properties RETURN row.id AS id";
        const string Rows = """{"rows": [{"id": "r1", "from": 1, "to": 2, "properties": {"w": 1}}, {"id": "r2", "from": 1, "to": 3, "properties": {}}]}""";
        Assert.Equal("""[{"id":"r1"}]""", graph.Run(Statement, Rows));
        Assert.Equal(1, graph.Last.Counters.RelationshipsCreated);
        Assert.Equal("""[{"id":"r1"}]""", graph.Run(Statement, Rows));
        Assert.Equal(0, graph.Last.Counters.RelationshipsCreated);
        Assert.Equal("""[{"p":{"id":"r1","w":1}}]""", graph.Run("MATCH ()-[r]->() RETURN properties(r) AS p"));
    }

    [Fact]
    public void ARelationshipBelongsToItsEndsAndDirection()
    {
        using var graph = new TestGraph();
        graph.Run("CREATE (:A {id: 1}), (:A {id: 2})");
        graph.Run("MATCH (a:A {id: 1}), (b:A {id: 2}) MERGE (a)-[:T]->(b)");
        graph.Run("MATCH (a:A {id: 1}), (b:A {id: 2}) MERGE (b)-[:T]->(a)");
        Assert.Equal(2, graph.Graph.RelationshipCount);
        graph.Run("MATCH (a:A {id: 1}), (b:A {id: 2}) MERGE (a)-[:T]-(b)");
        Assert.Equal(0, graph.Last.Counters.RelationshipsCreated);
        graph.Run("MATCH (a:A {id: 1}) MERGE (a)<-[:S]-(a)");
        Assert.Equal("""[{"c":1}]""", graph.Run("MATCH (n)-[r:S]-(n) RETURN count(r) AS c"));
    }

    [Fact]
    public void MakesTheWholePatternWhenAPartIsMissing()
    {
        using var graph = new TestGraph();
        graph.Run("CREATE (:A {id: 1}), (:B {id: 2})");
        graph.Run("MERGE (:A {id: 1})-[:T]->(:B {id: 2})");
        Assert.Equal(4, graph.Graph.NodeCount);
        graph.Run("MATCH (a:A {id: 1}) WITH a LIMIT 1 MERGE (a)-[:U]->(c:C {id: 3})-[:V]->(d)");
        Assert.Equal((6, 3), (graph.Graph.NodeCount, graph.Graph.RelationshipCount));
    }

    [Fact]
    public void SeesWhatItMadeForTheRowBefore()
    {
        using var graph = new TestGraph();
        Assert.Equal(
            """[{"id":1},{"id":1},{"id":2}]""",
            graph.Run("UNWIND [1, 1, 2] AS x MERGE (n:A {id: x}) RETURN n.id AS id"));
        Assert.Equal(2, graph.Graph.NodeCount);
    }

    [Fact]
    public void FindsEveryMatch()
    {
        using var graph = new TestGraph();
        graph.Run("CREATE (:A {x: 1, n: 1}), (:A {x: 1, n: 2})");
        Assert.Equal("""[{"n":1},{"n":2}]""", graph.Run("MERGE (a:A {x: 1}) RETURN a.n AS n ORDER BY n"));
    }

    [Fact]
    public void AMissingNodeFromAnOptionalMatchIsAnError()
    {
        using var graph = new TestGraph();
        graph.Run("CREATE (:A)");
        Assert.Equal(ErrorCodes.EntityNotFound, graph.Fail("MATCH (a:A) OPTIONAL MATCH (b:B) MERGE (a)-[:T]->(b)").Code);
        Assert.Equal(ErrorCodes.EntityNotFound, graph.Fail("MATCH (a:A) OPTIONAL MATCH (b:B) CREATE (a)-[:T]->(b)").Code);
    }

    [Fact]
    public void TheConstraintRefusesASecondNode()
    {
        using var graph = new TestGraph();
        graph.Run("CREATE CONSTRAINT c FOR (n:A) REQUIRE n.id IS UNIQUE");
        graph.Run("CREATE (:A {id: 1, x: 1})");
        Assert.Equal(ErrorCodes.ConstraintValidationFailed, graph.Fail("MERGE (n:A {id: 1, x: 2})").Code);
        Assert.Equal(ErrorCodes.ConstraintValidationFailed, graph.Fail("CREATE (:B {id: 1}) WITH 1 AS one MATCH (b:B) SET b:A").Code);
        graph.Run("MERGE (n:A {id: 1}) SET n.x = 2");
        Assert.Equal("""[{"x":2}]""", graph.Run("MATCH (n) RETURN n.x AS x"));
    }
}
