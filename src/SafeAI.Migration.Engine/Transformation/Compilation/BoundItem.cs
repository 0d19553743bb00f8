namespace SafeAI.Migration.Engine.Transformation;

/// <summary>A node or relationship of a mapping, bound to one schema.</summary>
internal abstract class BoundItem(string[] names, ValueProgram[] programs)
{
    /// <summary>Adds what the record makes; what is wrong is left in the evaluation.</summary>
    public abstract void Make(Evaluation evaluation, List<GraphItem> items, ConversionCounts counts);

    protected PropertySet? MakeProperties(Evaluation evaluation)
    {
        if (programs.Length == 0)
            return PropertySet.Empty;
        var values = new object?[programs.Length];
        for (var i = 0; i < programs.Length; i++)
        {
            values[i] = programs[i].RunToStore(evaluation);
            if (evaluation.Failed)
                return null;
        }

        return new PropertySet(names, values);
    }
}

internal sealed class BoundNode(NodeMapping mapping, IdProgram id, string[] names, ValueProgram[] programs)
    : BoundItem(names, programs)
{
    private readonly string _type = mapping.Type;
    private readonly IReadOnlyList<string> _labels = mapping.Labels;

    public override void Make(Evaluation evaluation, List<GraphItem> items, ConversionCounts counts)
    {
        if (id.Run(evaluation) is { } value && MakeProperties(evaluation) is { } properties)
            items.Add(new GraphNode(_type, value, properties, _labels, evaluation.Record, counts));
    }
}

internal sealed class BoundRelationship(
    RelationshipMapping mapping, IdProgram? id, IdProgram from, IdProgram to, string[] names, ValueProgram[] programs)
    : BoundItem(names, programs)
{
    public override void Make(Evaluation evaluation, List<GraphItem> items, ConversionCounts counts)
    {
        if (from.Run(evaluation) is not { } fromId || to.Run(evaluation) is not { } toId)
        {
            // A missing end of an optional relationship means that there is none; every other failure stands.
            if (mapping.IsOptional && evaluation.Code == ErrorCode.MissingValue)
                evaluation.Clear();
            return;
        }

        var value = id is null ? GraphRelationship.DefaultId(fromId, toId) : id.Run(evaluation);
        if (value is not null && MakeProperties(evaluation) is { } properties)
            items.Add(new GraphRelationship(
                mapping.Type, value, mapping.From.Type, fromId, mapping.To.Type, toId, properties, evaluation.Record, counts));
    }
}
