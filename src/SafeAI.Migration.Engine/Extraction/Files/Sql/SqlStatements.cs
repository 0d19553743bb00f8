using System.Text;

namespace SafeAI.Migration.Engine.Extraction.Files.Sql;

/// <summary>Reads the statements of a dump that describe tables; skips the others.</summary>
internal sealed class SqlStatements(SqlScanner scanner, SqlTables tables, SqlDialect dialect)
{
    /// <summary>The name that begins with the present token, with its schema; goes behind it.</summary>
    public SqlName ReadName()
    {
        string? schema = null;
        var name = scanner.Identifier;
        scanner.Next();
        while (scanner.IsSymbol('.'))
        {
            scanner.Next();
            (schema, name) = (name, scanner.Identifier);
            scanner.Next();
        }

        return new SqlName(schema, name);
    }

    /// <summary>The names in parentheses that begin with the present token; goes behind them.</summary>
    public List<string> ReadNames()
    {
        var names = new List<string>();
        scanner.Next();
        while (!scanner.IsSymbol(')') && scanner.Kind != SqlTokenKind.End)
        {
            if (scanner.Kind is SqlTokenKind.Word or SqlTokenKind.Name)
                names.Add(scanner.Identifier);
            scanner.Next();
            // The length of a prefix in an index of MySQL, or a direction.
            while (!scanner.IsSymbol(',') && !scanner.IsSymbol(')') && scanner.Kind != SqlTokenKind.End)
                scanner.Next();
            if (scanner.IsSymbol(','))
                scanner.Next();
        }

        scanner.Next();
        return names;
    }

    /// <summary>Reads a statement that begins with CREATE, up to its semicolon.</summary>
    public void Create()
    {
        scanner.Next();
        while (scanner.IsWord("TEMP"u8) || scanner.IsWord("TEMPORARY"u8) || scanner.IsWord("UNLOGGED"u8) || scanner.IsWord("FOREIGN"u8))
            scanner.Next();
        if (!scanner.IsWord("TABLE"u8))
        {
            Skip();
            return;
        }

        scanner.Next();
        while (scanner.IsWord("IF"u8) || scanner.IsWord("NOT"u8) || scanner.IsWord("EXISTS"u8))
            scanner.Next();
        var table = tables.Get(ReadName());
        if (scanner.IsSymbol('('))
        {
            scanner.Next();
            while (!scanner.IsSymbol(')') && scanner.Kind != SqlTokenKind.End)
            {
                Element(table);
                if (scanner.IsSymbol(','))
                    scanner.Next();
            }

            // A table whose description is not whole has other columns than the dump knows.
            if (scanner.Kind == SqlTokenKind.End)
                throw new SqlEndException();
            scanner.Next();
            if (scanner.IsWord("INHERITS"u8))
                Inherit(table);
        }

        Skip();
    }

    /// <summary>Reads a statement that begins with ALTER, up to its semicolon, for the keys that it adds.</summary>
    public void Alter()
    {
        scanner.Next();
        if (!scanner.IsWord("TABLE"u8))
        {
            Skip();
            return;
        }

        scanner.Next();
        while (scanner.IsWord("ONLY"u8) || scanner.IsWord("IF"u8) || scanner.IsWord("EXISTS"u8))
            scanner.Next();
        var name = ReadName();
        var constraint = "";
        while (!scanner.IsSymbol(';') && scanner.Kind != SqlTokenKind.End)
        {
            if (scanner.IsWord("CONSTRAINT"u8))
            {
                scanner.Next();
                constraint = scanner.Identifier;
            }
            else if (scanner.IsWord("ATTACH"u8))
            {
                scanner.Next();
                scanner.Next();
                tables.Get(ReadName()).Whole = tables.Get(name);
                continue;
            }

            if ((scanner.IsWord("PRIMARY"u8) || scanner.IsWord("FOREIGN"u8)) && tables.Contains(name))
                Constraint(tables.Get(name), constraint);
            else
                scanner.Next();
        }
    }

    /// <summary>The columns of the tables in parentheses stand before the table's own.</summary>
    private void Inherit(SqlTable table)
    {
        scanner.Next();
        scanner.Next();
        var place = 0;
        while (!scanner.IsSymbol(')') && scanner.Kind != SqlTokenKind.End)
        {
            foreach (var column in tables.Get(ReadName()).Columns.Where(c => !table.Columns.Exists(o => o.Name == c.Name)).ToList())
                table.Columns.Insert(place++, column);
            if (scanner.IsSymbol(','))
                scanner.Next();
        }
    }

    /// <summary>Skips the rest of a statement; stands on its semicolon afterwards.</summary>
    public void Skip()
    {
        // The statements within a trigger or function end with semicolons of their own.
        var depth = 0;
        while (scanner.Kind != SqlTokenKind.End && !(depth == 0 && scanner.IsSymbol(';')))
        {
            if (scanner.IsWord("BEGIN"u8) || (depth > 0 && scanner.IsWord("CASE"u8)))
                depth++;
            else if (depth > 0 && scanner.IsWord("END"u8))
                depth--;
            scanner.Next();
        }
    }

    private void Element(SqlTable table)
    {
        var name = "";
        if (scanner.IsWord("CONSTRAINT"u8))
        {
            scanner.Next();
            name = scanner.Identifier;
            scanner.Next();
        }

        if (scanner.IsWord("PRIMARY"u8) || scanner.IsWord("FOREIGN"u8))
            Constraint(table, name);
        else if (scanner.Kind == SqlTokenKind.Name || !IsConstraintWord())
            Column(table);
        SkipElement();
    }

    private bool IsConstraintWord()
    {
        foreach (var word in (ReadOnlySpan<string>)["UNIQUE", "KEY", "INDEX", "FULLTEXT", "SPATIAL", "CHECK", "EXCLUDE", "LIKE", "PERIOD"])
            if (scanner.Kind == SqlTokenKind.Word && Ascii.EqualsIgnoreCase(scanner.Raw, word))
                return true;
        return false;
    }

    private void Column(SqlTable table)
    {
        var name = scanner.Identifier;
        scanner.Next();
        var type = ReadType();
        var column = new SqlColumn(name, type.Length == 0 ? null : type, dialect);
        table.Columns.Add(column);
        while (!IsElementEnd())
        {
            if (scanner.IsWord("NOT"u8))
            {
                scanner.Next();
                column.IsNullable &= !scanner.IsWord("NULL"u8);
            }
            else if (scanner.IsWord("PRIMARY"u8))
            {
                table.Key.Add(name);
            }
            else if (scanner.IsWord("AS"u8))
            {
                scanner.Next();
                column.IsComputed = scanner.IsSymbol('(');
                continue;
            }
            else if (scanner.IsWord("REFERENCES"u8))
            {
                References(table, "", [name]);
                continue;
            }

            Advance();
        }
    }

    private string ReadType()
    {
        var type = new StringBuilder();
        while (!IsElementEnd() && !IsEndOfType())
        {
            if (scanner.IsSymbol('('))
            {
                while (!scanner.IsSymbol(')') && scanner.Kind != SqlTokenKind.End)
                {
                    type.Append(Encoding.UTF8.GetString(scanner.Raw));
                    scanner.Next();
                }

                type.Append(')');
            }
            else
            {
                if (type.Length > 0 && scanner.Kind is SqlTokenKind.Word or SqlTokenKind.Name)
                    type.Append(type[^1] == '.' ? "" : " ");
                type.Append(scanner.Kind == SqlTokenKind.Name ? scanner.Identifier : Encoding.UTF8.GetString(scanner.Raw));
            }

            scanner.Next();
        }

        return type.ToString().TrimStart();
    }

    private bool IsEndOfType()
    {
        if (scanner.Kind != SqlTokenKind.Word)
            return false;
        foreach (var word in (ReadOnlySpan<string>)["NOT", "NULL", "DEFAULT", "PRIMARY", "UNIQUE", "REFERENCES", "CHECK", "COLLATE", "GENERATED", "CONSTRAINT", "AUTO_INCREMENT", "COMMENT", "CHARACTER", "CHARSET", "ON", "AS", "VIRTUAL", "STORED", "INVISIBLE"])
            // "character varying" is a type, "CHARACTER SET" is not part of one.
            if (Ascii.EqualsIgnoreCase(scanner.Raw, word) && (word != "CHARACTER" || dialect == SqlDialect.MySql))
                return true;
        return false;
    }

    private bool IsElementEnd() => scanner.IsSymbol(',') || scanner.IsSymbol(')') || scanner.Kind == SqlTokenKind.End;

    private void Constraint(SqlTable table, string name)
    {
        var isPrimary = scanner.IsWord("PRIMARY"u8);
        scanner.Next();
        scanner.Next();
        while (!scanner.IsSymbol('(') && !IsElementEnd() && !scanner.IsSymbol(';'))
            scanner.Next();
        if (!scanner.IsSymbol('('))
            return;
        var columns = ReadNames();
        if (isPrimary)
        {
            table.Key.Clear();
            table.Key.AddRange(columns);
        }
        else if (scanner.IsWord("REFERENCES"u8))
        {
            References(table, name, columns);
        }
    }

    private void References(SqlTable table, string name, List<string> columns)
    {
        scanner.Next();
        var referenced = ReadName();
        var targets = scanner.IsSymbol('(') ? ReadNames() : tables.Contains(referenced) ? tables.Get(referenced).Key : [];
        table.ForeignKeys.Add(new CatalogForeignKey(name, columns, referenced.Schema, referenced.Name, targets));
    }

    private void SkipElement()
    {
        while (!IsElementEnd())
            Advance();
    }

    /// <summary>Goes behind the present token, or behind the parentheses that it opens.</summary>
    private void Advance()
    {
        var depth = 0;
        do
        {
            if (scanner.IsSymbol('('))
                depth++;
            else if (scanner.IsSymbol(')'))
                depth--;
            scanner.Next();
        }
        while (depth > 0 && scanner.Kind != SqlTokenKind.End);
    }
}
