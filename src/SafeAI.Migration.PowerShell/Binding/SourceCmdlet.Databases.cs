using System.Collections;
using System.Management.Automation;
using SafeAI.Migration.Engine.Extraction;
using SafeAI.Migration.Engine.Extraction.Databases;

namespace SafeAI.Migration.PowerShell.Binding;

/// <content>Which databases are read.</content>
public abstract partial class SourceCmdlet
{
    /// <summary>A PostgreSQL database: Host=…;Database=…;Username=… or postgresql://user@host/database; with -Provider, a connection string in the provider's words. Without -Table and -Query, all tables are read as of one moment, in the order of their foreign keys.</summary>
    [Parameter(Mandatory = true, ParameterSetName = DatabaseSet)]
    [ValidateNotNullOrEmpty]
    public string? ConnectionString { get; set; }

    /// <summary>An ADO.NET provider for another database than PostgreSQL: the path of its assembly, which the user has, with what it needs in the same folder.</summary>
    [Parameter(ParameterSetName = DatabaseSet)]
    [ValidateNotNullOrEmpty]
    public string? Provider { get; set; }

    /// <summary>The full name of the provider's factory class, where its assembly has several.</summary>
    [Parameter(ParameterSetName = DatabaseSet)]
    [ValidateNotNullOrEmpty]
    public string? ProviderFactory { get; set; }

    /// <summary>The table or view to read, for instance public.customers. Of a SQLite file or an SQL dump, the table in it; without it all tables.</summary>
    [Parameter(ParameterSetName = DatabaseSet)]
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    [ValidateNotNullOrEmpty]
    public string? Table { get; set; }

    /// <summary>The schema of a table that is named without one; where no table is named, the schema all of whose tables are read.</summary>
    [Parameter(ParameterSetName = DatabaseSet)]
    [ValidateNotNullOrEmpty]
    public string? Schema { get; set; }

    /// <summary>A statement that returns rows, for a database or a SQLite file. In PostgreSQL it runs in a read-only session.</summary>
    [Parameter(ParameterSetName = DatabaseSet)]
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    [ValidateNotNullOrEmpty]
    public string? Query { get; set; }

    /// <summary>The values of the query's parameters, by name: @{ since = '2025-01-01' } for @since.</summary>
    [Parameter(ParameterSetName = DatabaseSet)]
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    public Hashtable? Parameter { get; set; }

    /// <summary>The user and password of a database or an API, so that they need not be in the connection string; with -AuthorizationUri a client's id and secret.</summary>
    [Parameter(ParameterSetName = DatabaseSet)]
    [Parameter(ParameterSetName = UriSet)]
    [ValidateNotNull]
    public PSCredential? Credential { get; set; }

    /// <summary>The records of a PostgreSQL table may come in any order, so that up to -ThrottleLimit connections read it at once, all as of one moment.</summary>
    [Parameter(ParameterSetName = DatabaseSet)]
    public SwitchParameter Unordered { get; set; }

    /// <summary>How many connections read a PostgreSQL table at once with -Unordered, at most: a further one begins only where the pipeline waits for records.</summary>
    [Parameter(ParameterSetName = DatabaseSet)]
    [ValidateRange(1, 64)]
    public int ThrottleLimit { get; set; } = 4;

    private int Readers => Unordered ? ThrottleLimit : 1;

    private Dictionary<string, object?> QueryParameters =>
        Parameter?.Cast<DictionaryEntry>().ToDictionary(e => e.Key.ToString()!, e => InputBinder.Unwrap(e.Value)) ?? [];

    private void ReadDatabase(Action<IRecordSource> read)
    {
        if (Provider is not null)
        {
            ReadTarget(ProviderTarget(FullPath(Provider)), read);
        }
        else if (Table is null && Query is null)
        {
            ReadWholeDatabase(read);
        }
        else
        {
            ReadTarget(
                new SourceTarget(Table ?? Query!, async token => await PostgreSqlSource.OpenAsync(
                    new PostgreSqlSourceOptions
                    {
                        ConnectionString = ConnectionString!,
                        UserName = Credential?.UserName,
                        Password = Credential?.GetNetworkCredential().Password,
                        Schema = Schema,
                        Table = Table,
                        Query = Query,
                        Parameters = QueryParameters,
                        AfterKey = AfterKey,
                        StartAfter = StartAfter,
                        Readers = Readers,
                        OrderByKey = !Unordered,
                        CountRows = Validate,
                    },
                    token).ConfigureAwait(false)),
                read);
        }
    }

    private void ReadWholeDatabase(Action<IRecordSource> read) => OrError(Schema ?? "database", () =>
    {
        if (After is not null)
            throw new MigrationException(ErrorCode.InvalidOptions, "-After needs a table or a file, not a whole database.", "Name the table.");
        var database = Task.Run(() => PostgreSqlDatabase.OpenAsync(
            new PostgreSqlConnectionOptions
            {
                ConnectionString = ConnectionString!,
                UserName = Credential?.UserName,
                Password = Credential?.GetNetworkCredential().Password,
                Schema = Schema,
            },
            StoppingToken)).GetAwaiter().GetResult();
        try
        {
            // A view repeats what the tables hold.
            foreach (var table in database.Catalog.Tables.Where(t => !t.IsView))
                ReadTarget(new SourceTarget(table.ToString(), async token => await database.OpenTableAsync(table, Readers, Validate, token).ConfigureAwait(false)), read);
        }
        finally
        {
            database.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    });

    private SourceTarget ProviderTarget(string path)
    {
        return new SourceTarget(Table ?? Query ?? path, async token =>
        {
            if (After is not null)
                throw new MigrationException(ErrorCode.InvalidOptions, "-After does not go with -Provider: nothing is known of the database's order.", "Say it in a query.");
            return await AdoNetSource.OpenAsync(
                new AdoNetSourceOptions
                {
                    ProviderPath = path,
                    FactoryType = ProviderFactory,
                    ConnectionString = ConnectionString!,
                    UserName = Credential?.UserName,
                    Password = Credential?.GetNetworkCredential().Password,
                    Table = Table is null || Schema is null ? Table : $"{Schema}.{Table}",
                    Query = Query,
                    Parameters = QueryParameters,
                },
                token).ConfigureAwait(false);
        });
    }

    private void ReadSqlite(string path, Action<IRecordSource> read)
    {
        if (Table is not null || Query is not null)
        {
            ReadTarget(SqliteTarget(path, Table), read);
            return;
        }

        OrError(path, () =>
        {
            if (After is not null)
                throw new MigrationException(ErrorCode.InvalidOptions, "-After needs a table or a file, not a whole database.", "Name the table.");
            foreach (var table in SqliteCatalog.Read(path).Tables.Where(t => !t.IsView))
                ReadTarget(SqliteTarget(path, table.Name), read);
        });
    }

    private SourceTarget SqliteTarget(string path, string? table) => new(path, _ => Task.FromResult<IRecordSource>(SqliteSource.Open(new SqliteSourceOptions
    {
        Path = path,
        Table = table,
        Query = Query,
        Parameters = QueryParameters,
        AfterKey = AfterKey,
        StartAfter = StartAfter,
        CountRows = Validate,
    })));
}
