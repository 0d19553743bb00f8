using System.Globalization;
using SafeAI.Migration.Sandbox.Cypher.Ast;
using SafeAI.Migration.Sandbox.Values;

namespace SafeAI.Migration.Sandbox.Cypher.Parsing;

internal sealed partial class Parser
{
    private const int DeepestNesting = 200;

    private int _depth;

    // Inside "[x IN xs WHERE x:Label | …]" the bar belongs to the comprehension.
    private bool _barEnds;

    private Expression ParseExpression()
    {
        if (++_depth > DeepestNesting)
            throw CypherException.Syntax("The expression is nested too deeply", Current.At);
        try
        {
            return ParseOr();
        }
        finally
        {
            _depth--;
        }
    }

    private T Finish<T>(T expression, int firstToken)
        where T : Expression
    {
        expression.Source = _text[_tokens[firstToken].At.Offset.._tokens[_index - 1].End];
        expression.Canonical = string.Join(' ', _tokens.Skip(firstToken).Take(_index - firstToken).Select(CanonicalToken));
        return expression;
    }

    private static string CanonicalToken(Token token) => token.Kind switch
    {
        TokenKind.String => "'" + token.Text + "'",
        TokenKind.Parameter => "$" + token.Text,
        _ => token.Text,
    };

    private Expression ParseOr() => ParseLeft(ParseXor, "OR", BinaryOperator.Or);

    private Expression ParseXor() => ParseLeft(ParseAnd, "XOR", BinaryOperator.Xor);

    private Expression ParseAnd() => ParseLeft(ParseNot, "AND", BinaryOperator.And);

    private Expression ParseLeft(Func<Expression> operand, string word, BinaryOperator op)
    {
        var first = _index;
        var left = operand();
        while (Current.IsWord(word))
        {
            var at = _tokens[_index++].At;
            left = Finish(new BinaryExpression(op, left, operand(), at), first);
        }

        return left;
    }

    private Expression ParseNot()
    {
        var first = _index;
        if (!Current.IsWord("NOT"))
            return ParseComparison();
        if (++_depth > DeepestNesting)
            throw CypherException.Syntax("The expression is nested too deeply", Current.At);
        var at = _tokens[_index++].At;
        var operand = ParseNot();
        _depth--;
        return Finish(new UnaryExpression(UnaryOperator.Not, operand, at), first);
    }

    private Expression ParseComparison()
    {
        var first = _index;
        var left = ParsePredicate();
        Expression? chain = null;
        while (ComparisonOperator() is { } op)
        {
            var at = _tokens[_index++].At;
            var right = ParsePredicate();
            var comparison = Finish(new BinaryExpression(op, left, right, at), first);
            chain = chain is null ? comparison : Finish(new BinaryExpression(BinaryOperator.And, chain, comparison, at), first);
            left = right;
        }

        return chain ?? left;
    }

    private BinaryOperator? ComparisonOperator()
    {
        if (Current.Kind != TokenKind.Symbol)
            return null;
        switch (Current.Text)
        {
            case "=": return BinaryOperator.Equal;
            case "<>": return BinaryOperator.NotEqual;
            case "<": return BinaryOperator.Less;
            case "<=": return BinaryOperator.LessOrEqual;
            case ">": return BinaryOperator.Greater;
            case ">=": return BinaryOperator.GreaterOrEqual;
            case "!=":
                throw CypherException.Syntax(
                    "Unknown operation '!=' (you probably meant to use '<>', which is the operator for inequality testing)", Current.At);
            case "=~":
                throw CypherException.Syntax("The sandbox does not support regular expressions (=~)", Current.At);
            default: return null;
        }
    }

    private Expression ParsePredicate()
    {
        var first = _index;
        var left = ParseSum();
        var at = Current.At;
        if (Current.IsWord("STARTS") && Peek().IsWord("WITH"))
        {
            _index += 2;
            return Finish(new BinaryExpression(BinaryOperator.StartsWith, left, ParseSum(), at), first);
        }

        if (Current.IsWord("ENDS") && Peek().IsWord("WITH"))
        {
            _index += 2;
            return Finish(new BinaryExpression(BinaryOperator.EndsWith, left, ParseSum(), at), first);
        }

        if (TakeWord("CONTAINS"))
            return Finish(new BinaryExpression(BinaryOperator.Contains, left, ParseSum(), at), first);
        if (TakeWord("IN"))
            return Finish(new BinaryExpression(BinaryOperator.In, left, ParseSum(), at), first);
        if (TakeWord("IS"))
        {
            var negated = TakeWord("NOT");
            if (!TakeWord("NULL"))
                throw Unexpected(negated ? "NULL" : "NULL or NOT NULL");
            return Finish(new IsNullExpression(left, negated, at), first);
        }

        return left;
    }

    private Expression ParseSum() => ParseLeft(ParseProduct, ("+", BinaryOperator.Add), ("-", BinaryOperator.Subtract));

    private Expression ParseProduct() => ParseLeft(
        ParsePower, ("*", BinaryOperator.Multiply), ("/", BinaryOperator.Divide), ("%", BinaryOperator.Modulo));

    private Expression ParsePower() => ParseLeft(ParseSigned, ("^", BinaryOperator.Power));

    private Expression ParseLeft(Func<Expression> operand, params ReadOnlySpan<(string Symbol, BinaryOperator Operator)> operators)
    {
        var first = _index;
        var left = operand();
        while (Current.Kind == TokenKind.Symbol)
        {
            var found = -1;
            for (var i = 0; i < operators.Length; i++)
            {
                if (Current.Text == operators[i].Symbol)
                    found = i;
            }

            if (found < 0)
                break;
            var at = _tokens[_index++].At;
            left = Finish(new BinaryExpression(operators[found].Operator, left, operand(), at), first);
        }

        return left;
    }

    private Expression ParseSigned()
    {
        var first = _index;
        var at = Current.At;
        if (TakeSymbol("-"))
        {
            // The smallest integer has no positive counterpart: its sign belongs to the literal.
            if (Current.Kind == TokenKind.Integer && Peek() is var next && !next.IsSymbol(".") && !next.IsSymbol("["))
            {
                var text = _tokens[_index++].Text;
                return Finish(new LiteralExpression(Box.Of(ParseInteger("-" + text, at)), at), first);
            }

            return Finish(new UnaryExpression(UnaryOperator.Minus, ParsePostfix(), at), first);
        }

        if (TakeSymbol("+"))
            return Finish(new UnaryExpression(UnaryOperator.Plus, ParsePostfix(), at), first);
        return ParsePostfix();
    }

    private Expression ParsePostfix()
    {
        var first = _index;
        var start = Current.At;
        var expression = ParseAtom();
        while (Current.Kind == TokenKind.Symbol)
        {
            var at = Current.At;
            if (TakeSymbol("."))
            {
                expression = Finish(new PropertyExpression(expression, ExpectName("a property name"), start), first);
            }
            else if (Current.IsSymbol(":"))
            {
                var labels = ParseLabelExpression(_barEnds);
                expression = Finish(new LabelPredicateExpression(expression, labels, start), first);
            }
            else if (TakeSymbol("["))
            {
                expression = Finish(ParseIndexOrSlice(expression, at), first);
            }
            else
            {
                break;
            }
        }

        return expression;
    }

    private Expression ParseIndexOrSlice(Expression subject, Position at)
    {
        var from = Current.IsSymbol("..") ? null : ParseUnbarred();
        if (from is not null && TakeSymbol("]"))
            return new IndexExpression(subject, from, at);
        ExpectSymbol("..");
        var to = Current.IsSymbol("]") ? null : ParseUnbarred();
        ExpectSymbol("]");
        if (from is null && to is null)
            throw CypherException.Syntax("The start or end (or both) is required for a collection slice", at);
        return new SliceExpression(subject, from, to, at);
    }

    // Inside brackets of its own a bar in a label expression is a label expression's again.
    private Expression ParseUnbarred()
    {
        var outer = _barEnds;
        _barEnds = false;
        var expression = ParseExpression();
        _barEnds = outer;
        return expression;
    }

    private static long ParseInteger(string text, Position at)
    {
        var negative = text[0] == '-';
        var digits = negative ? text[1..] : text;
        try
        {
            if (digits.StartsWith("0x", StringComparison.Ordinal) || digits.StartsWith("0o", StringComparison.Ordinal))
            {
                var magnitude = Convert.ToUInt64(digits[2..], digits[1] == 'x' ? 16 : 8);
                if (magnitude > (negative ? 1UL << 63 : long.MaxValue))
                    throw new OverflowException();
                return negative ? unchecked(-(long)magnitude) : (long)magnitude;
            }

            if (digits.Length > 1 && digits[0] == '0')
                throw CypherException.Syntax($"The octal integer literal syntax `{digits}` is no longer supported, please use `0o{digits[1..]}` instead", at);
            return long.Parse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        }
        catch (OverflowException)
        {
            throw CypherException.Syntax("integer is too large", at);
        }
    }
}
