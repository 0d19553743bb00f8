using SafeAI.Migration.Engine.Extraction;
using SafeAI.Migration.Engine.Extraction.Apis;

namespace SafeAI.Migration.Engine.Planning;

/// <summary>An API that is looked at before it is read: the read begins with the pages that are known then, and asks for none of them again.</summary>
/// <param name="options">The API.</param>
/// <param name="clock">The clock, for the age of what is known; null for the system's.</param>
internal sealed class PeekedApi(RestSourceOptions options, TimeProvider? clock) : IAsyncDisposable
{
    /// <summary>How long an answer is good for: what it says of the page after it, a cursor for instance, may not be for much longer.</summary>
    public static readonly TimeSpan Lasting = TimeSpan.FromMinutes(1);

    private readonly TimeProvider _clock = clock ?? TimeProvider.System;
    private RestSource? _source;
    private long _opened;

    /// <summary>Looks at the first records, at most so many.</summary>
    public async Task<(RestSource Source, IReadOnlyList<Record> Records)> PeekAsync(int count, CancellationToken cancellationToken)
    {
        if (_source is null)
            (_source, _opened) = (new RestSource(options), _clock.GetTimestamp());
        return (_source, await _source.PeekAsync(count, cancellationToken).ConfigureAwait(false));
    }

    /// <summary>Opens the API, at its start or after a position. The source belongs to the caller.</summary>
    public async Task<IRecordSource> OpenAsync(SourcePosition? after)
    {
        var known = Interlocked.Exchange(ref _source, null);
        if (known is not null && after is null && _clock.GetElapsedTime(_opened) < Lasting)
            return known;
        if (known is not null)
            await known.DisposeAsync().ConfigureAwait(false);
        return new RestSource(options with { StartAfter = after });
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _source?.DisposeAsync() ?? ValueTask.CompletedTask;
}
