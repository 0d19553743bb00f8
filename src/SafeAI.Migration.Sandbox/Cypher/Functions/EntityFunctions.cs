using SafeAI.Migration.Sandbox.Graph;
using SafeAI.Migration.Sandbox.Values;

namespace SafeAI.Migration.Sandbox.Cypher.Functions;

/// <summary>Functions of nodes, relationships and maps.</summary>
internal static class EntityFunctions
{
    public static object? Properties(object? value) => value switch
    {
        null => null,
        Entity entity => new CypherMap(Alive(entity).Shape, entity.Values),
        CypherMap map => map,
        _ => throw Wrong("properties", "Node, Relationship or Map", value),
    };

    public static object? Keys(object? value) => value switch
    {
        null => null,
        Entity entity => ListOf(Alive(entity).Shape),
        CypherMap map => ListOf(map.Shape),
        _ => throw Wrong("keys", "Node, Relationship or Map", value),
    };

    public static object? Labels(object? value) => value switch
    {
        null => null,
        Node node => ((Node)Alive(node)).Labels.ListValue,
        _ => throw Wrong("labels", "Node", value),
    };

    public static object? Type(object? value) => value switch
    {
        null => null,
        Relationship relationship => relationship.Type.Name,
        _ => throw Wrong("type", "Relationship", value),
    };

    public static object? StartNode(object? value) => value switch
    {
        null => null,
        Relationship relationship => relationship.Start,
        _ => throw Wrong("startNode", "Relationship", value),
    };

    public static object? EndNode(object? value) => value switch
    {
        null => null,
        Relationship relationship => relationship.End,
        _ => throw Wrong("endNode", "Relationship", value),
    };

    public static object? Id(object? value) => value switch
    {
        null => null,
        Entity entity => Box.Of(entity.Id),
        _ => throw Wrong("id", "Node or Relationship", value),
    };

    public static object? ElementId(object? value) => value switch
    {
        null => null,
        Entity entity => entity.ElementId,
        _ => throw Wrong("elementId", "Node or Relationship", value),
    };

    private static Entity Alive(Entity entity) => entity.Deleted ? throw GraphTransaction.DeletedEntity(entity) : entity;

    private static object?[] ListOf(Shape shape)
    {
        var keys = new object?[shape.Count];
        for (var i = 0; i < keys.Length; i++)
        {
            keys[i] = shape[i];
        }

        return keys;
    }

    private static CypherException Wrong(string function, string expected, object value) => CypherException.Type(
        $"Invalid input for function '{function}()': expected {expected} but was {ValueText.TypeOf(value)}: {ValueText.Of(value)}");
}
