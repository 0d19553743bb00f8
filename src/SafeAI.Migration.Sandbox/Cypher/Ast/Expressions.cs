namespace SafeAI.Migration.Sandbox.Cypher.Ast;

/// <summary>An expression as it was written.</summary>
internal abstract class Expression(Position at)
{
    /// <summary>Where it starts.</summary>
    public Position At { get; } = at;

    /// <summary>
    /// The tokens of the expression without blanks and comments: two expressions with the same text mean the same in one scope.
    /// </summary>
    public string Canonical { get; set; } = "";

    /// <summary>The expression as written, which names an unaliased column.</summary>
    public string Source { get; set; } = "";

    /// <summary>The direct parts.</summary>
    public virtual IEnumerable<Expression> Children => [];
}

internal enum UnaryOperator
{
    Not,
    Minus,
    Plus,
}

internal enum BinaryOperator
{
    Or,
    Xor,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    StartsWith,
    EndsWith,
    Contains,
    In,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Power,
}

internal enum QuantifierKind
{
    All,
    Any,
    None,
    Single,
}

internal sealed class LiteralExpression(object? value, Position at) : Expression(at)
{
    public object? Value { get; } = value;
}

internal sealed class ParameterExpression(string name, Position at) : Expression(at)
{
    public string Name { get; } = name;
}

internal sealed class VariableExpression(string name, Position at) : Expression(at)
{
    public string Name { get; } = name;
}

internal sealed class PropertyExpression(Expression subject, string key, Position at) : Expression(at)
{
    public Expression Subject { get; } = subject;

    public string Key { get; } = key;

    public override IEnumerable<Expression> Children => [Subject];
}

internal sealed class LabelPredicateExpression(Expression subject, LabelExpression labels, Position at) : Expression(at)
{
    public Expression Subject { get; } = subject;

    public LabelExpression Labels { get; } = labels;

    public override IEnumerable<Expression> Children => [Subject];
}

internal sealed class IndexExpression(Expression subject, Expression index, Position at) : Expression(at)
{
    public Expression Subject { get; } = subject;

    public Expression Index { get; } = index;

    public override IEnumerable<Expression> Children => [Subject, Index];
}

internal sealed class SliceExpression(Expression subject, Expression? from, Expression? to, Position at) : Expression(at)
{
    public Expression Subject { get; } = subject;

    public Expression? From { get; } = from;

    public Expression? To { get; } = to;

    public override IEnumerable<Expression> Children => new[] { Subject, From, To }.OfType<Expression>();
}

internal sealed class ListExpression(IReadOnlyList<Expression> items, Position at) : Expression(at)
{
    public IReadOnlyList<Expression> Items { get; } = items;

    public override IEnumerable<Expression> Children => Items;
}

internal sealed class MapExpression(IReadOnlyList<(string Key, Expression Value)> entries, Position at) : Expression(at)
{
    public IReadOnlyList<(string Key, Expression Value)> Entries { get; } = entries;

    public override IEnumerable<Expression> Children => Entries.Select(e => e.Value);
}

internal sealed class UnaryExpression(UnaryOperator op, Expression operand, Position at) : Expression(at)
{
    public UnaryOperator Operator { get; } = op;

    public Expression Operand { get; } = operand;

    public override IEnumerable<Expression> Children => [Operand];
}

internal sealed class BinaryExpression(BinaryOperator op, Expression left, Expression right, Position at) : Expression(at)
{
    public BinaryOperator Operator { get; } = op;

    public Expression Left { get; } = left;

    public Expression Right { get; } = right;

    public override IEnumerable<Expression> Children => [Left, Right];
}

internal sealed class IsNullExpression(Expression operand, bool negated, Position at) : Expression(at)
{
    public Expression Operand { get; } = operand;

    public bool Negated { get; } = negated;

    public override IEnumerable<Expression> Children => [Operand];
}

internal sealed class CaseExpression(
    Expression? subject, IReadOnlyList<(Expression When, Expression Then)> branches, Expression? otherwise, Position at) : Expression(at)
{
    public Expression? Subject { get; } = subject;

    public IReadOnlyList<(Expression When, Expression Then)> Branches { get; } = branches;

    public Expression? Otherwise { get; } = otherwise;

    public override IEnumerable<Expression> Children
    {
        get
        {
            if (Subject is not null)
                yield return Subject;
            foreach (var (when, then) in Branches)
            {
                yield return when;
                yield return then;
            }

            if (Otherwise is not null)
                yield return Otherwise;
        }
    }
}

internal sealed class FunctionExpression(string name, bool distinct, IReadOnlyList<Expression> arguments, Position at) : Expression(at)
{
    public string Name { get; } = name;

    public bool Distinct { get; } = distinct;

    public IReadOnlyList<Expression> Arguments { get; } = arguments;

    public override IEnumerable<Expression> Children => Arguments;
}

internal sealed class CountStarExpression(Position at) : Expression(at);

internal sealed class ComprehensionExpression(string variable, Expression list, Expression? where, Expression? map, Position at) : Expression(at)
{
    public string Variable { get; } = variable;

    public Expression List { get; } = list;

    public Expression? Where { get; } = where;

    public Expression? Map { get; } = map;

    public override IEnumerable<Expression> Children => new[] { List, Where, Map }.OfType<Expression>();
}

internal sealed class QuantifierExpression(QuantifierKind kind, string variable, Expression list, Expression where, Position at) : Expression(at)
{
    public QuantifierKind Kind { get; } = kind;

    public string Variable { get; } = variable;

    public Expression List { get; } = list;

    public Expression Where { get; } = where;

    public override IEnumerable<Expression> Children => [List, Where];
}

/// <summary><c>EXISTS { … }</c>, <c>COUNT { … }</c> or a bare pattern used as a predicate.</summary>
internal sealed class SubqueryExpression(bool count, bool mayIntroduce, IReadOnlyList<PatternPart> parts, Expression? where, Position at)
    : Expression(at)
{
    public bool Count { get; } = count;

    /// <summary>Whether new variables may stand in the pattern; a bare pattern may only use known ones.</summary>
    public bool MayIntroduce { get; } = mayIntroduce;

    /// <summary>Whether it stands where a truth is wanted.</summary>
    public bool IsCondition { get; set; }

    public IReadOnlyList<PatternPart> Parts { get; } = parts;

    public Expression? Where { get; } = where;
}
