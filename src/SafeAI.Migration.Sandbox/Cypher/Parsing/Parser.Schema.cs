using SafeAI.Migration.Sandbox.Cypher.Ast;

namespace SafeAI.Migration.Sandbox.Cypher.Parsing;

internal sealed partial class Parser
{
    private CreateConstraintStatement ParseCreateConstraint()
    {
        _index += 2;
        string? name = null;
        var unnamed = Current.Kind == TokenKind.Name
            && ((Current.IsWord("IF") && Peek().IsWord("NOT")) || (Current.IsWord("FOR") && Peek().IsSymbol("(")));
        if (!unnamed)
            name = ExpectName("a constraint name, IF NOT EXISTS or FOR");
        var ifNotExists = false;
        if (TakeWord("IF"))
        {
            ExpectWord("NOT");
            ExpectWord("EXISTS");
            ifNotExists = true;
        }

        if (Current.IsWord("ON"))
            throw CypherException.Syntax("Invalid constraint syntax, ON and ASSERT are no longer supported: use FOR and REQUIRE", Current.At);
        ExpectWord("FOR");
        var (variable, label, onNodes) = ParseConstraintPattern();
        ExpectWord("REQUIRE");
        var property = ParseConstraintProperty(variable);
        ExpectWord("IS");
        if (onNodes)
            TakeWord("NODE");
        else if (!TakeWord("RELATIONSHIP"))
            TakeWord("REL");
        if (!Current.IsWord("UNIQUE"))
            throw CypherException.Syntax("The sandbox supports uniqueness constraints only: expected UNIQUE", Current.At);
        _index++;
        if (Current.IsWord("OPTIONS"))
            throw CypherException.Syntax("The sandbox does not support constraint options", Current.At);
        return new CreateConstraintStatement(name, ifNotExists, onNodes, label, property);
    }

    private (string Variable, string Label, bool OnNodes) ParseConstraintPattern()
    {
        ExpectSymbol("(");
        if (!TakeSymbol(")"))
        {
            var variable = ExpectName("a variable");
            ExpectSymbol(":");
            var label = ExpectName("a label");
            ExpectSymbol(")");
            return (variable, label, true);
        }

        TakeSymbol("<");
        ExpectSymbol("-");
        ExpectSymbol("[");
        var relationship = ExpectName("a variable");
        ExpectSymbol(":");
        var type = ExpectName("a relationship type");
        ExpectSymbol("]");
        ExpectSymbol("-");
        TakeSymbol(">");
        ExpectSymbol("(");
        ExpectSymbol(")");
        return (relationship, type, false);
    }

    private string ParseConstraintProperty(string variable)
    {
        var parenthesised = TakeSymbol("(");
        var at = Current.At;
        var name = ExpectName("a property of the variable");
        if (name != variable)
            throw CypherException.Syntax($"Variable `{name}` not defined", at);
        ExpectSymbol(".");
        var property = ExpectName("a property name");
        if (parenthesised)
        {
            if (Current.IsSymbol(","))
                throw CypherException.Syntax("The sandbox supports constraints on one property only", Current.At);
            ExpectSymbol(")");
        }

        return property;
    }

    private DropConstraintStatement ParseDropConstraint()
    {
        _index++;
        if (!Current.IsWord("CONSTRAINT"))
            throw CypherException.Syntax($"The sandbox does not support DROP {Current.Text}", Current.At);
        _index++;
        var name = ExpectName("a constraint name");
        var ifExists = false;
        if (TakeWord("IF"))
        {
            ExpectWord("EXISTS");
            ifExists = true;
        }

        return new DropConstraintStatement(name, ifExists);
    }

    private ShowConstraintsStatement ParseShowConstraints()
    {
        _index++;
        TakeWord("ALL");
        if (!TakeWord("CONSTRAINTS") && !TakeWord("CONSTRAINT"))
            throw CypherException.Syntax($"The sandbox does not support SHOW {Current.Text}", Current.At);
        List<string>? columns = null;
        if (TakeWord("YIELD") && !TakeSymbol("*"))
        {
            columns = [];
            do
            {
                var at = Current.At;
                var column = ExpectName("a column");
                if (!ShowConstraintsStatement.AllColumns.Contains(column))
                    throw CypherException.Syntax($"The sandbox knows no column {column} of SHOW CONSTRAINTS", at);
                columns.Add(column);
            }
            while (TakeSymbol(","));
        }

        return new ShowConstraintsStatement(columns ?? ShowConstraintsStatement.AllColumns);
    }
}
