using SafeAI.Migration.Engine.Loading;
using SafeAI.Migration.TestKit;

namespace SafeAI.Migration.Integration.Tests.Platform;

/// <summary>The platform counts a node under each of its labels: so does the verification of a run that goes on.</summary>
public sealed class LabelCountTests : GraphTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task What_a_run_labelled_before_it_was_ended_counts_once_when_it_goes_on(int last)
    {
        var platform = await OpenAsync(isPlatform: true);
        await platform.WriteNodesAsync("Person", [new GraphNode("Person", "there", PropertySet.Empty)]);
        await platform.WriteNodesAsync("Employee", [new GraphNode("Employee", "known", PropertySet.Empty, ["Person"]), new GraphNode("Employee", "hired", PropertySet.Empty)]);
        var writes = 0;
        var graph = InterceptedGraph.Of(platform, (member, call) =>
        {
            // That batch arrives, and its answer does not; none after it arrives.
            if (member != nameof(IGraphDestination.WriteNodesAsync) || ++writes < last)
                return call();
            if (writes == last)
                ((Task<WriteAnswer>)call()!).Wait();
            return Task.FromException<WriteAnswer>(new MigrationException(ErrorCode.PlatformFailed, "Nobody knows.") { IsTransient = true });
        });
        var options = new LoadOptions { BatchSize = 1, ThrottleLimit = 1, Verify = VerifyMode.Count };
        string id;
        await using (var session = LoadRun.Begin(Journal, graph, options, new LoadRunDescription()))
        {
            id = session.MigrationId;
            await FeedAsync(session);
            Assert.Equal(MigrationStatus.Failed, (await session.CompleteAsync()).Status);
        }

        await using var resumed = await LoadRun.ResumeAsync(Journal, id, platform, options, new LoadRunDescription());
        await FeedAsync(resumed);
        var result = await resumed.CompleteAsync();

        Assert.Equal((MigrationStatus.Completed, true, 0L), (result.Status, result.Verified, result.Differences));
        Assert.Equal(6, (await platform.CountNodesAsync(["Person"]))["Person"]);
    }

    // Of these, the first three get the label, one had it, and one is of its type.
    private static async Task FeedAsync(LoadSession session)
    {
        try
        {
            foreach (var id in new[] { "e1", "hired", "e2", "known" })
                await session.AddAsync(new GraphNode("Employee", id, new PropertySet(["n"], [1L]), ["Person"]));
            await session.AddAsync(new GraphNode("Person", "p", PropertySet.Empty));
        }
        catch (MigrationException)
        {
            // The run is over; its end says why.
        }
    }
}
