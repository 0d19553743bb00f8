namespace SafeAI.Migration.Engine.Extraction.Databases;

/// <summary>What to read from a database through its own ADO.NET provider: either a table or a query.</summary>
public sealed record AdoNetSourceOptions
{
    /// <summary>The provider's assembly, a .dll file that the user has; what it needs lies in the same folder.</summary>
    public required string ProviderPath { get; init; }

    /// <summary>The full name of the <c>DbProviderFactory</c> in it; null where there is only one.</summary>
    public string? FactoryType { get; init; }

    /// <summary>The connection string in the provider's own words.</summary>
    public required string ConnectionString { get; init; }

    /// <summary>The user, set as <c>User ID</c>; wins over the connection string's.</summary>
    public string? UserName { get; init; }

    /// <summary>The password, set as <c>Password</c>; wins over the connection string's.</summary>
    public string? Password { get; init; }

    /// <summary>The table or view, with its schema where it needs one: <c>dbo.customers</c>. Each part is quoted as the provider quotes.</summary>
    public string? Table { get; init; }

    /// <summary>One statement that returns rows, in the database's own SQL.</summary>
    public string? Query { get; init; }

    /// <summary>The values of the query's parameters, by name as the provider expects it.</summary>
    public IReadOnlyDictionary<string, object?> Parameters { get; init; } = new Dictionary<string, object?>();

    /// <inheritdoc/>
    public override string ToString() => nameof(AdoNetSourceOptions);
}
