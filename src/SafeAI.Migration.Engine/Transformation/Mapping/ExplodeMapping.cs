namespace SafeAI.Migration.Engine.Transformation;

/// <summary>
/// Makes a node or relationship of every element of a list. Null and an empty list make none; null elements are left
/// out; a single value or map counts as a list of one; text that holds JSON is parsed.
/// </summary>
/// <param name="Field">The field that holds the list.</param>
/// <param name="As">The name by which the element is used, <c>item</c> unless given.</param>
/// <param name="Index">The name by which the element's place, from 0, is used; null where it is not.</param>
/// <param name="Apply">The functions that the field passes first, for instance one that splits a text.</param>
/// <param name="Path">Where it is in the mapping, as a JSON path.</param>
public sealed record ExplodeMapping(string Field, string As, string? Index, IReadOnlyList<FunctionCall> Apply, string Path)
{
    internal static IReadOnlyList<ExplodeMapping> Read(MappingElement? element, FaultList faults)
    {
        var result = new List<ExplodeMapping>();
        if (element is null)
            return result;
        foreach (var item in element.Kind == ElementKind.List ? element.Items : [element])
        {
            if (item.Kind == ElementKind.Text)
            {
                result.Add(new ExplodeMapping(item.Text!, "item", null, [], item.Path));
                continue;
            }

            if (item.Kind != ElementKind.Object)
            {
                faults.Add(item.Path, $"'explode' is a field's name or an object with 'field' and 'as', not {item.KindName}.");
                continue;
            }

            var reader = new ObjectReader(item, faults);
            var field = reader.TakeText("field");
            if (field is null)
                faults.Add(item.Path, "'explode' needs the 'field' that holds the list.");
            result.Add(new ExplodeMapping(
                field ?? "", reader.TakeText("as") ?? "item", reader.TakeText("index"),
                FunctionCatalog.BindAll(reader.Take("apply"), faults), item.Path));
            reader.Finish();
        }

        foreach (var name in result.SelectMany(e => new[] { e.As, e.Index }).OfType<string>().GroupBy(n => n, StringComparer.OrdinalIgnoreCase).Where(g => g.Count() > 1))
            faults.Add(element.Path, $"The name '{name.Key}' is used for two things in 'explode'. Give them different names with 'as' and 'index'.");
        return result;
    }
}
