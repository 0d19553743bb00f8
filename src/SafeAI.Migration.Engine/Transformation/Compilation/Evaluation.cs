namespace SafeAI.Migration.Engine.Transformation;

/// <summary>One step of a value on its way: a function or a conversion.</summary>
internal delegate object? ValueStep(object? value, Evaluation evaluation);

/// <summary>
/// The record under way and the first failure that it met. One per mapper and reused, so that a good record costs
/// nothing and a bad one no exception.
/// </summary>
internal sealed class Evaluation
{
    /// <summary>The record under way.</summary>
    public Record Record { get; set; } = null!;

    /// <summary>Differs for every record and every element of an exploded list; tells whether a remembered value is still good.</summary>
    public long Token { get; set; }

    public bool Failed { get; private set; }

    public string Code { get; private set; } = "";

    public string Reason { get; private set; } = "";

    public string? Rule { get; set; }

    public string? Field { get; set; }

    public object? Value { get; set; }

    public Exception? Exception { get; private set; }

    public object? Fail(string code, string reason, object? value = null, Exception? exception = null)
    {
        if (Failed)
            return null;
        Failed = true;
        Code = code;
        Reason = reason;
        Value = value;
        Exception = exception;
        return null;
    }

    public void Clear()
    {
        if (!Failed)
            return;
        Failed = false;
        Rule = Field = null;
        Value = null;
        Exception = null;
    }
}
