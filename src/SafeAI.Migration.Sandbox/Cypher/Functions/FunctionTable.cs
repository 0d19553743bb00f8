using SafeAI.Migration.Sandbox.Cypher.Execution;
using SafeAI.Migration.Sandbox.Cypher.Planning;

namespace SafeAI.Migration.Sandbox.Cypher.Functions;

/// <summary>A function that gives one value for one row.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Least">The fewest arguments.</param>
/// <param name="Most">The most arguments.</param>
/// <param name="Apply">Computes it from any number of arguments.</param>
/// <param name="Apply1">Computes it from one argument.</param>
/// <param name="Takes">What the first argument must be, if it must be an entity.</param>
internal sealed record Function(
    string Name,
    int Least,
    int Most,
    Func<object?[], RunContext, object?>? Apply,
    Func<object?, RunContext, object?>? Apply1 = null,
    SymbolKind Takes = SymbolKind.Value);

/// <summary>The functions of the sandbox, by name in any case.</summary>
internal static class FunctionTable
{
    private static readonly Dictionary<string, Function> s_functions = new Function[]
    {
        One("properties", EntityFunctions.Properties),
        One("keys", EntityFunctions.Keys),
        One("labels", EntityFunctions.Labels, SymbolKind.Node),
        One("type", EntityFunctions.Type, SymbolKind.Relationship),
        One("startNode", EntityFunctions.StartNode, SymbolKind.Relationship),
        One("endNode", EntityFunctions.EndNode, SymbolKind.Relationship),
        One("id", EntityFunctions.Id),
        One("valueType", TypeFunctions.ValueType),
        One("elementId", EntityFunctions.ElementId),
        One("size", ListFunctions.Size),
        One("head", ListFunctions.Head),
        One("last", ListFunctions.Last),
        One("tail", ListFunctions.Tail),
        One("reverse", ListFunctions.Reverse),
        One("isEmpty", ListFunctions.IsEmpty),
        Many("range", 2, 3, ListFunctions.Range),
        Many("coalesce", 1, int.MaxValue, static a => a.FirstOrDefault(v => v is not null)),
        One("toString", ConversionFunctions.ToStringOrFail),
        One("toStringOrNull", ConversionFunctions.ToStringOrNull),
        One("toInteger", ConversionFunctions.ToInteger),
        One("toFloat", ConversionFunctions.ToFloat),
        One("toBoolean", ConversionFunctions.ToBoolean),
        One("toLower", static v => TextFunctions.Map("toLower", v, s => s.ToLowerInvariant())),
        One("toUpper", static v => TextFunctions.Map("toUpper", v, s => s.ToUpperInvariant())),
        One("trim", static v => TextFunctions.Map("trim", v, s => s.Trim())),
        One("lTrim", static v => TextFunctions.Map("lTrim", v, s => s.TrimStart())),
        One("rTrim", static v => TextFunctions.Map("rTrim", v, s => s.TrimEnd())),
        Many("left", 2, 2, TextFunctions.Left),
        Many("right", 2, 2, TextFunctions.Right),
        Many("substring", 2, 3, TextFunctions.Substring),
        Many("replace", 3, 3, TextFunctions.Replace),
        Many("split", 2, 2, TextFunctions.Split),
        One("abs", NumberFunctions.Abs),
        One("sign", NumberFunctions.Sign),
        One("ceil", static v => NumberFunctions.Float("ceil", v, Math.Ceiling)),
        One("floor", static v => NumberFunctions.Float("floor", v, Math.Floor)),
        One("sqrt", static v => NumberFunctions.Float("sqrt", v, Math.Sqrt)),
        Many("round", 1, 2, NumberFunctions.Round),
        Temporal("date", TemporalFunctions.Date),
        Temporal("time", TemporalFunctions.Time),
        Temporal("localtime", TemporalFunctions.LocalTime),
        Temporal("datetime", TemporalFunctions.DateTime),
        Temporal("localdatetime", TemporalFunctions.LocalDateTime),
        new("duration", 1, 1, static (a, x) => TemporalFunctions.Duration(a[0])),
        new("timestamp", 0, 0, static (_, context) => context.Now.ToUnixTimeMilliseconds()),
    }.ToDictionary(f => f.Name, StringComparer.OrdinalIgnoreCase);

    /// <summary>A function by its name, or null.</summary>
    public static Function? Find(string name) => s_functions.GetValueOrDefault(name);

    private static Function One(string name, Func<object?, object?> apply, SymbolKind takes = SymbolKind.Value) =>
        new(name, 1, 1, null, (argument, _) => apply(argument), takes);

    private static Function Many(string name, int least, int most, Func<object?[], object?> apply) =>
        new(name, least, most, (arguments, _) => apply(arguments));

    private static Function Temporal(string name, Func<object?[], DateTimeOffset, object?> apply) =>
        new(name, 0, 1, (arguments, context) => apply(arguments, context.Now));
}
