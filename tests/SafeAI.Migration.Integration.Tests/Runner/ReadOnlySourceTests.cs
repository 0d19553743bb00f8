using System.Diagnostics;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using SafeAI.Migration.TestKit;

namespace SafeAI.Migration.Integration.Tests.Runner;

/// <summary>Sources in a place where nothing can be written: a disk of its own that only the program sees.</summary>
public sealed class ReadOnlySourceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("DELETE")]
    [InlineData("WAL")]
    public async Task A_SQLite_file_is_read_however_it_is_written(string mode)
    {
        var path = Path.Combine(_folder.Path, "shop.db");
        await using (var connection = new SqliteConnection($"Data Source={path};Pooling=False"))
        {
            await connection.OpenAsync();
            await using var command = connection.CreateCommand();
            command.CommandText = $"PRAGMA journal_mode = {mode}; CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c')";
            await command.ExecuteNonQueryAsync();
        }

        _folder.Write("plan.json", """
            {
              "source": { "type": "sqlite", "path": "disk/an odd #1 name?.db", "mapping": { "nodes": [ { "type": "T", "id": "t:{id}", "properties": { "name": "name" } } ] } },
              "destination": { "store": "t.graph" },
              "options": { "verify": "content" }
            }
            """);
        Directory.CreateDirectory(Path.Combine(_folder.Path, "disk"));
        var script = _folder.Write("script", $"""
            mount -t tmpfs tmpfs disk && cp shop.db 'disk/an odd #1 name?.db' && mount -o remount,ro disk
            {string.Join(' ', Repository.Program("SafeAI.Migration.Runner", "safeai-migrate"))} run plan.json --json --journal j > answer.json
            ls -A disk > left

            """);

        // Who is not the system's administrator becomes one for the time of the shell.
        var start = new ProcessStartInfo("unshare", [.. Environment.IsPrivilegedProcess ? Array.Empty<string>() : ["--user", "--map-root-user"], "--mount", "sh", script])
        {
            WorkingDirectory = _folder.Path, RedirectStandardError = true,
        };
        using var shell = Process.Start(start)!;
        var errors = await shell.StandardError.ReadToEndAsync();
        await shell.WaitForExitAsync();

        var text = await File.ReadAllTextAsync(Path.Combine(_folder.Path, "answer.json"));
        Assert.True(text.Length > 0, errors);
        var answer = JsonDocument.Parse(text).RootElement;
        Assert.True(answer.TryGetProperty("loaded", out var loaded) && loaded.GetInt64() == 3, text);
        Assert.Equal("an odd #1 name?.db\n", await File.ReadAllTextAsync(Path.Combine(_folder.Path, "left")));
    }
}
