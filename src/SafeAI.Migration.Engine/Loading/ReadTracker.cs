using SafeAI.Migration.Engine.Journal;

namespace SafeAI.Migration.Engine.Loading;

/// <summary>A part of the reading between two places from which it can go on, and how many of its nodes are not settled yet.</summary>
internal sealed class ReadStretch(ReadMark start)
{
    private int _outstanding;

    /// <summary>The place where it begins.</summary>
    public ReadMark Start { get; } = start;

    /// <summary>Whether every node of it that came so far is settled.</summary>
    public bool IsSettled => Volatile.Read(ref _outstanding) == 0;

    public void Enter() => Interlocked.Increment(ref _outstanding);

    public void Settle() => Interlocked.Decrement(ref _outstanding);
}

/// <summary>Knows up to which place of the reading every node is settled. Stretches are added from one thread; they are settled from any.</summary>
internal sealed class ReadTracker(ReadMark start)
{
    private readonly Queue<ReadStretch> _open = new([new ReadStretch(start)]);

    /// <summary>The stretch that is read at present.</summary>
    public ReadStretch Current { get; private set; } = null!;

    /// <summary>Begins; what comes belongs to the first stretch.</summary>
    public ReadTracker Begin()
    {
        Current = _open.Peek();
        return this;
    }

    /// <summary>Begins a new stretch at a place.</summary>
    public void Mark(ReadMark mark)
    {
        Current = new ReadStretch(mark);
        _open.Enqueue(Current);
    }

    /// <summary>The last place before which everything is settled.</summary>
    public ReadMark SettledMark()
    {
        while (_open.Count > 1 && _open.Peek().IsSettled)
            _open.Dequeue();
        return _open.Peek().Start;
    }
}
