namespace SafeAI.Migration.Engine.Transformation;

/// <summary>A rule that fields pass before anything else is done with them. Rules work in their order.</summary>
/// <param name="Name">What it is called in the transformation log.</param>
/// <param name="Fields">The fields that it cleans; <c>*</c> and <c>?</c> are wildcards.</param>
/// <param name="Apply">The functions in order.</param>
public sealed record CleaningRule(string Name, IReadOnlyList<string> Fields, IReadOnlyList<FunctionCall> Apply)
{
    /// <summary>The names of the records that it concerns; empty for all. <c>*</c> and <c>?</c> are wildcards.</summary>
    public IReadOnlyList<string> Sources { get; init; } = [];

    /// <summary>Whether it is in use.</summary>
    public bool IsEnabled { get; init; } = true;

    /// <summary>Whether the values must not appear in messages and logs.</summary>
    public bool IsPrivate { get; init; }

    /// <summary>Where it is in the mapping, as a JSON path.</summary>
    public string Path { get; init; } = "$";

    internal static CleaningRule? Read(MappingElement element, FaultList faults)
    {
        var reader = new ObjectReader(element, faults);
        var name = reader.TakeText("name");
        var fields = reader.TakeTexts("fields") ?? [];
        var apply = FunctionCatalog.BindAll(reader.Take("apply"), faults);
        var rule = new CleaningRule(name ?? "", fields, apply)
        {
            Sources = reader.TakeTexts("source") ?? [],
            IsEnabled = reader.TakeBoolean("enabled") ?? true,
            IsPrivate = reader.TakeBoolean("private") ?? false,
            Path = element.Path,
        };
        reader.Finish();
        if (string.IsNullOrEmpty(name))
            faults.Add(element.Path, "A cleaning rule needs a 'name', by which the transformation log calls it.");
        if (fields.Count == 0)
            faults.Add(element.Path, "A cleaning rule needs the 'fields' that it cleans.");
        return rule;
    }
}
