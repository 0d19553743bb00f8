using System.Text.Json;
using SafeAI.Migration.Engine.Extraction.Apis;
using SafeAI.Migration.Engine.Extraction.Databases;
using SafeAI.Migration.Engine.Extraction.Files;

namespace SafeAI.Migration.Engine.Planning;

/// <summary>One source of a plan.</summary>
public abstract record PlanSource
{
    private protected PlanSource()
    {
    }

    /// <summary>The mapping: a file's path or <c>auto</c> as a JSON string, or the mapping itself as an object.</summary>
    public JsonElement Mapping { get; init; }

    /// <summary>Where it stands in the plan, as a JSON path.</summary>
    public string Place { get; init; } = "$.source";

    /// <summary>Whether the mapping is made from the source itself.</summary>
    public bool IsAutomatic => Mapping.ValueKind == JsonValueKind.String && Mapping.ValueEquals("auto");

    /// <summary>What to call it in messages, without any secret.</summary>
    public abstract string DisplayName { get; }

    /// <inheritdoc/>
    public sealed override string ToString() => DisplayName;
}

/// <summary>Files: delimited text, JSON, NDJSON or SQL dumps.</summary>
/// <param name="Options">Which, and how they are read; the path is whole.</param>
public sealed record FilePlanSource(FileSourceOptions Options) : PlanSource
{
    /// <inheritdoc/>
    public override string DisplayName => Options.Path;
}

/// <summary>A PostgreSQL table or query, several tables, a schema, or the whole database.</summary>
/// <param name="Options">The database, and the table or query where it is one only.</param>
public sealed record PostgreSqlPlanSource(PostgreSqlSourceOptions Options) : PlanSource
{
    /// <summary>The tables that are read where no single table or query is named; empty for all. <c>*</c> and <c>?</c> are wildcards.</summary>
    public IReadOnlyList<string> Tables { get; init; } = [];

    /// <summary>The tables that are left out; <c>*</c> and <c>?</c> are wildcards.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>Whether one table or query is read, and not several tables.</summary>
    public bool IsSingle => Options.Table is not null || Options.Query is not null;

    /// <inheritdoc/>
    public override string DisplayName =>
        $"{PostgreSqlConnection.Describe(PostgreSqlConnection.Parse(Options.ConnectionString))}{(Options.Table is not null ? " " + Options.Table : Options.Query is not null ? " query" : "")}";
}

/// <summary>A SQLite table or query, or all tables of the file.</summary>
/// <param name="Options">The file, whose path is whole, and the table or query where it is one only.</param>
public sealed record SqlitePlanSource(SqliteSourceOptions Options) : PlanSource
{
    /// <summary>The tables that are read where no single table or query is named; empty for all. <c>*</c> and <c>?</c> are wildcards.</summary>
    public IReadOnlyList<string> Tables { get; init; } = [];

    /// <summary>The tables that are left out; <c>*</c> and <c>?</c> are wildcards.</summary>
    public IReadOnlyList<string> Exclude { get; init; } = [];

    /// <summary>Whether one table or query is read, and not several tables.</summary>
    public bool IsSingle => Options.Table is not null || Options.Query is not null;

    /// <inheritdoc/>
    public override string DisplayName => Options.Path + (Options.Table is not null ? " " + Options.Table : Options.Query is not null ? " query" : "");
}

/// <summary>A table or query of any other database, through its ADO.NET provider.</summary>
/// <param name="Options">The provider, whose path is whole, the database, and the table or query.</param>
public sealed record AdoNetPlanSource(AdoNetSourceOptions Options) : PlanSource
{
    /// <inheritdoc/>
    public override string DisplayName => $"{Path.GetFileNameWithoutExtension(Options.ProviderPath)} {Options.Table ?? "query"}";
}

/// <summary>An HTTP API.</summary>
/// <param name="Options">Which, and how its pages follow each other.</param>
public sealed record RestPlanSource(RestSourceOptions Options) : PlanSource
{
    /// <inheritdoc/>
    public override string DisplayName => Options.Address.GetLeftPart(UriPartial.Path);
}
