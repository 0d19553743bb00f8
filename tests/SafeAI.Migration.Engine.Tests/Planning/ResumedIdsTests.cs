using System.Text;
using SafeAI.Migration.Engine.Planning;
using SafeAI.Migration.TestKit;

namespace SafeAI.Migration.Engine.Tests.Planning;

/// <summary>A run that was stopped and resumed finds the same records that say something else of an id as an undisturbed one.</summary>
public sealed class ResumedIdsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Ids_from_before_the_stop_are_known_after_it(bool inAnotherSource)
    {
        const int Count = 6000;
        var people = new StringBuilder("id,name\n");
        for (var i = 1; i <= Count; i++)
            people.Append(i).Append(",Person ").Append(i).Append('\n');
        const string Late = "1,Somebody else\n2,Person 2\n";
        _folder.Write("a.csv", people + (inAnotherSource ? "" : Late));
        _folder.Write("b.csv", "id,name\n" + (inAnotherSource ? Late : "7000,Person 7000\n"));

        var whole = await PlanRunner.RunAsync(Plan("whole"), new PlanRunOptions { NoJournal = true });
        Assert.Equal((MigrationStatus.Completed, 1L), (whole.Status, whole.Rejected));

        using var stop = new CancellationTokenSource();
        var journal = Path.Combine(_folder.Path, "run.journal");
        var stopped = await PlanRunner.RunAsync(Plan("run"), new PlanRunOptions { JournalPath = journal, OnProgress = r => Stop(r) }, stop.Token);
        Assert.Equal((MigrationStatus.Stopped, 0L), (stopped.Status, stopped.Rejected));
        var rejects = new List<Reject>();
        var resumed = await PlanRunner.RunAsync(Plan("run"), new PlanRunOptions { JournalPath = journal, ResumeId = stopped.MigrationId, OnReject = rejects.Add });

        Assert.Equal((whole.Status, whole.Read, whole.Rejected, whole.Nodes.Created), (resumed.Status, resumed.Read, resumed.Rejected, resumed.Nodes.Created));
        Assert.Contains("'person:1' of the Person was made already by the record at", Assert.Single(rejects).Reason, StringComparison.Ordinal);

        void Stop(MigrationResult figures)
        {
            if (figures.Read >= 3000)
                stop.Cancel();
        }
    }

    private MigrationPlan Plan(string name) => PlanFile.Parse($$"""
        { "mapping": { "nodes": { "type": "Person", "id": "person:{id}", "properties": { "name": "name" } } },
          "sources": [ { "path": "a.csv" }, { "path": "b.csv" } ], "destination": { "store": "{{Path.Combine(_folder.Path, name + ".graph")}}" }, "options": { "batchSize": 100, "errorBudget": 5 } }
        """, _folder.Path, name);
}
