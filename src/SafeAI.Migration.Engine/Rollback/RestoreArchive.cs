using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using SafeAI.Migration.Engine.Journal;
using SafeAI.Migration.Engine.Loading;

namespace SafeAI.Migration.Engine.Rollback;

/// <summary>A restore point in an archive, made on this machine or another.</summary>
public sealed class RestoreArchive
{
    private const int BatchSize = 1000;
    private readonly ArchiveManifest _manifest;

    private RestoreArchive(string path, ArchiveManifest manifest) => (Path, _manifest) = (path, manifest);

    /// <summary>The full path.</summary>
    public string Path { get; }

    /// <summary>What the journal calls restoring from it.</summary>
    internal string Name => _manifest.MigrationId ?? "archive-" + string.Concat(_manifest.Parts.Select(p => p.Sha256[..8]));

    /// <summary>What the archive says of itself.</summary>
    public RestorePoint Point => new()
    {
        MigrationId = _manifest.MigrationId,
        Created = _manifest.Created,
        Destination = _manifest.Destination,
        Batches = _manifest.Batches,
        Items = _manifest.Items,
        Path = Path,
        Size = new FileInfo(Path).Length,
    };

    /// <summary>Opens an archive and reads what it says of itself.</summary>
    /// <exception cref="MigrationException"><see cref="ErrorCode.SourceNotFound"/>, or <see cref="ErrorCode.SourceUnreadable"/>: it is none, or of a newer program.</exception>
    public static RestoreArchive Open(string path)
    {
        var full = System.IO.Path.GetFullPath(path);
        if (!File.Exists(full))
            throw new MigrationException(ErrorCode.SourceNotFound, $"There is no archive at {full}.", "Check the path.");
        return Guard(full, () =>
        {
            using var zip = ZipFile.OpenRead(full);
            var data = BytesOf(zip, ArchiveManifest.Name) ?? throw new InvalidDataException("it has no manifest");
            var checksum = BytesOf(zip, ArchiveManifest.ChecksumName) is { } bytes ? Encoding.ASCII.GetString(bytes) : null;
            return new RestoreArchive(full, ArchiveManifest.Read(data, checksum));
        });

        static byte[]? BytesOf(ZipArchive zip, string name)
        {
            if (zip.GetEntry(name) is not { } entry)
                return null;
            using var stream = entry.Open();
            using var bytes = new MemoryStream();
            stream.CopyTo(bytes);
            return bytes.ToArray();
        }
    }

    /// <summary>Reads every part and compares it with the manifest.</summary>
    /// <exception cref="MigrationException"><see cref="ErrorCode.SourceUnreadable"/>: a part is missing or not what it was.</exception>
    public void Check() => Guard(Path, () =>
    {
        using var zip = ZipFile.OpenRead(Path);
        foreach (var part in _manifest.Parts)
        {
            using var stream = (zip.GetEntry(part.Name) ?? throw new InvalidDataException($"the part {part.Name} is missing")).Open();
            if (!string.Equals(Convert.ToHexString(SHA256.HashData(stream)), part.Sha256, StringComparison.OrdinalIgnoreCase))
                throw new InvalidDataException($"the part {part.Name} is not what it was when it was written");
        }

        return true;
    });

    /// <summary>Streams what restoring from the archive would do; only reads.</summary>
    public async IAsyncEnumerable<UndoPlanItem> PlanAsync(
        IGraphDestination destination, bool force = false, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        Check();
        using var log = await LogAsync(destination, cancellationToken).ConfigureAwait(false);
        await foreach (var item in new UndoPlanner(destination, log, force).PlanAsync(cancellationToken).ConfigureAwait(false))
            yield return item;
    }

    /// <summary>Streams what restoring into a new graph would do, which is everything.</summary>
    public async IAsyncEnumerable<UndoPlanItem> PlanAsNewAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        Check();
        foreach (var batch in All())
        {
            cancellationToken.ThrowIfCancellationRequested();
            foreach (var item in batch.Items)
                yield return ItemStates.ToPlanItem(batch.Key, new ItemDecision(0, item, null, UndoAction.Recreate));
        }

        await Task.CompletedTask.ConfigureAwait(false);
    }

    /// <summary>
    /// Restores from the archive. One of a run puts the run back, as its journal would. One of a graph gives every node and
    /// relationship in it the values of then; what the archive does not have goes only where that is insisted on.
    /// </summary>
    /// <param name="journal">The journal that keeps the undo; it need not know the run.</param>
    /// <param name="destination">The graph; it need not have the name it had then.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellationToken">Stops it; it can be gone on with.</param>
    public async Task<UndoResult> RestoreAsync(
        JournalFile journal, IGraphDestination destination, UndoOptions? options = null, CancellationToken cancellationToken = default)
    {
        Check();
        using var log = await LogAsync(destination, cancellationToken).ConfigureAwait(false);
        return await MigrationUndo.RunAsync(journal, log, destination, options ?? new UndoOptions(), cancellationToken).ConfigureAwait(false);
    }

    internal async Task<UndoLog> LogAsync(IGraphDestination destination, CancellationToken cancellationToken) => _manifest.MigrationId is { } id
        ? new RunLog(this, id, destination.DisplayName)
        : await GraphArchiveLog.OpenAsync(this, destination, cancellationToken).ConfigureAwait(false);

    /// <summary>All that is in it, as batches.</summary>
    internal IEnumerable<JournaledBatch> All() =>
        _manifest.MigrationId is not null ? Batches() : Items(ArchiveManifest.NodesName).Concat(Items(ArchiveManifest.RelationshipsName));

    internal IEnumerable<JournaledBatch> Batches() => Lines(ArchiveManifest.BatchesName, ArchiveJson.ReadBatch);

    internal IEnumerable<JournaledBatch> Items(string part)
    {
        var number = 0L;
        BatchKey open = default;
        var items = new List<JournaledItem>();
        foreach (var (key, item) in Lines(part, ArchiveJson.ReadItem))
        {
            if (items.Count > 0 && (key != open || items.Count == BatchSize))
            {
                yield return new JournaledBatch(number++, open, BatchState.Confirmed, items, ArchiveJson.NoTemporals);
                items = [];
            }

            open = key;
            items.Add(item);
        }

        if (items.Count > 0)
            yield return new JournaledBatch(number, open, BatchState.Confirmed, items, ArchiveJson.NoTemporals);
    }

    private IEnumerable<T> Lines<T>(string part, Func<JsonElement, T> read)
    {
        using var zip = Guard(Path, () => ZipFile.OpenRead(Path));
        using var reader = Guard(Path, () => new StreamReader((zip.GetEntry(part) ?? throw new InvalidDataException($"the part {part} is missing")).Open()));
        while (Guard(Path, reader.ReadLine) is { } line)
        {
            yield return Guard(Path, () =>
            {
                using var document = JsonDocument.Parse(line);
                return read(document.RootElement);
            });
        }
    }

    private static T Guard<T>(string path, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (Exception e) when (e is IOException or InvalidDataException or JsonException or UnauthorizedAccessException
            or KeyNotFoundException or FormatException or InvalidOperationException or ArgumentException)
        {
            throw new MigrationException(ErrorCode.SourceUnreadable, $"The archive {path} cannot be used: {e.Message.TrimEnd('.')}.", "Take an undamaged copy of it.", e);
        }
    }

    private sealed class RunLog(RestoreArchive archive, string id, string destination) : UndoLog
    {
        public override string MigrationId => id;

        public override string Destination => destination;

        public override IEnumerable<JournaledBatch> Backwards() => archive.Batches();
    }
}
