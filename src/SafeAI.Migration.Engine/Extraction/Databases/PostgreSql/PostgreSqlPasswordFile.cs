using System.Globalization;
using System.Text;
using Npgsql;

namespace SafeAI.Migration.Engine.Extraction.Databases;

/// <summary>
/// The password file for the one case in which the driver does not look into it: <c>PGPASSWORD</c> is there, but
/// empty. The driver takes that for a password, libpq for none.
/// </summary>
internal static class PostgreSqlPasswordFile
{
    /// <summary>Takes the password from the file, where none is given and <c>PGPASSWORD</c> is empty.</summary>
    public static void Apply(NpgsqlConnectionStringBuilder settings)
    {
        if (settings.Password is { Length: 0 })
            settings.Password = null;
        if (settings.Password is not null || Environment.GetEnvironmentVariable("PGPASSWORD") is not { Length: 0 })
            return;
        try
        {
            if (FindFile(settings) is { } file)
                settings.Password = Find(file, settings);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // As with libpq, a file that cannot be read holds no password. If the server wants one, that is said then.
        }
    }

    private static string? FindFile(NpgsqlConnectionStringBuilder settings)
    {
        if (settings.Passfile is { Length: > 0 } given)
            return given;
        if (Environment.GetEnvironmentVariable("PGPASSFILE") is { Length: > 0 } named)
            return named;
        var folder = Environment.GetEnvironmentVariable(OperatingSystem.IsWindows() ? "APPDATA" : "HOME");
        return folder is null ? null : OperatingSystem.IsWindows() ? Path.Combine(folder, "postgresql", "pgpass.conf") : Path.Combine(folder, ".pgpass");
    }

    /// <summary>The password of the first line that names the host, the port, the database and the user; null where none does.</summary>
    internal static string? Find(string file, NpgsqlConnectionStringBuilder settings)
    {
        var user = settings.Username ?? Environment.GetEnvironmentVariable("PGUSER") ?? Environment.UserName;
        var database = settings.Database ?? user;
        var entries = File.ReadLines(file).Select(Split).Where(e => e.Count == 5).ToList();
        foreach (var text in (settings.Host ?? "").Split(','))
        {
            var (host, port) = SplitHost(text.Trim(), settings.Port);
            if (entries.Find(e => Matches(e[0], host) && Matches(e[1], port) && Matches(e[2], database) && Matches(e[3], user)) is { } entry)
                return entry[4].Text;
        }

        return null;
    }

    private static bool Matches((string Text, bool IsAny) part, string value) => part.IsAny || part.Text == value;

    private static (string Host, string Port) SplitHost(string text, int port)
    {
        var number = port.ToString(CultureInfo.InvariantCulture);
        if (text.StartsWith('/') || text.StartsWith('@'))
            return (text, number);
        var end = text.StartsWith('[') ? text.IndexOf(']', StringComparison.Ordinal) + 1 : 0;
        var colon = text.IndexOf(':', end);
        // More than one colon without brackets is an IPv6 address.
        if (colon < 0 || (end == 0 && text.LastIndexOf(':') != colon))
            return (text.Trim('[', ']'), number);
        return (text[..colon].Trim('[', ']'), text[(colon + 1)..]);
    }

    /// <summary>The parts of a line; none of a comment.</summary>
    private static List<(string Text, bool IsAny)> Split(string line)
    {
        var parts = new List<(string, bool)>();
        if (line.StartsWith('#'))
            return parts;
        var text = new StringBuilder();
        var start = 0;
        for (var i = 0; i <= line.Length; i++)
        {
            if (i == line.Length || line[i] == ':')
            {
                parts.Add((text.ToString(), line[start..i] == "*"));
                text.Clear();
                start = i + 1;
            }
            else
            {
                if (line[i] == '\\' && i + 1 < line.Length)
                    i++;
                text.Append(line[i]);
            }
        }

        return parts;
    }
}
