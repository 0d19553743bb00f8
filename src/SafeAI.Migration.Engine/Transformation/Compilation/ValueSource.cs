namespace SafeAI.Migration.Engine.Transformation;

/// <summary>Where a value comes from, bound to the places of one schema.</summary>
internal abstract class ValueSource
{
    /// <summary>The name for messages; null where there is no one field.</summary>
    public virtual string? Field => null;

    /// <summary>Whether the value must not appear in messages and logs.</summary>
    public virtual bool IsPrivate => false;

    public abstract object? Get(Evaluation evaluation);
}

internal sealed class FieldSource(string name, int ordinal, bool isPrivate) : ValueSource
{
    /// <summary>The field's place in the record.</summary>
    public int Ordinal => ordinal;

    public override string? Field => name;

    public override bool IsPrivate => isPrivate;

    public override object? Get(Evaluation evaluation) => evaluation.Record.GetValue(ordinal);
}

/// <summary>The element of an exploded list that is in use, or its place.</summary>
internal sealed class ElementSource(string name, int slot, bool isPrivate) : ValueSource
{
    public override string? Field => name;

    public override bool IsPrivate => isPrivate;

    public override object? Get(Evaluation evaluation) => evaluation.Elements[slot];
}

/// <summary>Where the record was read: <c>$source</c>, <c>$ordinal</c> or <c>$line</c>.</summary>
internal sealed class PositionSource(string name, Func<RecordPosition, object?> get) : ValueSource
{
    public override string? Field => name;

    public static PositionSource? Find(string name) => name.ToLowerInvariant() switch
    {
        "$source" => new PositionSource(name, p => p.Source),
        "$ordinal" => new PositionSource(name, p => p.Ordinal > 0 ? p.Ordinal : null),
        "$line" => new PositionSource(name, p => p.Line > 0 ? p.Line : null),
        _ => null,
    };

    public override object? Get(Evaluation evaluation) => get(evaluation.Record.GetPosition());
}

/// <summary>A member inside a field that holds a map, a list or JSON text.</summary>
internal sealed class PathSource(string name, ValueSource start, string[] segments) : ValueSource
{
    public override string? Field => name;

    public override bool IsPrivate => start.IsPrivate;

    public override object? Get(Evaluation evaluation)
    {
        var value = start.Get(evaluation);
        try
        {
            foreach (var segment in segments)
            {
                if (value is null or "")
                    return null;
                value = NestedValue.Get(value, segment);
            }
        }
        catch (System.Text.Json.JsonException e)
        {
            return evaluation.Fail(ErrorCode.ConversionFailed, $"The text in '{start.Field}' is not JSON, so '{name}' cannot be read from it: {e.Message}", value, e);
        }

        return value;
    }
}

/// <summary>The first of several fields that is neither null nor empty.</summary>
internal sealed class FirstOfSource(ValueSource[] sources) : ValueSource
{
    public override string? Field { get; } = string.Join(", ", sources.Select(s => s.Field));

    public override bool IsPrivate { get; } = Array.Exists(sources, s => s.IsPrivate);

    public override object? Get(Evaluation evaluation)
    {
        object? value = null;
        foreach (var source in sources)
        {
            var candidate = source.Get(evaluation);
            if (candidate is not (null or "") || evaluation.Failed)
                return candidate;
            value ??= candidate;
        }

        return value;
    }
}

internal sealed class ConstantSource(object? value, string? name = null) : ValueSource
{
    public override string? Field => name;

    public override object? Get(Evaluation evaluation) => value;
}

internal sealed class ScriptSource(Func<Record, object?> script) : ValueSource
{
    public override object? Get(Evaluation evaluation)
    {
        try
        {
            return script(evaluation.Record);
        }
        catch (OperationCanceledException)
        {
            throw;
        }
        catch (Exception e)
        {
            return evaluation.Fail(ErrorCode.ConversionFailed, $"The script failed: {e.Message}", exception: e);
        }
    }
}

/// <summary>
/// A template as a text for people: null counts as an empty text, and the whole is null where every place is.
/// </summary>
internal sealed class TemplateSource(string[] literals, ValueProgram[] places) : ValueSource
{
    private readonly string[] _texts = new string[literals.Length + places.Length];

    public override string? Field { get; } = places.Length == 1 ? places[0].Field : null;

    public override bool IsPrivate { get; } = Array.Exists(places, p => p.IsPrivate);

    public override object? Get(Evaluation evaluation)
    {
        var hasValue = places.Length == 0;
        for (var i = 0; i < places.Length; i++)
        {
            var value = places[i].Run(evaluation);
            if (evaluation.Failed)
                return null;
            hasValue |= value is not null;
            _texts[2 * i] = literals[i];
            _texts[(2 * i) + 1] = GraphText.Format(value);
        }

        _texts[^1] = literals[^1];
        return hasValue ? string.Concat(_texts) : null;
    }
}
