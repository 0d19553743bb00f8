using SafeAI.Migration.Engine.Journal;

namespace SafeAI.Migration.Engine.Loading;

/// <summary>Finds the run that a pipeline belongs to which comes again. What a pipeline is, shows when its first item comes.</summary>
public static class PipelineRuns
{
    /// <summary>The runs from pipelines into a destination that can be resumed, the newest first; one at least.</summary>
    /// <exception cref="MigrationException"><see cref="ErrorCode.RunNotFound"/>: there is none.</exception>
    public static IReadOnlyList<MigrationRun> Find(JournalFile journal, string destination)
    {
        ArgumentNullException.ThrowIfNull(journal);
        var newest = LoadRun.Find(journal, null, fromPlan: false, destination);
        return [newest, .. journal.Runs().Where(r => r.IsResumable && r.Kind == MigrationKind.Load && !r.IsFromPlan && r.Destination == destination && r.Id != newest.Id)];
    }

    /// <summary>Chooses the one whose first source and mapping are those of the pipeline; of several, the newest.</summary>
    /// <param name="runs">The runs, the newest first.</param>
    /// <param name="first">The pipeline's first item; null where none came.</param>
    /// <param name="force">Whether a run will do whose source has that name, or else whose mapping is that one, and that has changed otherwise.</param>
    /// <param name="warning">What is to be said of the choice; null for nothing.</param>
    /// <exception cref="MigrationException"><see cref="ErrorCode.RunNotFound"/>: the pipeline is none of theirs, or nothing came of it.</exception>
    public static MigrationRun Choose(IReadOnlyList<MigrationRun> runs, GraphItem? first, bool force, out string? warning)
    {
        ArgumentNullException.ThrowIfNull(runs);
        warning = null;
        var all = $"{runs.Count} runs from pipelines into {runs[0].Destination} can be resumed ({string.Join(", ", runs.Take(5).Select(r => r.Id))}{(runs.Count > 5 ? ", …" : "")})";
        if (first is null)
            throw new MigrationException(ErrorCode.RunNotFound, $"{all}, and nothing came of this pipeline that would tell whose it is.", "Give it the same pipeline as the run.");
        var source = first.GetRecord()?.GetSource();
        var mapping = first.GetConversion()?.MappingHash;
        List<MigrationRun> fitting = [.. runs.Where(r => HasSource(r, source, exactly: true) && HasMapping(r, mapping))];
        if (fitting.Count == 0 && force)
            fitting = [.. runs.Where(r => source is not null && HasSource(r, source, exactly: false))];
        if (fitting.Count == 0 && force)
            fitting = [.. runs.Where(r => mapping is not null && HasMapping(r, mapping))];
        if (fitting.Count == 0)
            throw new MigrationException(
                ErrorCode.RunNotFound, $"{all}, and none of them is of this pipeline: {string.Join("; ", runs.Take(5).Select(r => $"{r.Id} {WhyNot(r, source)}"))}.",
                "Give it the same pipeline as the run, or run the migration anew, without -Resume: what is at the destination already is recognised there. Where a source or mapping has changed since, insist with -Force.");
        if (fitting.Count > 1)
            warning = $"{fitting.Count} runs of this pipeline can be resumed; the newest, {fitting[0].Id}, goes on. The others stay as they are: {string.Join(", ", fitting.Skip(1).Take(5).Select(r => r.Id))}{(fitting.Count > 6 ? ", …" : "")}.";
        return fitting[0];
    }

    private static bool HasSource(MigrationRun run, RecordSource? source, bool exactly)
    {
        var known = run.Sources.Count > 0 ? run.Sources[0] : null;
        return source is null || known is null
            ? source is null && known is null
            : known.Name == source.Name && (!exactly || known.Fingerprint is null || known.Fingerprint == source.Fingerprint);
    }

    private static bool HasMapping(MigrationRun run, string? mapping) =>
        mapping is null ? run.MappingHash is null : run.MappingHash?.Split(' ').Contains(mapping) == true;

    private static string WhyNot(MigrationRun run, RecordSource? source) =>
        run.Sources.Count == 0 ? "has met no source"
        : !HasSource(run, source, exactly: false) ? $"began with {run.Sources[0].Name}"
        : !HasSource(run, source, exactly: true) ? $"began with {run.Sources[0].Name} as it was then"
        : "has another mapping";
}
