namespace SafeAI.Migration.Sandbox.Cypher.Ast;

/// <summary>A label or type condition: <c>A</c>, <c>A&amp;B</c>, <c>A:B</c>, <c>A|B</c>, <c>!A</c>, <c>%</c>.</summary>
internal abstract class LabelExpression(Position at)
{
    public Position At { get; } = at;
}

internal sealed class LabelName(string name, Position at) : LabelExpression(at)
{
    public string Name { get; } = name;
}

internal sealed class LabelAnd(LabelExpression left, LabelExpression right, bool byColon, Position at) : LabelExpression(at)
{
    public LabelExpression Left { get; } = left;

    public LabelExpression Right { get; } = right;

    public bool ByColon { get; } = byColon;
}

internal sealed class LabelOr(LabelExpression left, LabelExpression right, Position at) : LabelExpression(at)
{
    public LabelExpression Left { get; } = left;

    public LabelExpression Right { get; } = right;
}

internal sealed class LabelNot(LabelExpression operand, Position at) : LabelExpression(at)
{
    public LabelExpression Operand { get; } = operand;
}

internal sealed class LabelAny(Position at) : LabelExpression(at);

internal enum Direction
{
    Right,
    Left,
    Both,
}

internal sealed class NodePattern(string? variable, LabelExpression? labels, Expression? properties, Expression? where, Position at)
{
    public string? Variable { get; } = variable;

    public LabelExpression? Labels { get; } = labels;

    public Expression? Properties { get; } = properties;

    public Expression? Where { get; } = where;

    public Position At { get; } = at;
}

internal sealed class RelationshipPattern(
    string? variable, LabelExpression? types, Expression? properties, Expression? where, Direction direction, Position at)
{
    public string? Variable { get; } = variable;

    public LabelExpression? Types { get; } = types;

    public Expression? Properties { get; } = properties;

    public Expression? Where { get; } = where;

    public Direction Direction { get; } = direction;

    public Position At { get; } = at;
}

/// <summary>Nodes joined by relationships: one more node than relationships.</summary>
internal sealed class PatternPart(IReadOnlyList<NodePattern> nodes, IReadOnlyList<RelationshipPattern> relationships, Position at)
{
    public IReadOnlyList<NodePattern> Nodes { get; } = nodes;

    public IReadOnlyList<RelationshipPattern> Relationships { get; } = relationships;

    public Position At { get; } = at;
}

internal abstract class Clause(string name, Position at)
{
    /// <summary>The clause's words, for messages.</summary>
    public string Name { get; } = name;

    public Position At { get; } = at;

    public virtual bool IsUpdate => false;
}

internal sealed class MatchClause(bool optional, IReadOnlyList<PatternPart> parts, Expression? where, Position at)
    : Clause(optional ? "OPTIONAL MATCH" : "MATCH", at)
{
    public bool Optional { get; } = optional;

    public IReadOnlyList<PatternPart> Parts { get; } = parts;

    public Expression? Where { get; } = where;
}

internal sealed class UnwindClause(Expression list, string variable, Position variableAt, Position at) : Clause("UNWIND", at)
{
    public Expression List { get; } = list;

    public string Variable { get; } = variable;

    public Position VariableAt { get; } = variableAt;
}

internal sealed class CreateClause(IReadOnlyList<PatternPart> parts, Position at) : Clause("CREATE", at)
{
    public IReadOnlyList<PatternPart> Parts { get; } = parts;

    public override bool IsUpdate => true;
}

internal sealed class MergeClause(PatternPart part, IReadOnlyList<SetItem> onCreate, IReadOnlyList<SetItem> onMatch, Position at)
    : Clause("MERGE", at)
{
    public PatternPart Part { get; } = part;

    public IReadOnlyList<SetItem> OnCreate { get; } = onCreate;

    public IReadOnlyList<SetItem> OnMatch { get; } = onMatch;

    public override bool IsUpdate => true;
}

internal enum SetKind
{
    Property,
    ReplaceAll,
    Merge,
    Labels,
}

/// <summary>One assignment of SET, or one removal of REMOVE (then without a value).</summary>
internal sealed class SetItem(
    SetKind kind, Expression target, string? key, IReadOnlyList<string> labels, Expression? value, Position at)
{
    public SetKind Kind { get; } = kind;

    public Expression Target { get; } = target;

    public string? Key { get; } = key;

    public IReadOnlyList<string> Labels { get; } = labels;

    public Expression? Value { get; } = value;

    public Position At { get; } = at;
}

internal sealed class SetClause(IReadOnlyList<SetItem> items, Position at) : Clause("SET", at)
{
    public IReadOnlyList<SetItem> Items { get; } = items;

    public override bool IsUpdate => true;
}

internal sealed class RemoveClause(IReadOnlyList<SetItem> items, Position at) : Clause("REMOVE", at)
{
    public IReadOnlyList<SetItem> Items { get; } = items;

    public override bool IsUpdate => true;
}

internal sealed class DeleteClause(bool detach, IReadOnlyList<Expression> targets, Position at)
    : Clause(detach ? "DETACH DELETE" : "DELETE", at)
{
    public bool Detach { get; } = detach;

    public IReadOnlyList<Expression> Targets { get; } = targets;

    public override bool IsUpdate => true;
}

internal sealed record ProjectionItem(Expression Expression, string Name, bool Aliased, Position At);

internal sealed record OrderItem(Expression Expression, bool Descending);

internal sealed class ProjectionClause(string name, Position at) : Clause(name, at)
{
    public bool IsReturn => Name == "RETURN";

    public bool Distinct { get; init; }

    public bool Star { get; init; }

    public required IReadOnlyList<ProjectionItem> Items { get; init; }

    public IReadOnlyList<OrderItem> OrderBy { get; init; } = [];

    public Expression? Skip { get; init; }

    public Expression? Limit { get; init; }

    public Expression? Where { get; init; }
}

/// <summary>A whole statement.</summary>
internal abstract class Statement
{
    /// <summary>Whether it may change the graph or its schema.</summary>
    public abstract bool IsMutating { get; }
}

internal sealed class QueryStatement(IReadOnlyList<Clause> clauses) : Statement
{
    public IReadOnlyList<Clause> Clauses { get; } = clauses;

    public override bool IsMutating => Clauses.Any(c => c.IsUpdate);
}

internal sealed class CreateConstraintStatement(string? name, bool ifNotExists, bool onNodes, string label, string property) : Statement
{
    public string? Name { get; } = name;

    public bool IfNotExists { get; } = ifNotExists;

    public bool OnNodes { get; } = onNodes;

    public string Label { get; } = label;

    public string Property { get; } = property;

    public override bool IsMutating => true;
}

internal sealed class DropConstraintStatement(string name, bool ifExists) : Statement
{
    public string Name { get; } = name;

    public bool IfExists { get; } = ifExists;

    public override bool IsMutating => true;
}

internal sealed class ShowConstraintsStatement(IReadOnlyList<string> columns) : Statement
{
    /// <summary>The columns where none are named.</summary>
    public static List<string> AllColumns { get; } = ["name", "type", "entityType", "labelsOrTypes", "properties"];

    /// <summary>The columns that are wanted, in their order.</summary>
    public IReadOnlyList<string> Columns { get; } = columns;

    public override bool IsMutating => false;
}
