using System.Text.Json;
using SafeAI.Migration.Engine.Transformation;

namespace SafeAI.Migration.Engine.Tests.Transformation;

public class NestedMappingTests
{
    private const string OrderLines = """
        {
          "nodes": [ { "type": "Product", "id": "product:{line.sku}", "explode": { "field": "lines", "as": "line" } } ],
          "relationships": [ { "type": "CONTAINS", "explode": { "field": "lines", "as": "line", "index": "no" }, "when": { "field": "line.quantity", "greaterThan": 0 },
            "from": { "type": "Order", "id": "order:{id}" }, "to": { "type": "Product", "id": "product:{line.sku}" }, "id": "order:{id}:{no}",
            "properties": { "quantity": "line.quantity", "place": "no" } } ]
        }
        """;

    public static TheoryData<object> Lists => new()
    {
        JsonDocument.Parse("""[{"sku": "a", "quantity": 2}, null, {"sku": "b", "quantity": 0}, {"sku": "c", "quantity": 1}]""").RootElement,
        """[{"sku": "a", "quantity": 2}, null, {"sku": "b", "quantity": 0}, {"sku": "c", "quantity": 1}]""",
        new object?[]
        {
            new Dictionary<string, object?> { ["sku"] = "a", ["quantity"] = 2L }, null,
            new Dictionary<string, object?> { ["sku"] = "b", ["quantity"] = 0L }, new System.Collections.Hashtable { ["sku"] = "c", ["quantity"] = 1 },
        },
    };

    [Theory]
    [MemberData(nameof(Lists))]
    public void A_list_is_exploded_into_nodes_and_relationships(object lines)
    {
        var items = Given.Items(Given.Mapper(OrderLines), Given.Record(("id", 7L), ("lines", lines)));
        Assert.Equal(["product:a", "product:b", "product:c", "order:7:0", "order:7:3"], items.Select(i => i.Id));
        var last = Assert.IsType<GraphRelationship>(items[^1]);
        Assert.Equal(("order:7", "product:c"), (last.FromId, last.ToId));
        Assert.Equal([new("quantity", 1L), new("place", 3L)], last.Properties);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("[]")]
    public void An_empty_list_makes_nothing(string? lines)
    {
        var mapper = Given.Mapper(OrderLines);
        Assert.Empty(Given.Items(mapper, Given.Record(("id", 7L), ("lines", lines))));
        Assert.Equal(1, mapper.Counts.Skipped);
    }

    [Fact]
    public void A_bad_element_rejects_the_whole_record()
    {
        var items = new List<GraphItem>();
        var mapper = Given.Mapper(OrderLines);
        Assert.Equal(ErrorCode.MissingValue, mapper.Map(Given.Record(("id", 7L), ("lines", """[{"sku": "a"}, {"sku": ""}]""")), items)!.Code);
        Assert.Equal(ErrorCode.ConversionFailed, mapper.Map(Given.Record(("id", 7L), ("lines", "[oops")), items)!.Code);
        Assert.Empty(items);
    }

    [Fact]
    public void Lists_in_lists_and_split_texts_are_exploded_too()
    {
        var mapper = Given.Mapper("""
            { "nodes": [
              { "type": "Line", "id": "{order.no}:{line}", "explode": [ { "field": "orders", "as": "order" }, { "field": "order.lines", "as": "line" } ] },
              { "type": "Tag", "id": "tag:{item|lower}", "explode": { "field": "tags", "apply": [ { "split": ";" } ] } } ] }
            """);
        var items = Given.Items(mapper, Given.Record(("orders", """[{"no": 1, "lines": ["a", "b"]}, {"no": 2, "lines": "c"}]"""), ("tags", "X; y;")));
        Assert.Equal(["1:a", "1:b", "2:c", "tag:x", "tag:y"], items.Select(i => i.Id));
    }

    [Fact]
    public void A_misspelt_element_is_a_fault_with_a_suggestion()
    {
        var mapper = Given.Mapper("""{ "nodes": [ { "type": "T", "id": "{lin.sku}", "explode": { "field": "lines", "as": "line" } } ] }""");
        Assert.Equal("line.sku", Assert.Throws<InvalidMappingException>(() => mapper.Bind(Given.Record(("lines", null)).GetSchema())).Faults[0].Suggestion);
        Assert.Contains("index", Assert.Single(Given.Faults("""{ "nodes": [ { "type": "T", "id": "{x}", "explode": { "field": "a", "as": "x", "index": "X" } } ] }""")).Message, StringComparison.Ordinal);
    }

    private static readonly Dictionary<string, object?> s_address = new()
    {
        ["city"] = "Bonn",
        ["geo"] = new Dictionary<string, object?> { ["lat"] = 50.7m, ["tags"] = new object[] { "a", "b" } },
        ["people"] = new object[] { new Dictionary<string, object?> { ["n"] = 1 } },
        ["none"] = new Dictionary<string, object?>(),
    };

    [Fact]
    public void Maps_in_included_fields_are_flattened_by_choice()
    {
        var mapper = Given.Mapper("""{ "nodes": [ { "type": "T", "id": "{k}", "merge": true, "include": ["*"], "nested": "flatten", "properties": { "x": { "value": 1 } } } ] }""");
        var properties = Given.Items(mapper, Given.Record(("k", "k"), ("address", s_address)))[0].Properties;
        Assert.Equal(
            [new("k", "k"), new("address_city", "Bonn"), new("address_geo_lat", 50.7), new("address_geo_tags", new[] { "a", "b" }), new("address_people", """[{"n":1}]"""), new("x", 1L)],
            properties);
        Assert.Equal(2, Given.Items(mapper, Given.Record(("k", "k"), ("address", null)))[0].Properties.Count(p => p.Value is not null));
    }

    [Fact]
    public void Maps_in_included_fields_are_kept_as_JSON_by_choice_and_refused_otherwise()
    {
        var record = Given.Record(("k", "k"), ("address", new Dictionary<string, object?> { ["city"] = "Köln" }), ("tags", new[] { "a" }));
        var json = Given.Mapper("""{ "nodes": [ { "type": "T", "id": "{k}", "include": ["*"], "nested": "json" } ] }""");
        Assert.Equal([new("k", "k"), new("address", """{"city":"Köln"}"""), new("tags", new[] { "a" })], Given.Items(json, record)[0].Properties);
        var strict = Given.Mapper("""{ "nodes": [ { "type": "T", "id": "{k}", "include": ["*"] } ] }""");
        var reject = strict.Map(record, [])!;
        Assert.Equal((ErrorCode.UnsupportedValue, "address"), (reject.Code, reject.Field));
    }

    [Fact]
    public void Flattening_never_overwrites_a_property()
    {
        var mapper = Given.Mapper("""{ "nodes": [ { "type": "T", "id": "{k}", "include": ["*"], "nested": "flatten" } ] }""");
        var reject = mapper.Map(Given.Record(("k", "k"), ("a", new Dictionary<string, object?> { ["b"] = 1 }), ("a_b", 2L)), []);
        Assert.Equal(ErrorCode.UnsupportedValue, reject!.Code);
    }

    [Fact]
    public void Parts_of_a_mapping_may_concern_some_sources_only()
    {
        var mapper = Given.Mapper("""
            { "nodes": [ { "type": "A", "id": "{k}", "source": "thing?" }, { "type": "B", "id": "{other_field}", "source": ["others"] } ] }
            """);
        Assert.Equal("A", Assert.Single(Given.Items(mapper, Given.Record(("k", "k")))).Type);
    }

    public static TheoryData<string, string, object?> Numbers => new()
    {
        { "17", "", 17L },
        { "1.5", "", 1.5 },
        { "1.0", "", 1.0 },
        { "1e3", "'type': 'integer'", 1000L },
        { "0.12345678901234567890123456789012345", "'type': 'string'", "0.12345678901234567890123456789012345" },
        { "0.12345678901234567890123456789012345", "'type': 'decimal'", null },
        { "0.12345678901234567890123456789012345", "'type': 'float', 'lossy': 'allow'", 0.12345678901234568 },
        { "123456789012345678901234567890", "'type': 'string'", "123456789012345678901234567890" },
        { "123456789012345678901234567890", "", null },
        { "9223372036854775808", "'type': 'float'", null },
        { "1e-400", "'type': 'float'", null },
        { "1e400", "'type': 'float'", null },
    };

    [Theory]
    [MemberData(nameof(Numbers))]
    public void Numbers_inside_JSON_keep_every_digit_or_are_errors(string number, string options, object? expected)
    {
        var definition = (options.Length > 0 ? ", " + options : "").Replace('\'', '"');
        foreach (var value in new object[] { $$"""{ "n": {{number}} }""", JsonDocument.Parse($$"""{ "n": {{number}} }""").RootElement })
        {
            var (result, reject) = Given.Property($"\"field\": \"v.n\"{definition}", value);
            Assert.Equal(expected, result);
            Assert.Equal(expected is null ? ErrorCode.LossyConversion : null, reject?.Code);
        }
    }
}
