using System.Threading.Channels;

namespace SafeAI.Migration.PowerShell.Binding;

/// <summary>
/// Lets the engine read ahead on other threads, and hands what it read to the pipeline thread, which alone may write.
/// </summary>
internal static class StreamPump
{
    /// <summary>Runs through a stream. The action may throw, as it does when a later command wants no more.</summary>
    public static void Run<T>(Func<CancellationToken, IAsyncEnumerable<T>> open, Action<T> write, int ahead, CancellationToken stopping)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        var channel = Channel.CreateBounded<T>(new BoundedChannelOptions(ahead) { SingleReader = true, SingleWriter = true });
        var producer = Task.Run(async () =>
        {
            try
            {
                await foreach (var item in open(ended.Token).ConfigureAwait(false))
                    await channel.Writer.WriteAsync(item, ended.Token).ConfigureAwait(false);
                channel.Writer.Complete();
            }
            catch (Exception e)
            {
                channel.Writer.Complete(e);
            }
        }, CancellationToken.None);
        try
        {
            while (channel.Reader.WaitToReadAsync(stopping).AsTask().GetAwaiter().GetResult())
            {
                while (channel.Reader.TryRead(out var item))
                    write(item);
            }
        }
        finally
        {
            ended.Cancel();
            producer.GetAwaiter().GetResult();
        }
    }
}
