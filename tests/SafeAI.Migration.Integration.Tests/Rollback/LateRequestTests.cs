using System.Diagnostics;
using SafeAI.Migration.Engine.Loading;
using SafeAI.Migration.Engine.Platform;
using SafeAI.Migration.Engine.Rollback;
using SafeAI.Migration.TestKit;
using SafeAI.Migration.TestKit.Sandbox;

namespace SafeAI.Migration.Integration.Tests.Rollback;

/// <summary>A request whose sender waits no more reaches the platform when its run was put back already.</summary>
public sealed class LateRequestTests : GraphTests
{
    [Fact]
    public async Task An_undo_counts_the_requests_that_were_not_confirmed_and_another_puts_back_what_they_write()
    {
        var destination = await OpenAsync(isPlatform: true);
        await Sandbox.SetFaultsAsync("""[{"kind":"late","requests":[3],"mutatingOnly":true}]""");
        string id;
        using (var stopping = new CancellationTokenSource())
        await using (var session = LoadRun.Begin(Journal, destination, Options, new LoadRunDescription()))
        {
            id = session.MigrationId;
            for (var i = 0; i < 30; i++)
                await session.AddAsync(Person(i));
            var ending = session.CompleteAsync(stopping.Token);
            await WaitUntilAsync(async () => await Sandbox.StatisticAsync("faults") == 1);
            await stopping.CancelAsync();
            Assert.Equal(MigrationStatus.Stopped, (await ending).Status);
        }

        var undo = await MigrationUndo.RunAsync(Journal, id, destination);

        Assert.Equal((true, 1L, 0L), (undo.IsComplete, undo.Unconfirmed, await Sandbox.StatisticAsync("nodes")));

        await Sandbox.SetFaultsAsync("[]");
        await WaitUntilAsync(async () => await Sandbox.StatisticAsync("nodes") == 10);
        var again = await MigrationUndo.RunAsync(Journal, id, destination);

        Assert.Equal((true, 10L, 0L), (again.IsComplete, again.NodesDeleted, await Sandbox.StatisticAsync("nodes")));
        Assert.Equal(0, (await MigrationUndo.RunAsync(Journal, id, destination)).NodesDeleted);
    }

    [Fact]
    public async Task A_rollback_of_a_run_whose_request_was_given_up_says_so()
    {
        await using var sandbox = await SandboxServer.StartAsync();
        await using var destination = new PlatformDestination(new PlatformClient(new PlatformOptions
        {
            Endpoint = sandbox.Endpoint, ApiKey = sandbox.ApiKey, MaxRetries = 1, RetryDelay = TimeSpan.FromMilliseconds(20), Timeout = TimeSpan.FromSeconds(1),
        }));
        await sandbox.SetFaultsAsync("""[{"kind":"late","requests":[3,4],"mutatingOnly":true}]""");
        await using var session = LoadRun.Begin(Journal, destination, Options, new LoadRunDescription());
        try
        {
            for (var i = 0; i < 30; i++)
                await session.AddAsync(Person(i));
        }
        catch (MigrationException)
        {
            // The run is lost; its end says so, too.
        }

        var result = await session.CompleteAsync();
        Assert.Equal(MigrationStatus.Failed, result.Status);

        var (rolledBack, failure) = await FailureRollback.RunAsync(Journal, result, session.Failure!, destination);

        Assert.Equal((MigrationStatus.RolledBack, 0L), (rolledBack.Status, await sandbox.StatisticAsync("nodes")));
        Assert.EndsWith(
            $"The run was put back. 1 of its requests may have left and were never confirmed; should one still arrive, Undo-Migration {session.MigrationId} puts back what it writes.", failure.What, StringComparison.Ordinal);

        await sandbox.SetFaultsAsync("[]");
        await WaitUntilAsync(async () => await sandbox.StatisticAsync("nodes") == 10);
        Assert.True((await MigrationUndo.RunAsync(Journal, session.MigrationId, destination)).IsComplete);
        Assert.Equal(0, await sandbox.StatisticAsync("nodes"));
    }

    private static LoadOptions Options => new() { BatchSize = 10, ThrottleLimit = 1 };

    private static GraphNode Person(int i) => new("Person", $"{i}", new PropertySet(["number"], [(long)i]));

    private static async Task WaitUntilAsync(Func<Task<bool>> condition)
    {
        var clock = Stopwatch.StartNew();
        while (!await condition())
            Assert.True(clock.Elapsed < TimeSpan.FromMinutes(1), "It did not happen.");
    }
}
