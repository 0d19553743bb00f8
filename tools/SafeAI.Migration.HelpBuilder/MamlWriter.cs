using System.Globalization;
using System.Management.Automation;
using System.Xml.Linq;

namespace SafeAI.Migration.HelpBuilder;

/// <summary>Writes commands in the XML that <c>Get-Help</c> reads.</summary>
internal static class MamlWriter
{
    private static readonly XNamespace s_items = "http://msh";
    private static readonly XNamespace s_maml = "http://schemas.microsoft.com/maml/2004/10";
    private static readonly XNamespace s_command = "http://schemas.microsoft.com/maml/dev/command/2004/10";
    private static readonly XNamespace s_dev = "http://schemas.microsoft.com/maml/dev/2004/10";

    private static readonly Dictionary<Type, string> s_names = new()
    {
        [typeof(string)] = "string", [typeof(int)] = "int", [typeof(long)] = "long", [typeof(bool)] = "bool", [typeof(char)] = "char",
        [typeof(double)] = "double", [typeof(object)] = "Object",
    };

    public static XDocument Write(IEnumerable<CommandModel> commands, IReadOnlyList<string> relatedTopics) => new(
        new XDeclaration("1.0", "utf-8", null),
        new XElement(s_items + "helpItems", new XAttribute("schema", "maml"), commands.Select(c => Command(c, relatedTopics))));

    private static XElement Command(CommandModel command, IReadOnlyList<string> relatedTopics) => new(
        s_command + "command",
        new XAttribute(XNamespace.Xmlns + "maml", s_maml), new XAttribute(XNamespace.Xmlns + "command", s_command), new XAttribute(XNamespace.Xmlns + "dev", s_dev),
        new XElement(
            s_command + "details",
            new XElement(s_command + "name", command.Name),
            new XElement(s_command + "verb", command.Verb),
            new XElement(s_command + "noun", command.Noun),
            new XElement(s_maml + "description", Para(command.Synopsis))),
        new XElement(s_maml + "description", command.Description.Select(Para)),
        new XElement(s_command + "syntax", command.Sets.Select(s => Syntax(command, s))),
        new XElement(
            s_command + "parameters",
            command.Parameters.OrderBy(p => p.Name is "WhatIf" or "Confirm").ThenBy(p => p.Name, StringComparer.Ordinal).Select(p => Parameter(p, MainUse(p)))),
        new XElement(s_command + "inputTypes", Inputs(command)),
        new XElement(s_command + "returnValues", command.Outputs.Select(o => new XElement(
            s_command + "returnValue",
            new XElement(s_dev + "type", new XElement(s_maml + "name", o.Name)),
            new XElement(s_maml + "description", Para(o.Description ?? ""))))),
        new XElement(s_command + "examples", command.Examples.Select((e, i) => new XElement(
            s_command + "example",
            new XElement(s_maml + "title", string.Create(CultureInfo.InvariantCulture, $"-------------------------- Example {i + 1} --------------------------")),
            new XElement(s_dev + "code", e.Code),
            new XElement(s_dev + "remarks", Para(e.Remarks))))),
        new XElement(s_command + "relatedLinks", relatedTopics.Select(t => new XElement(
            s_maml + "navigationLink", new XElement(s_maml + "linkText", t), new XElement(s_maml + "uri")))));

    private static XElement Syntax(CommandModel command, string set) => new(
        s_command + "syntaxItem",
        new XElement(s_maml + "name", command.Name),
        command.Parameters.Where(p => p.In(set) is not null)
            .OrderBy(p => p.In(set)!.Position ?? int.MaxValue)
            .ThenBy(p => p.Name is "WhatIf" or "Confirm")
            .ThenByDescending(p => p.In(set)!.IsMandatory)
            .Select(p => SyntaxParameter(p, p.In(set)!)));

    private static XElement SyntaxParameter(ParameterModel parameter, ParameterUse use)
    {
        var element = Parameter(parameter, use);
        if (parameter.Values.Count > 0)
            element.Element(s_command + "parameterValue")!.AddBeforeSelf(new XElement(
                s_command + "parameterValueGroup",
                parameter.Values.Select(v => new XElement(
                    s_command + "parameterValue", new XAttribute("required", "false"), new XAttribute("variableLength", "false"), v))));
        return element;
    }

    private static XElement Parameter(ParameterModel parameter, ParameterUse use) => new(
        s_command + "parameter",
        new XAttribute("required", Lower(use.IsMandatory)),
        new XAttribute("variableLength", Lower(parameter.Type.IsArray)),
        new XAttribute("globbing", Lower(parameter.SupportsWildcards)),
        new XAttribute("pipelineInput", (use.FromPipeline, use.FromPipelineByName) switch
        {
            (true, true) => "True (ByValue, ByPropertyName)",
            (true, false) => "True (ByValue)",
            (false, true) => "True (ByPropertyName)",
            _ => "False",
        }),
        new XAttribute("position", use.Position is { } position ? position.ToString(CultureInfo.InvariantCulture) : "named"),
        new XAttribute("aliases", parameter.Aliases.Count == 0 ? "none" : string.Join(", ", parameter.Aliases)),
        new XElement(s_maml + "name", parameter.Name),
        new XElement(s_maml + "description", Para(parameter.Description)),
        parameter.IsSwitch ? null : new XElement(
            s_command + "parameterValue",
            new XAttribute("required", "true"), new XAttribute("variableLength", Lower(parameter.Type.IsArray)), NameOf(parameter.Type)),
        new XElement(s_dev + "type", new XElement(s_maml + "name", NameOf(parameter.Type)), new XElement(s_maml + "uri")),
        new XElement(s_dev + "defaultValue", parameter.Default ?? "None"));

    /// <summary>One description stands for all parameter sets: mandatory only where it is so in each.</summary>
    private static ParameterUse MainUse(ParameterModel parameter) => new(
        CommandModel.AllSets,
        parameter.Uses.All(u => u.IsMandatory),
        parameter.Uses.Select(u => u.Position).FirstOrDefault(p => p is not null),
        parameter.Uses.Any(u => u.FromPipeline),
        parameter.Uses.Any(u => u.FromPipelineByName),
        parameter.Uses.Any(u => u.FromRemaining));

    private static IEnumerable<XElement> Inputs(CommandModel command)
    {
        var inputs = command.Parameters.Where(p => p.Uses.Any(u => u.FromPipeline)).Select(p => (Name: FullNameOf(p.ValueType), p.Description)).ToList();
        if (inputs.Count == 0)
            inputs.Add(command.Parameters.Any(p => p.Uses.Any(u => u.FromPipelineByName))
                ? ("System.Object", "An object with properties named like the parameters that accept input by property name.")
                : ("None", "This command takes no input from the pipeline."));
        return inputs.Select(i => new XElement(
            s_command + "inputType",
            new XElement(s_dev + "type", new XElement(s_maml + "name", i.Name)),
            new XElement(s_maml + "description", Para(i.Description))));
    }

    private static string NameOf(Type type)
    {
        if (type.IsArray)
            return NameOf(type.GetElementType()!) + "[]";
        type = Nullable.GetUnderlyingType(type) ?? type;
        return s_names.TryGetValue(type, out var name) ? name : type == typeof(SwitchParameter) ? "switch" : type.Name;
    }

    private static string FullNameOf(Type type) => type.FullName!;

    private static string Lower(bool value) => value ? "true" : "false";

    private static XElement Para(string text) => new(s_maml + "para", text);
}
