using System.Diagnostics;
using System.Text;

namespace SafeAI.Migration.TestKit;

/// <summary>A program in a terminal of its own, as a user sees it: what it writes to either stream comes as one text, with its control sequences.</summary>
public sealed class TerminalProcess : IDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _screen = new();

    private TerminalProcess(Process process) => _process = process;

    /// <summary>All that was written so far.</summary>
    public string Screen
    {
        get
        {
            lock (_screen)
                return _screen.ToString();
        }
    }

    /// <summary>Starts a program in a terminal of 120 columns and 40 rows.</summary>
    /// <param name="command">The program and its arguments.</param>
    /// <param name="folder">The folder it works in.</param>
    /// <param name="environment">Variables to set beside this process's own.</param>
    public static TerminalProcess Start(IReadOnlyList<string> command, string folder, IReadOnlyDictionary<string, string>? environment = null)
    {
        ArgumentNullException.ThrowIfNull(command);
        var line = string.Join(' ', command.Select(a => $"'{a.Replace("'", "'\\''", StringComparison.Ordinal)}'"));

        // util-linux's script opens a terminal, and hands on what comes on its standard input as keys.
        var start = new ProcessStartInfo("script", ["-qefc", "stty cols 120 rows 40; exec " + line, "/dev/null"])
        {
            WorkingDirectory = folder, RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false,
        };
        start.Environment["TERM"] = "xterm-256color";
        start.Environment["SHELL"] = "/bin/sh";
        start.Environment["XDG_STATE_HOME"] = Path.Combine(folder, "state");
        start.Environment["XDG_CACHE_HOME"] = Path.Combine(folder, "cache");
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        var terminal = new TerminalProcess(new Process { StartInfo = start });
        terminal._process.Start();
        _ = Task.Run(terminal.ReadAsync);
        return terminal;
    }

    /// <summary>Presses keys; \u0003 is Ctrl+C.</summary>
    public async Task TypeAsync(string keys)
    {
        await _process.StandardInput.WriteAsync(keys);
        await _process.StandardInput.FlushAsync();
    }

    /// <summary>Waits until the screen has a text.</summary>
    /// <exception cref="TimeoutException">It has not come in time; the message has the screen.</exception>
    public async Task WaitForAsync(string text, TimeSpan patience)
    {
        var started = Stopwatch.GetTimestamp();
        while (!Screen.Contains(text, StringComparison.Ordinal))
        {
            if (Stopwatch.GetElapsedTime(started) > patience)
                throw new TimeoutException($"'{text}' did not come:\n{Screen}");
            await Task.Delay(20);
        }
    }

    /// <summary>Waits for its end and returns its exit code.</summary>
    /// <exception cref="TimeoutException">It has not ended in time; the message has the screen.</exception>
    public async Task<int> WaitForExitAsync(TimeSpan patience)
    {
        try
        {
            await _process.WaitForExitAsync().WaitAsync(patience);
            return _process.ExitCode;
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"It has not ended:\n{Screen}", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill(entireProcessTree: true);
        _process.Dispose();
    }

    private async Task ReadAsync()
    {
        var buffer = new char[4096];
        while (await _process.StandardOutput.ReadAsync(buffer) is > 0 and var read)
        {
            lock (_screen)
                _screen.Append(buffer, 0, read);
        }
    }
}
