namespace SafeAI.Migration.Engine.Transformation;

/// <summary>Finds fields, and members inside them, by the names that a mapping uses.</summary>
internal sealed class FieldResolver(FieldTable table)
{
    private readonly List<(string? Name, bool IsPrivate)> _slots = [];

    /// <summary>Tells apart resolvers that find different things by one name.</summary>
    public string Scope { get; private init; } = "";

    /// <summary>A resolver that knows the element of one more exploded list; it hides a field of the same name.</summary>
    public FieldResolver With(string element, string? index, bool isPrivate)
    {
        var result = new FieldResolver(table) { Scope = $"{Scope}{element}/{index}|" };
        result._slots.AddRange(_slots);
        result._slots.Add((element, isPrivate));
        result._slots.Add((index, false));
        return result;
    }

    /// <summary>
    /// A field of exactly this name; else a path: the longest beginning that is a field, then members separated by dots
    /// and elements in brackets, counted from 0.
    /// </summary>
    public ValueSource Resolve(string name, string path)
    {
        if (Find(name) is { } source)
            return source;
        for (var end = name.Length - 1; end > 0; end--)
        {
            if (name[end] is not ('.' or '[') || Find(name[..end]) is not { } start)
                continue;
            var segments = name[end..].Split(['.', '[', ']'], StringSplitOptions.RemoveEmptyEntries);
            if (segments.Length > 0)
                return new PathSource(name, start, segments);
        }

        if (table.MissingFields == MissingFieldPolicy.Error)
            Report(table.Schema, table.Faults, name, path, _slots.Select(s => s.Name).OfType<string>());
        return new ConstantSource(null, name);
    }

    private ValueSource? Find(string name)
    {
        var slot = _slots.FindLastIndex(s => name.Equals(s.Name, StringComparison.OrdinalIgnoreCase));
        if (slot >= 0)
            return new ElementSource(name, slot, _slots[slot].IsPrivate);
        var index = table.Schema.IndexOf(name);
        return index >= 0 ? table.Get(index) : PositionSource.Find(name);
    }

    public static void Report(RecordSchema schema, FaultList faults, string name, string path, IEnumerable<string>? others = null)
    {
        string[] names = [.. others ?? [], .. schema.Fields.Select(f => f.Name)];
        var suggestion = NameSuggestion.Find(name, names);
        if (suggestion is null && name.AsSpan().IndexOfAny('.', '[') is var end and > 0)
            suggestion = NameSuggestion.Find(name[..end], names) is { } head ? head + name[end..] : null;
        faults.Add(path, $"The records of '{schema.Name}' have no field '{name}'.{NameSuggestion.Hint(suggestion, names)}", suggestion, ErrorCode.UnknownField);
    }
}
