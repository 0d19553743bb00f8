namespace SafeAI.Migration.Sandbox.Cypher.Parsing;

/// <summary>What a token is.</summary>
internal enum TokenKind
{
    End,
    Name,
    QuotedName,
    Integer,
    Float,
    String,
    Parameter,
    Symbol,
}

/// <summary>One token of a statement.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">A name or string without its quotes and escapes, a number as written, a symbol.</param>
/// <param name="At">Where it starts.</param>
/// <param name="End">The offset after it.</param>
internal readonly record struct Token(TokenKind Kind, string Text, Position At, int End)
{
    /// <summary>Whether this is an unquoted word, whatever its case.</summary>
    public bool IsWord(string word) => Kind == TokenKind.Name && Text.Equals(word, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether this is a symbol.</summary>
    public bool IsSymbol(string symbol) => Kind == TokenKind.Symbol && Text == symbol;

    /// <summary>The token as an error message names it.</summary>
    public string Described => Kind switch
    {
        TokenKind.End => "end of input",
        TokenKind.String => $"'{Text}'",
        TokenKind.QuotedName => $"`{Text}`",
        TokenKind.Parameter => "$" + Text,
        _ => $"'{Text}'",
    };
}
