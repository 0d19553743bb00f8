using System.Collections;
using FsCheck;
using FsCheck.Fluent;
using SafeAI.Migration.Engine.Transformation;

namespace SafeAI.Migration.Engine.Tests.Transformation;

public class CompiledMappingTests
{
    private const string Orders = """
        {
          // Comments and trailing commas are welcome.
          "$schema": "mapping.schema.json", "name": "orders",
          "nodes": [
            { "type": "Customer", "id": "customer:{customer_id}", "labels": ["Person"],
              "properties": { "name": "full_name", "display": "{full_name} <{email|trim|lower}>", "origin": { "value": "crm" } } },
            { "type": "Order", "id": "order:{order_id}", "include": ["*"], "exclude": ["full_name", "email"],
              "properties": { "total": { "field": "total", "type": "decimal" } } },
          ],
          "relationships": [
            { "type": "PLACED", "from": { "type": "Customer", "id": "customer:{customer_id}" }, "to": { "type": "Order", "id": "order:{order_id}" },
              "properties": { "channel": { "field": "channel", "default": "web" } } },
          ],
        }
        """;

    private static Record Order(object? orderId = null, object? total = null) => Given.Record(
        ("customer_id", 17L), ("full_name", "Ada"), ("email", " ADA@X.org "), ("order_id", orderId ?? "A-1"), ("total", total ?? "12.50"), ("channel", null));

    [Fact]
    public void One_record_makes_several_nodes_and_a_relationship()
    {
        var mapper = Given.Mapper(Orders);
        var record = Order();
        var items = Given.Items(mapper, record);

        var customer = Assert.IsType<GraphNode>(items[0]);
        Assert.Equal(("Customer", "customer:17"), (customer.Type, customer.Id));
        Assert.Equal(["Person"], customer.Labels);
        Assert.Equal([new("name", "Ada"), new("display", "Ada <ada@x.org>"), new("origin", "crm")], customer.Properties);

        var order = Assert.IsType<GraphNode>(items[1]);
        Assert.Equal("order:A-1", order.Id);
        Assert.Equal([new("customer_id", 17L), new("order_id", "A-1"), new("channel", null), new("total", 12.5)], order.Properties);

        var placed = Assert.IsType<GraphRelationship>(items[2]);
        Assert.Equal(("PLACED", "customer:17->order:A-1", "Customer", "customer:17", "Order", "order:A-1"),
            (placed.Type, placed.Id, placed.FromType, placed.FromId, placed.ToType, placed.ToId));
        Assert.Equal("web", placed.Properties["channel"]);

        Assert.All(items, i => Assert.Same(record, i.GetRecord()));
        Assert.All(items, i => Assert.Same(mapper.Counts, i.GetConversion()));
        Assert.Equal((1L, 0L, 0L), (mapper.Counts.Records, mapper.Counts.Rejected, mapper.Counts.Skipped));
        Assert.Equal(["Customer", "Order"], mapper.NodeTypes);
        Assert.Equal(["PLACED"], mapper.RelationshipTypes);
    }

    [Fact]
    public void A_bad_record_makes_nothing_and_is_counted()
    {
        var mapper = Given.Mapper(Orders);
        var items = new List<GraphItem>();
        var bad = Order(total: "twelve");
        var reject = mapper.Map(bad, items);
        Assert.Empty(items);
        Assert.Equal(ErrorCode.ConversionFailed, reject!.Code);
        Assert.Equal(MigrationStage.Transform, reject.Stage);
        Assert.Same(bad, reject.Record);
        Assert.Null(mapper.Map(Order(), items));
        Assert.Equal(3, items.Count);
        Assert.Equal((2L, 1L), (mapper.Counts.Records, mapper.Counts.Rejected));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public void A_missing_value_in_an_id_rejects_the_record(string? value)
    {
        var mapper = Given.Mapper("""{ "nodes": [ { "type": "T", "id": "t:{v}" } ] }""");
        var reject = mapper.Map(Given.Record(("v", value)), []);
        Assert.Equal((ErrorCode.MissingValue, "v", "$.nodes[0].id"), (reject!.Code, reject.Field, reject.Rule));
    }

    [Fact]
    public void A_missing_end_rejects_unless_the_relationship_is_optional()
    {
        const string Relationship = """
            { "relationships": [ { "type": "KNOWS", "optional": OPTIONAL,
              "from": { "type": "T", "id": "t:{a}" }, "to": { "type": "T", "id": "t:{b}" } } ] }
            """;
        var record = Given.Record(("a", 1L), ("b", null));
        var strict = Given.Mapper(Relationship.Replace("OPTIONAL", "false", StringComparison.Ordinal));
        Assert.Equal(ErrorCode.MissingValue, strict.Map(record, [])!.Code);

        var lenient = Given.Mapper(Relationship.Replace("OPTIONAL", "true", StringComparison.Ordinal));
        Assert.Empty(Given.Items(lenient, record));
        Assert.Equal((1L, 0L, 1L), (lenient.Counts.Records, lenient.Counts.Rejected, lenient.Counts.Skipped));
        Assert.Single(Given.Items(lenient, Given.Record(("a", 1L), ("b", 2L))));
    }

    [Fact]
    public void Ids_of_one_part_stay_as_they_are_and_ids_of_several_cannot_collide()
    {
        string Id(string template, params (string, object?)[] fields) =>
            Given.Items(Given.Mapper($$"""{ "nodes": [ { "type": "T", "id": "{{template}}" } ] }"""), Given.Record(fields))[0].Id;

        Assert.Equal("url:http://x.org/a%20b", Id("url:{v}", ("v", "http://x.org/a%20b")));
        Assert.Equal("t:a%3Ab:c", Id("t:{x}:{y}", ("x", "a:b"), ("y", "c")));
        Assert.Equal("t:a:b%3Ac", Id("t:{x}:{y}", ("x", "a"), ("y", "b:c")));
        Assert.Equal("t:100%25:1.5", Id("t:{x}:{y}", ("x", "100%"), ("y", 1.50m)));
        Assert.Equal("a→b%E2%86%92", Id("{x}→{y}", ("x", "a"), ("y", "b→")));
        Assert.Equal("order:7:line:3", Id("order:{x}:line:{y}", ("x", 7L), ("y", 3L)));
    }

    [Fact]
    public void Different_composite_keys_never_make_one_id()
    {
        var mapper = Given.Mapper("""{ "nodes": [ { "type": "T", "id": "t:{a}:x{b}-{c}" } ] }""");
        var text = Gen.Elements(":", "x", "-", "%", "3A", "a", "->").NonEmptyListOf().Select(string.Concat).ToArbitrary();
        string Id(string a, string b, string c) => Given.Items(mapper, Given.Record(("a", a), ("b", b), ("c", c)))[0].Id;
        Prop.ForAll(text, text, text, (a, b, c) =>
        {
            var id = Id(a, b, c);
            var parts = id[2..].Split(':', 2);
            var rest = parts[1][1..].Split('-', 2);
            return Uri.UnescapeDataString(parts[0]) == a && Uri.UnescapeDataString(rest[0]) == b && Uri.UnescapeDataString(rest[1]) == c;
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Unknown_fields_are_all_named_before_the_first_record_with_a_suggestion()
    {
        var mapper = Given.Mapper("""
            { "nodes": [ { "type": "T", "id": "t:{custmer_id}", "include": ["nope"], "exclude": ["nix"],
              "properties": { "a": "emial", "b": "{full_nam} {email}", "c": { "field": ["email", "mail2"] } } } ] }
            """);
        var failure = Assert.Throws<InvalidMappingException>(() => mapper.Bind(Order().GetSchema()));
        Assert.Equal(ErrorCode.UnknownField, failure.Code);
        Assert.Equal(
            [
                ("$.nodes[0].exclude[0]", null), ("$.nodes[0].id", "customer_id"), ("$.nodes[0].include[0]", null),
                ("$.nodes[0].properties.a", "email"), ("$.nodes[0].properties.b", "full_name"), ("$.nodes[0].properties.c", "email"),
            ],
            failure.Faults.Select(f => (f.Path, f.Suggestion)).OrderBy(f => f.Path, StringComparer.Ordinal));
        Assert.Contains("Did you mean 'customer_id'?", failure.Message, StringComparison.Ordinal);
        Assert.Equal(0, mapper.Counts.Records);
    }

    [Fact]
    public void Records_of_several_schemas_pass_one_mapper()
    {
        var mapper = Given.Mapper("""{ "nodes": [ { "type": "T", "id": "t:{k}", "properties": { "p": "v" } } ] }""");
        var first = Given.Record(("k", 1L), ("v", "a"));
        var second = Given.Record(("v", "b"), ("x", null), ("k", 2L));
        Assert.Equal(["t:1 a", "t:2 b", "t:1 a"], new[] { first, second, first }.Select(r => Given.Items(mapper, r)[0]).Select(i => $"{i.Id} {i.Properties["p"]}"));
    }

    [Fact]
    public void Wildcards_take_fields_over_and_leave_out_renamed_ones()
    {
        var mapper = Given.Mapper("""
            { "nodes": [ { "type": "T", "id": "t:{id}", "include": ["*"], "exclude": ["secret_*"], "properties": { "name": "full_name", "Total": "{total} €" } } ] }
            """);
        var properties = Given.Items(mapper, Given.Record(("id", 1L), ("full_name", "Ada"), ("secret_a", "x"), ("total", 5L), ("Empty", null)))[0].Properties;
        Assert.Equal([new("total", 5L), new("Empty", null), new("name", "Ada"), new("Total", "5 €")], properties);
    }

    [Fact]
    public void A_field_named_id_is_not_lost_silently()
    {
        var mapper = Given.Mapper("""{ "nodes": [ { "type": "T", "id": "t:{k}", "include": ["*"] } ] }""");
        var failure = Assert.Throws<InvalidMappingException>(() => mapper.Bind(Given.Record(("k", 1L), ("id", 2L)).GetSchema()));
        Assert.Equal("$.nodes[0].include", Assert.Single(failure.Faults).Path);
    }

    [Fact]
    public void Members_of_maps_lists_and_JSON_texts_are_reached_by_paths()
    {
        var mapper = Given.Mapper("""
            { "nodes": [ { "type": "T", "id": "t:{a.key}", "properties": { "city": "a.Address.City", "second": "tags[1]", "json": "{text.x[0].y}", "none": "a.nope.deeper", "dotted": "b.c" } } ] }
            """);
        var record = Given.Record(
            ("a", new Dictionary<string, object?> { ["key"] = 1, ["address"] = new Hashtable { ["City"] = "Bonn" } }),
            ("tags", new[] { "x", "y" }), ("text", """{"x": [{"y": 5}]}"""), ("b", "wrong"), ("b.c", "right"));
        var node = Given.Items(mapper, record)[0];
        Assert.Equal("t:1", node.Id);
        Assert.Equal([new("city", "Bonn"), new("second", "y"), new("json", "5"), new("none", null), new("dotted", "right")], node.Properties);
    }

    [Theory]
    [InlineData("Ada", "Lovelace", "Ada Lovelace")]
    [InlineData("Ada", null, "Ada ")]
    [InlineData(null, null, null)]
    public void A_template_of_nothing_but_null_is_null(string? first, string? last, string? expected)
    {
        var mapper = Given.Mapper("""{ "nodes": [ { "type": "T", "id": "{k}", "properties": { "p": "{a} {b}", "braces": "{{{k}}}" } } ] }""");
        var properties = Given.Items(mapper, Given.Record(("k", 1L), ("a", first), ("b", last)))[0].Properties;
        Assert.Equal(expected, properties["p"]);
        Assert.Equal("{1}", properties["braces"]);
    }

    [Fact]
    public void Scripts_stand_in_for_values_and_their_exceptions_reject_the_record()
    {
        var mapping = new Hashtable
        {
            ["Nodes"] = new object[]
            {
                new Hashtable
                {
                    ["Type"] = "T",
                    ["Id"] = (Func<Record, object?>)(r => $"t:{r.GetValue(0)}"),
                    ["Properties"] = new Hashtable
                    {
                        ["double"] = (Func<Record, object?>)(r => (long)r.GetValue(0)! * 2),
                        ["checked"] = new Hashtable { ["script"] = (Func<Record, object?>)(r => (long)r.GetValue(0)! < 5 ? r.GetValue(0) : throw new InvalidDataException("too big")) },
                    },
                },
            },
        };
        var mapper = new CompiledMapping(MappingDocument.FromDictionary(mapping));
        var node = Given.Items(mapper, Given.Record(("n", 4L)))[0];
        Assert.Equal(("t:4", 8L), (node.Id, node.Properties["double"]));
        var reject = mapper.Map(Given.Record(("n", 5L)), [])!;
        Assert.Equal((ErrorCode.ConversionFailed, "$.Nodes[0].Properties.checked"), (reject.Code, reject.Rule));
        Assert.IsType<InvalidDataException>(reject.Exception);
    }

    [Fact]
    public void Fields_that_records_do_not_have_count_as_null_by_choice()
    {
        var mapper = Given.Mapper("""
            { "missingFields": "null", "nodes": [ { "type": "T", "id": "{k}", "include": ["gone", "k"], "when": { "field": "gone", "isNull": true }, "properties": { "p": { "field": "gone.deeper", "default": 5 } } } ] }
            """);
        Assert.Equal([new("k", 1L), new("p", 5L)], Given.Items(mapper, Given.Record(("k", 1L)))[0].Properties);
    }

    [Theory]
    [InlineData("""{"{from}"}""", "{from}")]
    [InlineData("""{ "a|b" |trim}""", "a|b")]
    [InlineData("{\"say \"\"x\"\"\"}", "say \"x\"")]
    [InlineData("""{" blank "}""", " blank ")]
    public void A_name_in_quotation_marks_may_hold_anything(string place, string name)
    {
        using var mapper = new CompiledMapping(MappingDocument.FromDictionary(new Dictionary<string, object> { ["nodes"] = new Dictionary<string, object> { ["type"] = "T", ["id"] = $"t:{place}:{{k}}" } }));
        Assert.Equal("t:v:1", Given.Items(mapper, Given.Record((name, "v"), ("k", 1L)))[0].Id);
    }

    [Theory]
    [InlineData("t:{\"a}")]
    [InlineData("t:{\"a\" b}")]
    [InlineData("t:{\"\"}")]
    public void A_name_whose_quotation_marks_are_wrong_is_a_fault(string id) =>
        Assert.Throws<InvalidMappingException>(() => MappingDocument.FromDictionary(new Dictionary<string, object> { ["nodes"] = new Dictionary<string, object> { ["type"] = "T", ["id"] = id } }));

    [Theory]
    [InlineData(true, "", "t:", null)]
    [InlineData(true, null, null, ErrorCode.MissingValue)]
    [InlineData(true, " ", "t: ", null)]
    [InlineData(false, "", null, ErrorCode.MissingValue)]
    public void An_id_takes_an_empty_text_only_where_the_mapping_says_so(bool keepsEmpty, string? value, string? id, string? code)
    {
        using var mapper = Given.Mapper($$"""{ "nodes": [ { "type": "T", "id": { "template": "t:{k}", "keepEmpty": {{(keepsEmpty ? "true" : "false")}} } } ] }""");
        var items = new List<GraphItem>();
        Assert.Equal(code, mapper.Map(Given.Record(("k", value)), items)?.Code);
        Assert.Equal(id, items.SingleOrDefault()?.Id);
    }

    [Fact]
    public void Empty_parts_of_an_id_do_not_collide()
    {
        using var mapper = Given.Mapper("""{ "nodes": [ { "type": "T", "id": { "template": "t:{a}:{b}", "keepEmpty": true } } ] }""");
        string[] odd = ["", ":", "::", "%", "%3A", "a", "a:", ":a"];
        var ids = odd.SelectMany(a => odd.Select(b => Given.Items(mapper, Given.Record(("a", a), ("b", b)))[0].Id)).ToHashSet();
        Assert.Equal(odd.Length * odd.Length, ids.Count);
    }

    [Theory]
    [InlineData("""{ "nodes": [ { "type": "T", "id": { "field": "a", "keepEmpty": true } } ] }""", "$.nodes[0].id")]
    [InlineData("""{ "nodes": [ { "type": "T", "id": "{a}", "properties": { "p": { "field": "a", "keepEmpty": true } } } ] }""", "$.nodes[0].properties.p")]
    public void Empty_texts_are_kept_in_templates_of_ids_only(string json, string path) => Assert.Equal(path, Assert.Single(Given.Faults(json)).Path);
}
