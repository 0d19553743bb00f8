using System.Globalization;
using System.Text;
using SafeAI.Migration.Sandbox.Graph;

namespace SafeAI.Migration.Sandbox.Values;

/// <summary>Values as texts: for messages and for <c>toString</c>.</summary>
internal static class ValueText
{
    private const int LongestQuoted = 120;

    /// <summary>A float as Cypher writes it: never without a point or an exponent, so that it stays a float.</summary>
    public static string OfFloat(double value)
    {
        if (double.IsNaN(value))
            return "NaN";
        if (double.IsInfinity(value))
            return value > 0 ? "Infinity" : "-Infinity";
        var text = value.ToString("R", CultureInfo.InvariantCulture);
        return text.AsSpan().ContainsAny('.', 'E') ? text : text + ".0";
    }

    /// <summary>A value as a message shows it.</summary>
    public static string Of(object? value)
    {
        var text = new StringBuilder();
        Append(text, value);
        return text.Length <= LongestQuoted ? text.ToString() : text.ToString(0, LongestQuoted) + "…";
    }

    /// <summary>The name of a value's type, as messages use it.</summary>
    public static string TypeOf(object? value) => value switch
    {
        null => "Null",
        bool => "Boolean",
        long => "Integer",
        double => "Float",
        string => "String",
        object?[] => "List",
        CypherMap => "Map",
        Node => "Node",
        Relationship => "Relationship",
        TemporalValue temporal => temporal.TypeName,
        _ => value.GetType().Name,
    };

    private static void Append(StringBuilder text, object? value)
    {
        switch (value)
        {
            case null:
                text.Append("null");
                break;
            case bool b:
                text.Append(b ? "true" : "false");
                break;
            case double d:
                text.Append(OfFloat(d));
                break;
            case string s:
                text.Append('\'').Append(s).Append('\'');
                break;
            case object?[] list:
                text.Append('[');
                for (var i = 0; i < list.Length && text.Length <= LongestQuoted; i++)
                {
                    text.Append(i == 0 ? "" : ", ");
                    Append(text, list[i]);
                }

                text.Append(']');
                break;
            case CypherMap map:
                text.Append('{');
                for (var i = 0; i < map.Count && text.Length <= LongestQuoted; i++)
                {
                    text.Append(i == 0 ? "" : ", ").Append(map.Shape[i]).Append(": ");
                    Append(text, map.Values[i]);
                }

                text.Append('}');
                break;
            case Entity entity:
                text.Append(entity is Node ? "Node(" : "Relationship(").Append(entity.Id).Append(')');
                break;
            default:
                text.Append(CultureInfo.InvariantCulture, $"{value}");
                break;
        }
    }
}
