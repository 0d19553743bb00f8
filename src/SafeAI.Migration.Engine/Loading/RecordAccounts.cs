namespace SafeAI.Migration.Engine.Loading;

/// <summary>What became of a record; the greater value wins where its items fared differently.</summary>
internal enum RecordOutcome
{
    Unknown = 0,
    Unchanged = 1,
    Loaded = 2,
    Rejected = 3,
}

/// <summary>A record's place in the accounts: its stream's number and its ordinal.</summary>
internal readonly record struct RecordTicket(int Source, long Ordinal);

/// <summary>
/// Keeps one of four outcomes for every record of a session, two bits each, so that five million records take little
/// more than a megabyte. Safe for several threads.
/// </summary>
internal sealed class RecordAccounts
{
    private const int PerChunk = 1 << 16;

    private readonly object _lock = new();
    private readonly Dictionary<RecordSource, int> _numbers = new(ReferenceEqualityComparer.Instance);
    private readonly List<RecordSource> _sources = [];
    private readonly List<Dictionary<long, ulong[]>> _chunks = [];
    private readonly HashSet<ConversionCounts> _conversions = new(ReferenceEqualityComparer.Instance);
    private readonly RecordSource _loose = new("pipeline");
    private readonly long[] _counts = new long[4];
    private readonly HashSet<RecordSource> _entered = new(ReferenceEqualityComparer.Instance);
    private readonly List<bool> _isReserved = [];
    private int _streamCount;
    private long _turnedAway;
    private RecordSource? _lastSource;
    private int _lastNumber;
    private ConversionCounts? _lastConversion;

    /// <summary>The streams whose counts are those of the run.</summary>
    public IReadOnlyList<RecordSource> Sources
    {
        get
        {
            lock (_lock)
                return _entered.Count > 0 ? [.. _entered] : [.. _sources];
        }
    }

    /// <summary>How many streams there are.</summary>
    public int StreamCount => Volatile.Read(ref _streamCount);

    /// <summary>The names of the streams, in the order of their numbers.</summary>
    public IReadOnlyList<string> StreamNames
    {
        get
        {
            lock (_lock)
                return [.. _sources.Select(s => s.Name)];
        }
    }

    /// <summary>Gives the streams of an earlier process of the same run the numbers that they had: the first to come of each name takes the first.</summary>
    /// <param name="names">The names in the order of the numbers.</param>
    /// <param name="closed">How many of the first do not come again.</param>
    public void Reserve(IEnumerable<string> names, int closed)
    {
        lock (_lock)
        {
            foreach (var name in names)
            {
                _sources.Add(new RecordSource(name));
                _chunks.Add([]);
                _isReserved.Add(_streamCount >= closed);
                _streamCount++;
            }
        }
    }

    /// <summary>The number of a stream; null where none of its items came.</summary>
    public int? NumberOfKnown(RecordSource source)
    {
        lock (_lock)
            return _numbers.TryGetValue(source, out var number) ? number : null;
    }

    /// <summary>The stream with a number.</summary>
    public RecordSource StreamOf(int number)
    {
        lock (_lock)
            return _sources[number];
    }

    /// <summary>Finds the place of an item's record; an item without one is its own record.</summary>
    public RecordTicket TicketFor(GraphItem item)
    {
        lock (_lock)
        {
            if (item.GetConversion() is { } conversion && !ReferenceEquals(conversion, _lastConversion))
            {
                _conversions.Add(conversion);
                _lastConversion = conversion;
            }

            if (item.GetRecord() is not { } record)
            {
                _loose.AddRead();
                return new RecordTicket(NumberOf(_loose), _loose.Read);
            }

            return TicketFor(record);
        }
    }

    /// <summary>Finds the place of a record.</summary>
    public RecordTicket TicketFor(Record record)
    {
        lock (_lock)
            return new RecordTicket(NumberOf(record.GetSource()), record.GetPosition().Ordinal);
    }

    /// <summary>
    /// Enters a stream of which perhaps no record arrives. Once one is entered, only those count for what was read, since
    /// the records of a set of files name their own file each.
    /// </summary>
    public void Enter(RecordSource source)
    {
        lock (_lock)
            _entered.Add(source);
    }

    /// <summary>Enters a conversion of which perhaps no item arrives.</summary>
    public void Enter(ConversionCounts conversion)
    {
        lock (_lock)
            _conversions.Add(conversion);
    }

    public void Settle(RecordTicket ticket, RecordOutcome outcome)
    {
        lock (_lock)
        {
            var chunks = _chunks[ticket.Source];
            if (!chunks.TryGetValue(ticket.Ordinal / PerChunk, out var chunk))
                chunks[ticket.Ordinal / PerChunk] = chunk = new ulong[PerChunk / 32];
            var place = (int)(ticket.Ordinal % PerChunk);
            var shift = place % 32 * 2;
            var before = (RecordOutcome)(chunk[place / 32] >> shift & 3);
            if (outcome <= before)
                return;
            chunk[place / 32] = (chunk[place / 32] & ~(3UL << shift)) | (ulong)outcome << shift;
            _counts[(int)before]--;
            _counts[(int)outcome]++;
        }
    }

    /// <summary>The figures so far: what was read adds up to the other four.</summary>
    public (long Read, long Loaded, long Unchanged, long Rejected, long Skipped) Total()
    {
        lock (_lock)
        {
            var loaded = _counts[(int)RecordOutcome.Loaded];
            var unchanged = _counts[(int)RecordOutcome.Unchanged];
            IReadOnlyCollection<RecordSource> counted = _entered.Count > 0 ? _entered : _sources;
            var rejected = _counts[(int)RecordOutcome.Rejected] + counted.Sum(s => s.Rejected) + _conversions.Sum(c => c.Rejected);

            // A record that is read once and converted twice is two records to the load.
            var read = Math.Max(counted.Sum(s => s.Read), loaded + unchanged + rejected + _conversions.Sum(c => c.Skipped));
            return (read, loaded, unchanged, rejected, read - loaded - unchanged - rejected);
        }
    }

    /// <summary>Counts a record as rejected that a validation with an error budget of its own turned away.</summary>
    public void TurnAway(Record record)
    {
        lock (_lock)
        {
            var before = _counts[(int)RecordOutcome.Rejected];
            Settle(TicketFor(record), RecordOutcome.Rejected);
            _turnedAway += _counts[(int)RecordOutcome.Rejected] - before;
        }
    }

    /// <summary>The error of a load that rejected more than its budget allows; null where it did not.</summary>
    /// <param name="budget">The budget.</param>
    /// <param name="isAtEnd">Whether all was read. A share says little of few records.</param>
    public MigrationException? OverBudget(ErrorBudget budget, bool isAtEnd)
    {
        long read, rejected;
        lock (_lock)
        {
            (read, _, _, rejected, _) = Total();
            rejected -= _turnedAway;
        }

        if (!budget.IsExceeded(rejected, read) || (!isAtEnd && budget.Count is null && read < 1000))
            return null;
        return new MigrationException(
            ErrorCode.ErrorBudgetExceeded,
            $"{rejected} of {read} records were rejected; the error budget allows {budget}.",
            "Mend the rejected records and run the migration again, or allow more.") { Stage = MigrationStage.Load };
    }

    /// <summary>Records from which the conversions made nothing.</summary>
    public long SkippedByConversion
    {
        get
        {
            lock (_lock)
                return _conversions.Sum(c => c.Skipped);
        }
    }

    private int NumberOf(RecordSource source)
    {
        if (ReferenceEquals(source, _lastSource))
            return _lastNumber;
        if (!_numbers.TryGetValue(source, out var number))
        {
            number = _isReserved.FindIndex(r => r) < 0 ? -1 : Enumerable.Range(0, _isReserved.Count).FirstOrDefault(i => _isReserved[i] && _sources[i].Name == source.Name, -1);
            if (number >= 0)
            {
                _sources[number] = source;
                _isReserved[number] = false;
            }
            else
            {
                number = _sources.Count;
                _sources.Add(source);
                _chunks.Add([]);
                _isReserved.Add(false);
                _streamCount++;
            }

            _numbers[source] = number;
        }

        _lastSource = source;
        _lastNumber = number;
        return number;
    }
}
