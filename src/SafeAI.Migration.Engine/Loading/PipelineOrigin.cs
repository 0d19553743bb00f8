using SafeAI.Migration.Engine.Journal;

namespace SafeAI.Migration.Engine.Loading;

/// <summary>
/// What a run from a pipeline is made of: its sources and mappings, kept with the run as they are met, before anything of them
/// is sent. Where the pipeline comes again to resume the run, they are held against what they were.
/// </summary>
/// <param name="journal">The run.</param>
/// <param name="isForced">Whether the run goes on although something has changed.</param>
internal sealed class PipelineOrigin(RunJournal journal, bool isForced)
{
    // A folder may have any number of files; the first ones tell it from another.
    private const int MostSources = 1000;

    private readonly List<MigrationRunSource> _sources = [.. journal.Run.Sources];
    private readonly List<string> _mappings = [.. (journal.Run.MappingHash ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries)];
    private readonly HashSet<object> _met = new(ReferenceEqualityComparer.Instance);
    private readonly HashSet<int> _sourcesToCome = [.. Enumerable.Range(0, journal.Run.Sources.Count)];
    private HashSet<string>? _mappingsToCome;
    private RecordSource? _lastSource;
    private ConversionCounts? _lastConversion;

    /// <summary>Looks at what an item came from.</summary>
    /// <exception cref="MigrationException"><see cref="ErrorCode.SourceChanged"/>: it is not what the run began with.</exception>
    public void Meet(GraphItem item)
    {
        if (item.GetConversion() is { } conversion && !ReferenceEquals(conversion, _lastConversion))
        {
            if (conversion.MappingHash is { } hash && _met.Add(conversion))
                MeetMapping(hash);
            _lastConversion = conversion;
        }

        if (item.GetRecord()?.GetSource() is { } source && !ReferenceEquals(source, _lastSource))
        {
            if (_met.Add(source))
                MeetSource(new MigrationRunSource(source.Name, source.Fingerprint));
            _lastSource = source;
        }
    }

    /// <summary>Says that everything came.</summary>
    /// <exception cref="MigrationException"><see cref="ErrorCode.SourceChanged"/>: nothing came of a source that the run began with.</exception>
    public void End()
    {
        if (_sourcesToCome.Count > 0)
            Refuse($"The run {journal.Run.Id} reads {string.Join(", ", _sourcesToCome.Order().Take(3).Select(i => _sources[i].Name))} as well, of which nothing came.");
    }

    private void MeetMapping(string hash)
    {
        _mappingsToCome ??= [.. _mappings];
        if (_mappings.Contains(hash))
        {
            _mappingsToCome.Remove(hash);
            return;
        }

        if (_mappingsToCome.Count > 0)
        {
            Refuse($"The mapping is not what it was when the run {journal.Run.Id} began.");
            _mappings.Clear();
            _mappingsToCome.Clear();
        }

        _mappings.Add(hash);
        Keep();
    }

    private void MeetSource(MigrationRunSource source)
    {
        var place = _sources.FindIndex(s => s.Name == source.Name);
        while (place >= 0 && place < journal.Run.Sources.Count && !_sourcesToCome.Contains(place))
            place = _sources.FindIndex(place + 1, s => s.Name == source.Name);
        if (place >= 0 && _sourcesToCome.Remove(place))
        {
            if (_sources[place].Fingerprint is null || _sources[place].Fingerprint == source.Fingerprint)
                return;
            Refuse($"The source {source.Name} is not what it was when the run {journal.Run.Id} began.");
            _sources[place] = source;
            Keep();
            return;
        }

        if (_sources.Count >= MostSources)
            return;
        if (_sourcesToCome.Count > 0)
            Refuse($"The run {journal.Run.Id} reads {string.Join(", ", _sourcesToCome.Order().Take(3).Select(i => _sources[i].Name))}, and not {source.Name} before that.");
        _sources.Add(source);
        Keep();
    }

    private void Refuse(string what)
    {
        if (!isForced)
            throw new MigrationException(ErrorCode.SourceChanged, what, "Run the migration anew, or insist with -Force: what is at the destination already is recognised there.");
    }

    private void Keep() => journal.Describe(_sources, _mappings.Count == 0 ? null : string.Join(' ', _mappings));
}
