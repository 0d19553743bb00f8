using System.Text.Json;

namespace SafeAI.Migration.Engine.Planning;

/// <summary>A migration run whole: what is read, how it is mapped, where it goes.</summary>
public sealed record MigrationPlan
{
    /// <summary>What to call it in messages.</summary>
    public string Name { get; init; } = "migration";

    /// <summary>The folder that paths of what is read are relative to: the plan file's own.</summary>
    public required string Folder { get; init; }

    /// <summary>What is read, in order; at least one.</summary>
    public required IReadOnlyList<PlanSource> Sources { get; init; }

    /// <summary>Where it goes.</summary>
    public required PlanDestination Destination { get; init; }

    /// <summary>How it is loaded.</summary>
    public LoadOptions Options { get; init; } = new();

    /// <summary>Where rejects are kept, relative to the current folder; null for nowhere.</summary>
    public string? RejectPath { get; init; }
}

/// <summary>One source of a plan.</summary>
public sealed record PlanSource
{
    /// <summary>A file; null where the source is a database.</summary>
    public string? Path { get; init; }

    /// <summary>The file's format; null to tell it by name and content.</summary>
    public string? Format { get; init; }

    /// <summary>How to reach the database; null where the source is a file. May hold a secret, and is never shown.</summary>
    public string? ConnectionString { get; init; }

    /// <summary>The table to read, or null.</summary>
    public string? Table { get; init; }

    /// <summary>The query to run, or null.</summary>
    public string? Query { get; init; }

    /// <summary>The mapping: a file's path as a JSON string, or the mapping itself as an object.</summary>
    public JsonElement Mapping { get; init; }

    /// <inheritdoc/>
    public override string ToString() => Path ?? Table ?? "query";
}

/// <summary>Where a plan's data goes: a local store, or the platform.</summary>
public sealed record PlanDestination
{
    /// <summary>A graph store's file, relative to the current folder; null for the platform.</summary>
    public string? Store { get; init; }

    /// <summary>The platform's endpoint; null to take SAFEAI_ENDPOINT from the environment.</summary>
    public string? Endpoint { get; init; }

    /// <summary>The API key; null to take SAFEAI_API_KEY from the environment, which is better. Never shown.</summary>
    public string? ApiKey { get; init; }
}
