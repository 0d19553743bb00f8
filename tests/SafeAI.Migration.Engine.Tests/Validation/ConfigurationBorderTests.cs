using System.Text.Json;
using SafeAI.Migration.Engine.Validation;
using SafeAI.Migration.Engine.Validation.Schema;

namespace SafeAI.Migration.Engine.Tests.Validation;

/// <summary>What a configuration of a validation takes, and what it refuses.</summary>
public sealed class ConfigurationBorderTests
{
    [Theory]
    [InlineData("""{"quality_threshold":"0.5"}""", "from 0 to 1")]
    [InlineData("""{"quality_threshold":1.01}""", "from 0 to 1")]
    [InlineData("""{"schema":null}""", "must be a name, a path, or the schema itself")]
    [InlineData("""{"schema":5}""", "must be a name, a path, or the schema itself")]
    [InlineData("""{"schema":true}""", "must be a name, a path, or the schema itself")]
    [InlineData("""{"validation_rules":[]}""", "names no rule")]
    [InlineData("""{"level":"7"}""", "strict, lenient or none")]
    [InlineData("""{"relationships":[{"type":"a","self_loops":1}]}""", "'self_loops' must be true or false")]
    [InlineData("""{"relationships":[{"type":"a","most_per_end":1001}]}""", "from 1 to 1000")]
    [InlineData("""{"relationships":[{"type":"a","most_per_end":"5"}]}""", "from 1 to 1000")]
    [InlineData("""{"relationships":[{"type":"a","most_per_end":1.5}]}""", "from 1 to 1000")]
    [InlineData("""{"relationships":["a"]}""", "must be an object or a list of objects")]
    [InlineData("""{"relationships":5}""", "must be an object or a list of objects")]
    [InlineData("""{"not_null":5}""", "must be a text or a list of texts")]
    [InlineData("""{"not_null":["a",5]}""", "must be a text or a list of texts")]
    [InlineData("""{"references":[{"field":["a","b"],"node":"N"}]}""", "")]
    [InlineData("""{"references":[{"to":"a","node":"N"}]}""", "A reference needs")]
    [InlineData("""{"references":[{"node":"N"}]}""", "A reference needs")]
    [InlineData("""{"references":[{"field":["a","b"],"to":"c","node":"N"}]}""", "A reference needs")]
    [InlineData("""{"references":[{"field":"a","connection_string":"Host=x"}]}""", "A reference needs")]
    [InlineData("""{"references":[{"field":"a","node":"N","stream":"s"}]}""", "A reference needs")]
    [InlineData("""{"relationships":[{"type":"a","self_loops":true,"duplicates":false,"most_per_start":1000,"most_per_end":1}]}""", "")]
    [InlineData("""{"not_null":5,"unique":5}""", "has 2 faults")]
    [InlineData("""{"not_null":5}""", "has a fault")]
    public void Configurations_at_their_borders(string json, string fault)
    {
        if (fault.Length == 0)
            Read(json);
        else
            Assert.Contains(fault, Assert.Throws<MigrationException>(() => Read(json)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"references":{"field":"a","node":"N"}}""", "a", "id")]
    [InlineData("""{"references":{"field":"a","node":"N","to":"b"}}""", "a", "b")]
    [InlineData("""{"references":{"field":"a","path":"x.csv"}}""", "a", "a")]
    [InlineData("""{"references":{"field":["a","b"],"node":"N"}}""", "a,b", "a,b")]
    [InlineData("""{"references":{"field":"a","path":"x.db","table":"t"}}""", "a", "a")]
    [InlineData("""{"references":{"field":"a","connection_string":"Host=x","table":"t"}}""", "a", "a")]
    public void What_a_reference_leads_to_is_told_by_its_parts(string json, string fields, string to)
    {
        var rule = Assert.IsType<ReferenceRule>(Assert.Single(Read(json).Rules));
        Assert.Equal((fields, to), (string.Join(',', rule.Fields), string.Join(',', rule.TargetFields)));
    }

    [Theory]
    [InlineData("""{"agreements":{"key":"k","field":"a","node":"N"}}""", "id")]
    [InlineData("""{"agreements":{"key":"k","field":"a","path":"x.csv"}}""", "k")]
    [InlineData("""{"agreements":{"key":["k","l"],"field":"a","node":"N"}}""", "k,l")]
    public void What_an_agreement_is_found_by_is_told_by_its_parts(string json, string keys) =>
        Assert.Equal(keys, string.Join(',', Assert.IsType<AgreementRule>(Assert.Single(Read(json).Rules)).TargetKey));

    [Theory]
    [InlineData("a < b", Comparison.Less)]
    [InlineData("a <= b", Comparison.LessOrEqual)]
    [InlineData("a = b", Comparison.Equal)]
    [InlineData("a == b", Comparison.Equal)]
    [InlineData("a <> b", Comparison.NotEqual)]
    [InlineData("a != b", Comparison.NotEqual)]
    [InlineData("a >= b", Comparison.GreaterOrEqual)]
    [InlineData("a > b", Comparison.Greater)]
    public void Every_sign_of_a_comparison(string text, Comparison comparison) =>
        Assert.Equal(new CompareRule("a", comparison, "b"), Assert.Single(Read($$"""{"compare":"{{text}}"}""").Rules));

    [Theory]
    [InlineData("schema", RuleFamilies.Schema)]
    [InlineData("schema_validation", RuleFamilies.Schema)]
    [InlineData("schema_check", RuleFamilies.Schema)]
    [InlineData("type_check", RuleFamilies.TypeCheck)]
    [InlineData("data_type_check", RuleFamilies.TypeCheck)]
    [InlineData("constraint_check", RuleFamilies.ConstraintCheck)]
    [InlineData("constraint_validation", RuleFamilies.ConstraintCheck)]
    [InlineData("relationship_check", RuleFamilies.RelationshipCheck)]
    public void Every_name_of_a_family(string name, RuleFamilies family) => Assert.Equal(family, ValidationConfiguration.FamilyOf(name));

    [Theory]
    [InlineData("""{}""", true)]
    [InlineData("""{"not_null":"a"}""", false)]
    [InlineData("""{"schema":{"type":"object"}}""", false)]
    [InlineData("""{"schema":[{"name":"P","required":["a"]}]}""", false)]
    [InlineData("""{"relationships":{"type":"R"}}""", false)]
    public async Task A_configuration_without_any_rule_is_noted(string json, bool isEmpty)
    {
        var setup = new ValidationSetup { FullPath = p => p };
        await setup.AddAsync(Read(json));
        Assert.Equal(isEmpty, setup.ToOptions().Notes.Any(n => n.StartsWith("No schema and no rule", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_file_with_a_fault_is_reported_as_it_is_written()
    {
        var path = Path.Combine(Path.GetTempPath(), $"safeai-{Guid.NewGuid():N}.json");
        try
        {
            File.WriteAllText(path, """{"not_null": }""");
            Assert.Contains("is not JSON", Assert.Throws<MigrationException>(() => ValidationSetup.ReadConfiguration(JsonSerializer.SerializeToElement(path), "x", p => p, ReferenceScope.Empty)).Message, StringComparison.Ordinal);
            File.WriteAllText(path, """{'not_null': 'a'}""");
            Assert.Single(ValidationSetup.ReadConfiguration(JsonSerializer.SerializeToElement(path), "x", p => p, ReferenceScope.Empty).Rules);
        }
        finally
        {
            File.Delete(path);
        }

        Assert.Equal(ErrorCode.SourceNotFound, Assert.Throws<MigrationException>(() => ValidationSetup.ReadConfiguration(JsonSerializer.SerializeToElement(Path.GetTempPath()), "x", p => p, ReferenceScope.Empty)).Code);
        Assert.Equal(ErrorCode.SourceNotFound, Assert.Throws<MigrationException>(() => ValidationSetup.ReadConfiguration(JsonSerializer.SerializeToElement(path), "x", p => p, ReferenceScope.Empty)).Code);
    }

    [Fact]
    public async Task A_configuration_is_checked_beforehand_as_far_as_its_files_go()
    {
        var folder = Directory.CreateTempSubdirectory("safeai-check-").FullName;
        try
        {
            Directory.CreateDirectory(Path.Combine(folder, "schemas"));
            await File.WriteAllTextAsync(Path.Combine(folder, "schemas", "a.schema.json"), "{}");
            await File.WriteAllTextAsync(Path.Combine(folder, "c.csv"), "a\n1\n");
            await CheckAsync("""{"schema":"knowledge_graph_schema"}""");
            await CheckAsync("""{"schema":"a"}""", "schemas");
            await CheckAsync("""{"references":[{"field":"a","path":"c.csv"},{"field":"a","node":"N"}]}""");
            Assert.Equal(ErrorCode.SourceNotFound, (await Assert.ThrowsAsync<MigrationException>(() => CheckAsync("""{"schema":"a"}"""))).Code);
            Assert.Equal(ErrorCode.InvalidSchema, (await Assert.ThrowsAsync<MigrationException>(() => CheckAsync("""{"schema":{"required":5}}"""))).Code);
            Assert.Equal(ErrorCode.SourceNotFound, (await Assert.ThrowsAsync<MigrationException>(() => CheckAsync("""{"references":{"field":"a","path":"d.csv"}}"""))).Code);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        Task CheckAsync(string json, string? registry = null) => StreamValidation.CheckConfigurationAsync(new StreamValidationOptions
        {
            Configuration = JsonDocument.Parse(json).RootElement, Folder = folder, SchemaRegistry = registry,
        });
    }

    private static ValidationConfiguration Read(string json)
    {
        using var document = JsonDocument.Parse(json);
        return ValidationConfiguration.Read(document.RootElement.Clone(), "The configuration", p => p);
    }
}
