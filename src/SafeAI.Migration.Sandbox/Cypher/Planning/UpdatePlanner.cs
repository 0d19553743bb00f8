using SafeAI.Migration.Sandbox.Cypher.Ast;
using SafeAI.Migration.Sandbox.Cypher.Execution;
using SafeAI.Migration.Sandbox.Graph;

namespace SafeAI.Migration.Sandbox.Cypher.Planning;

/// <summary>Plans the clauses that write.</summary>
internal sealed class UpdatePlanner(MemoryGraph graph, Scope scope, List<Operator> operators)
{
    private ExpressionCompiler Compiler => new(graph, scope);

    public void Add(Clause clause)
    {
        switch (clause)
        {
            case CreateClause create:
                foreach (var part in create.Parts)
                {
                    operators.Add(new CreateOperator(PlanCreation(part, "CREATE").Template));
                }

                break;
            case MergeClause merge:
                AddMerge(merge);
                break;
            case SetClause set:
                operators.Add(new UpdateOperator([.. set.Items.Select(PlanSet)]));
                break;
            case RemoveClause remove:
                operators.Add(new UpdateOperator([.. remove.Items.Select(PlanRemove)]));
                break;
            case DeleteClause delete:
                operators.Add(new DeleteOperator([.. delete.Targets.Select(PlanDelete)], delete.Detach));
                break;
            default:
                throw new InvalidOperationException($"No plan for {clause.Name}");
        }
    }

    private void AddMerge(MergeClause clause)
    {
        // The pattern is looked for with the variables that are known now; what it introduces becomes known by finding or making it.
        var findScope = scope.Copy();
        var (template, bound, named) = PlanCreation(clause.Part, "MERGE");
        foreach (var name in named)
        {
            findScope.Bind(name.Name, name.Symbol);
        }

        var find = new MatchPlanner(graph, findScope, named.Select(n => n.Name)).Plan([NamedPart(clause.Part, named)], null, "MERGE");
        operators.Add(new MergeOperator(
            find.First, template, bound, [.. clause.OnCreate.Select(PlanSet)], [.. clause.OnMatch.Select(PlanSet)]));
    }

    // Anonymous parts get the names of their templates, so that finding and making fill the same places.
    private static PatternPart NamedPart(PatternPart part, List<(string Name, Symbol Symbol)> named)
    {
        var hidden = new Queue<string>(named.Where(n => n.Name[0] == '\0').Select(n => n.Name));
        var nodes = part.Nodes.Select(n => n.Variable is not null
            ? n
            : new NodePattern(hidden.Dequeue(), n.Labels, n.Properties, n.Where, n.At)).ToList();
        var relationships = part.Relationships.Select(r => r.Variable is not null
            ? r
            : new RelationshipPattern(hidden.Dequeue(), r.Types, r.Properties, r.Where, r.Direction, r.At)).ToList();
        return new PatternPart(nodes, relationships, part.At);
    }

    private (CreationTemplate Template, (int Slot, string Name)[] Bound, List<(string Name, Symbol Symbol)> Named) PlanCreation(
        PatternPart part, string clause)
    {
        var nodes = new List<NodeTemplate>();
        var bound = new List<(int Slot, string Name)>();
        var named = new List<(string Name, Symbol Symbol)>();
        var ends = new List<(int Slot, string Name)>();
        var own = new HashSet<string>(StringComparer.Ordinal);
        foreach (var pattern in part.Nodes)
        {
            ends.Add(PlanNode(pattern, part, clause, nodes, bound, named, own));
        }

        var relationships = new List<RelationshipTemplate>();
        for (var i = 0; i < part.Relationships.Count; i++)
        {
            relationships.Add(PlanRelationship(part.Relationships[i], ends[i], ends[i + 1], clause, named));
        }

        return (new CreationTemplate([.. nodes], [.. relationships]), [.. bound], named);
    }

    private (int Slot, string Name) PlanNode(
        NodePattern pattern,
        PatternPart part,
        string clause,
        List<NodeTemplate> nodes,
        List<(int Slot, string Name)> bound,
        List<(string Name, Symbol Symbol)> named,
        HashSet<string> own)
    {
        if (pattern.Where is not null)
            throw CypherException.Syntax($"Node pattern predicates are not allowed in {clause}, but only in a MATCH clause", pattern.Where.At);
        if (pattern.Variable is { } variable && scope.TryGet(variable, out var known))
        {
            if (part.Relationships.Count == 0 || pattern.Labels is not null || pattern.Properties is not null)
                throw CypherException.Syntax($"Variable `{variable}` already declared", pattern.At);
            if (known.Kind == SymbolKind.Relationship)
                throw CypherException.Syntax($"Type mismatch: {variable} defined with conflicting type Relationship (expected Node)", pattern.At);
            if (!own.Contains(variable))
                bound.Add((known.Slot, variable));
            return (known.Slot, variable);
        }

        if (!LabelTest.IsConjunction(pattern.Labels))
            throw CypherException.Syntax($"Label expressions in patterns are not allowed in {clause}, but only in a MATCH clause", pattern.Labels!.At);
        // Computed before the variable is known: a node cannot be made from itself.
        var properties = Properties(pattern.Properties, clause);
        var name = pattern.Variable ?? scope.HiddenName();
        var symbol = scope.Declare(name, SymbolKind.Node);
        named.Add((name, symbol));
        own.Add(name);
        var shown = pattern.Variable ?? "";
        nodes.Add(new NodeTemplate(symbol.Slot, shown, [.. LabelTest.Required(pattern.Labels)], properties));
        return (symbol.Slot, shown);
    }

    private RelationshipTemplate PlanRelationship(
        RelationshipPattern pattern,
        (int Slot, string Name) left,
        (int Slot, string Name) right,
        string clause,
        List<(string Name, Symbol Symbol)> named)
    {
        if (pattern.Where is not null)
            throw CypherException.Syntax($"Relationship pattern predicates are not allowed in {clause}, but only in a MATCH clause", pattern.Where.At);
        if (pattern.Types is null)
            throw CypherException.Syntax($"Exactly one relationship type must be specified for {clause}. Did you forget to prefix your relationship type with a ':'?", pattern.At);
        if (pattern.Types is not LabelName type)
            throw CypherException.Syntax($"A single relationship type must be specified for {clause}", pattern.Types.At);
        if (clause == "CREATE" && pattern.Direction == Direction.Both)
            throw CypherException.Syntax("Only directed relationships are supported in CREATE", pattern.At);
        if (pattern.Variable is { } variable && scope.TryGet(variable, out _))
            throw CypherException.Syntax($"Variable `{variable}` already declared", pattern.At);
        var properties = Properties(pattern.Properties, clause);
        var name = pattern.Variable ?? scope.HiddenName();
        var symbol = scope.Declare(name, SymbolKind.Relationship);
        named.Add((name, symbol));
        var (start, end) = pattern.Direction == Direction.Left ? (right, left) : (left, right);
        return new RelationshipTemplate(
            symbol.Slot, pattern.Variable ?? "", type.Name, start.Slot, start.Name, end.Slot, end.Name, properties);
    }

    private Evaluator? Properties(Expression? properties, string clause)
    {
        if (properties is null)
            return null;
        if (properties is ParameterExpression parameter && clause == "MERGE")
        {
            throw CypherException.Syntax(
                $"Parameter maps cannot be used in `MERGE` patterns (use a literal map instead, e.g. `{{id: ${parameter.Name}.id}}`)", properties.At);
        }

        return Compiler.Compile(properties);
    }

    private Update PlanSet(SetItem item)
    {
        var target = Compiler.Compile(item.Target);
        RequireEntity(item);
        return item.Kind switch
        {
            SetKind.Property => new SetPropertyUpdate(target, item.Key!, Compiler.Compile(item.Value!)),
            SetKind.ReplaceAll => new SetMapUpdate(target, CompileMapValue(item), replace: true),
            SetKind.Merge => new SetMapUpdate(target, CompileMapValue(item), replace: false),
            _ => new LabelUpdate(target, [.. item.Labels], remove: false),
        };
    }

    private Evaluator CompileMapValue(SetItem item)
    {
        if (item.Value is LiteralExpression { Value: not null } or ListExpression)
            throw CypherException.Syntax("Type mismatch: expected Map, Node or Relationship", item.Value.At);
        return Compiler.Compile(item.Value!);
    }

    private Update PlanRemove(SetItem item)
    {
        var target = Compiler.Compile(item.Target);
        RequireEntity(item);
        return item.Kind == SetKind.Labels
            ? new LabelUpdate(target, [.. item.Labels], remove: true)
            : new SetPropertyUpdate(target, item.Key!, (_, _) => null);
    }

    private void RequireEntity(SetItem item)
    {
        if (item.Kind == SetKind.Labels && item.Target is VariableExpression variable
            && scope.TryGet(variable.Name, out var symbol) && symbol.Kind == SymbolKind.Relationship)
            throw CypherException.Syntax("Type mismatch: expected Node but was Relationship", item.Target.At);
    }

    private Evaluator PlanDelete(Expression target)
    {
        if (target is LabelPredicateExpression)
            throw CypherException.Syntax("DELETE doesn't support removing labels from a node. Try REMOVE.", target.At);
        if (target is LiteralExpression { Value: not null } or ListExpression or MapExpression or BinaryExpression)
            throw CypherException.Syntax("Type mismatch: expected Node, Path or Relationship", target.At);
        return Compiler.Compile(target);
    }
}
