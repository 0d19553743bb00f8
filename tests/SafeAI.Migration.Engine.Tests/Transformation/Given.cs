using SafeAI.Migration.Engine.Transformation;

namespace SafeAI.Migration.Engine.Tests.Transformation;

/// <summary>Short ways to a record, a mapper and what comes out of it.</summary>
internal static class Given
{
    public static Record Record(params (string Name, object? Value)[] fields)
    {
        var schema = new RecordSchema("things", fields.Select(f => new RecordField(f.Name, f.Value?.GetType() ?? typeof(object))));
        return schema.CreateRecord([.. fields.Select(f => f.Value)], new RecordSource("things.csv"), 3, 4);
    }

    public static CompiledMapping Mapper(string json) => new(MappingDocument.Parse(json));

    /// <summary>Maps one value through one property's definition, such as <c>"field": "v", "apply": ["trim"]</c>.</summary>
    public static (object? Value, Reject? Reject) Property(string definition, object? value)
    {
        var mapper = Mapper($$"""{ "nodes": [ { "type": "T", "id": "{key}", "properties": { "p": { {{definition}} } } } ] }""");
        var items = new List<GraphItem>();
        var reject = mapper.Map(Record(("key", "k"), ("v", value)), items);
        return (items.SingleOrDefault()?.Properties["p"], reject);
    }

    public static object? Value(string definition, object? value)
    {
        var (result, reject) = Property(definition, value);
        Assert.True(reject is null, reject?.Reason);
        return result;
    }

    public static string Code(string definition, object? value)
    {
        var (result, reject) = Property(definition, value);
        Assert.True(reject is not null, $"Expected a reject, but got {GraphText.Format(result)}.");
        return reject.Code;
    }

    public static IReadOnlyList<MappingFault> Faults(string json) =>
        Assert.Throws<InvalidMappingException>(() => MappingDocument.Parse(json)).Faults;

    public static List<GraphItem> Items(CompiledMapping mapper, Record record)
    {
        var items = new List<GraphItem>();
        var reject = mapper.Map(record, items);
        Assert.True(reject is null, reject?.Reason);
        return items;
    }
}
