using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;

namespace SafeAI.Migration.Engine.Extraction.Files;

/// <summary>
/// Reads several files one after another. Each record names its own file; the counts here are those of all files.
/// </summary>
internal sealed class FileSetSource : IRecordSource
{
    private readonly FileSet _files;
    private readonly FileSourceOptions _options;
    private readonly int _first;
    private readonly Stopwatch _clock = new();
    private readonly SortedSet<string> _formats = new(StringComparer.Ordinal);
    private readonly SortedSet<string> _encodings = new(StringComparer.Ordinal);
    private readonly StringBuilder _fingerprints = new();
    private IRecordSource? _current;
    private bool _started;
    private long _bytesBefore;
    private long _bytes;

    public FileSetSource(FileSet files, FileSourceOptions options)
    {
        _files = files;
        _options = options with { SchemaName = options.SchemaName ?? files.SchemaName };
        if (options.StartAfter is { } start)
        {
            _first = files.Files.ToList().IndexOf(start.File ?? "");
            if (_first < 0)
                throw new MigrationException(ErrorCode.SourceNotFound, $"'{start.File}', after a record of which the read should go on, is not among the files of '{options.Path}'.", "The files are others than before; read them from the start.") { Stage = MigrationStage.Extract };
        }

        _current = OpenFile(_first);
        Source = new RecordSource(options.Path);
        Metadata = new SourceMetadata { Name = options.Path, Format = _current.Metadata.Format, Files = files.Files, QuickFingerprint = QuickFingerprint.OfFiles(files.Files) };
        if (files.LeftOut.Count > 0)
            Metadata.Notes.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"{files.LeftOut.Count} {(files.LeftOut.Count == 1 ? "file was" : "files were")} left out, whose ending tells no format: {string.Join(", ", files.LeftOut.Take(10))}{(files.LeftOut.Count > 10 ? ", …" : "")}"));
    }

    public RecordSource Source { get; }

    public SourceMetadata Metadata { get; }

    public async IAsyncEnumerable<RecordBatch> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        if (_started)
            throw new InvalidOperationException("A source is read once; open it again.");
        _started = true;
        _bytes = _files.Files.Sum(f => File.Exists(f) ? new FileInfo(f).Length : 0);
        _clock.Start();
        for (var i = _first; i < _files.Files.Count; i++)
        {
            _current ??= OpenFile(i);
            await foreach (var batch in _current.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                Count(batch, _current.Metadata);
                yield return batch with { Position = batch.Position is { } position ? position with { File = _files.Files[i] } : null };
            }

            Add(_current.Metadata);
            await _current.DisposeAsync().ConfigureAwait(false);
            _current = null;
        }

        if (_options is { Fingerprint: true, StartAfter: null })
            Metadata.Fingerprint = "sha256:" + Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(_fingerprints.ToString()))).ToLowerInvariant();
    }

    public async ValueTask DisposeAsync()
    {
        if (_current is not null)
            await _current.DisposeAsync().ConfigureAwait(false);
        _current = null;
    }

    private IRecordSource OpenFile(int index) => FileSources.OpenFile(_options with
    {
        Path = _files.Files[index],
        StartAfter = index == _first ? _options.StartAfter : null,
    });

    private void Count(RecordBatch batch, SourceMetadata file)
    {
        Source.AddRead(batch.Records.Count);
        Source.AddRejected(batch.Rejects.Count);
        Metadata.Records += batch.Records.Count + batch.Rejects.Count;
        Metadata.Rejected += batch.Rejects.Count;
        Metadata.Schema = file.Schema ?? Metadata.Schema;
        Metadata.Bytes = _bytesBefore + file.Bytes;
        Source.EstimatedRecords = Metadata.Bytes is > 0 and var bytes ? Math.Max(Source.Read, (long)(Source.Read * (_bytes / (double)bytes))) : null;
        Metadata.ElapsedSeconds = _clock.Elapsed.TotalSeconds;
    }

    private void Add(SourceMetadata file)
    {
        _bytesBefore += file.Bytes ?? 0;
        Metadata.Bytes = _bytesBefore;
        Metadata.Schema ??= file.Schema;
        if (file.Encoding is not null)
            _encodings.Add(file.Encoding);
        Metadata.Encoding = _encodings.Count == 0 ? null : string.Join(", ", _encodings);
        _formats.Add(file.Format);
        if (_formats.Count > 1)
            Metadata.Notes.Add($"The file '{file.Name}' is {file.Format}, others are not.");
        _fingerprints.Append(file.Fingerprint).Append('\n');
        foreach (var note in file.Notes)
            Metadata.Notes.Add($"{file.Name}: {note}");
        Metadata.ElapsedSeconds = _clock.Elapsed.TotalSeconds;
    }
}
