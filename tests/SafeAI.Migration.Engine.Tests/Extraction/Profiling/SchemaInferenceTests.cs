using SafeAI.Migration.Engine.Extraction.Files;
using SafeAI.Migration.Engine.Extraction.Profiling;
using SafeAI.Migration.Engine.Tests.Extraction.Files;

namespace SafeAI.Migration.Engine.Tests.Extraction.Profiling;

public sealed class SchemaInferenceTests : FileSourceTest
{
    private const string Lines = """
        {"id": 1, "name": "Ann", "score": 1, "tags": ["a"], "address": {"city": "Łódź"}, "note": null}
        {"id": 2, "name": "Benjamin", "score": 1.5, "tags": [], "active": true, "note": null}
        {"id": 12345678901234567890, "name": "", "score": 2, "tags": ["a", 1, null], "active": false, "mixed": "x", "note": null}
        {"id": 4, "name": "D", "score": 2, "tags": [], "active": false, "mixed": 1, "note": null}
        """;

    [Fact]
    public async Task The_schema_says_what_occurs()
    {
        var schema = SchemaInference.ToJsonSchema(await ProfileAsync(Write("people.ndjson", Lines)));
        var expected = """
            {
              "$schema": "http://json-schema.org/draft-07/schema#",
              "title": "people",
              "type": "object",
              "properties": {
                "id": {
                  "type": "number"
                },
                "name": {
                  "type": "string",
                  "minLength": 0,
                  "maxLength": 8
                },
                "score": {
                  "type": "number"
                },
                "tags": {
                  "type": "array"
                },
                "address": {
                  "type": [
                    "object",
                    "null"
                  ]
                },
                "note": {
                  "type": "null"
                },
                "active": {
                  "type": [
                    "boolean",
                    "null"
                  ]
                },
                "mixed": {
                  "type": [
                    "integer",
                    "string",
                    "null"
                  ]
                }
              },
              "required": [
                "id",
                "name",
                "score",
                "tags"
              ]
            }
            """;
        Assert.Equal(expected.ReplaceLineEndings(), schema.ReplaceLineEndings());
    }

    [Fact]
    public async Task Findings_name_what_a_graph_does_not_store()
    {
        var profile = await ProfileAsync(Write("people.ndjson", Lines));
        Assert.Equal(
            [
                "MixedTypes (id): The values are of several types: Int64, Decimal. Convert them to one in the mapping.",
                "LargeNumber (id): 1 whole numbers have more than 64 bits, which a graph does not store as a number. Make the field a text in the mapping.",
                "MixedTypes (score): The values are of several types: Int64, Double. Convert them to one in the mapping.",
                "MixedList (tags): 1 lists hold values of several types, null or other lists, which a graph does not store. Convert their values to one type in the mapping.",
                "NestedMap (address): 1 values are maps, which a graph does not store as a property. Map their parts, or turn them into JSON text.",
                "AllNull (note): Every value is null. Leave the field out of the mapping.",
                "MixedTypes (mixed): The values are of several types: Int64, String. Convert them to one in the mapping.",
            ],
            profile.Findings.Select(f => f.ToString()));
    }

    [Fact]
    public async Task The_first_records_of_a_file_tell_how_many_there_are()
    {
        var path = Write("a.csv", "id,name\n" + string.Concat(Enumerable.Range(100_000, 100_000).Select(i => $"{i},name {i}\n")));
        await using var source = FileSources.Open(new() { Path = path });
        var profile = await SourceProfiler.ProfileAsync(source, 20_000);
        Assert.False(profile.IsExact);
        Assert.InRange(profile.Records, 70_000, 110_000);
        Assert.InRange(profile.Sampled, 20_000, 21_000);
    }

    private static async Task<SourceProfile> ProfileAsync(string path)
    {
        await using var source = FileSources.Open(new() { Path = path });
        return await SourceProfiler.ProfileAsync(source);
    }
}
