using System.Text.Json;
using SafeAI.Migration.Engine.Validation;
using SafeAI.Migration.Engine.Validation.Schema;

namespace SafeAI.Migration.Engine.Tests.Validation;

public sealed class ValidationConfigurationTests
{
    [Fact]
    public void The_guides_configuration_is_understood()
    {
        var configuration = Read("""{"schema":"knowledge_graph_schema","validation_rules":["type_check","relationship_check","constraint_check"],"quality_threshold":0.95}""");
        Assert.Equal(SchemaFiles.PlatformSchema, configuration.Schema.GetString());
        Assert.Equal(RuleFamilies.All, configuration.Families);
        Assert.Equal(0.95, configuration.QualityThreshold);
    }

    [Fact]
    public void Everything_else_is_understood()
    {
        var configuration = Read(
            """
            {"rules":"data_type_check","fields":{"age":{"minimum":0}},"notNull":["a","b"],"unique":["a",["b","c"]],"compare":["start <= end","x!=y"],
             "references":[{"field":"country","path":"c.csv","to":"code"}],
             "relationships":[{"type":"R","from":"A","to":"B","self_loops":false,"duplicates":false,"most_per_start":2,"most_per_end":1}],
             "private":"ssn","level":"lenient","error_budget":"1%"}
            """);
        Assert.Equal(RuleFamilies.TypeCheck, configuration.Families);
        Assert.NotNull(configuration.Fields);
        Assert.Equal(["a", "b"], Assert.IsType<NotNullRule>(configuration.Rules[0]).Fields);
        Assert.Equal(["a"], Assert.IsType<UniqueRule>(configuration.Rules[1]).Fields);
        Assert.Equal(["b", "c"], Assert.IsType<UniqueRule>(configuration.Rules[2]).Fields);
        Assert.Equal(new CompareRule("start", Comparison.LessOrEqual, "end"), configuration.Rules[3]);
        Assert.Equal(new CompareRule("x", Comparison.NotEqual, "y"), configuration.Rules[4]);
        var reference = Assert.IsType<ReferenceRule>(configuration.Rules[5]);
        Assert.Equal(("/base/c.csv", "country", "code"), (reference.Target.Name, reference.Fields[0], reference.TargetFields[0]));
        Assert.Equal(
            new RelationshipRule("R") { From = "A", To = "B", SelfLoops = false, Duplicates = false, MostPerStart = 2, MostPerEnd = 1 },
            Assert.Single(configuration.Relationships));
        Assert.Equal(["ssn"], configuration.PrivateFields);
        Assert.Equal((ValidationLevel.Lenient, ErrorBudget.OfShare(0.01)), (configuration.Level, configuration.ErrorBudget));
    }

    [Theory]
    [InlineData("""{"validation_rules":["typ_check"]}""", "'typ_check' is no rule")]
    [InlineData("""{"quality_threshold":2}""", "from 0 to 1")]
    [InlineData("""{"compare":"a b"}""", "'a b' is no comparison")]
    [InlineData("""{"references":[{"field":"a"}]}""", "A reference needs")]
    [InlineData("""{"relationships":[{"from":"a","most":1}]}""", "'most' of a relationship is not known")]
    [InlineData("""{"relationships":[{"from":"a"}]}""", "needs 'type'")]
    [InlineData("""{"relationships":[{"type":"a","most_per_start":0}]}""", "from 1 to 1000")]
    [InlineData("""{"level":"harsh"}""", "strict, lenient or none")]
    [InlineData("""{"error_budget":"some"}""", "'some' is not an error budget")]
    [InlineData("""{"schemata":1}""", "'schemata' is not known")]
    [InlineData("""[]""", "It must be an object")]
    public void Faults_are_named(string json, string expected)
    {
        var failure = Assert.Throws<MigrationException>(() => Read(json));
        Assert.Equal(ErrorCode.InvalidSchema, failure.Code);
        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
    }

    private static ValidationConfiguration Read(string json)
    {
        using var document = JsonDocument.Parse(json);
        return ValidationConfiguration.Read(document.RootElement.Clone(), "The configuration", p => "/base/" + p);
    }
}
