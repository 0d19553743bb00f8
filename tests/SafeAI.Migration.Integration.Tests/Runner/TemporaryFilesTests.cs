using SafeAI.Migration.Engine.Loading;
using SafeAI.Migration.TestKit;

namespace SafeAI.Migration.Integration.Tests.Runner;

/// <summary>What a killed run leaves in the folder for temporary files.</summary>
public sealed class TemporaryFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_a_killed_run_leaves_goes_with_the_next_run_and_what_a_living_process_uses_stays()
    {
        var temporary = Directory.CreateDirectory(Path.Combine(_folder.Path, "temporary")).FullName;
        using var used = new TemporaryFile("verify", temporary);
        _folder.Write("people.csv", "id\n" + string.Join('\n', Enumerable.Range(0, 3000)));
        var plan = _folder.Write("plan.json", """
            { "sources": [ { "path": "people.csv", "mapping": { "nodes": [ { "type": "Person", "id": "person:{id}" } ] } } ],
              "destination": { "store": "people.graph" }, "options": { "verify": "content" } }
            """);
        var environment = new Dictionary<string, string> { ["TMPDIR"] = temporary };

        var killed = await RunnerProcess.RunAsync(_folder.Path, new Dictionary<string, string>(environment) { ["SAFEAI_MIGRATION_CRASH_AT"] = "verify.page" }, "run", plan, "--json");
        Assert.NotEqual(0, killed.ExitCode);
        var left = Files().Where(f => f != used.Path).ToList();
        Assert.NotEmpty(left);

        // One that was just made could be that of a process which has not locked it yet.
        foreach (var file in Files())
            File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddMinutes(-5));
        var resumed = await RunnerProcess.RunAsync(_folder.Path, environment, "resume", "--json");

        Assert.True(resumed.ExitCode == 0, resumed.Errors);
        Assert.Equal([used.Path], Files());

        List<string> Files() => [.. Directory.EnumerateFiles(temporary, "safeai-migration*")];
    }
}
