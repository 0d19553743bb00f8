using SafeAI.Migration.Engine.Loading;
using SafeAI.Migration.Engine.Rollback;
using SafeAI.Migration.TestKit;

namespace SafeAI.Migration.Integration.Tests.Rollback;

/// <summary>A run that fails in the middle says where, and is put back.</summary>
public sealed class FailureRollbackTests : GraphTests
{
    [Fact]
    public async Task A_failed_run_is_put_back_and_its_failure_says_which_part_of_the_data_it_was()
    {
        var platform = await OpenAsync(isPlatform: true, maxRetries: 1);
        var schema = new RecordSchema("people", [new RecordField("id", typeof(string))]);
        var source = new RecordSource("people.csv");
        var session = LoadRun.Begin(Journal, platform, new LoadOptions { BatchSize = 10, ThrottleLimit = 1 }, new LoadRunDescription());

        // The type is prepared and counted, two batches arrive, the third and its retry fail.
        await Sandbox.SetFaultsAsync("""[{"kind":"status503","retryAfter":"none","requests":[5,6]}]""");
        for (var i = 1; i <= 30; i++)
            await session.AddAsync(Node(i));

        var result = await session.CompleteAsync();
        await session.DisposeAsync();
        await Sandbox.SetFaultsAsync("[]");
        Assert.Equal((MigrationStatus.Failed, 20L), (result.Status, (await platform.CountNodesAsync(["P"]))["P"]));

        var (after, failure) = await FailureRollback.RunAsync(Journal, result, session.Failure!, platform);

        Assert.Equal((MigrationStatus.RolledBack, 0L), (after.Status, (await platform.CountNodesAsync(["P"]))["P"]));
        Assert.Equal(new DataSegment("people.csv", new RecordPosition("people.csv", 21), new RecordPosition("people.csv", 30), "P"), failure.Segment);
        Assert.Equal((true, ErrorCode.PlatformFailed, 20L), (failure.IsTransient, failure.Code, failure.Undo!.NodesDeleted));
        Assert.Equal(MigrationStage.Load, failure.Stage);
        Assert.Same(session.Failure, failure.InnerException);
        Assert.Contains(" The run was put back. 1 of its requests may have left and were never confirmed;", failure.What, StringComparison.Ordinal);

        GraphNode Node(int i)
        {
            var record = schema.CreateRecord([$"{i}"], source, i);
            return new GraphNode("P", $"{i}", PropertySet.Empty, record: record);
        }
    }

    [Fact]
    public async Task A_rollback_that_fails_halfway_says_both_failures_and_the_undo_goes_on_with_it()
    {
        var store = OpenStore();
        await using var session = LoadRun.Begin(Journal, store, new LoadOptions { BatchSize = 10, ThrottleLimit = 1 }, new LoadRunDescription());
        for (var i = 1; i <= 30; i++)
            await session.AddAsync(new GraphNode("P", $"{i}", PropertySet.Empty));
        await session.AddAsync(new GraphRelationship("R", "r", "P", "1", "P", "none", PropertySet.Empty));
        var result = await session.CompleteAsync();
        var deletions = 0;
        var broken = InterceptedGraph.Of(store, (member, call) => member == nameof(IGraphDestination.DeleteNodesAsync) && ++deletions == 2
            ? Task.FromException<IReadOnlyList<string>>(new MigrationException(ErrorCode.StoreFailed, "The disk is full.", "Make room.") { IsTransient = true })
            : call());

        var failure = await Assert.ThrowsAsync<MigrationException>(() => FailureRollback.RunAsync(Journal, result, session.Failure!, broken));

        Assert.Equal((ErrorCode.ErrorBudgetExceeded, MigrationStage.Undo), (failure.Code, failure.Stage));
        Assert.Same(session.Failure, failure.InnerException);
        Assert.Equal($"{session.Failure!.What} Putting the run back failed as well: The disk is full. Make room.", failure.What);
        Assert.Equal($"See to that, then run Undo-Migration {result.MigrationId}.", failure.Remedy);
        Assert.Equal((20L, MigrationStatus.RollingBack), ((await store.CountNodesAsync(["P"]))["P"], Journal.Run(result.MigrationId).Status));

        var undo = await MigrationUndo.RunAsync(Journal, result.MigrationId, store);

        Assert.Equal((30L, true, 0L), (undo.NodesDeleted, undo.IsComplete, (await store.CountNodesAsync(["P"]))["P"]));
        Assert.Equal(MigrationStatus.RolledBack, Journal.Run(result.MigrationId).Status);
        Assert.Equal(
            [AuditActionType.UndoBegin, AuditActionType.UndoEnd, AuditActionType.UndoResume, AuditActionType.UndoEnd],
            Engine.Audit.AuditTrail.Events(Journal).Select(e => e.Action.Type).Where(a => a.ToString().StartsWith("Undo", StringComparison.Ordinal)));
    }
}
