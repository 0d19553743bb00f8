using SafeAI.Migration.Sandbox.Cypher;

namespace SafeAI.Migration.Sandbox.Tests.Cypher;

public sealed class WriteTests
{
    [Fact]
    public void CreatesNodesAndRelationshipsAndCountsThem()
    {
        using var graph = new TestGraph();
        Assert.Equal(
            """[{"l":["A","B"],"p":{"x":1,"y":[1,2]},"t":"T","q":{"w":2.0}}]""",
            graph.Run("CREATE (a:B:A {x: 1, y: [1, 2], z: null})-[r:T {w: 2.0}]->() RETURN labels(a) AS l, properties(a) AS p, type(r) AS t, properties(r) AS q"));
        var counters = graph.Last.Counters;
        Assert.Equal((2, 1, 3, 2), (counters.NodesCreated, counters.RelationshipsCreated, counters.PropertiesSet, counters.LabelsAdded));
    }

    [Fact]
    public void CreateTakesAMapOfParameters()
    {
        using var graph = new TestGraph();
        graph.Run("UNWIND $rows AS row CREATE (n:A) SET n = row", """{"rows": [{"a": 1}, {"a": 2, "b": "x"}]}""");
        graph.Run("CREATE (:B $p)", """{"p": {"c": true}}""");
        Assert.Equal("""[{"p":{"a":1}},{"p":{"a":2,"b":"x"}},{"p":{"c":true}}]""", graph.Run("MATCH (n) RETURN properties(n) AS p ORDER BY n.a"));
    }

    [Theory]
    [InlineData("SET n.x = 2", """{"x":2,"y":1}""", 1)]
    [InlineData("SET n.x = null", """{"y":1}""", 1)]
    [InlineData("SET n.z = null", """{"x":1,"y":1}""", 0)]
    [InlineData("SET n = {x: 5}", """{"x":5}""", 2)]
    [InlineData("SET n = {}", """{}""", 2)]
    [InlineData("SET n += {y: null, z: 3}", """{"x":1,"z":3}""", 2)]
    [InlineData("SET n += {}", """{"x":1,"y":1}""", 0)]
    [InlineData("REMOVE n.x, n.nothing", """{"y":1}""", 1)]
    [InlineData("SET n.x = n.x + 1, n.y = n.x", """{"x":2,"y":2}""", 2)]
    [InlineData("SET n.x = [1, 2.5]", """{"x":[1.0,2.5],"y":1}""", 1)]
    [InlineData("SET n.x = 1", """{"x":1,"y":1}""", 1)]
    public void ChangesProperties(string clause, string expected, long propertiesSet)
    {
        using var graph = new TestGraph();
        graph.Run("CREATE (:A {x: 1, y: 1})");
        Assert.Equal($$"""[{"p":{{expected}}}]""", graph.Run($"MATCH (n:A) {clause} RETURN properties(n) AS p"));
        Assert.Equal(propertiesSet, graph.Last.Counters.PropertiesSet);
    }

    [Fact]
    public void ChangesLabels()
    {
        using var graph = new TestGraph();
        graph.Run("CREATE (:A {x: 1})");
        Assert.Equal("""[{"l":["A","B","C"]}]""", graph.Run("MATCH (n:A) SET n:C:B:A RETURN labels(n) AS l"));
        Assert.Equal((2, 0), (graph.Last.Counters.LabelsAdded, graph.Last.Counters.LabelsRemoved));
        Assert.Equal("""[{"l":["B"]}]""", graph.Run("MATCH (n:B) REMOVE n:A:C:Z RETURN labels(n) AS l"));
        Assert.Equal("[]", graph.Run("MATCH (n:A) RETURN n"));
        Assert.Equal("""[{"x":1}]""", graph.Run("MATCH (n:B) RETURN n.x AS x"));
    }

    [Theory]
    [InlineData("SET n.x = {a: 1}")]
    [InlineData("SET n.x = [1, null]")]
    [InlineData("SET n.x = [1, 'a']")]
    [InlineData("SET n.x = [[1], [2]]")]
    [InlineData("SET n.x = [{a: 1}]")]
    [InlineData("SET n.x = n")]
    [InlineData("SET n += {x: {a: 1}}")]
    [InlineData("SET n += $p.nested")]
    public void RefusesWhatCannotBeAProperty(string clause)
    {
        using var graph = new TestGraph();
        graph.Run("CREATE (:A {x: 1})");
        var before = graph.Dump();
        var error = graph.Fail($"MATCH (n:A) SET n.first = 1 {clause}", """{"p": {"nested": {"a": {"b": 1}}}}""");
        Assert.Equal(ErrorCodes.TypeError, error.Code);
        Assert.Equal(before, graph.Dump());
    }

    [Fact]
    public void AFailureUndoesTheWholeStatement()
    {
        using var graph = new TestGraph();
        graph.Run("CREATE CONSTRAINT c FOR (n:A) REQUIRE n.id IS UNIQUE");
        graph.Run("CREATE (a:A {id: 1, x: 1})-[:T {w: 1}]->(b:A:B {id: 2}), (b)-[:T]->(a), (:C)");
        var before = graph.Dump();
        const string Everything =
            "MATCH (a:A {id: 1})-[r:T]->(b) SET a.x = 2, a.y = 3, b.id = 7, r.w = 9 SET a:C REMOVE b:B, a.x "
            + "CREATE (a)-[:NEW]->(:D {id: 5}) WITH a, b DETACH DELETE b WITH a ";
        graph.Fail(Everything + "RETURN 1 / 0");
        Assert.Equal(before, graph.Dump());
        graph.Fail(Everything + "CREATE (:A {id: 1})");
        Assert.Equal(before, graph.Dump());
        graph.Run(Everything + "RETURN 1");
        Assert.NotEqual(before, graph.Dump());
    }

    [Fact]
    public void DeletesOnlyWhatHasNoRelationshipsLeft()
    {
        using var graph = new TestGraph();
        graph.Run("CREATE (:A {n: 1})-[:T]->(:A {n: 2})-[:T]->(:A {n: 3})");
        var error = graph.Fail("MATCH (n:A {n: 2}) DELETE n");
        Assert.Equal(ErrorCodes.ConstraintValidationFailed, error.Code);
        Assert.Equal("""[{"c":3}]""", graph.Run("MATCH (n) RETURN count(n) AS c"));

        graph.Run("MATCH (n:A {n: 1})-[r]->() DELETE n, r");
        Assert.Equal((1, 1), (graph.Last.Counters.NodesDeleted, graph.Last.Counters.RelationshipsDeleted));
        graph.Run("MATCH (n:A {n: 2}) DETACH DELETE n");
        Assert.Equal("""[{"n":3,"d":0}]""", graph.Run("MATCH (n) RETURN n.n AS n, COUNT { (n)--() } AS d"));
        Assert.Equal(0, graph.Graph.RelationshipCount);
    }

    [Fact]
    public void WhatIsDeletedCannotBeReadAnyMore()
    {
        using var graph = new TestGraph();
        graph.Run("CREATE (:A {x: 1})");
        Assert.Equal(ErrorCodes.EntityNotFound, graph.Fail("MATCH (n:A) DELETE n RETURN n.x").Code);
        Assert.Equal(ErrorCodes.EntityNotFound, graph.Fail("MATCH (n:A) DELETE n SET n.x = 2").Code);
        Assert.Equal("""[{"x":1}]""", graph.Run("MATCH (n:A) WITH n, n.x AS x DELETE n RETURN x"));
        Assert.Equal("[]", graph.Run("OPTIONAL MATCH (n:A) DELETE n"));
    }

    [Fact]
    public void AClauseDoesNotSeeWhatALaterOneWrites()
    {
        using var graph = new TestGraph();
        graph.Run("CREATE (:A), (:A), (:A)");
        graph.Run("MATCH (n:A) CREATE (:A)");
        Assert.Equal("""[{"c":6}]""", graph.Run("MATCH (n:A) RETURN count(*) AS c"));
        Assert.Equal(
            """[{"before":null},{"before":null}]""",
            graph.Run("UNWIND [1, 1] AS id OPTIONAL MATCH (o:B {id: id}) WITH id, properties(o) AS before MERGE (n:B {id: id}) RETURN before"));
        Assert.Equal(1, graph.Last.Counters.NodesCreated);
    }

    [Fact]
    public void WritesEvenWhenTheAnswerIsLimited()
    {
        using var graph = new TestGraph();
        Assert.Equal("[]", graph.Run("UNWIND range(1, 5) AS i CREATE (n:A {i: i}) RETURN n LIMIT 0"));
        Assert.Equal("""[{"c":5}]""", graph.Run("MATCH (n:A) RETURN count(n) AS c"));
        graph.Run("MATCH (n:A) WITH n ORDER BY n.i LIMIT 2 SET n.first = true");
        Assert.Equal("""[{"c":2}]""", graph.Run("MATCH (n:A {first: true}) RETURN count(n) AS c"));
    }

    [Fact]
    public void NamesCanBeAnythingInBackticks()
    {
        using var graph = new TestGraph();
        graph.Run("CREATE (`a b`:`La bel``s` {`key:1`: 'v'})-[:`TY PE`]->()");
        Assert.Equal(
            """[{"l":["La bel`s"],"v":"v","t":"TY PE"}]""",
            graph.Run("MATCH (n:`La bel``s`)-[r:`TY PE`]->() RETURN labels(n) AS l, n.`key:1` AS v, type(r) AS t"));
    }

    [Fact]
    public void AnUnchangedValueIsNoChange()
    {
        using var graph = new TestGraph();
        graph.Run("CREATE (:A {x: 1, y: [1, 2], z: 2.0})");
        var writes = graph.Graph.CommittedChanges;
        graph.Run("MATCH (n:A) SET n += {x: 1, y: [1, 2], z: 2.0} SET n:A");
        graph.Run("MATCH (n:A) SET n = {z: 2.0, y: [1, 2], x: 1}");
        Assert.Equal(writes, graph.Graph.CommittedChanges);
        graph.Run("MATCH (n:A) SET n.x = 1.0");
        Assert.Equal(writes + 1, graph.Graph.CommittedChanges);
    }
}
