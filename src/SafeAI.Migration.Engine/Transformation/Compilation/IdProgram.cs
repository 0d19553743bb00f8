namespace SafeAI.Migration.Engine.Transformation;

/// <summary>
/// Makes an id: from the first of its templates whose places all have a value. The id of the record under way is remembered, because
/// nodes and ends of relationships share it.
/// </summary>
internal sealed class IdProgram
{
    private readonly IdTemplate[] _templates;
    private long _token = -1;
    private string? _id;

    /// <param name="templates">At least one.</param>
    public IdProgram(IdTemplate[] templates) => _templates = templates;

    /// <summary>Whether the id must not appear in messages and logs.</summary>
    public bool IsPrivate => Array.Exists(_templates, t => t.IsPrivate);

    /// <summary>The places of the record's fields that stand in the id as they are, so that records that differ in them have different ids.</summary>
    public IEnumerable<int> PlainFields => _templates is [var only] ? only.PlainFields : [];

    /// <summary>The id; null where a value is missing or failed, which the evaluation says.</summary>
    public string? Run(Evaluation evaluation)
    {
        if (_token == evaluation.Token)
            return _id;
        if (Make(evaluation, isNeeded: true) is not { } id)
            return null;
        _id = id;
        _token = evaluation.Token;
        return id;
    }

    /// <summary>The id; null where a value is missing, which is a failure only where it is needed.</summary>
    public string? Make(Evaluation evaluation, bool isNeeded)
    {
        for (var i = 0; i < _templates.Length; i++)
        {
            var id = _templates[i].Make(evaluation, isNeeded && i == _templates.Length - 1);
            if (id is not null || evaluation.Failed)
                return id;
        }

        return null;
    }
}

/// <summary>An id as a value, for what functions or a type still make of it.</summary>
internal sealed class IdSource(IdProgram program, bool isNeeded) : ValueSource
{
    public override bool IsPrivate => program.IsPrivate;

    public override object? Get(Evaluation evaluation) => program.Make(evaluation, isNeeded);
}
