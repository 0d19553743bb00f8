namespace SafeAI.Migration.Engine.Transformation;

/// <summary>Functions that make, join or look at a whole value: lists, nulls and tables of values.</summary>
internal static class ListFunctions
{
    public static IReadOnlyList<FunctionDefinition> All { get; } =
    [
        new("split", "Cuts a text at a separator into a list; parts are trimmed, and empty parts dropped unless 'keepEmpty'.",
            [new("separator", ArgumentKind.Text), new("keepEmpty", ArgumentKind.Boolean, false)],
            a => Split(a.Text("separator"), a.Flag("keepEmpty"))),
        new("join", "Joins a list to a text; null elements are left out.", [new("separator", ArgumentKind.Text)],
            a => (value, _) => NestedValue.IsList(value)
                ? string.Join(a.Text("separator"), NestedValue.Elements(value).Where(e => e is not null).Select(GraphText.Format))
                : value),
        new("nullIf", "Makes null of a text that is one of those given.",
            [new("values", ArgumentKind.Texts), new("ignoreCase", ArgumentKind.Boolean, false)],
            a => NullIf(a.Get<string[]>("values")!, a.Flag("ignoreCase"))),
        new("emptyToNull", "Makes null of an empty or blank text.", [],
            _ => (value, _) => value is string text && string.IsNullOrWhiteSpace(text) ? null : value),
        new("compact", "Removes null and empty elements from a list.", [],
            _ => (value, _) => NestedValue.IsList(value)
                ? NestedValue.Elements(value).Where(e => e is not (null or "")).ToArray()
                : value),
        new("distinct", "Removes repeated elements from a list; the first of each stays.", [],
            _ => (value, _) => NestedValue.IsList(value) ? NestedValue.Elements(value).Distinct().ToArray() : value),
        new("first", "Takes the first element of a list; null where it is empty.", [],
            _ => (value, _) => NestedValue.IsList(value) ? NestedValue.Elements(value).FirstOrDefault() : value),
        new("last", "Takes the last element of a list; null where it is empty.", [],
            _ => (value, _) => NestedValue.IsList(value) ? NestedValue.Elements(value).LastOrDefault() : value),
        new("map", "Looks a value up in a table of texts; what is not in the table stays as it is, or is an error with 'strict'.",
            [new("table", ArgumentKind.Table), new("ignoreCase", ArgumentKind.Boolean, false), new("strict", ArgumentKind.Boolean, false)],
            a => Map(a.Get<Dictionary<string, object?>>("table")!, a.Flag("ignoreCase"), a.Flag("strict"))),
    ];

    private static ValueStep Split(string separator, bool keepEmpty)
    {
        var options = StringSplitOptions.TrimEntries | (keepEmpty ? StringSplitOptions.None : StringSplitOptions.RemoveEmptyEntries);
        return (value, _) => value switch
        {
            null => null,
            string text => text.Split(separator, options),
            _ when NestedValue.IsList(value) => value,
            _ => GraphText.Format(value).Split(separator, options),
        };
    }

    private static ValueStep NullIf(string[] values, bool ignoreCase)
    {
        var set = new HashSet<string>(values, ignoreCase ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal);
        return (value, _) => value switch
        {
            null => null,
            string text => set.Contains(text) ? null : value,
            _ when NestedValue.IsList(value) => value,
            _ => set.Contains(GraphText.Format(value)) ? null : value,
        };
    }

    private static ValueStep Map(Dictionary<string, object?> table, bool ignoreCase, bool strict)
    {
        var lookup = new Dictionary<string, object?>(ignoreCase ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal);
        foreach (var (key, value) in table)
            lookup.TryAdd(key, value);
        return MapOne;

        object? MapOne(object? value, Evaluation evaluation)
        {
            if (value is null)
                return null;
            if (NestedValue.IsList(value))
                return NestedValue.Elements(value).Select(e => MapOne(e, evaluation)).ToArray();
            if (lookup.TryGetValue(GraphText.Format(value), out var found))
                return found;
            return strict
                ? evaluation.Fail(ErrorCode.ConversionFailed, "The value is not in the table. Add it to the table, or leave 'strict' out.", value)
                : value;
        }
    }
}
