using SafeAI.Migration.Engine.Journal;

namespace SafeAI.Migration.Engine.Loading;

/// <summary>
/// What a resumed run has settled already and will meet again: a short hash of each item's content and what became of it,
/// nine bytes an item. An item that was settled twice is found twice.
/// </summary>
internal sealed class SettledItems
{
    private readonly object _lock = new();
    private readonly Dictionary<int, int> _taken = [];
    private readonly List<ulong> _added = [];
    private readonly List<byte> _addedOutcomes = [];
    private ulong[] _hashes = [];
    private byte[] _outcomes = [];

    /// <summary>How many are left.</summary>
    public int Count { get; private set; }

    public void Add(ulong contentHash, ItemOutcome outcome)
    {
        _added.Add(contentHash);
        _addedOutcomes.Add((byte)outcome);
    }

    /// <summary>Ends the adding.</summary>
    public void Seal()
    {
        _hashes = [.. _added];
        _outcomes = [.. _addedOutcomes];
        _added.Clear();
        _added.TrimExcess();
        _addedOutcomes.Clear();
        _addedOutcomes.TrimExcess();
        Array.Sort(_hashes, _outcomes);
        Count = _hashes.Length;
    }

    /// <summary>Finds an item and takes it out.</summary>
    public bool Take(ulong contentHash, out ItemOutcome outcome)
    {
        outcome = ItemOutcome.Pending;
        if (_hashes.Length == 0)
            return false;
        lock (_lock)
        {
            var first = FirstOf(contentHash);
            if (first < 0)
                return false;
            var place = first + _taken.GetValueOrDefault(first);
            if (place >= _hashes.Length || _hashes[place] != contentHash)
                return false;
            _taken[first] = place - first + 1;
            outcome = (ItemOutcome)_outcomes[place];
            Count--;
            return true;
        }
    }

    private int FirstOf(ulong hash)
    {
        var (low, high) = (0, _hashes.Length);
        while (low < high)
        {
            var middle = low + (high - low) / 2;
            if (_hashes[middle] < hash)
                low = middle + 1;
            else
                high = middle;
        }

        return low < _hashes.Length && _hashes[low] == hash ? low : -1;
    }
}
