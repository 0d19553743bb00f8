using System.Globalization;
using SafeAI.Migration.Sandbox.Cypher.Ast;
using SafeAI.Migration.Sandbox.Values;

namespace SafeAI.Migration.Sandbox.Cypher.Parsing;

internal sealed partial class Parser
{
    private Expression ParseAtom()
    {
        var first = _index;
        var at = Current.At;
        var token = Current;
        switch (token.Kind)
        {
            case TokenKind.Integer:
                _index++;
                return Finish(new LiteralExpression(Box.Of(ParseInteger(token.Text, at)), at), first);
            case TokenKind.Float:
                _index++;
                var number = double.Parse(token.Text, NumberStyles.Float, CultureInfo.InvariantCulture);
                if (double.IsInfinity(number))
                    throw CypherException.Syntax("floating point number is too large", at);
                return Finish(new LiteralExpression(number, at), first);
            case TokenKind.String:
                _index++;
                return Finish(new LiteralExpression(token.Text, at), first);
            case TokenKind.Parameter:
                _index++;
                return Finish(new ParameterExpression(token.Text, at), first);
            case TokenKind.QuotedName:
                return Finish(ParseNameOrCall(), first);
            case TokenKind.Name:
                return Finish(ParseWord(token), first);
            case TokenKind.Symbol when token.Text == "{":
                return Finish(ParseMap(), first);
            case TokenKind.Symbol when token.Text == "[":
                return Finish(ParseListOrComprehension(), first);
            case TokenKind.Symbol when token.Text == "(":
                return ParseParenthesised();
            case TokenKind.End:
                throw CypherException.Syntax("Unexpected end of input: expected an expression", at);
            default:
                throw Unexpected("an expression");
        }
    }

    private Expression ParseParenthesised()
    {
        var first = _index;
        var at = Current.At;
        if (StartsPattern())
        {
            var part = ParsePatternPart();
            return Finish(new SubqueryExpression(count: false, mayIntroduce: false, [part], null, at), first);
        }

        _index++;
        var inner = ParseUnbarred();
        ExpectSymbol(")");
        // Parentheses do not change what an expression is: "(n.id)" groups and orders like "n.id".
        return inner;
    }

    // "(n)-[", "(n)--", "(n:Label)<-[": looks ahead for a closed node pattern with a relationship after it.
    private bool StartsPattern()
    {
        var depth = 0;
        for (var i = _index; i < _tokens.Length; i++)
        {
            if (_tokens[i].IsSymbol("("))
                depth++;
            if (_tokens[i].IsSymbol(")") && --depth == 0)
            {
                var (one, two, three) = (TokenAt(i + 1), TokenAt(i + 2), TokenAt(i + 3));
                var relationship = (one.IsSymbol("-") && (two.IsSymbol("[") || two.IsSymbol("-")))
                    || (one.IsSymbol("<") && two.IsSymbol("-") && (three.IsSymbol("[") || three.IsSymbol("-")));
                return relationship && LooksLikeNodePattern(_index, i);
            }
        }

        return false;
    }

    private Token TokenAt(int index) => _tokens[Math.Min(index, _tokens.Length - 1)];

    private bool LooksLikeNodePattern(int open, int close)
    {
        var i = open + 1;
        if (_tokens[i].Kind is TokenKind.Name or TokenKind.QuotedName)
            i++;
        return i == close || _tokens[i].IsSymbol(":") || _tokens[i].IsSymbol("{");
    }

    private Expression ParseWord(Token token)
    {
        var at = token.At;
        switch (token.Text.ToUpperInvariant())
        {
            case "TRUE":
                _index++;
                return new LiteralExpression(Box.True, at);
            case "FALSE":
                _index++;
                return new LiteralExpression(Box.False, at);
            case "NULL":
                _index++;
                return new LiteralExpression(null, at);
            case "NAN":
                _index++;
                return new LiteralExpression(double.NaN, at);
            case "INF" or "INFINITY":
                _index++;
                return new LiteralExpression(double.PositiveInfinity, at);
            case "CASE" when !Peek().IsSymbol(".") && !Peek().IsSymbol(")") && !Peek().IsSymbol(","):
                return ParseCase();
            case "COUNT" when Peek().IsSymbol("(") && Peek(2).IsSymbol("*"):
                _index += 3;
                ExpectSymbol(")");
                return new CountStarExpression(at);
            case "COUNT" or "EXISTS" when Peek().IsSymbol("{"):
                return ParseSubquery(token.IsWord("COUNT"));
            case "COLLECT" when Peek().IsSymbol("{"):
                throw CypherException.Syntax("The sandbox does not support COLLECT subqueries", at);
            case "ALL" or "ANY" or "NONE" or "SINGLE" when Peek().IsSymbol("("):
                return ParseQuantifier(token.Text.ToUpperInvariant());
            case "REDUCE" or "SHORTESTPATH" or "ALLSHORTESTPATHS" when Peek().IsSymbol("("):
                throw CypherException.Syntax($"The sandbox does not support {token.Text}(…)", at);
            default:
                return ParseNameOrCall();
        }
    }

    private Expression ParseNameOrCall()
    {
        var at = Current.At;
        var quoted = Current.Kind == TokenKind.QuotedName;
        var name = ExpectName("an expression");
        if (Current.IsSymbol("{"))
            throw CypherException.Syntax("The sandbox does not support map projections", Current.At);
        var ahead = 0;
        while (Peek(ahead).IsSymbol(".") && Peek(ahead + 1).Kind is TokenKind.Name or TokenKind.QuotedName)
        {
            ahead += 2;
        }

        if (!Peek(ahead).IsSymbol("("))
            return new VariableExpression(name, at);
        while (TakeSymbol("."))
        {
            name += "." + ExpectName("a function name");
        }

        if (quoted && name.Contains('(', StringComparison.Ordinal))
            throw CypherException.Syntax($"Unknown function '{name}'", at);
        ExpectSymbol("(");
        var distinct = TakeWord("DISTINCT");
        var arguments = new List<Expression>();
        if (!Current.IsSymbol(")"))
            arguments = ParseList(ParseUnbarred);
        ExpectSymbol(")");
        return new FunctionExpression(name, distinct, arguments, at);
    }

    private CaseExpression ParseCase()
    {
        var at = _tokens[_index++].At;
        var subject = Current.IsWord("WHEN") ? null : ParseExpression();
        var branches = new List<(Expression When, Expression Then)>();
        while (TakeWord("WHEN"))
        {
            var when = ParseExpression();
            if (subject is null)
                AllowPatterns(when);
            ExpectWord("THEN");
            branches.Add((when, ParseExpression()));
        }

        if (branches.Count == 0)
            throw Unexpected("WHEN");
        var otherwise = TakeWord("ELSE") ? ParseExpression() : null;
        ExpectWord("END");
        return new CaseExpression(subject, branches, otherwise, at);
    }

    private QuantifierExpression ParseQuantifier(string word)
    {
        var at = Current.At;
        _index += 2;
        var variable = ExpectName("a variable");
        ExpectWord("IN");
        var list = ParseUnbarred();
        if (!Current.IsWord("WHERE"))
            throw CypherException.Syntax($"{word.ToLowerInvariant()}(...) requires a WHERE predicate", at);
        _index++;
        var where = ParseUnbarred();
        AllowPatterns(where);
        ExpectSymbol(")");
        var kind = word switch
        {
            "ALL" => QuantifierKind.All,
            "ANY" => QuantifierKind.Any,
            "NONE" => QuantifierKind.None,
            _ => QuantifierKind.Single,
        };
        return new QuantifierExpression(kind, variable, list, where, at);
    }

    private SubqueryExpression ParseSubquery(bool count)
    {
        var at = Current.At;
        _index += 2;
        TakeWord("MATCH");
        var outer = _barEnds;
        _barEnds = false;
        var parts = ParsePatterns();
        var where = ParseOptionalWhere();
        _barEnds = outer;
        if (!Current.IsSymbol("}"))
            throw CypherException.Syntax("The sandbox supports a pattern with a WHERE in a subquery, nothing more", Current.At);
        _index++;
        return new SubqueryExpression(count, mayIntroduce: true, parts, where, at);
    }

    private MapExpression ParseMap()
    {
        var at = Current.At;
        ExpectSymbol("{");
        var entries = new List<(string Key, Expression Value)>();
        if (!Current.IsSymbol("}"))
        {
            entries = ParseList(() =>
            {
                var key = ExpectName("a map key");
                ExpectSymbol(":");
                return (key, ParseUnbarred());
            });
        }

        ExpectSymbol("}");
        return new MapExpression(entries, at);
    }

    private Expression ParseListOrComprehension()
    {
        var start = _index;
        var at = Current.At;
        ExpectSymbol("[");
        if (Current.Kind is TokenKind.Name or TokenKind.QuotedName && Peek().IsWord("IN"))
        {
            var variable = ExpectName("a variable");
            _index++;
            var (list, where) = ParseComprehensionBody();
            if (Current.IsSymbol("]") || Current.IsSymbol("|"))
            {
                var map = TakeSymbol("|") ? ParseUnbarred() : null;
                ExpectSymbol("]");
                return new ComprehensionExpression(variable, list, where, map, at);
            }

            if (where is not null)
                throw Unexpected("'|' or ']'");
            // "[x IN xs, y]" is a list of truths after all.
            _index = start + 1;
        }

        if (Current.IsSymbol("(") && StartsPattern())
        {
            var first = _index;
            ParsePatternPart();
            if (Current.IsSymbol("|") || Current.IsWord("WHERE"))
                throw CypherException.Syntax("The sandbox does not support pattern comprehensions", at);
            _index = first;
        }

        var items = Current.IsSymbol("]") ? [] : ParseList(ParseUnbarred);
        ExpectSymbol("]");
        return new ListExpression(items, at);
    }

    private (Expression List, Expression? Where) ParseComprehensionBody()
    {
        var outer = _barEnds;
        _barEnds = true;
        var list = ParseExpression();
        var where = ParseOptionalWhere();
        _barEnds = outer;
        return (list, where);
    }
}
