using System.Security.Cryptography;
using System.Text.Json;
using SafeAI.Migration.Engine.Journal;
using SafeAI.Migration.Engine.Loading;

namespace SafeAI.Migration.Engine.Rollback;

/// <summary>What an archive says of itself.</summary>
/// <param name="Format">The number of the form of its lines.</param>
/// <param name="MigrationId">The run that it puts back; null where it is of a whole graph.</param>
/// <param name="Created">When it was made, in UTC.</param>
/// <param name="Destination">The graph it is of.</param>
/// <param name="Batches">Batches in it.</param>
/// <param name="Items">Items in it.</param>
/// <param name="Parts">Its parts.</param>
internal sealed record ArchiveManifest(
    int Format, string? MigrationId, DateTimeOffset Created, string Destination, long Batches, long Items, IReadOnlyList<ArchivePart> Parts)
{
    public const string Name = "manifest.json";

    /// <summary>The part with the SHA-256 of the manifest, in hexadecimal digits; archives of the first form have none.</summary>
    public const string ChecksumName = "manifest.sha256";

    public const int CurrentFormat = 2;

    public const string BatchesName = "batches.ndjson";

    public const string NodesName = "nodes.ndjson";

    public const string RelationshipsName = "relationships.ndjson";

    public static JsonSerializerOptions Json { get; } = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase, WriteIndented = true };

    /// <summary>Reads a manifest.</summary>
    /// <param name="data">Its bytes.</param>
    /// <param name="checksum">What the archive has as its SHA-256; null where it has none.</param>
    /// <exception cref="InvalidDataException">It is not what was written, or of a form that is not known.</exception>
    public static ArchiveManifest Read(byte[] data, string? checksum)
    {
        if (checksum is not null && !string.Equals(ChecksumOf(data), checksum.Trim(), StringComparison.OrdinalIgnoreCase))
            throw new InvalidDataException("its manifest is not what it was when it was written");
        var manifest = JsonSerializer.Deserialize<ArchiveManifest>(data, Json) ?? throw new InvalidDataException("its manifest is empty");
        if (manifest.Format is not (1 or CurrentFormat))
            throw new InvalidDataException($"it has the form {manifest.Format}, which this program does not know");

        // A graph's archive without its parts would be one of an empty graph: restoring it with force would delete everything.
        string[] parts = manifest.MigrationId is null ? [NodesName, RelationshipsName] : [BatchesName];
        if (manifest.Parts is null || !manifest.Parts.Select(p => p?.Name).SequenceEqual(parts) || manifest.Parts.Any(p => p.Sha256 is not { Length: 64 }))
            throw new InvalidDataException($"its manifest does not tell of {string.Join(" and ", parts)}");
        return manifest.Format == 1 || checksum is not null ? manifest : throw new InvalidDataException("the checksum of its manifest is missing");
    }

    public static string ChecksumOf(byte[] data) => Convert.ToHexString(SHA256.HashData(data));
}

/// <summary>A part of an archive.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Lines">How many lines it has.</param>
/// <param name="Sha256">The SHA-256 of its bytes, in hexadecimal digits.</param>
internal sealed record ArchivePart(string Name, long Lines, string Sha256);

/// <summary>The lines of an archive.</summary>
internal static class ArchiveJson
{
    /// <summary>In an archive, points in time are told by their kind, not by the property.</summary>
    public static IReadOnlyDictionary<string, Type> NoTemporals => System.Collections.ObjectModel.ReadOnlyDictionary<string, Type>.Empty;

    public static void WriteBatch(Utf8JsonWriter writer, JournaledBatch batch)
    {
        writer.WriteStartObject();
        writer.WriteNumber("number", batch.Number);
        writer.WriteString("type", batch.Key.Type);
        writer.WriteString("fromType", batch.Key.FromType);
        writer.WriteString("toType", batch.Key.ToType);
        writer.WriteString("labels", batch.Key.Labels);
        writer.WriteString("state", (batch.State == BatchState.NotFound ? BatchState.Sent : batch.State).ToString());
        writer.WriteStartArray("items");
        foreach (var item in batch.Items)
        {
            writer.WriteStartObject();
            writer.WriteString("id", item.Id);
            if (item.FromId is not null)
            {
                writer.WriteString("from", item.FromId);
                writer.WriteString("to", item.ToId);
            }

            writer.WriteString("outcome", item.Outcome.ToString());
            writer.WriteBase64String("after", item.AfterHash);
            WriteState(writer, item.Before, item.LabelsBefore);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    }

    public static JournaledBatch ReadBatch(JsonElement line)
    {
        var key = new BatchKey(
            line.GetProperty("type").GetString()!, line.GetProperty("fromType").GetString(), line.GetProperty("toType").GetString(), line.GetProperty("labels").GetString()!);
        return new JournaledBatch(
            line.GetProperty("number").GetInt64(), key, Enum.Parse<BatchState>(line.GetProperty("state").GetString()!),
            [.. line.GetProperty("items").EnumerateArray().Select(i => new JournaledItem
            {
                Id = i.GetProperty("id").GetString()!,
                FromId = Text(i, "from"),
                ToId = Text(i, "to"),
                Outcome = Enum.Parse<ItemOutcome>(i.GetProperty("outcome").GetString()!),
                AfterHash = i.GetProperty("after").GetBytesFromBase64(),
                Before = i.TryGetProperty("properties", out var properties) ? GraphJson.ReadProperties(properties) : null,
                LabelsBefore = Labels(i),
                Tickets = [new JournaledTicket(new RecordTicket(0, 0), 0)],
            })],
            NoTemporals);
    }

    /// <param name="writer">Gets the item.</param>
    /// <param name="item">The item.</param>
    /// <param name="withNulls">Whether a property that is null, and so is not to be there, is written.</param>
    public static void WriteItem(Utf8JsonWriter writer, GraphItem item, bool withNulls)
    {
        writer.WriteStartObject();
        writer.WriteString("type", item.Type);
        writer.WriteString("id", item.Id);
        if (item is GraphRelationship r)
        {
            writer.WriteString("fromType", r.FromType);
            writer.WriteString("from", r.FromId);
            writer.WriteString("toType", r.ToType);
            writer.WriteString("to", r.ToId);
        }

        WriteState(writer, item.Properties, (item as GraphNode)?.Labels, withNulls);
        writer.WriteEndObject();
    }

    public static (BatchKey Key, JournaledItem Item) ReadItem(JsonElement line) => (
        new BatchKey(line.GetProperty("type").GetString()!, Text(line, "fromType"), Text(line, "toType"), ""),
        new JournaledItem
        {
            Id = line.GetProperty("id").GetString()!,
            FromId = Text(line, "from"),
            ToId = Text(line, "to"),
            Outcome = ItemOutcome.Updated,
            AfterHash = new byte[GraphContent.HashLength],
            Before = GraphJson.ReadProperties(line.GetProperty("properties")),
            LabelsBefore = Labels(line),
            Tickets = [new JournaledTicket(new RecordTicket(0, 0), 0)],
        });

    private static void WriteState(Utf8JsonWriter writer, PropertySet? properties, IReadOnlyList<string>? labels, bool withNulls = false)
    {
        if (properties is not null)
        {
            writer.WritePropertyName("properties");
            GraphJson.WriteProperties(writer, properties, tagged: true, withNulls);
        }

        if (labels is not { Count: > 0 })
            return;
        writer.WriteStartArray("labels");
        foreach (var label in labels)
            writer.WriteStringValue(label);
        writer.WriteEndArray();
    }

    private static string? Text(JsonElement line, string name) => line.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static string[]? Labels(JsonElement line) =>
        line.TryGetProperty("labels", out var labels) ? [.. labels.EnumerateArray().Select(l => l.GetString()!)] : null;
}
