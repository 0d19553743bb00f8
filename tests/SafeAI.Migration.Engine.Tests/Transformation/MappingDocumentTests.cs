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
