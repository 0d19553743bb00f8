using SafeAI.Migration.Engine.Extraction;
using SafeAI.Migration.Engine.Extraction.Databases;
using SafeAI.Migration.Engine.Extraction.Files;

namespace SafeAI.Migration.Engine.Transformation;

/// <summary>Opens what lookups name: a file, a table or query of an SQLite file, a table of a dump, or of a PostgreSQL database.</summary>
internal static class LookupSources
{
    /// <param name="lookup">The lookup.</param>
    /// <param name="folder">The folder that relative paths start from.</param>
    /// <param name="database">The database of lookups that name no file, or null.</param>
    /// <param name="mapping">What the mapping is called.</param>
    /// <param name="cancellationToken">Ends the attempt.</param>
    public static async Task<IRecordSource> OpenAsync(
        LookupMapping lookup, string? folder, PostgreSqlConnectionOptions? database, string mapping, CancellationToken cancellationToken)
    {
        if (lookup.File is null)
        {
            if (database is null)
                throw Fault(lookup, mapping, "The lookup is in a database, but none is at hand. Give its connection string, or name a file in 'path'.");
            return await PostgreSqlSource.OpenAsync(
                new PostgreSqlSourceOptions
                {
                    ConnectionString = database.ConnectionString,
                    UserName = database.UserName,
                    Password = database.Password,
                    Schema = lookup.Table is null ? null : database.Schema,
                    MaxReconnects = database.MaxReconnects,
                    Table = lookup.Table,
                    Query = lookup.Query,
                },
                cancellationToken).ConfigureAwait(false);
        }

        var path = Path.Combine(folder ?? "", lookup.File);
        if (SqliteSource.IsSqliteFile(path))
        {
            if (lookup.Table is null == lookup.Query is null)
                throw Fault(lookup, mapping, $"'{lookup.File}' is a database. Name the 'table' in it, or a 'query'.");
            return SqliteSource.Open(new SqliteSourceOptions { Path = path, Table = lookup.Table, Query = lookup.Query });
        }

        if (lookup.Query is not null)
            throw Fault(lookup, mapping, $"'{lookup.File}' is not an SQLite database, so that no 'query' can be asked.");
        FileFormat? format = null;
        if (lookup.Format is { } name)
            format = Enum.TryParse<FileFormat>(name, ignoreCase: true, out var known)
                ? known
                : throw new MigrationException(ErrorCode.UnknownFormat, $"'{name}' is not a format, at {lookup.Path} of the mapping.", $"Use one of {string.Join(", ", Enum.GetNames<FileFormat>())}.");
        return FileSources.Open(new FileSourceOptions { Path = path, Fingerprint = false, Format = format, Sql = new SqlDumpOptions { Table = lookup.Table } });
    }

    private static InvalidMappingException Fault(LookupMapping lookup, string mapping, string what) =>
        new(mapping, [new MappingFault(lookup.Path, ErrorCode.InvalidMapping, what)]);
}
