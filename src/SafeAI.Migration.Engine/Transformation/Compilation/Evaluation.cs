namespace SafeAI.Migration.Engine.Transformation;

/// <summary>One step of a value on its way: a function or a conversion.</summary>
internal delegate object? ValueStep(object? value, Evaluation evaluation);

/// <summary>What a record says of an id, under one type.</summary>
internal readonly record struct StatedItem(GraphItem Item, string Type, ItemMapping Mapping, bool IsPrivate);

/// <summary>
/// The record under way and the first failure that it met. One per mapper and reused, so that a good record costs
/// nothing and a bad one no exception.
/// </summary>
internal sealed class Evaluation
{
    private bool _lost;

    /// <summary>The record under way.</summary>
    public Record Record { get; set; } = null!;

    /// <summary>The elements of exploded lists, and their places, that are in use.</summary>
    public object?[] Elements { get; set; } = [];

    /// <summary>The items made of the record under way whose ids must not stand for anything else.</summary>
    public List<StatedItem> Stated { get; } = [];

    /// <summary>Differs for every record.</summary>
    public long RecordToken { get; set; }

    /// <summary>Differs for every record and every element of an exploded list; tells whether a remembered value is still good.</summary>
    public long Token { get; set; }

    public bool Failed { get; private set; }

    public string Code { get; private set; } = "";

    public string Reason { get; private set; } = "";

    public string? Rule { get; set; }

    public string? Field { get; set; }

    public object? Value { get; set; }

    public Exception? Exception { get; private set; }

    /// <summary>Whether the failure is that a key is not in its lookup, which is more than a missing value.</summary>
    public bool IsUnfound { get; set; }

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

    /// <summary>Says where the failure was, unless that is known more exactly already.</summary>
    public void Blame(string rule, string? field, bool isPrivate = false)
    {
        if (!Failed)
            return;
        Rule ??= rule;
        Field ??= field;
        if (isPrivate)
            Hide();
    }

    /// <summary>Says that something was lost, as the mapping allows.</summary>
    public bool Lose() => _lost = true;

    /// <summary>Whether something was lost that nobody has counted yet.</summary>
    public bool HasLost => _lost;

    /// <summary>Whether something was lost since the last call.</summary>
    public bool TakeLoss()
    {
        var lost = _lost;
        _lost = false;
        return lost;
    }

    // Messages quote the value, and causes hold it, too.
    private void Hide()
    {
        var text = GraphText.Format(Value);
        if (text.Length > 0)
            Reason = Reason.Replace(Converter.Show(Value), "The private value", StringComparison.Ordinal);
        if ((text.Length > 0 && Reason.Contains(text, StringComparison.Ordinal)) || Exception is not null)
            Reason = "The value of the private field cannot be used as the mapping asks.";
        Value = null;
        Exception = null;
    }

    public void Clear()
    {
        _lost = false;
        if (!Failed)
            return;
        Failed = IsUnfound = false;
        Rule = Field = null;
        Value = null;
        Exception = null;
    }
}
