namespace SafeAI.Migration.Engine.Loading;

/// <summary>
/// Follows the streams and conversions that a load meets, and hands on what was turned away of them before it came to the
/// load. What sources and conversions turn away they count themselves; what a validation turns away is counted here.
/// </summary>
/// <param name="keep">Keeps a reject.</param>
/// <param name="count">Counts a record as rejected.</param>
internal sealed class PipelineRejects(Action<Reject> keep, Action<Record> count) : IDisposable
{
    private readonly HashSet<RejectTrail> _followed = new(ReferenceEqualityComparer.Instance);
    private readonly List<IDisposable> _following = [];
    private RecordSource? _lastSource;
    private ConversionCounts? _lastConversion;

    /// <summary>Looks at what an item came from.</summary>
    public void Meet(GraphItem item)
    {
        if (item.GetConversion() is { } conversion && !ReferenceEquals(conversion, _lastConversion))
        {
            _lastConversion = conversion;
            Meet(conversion);
        }

        if (item.GetRecord()?.GetSource() is { } source && !ReferenceEquals(source, _lastSource))
        {
            _lastSource = source;
            Meet(source);
        }
    }

    /// <summary>Follows a conversion, whether anything came of it or not.</summary>
    public void Meet(ConversionCounts conversion) => Follow(conversion.TurnedAway, keep);

    /// <summary>Follows a stream, whether anything came of it or not.</summary>
    public void Meet(RecordSource source)
    {
        Follow(source.TurnedAway, keep);
        Follow(source.FoundInvalid, KeepInvalid);
    }

    /// <summary>Lets go of the streams.</summary>
    public void Dispose()
    {
        foreach (var following in _following)
            following.Dispose();
        _following.Clear();
    }

    private void KeepInvalid(Reject reject)
    {
        if ((reject.Record ?? reject.Item?.GetRecord()) is { } record)
            count(record);
        keep(reject);
    }

    private void Follow(RejectTrail trail, Action<Reject> listener)
    {
        if (_followed.Add(trail))
            _following.Add(trail.Follow(listener));
    }
}
