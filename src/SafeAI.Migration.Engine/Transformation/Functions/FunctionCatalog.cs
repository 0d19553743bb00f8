using System.Collections.Frozen;
using System.Globalization;
using System.Text.RegularExpressions;

namespace SafeAI.Migration.Engine.Transformation;

/// <summary>One use of a function in a mapping, its arguments checked.</summary>
/// <param name="Name">The function's name as the catalogue spells it.</param>
/// <param name="Path">Where it is in the mapping.</param>
public sealed record FunctionCall(string Name, string Path)
{
    internal FunctionDefinition Definition { get; init; } = null!;

    internal FunctionArguments Arguments { get; init; } = null!;
}

/// <summary>What an argument of a function may be.</summary>
public enum ArgumentKind
{
    /// <summary>A text.</summary>
    Text,

    /// <summary>A whole number, not negative.</summary>
    Count,

    /// <summary>True or false.</summary>
    Boolean,

    /// <summary>The name of a culture, such as <c>de-DE</c>.</summary>
    Culture,

    /// <summary>A regular expression.</summary>
    Pattern,

    /// <summary>A text or a list of texts.</summary>
    Texts,

    /// <summary>An object of texts.</summary>
    Table,

    /// <summary>A number.</summary>
    Number,

    /// <summary>The name of one of the mapping's keys; may be left out where there is only one.</summary>
    Key,
}

/// <summary>One argument that a function takes.</summary>
/// <param name="Name">The name, for calls with named arguments.</param>
/// <param name="Kind">What it may be.</param>
/// <param name="IsRequired">Whether it must be given.</param>
/// <param name="Choices">The texts that it may be; null for any.</param>
public sealed record FunctionParameter(string Name, ArgumentKind Kind, bool IsRequired = true, IReadOnlyList<string>? Choices = null);

/// <summary>A function that mappings may apply to a value.</summary>
public sealed class FunctionDefinition
{
    internal FunctionDefinition(string name, string description, FunctionParameter[] parameters, Func<FunctionArguments, ValueStep> create)
    {
        Name = name;
        Description = description;
        Parameters = parameters;
        Create = create;
    }

    /// <summary>The name, in camel case.</summary>
    public string Name { get; }

    /// <summary>What it does.</summary>
    public string Description { get; }

    /// <summary>The arguments in the order in which a list gives them.</summary>
    public IReadOnlyList<FunctionParameter> Parameters { get; }

    /// <summary>Whether it hides personal data, so that its values are masked in messages and logs.</summary>
    public bool IsPrivacy { get; init; }

    internal Func<FunctionArguments, ValueStep> Create { get; }

    /// <summary>Says why arguments make no sense together; null where they do.</summary>
    internal Func<FunctionArguments, string?>? Check { get; init; }

    internal FunctionDefinition AsPrivacy() => new(Name, Description, [.. Parameters], Create) { IsPrivacy = true, Check = Check };
}

/// <summary>The checked arguments of one call.</summary>
internal sealed class FunctionArguments(IReadOnlyDictionary<string, object> values)
{
    private SecretKeys? Keys { get; init; }

    public FunctionArguments With(SecretKeys keys) => new(values) { Keys = keys };

    /// <summary>The bytes of the key that the argument names.</summary>
    public byte[] Key() => Keys!.Get((string?)values.GetValueOrDefault("key"));

    public T? Get<T>(string name)
        where T : class => (T?)values.GetValueOrDefault(name);

    public string Text(string name, string otherwise = "") => (string?)values.GetValueOrDefault(name) ?? otherwise;

    public int Count(string name, int otherwise = 0) => values.TryGetValue(name, out var value) ? (int)value : otherwise;

    public double? Number(string name) => (double?)values.GetValueOrDefault(name);

    public bool Flag(string name) => values.TryGetValue(name, out var value) && (bool)value;

    public CultureInfo Culture(string name = "culture") => (CultureInfo?)values.GetValueOrDefault(name) ?? CultureInfo.InvariantCulture;
}

/// <summary>The functions that mappings may apply, by name.</summary>
public static class FunctionCatalog
{
    private static readonly FrozenDictionary<string, FunctionDefinition> s_byName =
        TextFunctions.All.Concat(ListFunctions.All).Concat(CleaningFunctions.All).Concat(PrivacyFunctions.All)
            .ToFrozenDictionary(f => ObjectReader.Fold(f.Name), StringComparer.Ordinal);

    /// <summary>All functions in alphabetical order.</summary>
    public static IReadOnlyList<FunctionDefinition> All { get; } =
        [.. s_byName.Values.OrderBy(f => f.Name, StringComparer.Ordinal)];

    /// <summary>The longest that one regular expression may work on one value.</summary>
    internal static TimeSpan PatternTimeLimit { get; } = TimeSpan.FromSeconds(1);

    internal static IReadOnlyList<FunctionCall> BindAll(MappingElement? element, FaultList faults)
    {
        if (element is null)
            return [];
        var calls = new List<FunctionCall>();
        foreach (var item in element.Kind == ElementKind.List ? element.Items : [element])
        {
            if (item.Kind == ElementKind.Text)
                Add(Bind(item.Text!, null, item.Path, faults));
            else if (item.Kind == ElementKind.Object && item.Members.Count == 1)
                Add(Bind(item.Members[0].Key, item.Members[0].Value, item.Path, faults));
            else
                faults.Add(item.Path, $"A function is a name, or an object with one name and its arguments such as {{\"left\": 3}}; this is {(item.Kind == ElementKind.Object ? $"an object with {item.Members.Count} keys" : item.KindName)}.");
        }

        return calls;

        void Add(FunctionCall? call)
        {
            if (call is not null)
                calls.Add(call);
        }
    }

    internal static FunctionCall? Bind(string name, MappingElement? arguments, string path, FaultList faults)
    {
        if (!s_byName.TryGetValue(ObjectReader.Fold(name), out var definition))
        {
            var suggestion = NameSuggestion.Find(name, s_byName.Values.Select(f => f.Name));
            faults.Add(path, $"There is no function '{name}'.{NameSuggestion.Hint(suggestion, [.. All.Select(f => f.Name)])}", suggestion);
            return null;
        }

        var before = faults.Count;
        var values = new Dictionary<string, object>(StringComparer.Ordinal);
        foreach (var (parameter, element) in Match(definition, arguments, path, faults))
        {
            if (Read(parameter.Kind, element, faults) is not { } value)
                continue;
            if (parameter.Choices is { } choices)
            {
                if (choices.FirstOrDefault(c => c.Equals((string)value, StringComparison.OrdinalIgnoreCase)) is { } choice)
                    value = choice;
                else
                    faults.Add(element.Path, $"'{value}' is not one of {string.Join(", ", choices)}.", NameSuggestion.Find((string)value, choices));
            }

            values[parameter.Name] = value;
        }

        if (faults.Count == before)
        {
            foreach (var missing in definition.Parameters.Where(p => p.IsRequired && !values.ContainsKey(p.Name)))
                faults.Add(path, $"The function '{definition.Name}' needs '{missing.Name}'. {Usage(definition)}");
        }

        if (definition.Parameters.Any(p => p.Kind == ArgumentKind.Key))
            faults.KeyUses.Add((path, (string?)values.GetValueOrDefault("key")));
        var checkedArguments = new FunctionArguments(values);
        if (faults.Count == before && definition.Check?.Invoke(checkedArguments) is { } why)
            faults.Add(path, why);
        return faults.Count == before ? new FunctionCall(definition.Name, path) { Definition = definition, Arguments = checkedArguments } : null;
    }

    private static IEnumerable<(FunctionParameter, MappingElement)> Match(
        FunctionDefinition definition, MappingElement? arguments, string path, FaultList faults)
    {
        var parameters = definition.Parameters;
        if (arguments is null || arguments.Kind == ElementKind.Null || (parameters.Count == 0 && arguments.Scalar is true))
            yield break;

        // One parameter that is itself a list or a table takes the whole argument.
        var takesWhole = parameters.Count > 0 && parameters[0].Kind switch
        {
            ArgumentKind.Table => arguments.Kind == ElementKind.Object
                && !arguments.Members.Any(m => ObjectReader.Fold(m.Key) == ObjectReader.Fold(parameters[0].Name) && m.Value.Kind == ElementKind.Object),
            ArgumentKind.Texts => arguments.Kind == ElementKind.List,
            _ => false,
        };
        if (takesWhole)
        {
            yield return (parameters[0], arguments);
        }
        else if (arguments.Kind == ElementKind.Object)
        {
            var reader = new ObjectReader(arguments, faults);
            foreach (var parameter in parameters)
            {
                if (reader.Take(parameter.Name) is { } element)
                    yield return (parameter, element);
            }

            reader.Finish();
        }
        else
        {
            var list = arguments.Kind == ElementKind.List ? arguments.Items : [arguments];
            if (list.Count > parameters.Count)
                faults.Add(path, $"The function '{definition.Name}' takes {parameters.Count} arguments at most; {list.Count} are given. {Usage(definition)}");
            for (var i = 0; i < Math.Min(list.Count, parameters.Count); i++)
                yield return (parameters[i], list[i]);
        }
    }

    private static string Usage(FunctionDefinition definition) => definition.Parameters.Count == 0
        ? $"Write \"{definition.Name}\"."
        : $"Write {{\"{definition.Name}\": [{string.Join(", ", definition.Parameters.Select(p => p.IsRequired ? p.Name : p.Name + "?"))}]}}.";

    private static object? Read(ArgumentKind kind, MappingElement element, FaultList faults)
    {
        switch (kind)
        {
            case ArgumentKind.Text or ArgumentKind.Key when element.Kind == ElementKind.Text:
                return element.Text;
            case ArgumentKind.Text when element.Kind is ElementKind.Number or ElementKind.Boolean:
                return GraphText.Format(element.Scalar);
            case ArgumentKind.Count when element.Scalar is long and >= 0 and <= int.MaxValue:
                return (int)(long)element.Scalar;
            case ArgumentKind.Number when element.Kind == ElementKind.Number:
                return Convert.ToDouble(element.Scalar, CultureInfo.InvariantCulture);
            case ArgumentKind.Boolean when element.Kind == ElementKind.Boolean:
                return element.Scalar;
            case ArgumentKind.Culture when element.Kind == ElementKind.Text:
                return ReadCulture(element.Text!, element.Path, faults);
            case ArgumentKind.Pattern when element.Kind == ElementKind.Text:
                return ReadPattern(element.Text!, element.Path, faults);
            case ArgumentKind.Texts when element.Kind is ElementKind.Text or ElementKind.List:
                return (element.Kind == ElementKind.List ? element.Items : [element]).Select(i => GraphText.Format(i.Scalar)).ToArray();
            case ArgumentKind.Table when element.Kind == ElementKind.Object:
                return element.Members.ToDictionary(m => m.Key, m => m.Value.Scalar, StringComparer.Ordinal);
            default:
                var wanted = kind switch
                {
                    ArgumentKind.Text => "a text",
                    ArgumentKind.Key => "the name of a key",
                    ArgumentKind.Count => "a whole number that is not negative",
                    ArgumentKind.Number => "a number",
                    ArgumentKind.Boolean => "true or false",
                    ArgumentKind.Culture => "the name of a culture",
                    ArgumentKind.Pattern => "a regular expression",
                    ArgumentKind.Texts => "a text or a list of texts",
                    _ => "an object of texts",
                };
                faults.Add(element.Path, $"This argument must be {wanted}, not {element.KindName}{(element.Kind == ElementKind.Number ? $" such as {GraphText.Format(element.Scalar)}" : "")}.");
                return null;
        }
    }

    internal static CultureInfo? ReadCulture(string name, string path, FaultList faults)
    {
        try
        {
            return name.Length == 0 || ObjectReader.Fold(name) == "invariant"
                ? CultureInfo.InvariantCulture
                : CultureInfo.GetCultureInfo(name, predefinedOnly: true);
        }
        catch (CultureNotFoundException)
        {
            faults.Add(path, $"There is no culture '{name}'. Give a name such as 'en-US' or 'de-DE', or 'invariant'.");
            return null;
        }
    }

    internal static Regex? ReadPattern(string pattern, string path, FaultList faults)
    {
        try
        {
            return new Regex(pattern, RegexOptions.CultureInvariant | RegexOptions.Compiled, PatternTimeLimit);
        }
        catch (ArgumentException e)
        {
            faults.Add(path, $"'{pattern}' is not a regular expression: {e.Message}");
            return null;
        }
    }
}
