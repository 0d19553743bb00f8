using SafeAI.Migration.Sandbox.Cypher.Ast;

namespace SafeAI.Migration.Sandbox.Cypher.Parsing;

/// <summary>
/// Reads one statement of the supported part of Cypher. What it does not know it refuses at the place where it stands.
/// </summary>
internal sealed partial class Parser
{
    private readonly string _text;
    private readonly Token[] _tokens;
    private int _index;

    private Parser(string text)
    {
        _text = text;
        _tokens = Lexer.Read(text);
    }

    private Token Current => _tokens[_index];

    /// <summary>The statement in a text, which may end with one semicolon.</summary>
    public static Statement Parse(string text) => new Parser(text).ParseStatement();

    private Statement ParseStatement()
    {
        if (Current.Kind == TokenKind.End)
            throw CypherException.Syntax("Unexpected end of input: expected a statement", Current.At);
        Statement statement;
        if (Current.IsWord("CREATE") && Peek().IsWord("CONSTRAINT"))
            statement = ParseCreateConstraint();
        else if (Current.IsWord("DROP"))
            statement = ParseDropConstraint();
        else if (Current.IsWord("SHOW"))
            statement = ParseShowConstraints();
        else
            statement = ParseQuery();

        TakeSymbol(";");
        if (Current.Kind != TokenKind.End)
            throw Unexpected("end of input");
        return statement;
    }

    private QueryStatement ParseQuery()
    {
        var clauses = new List<Clause>();
        while (Current.Kind != TokenKind.End && !Current.IsSymbol(";"))
        {
            clauses.Add(ParseClause());
        }

        if (clauses.Count == 0)
            throw CypherException.Syntax("Unexpected end of input: expected a statement", Current.At);
        CheckOrder(clauses);
        return new QueryStatement(clauses);
    }

    private static void CheckOrder(List<Clause> clauses)
    {
        for (var i = 0; i + 1 < clauses.Count; i++)
        {
            var (first, second) = (clauses[i], clauses[i + 1]);
            if (first is ProjectionClause { IsReturn: true })
                throw CypherException.Syntax("RETURN can only be used at the end of the query", first.At);
            if (first is MatchClause { Optional: true } && second is MatchClause { Optional: false })
                throw CypherException.Syntax("MATCH cannot follow OPTIONAL MATCH (perhaps use a WITH clause between them)", second.At);
            if (first.IsUpdate && !second.IsUpdate && second is not ProjectionClause)
                throw CypherException.Syntax($"WITH is required between {first.Name} and {ShortName(second)}", second.At);
        }

        var last = clauses[^1];
        if (!last.IsUpdate && last is not ProjectionClause { IsReturn: true })
            throw CypherException.Syntax($"Query cannot conclude with {ShortName(last)} (must be a RETURN clause or an update clause)", last.At);
    }

    // The rule is about the clause, whether it is optional or not.
    private static string ShortName(Clause clause) => clause is MatchClause ? "MATCH" : clause.Name;

    private Clause ParseClause()
    {
        var at = Current.At;
        if (TakeWord("MATCH"))
            return ParseMatch(optional: false, at);
        if (Current.IsWord("OPTIONAL") && Peek().IsWord("MATCH"))
        {
            _index += 2;
            return ParseMatch(optional: true, at);
        }

        if (TakeWord("UNWIND"))
        {
            var list = ParseExpression();
            ExpectWord("AS");
            var variableAt = Current.At;
            return new UnwindClause(list, ExpectName("a variable"), variableAt, at);
        }

        if (TakeWord("CREATE"))
            return new CreateClause(ParsePatterns(), at);
        if (TakeWord("MERGE"))
            return ParseMerge(at);
        if (TakeWord("SET"))
            return new SetClause(ParseSetItems(), at);
        if (TakeWord("REMOVE"))
            return new RemoveClause(ParseRemoveItems(), at);
        if (Current.IsWord("DELETE") || (Current.IsWord("DETACH") && Peek().IsWord("DELETE")))
        {
            var detach = TakeWord("DETACH");
            ExpectWord("DELETE");
            return new DeleteClause(detach, ParseList(ParseExpression), at);
        }

        if (TakeWord("WITH"))
            return ParseProjection("WITH", at);
        if (TakeWord("RETURN"))
            return ParseProjection("RETURN", at);
        if (Current.IsWord("CALL") || Current.IsWord("FOREACH") || Current.IsWord("UNION") || Current.IsWord("LOAD") || Current.IsWord("USE")
            || Current.IsWord("FINISH") || Current.IsWord("NODETACH"))
            throw CypherException.Syntax($"The sandbox does not support {Current.Text.ToUpperInvariant()}", at);
        throw Unexpected("a clause (MATCH, OPTIONAL MATCH, UNWIND, CREATE, MERGE, SET, REMOVE, DELETE, DETACH DELETE, WITH or RETURN)");
    }

    private MatchClause ParseMatch(bool optional, Position at)
    {
        var parts = ParsePatterns();
        if (Current.IsWord("USING"))
            throw CypherException.Syntax("The sandbox does not support planner hints", Current.At);
        return new MatchClause(optional, parts, ParseOptionalWhere(), at);
    }

    private MergeClause ParseMerge(Position at)
    {
        var part = ParsePatternPart();
        var onCreate = new List<SetItem>();
        var onMatch = new List<SetItem>();
        while (Current.IsWord("ON"))
        {
            _index++;
            var target = TakeWord("CREATE") ? onCreate : TakeWord("MATCH") ? onMatch : throw Unexpected("CREATE or MATCH");
            ExpectWord("SET");
            target.AddRange(ParseSetItems());
        }

        return new MergeClause(part, onCreate, onMatch, at);
    }

    private List<SetItem> ParseSetItems() => ParseList(() =>
    {
        var at = Current.At;
        var target = ParseAssignmentTarget();
        if (TakeSymbol("="))
        {
            return target is PropertyExpression property
                ? new SetItem(SetKind.Property, property.Subject, property.Key, [], ParseExpression(), at)
                : new SetItem(SetKind.ReplaceAll, RequireVariable(target), null, [], ParseExpression(), at);
        }

        if (TakeSymbol("+="))
            return new SetItem(SetKind.Merge, RequireVariable(target), null, [], ParseExpression(), at);
        if (Current.IsSymbol(":"))
            return new SetItem(SetKind.Labels, RequireVariable(target), null, ParseLabelList(), null, at);
        throw Unexpected("'=', '+=' or ':'");
    });

    private List<SetItem> ParseRemoveItems() => ParseList(() =>
    {
        var at = Current.At;
        var target = ParseAssignmentTarget();
        if (target is PropertyExpression property)
            return new SetItem(SetKind.Property, property.Subject, property.Key, [], null, at);
        if (Current.IsSymbol(":"))
            return new SetItem(SetKind.Labels, RequireVariable(target), null, ParseLabelList(), null, at);
        throw Unexpected("'.' or ':'");
    });

    // A variable or a property of something; the labels of "n:A" are left for the caller.
    private Expression ParseAssignmentTarget()
    {
        var first = _index;
        Expression target = ParseAtom();
        while (Current.IsSymbol("."))
        {
            _index++;
            target = Finish(new PropertyExpression(target, ExpectName("a property name"), _tokens[first].At), first);
        }

        return target;
    }

    private static VariableExpression RequireVariable(Expression target) =>
        target as VariableExpression ?? throw CypherException.Syntax("Invalid input: expected a variable", target.At);

    private List<string> ParseLabelList()
    {
        var labels = new List<string>();
        while (TakeSymbol(":"))
        {
            labels.Add(ExpectName("a label"));
        }

        return labels;
    }

    private ProjectionClause ParseProjection(string name, Position at)
    {
        var distinct = TakeWord("DISTINCT");
        var star = TakeSymbol("*");
        var items = star && !TakeSymbol(",") ? [] : ParseList(ParseProjectionItem);
        if (name == "WITH")
        {
            foreach (var item in items)
            {
                if (!item.Aliased && item.Expression is not VariableExpression)
                    throw CypherException.Syntax("Expression in WITH must be aliased (use AS)", item.At);
            }
        }

        var order = new List<OrderItem>();
        if (TakeWord("ORDER"))
        {
            ExpectWord("BY");
            order = ParseList(() =>
            {
                var expression = ParseExpression();
                var descending = TakeWord("DESC") || TakeWord("DESCENDING");
                if (!descending && !TakeWord("ASC"))
                    TakeWord("ASCENDING");
                return new OrderItem(expression, descending);
            });
        }

        var skip = TakeWord("SKIP") ? ParseExpression() : null;
        var limit = TakeWord("LIMIT") ? ParseExpression() : null;
        return new ProjectionClause(name, at)
        {
            Distinct = distinct,
            Star = star,
            Items = items,
            OrderBy = order,
            Skip = skip,
            Limit = limit,
            Where = name == "WITH" ? ParseOptionalWhere() : null,
        };
    }

    private ProjectionItem ParseProjectionItem()
    {
        var at = Current.At;
        var expression = ParseExpression();
        // The column is named by what was written, parentheses and all.
        var written = _text[at.Offset.._tokens[_index - 1].End];
        if (TakeWord("AS"))
            return new ProjectionItem(expression, ExpectName("an alias"), Aliased: true, at);
        return new ProjectionItem(expression, expression is VariableExpression v ? v.Name : written, Aliased: false, at);
    }

    private Expression? ParseOptionalWhere()
    {
        if (!TakeWord("WHERE"))
            return null;
        var condition = ParseExpression();
        AllowPatterns(condition);
        return condition;
    }

    // A bare pattern is a condition: it may stand where a truth is wanted, nowhere else.
    private static void AllowPatterns(Expression condition)
    {
        switch (condition)
        {
            case SubqueryExpression subquery:
                subquery.IsCondition = true;
                break;
            case UnaryExpression { Operator: UnaryOperator.Not } not:
                AllowPatterns(not.Operand);
                break;
            case BinaryExpression { Operator: BinaryOperator.And or BinaryOperator.Or or BinaryOperator.Xor } binary:
                AllowPatterns(binary.Left);
                AllowPatterns(binary.Right);
                break;
        }
    }

    private List<T> ParseList<T>(Func<T> parse)
    {
        var items = new List<T> { parse() };
        while (TakeSymbol(","))
        {
            items.Add(parse());
        }

        return items;
    }

    private Token Peek(int ahead = 1) => _tokens[Math.Min(_index + ahead, _tokens.Length - 1)];

    private bool TakeWord(string word)
    {
        if (!Current.IsWord(word))
            return false;
        _index++;
        return true;
    }

    private bool TakeSymbol(string symbol)
    {
        if (!Current.IsSymbol(symbol))
            return false;
        _index++;
        return true;
    }

    private void ExpectWord(string word)
    {
        if (!TakeWord(word))
            throw Unexpected(word);
    }

    private void ExpectSymbol(string symbol)
    {
        if (!TakeSymbol(symbol))
            throw Unexpected($"'{symbol}'");
    }

    private string ExpectName(string what)
    {
        if (Current.Kind is not (TokenKind.Name or TokenKind.QuotedName))
            throw Unexpected(what);
        return _tokens[_index++].Text;
    }

    private CypherException Unexpected(string expected) =>
        CypherException.Syntax($"Invalid input {Current.Described}: expected {expected}", Current.At);
}
