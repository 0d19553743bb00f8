using SafeAI.Migration.Sandbox.Cypher;

namespace SafeAI.Migration.Sandbox.Tests.Cypher;

public sealed class ReadTests : IDisposable
{
    private readonly TestGraph _graph = new();

    public ReadTests() => _graph.Run(
        "CREATE (a:P {n: 'a', x: 1}), (b:P {n: 'b', x: 2}), (c:P:Q {n: 'c'}), "
        + "(a)-[:T {w: 1}]->(b), (a)-[:T {w: 2}]->(b), (b)-[:U]->(c), (c)-[:T]->(c)");

    public void Dispose() => _graph.Dispose();

    [Theory]
    [InlineData("MATCH (n:P) RETURN n.n AS n ORDER BY n", """[{"n":"a"},{"n":"b"},{"n":"c"}]""")]
    [InlineData("MATCH (n:P:Q) RETURN n.n AS n", """[{"n":"c"}]""")]
    [InlineData("MATCH (n:!Q) RETURN n.n AS n ORDER BY n", """[{"n":"a"},{"n":"b"}]""")]
    [InlineData("MATCH (n:None) RETURN n", "[]")]
    [InlineData("MATCH (n {x: 2}) RETURN n.n AS n", """[{"n":"b"}]""")]
    [InlineData("MATCH (n {x: null}) RETURN n.n AS n", "[]")]
    [InlineData("MATCH (n) WHERE n.x = null RETURN n", "[]")]
    [InlineData("MATCH (n) WHERE n.x IS NULL RETURN n.n AS n", """[{"n":"c"}]""")]
    [InlineData("MATCH (n) WHERE NOT n.x = 1 RETURN n.n AS n", """[{"n":"b"}]""")]
    [InlineData("MATCH (n) WHERE n.x IN [1, null] RETURN n.n AS n", """[{"n":"a"}]""")]
    [InlineData("MATCH (n) WHERE NOT n.x IN [1, null] RETURN n.n AS n", "[]")]
    [InlineData("MATCH (a)-[r]->(b) RETURN a.n + type(r) + b.n AS p ORDER BY p", """[{"p":"aTb"},{"p":"aTb"},{"p":"bUc"},{"p":"cTc"}]""")]
    [InlineData("MATCH (a)<-[r:U]-(b) RETURN a.n AS a, b.n AS b", """[{"a":"c","b":"b"}]""")]
    [InlineData("MATCH (a {n: 'b'})--(b) RETURN b.n AS b ORDER BY b", """[{"b":"a"},{"b":"a"},{"b":"c"}]""")]
    [InlineData("MATCH (a)-[r:T|U]-(a) RETURN a.n AS a", """[{"a":"c"}]""")]
    [InlineData("MATCH (a)-[r {w: 2}]->() RETURN a.n AS a", """[{"a":"a"}]""")]
    [InlineData("MATCH (a {n: 'a'})-[r]->()-[s]->(c) RETURN count(*) AS c", """[{"c":2}]""")]
    [InlineData("MATCH (a {n: 'a'})-[r]-()-[s]-(a) RETURN count(*) AS c", """[{"c":2}]""")]
    [InlineData("MATCH (a:P), (b:Q) RETURN count(*) AS c", """[{"c":3}]""")]
    [InlineData("MATCH (a {n: 'a'}) OPTIONAL MATCH (a)-[r:U]->(b) RETURN r, b.n AS b", """[{"r":null,"b":null}]""")]
    [InlineData("MATCH (a:P) OPTIONAL MATCH (a)-[:U]->(b) WHERE b:Q RETURN a.n AS a, b.n AS b ORDER BY a", """[{"a":"a","b":null},{"a":"b","b":"c"},{"a":"c","b":null}]""")]
    [InlineData("OPTIONAL MATCH (n:None) OPTIONAL MATCH (n)-->(m) RETURN n, m", """[{"n":null,"m":null}]""")]
    [InlineData("MATCH (n:P) WHERE NOT (n)-->() RETURN n", "[]")]
    [InlineData("MATCH (n:P) WHERE (n)-[:U]->(:Q) RETURN n.n AS n", """[{"n":"b"}]""")]
    [InlineData("MATCH (n:P) WHERE EXISTS { (n)-[r]->(m) WHERE r.w > 1 AND m.x = n.x + 1 } RETURN n.n AS n", """[{"n":"a"}]""")]
    [InlineData("MATCH (n:P) RETURN n.n AS n, COUNT { (n)-->() } AS d ORDER BY n", """[{"n":"a","d":2},{"n":"b","d":1},{"n":"c","d":1}]""")]
    [InlineData("MATCH (a)-[r:U]->() WITH r MATCH (x)-[r]->(y) RETURN x.n AS x, y.n AS y", """[{"x":"b","y":"c"}]""")]
    [InlineData("MATCH ()-[r:U]->() RETURN startNode(r).n AS s, endNode(r).n AS e", """[{"s":"b","e":"c"}]""")]
    [InlineData("UNWIND [] AS x RETURN x", "[]")]
    [InlineData("UNWIND null AS x RETURN x", "[]")]
    [InlineData("UNWIND [[1, 2], [3]] AS xs UNWIND xs AS x RETURN x", """[{"x":1},{"x":2},{"x":3}]""")]
    [InlineData("MATCH (n:P) WITH n.x AS x WHERE x > 1 RETURN x", """[{"x":2}]""")]
    [InlineData("MATCH (n:P) WITH n AS m ORDER BY m.n DESC LIMIT 2 RETURN m.n AS n", """[{"n":"c"},{"n":"b"}]""")]
    [InlineData("MATCH (n:P) RETURN n.x AS x ORDER BY n.x DESC", """[{"x":null},{"x":2},{"x":1}]""")]
    [InlineData("MATCH (n:P) RETURN n.n AS n ORDER BY n SKIP 1 LIMIT 1", """[{"n":"b"}]""")]
    [InlineData("MATCH (n:P)-[r]->() RETURN DISTINCT n.n AS n ORDER BY n", """[{"n":"a"},{"n":"b"},{"n":"c"}]""")]
    [InlineData("UNWIND [1, 1.0, '1', null, null] AS x RETURN DISTINCT x", """[{"x":1},{"x":"1"},{"x":null}]""")]
    [InlineData("UNWIND ['b', 2, true, null, [1], 1.5, 'a', {k: 1}, false] AS x RETURN x ORDER BY x", """[{"x":{"k":1}},{"x":[1]},{"x":"a"},{"x":"b"},{"x":false},{"x":true},{"x":1.5},{"x":2},{"x":null}]""")]
    [InlineData("MATCH (n:P) RETURN *", null)]
    public void Answers(string statement, string? expected)
    {
        var rows = _graph.Run(statement);
        if (expected is not null)
            Assert.Equal(expected, rows);
        else
            Assert.Contains("\"n\":{\"elementId\":\"4:sandbox:", rows, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("MATCH (n:P) RETURN count(*) AS a, count(n.x) AS b, count(DISTINCT n.x % 1) AS c", """[{"a":3,"b":2,"c":1}]""")]
    [InlineData("MATCH (n:P) RETURN sum(n.x) AS s, avg(n.x) AS a, min(n.x) AS l, max(n.x) AS h", """[{"s":3,"a":1.5,"l":1,"h":2}]""")]
    [InlineData("MATCH (n:P) WITH n ORDER BY n.n DESC RETURN collect(n.n) AS c, collect(n.x) AS x", """[{"c":["c","b","a"],"x":[2,1]}]""")]
    [InlineData("MATCH (n:None) RETURN count(*) AS c, collect(n) AS l, sum(n.x) AS s, max(n.x) AS m, avg(n.x) AS a", """[{"c":0,"l":[],"s":0,"m":null,"a":null}]""")]
    [InlineData("MATCH (n:None) RETURN n.x AS x, count(*) AS c", "[]")]
    [InlineData("MATCH (a)-[r]->() RETURN a.n AS n, count(r) AS c, collect(r.w) AS w ORDER BY c DESC, n", """[{"n":"a","c":2,"w":[1,2]},{"n":"b","c":1,"w":[]},{"n":"c","c":1,"w":[]}]""")]
    [InlineData("MATCH (a)-[r]->() RETURN a.n, count(r) + size(a.n) AS c ORDER BY a.n LIMIT 1", null)]
    [InlineData("MATCH (a)-->() WITH a.n AS n, count(*) AS c WHERE c > 1 RETURN n, c * 10 AS c", """[{"n":"a","c":20}]""")]
    [InlineData("MATCH (a)-[r]->() RETURN a.n AS n ORDER BY count(*)", "error")]
    [InlineData("UNWIND [1, 2.5] AS x RETURN sum(x) AS s", """[{"s":3.5}]""")]
    public void Aggregates(string statement, string? expected)
    {
        if (expected == "error")
            Assert.Equal(ErrorCodes.SyntaxError, _graph.Fail(statement).Code);
        else
            Assert.Equal(expected ?? """[{"a.n":"a","c":3}]""", _graph.Run(statement));
    }

    [Fact]
    public void AListOfAThousandIdsIsAskedOnce()
    {
        _graph.Run("UNWIND range(0, 1999) AS i CREATE (:Many {i: i})");
        var ids = string.Join(',', Enumerable.Range(500, 1000));
        Assert.Equal("""[{"c":1000,"l":500,"h":1499}]""", _graph.Run(
            "MATCH (n:Many) WHERE n.i IN $ids RETURN count(n) AS c, min(n.i) AS l, max(n.i) AS h", $$"""{"ids": [{{ids}}]}"""));
    }

    [Fact]
    public void OneStatementServesDifferentParameters()
    {
        const string Statement = "MATCH (n:P) WHERE n.n IN $ids RETURN collect(n.x) AS x";
        Assert.Equal("""[{"x":[1]}]""", _graph.Run(Statement, """{"ids": ["a", "c"]}"""));
        Assert.Equal("""[{"x":[2]}]""", _graph.Run(Statement, """{"ids": ["b"]}"""));
        Assert.Equal("""[{"x":[]}]""", _graph.Run(Statement, """{"ids": null}"""));
        Assert.Equal(ErrorCodes.TypeError, _graph.Fail(Statement, """{"ids": 1}""").Code);
    }
}
