using System.Globalization;
using Npgsql;

namespace SafeAI.Migration.Engine.Extraction.Databases;

/// <summary>
/// The connection strings of PostgreSQL in both of their forms, and the address that may be shown. What the
/// URI form means follows libpq's documentation.
/// </summary>
public static class PostgreSqlConnection
{
    private const string FormHint =
        "Write it as Host=…;Port=…;Database=…;Username=… or as postgresql://user@host:port/database?sslmode=….";

    /// <summary>Whether a text is a connection URI of PostgreSQL.</summary>
    public static bool IsUri(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.StartsWith("postgresql://", StringComparison.OrdinalIgnoreCase)
            || text.StartsWith("postgres://", StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Reads a connection string in either form.</summary>
    /// <exception cref="MigrationException"><see cref="ErrorCode.InvalidConnection"/>: it is not well-formed, or has an unknown setting. The text itself is not repeated, since it may hold a password.</exception>
    public static NpgsqlConnectionStringBuilder Parse(string connectionString)
    {
        ArgumentNullException.ThrowIfNull(connectionString);
        var settings = IsUri(connectionString) ? ParseUri(connectionString) : ParsePairs(connectionString);
        if (string.IsNullOrEmpty(settings.Host))
            settings.Host = Environment.GetEnvironmentVariable("PGHOST") is { Length: > 0 } host ? host : "localhost";
        return settings;
    }

    /// <summary>The address without user, password and settings, for instance <c>postgresql://localhost:5432/shop</c>.</summary>
    public static string Describe(NpgsqlConnectionStringBuilder settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var hosts = (settings.Host ?? "").Split(',').Select(h => DescribeHost(h.Trim(), settings.Port));
        return $"postgresql://{string.Join(',', hosts)}/{settings.Database ?? settings.Username}";
    }

    private static string DescribeHost(string host, int port)
    {
        if (host.StartsWith('/') || host.StartsWith('@'))
            return host;
        // Npgsql writes the port of one of several hosts after its name.
        var hasPort = host.StartsWith('[') ? host.Contains("]:", StringComparison.Ordinal) : host.Count(c => c == ':') == 1;
        if (hasPort)
            return host;
        if (host.Contains(':', StringComparison.Ordinal) && !host.StartsWith('['))
            host = $"[{host}]";
        return string.Create(CultureInfo.InvariantCulture, $"{host}:{port}");
    }

    private static NpgsqlConnectionStringBuilder ParsePairs(string text)
    {
        try
        {
            return new NpgsqlConnectionStringBuilder(text);
        }
        catch (Exception e) when (e is ArgumentException or FormatException or KeyNotFoundException or InvalidCastException)
        {
            throw Invalid(Blames(e, text), e);
        }
    }

    /// <summary>The part of an error that names a setting but cannot hold a value.</summary>
    private static string Blames(Exception e, string text)
    {
        foreach (var pair in text.Split(';'))
        {
            var keyword = pair.Split('=')[0].Trim();
            if (keyword.Length > 0 && pair.Contains('=', StringComparison.Ordinal) && e.Message.Contains(keyword, StringComparison.OrdinalIgnoreCase))
                return $"the setting '{keyword}' is unknown or its value is not allowed";
        }

        return "it is not a list of settings";
    }

    private static NpgsqlConnectionStringBuilder ParseUri(string text)
    {
        var settings = new NpgsqlConnectionStringBuilder();
        var rest = text[(text.IndexOf("://", StringComparison.Ordinal) + 3)..];

        var query = "";
        if (rest.IndexOf('?', StringComparison.Ordinal) is var mark and >= 0)
            (rest, query) = (rest[..mark], rest[(mark + 1)..]);

        var database = "";
        if (rest.IndexOf('/', StringComparison.Ordinal) is var slash and >= 0)
            (rest, database) = (rest[..slash], rest[(slash + 1)..]);

        if (rest.LastIndexOf('@') is var at and >= 0)
        {
            var user = rest[..at];
            rest = rest[(at + 1)..];
            if (user.IndexOf(':', StringComparison.Ordinal) is var colon and >= 0)
            {
                settings.Password = Decode(user[(colon + 1)..], "the password");
                user = user[..colon];
            }

            if (user.Length > 0)
                settings.Username = Decode(user, "the user");
        }

        SetHosts(settings, rest);
        if (database.Length > 0)
            settings.Database = Decode(database, "the database");
        foreach (var pair in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
                throw Invalid("a setting after the '?' has no value", null);
            SetParameter(settings, Decode(pair[..equals], "a setting"), Decode(pair[(equals + 1)..], "a setting"));
        }

        return settings;
    }

    private static void SetHosts(NpgsqlConnectionStringBuilder settings, string text)
    {
        if (text.Length == 0)
            return;
        var hosts = new List<(string Name, int? Port)>();
        foreach (var part in text.Split(','))
        {
            var end = part.StartsWith('[') ? part.IndexOf(']', StringComparison.Ordinal) + 1 : 0;
            var colon = part.IndexOf(':', end);
            var name = Decode(colon < 0 ? part : part[..colon], "the host").Trim('[', ']');
            int? port = null;
            if (colon >= 0 && colon < part.Length - 1)
                port = ParsePort(part[(colon + 1)..]);
            hosts.Add((name.Length == 0 ? "localhost" : name, port));
        }

        if (hosts.Count == 1)
        {
            settings.Host = hosts[0].Name;
            if (hosts[0].Port is { } only)
                settings.Port = only;
            return;
        }

        settings.Host = string.Join(',', hosts.Select(h => h.Port is { } port ? string.Create(CultureInfo.InvariantCulture, $"{h.Name}:{port}") : h.Name));
    }

    private static int ParsePort(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and < 65536
            ? port
            : throw Invalid("the port is not a number from 1 to 65535", null);

    private static void SetParameter(NpgsqlConnectionStringBuilder settings, string name, string value)
    {
        switch (name)
        {
            case "host":
                settings.Host = value;
                return;
            case "port":
                settings.Port = ParsePort(value);
                return;
            case "sslmode":
                settings.SslMode = value switch
                {
                    "disable" => SslMode.Disable,
                    "allow" => SslMode.Allow,
                    "prefer" => SslMode.Prefer,
                    "require" => SslMode.Require,
                    "verify-ca" => SslMode.VerifyCA,
                    "verify-full" => SslMode.VerifyFull,
                    _ => throw Invalid("sslmode is none of disable, allow, prefer, require, verify-ca, verify-full", null),
                };
                return;
        }

        var keyword = name switch
        {
            "user" => "Username",
            "password" => "Password",
            "dbname" => "Database",
            "passfile" => "Passfile",
            "application_name" => "Application Name",
            "client_encoding" => "Client Encoding",
            "connect_timeout" => "Timeout",
            "options" => "Options",
            "sslrootcert" => "Root Certificate",
            "sslcert" => "SSL Certificate",
            "sslkey" => "SSL Key",
            "sslpassword" => "SSL Password",
            "keepalives_idle" => "Tcp Keepalive Time",
            "keepalives_interval" => "Tcp Keepalive Interval",
            "target_session_attrs" => "Target Session Attributes",
            "channel_binding" => "Channel Binding",
            "krbsrvname" => "Kerberos Service Name",
            "TimeZone" or "timezone" => "Timezone",
            _ => throw Invalid($"the setting '{name}' is unknown", null),
        };
        try
        {
            settings[keyword] = value;
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidCastException or OverflowException)
        {
            throw Invalid($"the value of '{name}' is not allowed", e);
        }
    }

    private static string Decode(string text, string what)
    {
        for (var i = text.IndexOf('%', StringComparison.Ordinal); i >= 0; i = text.IndexOf('%', i + 1))
        {
            if (i + 2 >= text.Length || !char.IsAsciiHexDigit(text[i + 1]) || !char.IsAsciiHexDigit(text[i + 2]))
                throw Invalid($"{what} has a '%' that is not followed by two hexadecimal digits (a '%' itself is written %25)", null);
        }

        return Uri.UnescapeDataString(text);
    }

    // The cause is kept only where its message cannot repeat a value of the connection string.
    private static MigrationException Invalid(string why, Exception? inner) => new(
        ErrorCode.InvalidConnection, $"The connection string is not valid: {why}.", FormHint,
        inner is KeyNotFoundException ? inner : null) { Stage = MigrationStage.Extract };
}
