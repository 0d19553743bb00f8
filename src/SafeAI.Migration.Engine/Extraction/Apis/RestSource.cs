using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using SafeAI.Migration.Engine.Extraction.Files;
using SafeAI.Migration.Engine.Extraction.Files.Json;

namespace SafeAI.Migration.Engine.Extraction.Apis;

/// <summary>
/// Streams the items of an HTTP API, page after page: JSON or CSV, with the usual ways of paging and of
/// authenticating. Failures that may pass are waited for; a page or a cursor that comes again ends the read with an
/// error, and an API that promises a number of items is held to it.
/// </summary>
public sealed class RestSource : IRecordSource
{
    private readonly RestSourceOptions _options;
    private readonly RestClient _client;
    private readonly RestJsonReader _json;
    private readonly RestCsvReader _csv;
    private readonly long _after;
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly CancellationTokenSource _stop = new();
    private readonly HashSet<ulong> _seenAddresses = [];
    private readonly HashSet<ulong> _seenItems = [];
    private readonly Queue<Page> _ahead = [];
    private Uri? _address;
    private Task<RestAnswer>? _fetch;
    private long _number;
    private long? _total;
    private long _ordinal;
    private int _started;

    /// <summary>Creates a source; nothing is sent yet.</summary>
    /// <param name="options">Which API, and how it is read.</param>
    /// <param name="clock">The clock, for waits; null for the system's.</param>
    /// <exception cref="MigrationException"><see cref="ErrorCode.InvalidOptions"/>.</exception>
    public RestSource(RestSourceOptions options, TimeProvider? clock = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        Check(options);
        options.Json.Validate();
        options.Csv.Validate();
        _options = options;
        _client = new RestClient(options, clock ?? TimeProvider.System);
        _after = options.StartAfter?.Ordinal ?? 0;
        _ordinal = options.StartAfter?.PageStart ?? 0;
        var name = RestClient.Describe(options.Address);
        Source = new RecordSource(name);
        Metadata = new SourceMetadata { Name = name, Format = "rest", Bytes = 0, QuickFingerprint = QuickFingerprint.OfText([name, options.ItemsPointer, options.Pagination.ToString()]) };
        var schemaName = options.SchemaName ?? (options.Address.Segments[^1].Trim('/') is { Length: > 0 } last ? Uri.UnescapeDataString(last) : "items");
        _json = new RestJsonReader(options, schemaName, Source);
        _csv = new RestCsvReader(options, schemaName, Source);
        if (options.StartAfter is { } start)
            _json.Restore(start);
    }

    /// <inheritdoc/>
    public RecordSource Source { get; }

    /// <inheritdoc/>
    public SourceMetadata Metadata { get; }

    /// <summary>
    /// The first page that was not handed out in full: a read that starts there repeats at most that page. Null after the
    /// last page. It may hold what the API puts into its addresses.
    /// </summary>
    public string? Position { get; private set; }

    /// <summary>Requests that were sent again so far.</summary>
    public long Retries => _client.Retries;

    /// <inheritdoc/>
    public async IAsyncEnumerable<RecordBatch> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        if (Interlocked.Exchange(ref _started, 1) != 0)
            throw new InvalidOperationException("A source is read once; open it again.");
        await using var stopping = new Stopping(_stop).ConfigureAwait(false);
        using var registration = cancellationToken.Register(_stop.Cancel);
        while (await NextPageAsync().ConfigureAwait(false) is { } page)
        {
            Position = page.Address;
            foreach (var batch in page.Batches)
            {
                Source.AddRead(batch.Records.Count);
                Source.AddRejected(batch.Rejects);
                Metadata.Records = Source.Read;
                Metadata.Rejected = Source.Rejected;
                Metadata.ElapsedSeconds = _clock.Elapsed.TotalSeconds;
                yield return batch;
            }
        }

        Position = null;
        Metadata.ElapsedSeconds = _clock.Elapsed.TotalSeconds;
        if (_json.InexactField is { } field)
            Metadata.Notes.Add($"Numbers that no .NET type holds exactly are kept as text, first in '{field}'.");
        if (_options.StartAt is not null || _options.StartAfter is not null)
            yield break;
        Metadata.SourceCount = _total;
        if (_total is { } all && all != Source.Read)
        {
            throw Error(
                ErrorCode.SourceUnreadable, string.Create(CultureInfo.InvariantCulture, $"{Source.Name} says that there are {all} items, but {Source.Read} came."),
                "The data may have changed while it was read; read it again.");
        }
    }

    /// <summary>
    /// Looks at the first records before the read. The pages that it asks for are kept for the read, which does not ask for
    /// them again; only then are their records handed out and counted.
    /// </summary>
    /// <param name="count">How many records are wanted at most, from 1.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The records; fewer where there are no more.</returns>
    /// <exception cref="MigrationException">A page cannot be read.</exception>
    public async Task<IReadOnlyList<Record>> PeekAsync(int count, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ObjectDisposedException.ThrowIf(_started != 0, this);
        using var registration = cancellationToken.Register(_stop.Cancel);
        while (_ahead.Sum(p => p.Batches.Sum(b => b.Records.Count)) < count && await FetchAsync().ConfigureAwait(false) is { } page)
            _ahead.Enqueue(page);
        return [.. _ahead.SelectMany(p => p.Batches).SelectMany(b => b.Records).Take(count)];
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        _client.Dispose();
        _stop.Dispose();
    }

    private async Task<Page?> NextPageAsync() => _ahead.TryDequeue(out var page) ? page : await FetchAsync().ConfigureAwait(false);

    /// <summary>Fetches the next page, and lets the one after it be fetched; null after the last.</summary>
    private async Task<Page?> FetchAsync()
    {
        if (_number == 0)
            Ask(RestPages.First(_options));
        if (_fetch is null)
            return null;
        var address = _address!;
        Position = address.PathAndQuery;
        var name = string.Create(CultureInfo.InvariantCulture, $"page {++_number} of {Source.Name}");
        _seenAddresses.Add(HashOf(Encoding.UTF8.GetBytes(address.AbsoluteUri)));
        RestAnswer answer;
        try
        {
            answer = await _fetch.ConfigureAwait(false);
        }
        catch (RestException e) when (e.Status > 0 && _number > 1 && _options.Pagination is RestPagination.PageNumber)
        {
            Metadata.Notes.Add(string.Create(CultureInfo.InvariantCulture, $"The API answered {e.Status} to page {_number}, which was taken for the end."));
            _fetch = null;
            return null;
        }

        var batches = new List<RecordBatch>();
        var (count, hash) = await ReadPageAsync(
            answer, name, batches, new SourcePosition { Page = RestPages.Difference(_options.Address, address), PageStart = _ordinal }, _stop.Token).ConfigureAwait(false);
        _ordinal += count;
        if (count > 0 && !_options.AllowRepeatedPages && !_seenItems.Add(hash))
            throw Error(ErrorCode.UnexpectedAnswer, $"{RestPages.Capital(name)} holds exactly the items of an earlier page.", "The API does not go on; check how its pages are asked for.");
        Metadata.Bytes += answer.Body.Length;
        if (_options.TotalPointer is { } pointer && long.TryParse(RestPages.ReadText(answer.Body, pointer, address), NumberStyles.Integer, CultureInfo.InvariantCulture, out var promised))
            Source.EstimatedRecords = Metadata.EstimatedRecords = _total = promised;

        var next = RestPages.Next(_options, address, answer, count);
        if (next is null)
        {
            _fetch = null;
        }
        else if (_seenAddresses.Contains(HashOf(Encoding.UTF8.GetBytes(next.AbsoluteUri))))
        {
            // The page itself is whole and goes out; what it leads to is not asked for again.
            _fetch = Task.FromException<RestAnswer>(Error(ErrorCode.UnexpectedAnswer, $"{RestPages.Capital(name)} leads back to an earlier page.", "The API's cursors go in a circle; nothing after this page was read."));
        }
        else
        {
            // One page ahead of the consumer.
            Ask(next);
        }

        return new Page(address.PathAndQuery, batches);
    }

    private void Ask(Uri address)
    {
        _address = address;
        _fetch = _client.GetAsync(address, _stop.Token);
        // Whoever leaves before it is awaited does not see how it ended.
        _ = _fetch.ContinueWith(static t => t.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
    }

    private async Task<(long Count, ulong Hash)> ReadPageAsync(RestAnswer answer, string page, List<RecordBatch> batches, SourcePosition position, CancellationToken cancellationToken)
    {
        var records = new List<Record>();
        var rejects = new List<Reject>();
        var last = 0L;
        void Add(Record? record, Reject? reject)
        {
            if ((record?.GetPosition() ?? reject?.Position)?.Ordinal is not { } ordinal || ordinal <= _after)
                return;
            last = ordinal;
            if (record is not null)
                records.Add(record);
            if (reject is not null)
                rejects.Add(reject);
            if (records.Count + rejects.Count >= RecordBatch.Size)
                Flush();
        }

        void Flush()
        {
            if (records.Count + rejects.Count > 0)
                batches.Add(new RecordBatch(records, rejects) { Position = Behind(last) });
            (records, rejects) = ([], []);
        }

        // A page that is read alone would teach other fields than all pages up to it.
        SourcePosition Behind(long ordinal) => _json.Schema is { } schema
            ? position with { Ordinal = ordinal, Fields = JsonShapes.Describe(schema), Shapes = _json.Shapes }
            : position with { Ordinal = ordinal };

        long count;
        ulong hash;
        if (IsCsv(answer))
        {
            if (_options.Pagination is RestPagination.Cursor or RestPagination.NextAddress || _options.TotalPointer is not null || _options.ItemsPointer is not null)
                throw Error(ErrorCode.InvalidOptions, $"{RestPages.Capital(page)} is CSV, in which a JSON Pointer finds nothing.", "CSV is paged by Link header, page number or offset.");
            count = await _csv.ReadAsync(answer, page, _ordinal, Add, cancellationToken).ConfigureAwait(false);
            hash = HashOf(answer.Body);
            Metadata.Schema = _csv.Schema;
            Metadata.Encoding ??= answer.Charset;
        }
        else
        {
            var read = _json.Read(answer.Body, page, _ordinal, Add);
            count = read.Count;
            hash = HashOf(RestPages.WithoutMark(answer.Body)[read.Items]);
            Metadata.Schema = _json.Schema;
            Metadata.Encoding ??= "utf-8";
        }

        Flush();
        return (count, hash);
    }

    private bool IsCsv(RestAnswer answer) => _options.Format is { } format
        ? format == FileFormat.Csv
        : answer.MediaType is "text/csv" or "application/csv" or "text/tab-separated-values";

    private static ulong HashOf(ReadOnlySpan<byte> bytes)
    {
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(bytes, hash);
        return BitConverter.ToUInt64(hash);
    }

    private static void Check(RestSourceOptions options)
    {
        string? why = null;
        if (!options.Address.IsAbsoluteUri || options.Address.Scheme is not ("http" or "https"))
            why = "The address is not an http or https address.";
        else if (options.Address.UserInfo.Length > 0)
            why = "The address holds a user or password; give them as authentication.";
        else if (options.Format is not (null or FileFormat.Json or FileFormat.Csv))
            why = "An API is read as JSON or CSV.";
        foreach (var pointer in new[] { options.ItemsPointer, options.TotalPointer, (options.Pagination as RestPagination.Cursor)?.Pointer, (options.Pagination as RestPagination.NextAddress)?.Pointer })
        {
            if (pointer is { Length: > 0 } && pointer[0] != '/')
                why ??= $"'{pointer}' is not a JSON Pointer: it begins with '/', for instance /data/items.";
        }

        if (why is not null)
            throw Error(ErrorCode.InvalidOptions, why, null);
    }

    /// <summary>Ends the fetch that runs ahead when the read is left.</summary>
    private sealed class Stopping(CancellationTokenSource stop) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync() => await stop.CancelAsync().ConfigureAwait(false);
    }

    private static MigrationException Error(string code, string what, string? remedy) => new(code, what, remedy) { Stage = MigrationStage.Extract };

    private sealed record Page(string Address, IReadOnlyList<RecordBatch> Batches);
}
