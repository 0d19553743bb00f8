using System.Collections;
using SafeAI.Migration.Engine.Transformation;

namespace SafeAI.Migration.Engine.Tests.Transformation;

public class MappingDocumentTests
{
    [Fact]
    public void Every_fault_is_listed_at_once_with_its_path_and_a_suggestion()
    {
        var failure = Assert.Throws<InvalidMappingException>(() => MappingDocument.Parse("""
            {
              "name": "broken", "nods": [],
              "nodes": [
                { "type": "Customer`) DETACH DELETE (n", "id": "fixed", "labels": ["A B"], "properites": {} },
                { "id": "{a}{b}", "properties": { "p": "{open", "id": "x", "q": { "field": "a", "aply": ["trim"] }, "r": {}, "s": 5, "t": { "value": { "nested": 1 } } } }
              ],
              "relationships": [ { "type": "R", "from": { "type": "T" }, "to": "x" } ]
            }
            """));
        Assert.Equal(ErrorCode.InvalidMapping, failure.Code);
        Assert.Equal(
            [
                ("$.nodes[0].type", ErrorCode.UnsafeIdentifier, null),
                ("$.nodes[0].labels[0]", ErrorCode.UnsafeIdentifier, null),
                ("$.nodes[0].properites", ErrorCode.InvalidMapping, "properties"),
                ("$.nodes[1]", ErrorCode.InvalidMapping, null),
                ("$.nodes[1].id", ErrorCode.InvalidMapping, null),
                ("$.nodes[1].properties.p", ErrorCode.InvalidMapping, null),
                ("$.nodes[1].properties.id", ErrorCode.InvalidMapping, null),
                ("$.nodes[1].properties.q.aply", ErrorCode.InvalidMapping, "apply"),
                ("$.nodes[1].properties.r", ErrorCode.InvalidMapping, null),
                ("$.nodes[1].properties.s", ErrorCode.InvalidMapping, null),
                ("$.nodes[1].properties.t.value", ErrorCode.UnsupportedValue, null),
                ("$.relationships[0].from", ErrorCode.InvalidMapping, null),
                ("$.relationships[0].to", ErrorCode.InvalidMapping, null),
                ("$.nods", ErrorCode.InvalidMapping, "nodes"),
            ],
            failure.Faults.Select(f => (f.Path, f.Code, f.Suggestion)));
        Assert.Contains("'broken'", failure.Message, StringComparison.Ordinal);
        Assert.All(failure.Faults, f => Assert.Contains(f.ToString(), failure.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Faults_of_all_parts_of_a_mapping_are_listed_together()
    {
        var faults = Given.Faults("""
            {
              "clean": [ { "name": "tidy", "fields": "*", "apply": ["trimm", { "lefd": 3 }] } ],
              "keys": { "main": "s3cret" },
              "lookups": { "countries": { "pth": "c.csv", "key": "code" } },
              "deduplicate": { "key": "a", "keep": "frist" },
              "nodes": { "type": "T", "id": "{a|uper}", "when": { "field": "a", "equls": 1 }, "explode": { "feld": "tags" },
                "properties": {
                  "p": { "field": "a", "type": "integr" }, "q": { "field": "a", "type": "date", "timeZone": "Europe/Berln" }, "r": { "field": "a", "type": "float", "unit": "kilogrm" },
                  "s": { "lookup": { "in": "contries", "by": "a", "field": "name" } }, "t": { "field": "a", "apply": { "hmac": "mian" } }, "u": { "field": "a", "apply": { "email": "nul" } } } }
            }
            """);
        Assert.Equal(
            [
                ("$.clean[0].apply[0]", "trim"), ("$.clean[0].apply[1]", "left"), ("$.deduplicate.keep", "first"), ("$.keys.main", null),
                ("$.lookups.countries", null), ("$.lookups.countries.pth", "path"), ("$.nodes.explode", null), ("$.nodes.explode.feld", "field"), ("$.nodes.id", "upper"),
                ("$.nodes.properties.p.type", "integer"), ("$.nodes.properties.q.timeZone", "Europe/Berlin"), ("$.nodes.properties.r.unit", "Kilogram"), ("$.nodes.properties.s.lookup", "countries"),
                ("$.nodes.properties.t.apply", "main"), ("$.nodes.properties.u.apply.email", "null"), ("$.nodes.when.equls", "equals"),
            ],
            faults.Select(f => (f.Path, f.Suggestion)).OrderBy(f => f.Path, StringComparer.Ordinal));
    }

    [Fact]
    public void Every_field_that_the_records_do_not_have_is_listed_before_the_first_of_them()
    {
        using var mapper = Given.Mapper("""
            {
              "clean": { "name": "tidy", "fields": ["naem"], "apply": "trim" },
              "deduplicate": { "key": "emial" },
              "nodes": { "type": "T", "id": { "template": ["t:{idd}", "t#{name}:{naame}"] }, "when": { "not": { "field": "nmae", "isNull": true } }, "include": ["emall"], "exclude": ["nam"],
                "properties": { "p": "{name} {nme}", "q": { "field": ["email", "emaill"] } } },
              "relationships": { "type": "R", "explode": "tgs", "from": { "type": "T", "id": "{id}" }, "to": { "type": "T", "id": "{ids}" }, "properties": { "r": { "field": "nane", "type": "integer" } } }
            }
            """);
        var faults = Assert.Throws<InvalidMappingException>(() => mapper.Bind(Given.Record(("id", 1L), ("name", "x"), ("email", "e"), ("tags", "[]")).GetSchema())).Faults;
        Assert.All(faults, f => Assert.Equal(ErrorCode.UnknownField, f.Code));
        Assert.Equal(
            [
                ("$.clean.fields", "naem", "name"), ("$.deduplicate.key", "emial", "email"), ("$.nodes.exclude[0]", "nam", "name"), ("$.nodes.id", "idd", "id"), ("$.nodes.id", "naame", "name"),
                ("$.nodes.include[0]", "emall", "email"), ("$.nodes.properties.p", "nme", "name"), ("$.nodes.properties.q", "emaill", "email"), ("$.nodes.when.not", "nmae", "name"),
                ("$.relationships.explode", "tgs", "tags"), ("$.relationships.properties.r", "nane", "name"), ("$.relationships.to.id", "ids", "id"),
            ],
            faults.Select(f => (f.Path, f.Message.Split('\'')[3], f.Suggestion!)).OrderBy(f => f.Path, StringComparer.Ordinal).ThenBy(f => f.Item2, StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("{ \"nodes\": [", "line 1")]
    [InlineData("[]", "not a list")]
    [InlineData("{}", "makes nothing")]
    [InlineData("{ \"nodes\": 5 }", "a list of objects")]
    [InlineData("{ \"nodes\": [5] }", "must be an object")]
    [InlineData("""{ "nodes": [ { "type": "T", "Type": "U", "id": "{a}" } ] }""", "given twice")]
    [InlineData("""{ "nodes": [ { "type": "T", "id": { "value": 5 } } ] }""", "must be made from a field")]
    [InlineData("""{ "nodes": [ { "type": "T", "id": "{a}", "properties": { "p": "x}" } } ] }""", "closing brace")]
    [InlineData("""{ "nodes": [ { "type": "T", "id": "{a}", "properties": { "p": { "field": "a", "value": 1 } } } ] }""", "one source")]
    public void Malformed_mappings_say_what_is_wrong(string json, string expected) =>
        Assert.Contains(expected, Assert.Single(Given.Faults(json)).Message, StringComparison.Ordinal);

    [Fact]
    public void Keys_are_matched_ignoring_case_and_underscores()
    {
        var node = MappingDocument.Parse("""{ "NODES": [ { "Type": "T", "ID": "{a}", "Properties": { "p": { "Field": "a", "type": "date_time", "time_zone": "UTC" } } } ] }""").Nodes[0];
        Assert.Equal(TimeZoneInfo.Utc, node.Properties[0].Value.Conversion!.TimeZone);
    }

    [Fact]
    public void A_dictionary_says_the_same_as_JSON()
    {
        var mapping = new Hashtable
        {
            ["nodes"] = new ArrayList
            {
                new Hashtable { ["type"] = "T", ["id"] = "t:{a}", ["properties"] = new Hashtable { ["p"] = new Hashtable { ["field"] = "a", ["apply"] = new object[] { "trim", new Hashtable { ["left"] = 2 } } } } },
            },
        };
        var mapper = new CompiledMapping(MappingDocument.FromDictionary(mapping));
        Assert.Equal("ab", Given.Items(mapper, Given.Record(("a", " abc")))[0].Properties["p"]);
    }

    [Fact]
    public void A_dictionary_with_something_unusable_in_it_is_a_fault() =>
        Assert.Equal("$.nodes[0]", Assert.Single(Assert.Throws<InvalidMappingException>(
            () => MappingDocument.FromDictionary(new Hashtable { ["nodes"] = new object[] { new Version(1, 2) } })).Faults).Path);

    [Fact]
    public async Task A_file_that_is_not_there_says_so()
    {
        var failure = await Assert.ThrowsAsync<MigrationException>(() => MappingDocument.LoadAsync("/no/such/mapping.json"));
        Assert.Equal(ErrorCode.SourceNotFound, failure.Code);
        Assert.IsAssignableFrom<IOException>(failure.InnerException);
    }
}
