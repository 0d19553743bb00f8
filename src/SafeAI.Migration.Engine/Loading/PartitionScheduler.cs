namespace SafeAI.Migration.Engine.Loading;

/// <summary>
/// Works through partition pairs, several at a time, never two at once that have a partition in common.
/// </summary>
/// <param name="workers">Gives how many at a time; may give another number later on.</param>
internal sealed class PartitionScheduler(Func<int> workers)
{
    public async Task RunAsync(
        IReadOnlyList<(int First, int Second, IEnumerable<LoadItem> Items)> pairs, Func<IEnumerable<LoadItem>, Task> work)
    {
        var waiting = pairs.ToList();
        var busy = new HashSet<int>();
        var running = new Dictionary<Task, (int First, int Second)>();
        List<Exception>? failures = null;
        while (waiting.Count + running.Count > 0)
        {
            while (failures is null && running.Count < workers()
                && waiting.FindIndex(p => !busy.Contains(p.First) && !busy.Contains(p.Second)) is var next and >= 0)
            {
                var (first, second, items) = waiting[next];
                waiting.RemoveAt(next);
                busy.Add(first);
                busy.Add(second);
                running.Add(Task.Run(() => work(items)), (first, second));
            }

            if (running.Count == 0)
                break;
            var done = await Task.WhenAny(running.Keys).ConfigureAwait(false);
            running.Remove(done, out var freed);
            busy.Remove(freed.First);
            busy.Remove(freed.Second);
            try
            {
                await done.ConfigureAwait(false);
            }
            catch (Exception e)
            {
                (failures ??= []).Add(e);
            }
        }

        if (failures is not null)
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failures[0]);
    }
}
