using System.Threading.Channels;
using SafeAI.Migration.Engine.Extraction;
using SafeAI.Migration.Engine.Extraction.Databases;

namespace SafeAI.Migration.Engine.Tests.Extraction.Databases;

/// <summary>How many readers of one source run at once.</summary>
public sealed class ReadAheadTests
{
    private static readonly RecordBatch s_batch = new([], []);

    [Fact(Timeout = 60_000)]
    public async Task A_further_reader_begins_where_the_consumer_waits_for_batches()
    {
        var asked = new SemaphoreSlim(0);
        var second = new TaskCompletionSource();
        await using var batches = ReadAhead.RunAsync([First, Second], CancellationToken.None).GetAsyncEnumerator();
        for (var i = 0; i < ReadAhead.Trial; i++)
        {
            Assert.False(second.Task.IsCompleted);
            // The batch is made only once the consumer waits.
            var next = batches.MoveNextAsync();
            Assert.False(next.IsCompleted);
            asked.Release();
            Assert.True(await next);
        }

        await second.Task;
        Assert.False(await batches.MoveNextAsync());

        async Task First(ChannelWriter<RecordBatch> writer, CancellationToken token)
        {
            for (var i = 0; i < ReadAhead.Trial; i++)
            {
                await asked.WaitAsync(token);
                await writer.WriteAsync(s_batch, token);
            }

            await second.Task;
        }

        Task Second(ChannelWriter<RecordBatch> writer, CancellationToken token)
        {
            second.SetResult();
            return Task.CompletedTask;
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task No_further_reader_begins_where_batches_wait_for_the_consumer()
    {
        var written = new SemaphoreSlim(0);
        var begun = false;
        var count = 10 * ReadAhead.Trial;
        var read = 0;
        await foreach (var _ in ReadAhead.RunAsync([First, Second], CancellationToken.None))
        {
            // The next one is there before it is asked for.
            if (++read < count)
                await written.WaitAsync();
        }

        Assert.Equal(count, read);
        Assert.False(begun);

        async Task First(ChannelWriter<RecordBatch> writer, CancellationToken token)
        {
            for (var i = 0; i < count; i++)
            {
                await writer.WriteAsync(s_batch, token);
                if (i > 0)
                    written.Release();
            }
        }

        Task Second(ChannelWriter<RecordBatch> writer, CancellationToken token)
        {
            begun = true;
            return Task.CompletedTask;
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task What_was_read_before_a_failure_arrives_and_the_other_readers_stop()
    {
        var asked = new SemaphoreSlim(0);
        var stopped = false;
        await using var batches = ReadAhead.RunAsync([First, Second], CancellationToken.None).GetAsyncEnumerator();
        for (var i = 0; i < ReadAhead.Trial; i++)
        {
            var next = batches.MoveNextAsync();
            asked.Release();
            Assert.True(await next);
        }

        Assert.True(await batches.MoveNextAsync());
        var failure = await Assert.ThrowsAsync<InvalidDataException>(async () => await batches.MoveNextAsync());
        Assert.Equal("broken", failure.Message);
        Assert.True(stopped);

        async Task First(ChannelWriter<RecordBatch> writer, CancellationToken token)
        {
            for (var i = 0; i < ReadAhead.Trial; i++)
            {
                await asked.WaitAsync(token);
                await writer.WriteAsync(s_batch, token);
            }

            await using var registration = token.Register(() => stopped = true);
            await Task.Delay(Timeout.Infinite, token);
        }

        static async Task Second(ChannelWriter<RecordBatch> writer, CancellationToken token)
        {
            await writer.WriteAsync(s_batch, token);
            throw new InvalidDataException("broken");
        }
    }
}
