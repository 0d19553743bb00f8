using SafeAI.Migration.Sandbox.Graph;
using SafeAI.Migration.Sandbox.Values;

namespace SafeAI.Migration.Sandbox.Cypher.Functions;

/// <summary>The function that tells the type of a value, in the words of the database.</summary>
internal static class TypeFunctions
{
    private static readonly string[] s_order =
    [
        "BOOLEAN", "STRING", "INTEGER", "FLOAT", "DATE", "LOCAL TIME", "ZONED TIME", "LOCAL DATETIME", "ZONED DATETIME", "DURATION", "NODE", "RELATIONSHIP", "MAP",
    ];

    /// <summary>The most precise type that includes the value.</summary>
    public static object? ValueType(object? value) => TypeOf(value);

    private static string TypeOf(object? value) => value switch
    {
        null => "NULL",
        object?[] list => $"LIST<{ElementType(list)}> NOT NULL",
        _ => Name(value) + " NOT NULL",
    };

    private static string Name(object value) => value switch
    {
        bool => "BOOLEAN",
        string => "STRING",
        long => "INTEGER",
        double => "FLOAT",
        DateValue => "DATE",
        LocalTimeValue => "LOCAL TIME",
        TimeValue => "ZONED TIME",
        LocalDateTimeValue => "LOCAL DATETIME",
        DateTimeValue => "ZONED DATETIME",
        DurationValue => "DURATION",
        Node => "NODE",
        Relationship => "RELATIONSHIP",
        _ => "MAP",
    };

    private static string ElementType(object?[] list)
    {
        if (list.Length == 0)
            return "NOTHING";
        var suffix = Array.Exists(list, v => v is null) ? "" : " NOT NULL";
        string[] types = [.. list.Where(v => v is not null and not object?[]).Select(v => Name(v!)).Distinct().OrderBy(n => Array.IndexOf(s_order, n)).Select(n => n + suffix)];
        string[] lists = [.. list.OfType<object?[]>().Select(TypeOf).Distinct()];
        return types.Length + lists.Length == 0 ? "NULL" : string.Join(" | ", types.Concat(lists));
    }
}
