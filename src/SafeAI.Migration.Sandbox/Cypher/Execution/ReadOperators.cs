using SafeAI.Migration.Sandbox.Values;

namespace SafeAI.Migration.Sandbox.Cypher.Execution;

/// <summary>A sink that hands on what it makes.</summary>
internal abstract class PipeSink(Sink next) : Sink
{
    protected Sink Next { get; } = next;

    public override void Finish() => Next.Finish();
}

/// <summary>MATCH and OPTIONAL MATCH.</summary>
internal sealed class MatchOperator(Step first, int[] introduced, bool optional) : Operator
{
    public override Sink Open(RunContext context, Sink next) =>
        optional ? new OptionalSink(this, context, next) : new MatchSink(this, context, next);

    private sealed class MatchSink(MatchOperator plan, RunContext context, Sink next) : PipeSink(next)
    {
        private readonly Step _first = plan.First;

        public override bool Push(object?[] row) => _first.Run(row, context, Next);
    }

    private sealed class OptionalSink(MatchOperator plan, RunContext context, Sink next) : PipeSink(next)
    {
        public override bool Push(object?[] row)
        {
            var found = new FoundSink(Next);
            if (!plan.First.Run(row, context, found))
                return false;
            if (found.Any)
                return true;
            foreach (var slot in plan.Introduced)
            {
                row[slot] = null;
            }

            return Next.Push(row);
        }
    }

    private sealed class FoundSink(Sink next) : Sink
    {
        public bool Any { get; private set; }

        public override bool Push(object?[] row)
        {
            Any = true;
            return next.Push(row);
        }

        public override void Finish()
        {
        }
    }

    private Step First => first;

    private int[] Introduced => introduced;
}

/// <summary>UNWIND.</summary>
internal sealed class UnwindOperator(Evaluator list, int slot) : Operator
{
    public override Sink Open(RunContext context, Sink next) => new UnwindSink(list, slot, context, next);

    private sealed class UnwindSink(Evaluator list, int slot, RunContext context, Sink next) : PipeSink(next)
    {
        public override bool Push(object?[] row)
        {
            var value = list(row, context);
            if (value is null)
                return true;
            if (value is not object?[] items)
            {
                row[slot] = value;
                return Next.Push(row);
            }

            foreach (var item in items)
            {
                row[slot] = item;
                if (!Next.Push(row))
                    return false;
            }

            return true;
        }
    }
}

/// <summary>Computes the items of a projection into their places.</summary>
internal sealed class ProjectOperator((Evaluator Value, int Slot)[] items) : Operator
{
    public override Sink Open(RunContext context, Sink next) => new ProjectSink(items, context, next);

    private sealed class ProjectSink((Evaluator Value, int Slot)[] items, RunContext context, Sink next) : PipeSink(next)
    {
        public override bool Push(object?[] row)
        {
            foreach (var (value, slot) in items)
            {
                row[slot] = value(row, context);
            }

            return Next.Push(row);
        }
    }
}

/// <summary>WHERE after WITH.</summary>
internal sealed class FilterOperator(Evaluator condition) : Operator
{
    public override Sink Open(RunContext context, Sink next) => new FilterSink(condition, context, next);

    private sealed class FilterSink(Evaluator condition, RunContext context, Sink next) : PipeSink(next)
    {
        public override bool Push(object?[] row) => !Truth.Holds(condition(row, context)) || Next.Push(row);
    }
}

/// <summary>The values of some places of a row, compared as DISTINCT and grouping compare.</summary>
internal sealed class RowKey : IEquatable<RowKey>
{
    private readonly object?[] _values;
    private readonly int _hash;

    public RowKey(object?[] row, int[] slots)
    {
        _values = new object?[slots.Length];
        var hash = new HashCode();
        for (var i = 0; i < slots.Length; i++)
        {
            _values[i] = row[slots[i]];
            hash.Add(ValueComparison.Equivalence.GetHashCode(_values[i]!));
        }

        _hash = hash.ToHashCode();
    }

    public bool Equals(RowKey? other)
    {
        if (other is null || other._hash != _hash)
            return false;
        for (var i = 0; i < _values.Length; i++)
        {
            if (!ValueComparison.Equivalence.Equals(_values[i], other._values[i]))
                return false;
        }

        return true;
    }

    public override bool Equals(object? obj) => Equals(obj as RowKey);

    public override int GetHashCode() => _hash;
}

/// <summary>DISTINCT.</summary>
internal sealed class DistinctOperator(int[] slots) : Operator
{
    public override Sink Open(RunContext context, Sink next) => new DistinctSink(slots, next);

    private sealed class DistinctSink(int[] slots, Sink next) : PipeSink(next)
    {
        private readonly HashSet<RowKey> _seen = [];

        public override bool Push(object?[] row) => !_seen.Add(new RowKey(row, slots)) || Next.Push(row);
    }
}

/// <summary>SKIP and LIMIT.</summary>
internal sealed class LimitOperator(Evaluator? skip, Evaluator? limit) : Operator
{
    public override Sink Open(RunContext context, Sink next) =>
        new LimitSink(Count(skip, context, 0), Count(limit, context, long.MaxValue), next);

    /// <summary>The value of SKIP or LIMIT, which does not depend on any row.</summary>
    public static long Count(Evaluator? evaluator, RunContext context, long absent)
    {
        if (evaluator is null)
            return absent;
        var value = evaluator([], context);
        return value is >= 0L
            ? (long)value
            : throw CypherException.Argument($"Invalid input. '{ValueText.Of(value)}' is not a valid value. Must be a non-negative integer.");
    }

    private sealed class LimitSink(long skip, long limit, Sink next) : PipeSink(next)
    {
        private long _skip = skip;
        private long _left = limit;

        public override bool Push(object?[] row)
        {
            if (_left <= 0)
                return false;
            if (_skip > 0)
            {
                _skip--;
                return true;
            }

            _left--;
            return Next.Push(row) && _left > 0;
        }
    }
}

/// <summary>ORDER BY.</summary>
internal sealed class SortOperator((Evaluator Key, bool Descending)[] keys, Evaluator? skip, Evaluator? limit) : Operator
{
    public override Sink Open(RunContext context, Sink next)
    {
        var wanted = limit is null
            ? long.MaxValue
            : (long)UInt128.Min((UInt128)LimitOperator.Count(skip, context, 0) + (UInt128)LimitOperator.Count(limit, context, 0), long.MaxValue);
        return new SortSink(keys, wanted, context, next);
    }

    private sealed class SortSink((Evaluator Key, bool Descending)[] keys, long wanted, RunContext context, Sink next)
        : PipeSink(next)
    {
        private const int Slack = 4096;

        private readonly List<(object?[] Keys, object?[] Row, long Number)> _rows = [];
        private long _number;

        public override bool Push(object?[] row)
        {
            if (wanted == 0)
                return false;
            var values = new object?[keys.Length];
            for (var i = 0; i < keys.Length; i++)
            {
                values[i] = keys[i].Key(row, context);
            }

            _rows.Add((values, (object?[])row.Clone(), _number++));
            // Only the first rows are wanted: what cannot be among them any more goes early.
            if (wanted < int.MaxValue / 2 && _rows.Count >= (wanted * 2) + Slack)
            {
                _rows.Sort(Compare);
                _rows.RemoveRange((int)wanted, _rows.Count - (int)wanted);
            }

            return true;
        }

        public override void Finish()
        {
            _rows.Sort(Compare);
            foreach (var (_, row, _) in _rows)
            {
                if (!Next.Push(row))
                    break;
            }

            Next.Finish();
        }

        private int Compare((object?[] Keys, object?[] Row, long Number) a, (object?[] Keys, object?[] Row, long Number) b)
        {
            for (var i = 0; i < keys.Length; i++)
            {
                var order = ValueComparison.Order.Compare(a.Keys[i], b.Keys[i]);
                if (order != 0)
                    return keys[i].Descending ? -order : order;
            }

            return a.Number.CompareTo(b.Number);
        }
    }
}
