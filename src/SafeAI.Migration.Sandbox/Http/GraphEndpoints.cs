using System.Diagnostics;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using SafeAI.Migration.Sandbox.Cypher;
using SafeAI.Migration.Sandbox.Graph;
using SafeAI.Migration.Sandbox.Values;

namespace SafeAI.Migration.Sandbox.Http;

/// <summary>The endpoints that read or write the graph without a statement.</summary>
internal static class GraphEndpoints
{
    private static readonly JsonWriterOptions s_options =
        new() { SkipValidation = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>GET …/schema: the node types and relationship types that have at least one item, with the names of their properties.</summary>
    public static Task SchemaAsync(HttpContext context, SandboxState state, Caller caller)
    {
        state.Counts.Count("schema");
        return ReadAsync(context, state.Graph, (writer, graph) =>
        {
            writer.WriteStartArray("nodes"u8);
            var labels = graph.SetsWith(null).SelectMany(s => s.Labels).Distinct().Order(StringComparer.Ordinal);
            foreach (var label in labels)
            {
                writer.WriteStartObject();
                writer.WriteString("type"u8, label);
                WriteKeys(writer, graph.SetsWith(label).SelectMany(s => s.Nodes));
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteStartArray("relationships"u8);
            foreach (var type in graph.Types.Where(t => t.Relationships.Count > 0).OrderBy(t => t.Name, StringComparer.Ordinal))
            {
                WriteRelationshipType(writer, type);
            }

            writer.WriteEndArray();
        });
    }

    /// <summary>GET …/knowledge-graph: all of it.</summary>
    public static Task GraphAsync(HttpContext context, SandboxState state, Caller caller)
    {
        state.Counts.Count("graph");
        return ReadAsync(context, state.Graph, (writer, graph) =>
        {
            writer.WriteStartArray("nodes"u8);
            foreach (var node in graph.SetsWith(null).SelectMany(s => s.Nodes))
            {
                writer.WriteStartObject();
                writer.WritePropertyName("id"u8);
                JsonValueWriter.Write(writer, node.Get("id") ?? node.ElementId);
                writer.WriteString("type"u8, node.Labels.First);
                writer.WritePropertyName("labels"u8);
                JsonValueWriter.Write(writer, node.Labels.ListValue);
                writer.WritePropertyName("properties"u8);
                JsonValueWriter.WriteProperties(writer, node.Shape, node.Values);
                writer.WriteEndObject();
                FlushWhenFull(writer);
            }

            writer.WriteEndArray();
            writer.WriteStartArray("relationships"u8);
            foreach (var relationship in graph.Types.SelectMany(t => t.Relationships))
            {
                writer.WriteStartObject();
                writer.WritePropertyName("source"u8);
                JsonValueWriter.Write(writer, relationship.Start.Get("id") ?? relationship.Start.ElementId);
                writer.WritePropertyName("target"u8);
                JsonValueWriter.Write(writer, relationship.End.Get("id") ?? relationship.End.ElementId);
                writer.WriteString("type"u8, relationship.Type.Name);
                writer.WritePropertyName("properties"u8);
                JsonValueWriter.WriteProperties(writer, relationship.Shape, relationship.Values);
                writer.WriteEndObject();
                FlushWhenFull(writer);
            }

            writer.WriteEndArray();
            writer.WriteStartObject("metadata"u8);
            writer.WriteString("version"u8, graph.Version.ToString(CultureInfo.InvariantCulture));
            writer.WriteString("lastUpdated"u8, graph.LastUpdated.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture));
            writer.WriteEndObject();
        });
    }

    /// <summary>POST …/nodes: each is found by type and id, or made; the properties given are set.</summary>
    public static Task NodesAsync(HttpContext context, SandboxState state, Caller caller) => WriteAsync(
        context,
        state,
        caller,
        "nodes",
        ["id", "type"],
        type => $"UNWIND $rows AS row MERGE (n:{Quoted(type)} {{id: row.id}}) SET n += coalesce(row.properties, {{}}) RETURN row.number AS number");

    /// <summary>POST …/relationships: one of the type between the two nodes is found or made; the properties given are set.</summary>
    public static Task RelationshipsAsync(HttpContext context, SandboxState state, Caller caller) => WriteAsync(
        context,
        state,
        caller,
        "relationships",
        ["source", "target", "type"],
        type => "UNWIND $rows AS row MATCH (a {id: row.source}) MATCH (b {id: row.target}) "
            + $"MERGE (a)-[r:{Quoted(type)}]->(b) SET r += coalesce(row.properties, {{}}) RETURN row.number AS number");

    private static string Quoted(string name) => "`" + name.Replace("`", "``", StringComparison.Ordinal) + "`";

    private static async Task WriteAsync(
        HttpContext context, SandboxState state, Caller caller, string field, string[] required, Func<string, string> statementFor)
    {
        state.Counts.Count(field);
        state.Counts.CountMutating();
        if (!caller.MayWrite)
            throw new ApiError(StatusCodes.Status403Forbidden, "forbidden", "This key may read, it may not write");
        var body = await RequestBody.ReadAsync(context, state.Counts, RequestBody.ParseObject);
        if (body[field] is not object?[] items)
            throw ApiError.Invalid($"The body needs a list '{field}'");
        var rows = items.Select((item, number) => Row(item, number, field, required)).ToList();

        await using var answer = new QueryAnswer();
        var started = Stopwatch.GetTimestamp();
        try
        {
            var written = new HashSet<long>();
            var result = state.Runner.RunAll(
                rows.GroupBy(r => (string)r["type"]!).Select(group => (
                    state.Runner.Prepare(statementFor(group.Key)),
                    CypherMap.Of([new("rows", group.Cast<object?>().ToArray())]))),
                number => written.Add((long)number!),
                () => RequireAll(written, rows.Count, field));
            answer.Begin(["id"]);
            foreach (var row in rows.Where(_ => field == "nodes"))
            {
                answer.Row([row["id"]], [0]);
            }

            answer.End(Stopwatch.GetElapsedTime(started).TotalMilliseconds, result);
        }
        catch (CypherException failed)
        {
            throw ApiError.Of(failed);
        }

        await answer.SendAsync(context);
    }

    private static CypherMap Row(object? item, int number, string field, string[] required)
    {
        if (item is not CypherMap map)
            throw ApiError.Invalid($"{field}[{number}] is not an object");
        foreach (var key in required)
        {
            if (map[key] is null || (key == "type" && map[key] is not string { Length: > 0 }))
                throw ApiError.Invalid($"{field}[{number}] has no '{key}'");
        }

        if (map["properties"] is not (null or CypherMap))
            throw ApiError.Invalid($"{field}[{number}].properties is not an object");
        var entries = Enumerable.Range(0, map.Count).Select(i => KeyValuePair.Create(map.Shape[i], map.Values[i]));
        return CypherMap.Of(entries.Append(new("number", (long)number)));
    }

    private static void RequireAll(HashSet<long> written, int count, string field)
    {
        if (written.Count == count)
            return;
        var missing = Enumerable.Range(0, count).Where(n => !written.Contains(n)).ToArray();
        throw new ApiError(StatusCodes.Status404NotFound, "not_found", $"{missing.Length} of {count} {field} name a node that does not exist; nothing was written")
        {
            Details = new Dictionary<string, object> { ["missing"] = missing },
        };
    }

    private static void WriteRelationshipType(Utf8JsonWriter writer, RelationshipType type)
    {
        // One entry for each pair of labels that the type joins.
        var joined = type.Relationships
            .GroupBy(r => (Start: r.Start.Labels.First ?? "", End: r.End.Labels.First ?? ""))
            .OrderBy(g => g.Key.Start, StringComparer.Ordinal)
            .ThenBy(g => g.Key.End, StringComparer.Ordinal);
        foreach (var group in joined)
        {
            writer.WriteStartObject();
            writer.WriteString("type"u8, type.Name);
            writer.WriteString("start"u8, group.Key.Start);
            writer.WriteString("end"u8, group.Key.End);
            WriteKeys(writer, group);
            writer.WriteEndObject();
        }
    }

    private static void WriteKeys(Utf8JsonWriter writer, IEnumerable<Entity> entities)
    {
        var shapes = new HashSet<Shape>();
        foreach (var entity in entities)
        {
            shapes.Add(entity.Shape);
        }

        writer.WriteStartArray("properties"u8);
        foreach (var key in shapes.SelectMany(s => s.Keys.ToArray()).Distinct().Order(StringComparer.Ordinal))
        {
            writer.WriteStringValue(key);
        }

        writer.WriteEndArray();
    }

    private static void FlushWhenFull(Utf8JsonWriter writer)
    {
        if (writer.BytesPending > 32 * 1024)
            writer.Flush();
    }

    private static async Task ReadAsync(HttpContext context, MemoryGraph graph, Action<Utf8JsonWriter, MemoryGraph> write)
    {
        await using var buffer = new AnswerBuffer();
        WriteLocked(buffer, graph, write);
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = buffer.Length;
        await buffer.CopyToAsync(context.Response.Body, context.RequestAborted);
    }

    private static void WriteLocked(AnswerBuffer buffer, MemoryGraph graph, Action<Utf8JsonWriter, MemoryGraph> write)
    {
        using var writer = new Utf8JsonWriter(buffer, s_options);
        graph.Gate.EnterReadLock();
        try
        {
            writer.WriteStartObject();
            write(writer, graph);
            writer.WriteEndObject();
        }
        finally
        {
            graph.Gate.ExitReadLock();
        }
    }
}
