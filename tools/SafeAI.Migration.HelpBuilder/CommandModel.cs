using System.Collections;
using System.Globalization;
using System.Management.Automation;
using System.Reflection;

namespace SafeAI.Migration.HelpBuilder;

/// <summary>How a parameter stands in one parameter set.</summary>
internal sealed record ParameterUse(string Set, bool IsMandatory, int? Position, bool FromPipeline, bool FromPipelineByName, bool FromRemaining);

/// <summary>One parameter of a command.</summary>
internal sealed record ParameterModel(
    string Name, Type Type, string Description, string? Default, bool SupportsWildcards, IReadOnlyList<string> Aliases, IReadOnlyList<ParameterUse> Uses)
{
    public bool IsSwitch => Type == typeof(SwitchParameter);

    /// <summary>The type of one value: a list's element, the type inside a nullable.</summary>
    public Type ValueType => Nullable.GetUnderlyingType(Type.IsArray ? Type.GetElementType()! : Type) ?? (Type.IsArray ? Type.GetElementType()! : Type);

    public IReadOnlyList<string> Values => ValueType.IsEnum ? Enum.GetNames(ValueType) : [];

    public ParameterUse? In(string set) => Uses.FirstOrDefault(u => u.Set == set) ?? Uses.FirstOrDefault(u => u.Set == CommandModel.AllSets);
}

/// <summary>One command, as its class and its doc comments describe it.</summary>
internal sealed record CommandModel
{
    public const string AllSets = "__AllParameterSets";

    public required string Verb { get; init; }

    public required string Noun { get; init; }

    public required string Synopsis { get; init; }

    public required IReadOnlyList<string> Description { get; init; }

    public required IReadOnlyList<Example> Examples { get; init; }

    public required IReadOnlyList<ParameterModel> Parameters { get; init; }

    public required IReadOnlyList<(string Name, string? Description)> Outputs { get; init; }

    /// <summary>The parameter sets, the default one first.</summary>
    public required IReadOnlyList<string> Sets { get; init; }

    public string Name => $"{Verb}-{Noun}";

    /// <summary>Describes a class, and says what its doc comments lack.</summary>
    public static CommandModel From(Type type, CustomAttributeData cmdlet, DocComments comments, ICollection<string> faults)
    {
        var name = $"{cmdlet.ConstructorArguments[0].Value}-{cmdlet.ConstructorArguments[1].Value}";
        var synopsis = comments.Summary(type);
        if (string.IsNullOrWhiteSpace(synopsis))
            faults.Add($"{name} has no synopsis: write a <summary> on {type.Name}.");
        var examples = comments.Examples(type);
        if (examples.Count(e => e.Code.Length > 0 && e.Remarks.Length > 0) < 2)
            faults.Add($"{name} needs two examples with <code> and <para> on {type.Name}; it has {examples.Count}.");
        var outputs = type.CustomAttributes.Where(a => a.AttributeType == typeof(OutputTypeAttribute))
            .SelectMany(a => Flatten(a.ConstructorArguments)).OfType<Type>().ToArray();
        if (outputs.Length == 0)
            faults.Add($"{name} does not say what it emits: put [OutputType] on {type.Name}.");
        var parameters = ReadParameters(type, name, comments, faults);
        if (Named(cmdlet, "SupportsShouldProcess") is true)
            parameters.AddRange(ShouldProcess());
        var sets = parameters.SelectMany(p => p.Uses).Select(u => u.Set).Where(s => s != AllSets).Distinct().ToList();
        if (Named(cmdlet, "DefaultParameterSetName") is string first && sets.Remove(first))
            sets.Insert(0, first);
        return new CommandModel
        {
            Verb = name.Split('-')[0],
            Noun = name.Split('-')[1],
            Synopsis = synopsis ?? "",
            Description = [synopsis ?? "", .. comments.Remarks(type)],
            Examples = examples,
            Parameters = parameters,
            Outputs = [.. outputs.Select(o => o == typeof(void) ? ("None", "This command emits nothing.") : (o.FullName!, comments.Summary(o)))],
            Sets = sets.Count == 0 ? [AllSets] : sets,
        };
    }

    private static List<ParameterModel> ReadParameters(Type type, string command, DocComments comments, ICollection<string> faults)
    {
        var instance = Activator.CreateInstance(type)!;
        var result = new List<ParameterModel>();
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            var uses = property.CustomAttributes.Where(a => a.AttributeType == typeof(ParameterAttribute)).Select(UseOf).ToArray();
            if (uses.Length == 0)
                continue;
            var description = comments.Summary(property);
            if (string.IsNullOrWhiteSpace(description))
                faults.Add($"{command} -{property.Name} has no description: write a <summary> on {property.DeclaringType!.Name}.{property.Name}.");
            result.Add(new ParameterModel(
                property.Name, property.PropertyType, description ?? "", DefaultOf(property.GetValue(instance)),
                property.CustomAttributes.Any(a => a.AttributeType == typeof(SupportsWildcardsAttribute)),
                [.. property.CustomAttributes.Where(a => a.AttributeType == typeof(AliasAttribute)).SelectMany(a => Flatten(a.ConstructorArguments)).OfType<string>()],
                uses));
        }

        (instance as IDisposable)?.Dispose();
        return result;
    }

    private static ParameterUse UseOf(CustomAttributeData attribute) => new(
        Named(attribute, "ParameterSetName") as string ?? AllSets,
        Named(attribute, "Mandatory") is true,
        Named(attribute, "Position") as int?,
        Named(attribute, "ValueFromPipeline") is true,
        Named(attribute, "ValueFromPipelineByPropertyName") is true,
        Named(attribute, "ValueFromRemainingArguments") is true);

    private static IEnumerable<ParameterModel> ShouldProcess()
    {
        ParameterUse[] use = [new(AllSets, false, null, false, false, false)];
        yield return new("WhatIf", typeof(SwitchParameter), "Says what the command would do, and does nothing.", "False", false, ["wi"], use);
        yield return new("Confirm", typeof(SwitchParameter), "Asks before the command does it.", "False", false, ["cf"], use);
    }

    private static object? Named(CustomAttributeData attribute, string name) =>
        attribute.NamedArguments.FirstOrDefault(a => a.MemberName == name).TypedValue.Value;

    private static IEnumerable<object?> Flatten(IEnumerable<CustomAttributeTypedArgument> arguments) =>
        arguments.SelectMany(a => a.Value is IEnumerable<CustomAttributeTypedArgument> list ? list.Select(i => i.Value) : [a.Value]);

    /// <summary>What a new command holds, which is what it does when the parameter is not given.</summary>
    private static string? DefaultOf(object? value) => value switch
    {
        null or '\0' or "" or ICollection { Count: 0 } => null,
        SwitchParameter => "False",
        ICollection list => string.Join(", ", list.Cast<object>()),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture),
    };
}
