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
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using var stopping = new Stopping(stop).ConfigureAwait(false);
        var clock = Stopwatch.StartNew();
        var seenAddresses = new HashSet<ulong>();
        var seenItems = new HashSet<ulong>();
        var address = RestPages.First(_options);
        long? total = null;
        var fetch = _client.GetAsync(address, stop.Token);
        for (var number = 1L; ; number++)
        {
            Position = address.PathAndQuery;
            var page = string.Create(CultureInfo.InvariantCulture, $"page {number} of {Source.Name}");
            seenAddresses.Add(HashOf(Encoding.UTF8.GetBytes(address.AbsoluteUri)));
            RestAnswer answer;
            try
            {
                answer = await fetch.ConfigureAwait(false);
            }
            catch (RestException e) when (e.Status > 0 && number > 1 && _options.Pagination is RestPagination.PageNumber)
            {
                Metadata.Notes.Add(string.Create(CultureInfo.InvariantCulture, $"The API answered {e.Status} to page {number}, which was taken for the end."));
                break;
            }

            var batches = new List<RecordBatch>();
            var pageStart = _ordinal;
            var (count, hash) = await ReadPageAsync(answer, page, batches, new SourcePosition { Page = RestPages.Difference(_options.Address, address), PageStart = pageStart }, cancellationToken).ConfigureAwait(false);
            _ordinal += count;
            if (count > 0 && !_options.AllowRepeatedPages && !seenItems.Add(hash))
                throw Error(ErrorCode.UnexpectedAnswer, $"{Capital(page)} holds exactly the items of an earlier page.", "The API does not go on; check how its pages are asked for.");
            Metadata.Bytes += answer.Body.Length;
            if (_options.TotalPointer is { } pointer && long.TryParse(RestPages.ReadText(answer.Body, pointer), NumberStyles.Integer, CultureInfo.InvariantCulture, out var promised))
                Source.EstimatedRecords = Metadata.EstimatedRecords = total = promised;

            var next = RestPages.Next(_options, address, answer, count);
            if (next is not null && seenAddresses.Contains(HashOf(Encoding.UTF8.GetBytes(next.AbsoluteUri))))
            {
                // The page itself is whole and goes out; what it leads to is not asked for again.
                fetch = Task.FromException<RestAnswer>(Error(ErrorCode.UnexpectedAnswer, $"{Capital(page)} leads back to an earlier page.", "The API's cursors go in a circle; nothing after this page was read."));
            }
            else if (next is not null)
            {
                // One page ahead of the consumer.
                fetch = _client.GetAsync(next, stop.Token);
            }

            try
            {
                foreach (var batch in batches)
                {
                    Source.AddRead(batch.Records.Count);
                    Source.AddRejected(batch.Rejects);
                    Metadata.Records = Source.Read;
                    Metadata.Rejected = Source.Rejected;
                    Metadata.ElapsedSeconds = clock.Elapsed.TotalSeconds;
                    yield return batch;
                }
            }
            finally
            {
                // Whoever leaves here does not see how the fetch ended.
                if (next is not null)
                    _ = fetch.ContinueWith(static t => t.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            }

            if (next is null)
                break;
            address = next;
        }

        Position = null;
        Metadata.ElapsedSeconds = clock.Elapsed.TotalSeconds;
        if (_json.InexactField is { } field)
            Metadata.Notes.Add($"Numbers that no .NET type holds exactly are kept as text, first in '{field}'.");
        if (_options.StartAt is null && _options.StartAfter is null)
            Metadata.SourceCount = total;
        if (_options.StartAt is null && _options.StartAfter is null && total is { } all && all != Source.Read)
        {
            throw Error(
                ErrorCode.SourceUnreadable, string.Create(CultureInfo.InvariantCulture, $"{Source.Name} says that there are {all} items, but {Source.Read} came."),
                "The data may have changed while it was read; read it again.");
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return ValueTask.CompletedTask;
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
                throw Error(ErrorCode.InvalidOptions, $"{Capital(page)} is CSV, in which a JSON Pointer finds nothing.", "CSV is paged by Link header, page number or offset.");
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

    private static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];

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
}
