namespace SafeAI.Migration.Engine.Transformation;

/// <summary>What becomes of a record that was held against those before it.</summary>
internal enum Verdict
{
    Take,
    Skip,
    HeldBack,
    Supersedes,
    Failed,
}

/// <summary>Remembers the keys of all records of a run, at any number, and finds those that come again.</summary>
internal sealed class Deduplicator(DeduplicationMapping mapping, int memoryLimit) : IDisposable
{
    private readonly KeyTable _keys = new(memoryLimit);
    private readonly RecordSpool _spool = new();
    private readonly RecordPlaces _places = new();

    public DeduplicationMapping Mapping => mapping;

    /// <summary>Whether records are held back.</summary>
    public bool HoldsBack => mapping.Keep == KeepPolicy.Last;

    public Verdict Judge(ValueProgram[] key, RuleCounter counter, Evaluation evaluation)
    {
        var texts = new string[key.Length];
        for (var i = 0; i < key.Length; i++)
        {
            var value = key[i].Run(evaluation);
            if (evaluation.Failed)
                return Verdict.Failed;
            texts[i] = GraphText.Format(value);
            if (texts[i].Length == 0)
                return HoldsBack ? HoldBack(null, evaluation.Record, out _) : Verdict.Take;
        }

        var id = KeyTable.KeyOf(texts);
        if (HoldsBack)
        {
            var verdict = HoldBack(id, evaluation.Record, out var superseded);
            if (superseded is { } earlier)
                counter.NoteDropped(earlier, Shown(texts));
            else
                counter.NoteSeen();
            return verdict;
        }

        if (_keys.GetOrAdd(id, _places.Encode(evaluation.Record)) is not { } first)
        {
            counter.NoteSeen();
            return Verdict.Take;
        }

        if (mapping.Keep == KeepPolicy.First)
        {
            counter.NoteDropped(evaluation.Record.GetPosition(), Shown(texts));
            return Verdict.Skip;
        }

        var isPrivate = Array.Exists(key, k => k.IsPrivate);
        var shown = isPrivate ? "The private key" : $"The key '{Shown(texts)}'";
        evaluation.Fail(ErrorCode.DuplicateKey, $"{shown} of {string.Join(", ", mapping.Key)} occurred already at {_places.Decode(first)}.", isPrivate ? null : Shown(texts));
        counter.NoteReject(Shown(texts), evaluation);
        evaluation.Blame(mapping.Path, string.Join(", ", mapping.Key));
        return Verdict.Failed;
    }

    /// <summary>The records that were held back, in the order in which they came, without those that came again.</summary>
    public IEnumerable<Record> TakeHeldBack() => _spool.Drain();

    public void Dispose()
    {
        _keys.Dispose();
        _spool.Dispose();
    }

    private Verdict HoldBack(UInt128? key, Record record, out RecordPosition? superseded) =>
        (superseded = _spool.Add(key, record)) is not null ? Verdict.Supersedes : Verdict.HeldBack;

    private static string Shown(string[] key) => string.Join(", ", key);
}
