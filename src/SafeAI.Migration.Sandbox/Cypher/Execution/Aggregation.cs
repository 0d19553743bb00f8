using SafeAI.Migration.Sandbox.Values;

namespace SafeAI.Migration.Sandbox.Cypher.Execution;

/// <summary>Sums up one aggregate over the rows of one group.</summary>
internal abstract class Aggregator
{
    public abstract void Add(object? value);

    public abstract object? Result();
}

/// <summary>One aggregate of a projection.</summary>
/// <param name="Argument">What it is over; null for <c>count(*)</c>.</param>
/// <param name="Distinct">Whether equal values count once.</param>
/// <param name="Create">Makes its state for a group.</param>
/// <param name="Slot">Where its result goes.</param>
internal sealed record Aggregate(Evaluator? Argument, bool Distinct, Func<Aggregator> Create, int Slot);

/// <summary>Groups rows by some expressions and sums the others up.</summary>
internal sealed class AggregateOperator((Evaluator Value, int Slot)[] keys, Aggregate[] aggregates) : Operator
{
    public override Sink Open(RunContext context, Sink next) => new AggregateSink(keys, aggregates, context, next);

    private sealed class AggregateSink((Evaluator Value, int Slot)[] keys, Aggregate[] aggregates, RunContext context, Sink next)
        : PipeSink(next)
    {
        private readonly int[] _slots = [.. keys.Select(k => k.Slot)];
        private readonly Dictionary<RowKey, Group> _groups = [];
        private readonly List<Group> _order = [];

        public override bool Push(object?[] row)
        {
            foreach (var (value, slot) in keys)
            {
                row[slot] = value(row, context);
            }

            Group? group;
            if (keys.Length == 0)
            {
                if (_order.Count == 0)
                    _order.Add(new Group(new object?[row.Length], aggregates));
                group = _order[0];
            }
            else
            {
                var key = new RowKey(row, _slots);
                if (!_groups.TryGetValue(key, out group))
                {
                    var result = new object?[row.Length];
                    foreach (var slot in _slots)
                    {
                        result[slot] = row[slot];
                    }

                    group = new Group(result, aggregates);
                    _groups.Add(key, group);
                    _order.Add(group);
                }
            }

            group.Add(row, aggregates, context);
            return true;
        }

        public override void Finish()
        {
            // Without grouping keys there is one row even over nothing.
            if (keys.Length == 0 && _order.Count == 0)
                _order.Add(new Group(new object?[context.RowWidth], aggregates));
            foreach (var group in _order)
            {
                if (!Next.Push(group.Finish(aggregates)))
                    break;
            }

            Next.Finish();
        }
    }

    private sealed class Group(object?[] row, Aggregate[] aggregates)
    {
        private readonly Aggregator[] _states = Array.ConvertAll(aggregates, a => a.Create());
        private readonly HashSet<object?>?[] _seen =
            Array.ConvertAll(aggregates, a => a.Distinct ? new HashSet<object?>(ValueComparison.Equivalence) : null);

        public void Add(object?[] source, Aggregate[] aggregates, RunContext context)
        {
            for (var i = 0; i < aggregates.Length; i++)
            {
                var value = aggregates[i].Argument is { } argument ? argument(source, context) : Box.True;
                if (value is not null && (_seen[i]?.Add(value) ?? true))
                    _states[i].Add(value);
            }
        }

        public object?[] Finish(Aggregate[] aggregates)
        {
            for (var i = 0; i < aggregates.Length; i++)
            {
                row[aggregates[i].Slot] = _states[i].Result();
            }

            return row;
        }
    }
}

/// <summary>The aggregating functions.</summary>
internal static class Aggregators
{
    public static Func<Aggregator>? Find(string name) => name.ToUpperInvariant() switch
    {
        "COUNT" => static () => new Count(),
        "COLLECT" => static () => new Collect(),
        "SUM" => static () => new Sum(),
        "AVG" => static () => new Average(),
        "MIN" => static () => new Extreme(-1),
        "MAX" => static () => new Extreme(1),
        _ => null,
    };

    private static CypherException NotANumber(string function, object? value) =>
        CypherException.Type($"{function}() can only handle numerical values, duration, and null; got {ValueText.TypeOf(value)}: {ValueText.Of(value)}");

    private sealed class Count : Aggregator
    {
        private long _count;

        public override void Add(object? value) => _count++;

        public override object Result() => Box.Of(_count);
    }

    private sealed class Collect : Aggregator
    {
        private readonly List<object?> _items = [];

        public override void Add(object? value) => _items.Add(value);

        public override object Result() => _items.ToArray();
    }

    private sealed class Sum : Aggregator
    {
        private object _sum = Box.Of(0);

        public override void Add(object? value) =>
            _sum = value is long or double ? Truth.Add(_sum, value)! : throw NotANumber("sum", value);

        public override object Result() => _sum;
    }

    private sealed class Average : Aggregator
    {
        private double _sum;
        private long _count;

        public override void Add(object? value)
        {
            _sum += value is long or double ? Truth.ToDouble(value) : throw NotANumber("avg", value);
            _count++;
        }

        public override object? Result() => _count == 0 ? null : _sum / _count;
    }

    private sealed class Extreme(int sign) : Aggregator
    {
        private object? _value;

        // Across types: numbers are above strings, strings above lists, whatever the order of sorting.
        public override void Add(object? value)
        {
            if (_value is null || Math.Sign(ValueComparison.Order.Compare(value, _value)) == sign)
                _value = value;
        }

        public override object? Result() => _value;
    }
}
