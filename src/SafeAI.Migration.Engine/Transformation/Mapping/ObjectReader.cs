namespace SafeAI.Migration.Engine.Transformation;

/// <summary>
/// Reads the members of one object of a mapping by name, ignoring case and underscores, and afterwards names those
/// that nobody asked for.
/// </summary>
internal sealed class ObjectReader
{
    private readonly Dictionary<string, KeyValuePair<string, MappingElement>> _members = new(StringComparer.Ordinal);
    private readonly List<string> _known = [];
    private readonly FaultList _faults;

    public ObjectReader(MappingElement element, FaultList faults)
    {
        Element = element;
        _faults = faults;
        foreach (var member in element.Members)
        {
            if (member.Key.StartsWith('$'))
                continue;
            if (!_members.TryAdd(Fold(member.Key), member))
                faults.Add(member.Value.Path, $"The key '{member.Key}' is given twice; keys are matched ignoring case and underscores.");
        }

        Take("description");
        Take("comment");
    }

    public MappingElement Element { get; }

    public static string Fold(string name) =>
        name.Contains('_', StringComparison.Ordinal) ? name.Replace("_", "", StringComparison.Ordinal).ToLowerInvariant() : name.ToLowerInvariant();

    /// <summary>The member of this name, or null. Members set to null count as not given.</summary>
    public MappingElement? Take(string name)
    {
        _known.Add(name);
        return _members.Remove(Fold(name), out var member) && member.Value.Kind != ElementKind.Null ? member.Value : null;
    }

    /// <summary>The member of this name with null told from absence.</summary>
    public bool TryTake(string name, out MappingElement value)
    {
        _known.Add(name);
        var found = _members.Remove(Fold(name), out var member);
        value = member.Value;
        return found;
    }

    public MappingElement? Require(string name, string what)
    {
        var element = Take(name);
        if (element is null)
            _faults.Add(Element.Path, $"{what} needs '{name}'.");
        return element;
    }

    public string? TakeText(string name)
    {
        var element = Take(name);
        if (element is null || element.Kind == ElementKind.Text)
            return element?.Text;
        _faults.Add(element.Path, $"'{name}' must be a text, not {element.KindName}.");
        return null;
    }

    public bool? TakeBoolean(string name)
    {
        var element = Take(name);
        if (element is null || element.Kind == ElementKind.Boolean)
            return (bool?)element?.Scalar;
        _faults.Add(element.Path, $"'{name}' must be true or false, not {element.KindName}.");
        return null;
    }

    public long? TakeInteger(string name, long min, long max)
    {
        var element = Take(name);
        if (element is null)
            return null;
        if (element.Scalar is long number && number >= min && number <= max)
            return number;
        _faults.Add(element.Path, $"'{name}' must be a whole number from {min} to {max}.");
        return null;
    }

    /// <summary>A text or a list of texts; null where it is not given.</summary>
    public IReadOnlyList<string>? TakeTexts(string name)
    {
        var element = Take(name);
        if (element is null)
            return null;
        var items = element.Kind == ElementKind.List ? element.Items : [element];
        foreach (var item in items.Where(i => i.Kind != ElementKind.Text))
            _faults.Add(item.Path, $"'{name}' must be a list of texts; this is {item.KindName}.");
        return [.. items.Where(i => i.Kind == ElementKind.Text).Select(i => i.Text!)];
    }

    /// <summary>One of the names of an enumeration, ignoring case and underscores.</summary>
    public T? TakeName<T>(string name)
        where T : struct, Enum
    {
        if (TakeText(name) is not { } text)
            return null;
        foreach (var value in Enum.GetValues<T>())
        {
            if (Fold(value.ToString()) == Fold(text))
                return value;
        }

        var names = Enum.GetNames<T>().Select(Camel).ToArray();
        var suggestion = NameSuggestion.Find(text, names);
        _faults.Add(MappingElement.Join(Element.Path, name), $"'{text}' is not one of {string.Join(", ", names)}.", suggestion);
        return null;
    }

    /// <summary>Names the members that nobody asked for.</summary>
    public void Finish()
    {
        foreach (var (_, (key, value)) in _members)
        {
            var suggestion = NameSuggestion.Find(key, _known);
            _faults.Add(value.Path, $"The key '{key}' is unknown here.{NameSuggestion.Hint(suggestion, _known)}", suggestion);
        }
    }

    public static string Camel(string name) => char.ToLowerInvariant(name[0]) + name[1..];
}

/// <summary>Collects the faults of a mapping.</summary>
internal sealed class FaultList
{
    private readonly List<MappingFault> _faults = [];

    public IReadOnlyList<MappingFault> Faults => _faults;

    public int Count => _faults.Count;

    /// <summary>Where keys are used, and their names; null where the only one is meant.</summary>
    public List<(string Path, string? Name)> KeyUses { get; } = [];

    public void Add(string path, string message, string? suggestion = null, string code = ErrorCode.InvalidMapping) =>
        _faults.Add(new MappingFault(path, code, message, suggestion));

    public void ThrowIfAny(string mapping)
    {
        if (_faults.Count > 0)
            throw new InvalidMappingException(mapping, [.. _faults]);
    }
}
