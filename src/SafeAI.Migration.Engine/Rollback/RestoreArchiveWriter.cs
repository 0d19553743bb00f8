using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using SafeAI.Migration.Engine.Audit;
using SafeAI.Migration.Engine.Journal;
using SafeAI.Migration.Engine.Loading;

namespace SafeAI.Migration.Engine.Rollback;

/// <summary>
/// Writes restore points to archives that can be taken elsewhere: a zip file with a line of JSON per batch, node or
/// relationship, and a manifest with a SHA-256 of every part. The file is readable by its owner only.
/// </summary>
public static class RestoreArchiveWriter
{
    /// <summary>Writes what is needed to put a run back: the state before of all it touched.</summary>
    /// <param name="journal">The journal that knows the run.</param>
    /// <param name="id">The run's id.</param>
    /// <param name="path">The archive, which must not exist.</param>
    /// <param name="cancellationToken">Ends the work; no archive is left.</param>
    public static async Task<RestorePoint> WriteRunAsync(JournalFile journal, string id, string path, CancellationToken cancellationToken = default)
    {
        var log = MigrationUndo.LogOf(journal, id);
        return await WriteAsync(journal, log.Destination, id, path, async archive =>
        {
            long batches = 0, items = 0;
            await archive.WriteLinesAsync(ArchiveManifest.BatchesName, log.Backwards().Where(b => b.State != BatchState.NotWritten).Select(b =>
            {
                (batches, items) = (batches + 1, items + b.Items.Count);
                return b;
            }).ToAsync(), ArchiveJson.WriteBatch, cancellationToken).ConfigureAwait(false);
            return (batches, items);
        }).ConfigureAwait(false);
    }

    /// <summary>Writes a graph as it is now.</summary>
    /// <param name="journal">The journal whose audit trail gets the event; null for none.</param>
    /// <param name="destination">The graph.</param>
    /// <param name="path">The archive, which must not exist.</param>
    /// <param name="cancellationToken">Ends the work; no archive is left.</param>
    public static async Task<RestorePoint> WriteGraphAsync(JournalFile? journal, IGraphDestination destination, string path, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(destination);
        return await WriteAsync(journal, destination.DisplayName, null, path, async archive =>
        {
            var schema = await destination.GetSchemaAsync(cancellationToken).ConfigureAwait(false);
            var nodes = await archive.WriteLinesAsync(
                ArchiveManifest.NodesName, Once(Each(schema.NodeTypes, t => destination.StreamNodesAsync(t, cancellationToken)), destination.ListsByEveryLabel), WriteItem, cancellationToken).ConfigureAwait(false);
            var relationships = await archive.WriteLinesAsync(
                ArchiveManifest.RelationshipsName, Each(schema.RelationshipTypes, t => destination.StreamRelationshipsAsync(t, cancellationToken)), WriteItem, cancellationToken).ConfigureAwait(false);
            return (0, nodes + relationships);
        }).ConfigureAwait(false);
    }

    private static void WriteItem(Utf8JsonWriter writer, GraphItem item) => ArchiveJson.WriteItem(writer, item, withNulls: false);

    private static async IAsyncEnumerable<GraphItem> Each<T>(IEnumerable<string> types, Func<string, IAsyncEnumerable<T>> stream)
        where T : GraphItem
    {
        foreach (var type in types)
        {
            await foreach (var item in stream(type).ConfigureAwait(false))
                yield return item;
        }
    }

    // The platform lists a node under each of its labels; a store under its main one only.
    private static async IAsyncEnumerable<GraphItem> Once(IAsyncEnumerable<GraphItem> nodes, bool isListedOften)
    {
        using var written = new ItemLedger("undo");
        await foreach (var node in nodes.ConfigureAwait(false))
        {
            if (isListedOften && node is GraphNode { Labels.Count: > 0 } labelled)
            {
                if (labelled.Labels.Any(l => written.Contains(true, l, node.Id)))
                    continue;
                written.Put(true, node.Type, [(node.Id, null)]);
            }

            yield return node;
        }
    }

    private static async IAsyncEnumerable<T> ToAsync<T>(this IEnumerable<T> items)
    {
        foreach (var item in items)
        {
            yield return item;
            await Task.CompletedTask.ConfigureAwait(false);
        }
    }

    private static async Task<RestorePoint> WriteAsync(
        JournalFile? journal, string destination, string? id, string path, Func<ArchiveParts, Task<(long Batches, long Items)>> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var full = Path.GetFullPath(path);
        if (File.Exists(full))
            throw new MigrationException(ErrorCode.InvalidOptions, $"There is a file {full} already.", "Name another file: a restore point is never overwritten.");
        var partial = full + ".partial";
        try
        {
            File.Delete(partial);
            PrivateFile.Create(partial);
            var point = new RestorePoint { MigrationId = id, Created = DateTimeOffset.UtcNow, Destination = destination, Path = full };
            var file = new FileStream(partial, FileMode.Open, FileAccess.ReadWrite);
            await using (file.ConfigureAwait(false))
            {
                using (var zip = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
                {
                    var parts = new ArchiveParts(zip);
                    var (batches, items) = await write(parts).ConfigureAwait(false);
                    point = point with { Batches = batches, Items = items };
                    parts.WriteManifest(point);
                }

                file.Flush(flushToDisk: true);
            }

            File.Move(partial, full);
            journal?.WriteAudited(
                () => new AuditEntry(AuditActionType.CreateRestorePoint, id, destination, FormattableString.Invariant($"{full}: {point.Items} items")), _ => { });
            return point with { Size = new FileInfo(full).Length };
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MigrationException(ErrorCode.StoreFailed, $"The archive {full} cannot be written: {e.Message}", "Check the folder and the room on the disk.", e);
        }
        finally
        {
            if (Path.Exists(partial))
                File.Delete(partial);
        }
    }

    /// <summary>The parts of an archive while it is written.</summary>
    private sealed class ArchiveParts(ZipArchive zip)
    {
        private readonly List<ArchivePart> _parts = [];

        public async Task<long> WriteLinesAsync<T>(string name, IAsyncEnumerable<T> items, Action<Utf8JsonWriter, T> write, CancellationToken cancellationToken)
        {
            long lines = 0;
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            var buffer = new System.Buffers.ArrayBufferWriter<byte>(1 << 16);
            using var json = new Utf8JsonWriter(buffer);
            var stream = zip.CreateEntry(name, CompressionLevel.Fastest).Open();
            await using (stream.ConfigureAwait(false))
            {
                await foreach (var item in items.WithCancellation(cancellationToken).ConfigureAwait(false))
                {
                    buffer.ResetWrittenCount();
                    json.Reset();
                    write(json, item);
                    await json.FlushAsync(cancellationToken).ConfigureAwait(false);
                    buffer.GetSpan(1)[0] = (byte)'\n';
                    buffer.Advance(1);
                    hash.AppendData(buffer.WrittenSpan);
                    await stream.WriteAsync(buffer.WrittenMemory, cancellationToken).ConfigureAwait(false);
                    lines++;
                }
            }

            _parts.Add(new ArchivePart(name, lines, Convert.ToHexString(hash.GetHashAndReset()).ToLowerInvariant()));
            return lines;
        }

        public void WriteManifest(RestorePoint point)
        {
            var manifest = JsonSerializer.SerializeToUtf8Bytes(
                new ArchiveManifest(ArchiveManifest.CurrentFormat, point.MigrationId, point.Created, point.Destination, point.Batches, point.Items, _parts),
                ArchiveManifest.Json);
            Write(ArchiveManifest.Name, manifest);
            Write(ArchiveManifest.ChecksumName, Encoding.ASCII.GetBytes(ArchiveManifest.ChecksumOf(manifest)));

            void Write(string name, byte[] data)
            {
                using var stream = zip.CreateEntry(name).Open();
                stream.Write(data);
            }
        }
    }
}
