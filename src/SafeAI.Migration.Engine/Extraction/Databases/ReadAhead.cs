using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace SafeAI.Migration.Engine.Extraction.Databases;

/// <summary>Runs a reader beside its consumer, a few batches ahead and no more.</summary>
internal static class ReadAhead
{
    /// <summary>How many full batches may wait for the consumer.</summary>
    public const int Batches = 2;

    /// <summary>Starts the producers and yields what they write until all are done; the first failure ends the stream.</summary>
    /// <param name="producers">Each writes batches and returns when it has no more.</param>
    /// <param name="cancellationToken">Stops the producers.</param>
    public static async IAsyncEnumerable<RecordBatch> RunAsync(
        IReadOnlyList<Func<ChannelWriter<RecordBatch>, CancellationToken, Task>> producers,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var channel = Channel.CreateBounded<RecordBatch>(new BoundedChannelOptions(Batches * producers.Count)
        {
            SingleReader = true,
            SingleWriter = producers.Count == 1,
        });
        var work = ProduceAsync(producers, channel.Writer, stop);
        try
        {
            // The channel is completed with the failure, so that batches read before it still arrive.
            await foreach (var batch in channel.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
                yield return batch;
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await work.ConfigureAwait(false);
        }
    }

    private static async Task ProduceAsync(
        IReadOnlyList<Func<ChannelWriter<RecordBatch>, CancellationToken, Task>> producers,
        ChannelWriter<RecordBatch> writer,
        CancellationTokenSource stop)
    {
        Exception? failure = null;
        await Task.WhenAll(producers.Select(producer => Task.Run(async () =>
        {
            try
            {
                await producer(writer, stop.Token).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                // The others stop because of the first failure; theirs would only hide it.
                Interlocked.CompareExchange(ref failure, e, null);
                await stop.CancelAsync().ConfigureAwait(false);
            }
        }))).ConfigureAwait(false);
        writer.TryComplete(failure);
    }
}
