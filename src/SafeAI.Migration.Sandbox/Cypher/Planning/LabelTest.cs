using SafeAI.Migration.Sandbox.Cypher.Ast;
using SafeAI.Migration.Sandbox.Graph;

namespace SafeAI.Migration.Sandbox.Cypher.Planning;

/// <summary>Turns label expressions into code and takes them apart.</summary>
internal static class LabelTest
{
    /// <summary>A test of something whose labels can be asked for one by one.</summary>
    public delegate bool Test(Func<string, bool> has);

    public static Test Compile(LabelExpression expression)
    {
        switch (expression)
        {
            case LabelName name:
                return has => has(name.Name);
            case LabelAnd and:
                var (a, b) = (Compile(and.Left), Compile(and.Right));
                return has => a(has) && b(has);
            case LabelOr or:
                var (c, d) = (Compile(or.Left), Compile(or.Right));
                return has => c(has) || d(has);
            case LabelNot not:
                var operand = Compile(not.Operand);
                return has => !operand(has);
            case LabelAny:
                return has => has(AnyLabel);
            default:
                throw new InvalidOperationException($"No code for {expression.GetType().Name}");
        }
    }

    public static bool Holds(Test test, Node node) =>
        test(name => name.Length == 0 ? node.Labels.Labels.Count > 0 : node.Labels.Contains(name));

    public static bool Holds(Test test, Relationship relationship) =>
        test(name => name.Length == 0 || relationship.Type.Name == name);

    /// <summary>The name under which "has any label at all" is asked; no label can have it, for it is empty.</summary>
    public const string AnyLabel = "";

    /// <summary>The labels that are certainly there when the expression holds.</summary>
    public static IEnumerable<string> Required(LabelExpression? expression) => expression switch
    {
        LabelName name => [name.Name],
        LabelAnd and => Required(and.Left).Concat(Required(and.Right)),
        _ => [],
    };

    /// <summary>Whether the expression is nothing but labels that must all be there.</summary>
    public static bool IsConjunction(LabelExpression? expression) => expression switch
    {
        null or LabelName => true,
        LabelAnd and => IsConjunction(and.Left) && IsConjunction(and.Right),
        _ => false,
    };

    /// <summary>The types of a relationship pattern when it is a list of alternatives; null when it is something else.</summary>
    public static List<string>? Alternatives(LabelExpression expression) => expression switch
    {
        LabelName name => [name.Name],
        LabelOr either when Alternatives(either.Left) is { } left && Alternatives(either.Right) is { } right => [.. left, .. right],
        _ => null,
    };
}
