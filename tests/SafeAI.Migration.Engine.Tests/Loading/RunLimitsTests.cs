using SafeAI.Migration.Engine.Audit;
using SafeAI.Migration.Engine.Journal;
using SafeAI.Migration.Engine.Loading;
using SafeAI.Migration.Engine.Monitoring;
using SafeAI.Migration.TestKit;

namespace SafeAI.Migration.Engine.Tests.Loading;

public sealed class RunLimitsTests : JournalTests
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task A_change_reaches_the_run_at_work_is_told_and_stays_with_it()
    {
        var heard = new EventList();
        var throttle = new LoadThrottle(2);
        var store = OpenStore();
        await using var session = LoadRun.Begin(Journal, store, new LoadOptions { ThrottleLimit = 2 }, new LoadRunDescription(), throttle: throttle, monitor: new RunMonitor([heard]));

        RunControl.SetLimits(Journal, session.MigrationId, new RunLimits { RequestsPerMinute = 30 });
        var run = RunControl.SetLimits(Journal, session.MigrationId, new RunLimits { ThrottleLimit = 7 });

        Assert.Equal(new RunLimits { RequestsPerMinute = 30, ThrottleLimit = 7 }, run.Limits);
        await WaitUntilAsync(() => throttle.Maximum == 7 && heard.Last?.ThrottleLimit == 7);
        Assert.Equal(30, heard.Last!.RequestsPerMinute);
        Assert.Equal(
            ["30 requests a minute", "7 batches at once"],
            AuditTrail.Events(Journal, session.MigrationId, [AuditActionType.Limit]).Select(e => e.Action.Details));

        // Who goes on with it keeps to the limits from the start.
        await session.StopAsync();
        var later = new LoadThrottle(2);
        await using var resumed = await LoadRun.ResumeAsync(Journal, session.MigrationId, store, new LoadOptions { ThrottleLimit = 2 }, new LoadRunDescription(), throttle: later);
        Assert.Equal(7, later.Maximum);
    }

    [Fact]
    public async Task A_run_that_is_over_or_unknown_is_refused_and_so_is_a_change_of_nothing()
    {
        var store = OpenStore();
        await using var session = LoadRun.Begin(Journal, store, new LoadOptions(), new LoadRunDescription());
        Assert.Equal(ErrorCode.InvalidOptions, Refused(session.MigrationId, new RunLimits()).Code);
        Assert.Throws<ArgumentOutOfRangeException>(() => RunControl.SetLimits(Journal, session.MigrationId, new RunLimits { ThrottleLimit = 65 }));
        await session.CompleteAsync();

        var refused = Refused(session.MigrationId, new RunLimits { ThrottleLimit = 1 });

        Assert.Equal((ErrorCode.InvalidOptions, $"The run {session.MigrationId} is completed; there is nothing left to limit."), (refused.Code, refused.What));
        Assert.Equal(ErrorCode.RunNotFound, Refused("nobody", new RunLimits { ThrottleLimit = 1 }).Code);
        Assert.Empty(AuditTrail.Events(Journal, null, [AuditActionType.Limit]));

        MigrationException Refused(string id, RunLimits limits) => Assert.Throws<MigrationException>(() => RunControl.SetLimits(Journal, id, limits));
    }

    [Fact]
    public async Task A_removed_run_takes_its_limits_with_it()
    {
        var store = OpenStore();
        await using var session = LoadRun.Begin(Journal, store, new LoadOptions(), new LoadRunDescription());
        RunControl.SetLimits(Journal, session.MigrationId, new RunLimits { ThrottleLimit = 1 });
        await session.StopAsync();

        Journal.Remove(session.MigrationId);

        Assert.Null(RunControl.Read(Journal, session.MigrationId));
    }

    [Fact]
    public async Task More_batches_of_nodes_go_at_once_than_when_the_run_began_once_that_is_allowed()
    {
        var together = new Together(2);
        var throttle = new LoadThrottle(1);
        var store = OpenStore();
        await using var session = new LoadSession(store, new LoadOptions { BatchSize = 1, ThrottleLimit = 1, Verify = VerifyMode.Content }, throttle: throttle);
        for (var i = 0; i < 20; i++)
            await session.AddAsync(Node(i));

        throttle.Gate = together.PassAsync;
        throttle.Maximum = 4;
        for (var i = 0; i < 60; i++)
            await session.AddAsync(Node(i)).AsTask().WaitAsync(s_patience);
        var result = await session.CompleteAsync().WaitAsync(s_patience);

        Assert.True(together.Happened);
        Assert.Equal((MigrationStatus.Completed, 60, 20, true), (result.Status, result.Nodes.Created, result.Nodes.Unchanged, result.Verified));
    }

    [Fact]
    public async Task More_batches_of_relationships_go_at_once_than_when_the_run_began_once_that_is_allowed()
    {
        var together = new Together(5);
        var throttle = new LoadThrottle(1);
        var store = OpenStore();
        await using var session = new LoadSession(store, new LoadOptions { BatchSize = 2, ThrottleLimit = 1, Verify = VerifyMode.Content }, throttle: throttle);
        for (var i = 0; i < 60; i++)
            await session.AddAsync(Node(i));
        for (var i = 0; i < 1500; i++)
            await session.AddAsync(new GraphRelationship("KNOWS", $"r{i}", "Thing", $"n{i % 60}", "Thing", $"n{i * 7 / 60 % 60}", new PropertySet([], [])));

        throttle.Maximum = 8;
        var completing = session.CompleteAsync();
        await WaitUntilAsync(() => session.Snapshot().Relationships.Created > 0 || completing.IsCompleted);
        throttle.Gate = together.PassAsync;
        var result = await completing.WaitAsync(s_patience);

        Assert.True(together.Happened);
        Assert.Equal((MigrationStatus.Completed, 1500, true), (result.Status, result.Relationships.Created, result.Verified));
    }

    private static async Task WaitUntilAsync(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(s_patience);
        while (!condition())
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private static GraphNode Node(int i) => new("Thing", $"n{i}", new PropertySet(["number"], [(long)i]));

    /// <summary>Holds everybody up until so many stand here at once; after that, nobody.</summary>
    private sealed class Together(int wanted)
    {
        private readonly TaskCompletionSource _all = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _here;

        public bool Happened => _all.Task.IsCompleted;

        public async ValueTask PassAsync(CancellationToken cancellationToken)
        {
            if (Interlocked.Increment(ref _here) == wanted)
                _all.TrySetResult();
            await _all.Task.WaitAsync(cancellationToken);
            Interlocked.Decrement(ref _here);
        }
    }

    private sealed class EventList : IRunObserver
    {
        public RunLimits? Last { get; private set; }

        public void Observe(RunEvent happened)
        {
            if (happened is LimitsChanged { Limits: var limits })
                Last = limits;
        }
    }
}
