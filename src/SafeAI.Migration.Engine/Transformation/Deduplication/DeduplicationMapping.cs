namespace SafeAI.Migration.Engine.Transformation;

/// <summary>Which of several records with one key is taken.</summary>
public enum KeepPolicy
{
    /// <summary>The first; the others are skipped.</summary>
    First,

    /// <summary>The last; the others are skipped. Records are held back until all have come.</summary>
    Last,

    /// <summary>The first; the others are rejected.</summary>
    Error,
}

/// <summary>Which records count as the same. A record with null or an empty text in its key is like no other.</summary>
public sealed record DeduplicationMapping
{
    /// <summary>What it is called in the transformation log.</summary>
    public string Name { get; init; } = "deduplicate";

    /// <summary>The names of the records that it concerns; empty for all. <c>*</c> and <c>?</c> are wildcards.</summary>
    public IReadOnlyList<string> Sources { get; init; } = [];

    /// <summary>The fields whose values make records the same, after cleaning.</summary>
    public IReadOnlyList<string> Key { get; init; } = [];

    /// <summary>Functions that each of these values passes before it is compared.</summary>
    public IReadOnlyList<FunctionCall> Apply { get; init; } = [];

    /// <summary>Which of the records is taken.</summary>
    public KeepPolicy Keep { get; init; }

    /// <summary>Where it is in the mapping, as a JSON path.</summary>
    public string Path { get; init; } = "$";

    internal static IReadOnlyList<DeduplicationMapping> ReadAll(MappingElement? element, FaultList faults)
    {
        var result = new List<DeduplicationMapping>();
        foreach (var item in element is null ? [] : element.Kind == ElementKind.List ? element.Items : [element])
        {
            if (item.Kind != ElementKind.Object)
            {
                faults.Add(item.Path, $"'deduplicate' must be an object with 'key' and 'keep', not {item.KindName}.");
                continue;
            }

            var reader = new ObjectReader(item, faults);
            var mapping = new DeduplicationMapping
            {
                Name = reader.TakeText("name") ?? "deduplicate",
                Sources = reader.TakeTexts("source") ?? [],
                Key = reader.TakeTexts("key") ?? [],
                Apply = FunctionCatalog.BindAll(reader.Take("apply"), faults),
                Keep = reader.TakeName<KeepPolicy>("keep") ?? KeepPolicy.First,
                Path = item.Path,
            };
            reader.Finish();
            if (mapping.Key.Count == 0)
                faults.Add(item.Path, "'deduplicate' needs the 'key' whose values make records the same.");
            result.Add(mapping);
        }

        if (result.Count(d => d.Keep == KeepPolicy.Last) is var last and > 0 && result.Count > 1)
            faults.Add(element!.Path, last > 1
                ? "Only one 'deduplicate' may keep the last record."
                : "A 'deduplicate' that keeps the last record cannot stand beside others.");
        return result;
    }
}
