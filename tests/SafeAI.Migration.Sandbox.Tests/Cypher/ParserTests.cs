using SafeAI.Migration.Sandbox.Cypher;

namespace SafeAI.Migration.Sandbox.Tests.Cypher;

public sealed class ParserTests
{
    [Theory]
    [InlineData("CREATE CONSTRAINT `safeai_migration_node_Customer_id` IF NOT EXISTS FOR (n:`Customer`) REQUIRE n.id IS UNIQUE")]
    [InlineData("CREATE CONSTRAINT FOR ()-[r:PLACED]-() REQUIRE (r.id) IS RELATIONSHIP UNIQUE")]
    [InlineData("CREATE CONSTRAINT x FOR (n:A) REQUIRE n.id IS NODE UNIQUE;")]
    [InlineData("DROP CONSTRAINT x IF EXISTS")]
    [InlineData("MATCH (n) /* a comment */ WHERE n.x = 1 // another\nRETURN n")]
    [InlineData("MATCH (n:A&(B|!C) {x: 1} WHERE n.y > 2)-[r:T|U {z: 1}]->() RETURN n.`strange key` AS `strange alias`")]
    [InlineData("MATCH (count) WITH count AS match RETURN match AS return")]
    [InlineData("UNWIND [1, 2.5, .5, 1e3, 0x1F, 'a\\u0041\\n', \"b\", true, null] AS x RETURN x")]
    [InlineData("MATCH (n) WHERE n.x IS NOT NULL AND NOT n:A OR (n)-->() RETURN [x IN n.list WHERE x > 1 | x + 1][0..2][-1]")]
    [InlineData("MATCH (a) WHERE 1 < a.x <= 3 RETURN CASE a.x WHEN 2 THEN 'two' ELSE 'other' END, all(x IN [1] WHERE x = 1)")]
    [InlineData("MATCH (a) MERGE (a)-[:T]->(b:B {id: a.id}) ON CREATE SET b.new = true ON MATCH SET b:C, b += {x: 1} DETACH DELETE a")]
    [InlineData("MATCH (n) WITH DISTINCT n.x AS x ORDER BY x DESC SKIP 1 LIMIT $l WHERE x > 1 RETURN *")]
    [InlineData("MATCH (n) REMOVE n.x, n:A:B SET n.y = $p, n = {}")]
    [InlineData("MATCH (n) WHERE EXISTS { (n)-[:T]->(m) WHERE m.x = 1 } RETURN COUNT { (n)--() } AS degree")]
    public void Accepts(string statement)
    {
        using var graph = new TestGraph();
        graph.Run(statement, """{"l": 1, "p": 1}""");
    }

    [Theory]
    [InlineData("", 1, 1)]
    [InlineData("   \n  ", 2, 3)]
    [InlineData("MATCH (n RETURN n", 1, 10)]
    [InlineData("MATCH (n)\nRETURN n.\n", 3, 1)]
    [InlineData("MATCH (n)\n  WHER n.x = 1 RETURN n", 2, 3)]
    [InlineData("RETURN 'open", 1, 8)]
    [InlineData("RETURN `open", 1, 8)]
    [InlineData("RETURN 1 /* open", 1, 10)]
    [InlineData("RETURN '\\q'", 1, 9)]
    [InlineData("RETURN 1 != 2", 1, 10)]
    [InlineData("RETURN 9223372036854775808", 1, 8)]
    [InlineData("RETURN 1e999", 1, 8)]
    [InlineData("RETURN 12abc", 1, 8)]
    [InlineData("RETURN 007", 1, 8)]
    [InlineData("RETURN $", 1, 8)]
    [InlineData("RETURN [1, 2", 1, 13)]
    [InlineData("RETURN {a 1}", 1, 11)]
    [InlineData("RETURN 1 # 2", 1, 10)]
    [InlineData("RETURN any(x IN [1])", 1, 8)]
    [InlineData("RETURN [1][..]", 1, 11)]
    [InlineData("RETURN 1; RETURN 2", 1, 11)]
    [InlineData("UNWIND [1] x RETURN x", 1, 12)]
    [InlineData("MATCH (n) SET n RETURN n", 1, 17)]
    [InlineData("MATCH (n) SET n.x RETURN n", 1, 19)]
    [InlineData("MATCH (n) REMOVE n", 1, 19)]
    [InlineData("MERGE (n:A) ON DELETE SET n.x = 1", 1, 16)]
    [InlineData("CREATE CONSTRAINT x ON (n:A) ASSERT n.id IS UNIQUE", 1, 21)]
    [InlineData("CREATE CONSTRAINT x FOR (n:A) REQUIRE m.id IS UNIQUE", 1, 39)]
    [InlineData("CREATE CONSTRAINT x FOR (n:A) REQUIRE n.id IS NOT NULL", 1, 47)]
    [InlineData("CREATE CONSTRAINT x FOR (n:A) REQUIRE (n.a, n.b) IS UNIQUE", 1, 43)]
    [InlineData("CREATE INDEX x FOR (n:A) ON (n.id)", 1, 8)]
    public void RefusesAtTheExactPlace(string statement, int line, int column)
    {
        using var graph = new TestGraph();
        var error = graph.Fail(statement);
        Assert.Equal(ErrorCodes.SyntaxError, error.Code);
        Assert.NotNull(error.Position);
        Assert.Equal((line, column), (error.Position.Value.Line, error.Position.Value.Column));
        Assert.Contains($"(line {line}, column {column} (offset: {error.Position.Value.Offset}))", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("MATCH p = (a)-->(b) RETURN p", 1, 7)]
    [InlineData("MATCH (a)-[*1..3]->(b) RETURN b", 1, 12)]
    [InlineData("MATCH shortestPath((a)-->(b)) RETURN a", 1, 7)]
    [InlineData("MATCH (n) RETURN n.x =~ 'a.*'", 1, 22)]
    [InlineData("CALL db.labels()", 1, 1)]
    [InlineData("MATCH (n) CALL { RETURN 1 AS x } RETURN x", 1, 11)]
    [InlineData("FOREACH (x IN [1] | CREATE (:A))", 1, 1)]
    [InlineData("RETURN 1 AS x UNION RETURN 2 AS x", 1, 15)]
    [InlineData("LOAD CSV FROM 'x' AS row RETURN row", 1, 1)]
    [InlineData("MATCH (n) RETURN n {.x}", 1, 20)]
    [InlineData("MATCH (n) RETURN [(n)-->(m) | m.x]", 1, 18)]
    [InlineData("RETURN reduce(a = 0, x IN [1] | a + x)", 1, 8)]
    [InlineData("MATCH (n) USING INDEX n:A(id) RETURN n", 1, 11)]
    [InlineData("RETURN nonsense(1)", 1, 8)]
    [InlineData("SHOW INDEXES", 1, 6)]
    public void RefusesWhatItDoesNotSupport(string statement, int line, int column)
    {
        using var graph = new TestGraph();
        var error = graph.Fail(statement);
        Assert.Equal((line, column), (error.Position!.Value.Line, error.Position.Value.Column));
    }

    [Fact]
    public void RefusesBottomlessNestingInsteadOfDying()
    {
        using var graph = new TestGraph();
        graph.Fail("RETURN " + new string('(', 100_000));
        graph.Fail("RETURN " + new string('[', 100_000));
        graph.Fail("RETURN " + string.Concat(Enumerable.Repeat("NOT ", 100_000)) + "true");
    }

    [Theory]
    [InlineData("1 + 2 * 3 ^ 2", "19.0")]
    [InlineData("(1 + 2) * 3", "9")]
    [InlineData("-2 ^ 2", "4.0")]
    [InlineData("NOT true OR true", "true")]
    [InlineData("true OR true XOR true", "true")]
    [InlineData("1 + 1 IN [2]", "true")]
    [InlineData("'ab' STARTS WITH 'a' + 'b'", "true")]
    [InlineData("1 = 1 = true", "false")]
    [InlineData("NOT 1 = 2 AND false", "false")]
    [InlineData("7 / 2 % 2", "1")]
    [InlineData("-9223372036854775808", "-9223372036854775808")]
    public void BindsOperatorsAsCypherDoes(string expression, string expected)
    {
        using var graph = new TestGraph();
        Assert.Equal(expected, graph.Value(expression));
    }
}
