using System.Globalization;

namespace SafeAI.Migration.Sandbox.Cypher;

/// <summary>The place of something in a statement's text.</summary>
/// <param name="Offset">Characters before it.</param>
/// <param name="Line">Its line, from 1.</param>
/// <param name="Column">Its column, from 1.</param>
internal readonly record struct Position(int Offset, int Line, int Column)
{
    /// <inheritdoc/>
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"line {Line}, column {Column} (offset: {Offset})");
}

/// <summary>A statement is refused, or failed. Everything it did is undone.</summary>
internal sealed class CypherException : Exception
{
    public CypherException(string code, string message, Position? position = null, Exception? inner = null)
        : base(position is { } place ? $"{message} ({place})" : message, inner)
    {
        Code = code;
        Position = position;
    }

    /// <summary>The status code, named as Neo4j names it.</summary>
    public string Code { get; }

    /// <summary>The place in the statement, where there is one.</summary>
    public Position? Position { get; }

    /// <summary>The text does not parse, or means nothing.</summary>
    public static CypherException Syntax(string message, Position position) => new(ErrorCodes.SyntaxError, message, position);

    /// <summary>A value has the wrong type for what is done with it.</summary>
    public static CypherException Type(string message) => new(ErrorCodes.TypeError, message);

    /// <summary>An argument has the right type and a wrong value.</summary>
    public static CypherException Argument(string message) => new(ErrorCodes.ArgumentError, message);
}

/// <summary>The status codes that statements fail with, as Neo4j names them.</summary>
internal static class ErrorCodes
{
    public const string SyntaxError = "Neo.ClientError.Statement.SyntaxError";
    public const string SemanticError = "Neo.ClientError.Statement.SemanticError";
    public const string TypeError = "Neo.ClientError.Statement.TypeError";
    public const string ArgumentError = "Neo.ClientError.Statement.ArgumentError";
    public const string ArithmeticError = "Neo.ClientError.Statement.ArithmeticError";
    public const string EntityNotFound = "Neo.ClientError.Statement.EntityNotFound";
    public const string ParameterMissing = "Neo.ClientError.Statement.ParameterMissing";
    public const string ConstraintValidationFailed = "Neo.ClientError.Schema.ConstraintValidationFailed";
    public const string ConstraintCreationFailed = "Neo.ClientError.Schema.ConstraintCreationFailed";
    public const string ConstraintNotFound = "Neo.ClientError.Schema.ConstraintDropFailed";
    public const string ConstraintNameTaken = "Neo.ClientError.Schema.ConstraintWithNameAlreadyExists";
    public const string ConstraintExists = "Neo.ClientError.Schema.EquivalentSchemaRuleAlreadyExists";
}
