using System.Collections.Concurrent;
using SafeAI.Migration.Engine.Extraction.Apis;

namespace SafeAI.Migration.Engine.Tests.Extraction.Apis;

/// <summary>What the tests of APIs share.</summary>
public abstract class RestTest
{
    internal static async Task<List<Record>> ReadAsync(RestSource source)
    {
        var records = new List<Record>();
        await foreach (var batch in source.ReadAsync())
        {
            Assert.Empty(batch.Rejects);
            records.AddRange(batch.Records);
        }

        return records;
    }

    /// <summary>A clock on which every wait is over at once, and is remembered.</summary>
    internal sealed class RecordingClock : TimeProvider
    {
        public ConcurrentQueue<TimeSpan> Waits { get; } = [];

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            if (dueTime > TimeSpan.Zero)
                Waits.Enqueue(dueTime);
            return System.CreateTimer(callback, state, dueTime == Timeout.InfiniteTimeSpan ? dueTime : TimeSpan.Zero, period);
        }
    }
}
