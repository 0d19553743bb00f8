using System.Text.Json;
using SafeAI.Migration.Engine.Transformation;

namespace SafeAI.Migration.Engine.Tests.Transformation;

/// <summary>The tables of cases cover the whole catalogue: every function, every argument of each, and every choice that an argument has.</summary>
public class FunctionCoverageTests
{
    /// <summary>The calls in the tables as they stand there.</summary>
    private static IEnumerable<(FunctionDefinition Function, JsonElement? Arguments)> Calls() =>
        FunctionTests.Cases.Concat(CleaningTests.Cases).Select(c => (string)c[0]!).Concat(OddValueTests.Calls)
            .Select(call => JsonDocument.Parse(call).RootElement)
            .SelectMany(call => call.ValueKind == JsonValueKind.Array ? call.EnumerateArray().ToArray() : [call])
            .Select(call => call.ValueKind == JsonValueKind.String ? (call.GetString()!, (JsonElement?)null) : (call.EnumerateObject().Single().Name, call.EnumerateObject().Single().Value))
            .Select(call => (FunctionCatalog.All.Single(f => f.Name == call.Item1), call.Item2));

    private static IEnumerable<(string Function, string Parameter, string Value)> Used()
    {
        foreach (var (function, arguments) in Calls())
        {
            if (arguments is not { } given)
                continue;
            var parameters = function.Parameters;
            var isNamed = given.ValueKind == JsonValueKind.Object && given.EnumerateObject().All(m => parameters.Any(p => p.Name == m.Name));
            var isWhole = parameters[0].Kind is ArgumentKind.Texts or ArgumentKind.Table && !isNamed;
            var pairs = isNamed ? given.EnumerateObject().Select(m => (m.Name, m.Value))
                : given.ValueKind == JsonValueKind.Array && !isWhole ? given.EnumerateArray().Select((v, i) => (parameters[i].Name, v))
                : [(parameters[0].Name, given)];
            foreach (var (name, value) in pairs)
                yield return (function.Name, name, value.ToString());
        }
    }

    [Fact]
    public void Every_argument_of_every_function_has_a_case()
    {
        var used = Used().Select(u => $"{u.Function} {u.Parameter}").ToHashSet();
        Assert.Equal([], FunctionCatalog.All.SelectMany(f => f.Parameters.Select(p => $"{f.Name} {p.Name}")).Except(used));
    }

    [Fact]
    public void Every_choice_of_every_argument_has_a_case()
    {
        var used = Used().Select(u => $"{u.Function} {u.Parameter} {u.Value}").ToHashSet();
        Assert.Equal([], FunctionCatalog.All.SelectMany(f => f.Parameters.SelectMany(p => (p.Choices ?? []).Select(c => $"{f.Name} {p.Name} {c}"))).Except(used));
    }

    [Fact]
    public void Every_function_that_can_go_without_arguments_has_a_case_without()
    {
        var bare = Calls().Where(c => c.Arguments is null).Select(c => c.Function.Name).ToHashSet();
        Assert.Equal([], FunctionCatalog.All.Where(f => !f.Parameters.Any(p => p.IsRequired)).Select(f => f.Name).Except(bare));
    }

    [Theory]
    [InlineData("""{"clamp": [5, 1]}""")]
    [InlineData("""{"extract": ["(a)", 2]}""")]
    [InlineData("""{"normalize": "NFX"}""")]
    [InlineData("""{"hmac": ["main", 0]}""")]
    [InlineData("""{"hmac": ["main", 65]}""")]
    public void Arguments_that_would_make_nothing_of_every_value_are_faults(string call)
    {
        var fault = Assert.Single(Given.Faults($$"""{ "keys": { "main": { "environment": "K" } }, "nodes": [ { "type": "T", "id": "{a}", "properties": { "p": { "field": "v", "apply": [{{call}}] } } } ] }"""));
        Assert.StartsWith("$.nodes[0].properties.p.apply[0]", fault.Path, StringComparison.Ordinal);
    }

    [Fact]
    public void Choices_may_be_written_in_either_case() =>
        Assert.Equal("e\u0301", Given.Value("\"field\": \"v\", \"apply\": { \"normalize\": \"nfd\" }", "é"));
}
