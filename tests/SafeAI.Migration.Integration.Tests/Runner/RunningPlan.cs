using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using SafeAI.Migration.Engine.Journal;
using SafeAI.Migration.TestKit;

namespace SafeAI.Migration.Integration.Tests.Runner;

/// <summary>A plan of people and a journal in a folder of their own, and the console program at work on them as a real process.</summary>
internal sealed class RunningPlan : IDisposable
{
    /// <summary>How long a test waits for what comes at once on a machine at rest, before it gives up.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    private readonly TemporaryFolder _folder = new();
    private readonly StringBuilder _errors = new();
    private Process? _process;

    /// <summary>Writes the plan.</summary>
    /// <param name="people">How many records it reads.</param>
    /// <param name="destination">Its destination, as JSON.</param>
    /// <param name="options">The members of its options.</param>
    /// <param name="more">Further members of the plan, each with a comma behind it.</param>
    public RunningPlan(int people, string destination, string options, string more = "")
    {
        var text = new StringBuilder("id\n");
        for (var i = 0; i < people; i++)
            text.Append(i).Append('\n');
        _folder.Write("people.csv", text.ToString());
        Write(destination, options, more);
    }

    public string Folder => _folder.Path;

    public string Plan => Path.Combine(Folder, "plan.json");

    public string Journal => Path.Combine(Folder, "j");

    public string Log => Path.Combine(Folder, "run.ndjson");

    /// <summary>What the process has written to stderr so far.</summary>
    public string Errors
    {
        get
        {
            lock (_errors)
                return _errors.ToString();
        }
    }

    /// <summary>Writes the plan anew.</summary>
    public void Write(string destination, string options, string more = "") => _folder.Write("plan.json", $$"""
        {
          {{more}}
          "name": "people",
          "sources": [ { "path": "people.csv", "mapping": { "nodes": [ { "type": "Person", "id": "person:{id}" } ] } } ],
          "destination": {{destination}},
          "options": { {{options}} }
        }
        """);

    /// <summary>Starts <c>run</c>, with a log that says everything.</summary>
    public void Start()
    {
        var command = Repository.Program("SafeAI.Migration.Runner", "safeai-migrate");
        _process = Process.Start(new ProcessStartInfo(command[0], [.. command.Skip(1), "run", Plan, "--journal", Journal, "--log", Log, "--log-level", "Debug"])
        {
            WorkingDirectory = Folder, RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        _process.OutputDataReceived += (_, _) => { };
        _process.ErrorDataReceived += (_, e) =>
        {
            lock (_errors)
                _errors.AppendLine(e.Data);
        };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>The newest run of the journal; null where there is none yet.</summary>
    public MigrationRun? Newest()
    {
        if (!File.Exists(Journal))
            return null;
        try
        {
            using var journal = JournalFile.OpenExisting(Journal);
            return journal.Runs() is [var run, ..] ? run : null;
        }
        catch (MigrationException e) when (e.IsTransient)
        {
            return null;
        }
    }

    /// <summary>Waits until something is so.</summary>
    public async Task UntilAsync(Func<bool> condition)
    {
        var started = Stopwatch.GetTimestamp();
        while (!condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < Patience, $"It did not come to it:\n{Errors}\n{(File.Exists(Log) ? File.ReadAllText(Log) : "")}");
            await Task.Delay(10);
        }
    }

    /// <summary>Presses Ctrl+C, in other words sends the signal that a terminal sends then.</summary>
    public void Interrupt()
    {
        using var kill = Process.Start("kill", ["-INT", _process!.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    /// <summary>Waits for its end and returns its exit code.</summary>
    public async Task<int> EndAsync()
    {
        await _process!.WaitForExitAsync().WaitAsync(Patience);
        return _process.ExitCode;
    }

    /// <summary>The lines of the log, as far as they are whole.</summary>
    public IReadOnlyList<JsonElement> LogLines()
    {
        if (!File.Exists(Log))
            return [];
        using var file = new FileStream(Log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(file);
        var text = reader.ReadToEnd();
        return [.. text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement)];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_process is { HasExited: false })
            _process.Kill();
        _process?.Dispose();
        _folder.Dispose();
    }
}
