using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace SafeAI.Migration.Engine.Extraction.Databases;

/// <summary>
/// Runs readers beside their consumer, a few batches ahead and no more. Only so many run at once as the consumer waits for: where it
/// is the slower one, further readers would but take the processor from it.
/// </summary>
internal static class ReadAhead
{
    /// <summary>How many full batches may wait for the consumer, besides the one that each reader holds.</summary>
    public const int Batches = 2;

    /// <summary>How many batches tell whether the consumer waits for the readers, which it does where more than half were not there yet.</summary>
    public const int Trial = 16;

    /// <summary>Starts the producers and yields what they write until all are done; the first failure ends the stream.</summary>
    /// <param name="producers">Each writes batches and returns when there are no more; those that begin later find only what the earlier ones have left.</param>
    /// <param name="cancellationToken">Stops the producers.</param>
    public static async IAsyncEnumerable<RecordBatch> RunAsync(
        IReadOnlyList<Func<ChannelWriter<RecordBatch>, CancellationToken, Task>> producers,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var readers = new Readers(producers, stop);
        try
        {
            readers.Start();
            var (taken, waited) = (0, 0);
            while (true)
            {
                if (!readers.Batches.TryRead(out var batch))
                {
                    waited++;
                    // The channel is completed with the failure, so that batches read before it still arrive.
                    if (!await readers.Batches.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
                        break;
                    if (!readers.Batches.TryRead(out batch))
                        continue;
                }

                if (++taken == Trial)
                {
                    if (waited > Trial / 2)
                        readers.Start();
                    (taken, waited) = (0, 0);
                }

                yield return batch;
            }
        }
        finally
        {
            await stop.CancelAsync().ConfigureAwait(false);
            await readers.EndAsync().ConfigureAwait(false);
        }
    }

    private sealed class Readers(IReadOnlyList<Func<ChannelWriter<RecordBatch>, CancellationToken, Task>> producers, CancellationTokenSource stop)
    {
        private readonly Channel<RecordBatch> _channel = Channel.CreateBounded<RecordBatch>(
            new BoundedChannelOptions(ReadAhead.Batches) { SingleReader = true, SingleWriter = producers.Count == 1 });

        private readonly List<Task> _running = [];
        private int _active;
        private Exception? _failure;

        public ChannelReader<RecordBatch> Batches => _channel.Reader;

        /// <summary>Runs one more at once, if there is one that has not begun.</summary>
        public void Start()
        {
            if (_running.Count == producers.Count)
                return;
            var next = producers[_running.Count];
            Interlocked.Increment(ref _active);
            _running.Add(Task.Run(() => RunAsync(next)));
        }

        /// <summary>Waits until none runs.</summary>
        public Task EndAsync() => Task.WhenAll(_running);

        private async Task RunAsync(Func<ChannelWriter<RecordBatch>, CancellationToken, Task> producer)
        {
            try
            {
                await producer(_channel.Writer, stop.Token).ConfigureAwait(false);
            }
            catch (Exception e)
            {
                // The others stop because of the first failure; theirs would only hide it.
                Interlocked.CompareExchange(ref _failure, e, null);
                await stop.CancelAsync().ConfigureAwait(false);
            }

            // Each ends only when nothing is left for any of them.
            if (Interlocked.Decrement(ref _active) == 0)
                _channel.Writer.TryComplete(_failure);
        }
    }
}
