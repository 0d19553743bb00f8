namespace SafeAI.Migration.Engine.Transformation;

/// <summary>A value with everything that is done to it, ready to run.</summary>
internal sealed class ValueProgram
{
    private readonly ValueSource _source;
    private readonly ValueStep[] _steps;
    private readonly string[] _rules;
    private readonly object? _default;
    private readonly bool _isRequired;
    private readonly string _path;

    public ValueProgram(ValueSource source, ValueMapping mapping)
        : this(source, mapping.Apply, mapping.Conversion, mapping.Path)
    {
        _isRequired = mapping.IsRequired;
        _default = mapping.Default;
    }

    public ValueProgram(ValueSource source, IReadOnlyList<FunctionCall> apply, ConversionMapping? conversion, string path)
    {
        _source = source;
        _path = path;
        var steps = new List<ValueStep>();
        var rules = new List<string>();
        foreach (var call in apply)
        {
            steps.Add(call.Definition.Create(call.Arguments));
            rules.Add(call.Path);
        }

        if (conversion is not null)
        {
            steps.Add(Converter.Create(conversion));
            rules.Add(MappingElement.Join(path, "type"));
        }

        _steps = [.. steps];
        _rules = [.. rules];
    }

    /// <summary>The field it comes from, for messages.</summary>
    public string? Field => _source.Field;

    /// <summary>The value for the record under way; null too where the evaluation failed.</summary>
    public object? Run(Evaluation evaluation)
    {
        var value = _source.Get(evaluation);
        if (evaluation.Failed)
            return Blame(evaluation, _path);
        for (var i = 0; i < _steps.Length; i++)
        {
            value = _steps[i](value, evaluation);
            if (evaluation.Failed)
                return Blame(evaluation, _rules[i]);
        }

        if (value is null or "")
        {
            if (_default is not null)
                return _default;
            if (_isRequired)
            {
                evaluation.Fail(ErrorCode.MissingValue,
                    $"{(Field is null ? "The value" : $"The field '{Field}'")} is {(value is null ? "null" : "empty")}, and the mapping requires it.", value);
                return Blame(evaluation, _path);
            }
        }

        return value;
    }

    /// <summary>The value as the graph stores it.</summary>
    public object? RunToStore(Evaluation evaluation)
    {
        var value = Run(evaluation);
        return value is null or string { Length: 0 } or long ? value : Store(value, evaluation);
    }

    private object? Store(object? value, Evaluation evaluation)
    {
        if (GraphValue.TryNormalize(value, out var stored, out var code, out var reason))
            return stored;
        evaluation.Fail(code, reason, value);
        return Blame(evaluation, _path);
    }

    /// <summary>The value as the graph stores it, but a map as it is where it is to be flattened.</summary>
    public object? RunKeepingNested(Evaluation evaluation, NestedPolicy policy, ref bool hasMap)
    {
        var value = NestedValue.Unwrap(Run(evaluation));
        if (evaluation.Failed || value is null or string or long)
            return value is string ? Store(value, evaluation) : value;
        if (NestedValue.IsMap(value) && policy == NestedPolicy.Flatten)
        {
            hasMap = true;
            return value;
        }

        return NestedValue.IsMap(value) || (NestedValue.IsList(value) && NestedValue.Elements(value).Any(e => NestedValue.IsMap(e) || NestedValue.IsList(e)))
            ? JsonText.Write(value)
            : Store(value, evaluation);
    }

    private object? Blame(Evaluation evaluation, string rule)
    {
        evaluation.Blame(rule, Field);
        return null;
    }
}
