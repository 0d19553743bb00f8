using SafeAI.Migration.Sandbox.Cypher;

namespace SafeAI.Migration.Sandbox.Tests.Cypher;

public sealed class SemanticRuleTests
{
    [Theory]
    [InlineData("RETURN n", "Variable `n` not defined", 8)]
    [InlineData("MATCH (n) WITH n.x AS x RETURN n", "Variable `n` not defined", 32)]
    [InlineData("MATCH (n) WHERE m.x = 1 RETURN n", "Variable `m` not defined", 17)]
    [InlineData("MERGE (n:A) MATCH (m) RETURN m", "WITH is required between MERGE and MATCH", 13)]
    [InlineData("CREATE (n) OPTIONAL MATCH (m) RETURN m", "WITH is required between CREATE and MATCH", 12)]
    [InlineData("MATCH (n) SET n.x = 1 UNWIND [1] AS y RETURN y", "WITH is required between SET and UNWIND", 23)]
    [InlineData("OPTIONAL MATCH (n) MATCH (m) RETURN n, m", "MATCH cannot follow OPTIONAL MATCH", 20)]
    [InlineData("MATCH (n)", "Query cannot conclude with MATCH", 1)]
    [InlineData("MATCH (n) WITH n", "Query cannot conclude with WITH", 11)]
    [InlineData("UNWIND [1] AS x", "Query cannot conclude with UNWIND", 1)]
    [InlineData("RETURN 1 AS x MATCH (n)", "RETURN can only be used at the end of the query", 1)]
    [InlineData("MATCH (n) WITH n.x RETURN 1", "Expression in WITH must be aliased", 16)]
    [InlineData("MATCH (n) WHERE count(n) > 1 RETURN n", "Invalid use of aggregating function", 17)]
    [InlineData("MATCH (n) RETURN count(count(n))", "Can't use aggregate functions inside of aggregate functions", 24)]
    [InlineData("MATCH (n) RETURN n.x + count(*)", "implicit grouping", 18)]
    [InlineData("MATCH (n) RETURN DISTINCT n.x AS x ORDER BY n.y", "it is not possible to access variables declared before", 45)]
    [InlineData("MATCH (n) UNWIND [1] AS n RETURN n", "Variable `n` already declared", 25)]
    [InlineData("MATCH (n) CREATE (n)", "Variable `n` already declared", 18)]
    [InlineData("MATCH (n) MERGE (n:A)", "Variable `n` already declared", 17)]
    [InlineData("MATCH (a)-[r]->(b) CREATE (a)-[r:T]->(b)", "Variable `r` already declared", 30)]
    [InlineData("MATCH (a)-[a]->(b) RETURN a", "conflicting type", 10)]
    [InlineData("MATCH (a)-[r]->(b)-[r]->(c) RETURN r", "Cannot use the same relationship variable", 19)]
    [InlineData("WITH 1 AS n MATCH (n) RETURN n", "conflicting type", 19)]
    [InlineData("MATCH (a), (b) MERGE (a)-[r]->(b)", "Exactly one relationship type must be specified for MERGE", 25)]
    [InlineData("MATCH (a), (b) MERGE (a)-[r:A|B]->(b)", "A single relationship type must be specified for MERGE", 30)]
    [InlineData("MATCH (a), (b) CREATE (a)-[:A]-(b)", "Only directed relationships are supported in CREATE", 26)]
    [InlineData("MATCH (n $p) RETURN n", "Parameter maps cannot be used in `MATCH` patterns", 10)]
    [InlineData("MERGE (n:A $p)", "Parameter maps cannot be used in `MERGE` patterns", 12)]
    [InlineData("MATCH (n) RETURN n.x AS a, n.y AS a", "Multiple result columns with the same name", 28)]
    [InlineData("RETURN *", "RETURN * is not allowed when there are no variables in scope", 1)]
    [InlineData("MATCH (n) RETURN n LIMIT n.x", "It is not allowed to refer to variables in LIMIT", 26)]
    [InlineData("MATCH (n) RETURN n SKIP -1", "Must be a non-negative integer", 25)]
    [InlineData("MATCH (n) RETURN (n)-->()", "A pattern expression should only be used", 18)]
    [InlineData("MATCH (n) WHERE (n)-->(m) RETURN n", "not allowed to introduce new variables: 'm'", 23)]
    [InlineData("MATCH ()-[r]->() RETURN labels(r)", "expected Node but was Relationship", 32)]
    [InlineData("MATCH (n) RETURN size(n.x, 1)", "Insufficient or superfluous parameters", 18)]
    [InlineData("RETURN [x IN [1] | count(x)]", "aggregating expressions inside of expressions executing over lists", 20)]
    [InlineData("MATCH (n) WHERE n.x AND 1 RETURN n", "expected Boolean but was Integer", 25)]
    [InlineData("MATCH (n) DELETE n:A", "Try REMOVE", 18)]
    public void RefusesWhatNeo4jRefuses(string statement, string message, int column)
    {
        using var graph = new TestGraph();
        var error = graph.Fail(statement, """{"p": {}}""");
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.Equal(ErrorCodes.SyntaxError, error.Code);
        Assert.Equal(column, error.Position!.Value.Column);
    }

    [Fact]
    public void NamesTheMissingParameter()
    {
        using var graph = new TestGraph();
        var error = graph.Fail("RETURN $ids");
        Assert.Equal(ErrorCodes.ParameterMissing, error.Code);
        Assert.Contains("ids", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void AnUnaliasedColumnIsNamedAsWritten()
    {
        using var graph = new TestGraph();
        graph.Run("CREATE (:A {x: 1})");
        Assert.Equal("""[{"n.x  +  1":2,"(n:A)":true,"n.x":1}]""", graph.Run("MATCH (n) RETURN n.x  +  1, (n:A), n.x"));
    }
}
