using System.Text.Json;

namespace SafeAI.Migration.Engine.Transformation;

/// <summary>What nodes and relationships have in common, bound to one schema.</summary>
internal sealed class ItemFrame
{
    public required ValueProgram[] Explode { get; init; }

    public required string[] ExplodePaths { get; init; }

    public required Condition? When { get; init; }

    /// <summary>The names of the properties: first the included ones, then the others. Shared by all items.</summary>
    public required string[] Names { get; init; }

    public required ValueProgram[] Programs { get; init; }

    public required int IncludedCount { get; init; }

    public required NestedPolicy Nested { get; init; }

    public required string IncludePath { get; init; }

    /// <summary>Whether nothing else may be made under the id of the item.</summary>
    public required bool IsChecked { get; init; }

    /// <summary>The further labels under which nothing else may be made with that id, either.</summary>
    public required string[] AlsoTypes { get; init; }

    public PropertySet? MakeProperties(Evaluation evaluation)
    {
        if (Programs.Length == 0)
            return PropertySet.Empty;
        var values = new object?[Programs.Length];
        var i = 0;
        var hasMap = false;
        if (Nested != NestedPolicy.Error)
        {
            for (; i < IncludedCount; i++)
            {
                values[i] = Programs[i].RunKeepingNested(evaluation, Nested, ref hasMap);
                if (evaluation.Failed)
                    return null;
            }
        }

        for (; i < Programs.Length; i++)
        {
            values[i] = Programs[i].RunToStore(evaluation);
            if (evaluation.Failed)
                return null;
        }

        return hasMap ? Flatten(values, evaluation) : new PropertySet(Names, values);
    }

    private PropertySet? Flatten(object?[] values, Evaluation evaluation)
    {
        var names = new List<string>(Names.Length + 8);
        var flat = new List<object?>(Names.Length + 8);
        for (var i = 0; i < values.Length; i++)
        {
            if (i >= IncludedCount || !NestedValue.IsMap(values[i]))
                Add(Names[i], values[i]);
            else
                AddMembers(Names[i], values[i]);
            if (evaluation.Failed)
            {
                evaluation.Blame(IncludePath, Names[i]);
                return null;
            }
        }

        return new PropertySet([.. names], [.. flat]);

        void Add(string name, object? value)
        {
            if (names.Contains(name))
                evaluation.Fail(ErrorCode.UnsupportedValue, $"Two values would become the property '{name}' where maps are flattened. Map one of them under another name.");
            names.Add(name);
            flat.Add(value);
        }

        void AddMembers(string prefix, object? map)
        {
            foreach (var (key, member) in NestedValue.Members(map))
            {
                var name = $"{prefix}_{key}";
                var value = NestedValue.Unwrap(member);
                if (NestedValue.IsMap(value))
                    AddMembers(name, value);
                else if (NestedValue.IsList(value) && NestedValue.Elements(value).Any(e => NestedValue.IsMap(e) || NestedValue.IsList(e)))
                    Add(name, JsonText.Write(value));
                else if (GraphValue.TryNormalize(value, out var stored, out var code, out var reason))
                    Add(name, stored);
                else
                    evaluation.Fail(code, reason, value);
            }
        }
    }
}

/// <summary>A node or relationship of a mapping, bound to one schema.</summary>
internal abstract class BoundItem(ItemFrame frame)
{
    protected ItemFrame Frame => frame;

    /// <summary>Adds what the record makes; what is wrong is left in the evaluation.</summary>
    public void Make(Evaluation evaluation, List<GraphItem> items, ConversionCounts counts)
    {
        if (frame.Explode.Length > 0)
            MakeEach(0, evaluation, items, counts);
        else if (frame.When is null || frame.When.Holds(evaluation))
            MakeOne(evaluation, items, counts);
    }

    protected void Add(GraphItem item, ItemMapping mapping, bool isPrivate, Evaluation evaluation, List<GraphItem> items)
    {
        items.Add(item);
        if (!frame.IsChecked)
            return;
        evaluation.Stated.Add(new StatedItem(item, item.Type, mapping, isPrivate));
        foreach (var label in frame.AlsoTypes)
            evaluation.Stated.Add(new StatedItem(item, label, mapping, isPrivate));
    }

    protected abstract void MakeOne(Evaluation evaluation, List<GraphItem> items, ConversionCounts counts);

    private void MakeEach(int level, Evaluation evaluation, List<GraphItem> items, ConversionCounts counts)
    {
        if (level == frame.Explode.Length)
        {
            if (frame.When is null || frame.When.Holds(evaluation))
                MakeOne(evaluation, items, counts);
            return;
        }

        if (evaluation.Elements.Length < 2 * frame.Explode.Length)
        {
            var larger = new object?[2 * frame.Explode.Length];
            evaluation.Elements.CopyTo(larger, 0);
            evaluation.Elements = larger;
        }

        var value = Parse(frame.Explode[level].Run(evaluation), level, evaluation);
        if (evaluation.Failed || value is null or "")
            return;
        var index = 0L;
        foreach (var element in NestedValue.IsList(value) ? NestedValue.Elements(value) : [value])
        {
            if (element is not null)
            {
                evaluation.Elements[2 * level] = element;
                evaluation.Elements[(2 * level) + 1] = index;
                evaluation.Token++;
                MakeEach(level + 1, evaluation, items, counts);
                if (evaluation.Failed)
                    return;
            }

            index++;
        }
    }

    private object? Parse(object? value, int level, Evaluation evaluation)
    {
        try
        {
            return NestedValue.Parse(value);
        }
        catch (JsonException e)
        {
            evaluation.Fail(ErrorCode.ConversionFailed, $"The text begins like a JSON list but is not JSON: {e.Message}", value, e);
            evaluation.Blame(frame.ExplodePaths[level], frame.Explode[level].Field);
            return null;
        }
    }
}

internal sealed class BoundNode(NodeMapping mapping, ItemFrame frame, IdProgram id) : BoundItem(frame)
{
    private readonly string _type = mapping.Type;
    private readonly IReadOnlyList<string> _labels = mapping.Labels;

    protected override void MakeOne(Evaluation evaluation, List<GraphItem> items, ConversionCounts counts)
    {
        if (id.Run(evaluation) is { } value && Frame.MakeProperties(evaluation) is { } properties)
            Add(new GraphNode(_type, value, properties, _labels, evaluation.Record, counts), mapping, id.IsPrivate, evaluation, items);
    }
}

internal sealed class BoundRelationship(RelationshipMapping mapping, ItemFrame frame, IdProgram? id, IdProgram from, IdProgram to)
    : BoundItem(frame)
{
    protected override void MakeOne(Evaluation evaluation, List<GraphItem> items, ConversionCounts counts)
    {
        if (from.Run(evaluation) is not { } fromId || to.Run(evaluation) is not { } toId)
        {
            // A missing end of an optional relationship means that there is none; every other failure stands, such as a key that its lookup does not have.
            if (mapping.IsOptional && evaluation is { Code: ErrorCode.MissingValue, IsUnfound: false })
                evaluation.Clear();
            return;
        }

        var value = id is null ? GraphRelationship.DefaultId(fromId, toId) : id.Run(evaluation);
        if (value is not null && Frame.MakeProperties(evaluation) is { } properties)
        {
            Add(new GraphRelationship(mapping.Type, value, mapping.From.Type, fromId, mapping.To.Type, toId, properties, evaluation.Record, counts),
                mapping, id?.IsPrivate ?? (from.IsPrivate || to.IsPrivate), evaluation, items);
        }
    }
}
