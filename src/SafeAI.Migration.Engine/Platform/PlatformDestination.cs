using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using SafeAI.Migration.Engine.Loading;

namespace SafeAI.Migration.Engine.Platform;

/// <summary>The platform's knowledge graph over HTTP: one request a batch, one transaction a request.</summary>
public sealed partial class PlatformDestination : IGraphDestination
{
    private const int PageSize = 1000;
    private static readonly string[] s_countColumns = ["count"];
    private static readonly string[] s_nodeColumns = ["id", "labels", "properties", "kinds"];
    private static readonly string[] s_relationshipColumns = ["id", "fromId", "fromLabels", "toId", "toLabels", "properties", "kinds"];
    private static readonly string[] s_mergeNodeColumns = ["id", "before", "labels", "kinds"];
    private static readonly string[] s_mergeRelationshipColumns = ["id", "before", "kinds"];

    private static readonly string[] s_idColumns = ["id"];
    private static readonly string[] s_incidentColumns = ["type", .. s_relationshipColumns];

    private readonly PlatformClient _client;

    /// <summary>Creates a destination on a client, which it owns from now on.</summary>
    public PlatformDestination(PlatformClient client)
    {
        ArgumentNullException.ThrowIfNull(client);
        _client = client;
    }

    /// <inheritdoc/>
    public bool ListsByEveryLabel => true;

    /// <inheritdoc/>
    public string DisplayName => _client.DisplayName;

    /// <inheritdoc/>
    public long Retries => _client.Retries;

    /// <inheritdoc/>
    public long Requests => _client.Requests;

    /// <inheritdoc/>
    public RateLimitStatus? RateLimit => _client.RateLimitStatus;

    /// <inheritdoc/>
    public int? MaxRequestsPerMinute
    {
        get => _client.MaxRequestsPerMinute;
        set => _client.MaxRequestsPerMinute = value;
    }

    /// <summary>The client that it sends its requests through.</summary>
    public PlatformClient Client => _client;

    /// <inheritdoc/>
    public Task<IReadOnlyDictionary<string, long>> CountNodesAsync(IReadOnlyCollection<string> types, CancellationToken cancellationToken = default) =>
        CountAsync(types, CypherStatements.CountNodes, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyDictionary<string, long>> CountRelationshipsAsync(IReadOnlyCollection<string> types, CancellationToken cancellationToken = default) =>
        CountAsync(types, CypherStatements.CountRelationships, cancellationToken);

    /// <inheritdoc/>
    public async Task<GraphSchema> GetSchemaAsync(CancellationToken cancellationToken = default)
    {
        using var document = await _client.GetSchemaAsync(cancellationToken).ConfigureAwait(false);
        return new GraphSchema(Types("nodes"), Types("relationships"));

        List<string> Types(string name) => document.RootElement.ValueKind == JsonValueKind.Object
            && document.RootElement.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array
            ? [.. list.EnumerateArray().Select(e => TypeOf(e, name)).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)]
            : throw new PlatformException(ErrorCode.UnexpectedAnswer, $"The schema of {DisplayName} has no list of {name}.", "Check that the endpoint is the platform's.");

        string TypeOf(JsonElement element, string name) =>
            element.ValueKind == JsonValueKind.Object && element.TryGetProperty("type", out var type) && type is { ValueKind: JsonValueKind.String }
                ? type.GetString()!
                : throw new PlatformException(ErrorCode.UnexpectedAnswer, $"The schema of {DisplayName} has {name} without a type.", "Check that the endpoint is the platform's.");
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<GraphNode>> ReadNodesAsync(string type, IReadOnlyCollection<string> ids, CancellationToken cancellationToken = default)
    {
        using var answer = await _client.QueryAsync(CypherStatements.ReadNodes(type), s_nodeColumns, w => WriteIds(w, ids), cancellationToken).ConfigureAwait(false);
        return ReadAll(answer, row => Node(type, row), $"nodes of the type {type}");
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<GraphRelationship>> ReadRelationshipsAsync(string type, IReadOnlyCollection<string> ids, CancellationToken cancellationToken = default) =>
        ReadRelationshipsAsync(type, "", "", ids, cancellationToken);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<GraphRelationship>> ReadRelationshipsAsync(
        string type, string fromType, string toType, IReadOnlyCollection<string> ids, CancellationToken cancellationToken = default)
    {
        using var answer = await _client.QueryAsync(CypherStatements.ReadRelationships(type), s_relationshipColumns, w => WriteIds(w, ids), cancellationToken).ConfigureAwait(false);
        return ReadAll(answer, row => Relationship(type, row, fromType: fromType, toType: toType), $"relationships of the type {type}");
    }

    /// <inheritdoc/>
    public Task<WriteAnswer> WriteNodesAsync(string type, IReadOnlyList<GraphNode> nodes, CancellationToken cancellationToken = default) =>
        RestoreNodesAsync(type, nodes, [], cancellationToken);

    /// <inheritdoc/>
    public Task<WriteAnswer> InsertNodesAsync(string type, IReadOnlyList<GraphNode> nodes, CancellationToken cancellationToken = default) =>
        PutNodesAsync(type, nodes, CypherStatements.InsertNodes, cancellationToken);

    /// <inheritdoc/>
    public Task<WriteAnswer> RestoreNodesAsync(
        string type, IReadOnlyList<GraphNode> nodes, IReadOnlyCollection<string> removedLabels, CancellationToken cancellationToken = default) =>
        PutNodesAsync(type, nodes, (t, labels, temporals) => CypherStatements.MergeNodes(t, labels, temporals, removedLabels), cancellationToken);

    /// <inheritdoc/>
    public Task<WriteAnswer> WriteRelationshipsAsync(
        string type, string fromType, string toType, IReadOnlyList<GraphRelationship> relationships, CancellationToken cancellationToken = default) =>
        PutRelationshipsAsync(type, fromType, toType, relationships, CypherStatements.MergeRelationships, cancellationToken);

    /// <inheritdoc/>
    public Task<WriteAnswer> InsertRelationshipsAsync(
        string type, string fromType, string toType, IReadOnlyList<GraphRelationship> relationships, CancellationToken cancellationToken = default) =>
        PutRelationshipsAsync(type, fromType, toType, relationships, CypherStatements.InsertRelationships, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> DeleteNodesAsync(
        string type, IReadOnlyCollection<string> ids, bool withRelationships, CancellationToken cancellationToken = default) =>
        DeleteAsync(CypherStatements.DeleteNodes(type, withRelationships), ids, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<string>> DeleteRelationshipsAsync(string type, IReadOnlyCollection<string> ids, CancellationToken cancellationToken = default) =>
        DeleteAsync(CypherStatements.DeleteRelationships(type), ids, cancellationToken);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<GraphRelationship>> ReadRelationshipsOfAsync(
        string type, IReadOnlyCollection<string> ids, int limit, CancellationToken cancellationToken = default)
    {
        using var answer = await _client.QueryAsync(
            CypherStatements.RelationshipsOf(type),
            s_incidentColumns,
            writer =>
            {
                WriteIds(writer, ids);
                writer.WriteNumber("limit", limit);
            },
            cancellationToken).ConfigureAwait(false);
        return ReadAll(answer, r => Relationship(r.Text(0), r, first: 1, type, type), $"relationships of nodes of the type {type}");
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<GraphRelationship>> PageRelationshipsOfAsync(
        string type, string id, (string Type, string Id) after, int limit, CancellationToken cancellationToken = default)
    {
        using var answer = await _client.QueryAsync(
            CypherStatements.PageRelationshipsOf(type),
            s_incidentColumns,
            writer =>
            {
                writer.WriteString("id", id);
                writer.WriteString("afterType", after.Type);
                writer.WriteString("after", after.Id);
                writer.WriteNumber("limit", limit);
            },
            cancellationToken).ConfigureAwait(false);
        return ReadAll(answer, r => Relationship(r.Text(0), r, first: 1, type, type), $"relationships of a node of the type {type}");
    }

    /// <inheritdoc/>
    public async Task ProbeWriteAsync(CancellationToken cancellationToken = default) =>
        (await _client.QueryAsync(CypherStatements.WriteProbe, [], w => w.WriteString("id", ""), cancellationToken).ConfigureAwait(false)).Dispose();

    /// <inheritdoc/>
    public IAsyncEnumerable<GraphNode> StreamNodesAsync(string type, CancellationToken cancellationToken = default) =>
        StreamNodesAsync(type, [], "", cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<GraphNode> StreamNodesAsync(string type, IReadOnlyCollection<string> labels, string after, CancellationToken cancellationToken = default) =>
        StreamAsync(CypherStatements.PageNodes(type, labels), s_nodeColumns, r => Node(type, r), $"nodes of the type {type}", after, cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<GraphRelationship> StreamRelationshipsAsync(string type, CancellationToken cancellationToken = default) =>
        StreamRelationshipsAsync(type, "", cancellationToken);

    /// <inheritdoc/>
    public IAsyncEnumerable<GraphRelationship> StreamRelationshipsAsync(string type, string after, CancellationToken cancellationToken = default) =>
        StreamAsync(CypherStatements.PageRelationships(type), s_relationshipColumns, r => Relationship(type, r), $"relationships of the type {type}", after, cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<WriteAnswer> PutNodesAsync(
        string type, IReadOnlyList<GraphNode> nodes, Func<string, IReadOnlyCollection<string>, IReadOnlyCollection<TemporalProperty>, string> statementFor,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(nodes);
        var temporals = TemporalsOf(nodes);
        var statement = statementFor(type, nodes.Count == 0 ? [] : nodes[0].Labels, temporals);
        using var answer = await _client.QueryAsync(
            statement, s_mergeNodeColumns, writer => WriteRows(writer, nodes, temporals.Count > 0, null), cancellationToken).ConfigureAwait(false);
        return new WriteAnswer(
            ReadAll(answer, (r, i) => new WrittenItem(IdOf(r, nodes, i), Before(r[1], r[3]), LabelsOf(r[2], type)), $"nodes of the type {type}"), answer.WasRepeated);
    }

    private async Task<WriteAnswer> PutRelationshipsAsync(
        string type, string fromType, string toType, IReadOnlyList<GraphRelationship> relationships,
        Func<string, string, string, IReadOnlyCollection<TemporalProperty>, string> statementFor, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(relationships);
        var temporals = TemporalsOf(relationships);
        var statement = statementFor(type, fromType, toType, temporals);
        using var answer = await _client.QueryAsync(
            statement,
            s_mergeRelationshipColumns,
            writer => WriteRows(writer, relationships, temporals.Count > 0, (w, r) =>
            {
                w.WriteString("from", r.FromId);
                w.WriteString("to", r.ToId);
            }),
            cancellationToken).ConfigureAwait(false);
        return new WriteAnswer(
            ReadAll(answer, (r, i) => new WrittenItem(IdOf(r, relationships, i), Before(r[1], r[2])), $"relationships of the type {type}"), answer.WasRepeated);
    }

    // An answer nearly always has what was sent in its order: the text is there already.
    private static string IdOf(PlatformAnswer.Row row, IReadOnlyList<GraphItem> sent, int place) =>
        place < sent.Count && row[0] is { ValueKind: JsonValueKind.String } id && id.ValueEquals(sent[place].Id) ? sent[place].Id : row.Text(0);

    private static void WriteIds(Utf8JsonWriter writer, IReadOnlyCollection<string> ids)
    {
        writer.WriteStartArray("ids");
        foreach (var id in ids)
            writer.WriteStringValue(id);
        writer.WriteEndArray();
    }

    private static void WriteRows<T>(Utf8JsonWriter writer, IReadOnlyList<T> items, bool withTemporals, Action<Utf8JsonWriter, T>? writeEnds)
        where T : GraphItem
    {
        writer.WriteStartArray("rows");
        foreach (var item in items)
        {
            writer.WriteStartObject();
            writer.WriteString("id", item.Id);
            writeEnds?.Invoke(writer, item);
            writer.WriteStartObject("properties");
            WriteProperties(writer, item.Properties, temporal: false);
            writer.WriteEndObject();
            if (withTemporals)
            {
                writer.WriteStartObject("temporals");
                WriteProperties(writer, item.Properties, temporal: true);
                writer.WriteEndObject();
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WriteProperties(Utf8JsonWriter writer, PropertySet properties, bool temporal)
    {
        for (var i = 0; i < properties.Count; i++)
        {
            var value = properties.GetValue(i);
            if ((GraphTemporal.KindOf(value) is not null) != temporal)
                continue;
            writer.WritePropertyName(properties.GetName(i));
            GraphJson.WriteValue(writer, value, tagged: false);
        }
    }

    private static List<TemporalProperty> TemporalsOf<T>(IReadOnlyList<T> items)
        where T : GraphItem
    {
        List<TemporalProperty>? temporals = null;
        foreach (var item in items)
        {
            var properties = item.Properties;
            for (var i = 0; i < properties.Count; i++)
            {
                var value = properties.GetValue(i);
                if (GraphTemporal.KindOf(value) is not { } kind)
                    continue;
                var temporal = new TemporalProperty(properties.GetName(i), GraphTemporal.FunctionFor(kind), value is Array);
                if (temporals?.Contains(temporal) != true)
                    (temporals ??= []).Add(temporal);
            }
        }

        return temporals ?? [];
    }

    private static PropertySet? Before(JsonElement element, JsonElement kinds) =>
        element.ValueKind == JsonValueKind.Null ? null : Properties(element, kinds);

    private static PropertySet Properties(JsonElement element, JsonElement kinds)
    {
        var properties = GraphJson.ReadProperties(element, without: "id");
        if (kinds.ValueKind != JsonValueKind.Array || kinds.GetArrayLength() == 0)
            return properties;
        object?[] values = [.. properties.Values];
        foreach (var kind in kinds.EnumerateArray())
        {
            var i = properties.PlaceOf(kind[0].GetString()!);
            if (i >= 0)
                values[i] = GraphTemporal.FromAnswer(kind[1].GetString()!, values[i]);
        }

        return properties.WithValues(values);
    }

    private static string[]? LabelsOf(JsonElement element, string type) =>
        element.ValueKind == JsonValueKind.Null ? null : [.. element.EnumerateArray().Select(l => l.GetString()!).Where(l => l != type)];

    private static GraphNode Node(string type, PlatformAnswer.Row row) =>
        new(type, row.Text(0), Properties(row[2], row[3]), LabelsOf(row[1], type));

    private static GraphRelationship Relationship(string type, PlatformAnswer.Row row, int first = 0, string fromType = "", string toType = "") => new(
        type, row.Text(first), EndType(row[first + 2], fromType), row.Text(first + 1), EndType(row[first + 4], toType), row.Text(first + 3),
        Properties(row[first + 5], row[first + 6]));

    // Which of its labels is a node's type is not known: it is the expected one where the node has that, and the first where not.
    private static string EndType(JsonElement labels, string expected)
    {
        foreach (var label in labels.EnumerateArray())
        {
            if (label.ValueEquals(expected))
                return expected;
        }

        return labels.GetArrayLength() > 0 ? labels[0].GetString()! : "Node";
    }

    private async Task<IReadOnlyList<string>> DeleteAsync(string statement, IReadOnlyCollection<string> ids, CancellationToken cancellationToken)
    {
        using var answer = await _client.QueryAsync(statement, s_idColumns, w => WriteIds(w, ids), cancellationToken).ConfigureAwait(false);
        return [.. answer.AsRows().Select(r => r.Text(0)).Distinct(StringComparer.Ordinal)];
    }

    private async Task<IReadOnlyDictionary<string, long>> CountAsync(
        IReadOnlyCollection<string> types, Func<string, string> statement, CancellationToken cancellationToken)
    {
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var type in types)
        {
            using var answer = await _client.QueryAsync(statement(type), s_countColumns, null, cancellationToken).ConfigureAwait(false);
            counts[type] = ReadAll(answer, r => r[0].GetInt64(), $"numbers of {type}") is [var count, ..]
                ? count
                : throw new PlatformException(ErrorCode.UnexpectedAnswer, $"The platform at {DisplayName} does not say how many {type} there are.", "Check that the endpoint is the platform's.");
        }

        return counts;
    }

    private async IAsyncEnumerable<T> StreamAsync<T>(
        string statement, string[] columns, Func<PlatformAnswer.Row, T> read, string what, string after, [EnumeratorCancellation] CancellationToken cancellationToken)
        where T : GraphItem
    {
        var ends = new HashSet<ulong> { HashOf(after) };
        while (true)
        {
            using var answer = await _client.QueryAsync(
                statement,
                columns,
                writer =>
                {
                    writer.WriteString("after", after);
                    writer.WriteNumber("limit", PageSize);
                },
                cancellationToken).ConfigureAwait(false);
            if (answer.Count == 0)
                yield break;
            var end = answer.RowAt(answer.Count - 1).Text(0);
            if (!ends.Add(HashOf(end)))
            {
                throw new PlatformException(
                    ErrorCode.UnexpectedAnswer, $"The platform at {DisplayName} gives the same {what} again: those after '{after}' end with '{end}', as earlier ones did.",
                    "The platform does not go on; nothing after these was read.");
            }

            foreach (var row in answer.AsRows())
                yield return Read(row, 0, (r, _) => read(r), what);
            if (answer.Count < PageSize)
                yield break;
            after = end;
        }
    }

    private List<T> ReadAll<T>(PlatformAnswer answer, Func<PlatformAnswer.Row, T> read, string what) => ReadAll(answer, (row, _) => read(row), what);

    private List<T> ReadAll<T>(PlatformAnswer answer, Func<PlatformAnswer.Row, int, T> read, string what)
    {
        var items = new List<T>(answer.Count);
        foreach (var row in answer.AsRows())
            items.Add(Read(row, items.Count, read, what));
        return items;
    }

    private T Read<T>(PlatformAnswer.Row row, int place, Func<PlatformAnswer.Row, int, T> read, string what)
    {
        try
        {
            return read(row, place);
        }
        catch (Exception e) when (e is InvalidOperationException or KeyNotFoundException or FormatException or IndexOutOfRangeException or ArgumentException)
        {
            throw new PlatformException(ErrorCode.UnexpectedAnswer, $"The platform at {DisplayName} gives {what} that are none: {e.Message.TrimEnd('.')}.", "Check that the endpoint is the platform's.", e);
        }
    }

    // Of an id only this is kept, so that memory hardly grows with the pages.
    private static ulong HashOf(string id) => BitConverter.ToUInt64(SHA256.HashData(Encoding.UTF8.GetBytes(id)));
}
