using System.Diagnostics;

namespace SafeAI.Migration.TestKit.Postgres;

/// <summary>Finds PostgreSQL's own programs and the way to run a server when this process is root.</summary>
public static class PostgresTools
{
    /// <summary>The folder that holds <c>initdb</c>, <c>pg_ctl</c> and <c>postgres</c> of one installation.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public static string FindServerFolder() =>
        CandidateFolders().FirstOrDefault(f => Has(f, "initdb") && Has(f, "pg_ctl") && Has(f, "postgres"))
        ?? throw Missing("initdb, pg_ctl and postgres");

    /// <summary>The path of a client program such as <c>psql</c>, <c>pgbench</c> or <c>pg_dump</c>.</summary>
    /// <exception cref="InvalidOperationException">It is not installed.</exception>
    public static string FindClient(string name) =>
        CandidateFolders().Where(f => Has(f, name)).Select(f => Path.Combine(f, name)).FirstOrDefault() ?? throw Missing(name);

    /// <summary>A command line that runs as the user <c>postgres</c> where this process is root, which the server refuses.</summary>
    public static string[] AsServerUser(params string[] command)
    {
        if (OperatingSystem.IsWindows())
            throw new InvalidOperationException($"A throwaway PostgreSQL cluster needs a Unix shell. Set {PostgresServer.ConnectionVariable} to a server's connection string.");
        if (!Environment.IsPrivilegedProcess)
            return command;
        if (FindOnPath("setpriv") is { } setpriv)
            return [setpriv, "--reuid=postgres", "--regid=postgres", "--init-groups", .. command];
        if (FindOnPath("runuser") is { } runuser)
            return [runuser, "-u", "postgres", "--", .. command];
        throw new InvalidOperationException(
            $"PostgreSQL refuses to run as root, and neither setpriv nor runuser is there. Run the tests as another user, or set {PostgresServer.ConnectionVariable} to a server's connection string.");
    }

    private static InvalidOperationException Missing(string programs) => new(
        $"PostgreSQL's programs {programs} were not found on PATH, through pg_config or under /usr/lib/postgresql. " +
        $"Install them (Debian and Ubuntu: apt-get install postgresql; macOS: brew install postgresql), or set {PostgresServer.ConnectionVariable} " +
        "to the connection string of a server whose user may create databases. These tests run on a real server and are not skipped.");

    private static IEnumerable<string> CandidateFolders()
    {
        foreach (var folder in PathFolders())
            yield return folder;
        if (FindOnPath("pg_config") is { } config && ReadBinFolder(config) is { } bin)
            yield return bin;
        foreach (var root in new[] { "/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt" }.Where(Directory.Exists))
        {
            foreach (var folder in Directory.GetDirectories(root).Order(StringComparer.Ordinal).Reverse())
                yield return Path.Combine(folder, "bin");
        }
    }

    private static string? ReadBinFolder(string config)
    {
        using var process = Process.Start(new ProcessStartInfo(config, "--bindir") { RedirectStandardOutput = true })!;
        var answer = process.StandardOutput.ReadToEnd().Trim();
        process.WaitForExit();
        return process.ExitCode == 0 && answer.Length > 0 ? answer : null;
    }

    private static string[] PathFolders() =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);

    private static string? FindOnPath(string name) =>
        PathFolders().Append("/usr/sbin").Select(f => Path.Combine(f, name)).FirstOrDefault(File.Exists);

    private static bool Has(string folder, string name) => File.Exists(Path.Combine(folder, name));
}
