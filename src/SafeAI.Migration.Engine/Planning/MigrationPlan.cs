using System.Text.Json;
using SafeAI.Migration.Engine.Transformation;

namespace SafeAI.Migration.Engine.Planning;

/// <summary>A migration run whole: what is read, how it is mapped and checked, where it goes, when, and what is left behind.</summary>
public sealed record MigrationPlan
{
    /// <summary>What to call it in messages.</summary>
    public string Name { get; init; } = "migration";

    /// <summary>The folder that paths of what is read are relative to: the plan file's own.</summary>
    public required string Folder { get; init; }

    /// <summary>What is read, in order; at least one.</summary>
    public required IReadOnlyList<PlanSource> Sources { get; init; }

    /// <summary>Cleaning rules that work before those of each source's mapping.</summary>
    public IReadOnlyList<CleaningRule> Cleaning { get; init; } = [];

    /// <summary>
    /// How strictly records are checked: strict ends the run as soon as more records are rejected than the error budget
    /// allows, lenient goes on to the end and judges then, none lets the run complete whatever was rejected. Null is lenient.
    /// </summary>
    public ValidationLevel? ValidationLevel { get; init; }

    /// <summary>
    /// What the nodes and relationships must be like: a validation configuration, or the path of its file as a JSON string;
    /// undefined for no check. The plan's level and error budget hold where it names none.
    /// </summary>
    public JsonElement Validation { get; init; }

    /// <summary>Whether there is a check of nodes and relationships.</summary>
    public bool IsValidated => Validation.ValueKind is JsonValueKind.Object or JsonValueKind.String;

    /// <summary>Where it goes.</summary>
    public required PlanDestination Destination { get; init; }

    /// <summary>How it is loaded.</summary>
    public LoadOptions Options { get; init; } = new();

    /// <summary>Requests a minute at most, from 1; null for as many as the platform allows.</summary>
    public int? MaxRequestsPerMinute { get; init; }

    /// <summary>When it may load; null for at any time.</summary>
    public MigrationWindows? Windows { get; init; }

    /// <summary>What it does outside of its windows.</summary>
    public OutsideWindowAction OutsideWindow { get; init; }

    /// <summary>Where rejects are kept, relative to the current folder; null for nowhere.</summary>
    public string? RejectPath { get; init; }

    /// <summary>What happens when the run fails: what was confirmed stays, to be resumed or put back later, or is put back at once.</summary>
    public FailureAction OnError { get; init; }

    /// <summary>The journal's file, relative to the current folder; null for the user's own.</summary>
    public string? JournalPath { get; init; }

    /// <summary>Where a report is written when the run has ended, however it did, relative to the current folder; null for nowhere. The ending tells the format: .json, .md, and a page otherwise.</summary>
    public string? ReportPath { get; init; }

    /// <summary>What is no fault but should be known, such as secrets in clear.</summary>
    public IReadOnlyList<PlanFault> Warnings { get; init; } = [];

    /// <summary>The plan as it was written, as JSON without the secrets that stood in it in clear; references stay references.</summary>
    public string StoredText { get; init; } = "{}";

    /// <summary>The same plan, the paths of what is written made whole.</summary>
    /// <param name="fullPath">Makes a path whole.</param>
    public MigrationPlan WithFullPaths(Func<string, string> fullPath)
    {
        ArgumentNullException.ThrowIfNull(fullPath);
        return this with
        {
            RejectPath = RejectPath is null ? null : fullPath(RejectPath),
            JournalPath = JournalPath is null ? null : fullPath(JournalPath),
            ReportPath = ReportPath is null ? null : fullPath(ReportPath),
            Destination = Destination with { Store = Destination.Store is null ? null : fullPath(Destination.Store) },
        };
    }

    /// <summary>The path of something that is read, as it is shown, too: without steps such as <c>./</c> in it.</summary>
    internal static string FullPath(string folder, string path) => Path.GetFullPath(Path.Combine(folder, path));

    // A record's own text would show secrets.
    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>What a run does outside of its windows.</summary>
public enum OutsideWindowAction
{
    /// <summary>It waits between two batches and goes on by itself.</summary>
    Wait,

    /// <summary>It ends and can be resumed.</summary>
    End,
}

/// <summary>Where a plan's data goes: a local store, or the platform.</summary>
public sealed record PlanDestination
{
    /// <summary>A graph store's file, relative to the current folder; null for the platform.</summary>
    public string? Store { get; init; }

    /// <summary>The platform's endpoint; null to take SAFEAI_ENDPOINT from the environment.</summary>
    public string? Endpoint { get; init; }

    /// <summary>The API key; null to take SAFEAI_API_KEY from the environment.</summary>
    public string? ApiKey { get; init; }

    /// <summary>The client id for client credentials in place of a key, or null.</summary>
    public string? ClientId { get; init; }

    /// <summary>The secret of the client credentials, or null.</summary>
    public string? ClientSecret { get; init; }

    /// <summary>Where statements are posted; null for the usual path.</summary>
    public string? QueryPath { get; init; }

    /// <summary>Where the schema is read; null for the usual path.</summary>
    public string? SchemaPath { get; init; }

    // A record's own text would show secrets.
    /// <inheritdoc/>
    public override string ToString() => Store ?? Endpoint ?? "SAFEAI_ENDPOINT";
}

/// <summary>Something to know about a place of a plan.</summary>
/// <param name="Path">The place, as a JSON path such as <c>$.sources[0].table</c>.</param>
/// <param name="Message">What is to be known, and what to do about it.</param>
public sealed record PlanFault(string Path, string Message)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Path}: {Message}";
}

/// <summary>A plan with faults, all of them at once.</summary>
public sealed class InvalidPlanException : MigrationException
{
    /// <summary>Creates a failure from at least one fault.</summary>
    /// <param name="plan">What to call the plan.</param>
    /// <param name="faults">The faults in the order of the plan.</param>
    /// <param name="inner">The cause.</param>
    public InvalidPlanException(string plan, IReadOnlyList<PlanFault> faults, Exception? inner = null)
        : base(ErrorCode.InvalidPlan, Describe(plan, faults), "Mend the plan, then run it again; about_SafeAI_Migration_Plans describes plans.", inner) => Faults = faults;

    /// <summary>The faults in the order of the plan.</summary>
    public IReadOnlyList<PlanFault> Faults { get; }

    private static string Describe(string plan, IReadOnlyList<PlanFault> faults)
    {
        ArgumentNullException.ThrowIfNull(faults);
        return $"The plan {plan} has {(faults.Count == 1 ? "a fault" : $"{faults.Count} faults")}: {string.Join("; ", faults)}.";
    }
}
