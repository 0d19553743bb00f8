using System.Globalization;

namespace SafeAI.Migration.Sandbox.Tests.Http;

public sealed class DurabilityTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("safeai-sandbox-").FullName;

    private string Store => Path.Combine(_folder, "sandbox.graph");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task WhatWasAnsweredSurvivesACrashAndComesBackOnItsPort()
    {
        string nodes, relationships, constraints;
        int port;
        using (var sandbox = await SandboxProcess.StartAsync("--store", Store, "--api-key", "k"))
        {
            port = sandbox.Client.BaseAddress!.Port;
            await sandbox.RunAsync("CREATE CONSTRAINT c FOR (n:A) REQUIRE n.id IS UNIQUE");
            await sandbox.RunAsync("CREATE CONSTRAINT t FOR ()-[r:T]-() REQUIRE r.id IS UNIQUE");
            await sandbox.RunAsync("CREATE CONSTRAINT gone FOR (n:B) REQUIRE n.id IS UNIQUE");
            await sandbox.RunAsync("DROP CONSTRAINT gone");
            await sandbox.RunAsync(
                "UNWIND range(0, 50) AS i CREATE (:A:`Odd label` {id: 'k' + i, f: 2.0, i: i, b: i = 3, l: ['x', 'é\\n\"'], "
                + "d: date('2024-02-29'), t: datetime('2024-02-29T12:00:00.5+01:00'), u: duration('P1DT2S'), nan: 0.0 / 0.0, ds: [date('2024-01-01')]})");
            await sandbox.RunAsync("MATCH (a:A), (b:A) WHERE b.i = a.i + 1 CREATE (a)-[:T {id: a.i, w: 0.1}]->(b)");
            await sandbox.RunAsync("MATCH (n:A {id: 'k7'}) DETACH DELETE n");
            await sandbox.RunAsync("MATCH (n:A {id: 'k8'}) SET n.i = null, n:Late REMOVE n:`Odd label`");
            await sandbox.RunAsync("MATCH ()-[r:T {id: 20}]->() SET r.w = 5");
            using var refused = await sandbox.PostAsync("CREATE (:A {id: 'never'}) WITH 1 AS x CREATE (:A {id: 'k1'})");
            Assert.False(refused.IsSuccessStatusCode);
            (nodes, relationships, constraints) = await ContentAsync(sandbox);
            await Assert.ThrowsAnyAsync<HttpRequestException>(() => sandbox.Client.PostAsync(new Uri("/sandbox/crash", UriKind.Relative), null));
            await sandbox.Process.WaitForExitAsync();
            Assert.NotEqual(0, sandbox.Process.ExitCode);
        }

        using var again = await SandboxProcess.StartAsync(
            "--store", Store, "--api-key", "k", "--port", port.ToString(CultureInfo.InvariantCulture));
        Assert.Equal(port, again.Client.BaseAddress!.Port);
        Assert.Equal((nodes, relationships, constraints), await ContentAsync(again));
        Assert.Equal("50", await again.ValueAsync("MATCH (n:A) RETURN count(n)"));
        Assert.Equal("true", await again.ValueAsync("MATCH (n:A {id: 'k1'}) RETURN n.d = date('2024-02-29') AND n.u = duration('P1DT2S') AND n.ds[0] = date('2024-01-01')"));
        using var twice = await again.PostAsync("CREATE (:A {id: 'k1'})");
        Assert.Contains("ConstraintValidationFailed", await twice.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await again.RunAsync("MERGE (n:A {id: 'after'}) MERGE (n)-[:T {id: 'after'}]->(n)");
    }

    [Theory]
    [InlineData("CREATE TABLE node (id TEXT); CREATE TABLE relationship (id TEXT); PRAGMA application_id = 1396787527", "is a graph store, not a sandbox file. Start the sandbox with another file, and copy")]
    [InlineData("CREATE TABLE notes (id TEXT)", "is a database of another kind, no sandbox file.")]
    [InlineData("PRAGMA application_id = 7; CREATE TABLE nodes (id TEXT)", "is a database of another kind, no sandbox file.")]
    [InlineData("CREATE TABLE nodes (id TEXT); PRAGMA user_version = 2", "was written by a newer sandbox (format 2).")]
    [InlineData(null, "is no sandbox file.")]
    public async Task AFileOfAnotherKindIsRefusedAndStaysAsItWas(string? sql, string said)
    {
        if (sql is null)
        {
            await File.WriteAllTextAsync(Store, new string('x', 5000));
        }
        else
        {
            SQLitePCL.Batteries_V2.Init();
            await using var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Store};Pooling=False");
            await connection.OpenAsync();
            await using var command = connection.CreateCommand();
            command.CommandText = sql;
            await command.ExecuteNonQueryAsync();
        }

        var before = await File.ReadAllBytesAsync(Store);

        using var process = SandboxProcess.Launch("--store", Store);
        try
        {
            Assert.Null(await process.StandardOutput.ReadLineAsync());
        }
        finally
        {
            process.Kill();
        }

        Assert.StartsWith($"{Store} {said}", await process.StandardError.ReadToEndAsync(), StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllBytesAsync(Store));
        Assert.Equal([Store], Directory.GetFiles(_folder));
    }

    [Fact]
    public async Task AFileIsForOneSandboxAtATime()
    {
        using var first = await SandboxProcess.StartAsync("--store", Store);

        var second = await Assert.ThrowsAsync<InvalidOperationException>(async () =>
        {
            using var started = await SandboxProcess.StartAsync("--store", Store);
        });

        Assert.Contains($"{Store} is in use by another sandbox. Stop that one first", second.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AFileOfTheFirstSandboxesThatBoreNoMarkIsRead()
    {
        using (var sandbox = await SandboxProcess.StartAsync("--store", Store))
            await sandbox.RunAsync("CREATE (:A {id: 'kept'})");
        SQLitePCL.Batteries_V2.Init();
        await using (var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Store};Pooling=False"))
        {
            await connection.OpenAsync();
            await using var command = connection.CreateCommand();
            command.CommandText = "PRAGMA application_id = 0";
            await command.ExecuteNonQueryAsync();
        }

        using var again = await SandboxProcess.StartAsync("--store", Store);

        Assert.Equal("1", await again.ValueAsync("MATCH (n:A {id: 'kept'}) RETURN count(n)"));
    }

    [Fact]
    public async Task ACrashBeforeTheCommitLeavesNothingAndOneAfterItEverything()
    {
        foreach (var (kind, expected) in new[] { ("crashBeforeCommit", "3"), ("crashAfterCommit", "7") })
        {
            var store = Store + kind;
            using (var sandbox = await SandboxProcess.StartAsync(
                "--store", store, "--faults", $$"""[{"kind": "{{kind}}", "requests": [2], "mutatingOnly": true}]"""))
            {
                await sandbox.RunAsync("UNWIND range(1, 3) AS i CREATE (:A {i: i})");
                await sandbox.RunAsync("MATCH (n) RETURN count(n)");
                await Assert.ThrowsAnyAsync<HttpRequestException>(() => sandbox.PostAsync("UNWIND range(4, 7) AS i CREATE (:A {i: i})"));
                await sandbox.Process.WaitForExitAsync();
                Assert.NotEqual(0, sandbox.Process.ExitCode);
            }

            using var again = await SandboxProcess.StartAsync("--store", store);
            Assert.Equal(expected, await again.ValueAsync("MATCH (n:A) RETURN count(n)"));
        }
    }

    [Fact]
    public async Task KilledInTheMiddleOfALoadItHoldsWholeBatchesOnly()
    {
        var confirmed = -1;
        using (var sandbox = await SandboxProcess.StartAsync("--store", Store))
        {
            await sandbox.RunAsync("CREATE CONSTRAINT c FOR (n:A) REQUIRE n.id IS UNIQUE");
            var loader = Task.Run(async () =>
            {
                for (var batch = 0; ; batch++)
                {
                    await sandbox.RunAsync("UNWIND range(0, 99) AS i MERGE (n:A {id: $batch * 100 + i}) SET n.batch = $batch", new { batch });
                    Volatile.Write(ref confirmed, batch);
                }
            });
            while (Volatile.Read(ref confirmed) < 5)
            {
                await sandbox.StatsAsync();
            }

            sandbox.Kill();
            await Assert.ThrowsAnyAsync<HttpRequestException>(() => loader);
        }

        using var again = await SandboxProcess.StartAsync("--store", Store);
        var batches = await again.RunAsync("MATCH (n:A) RETURN n.batch AS batch, count(*) AS c ORDER BY batch");
        // What was confirmed is there; the one on its way may be; nothing is there by halves.
        Assert.InRange(batches.GetArrayLength(), confirmed + 1, confirmed + 2);
        Assert.All(batches.EnumerateArray(), b => Assert.Equal(100, b.GetProperty("c").GetInt32()));
    }

    private static async Task<(string Nodes, string Relationships, string Constraints)> ContentAsync(SandboxProcess sandbox) => (
        (await sandbox.RunAsync("MATCH (n) RETURN id(n) AS id, labels(n) AS l, properties(n) AS p ORDER BY id")).GetRawText(),
        (await sandbox.RunAsync("MATCH (a)-[r]->(b) RETURN id(r) AS id, type(r) AS t, id(a) AS a, id(b) AS b, properties(r) AS p ORDER BY id")).GetRawText(),
        (await sandbox.RunAsync("SHOW CONSTRAINTS")).GetRawText());
}
