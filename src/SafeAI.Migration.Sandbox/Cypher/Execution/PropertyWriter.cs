using SafeAI.Migration.Sandbox.Graph;
using SafeAI.Migration.Sandbox.Values;

namespace SafeAI.Migration.Sandbox.Cypher.Execution;

/// <summary>Makes the properties of a map storable and writes them.</summary>
internal static class PropertyWriter
{
    /// <summary>The properties that a map stands for: nulls left out, everything else checked.</summary>
    public static (Shape Shape, object?[] Values) Storable(CypherMap map)
    {
        var nulls = 0;
        var changed = false;
        foreach (var value in map.Values)
        {
            if (value is null)
                nulls++;
            else
                changed |= !ReferenceEquals(Stored(value), value);
        }

        // The common case: the map's own array becomes the entity's.
        if (nulls == 0 && !changed)
            return (map.Shape, map.Values);
        var keys = new string[map.Count - nulls];
        var values = new object?[keys.Length];
        var next = 0;
        for (var i = 0; i < map.Count; i++)
        {
            if (map.Values[i] is { } value)
            {
                keys[next] = map.Shape[i];
                values[next++] = Stored(value);
            }
        }

        return (Shape.Of(keys), values);
    }

    public static void Set(GraphTransaction transaction, Entity entity, string key, object? value)
    {
        if (entity.Deleted)
            throw GraphTransaction.DeletedEntity(entity);
        var position = entity.Shape.IndexOf(key);
        if (value is null)
        {
            if (position < 0)
                return;
            object?[] rest = [.. entity.Values.AsSpan(0, position), .. entity.Values.AsSpan(position + 1)];
            transaction.SetProperties(entity, entity.Shape.Without(position), rest, 1);
            return;
        }

        value = Stored(value);
        if (position < 0)
        {
            transaction.SetProperties(entity, entity.Shape.Add(key), [.. entity.Values, value], 1);
            return;
        }

        var values = (object?[])entity.Values.Clone();
        values[position] = value;
        transaction.SetProperties(entity, entity.Shape, values, 1);
    }

    public static void Replace(GraphTransaction transaction, Entity entity, CypherMap map)
    {
        var (shape, values) = Storable(map);
        var removed = 0;
        foreach (var key in entity.Shape.Keys)
        {
            removed += shape.IndexOf(key) < 0 ? 1 : 0;
        }

        transaction.SetProperties(entity, shape, values, shape.Count + removed);
    }

    public static void Merge(GraphTransaction transaction, Entity entity, CypherMap map)
    {
        if (entity.Deleted)
            throw GraphTransaction.DeletedEntity(entity);
        if (entity.Shape.Count == 0)
        {
            var (given, properties) = Storable(map);
            transaction.SetProperties(entity, given, properties, given.Count);
            return;
        }

        var shape = entity.Shape;
        var values = new List<object?>(shape.Count + map.Count);
        values.AddRange(entity.Values);
        var counted = 0;
        for (var i = 0; i < map.Count; i++)
        {
            var key = map.Shape[i];
            var value = map.Values[i];
            var position = shape.IndexOf(key);
            if (value is null)
            {
                if (position < 0)
                    continue;
                shape = shape.Without(position);
                values.RemoveAt(position);
            }
            else
            {
                value = Stored(value);
                if (position >= 0)
                {
                    values[position] = value;
                }
                else
                {
                    shape = shape.Add(key);
                    values.Add(value);
                }
            }

            counted++;
        }

        transaction.SetProperties(entity, shape, [.. values], counted);
    }

    /// <summary>A value as it is stored; what cannot be a property is an error.</summary>
    private static object Stored(object value) => value switch
    {
        string or bool or long or double or TemporalValue => value,
        object?[] list => StoredList(list),
        _ => throw CypherException.Type(
            $"Property values can only be of primitive types or arrays thereof. Encountered: {ValueText.TypeOf(value)} {ValueText.Of(value)}."),
    };

    private static object?[] StoredList(object?[] list)
    {
        var mixed = false;
        foreach (var item in list)
        {
            if (item is null)
                throw CypherException.Type("Collections containing null values can not be stored in properties.");
            if (item is object?[] or CypherMap or Entity)
                throw CypherException.Type("Collections containing collections, maps or entities can not be stored in properties.");
            if (item.GetType() == list[0]!.GetType())
                continue;
            if (item is not (long or double) || list[0] is not (long or double))
            {
                throw CypherException.Type(
                    $"A list of {ValueText.TypeOf(list[0])} and {ValueText.TypeOf(item)} cannot be stored: the values of a list property have one type.");
            }

            mixed = true;
        }

        // Integers among floats become floats.
        return mixed ? Array.ConvertAll(list, n => (object?)Truth.ToDouble(n!)) : list;
    }
}
