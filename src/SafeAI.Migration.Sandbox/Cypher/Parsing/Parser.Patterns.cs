using SafeAI.Migration.Sandbox.Cypher.Ast;

namespace SafeAI.Migration.Sandbox.Cypher.Parsing;

internal sealed partial class Parser
{
    private List<PatternPart> ParsePatterns() => ParseList(ParsePatternPart);

    private PatternPart ParsePatternPart()
    {
        var at = Current.At;
        if (Current.Kind is TokenKind.Name or TokenKind.QuotedName)
        {
            if (Peek().IsSymbol("="))
                throw CypherException.Syntax("The sandbox does not support named paths", at);
            if (Peek().IsSymbol("("))
                throw CypherException.Syntax($"The sandbox does not support {Current.Text}(…) as a pattern", at);
        }

        var nodes = new List<NodePattern> { ParseNodePattern() };
        var relationships = new List<RelationshipPattern>();
        while (Current.IsSymbol("-") || Current.IsSymbol("<"))
        {
            relationships.Add(ParseRelationshipPattern());
            nodes.Add(ParseNodePattern());
        }

        return new PatternPart(nodes, relationships, at);
    }

    private NodePattern ParseNodePattern()
    {
        var at = Current.At;
        ExpectSymbol("(");
        if (Current.IsSymbol("("))
            throw CypherException.Syntax("The sandbox does not support parenthesised or quantified path patterns", at);
        var variable = ParsePatternVariable();
        var labels = Current.IsSymbol(":") ? ParseLabelExpression(expectBar: false) : null;
        var properties = ParsePatternProperties();
        var where = variable is null ? null : ParseOptionalWhere();
        ExpectSymbol(")");
        return new NodePattern(variable, labels, properties, where, at);
    }

    private RelationshipPattern ParseRelationshipPattern()
    {
        var at = Current.At;
        var left = TakeSymbol("<");
        ExpectSymbol("-");
        string? variable = null;
        LabelExpression? types = null;
        Expression? properties = null;
        Expression? where = null;
        if (TakeSymbol("["))
        {
            variable = ParsePatternVariable();
            types = Current.IsSymbol(":") ? ParseLabelExpression(expectBar: false) : null;
            if (Current.IsSymbol("*"))
                throw CypherException.Syntax("The sandbox does not support variable length relationships", Current.At);
            properties = ParsePatternProperties();
            where = ParseOptionalWhere();
            ExpectSymbol("]");
        }

        ExpectSymbol("-");
        var right = TakeSymbol(">");
        var direction = left == right ? Direction.Both : left ? Direction.Left : Direction.Right;
        return new RelationshipPattern(variable, types, properties, where, direction, at);
    }

    private string? ParsePatternVariable()
    {
        if (Current.Kind == TokenKind.QuotedName)
            return _tokens[_index++].Text;
        if (Current.Kind != TokenKind.Name)
            return null;
        // "WHERE" directly before an expression is the keyword; "(where)" and "(where:Label)" are variables.
        if (Current.IsWord("WHERE") && !(Peek().IsSymbol(")") || Peek().IsSymbol(":") || Peek().IsSymbol("]") || Peek().IsSymbol("{")))
            return null;
        return _tokens[_index++].Text;
    }

    private Expression? ParsePatternProperties()
    {
        if (Current.IsSymbol("{"))
            return ParseAtom();
        return Current.Kind == TokenKind.Parameter ? ParseAtom() : null;
    }

    /// <summary>Reads ":…"; where a bar would end the surrounding list comprehension, it is left alone.</summary>
    private LabelExpression ParseLabelExpression(bool expectBar)
    {
        ExpectSymbol(":");
        return ParseLabelOr(expectBar);
    }

    private LabelExpression ParseLabelOr(bool expectBar)
    {
        var left = ParseLabelAnd();
        while (!expectBar && Current.IsSymbol("|"))
        {
            var at = _tokens[_index++].At;
            TakeSymbol(":");
            left = new LabelOr(left, ParseLabelAnd(), at);
        }

        return left;
    }

    private LabelExpression ParseLabelAnd()
    {
        var left = ParseLabelNot();
        while (Current.IsSymbol("&") || Current.IsSymbol(":"))
        {
            var token = _tokens[_index++];
            left = new LabelAnd(left, ParseLabelNot(), token.IsSymbol(":"), token.At);
        }

        return left;
    }

    private LabelExpression ParseLabelNot()
    {
        var at = Current.At;
        if (TakeSymbol("!"))
            return new LabelNot(ParseLabelNot(), at);
        if (TakeSymbol("("))
        {
            var inner = ParseLabelOr(expectBar: false);
            ExpectSymbol(")");
            return inner;
        }

        if (TakeSymbol("%"))
            return new LabelAny(at);
        return new LabelName(ExpectName("a label or type"), at);
    }
}
