namespace SafeAI.Migration.Engine.Validation.Keys;

/// <summary>Positions as single numbers, so that millions of keys can remember where they were first seen.</summary>
internal sealed class PositionCode
{
    private const int SourceBits = 12;
    private const long LineBit = 1L << (62 - SourceBits);

    private readonly List<string> _sources = [];

    /// <summary>The number of a position. Of more than 4,000 sources the later ones share a place.</summary>
    public long Encode(RecordPosition position)
    {
        var source = SourceOf(position.Source ?? "");
        return ((long)source << (63 - SourceBits)) | (position.Line > 0 ? LineBit | position.Line : position.Ordinal);
    }

    /// <summary>The position of a number.</summary>
    public RecordPosition Decode(long code)
    {
        var source = _sources[(int)(code >> (63 - SourceBits))];
        var number = code & (LineBit - 1);
        return (code & LineBit) != 0 ? new RecordPosition(source, 0, number) : new RecordPosition(source, number);
    }

    private int SourceOf(string name)
    {
        for (var i = _sources.Count - 1; i >= 0; i--)
        {
            if (ReferenceEquals(_sources[i], name) || _sources[i] == name)
                return i;
        }

        if (_sources.Count == 4000)
            _sources.Add("(one of many sources)");
        if (_sources.Count > 4000)
            return 4000;
        _sources.Add(name);
        return _sources.Count - 1;
    }
}
