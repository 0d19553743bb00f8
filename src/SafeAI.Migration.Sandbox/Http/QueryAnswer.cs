using System.Text.Encodings.Web;
using System.Text.Json;
using SafeAI.Migration.Sandbox.Cypher;
using SafeAI.Migration.Sandbox.Graph;
using SafeAI.Migration.Sandbox.Values;

namespace SafeAI.Migration.Sandbox.Http;

/// <summary>Writes the answer to a statement while it runs: <c>{"results": […], "metadata": {…}}</c>.</summary>
internal sealed class QueryAnswer : IAnswer, IAsyncDisposable
{
    private const int FlushSize = 32 * 1024;

    private static readonly JsonWriterOptions s_options =
        new() { SkipValidation = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly AnswerBuffer _buffer = new();
    private readonly Utf8JsonWriter _writer;
    private JsonEncodedText[] _columns = [];

    public QueryAnswer()
    {
        _writer = new Utf8JsonWriter(_buffer, s_options);
        _writer.WriteStartObject();
        _writer.WriteStartArray("results"u8);
    }

    /// <inheritdoc/>
    public void Begin(string[] columns) =>
        _columns = Array.ConvertAll(columns, c => JsonEncodedText.Encode(c, JavaScriptEncoder.UnsafeRelaxedJsonEscaping));

    /// <inheritdoc/>
    public void Row(object?[] row, int[] slots)
    {
        _writer.WriteStartObject();
        for (var i = 0; i < slots.Length; i++)
        {
            _writer.WritePropertyName(_columns[i]);
            JsonValueWriter.Write(_writer, row[slots[i]]);
        }

        _writer.WriteEndObject();
        if (_writer.BytesPending > FlushSize)
            _writer.Flush();
    }

    /// <summary>Ends the answer.</summary>
    public void End(double milliseconds, RunResult result)
    {
        _writer.WriteEndArray();
        _writer.WriteStartObject("metadata"u8);
        _writer.WriteNumber("execution_time"u8, Math.Round(milliseconds, 3));
        _writer.WriteNumber("nodes_accessed"u8, result.Accessed);
        _writer.WriteStartObject("counters"u8);
        WriteCounters(result.Counters);
        _writer.WriteEndObject();
        _writer.WriteEndObject();
        _writer.WriteEndObject();
        _writer.Flush();
    }

    /// <summary>Sends the answer.</summary>
    public async Task SendAsync(HttpContext context)
    {
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = _buffer.Length;
        await _buffer.CopyToAsync(context.Response.Body, context.RequestAborted);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _writer.Reset();
        await _writer.DisposeAsync();
        await _buffer.DisposeAsync();
    }

    private void WriteCounters(ChangeCounters counters)
    {
        _writer.WriteNumber("nodes_created"u8, counters.NodesCreated);
        _writer.WriteNumber("nodes_deleted"u8, counters.NodesDeleted);
        _writer.WriteNumber("relationships_created"u8, counters.RelationshipsCreated);
        _writer.WriteNumber("relationships_deleted"u8, counters.RelationshipsDeleted);
        _writer.WriteNumber("properties_set"u8, counters.PropertiesSet);
        _writer.WriteNumber("labels_added"u8, counters.LabelsAdded);
        _writer.WriteNumber("labels_removed"u8, counters.LabelsRemoved);
        _writer.WriteNumber("constraints_added"u8, counters.ConstraintsAdded);
        _writer.WriteNumber("constraints_removed"u8, counters.ConstraintsRemoved);
    }
}
