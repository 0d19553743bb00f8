using System.Collections;
using System.Text.Json;
using SafeAI.Migration.Engine.Journal;
using SafeAI.Migration.Engine.Validation;

namespace SafeAI.Migration.Engine.Planning;

/// <summary>
/// Reads plans. Names are matched whatever their case and underscores, so that <c>batchSize</c> and <c>batch_size</c>
/// are the same; a name that means nothing is a fault. All faults are found at once.
/// </summary>
public static class PlanFile
{
    /// <summary>Reads a plan file.</summary>
    /// <param name="path">The file: JSON in UTF-8, comments, trailing commas, single quotes, and True, False and None in place of their like allowed.</param>
    /// <param name="secrets">Gives the secrets that it refers to; null where there are none.</param>
    /// <exception cref="MigrationException"><see cref="ErrorCode.SourceNotFound"/>, or an <see cref="InvalidPlanException"/> with every fault found.</exception>
    public static MigrationPlan Load(string path, ISecretResolver? secrets = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var full = Path.GetFullPath(path);
        string text;
        try
        {
            text = File.ReadAllText(full);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MigrationException(ErrorCode.SourceNotFound, $"The plan {full} cannot be read: {e.Message}", "Check the path.", e);
        }

        return Parse(text, Path.GetDirectoryName(full)!, full, secrets);
    }

    /// <summary>Reads a plan.</summary>
    /// <param name="json">The text; comments, trailing commas, single quotes, and True, False and None in place of their like are allowed.</param>
    /// <param name="folder">The folder that paths of what is read are relative to.</param>
    /// <param name="name">What to call the plan in messages.</param>
    /// <param name="secrets">Gives the secrets that it refers to; null where there are none.</param>
    /// <exception cref="InvalidPlanException">It has faults.</exception>
    public static MigrationPlan Parse(string json, string folder, string name, ISecretResolver? secrets = null) =>
        Parse(json, folder, name, secrets, new PlanFaults());

    /// <summary>Reads a plan from nested dictionaries and lists, such as a PowerShell hashtable.</summary>
    /// <param name="plan">Dictionaries, lists, texts, numbers, true and false.</param>
    /// <param name="folder">The folder that paths of what is read are relative to.</param>
    /// <param name="name">What to call the plan in messages.</param>
    /// <param name="secrets">Gives the secrets that it refers to; null where there are none.</param>
    /// <exception cref="InvalidPlanException">It has faults.</exception>
    public static MigrationPlan FromDictionary(IDictionary plan, string folder, string name = "given", ISecretResolver? secrets = null)
    {
        ArgumentNullException.ThrowIfNull(plan);
        var faults = new PlanFaults();
        return Parse(PlanText.Write(plan, faults), folder, name, secrets, faults);
    }

    /// <summary>
    /// Finds the plan of a run again: reads its file, or, where it came from none, what the journal kept of it. All paths
    /// are then relative to the folder in which the run was begun.
    /// </summary>
    /// <param name="journal">The journal.</param>
    /// <param name="run">A run from a plan.</param>
    /// <param name="secrets">Gives the secrets that it refers to; null where there are none.</param>
    /// <exception cref="MigrationException">The file is gone, the plan has faults, or a secret stood in it in clear, which is not kept.</exception>
    public static MigrationPlan OfRun(JournalFile journal, MigrationRun run, ISecretResolver? secrets = null)
    {
        ArgumentNullException.ThrowIfNull(run);
        if (run.PlanPath is not null)
            return Load(run.PlanPath, secrets);
        var kept = RunJournal.PlanOf(journal, run.Id)
            ?? throw new MigrationException(ErrorCode.RunNotFound, $"The run {run.Id} comes from no plan.", "Run its pipeline again, with Import-SafeAIData -Resume.");
        return Parse(kept.Text, kept.Folder, $"of the run {run.Id}", secrets).WithFullPaths(p => Path.GetFullPath(p, kept.Folder));
    }

    /// <summary>Reads a plan, with the faults found so far.</summary>
    internal static MigrationPlan Parse(string json, string folder, string name, ISecretResolver? secrets, PlanFaults faults)
    {
        var warnings = new List<PlanFault>();
        string resolved, stored;
        try
        {
            using var document = PrintedJson.Parse(json);
            (resolved, stored) = new PlanReferences(folder, secrets ?? NoSecretResolver.Instance, faults, warnings).Resolve(document.RootElement);
        }
        catch (JsonException e)
        {
            throw new MigrationException(
                ErrorCode.InvalidPlan, $"The plan {name} is not JSON: line {e.LineNumber + 1}, column {e.BytePositionInLine + 1}.", "Mend it there.", e);
        }

        using (var document = JsonDocument.Parse(resolved))
        {
            var plan = new PlanReader(folder, faults).Read(document.RootElement);
            return faults.All.Count == 0
                ? plan with { Warnings = warnings, StoredText = stored }
                : throw new InvalidPlanException(name, faults.All);
        }
    }
}
