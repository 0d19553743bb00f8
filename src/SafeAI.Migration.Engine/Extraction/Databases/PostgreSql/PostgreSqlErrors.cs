using System.Globalization;
using System.Net.Sockets;
using Npgsql;

namespace SafeAI.Migration.Engine.Extraction.Databases;

/// <summary>Turns what the server and the driver say into the engine's errors.</summary>
internal static class PostgreSqlErrors
{
    /// <summary>Whether the connection is gone, so that another one may work.</summary>
    public static bool IsLostConnection(Exception e) => e switch
    {
        PostgresException p => p.SqlState.StartsWith("57P", StringComparison.Ordinal) || p.SqlState.StartsWith("08", StringComparison.Ordinal),
        NpgsqlException n => n.InnerException is IOException or SocketException or TimeoutException or EndOfStreamException,
        IOException or SocketException => true,
        _ => false,
    };

    /// <summary>Why the connection is gone, in the server's or the system's words.</summary>
    public static string WhyLost(Exception e) => e switch
    {
        PostgresException p => p.MessageText,
        { InnerException: EndOfStreamException } or EndOfStreamException => "The connection was closed by the server",
        { InnerException: { } inner } => WhyLost(inner),
        _ => e.Message.TrimEnd('.'),
    };

    /// <summary>An error that came while the connection was opened.</summary>
    /// <param name="e">What the driver said.</param>
    /// <param name="settings">The connection's settings.</param>
    /// <param name="hasSnapshot">Whether the connection was to see a snapshot.</param>
    public static MigrationException WhileOpening(Exception e, NpgsqlConnectionStringBuilder settings, bool hasSnapshot)
    {
        var address = PostgreSqlConnection.Describe(settings);
        var user = settings.Username is { Length: > 0 } name ? $"the user '{name}'" : "the user";
        return e switch
        {
            PostgresException { SqlState: PostgresErrorCodes.InvalidPassword } p => Error(
                ErrorCode.AuthenticationFailed, $"{address} refused the password of {user}.", "Give the right password.", p),
            PostgresException { SqlState: PostgresErrorCodes.InvalidAuthorizationSpecification } p => Error(
                ErrorCode.AuthenticationFailed, $"{address} refused {user}: {p.MessageText}.", "Check the user's name and the server's pg_hba.conf.", p),
            PostgresException { SqlState: PostgresErrorCodes.InvalidCatalogName } p => Error(
                ErrorCode.SourceNotFound, $"There is no database '{settings.Database ?? settings.Username}' on the server of {address}.", "psql -l lists the databases.", p),
            PostgresException { SqlState: PostgresErrorCodes.InsufficientPrivilege } p => Error(
                ErrorCode.PermissionDenied, $"{address} does not let {user} connect: {p.MessageText}.", "Ask for the privilege CONNECT on the database.", p),
            // Which of them, depends on the server's version and on how long ago the keeper went.
            PostgresException { SqlState: PostgresErrorCodes.InvalidParameterValue or PostgresErrorCodes.UndefinedObject or PostgresErrorCodes.ObjectNotInPrerequisiteState } p when hasSnapshot => Error(
                ErrorCode.SourceUnreadable, $"The moment that the readers of {address} share cannot be seen any more: the connection that kept it is gone.", "Start the read again.", p, transient: true),
            PostgresException p => Error(
                ErrorCode.EndpointUnreachable, $"{address} does not take a connection now: {p.MessageText}.", null, p, p.IsTransient || IsLostConnection(p)),
            NpgsqlException { InnerException: SocketException s } n => Error(
                ErrorCode.EndpointUnreachable, $"Nobody answers at {address}: {s.Message}.", "Check the host and the port, and that the server runs and listens there.", n, transient: true),
            NpgsqlException { InnerException: TimeoutException } n => Error(
                ErrorCode.EndpointUnreachable,
                string.Create(CultureInfo.InvariantCulture, $"Nobody answered at {address} within {settings.Timeout} seconds."),
                "Check the host, the port and the firewall between.", n, transient: true),
            NpgsqlException n when n.Message.StartsWith("No password has been provided", StringComparison.Ordinal) => Error(
                ErrorCode.AuthenticationFailed, $"{address} wants a password of {user}, and none was given.",
                "Give it with the credential, in PGPASSWORD, or in the password file.", n),
            SocketException s => Error(
                ErrorCode.EndpointUnreachable, $"Nobody answers at {address}: {s.Message}.", "Check the host and the port, and that the server runs and listens there.", s, transient: true),
            FileNotFoundException or DirectoryNotFoundException or UnauthorizedAccessException => Error(
                ErrorCode.InvalidConnection, $"A file that the connection to {address} needs cannot be read: {e.Message.TrimEnd('.')}.",
                "Check the password file and the certificates that the connection string names.", e),
            _ => Error(ErrorCode.EndpointUnreachable, $"The connection to {address} could not be made: {e.Message}", null, e, IsLostConnection(e)),
        };
    }

    /// <summary>An error of the server about a statement.</summary>
    /// <param name="e">What the server said.</param>
    /// <param name="source">The stream's name.</param>
    /// <param name="query">The user's own query, to show the place in; null where the statement was made here.</param>
    public static MigrationException WhileQuerying(PostgresException e, string source, string? query)
    {
        if (e.SqlState == PostgresErrorCodes.InsufficientPrivilege)
            return Error(ErrorCode.PermissionDenied, $"{source} may not be read: {e.MessageText}.", "Ask for the privilege SELECT.", e);
        if (e.SqlState == PostgresErrorCodes.ReadOnlySqlTransaction)
            return Error(ErrorCode.InvalidQuery, $"The query of {source} would write: {e.MessageText}.", "A source is read in a read-only session.", e);
        var hint = string.IsNullOrEmpty(e.Hint) ? null : e.Hint;
        if (query is null)
            return Error(ErrorCode.SourceUnreadable, $"{source} could not be read: {e.MessageText} ({e.SqlState}).", hint, e, e.IsTransient);
        var place = e.Position > 0 ? $" at {DescribePlace(query, e.Position)}" : "";
        return Error(ErrorCode.InvalidQuery, $"The server refused the query of {source}{place}: {e.MessageText} ({e.SqlState}).", hint, e, e.IsTransient);
    }

    public static MigrationException Error(string code, string what, string? remedy, Exception? inner, bool transient = false) =>
        new(code, what, remedy, inner) { Stage = MigrationStage.Extract, IsTransient = transient };

    /// <summary>The line and column of a place that the server counts in characters from 1.</summary>
    private static string DescribePlace(string query, int position)
    {
        var before = query[..Math.Min(position - 1, query.Length)];
        var line = before.Count(c => c == '\n') + 1;
        var column = before.Length - (before.LastIndexOf('\n') + 1) + 1;
        return string.Create(CultureInfo.InvariantCulture, $"line {line}, column {column}");
    }
}
