namespace SafeAI.Migration.Engine.Transformation;

/// <summary>A value with everything that is done to it, ready to run.</summary>
internal sealed class ValueProgram
{
    private readonly ValueSource _source;
    private readonly CountedStep[] _steps;
    private readonly RuleCounter? _endCounter;
    private readonly object? _default;
    private readonly bool _isRequired;
    private readonly string _path;

    public ValueProgram(ValueSource source, ValueMapping mapping, BindingContext context)
        : this(source, mapping.Apply, mapping.Conversion, mapping.Path, context, mapping.IsPrivate)
    {
        _isRequired = mapping.IsRequired;
        _default = mapping.Default;
        if (_default is not null || _isRequired)
            _endCounter = context.Log.Counter($"{_path} {(_default is not null ? "default" : "required")}", Field, IsPrivate);
    }

    public ValueProgram(
        ValueSource source, IReadOnlyList<FunctionCall> apply, ConversionMapping? conversion, string path, BindingContext context, bool isPrivate = false)
    {
        _source = source;
        _path = path;
        IsPrivate = isPrivate || source.IsPrivate || apply.Any(c => c.Definition.IsPrivacy);
        var steps = new List<CountedStep>();
        foreach (var call in apply)
        {
            steps.Add(new CountedStep(
                call.Definition.Create(call.Arguments.With(context.Keys)), call.Path, context.Log.Counter($"{call.Path} {call.Name}", Field, IsPrivate)));
        }

        if (conversion is not null)
        {
            var rule = MappingElement.Join(path, "type");
            steps.Add(new CountedStep(
                Converter.Create(conversion), rule, context.Log.Counter($"{rule} {conversion.Type.ToString().ToLowerInvariant()}", Field, IsPrivate)));
        }

        _steps = [.. steps];
    }

    /// <summary>The field it comes from, for messages.</summary>
    public string? Field => _source.Field;

    /// <summary>Whether the value must not appear in messages and logs.</summary>
    public bool IsPrivate { get; }

    /// <summary>The place of the record's field whose value it is, unchanged; null where it is anything else.</summary>
    public int? PlainField => _source is FieldSource whole && _steps.Length == 0 && _default is null ? whole.Ordinal : null;

    /// <summary>The value for the record under way; null too where the evaluation failed.</summary>
    public object? Run(Evaluation evaluation)
    {
        var value = _source.Get(evaluation);
        if (evaluation.Failed)
            return Blame(evaluation, _path);
        foreach (ref readonly var step in _steps.AsSpan())
        {
            var before = value;
            value = step.Run(value, evaluation);
            if (evaluation.Failed)
            {
                step.Counter.NoteReject(before, evaluation);
                return Blame(evaluation, step.Path);
            }

            step.Counter.Note(before, value, evaluation);
        }

        return _endCounter is null ? value : RunEnd(value, evaluation);
    }

    /// <summary>The value as the graph stores it.</summary>
    public object? RunToStore(Evaluation evaluation)
    {
        var value = Run(evaluation);
        return value is null or string { Length: 0 } or long ? value : Store(value, evaluation);
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

    private object? RunEnd(object? value, Evaluation evaluation)
    {
        if (value is not (null or ""))
        {
            _endCounter!.NoteSeen();
            return value;
        }

        if (_default is not null)
        {
            _endCounter!.NoteDefault(value, _default, evaluation);
            return _default;
        }

        _endCounter!.NoteReject(value, evaluation);
        evaluation.Fail(ErrorCode.MissingValue,
            $"{(Field is null ? "The value" : $"The field '{Field}'")} is {(value is null ? "null" : "empty")}, and the mapping requires it.", value);
        return Blame(evaluation, _path);
    }

    private object? Store(object? value, Evaluation evaluation)
    {
        if (GraphValue.TryNormalize(value, out var stored, out var code, out var reason))
            return stored;
        evaluation.Fail(code, reason, value);
        return Blame(evaluation, _path);
    }

    private object? Blame(Evaluation evaluation, string rule)
    {
        evaluation.Blame(rule, Field, IsPrivate);
        return null;
    }
}

/// <summary>One step with its place in the mapping and its counts.</summary>
internal readonly record struct CountedStep(ValueStep Run, string Path, RuleCounter Counter);
