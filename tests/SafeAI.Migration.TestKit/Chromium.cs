using System.Diagnostics;

namespace SafeAI.Migration.TestKit;

/// <summary>A real browser without a window, started once for each page.</summary>
public static class Chromium
{
    private static readonly string[] s_names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];

    /// <summary>The program: SAFEAI_TEST_CHROMIUM, or the one on the path.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public static string Path { get; } = Environment.GetEnvironmentVariable("SAFEAI_TEST_CHROMIUM")
        ?? (from name in s_names
            from folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(System.IO.Path.PathSeparator)
            let path = System.IO.Path.Combine(folder, name)
            where File.Exists(path)
            select path).FirstOrDefault()
        ?? throw new InvalidOperationException("No Chromium is on the path: install the package chromium, or set SAFEAI_TEST_CHROMIUM.");

    /// <summary>Opens a page and gives what it has become.</summary>
    /// <param name="page">A file.</param>
    /// <param name="options">Further options of the browser.</param>
    public static async Task<RenderedPage> RenderAsync(string page, params string[] options)
    {
        using var folder = new TemporaryFolder();
        var netLog = System.IO.Path.Combine(folder.Path, "net.json");
        var start = new ProcessStartInfo(Path) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var option in (string[])
            [
                "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                "--disable-component-update", "--disable-sync", "--disable-default-apps", "--disable-extensions", "--disable-dev-shm-usage",
                "--enable-logging=stderr", "--user-data-dir=" + System.IO.Path.Combine(folder.Path, "profile"), "--log-net-log=" + netLog,
                "--dump-dom", .. options, new Uri(page).AbsoluteUri,
            ])
            start.ArgumentList.Add(option);
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        var requests = File.Exists(netLog) ? File.ReadAllText(netLog) : throw new InvalidOperationException("Chromium wrote no log of its requests: " + await errors);
        return new RenderedPage(
            await output,
            [.. (await errors).Split('\n').Where(l => l.Contains("CONSOLE", StringComparison.Ordinal))],
            [
                .. requests.Split('\n').Where(IsOfPage)
                    .SelectMany(l => System.Text.RegularExpressions.Regex.Matches(l, "\"url\":\"([a-z]+://[^\"]*)\"")).Select(m => m.Groups[1].Value).Distinct(),
            ]);

        // What the browser asks for on its own account has no page as its origin.
        static bool IsOfPage(string line) => line.Contains("\"initiator\"", StringComparison.Ordinal) && !line.Contains("\"initiator\":\"not an origin\"", StringComparison.Ordinal);
    }
}

/// <summary>A page as a browser shows it.</summary>
/// <param name="Html">The document's text at the end.</param>
/// <param name="Console">What was written to the console: errors, and warnings.</param>
/// <param name="Requests">The addresses that were asked for, other than the page itself and its data.</param>
public sealed record RenderedPage(string Html, IReadOnlyList<string> Console, IReadOnlyList<string> Requests);
