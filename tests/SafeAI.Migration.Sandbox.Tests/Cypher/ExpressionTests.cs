using SafeAI.Migration.Sandbox.Cypher;

namespace SafeAI.Migration.Sandbox.Tests.Cypher;

public sealed class ExpressionTests
{
    [Theory]
    [InlineData("null = null", "null")]
    [InlineData("null <> 1", "null")]
    [InlineData("null IS NULL", "true")]
    [InlineData("true AND null", "null")]
    [InlineData("false AND null", "false")]
    [InlineData("true OR null", "true")]
    [InlineData("false OR null", "null")]
    [InlineData("true XOR null", "null")]
    [InlineData("NOT null", "null")]
    [InlineData("1 = 1.0", "true")]
    [InlineData("1 = '1'", "false")]
    [InlineData("1 < 'a'", "null")]
    [InlineData("1 < 1.5", "true")]
    [InlineData("9007199254740993 > 9007199254740992.0", "true")]
    [InlineData("'a' < 'b'", "true")]
    [InlineData("[1, 2] = [1, 2.0]", "true")]
    [InlineData("[1, null] = [1, 2]", "null")]
    [InlineData("[1, null] = [2, null]", "false")]
    [InlineData("{a: 1} = {a: 1.0}", "true")]
    [InlineData("0.0 / 0.0 = 0.0 / 0.0", "false")]
    [InlineData("2 IN [1, 2, null]", "true")]
    [InlineData("3 IN [1, 2, null]", "null")]
    [InlineData("null IN []", "false")]
    [InlineData("1 IN null", "null")]
    [InlineData("'abc' CONTAINS 'b' AND 'abc' ENDS WITH 'c'", "true")]
    [InlineData("'abc' STARTS WITH 1", "null")]
    [InlineData("7 / 2", "3")]
    [InlineData("-7 % 3", "-1")]
    [InlineData("7 / 2.0", "3.5")]
    [InlineData("2.0", "2.0")]
    [InlineData("1e20", "1E+20")]
    [InlineData("1 + null", "null")]
    [InlineData("valueType(date('2024-01-01'))", "\"DATE NOT NULL\"")]
    [InlineData("valueType(datetime('2024-01-01T00:00Z'))", "\"ZONED DATETIME NOT NULL\"")]
    [InlineData("valueType(duration('P1D'))", "\"DURATION NOT NULL\"")]
    [InlineData("valueType([1, 2.0])", "\"LIST<INTEGER NOT NULL | FLOAT NOT NULL> NOT NULL\"")]
    [InlineData("valueType([])", "\"LIST<NOTHING> NOT NULL\"")]
    [InlineData("valueType(null)", "\"NULL\"")]
    [InlineData("'a' + 1 + 2.0 + true", "\"a12.0true\"")]
    [InlineData("[1] + 2 + [3]", "[1,2,3]")]
    [InlineData("[1, 2, 3][-1]", "3")]
    [InlineData("[1, 2, 3][5]", "null")]
    [InlineData("[1, 2, 3, 4][1..-1]", "[2,3]")]
    [InlineData("[1, 2, 3][..2]", "[1,2]")]
    [InlineData("{a: {b: [1, 2]}}.a.b[0]", "1")]
    [InlineData("{a: 1}['a']", "1")]
    [InlineData("{a: 1}.nothing", "null")]
    [InlineData("$p.list[1].x", "2")]
    [InlineData("$p[$key]", "\"v\"")]
    [InlineData("CASE WHEN null THEN 1 WHEN true THEN 2 END", "2")]
    [InlineData("CASE 3 WHEN 1 THEN 'a' ELSE 'z' END", "\"z\"")]
    [InlineData("CASE 3 WHEN 1 THEN 'a' END", "null")]
    [InlineData("[x IN range(1, 5) WHERE x % 2 = 1 | x * x]", "[1,9,25]")]
    [InlineData("[x IN null | x]", "null")]
    [InlineData("all(x IN [1, null] WHERE x > 0)", "null")]
    [InlineData("any(x IN [1, null] WHERE x > 0)", "true")]
    [InlineData("none(x IN [] WHERE x)", "true")]
    [InlineData("single(x IN [1, 2] WHERE x = 1)", "true")]
    [InlineData("coalesce(null, null, 3)", "3")]
    [InlineData("size('a😀b')", "3")]
    [InlineData("size([1, [2, 3]])", "2")]
    [InlineData("size(null)", "null")]
    [InlineData("[head([1, 2]), last([1, 2]), head([]), size(tail([1, 2]))]", "[1,2,null,1]")]
    [InlineData("keys({b: 1, a: null})", "[\"b\",\"a\"]")]
    [InlineData("[toString(1), toString(2.0), toString(true), toString(null)]", "[\"1\",\"2.0\",\"true\",null]")]
    [InlineData("[toInteger('12'), toInteger('1.9'), toInteger(-1.9), toInteger('x'), toInteger(true)]", "[12,1,-1,null,1]")]
    [InlineData("[toFloat('1'), toFloat(2), toFloat('x')]", "[1.0,2.0,null]")]
    [InlineData("[toBoolean('TRUE'), toBoolean('no'), toBoolean(0)]", "[true,null,false]")]
    [InlineData("[toLower('Ä'), toUpper('b'), trim(' c '), replace('aXa', 'X', '-'), substring('hello', 1, 3), left('abc', 2), right('abc', 2)]", "[\"ä\",\"B\",\"c\",\"a-a\",\"ell\",\"ab\",\"bc\"]")]
    [InlineData("split('a,b', ',')", "[\"a\",\"b\"]")]
    [InlineData("[abs(-3), sign(-2.5), round(2.5), floor(-1.5), ceil(1.2)]", "[3,-1,3.0,-2.0,2.0]")]
    [InlineData("range(5, 1, -2)", "[5,3,1]")]
    [InlineData("range(3, 1)", "[]")]
    public void Computes(string expression, string expected)
    {
        using var graph = new TestGraph();
        Assert.Equal(expected, graph.Value(expression, """{"p": {"list": [{"x": 1}, {"x": 2}], "k": "v"}, "key": "k"}"""));
    }

    [Theory]
    [InlineData("9223372036854775807 + 1", ErrorCodes.ArithmeticError)]
    [InlineData("9223372036854775807 * 2", ErrorCodes.ArithmeticError)]
    [InlineData("1 / 0", ErrorCodes.ArithmeticError)]
    [InlineData("1 % 0", ErrorCodes.ArithmeticError)]
    [InlineData("1 + true", ErrorCodes.TypeError)]
    [InlineData("$text.x", ErrorCodes.TypeError)]
    [InlineData("$text AND true", ErrorCodes.TypeError)]
    [InlineData("1 IN $text", ErrorCodes.TypeError)]
    [InlineData("toString([1])", ErrorCodes.TypeError)]
    [InlineData("labels($text)", ErrorCodes.TypeError)]
    [InlineData("[1]['a']", ErrorCodes.TypeError)]
    [InlineData("datetime('yesterday')", ErrorCodes.ArgumentError)]
    [InlineData("date('2023-02-30')", ErrorCodes.ArgumentError)]
    [InlineData("range(1, 2, 0)", ErrorCodes.ArgumentError)]
    [InlineData("range(1, 9223372036854775807)", ErrorCodes.ArgumentError)]
    public void FailsWithACode(string expression, string code)
    {
        using var graph = new TestGraph();
        Assert.Equal(code, graph.Fail($"RETURN {expression} AS v", """{"text": "t"}""").Code);
    }

    [Theory]
    [InlineData("date('2024-02-29')", "2024-02-29")]
    [InlineData("date('20240229')", "2024-02-29")]
    [InlineData("localdatetime('2024-02-29T12:34')", "2024-02-29T12:34:00")]
    [InlineData("localdatetime('2024-02-29T12:34:56.120')", "2024-02-29T12:34:56.12")]
    [InlineData("datetime('2024-02-29T12:34:56.123456789+01:30')", "2024-02-29T12:34:56.123456789+01:30")]
    [InlineData("datetime('2024-02-29T12:34:56Z')", "2024-02-29T12:34:56Z")]
    [InlineData("datetime('2024-02-29')", "2024-02-29T00:00:00Z")]
    [InlineData("datetime('2024-07-01T12:00:00[Europe/Stockholm]')", "2024-07-01T12:00:00+02:00[Europe/Stockholm]")]
    [InlineData("time('12:34:56-08:00')", "12:34:56-08:00")]
    [InlineData("localtime('12:34:56.5')", "12:34:56.5")]
    [InlineData("duration('P1Y2M3DT4H5M6.7S')", "P1Y2M3DT4H5M6.7S")]
    [InlineData("duration('PT0S')", "PT0S")]
    public void TemporalValuesKeepTheirTypeAndAreWrittenAsIso(string expression, string expected)
    {
        using var graph = new TestGraph();
        Assert.Equal($"\"{expected}\"", graph.Value(expression));
        graph.Run($"CREATE (:A {{t: {expression}, l: [{expression}]}})");
        var rows = graph.Run($"MATCH (n:A) WHERE n.t = {expression} AND {expression} IN n.l AND NOT n.t = '{expected}' RETURN n.t AS t");
        Assert.Equal($$"""[{"t":"{{expected}}"}]""", rows);
    }

    [Fact]
    public void TemporalValuesCompareInTime()
    {
        using var graph = new TestGraph();
        Assert.Equal("true", graph.Value("date('2024-01-02') > date('2024-01-01')"));
        Assert.Equal("true", graph.Value("datetime('2024-01-01T12:00+02:00') < datetime('2024-01-01T11:00Z')"));
        Assert.Equal("null", graph.Value("date('2024-01-02') > '2024-01-01'"));
        Assert.Equal("2024", graph.Value("datetime('2024-01-01T12:00Z').year"));
        Assert.Equal("[\"2024-01-01\",\"2024-01-03\"]", graph.Value("[x IN ['2024-01-01', '2024-01-03'] | date(x)]"));
    }

    [Fact]
    public void ParametersKeepIntegersAndFloatsApart()
    {
        using var graph = new TestGraph();
        Assert.Equal("[1,1.0,100.0,-9223372036854775808,\"ü\\n\"]", graph.Value("$l", """{"l": [1, 1.0, 1e2, -9223372036854775808, "\u00fc\n"]}"""));
        Assert.Throws<CypherException>(() => graph.Value("$l", """{"l": 9223372036854775808}"""));
    }

    [Fact]
    public void WideMapsKeepTheirKeysInOrder()
    {
        using var graph = new TestGraph();
        var map = "{" + string.Join(',', Enumerable.Range(0, 300).Select(i => $"\"k{i}\":{i}")) + "}";
        Assert.Equal(map, graph.Value("$m", $$"""{"m": {{map}}}"""));
        graph.Run("CREATE (n:A) SET n = $m", $$"""{"m": {{map}}}""");
        Assert.Equal($$"""[{"p":{{map}}}]""", graph.Run("MATCH (n:A) RETURN properties(n) AS p"));
        graph.Run("MATCH (n:A) SET n.k7 = null, n.more = 1");
        Assert.Equal("""[{"a":null,"b":8,"c":1,"s":300}]""", graph.Run("MATCH (n:A) RETURN n.k7 AS a, n.k8 AS b, n.more AS c, size(keys(n)) AS s"));
    }
}
