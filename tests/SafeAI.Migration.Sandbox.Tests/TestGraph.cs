using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using SafeAI.Migration.Sandbox.Cypher;
using SafeAI.Migration.Sandbox.Graph;
using SafeAI.Migration.Sandbox.Values;

namespace SafeAI.Migration.Sandbox.Tests;

/// <summary>A graph in this process, with statements run against it as the endpoint runs them.</summary>
internal sealed class TestGraph : IDisposable
{
    private readonly StatementRunner _runner;

    public TestGraph() => _runner = new StatementRunner(Graph);

    public MemoryGraph Graph { get; } = new();

    public RunResult Last { get; private set; } = new(0, new ChangeCounters());

    /// <summary>Runs a statement; its rows as compact JSON.</summary>
    public string Run(string statement, string parameters = "{}")
    {
        using var answer = new JsonAnswer();
        Last = _runner.Run(_runner.Prepare(statement), Parse(parameters), answer, null, CancellationToken.None);
        return answer.Text();
    }

    /// <summary>Runs a statement whose one column has one value in one row.</summary>
    public string Value(string expression, string parameters = "{}")
    {
        var rows = Run($"RETURN {expression} AS v", parameters);
        Assert.StartsWith("[{\"v\":", rows, StringComparison.Ordinal);
        return rows["[{\"v\":".Length..^2];
    }

    /// <summary>Runs a statement that must fail.</summary>
    public CypherException Fail(string statement, string parameters = "{}") =>
        Assert.Throws<CypherException>(() => Run(statement, parameters));

    /// <summary>Everything in the graph, in an order that depends on nothing but its content.</summary>
    public string Dump() =>
        Run("MATCH (n) RETURN id(n) AS id, labels(n) AS l, properties(n) AS p ORDER BY id")
        + Run("MATCH (a)-[r]->(b) RETURN id(r) AS id, type(r) AS t, id(a) AS a, id(b) AS b, properties(r) AS p ORDER BY id")
        + Run("SHOW CONSTRAINTS");

    public void Dispose() => Graph.Dispose();

    private static CypherMap Parse(string json)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(json));
        reader.Read();
        return (CypherMap)JsonValueReader.Read(ref reader)!;
    }

    private sealed class JsonAnswer : IAnswer, IDisposable
    {
        private readonly MemoryStream _stream = new();
        private readonly Utf8JsonWriter _writer;
        private string[] _columns = [];

        public JsonAnswer()
        {
            _writer = new Utf8JsonWriter(_stream, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
            _writer.WriteStartArray();
        }

        public void Begin(string[] columns) => _columns = columns;

        public void Row(object?[] row, int[] slots)
        {
            _writer.WriteStartObject();
            for (var i = 0; i < slots.Length; i++)
            {
                _writer.WritePropertyName(_columns[i]);
                JsonValueWriter.Write(_writer, row[slots[i]]);
            }

            _writer.WriteEndObject();
        }

        public void Dispose()
        {
            _writer.Dispose();
            _stream.Dispose();
        }

        public string Text()
        {
            _writer.WriteEndArray();
            _writer.Flush();
            return Encoding.UTF8.GetString(_stream.ToArray());
        }
    }
}
