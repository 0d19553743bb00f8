using SafeAI.Migration.Engine.Transformation;

namespace SafeAI.Migration.Engine.Tests.Transformation;

/// <summary>One id stands for one thing: what records make is held against what those before them made.</summary>
public class UniqueIdTests
{
    private static readonly RecordSchema s_schema = new("people", [new("id", typeof(long)), new("name", typeof(string)), new("city", typeof(object))], ["id"]);
    private static readonly RecordSource s_people = new("people.csv");
    private static readonly RecordSource s_others = new("others.csv");

    private static Record Person(long id, string? name, object? city, long line, RecordSource? source = null) =>
        s_schema.CreateRecord([id, name, city], source ?? s_people, line - 1, line);

    private static CompiledMapping Mapper(string more = "") => Given.Mapper(
        $$"""{ "nodes": [ { "type": "Person", "id": "person:{id}", "properties": { "name": "name" } {{more}} }, { "type": "City", "id": "city:{city}", "properties": { "name": "city" } } ] }""");

    [Fact]
    public void A_record_that_says_something_else_of_an_id_is_an_error_that_names_both_places()
    {
        using var mapper = Mapper();
        var items = new List<GraphItem>();
        Assert.Null(mapper.Map(Person(1, "Ada", "Bonn", 2), items));
        Assert.Null(mapper.Map(Person(2, "Bob", "Bonn", 3), items));
        var reject = mapper.Map(Person(1, "Eve", "Rome", 5, s_others), items)!;
        Assert.Equal((ErrorCode.DuplicateKey, "$.nodes[0].id", 5L), (reject.Code, reject.Rule, reject.Position.Line));
        Assert.Contains("'person:1' of the Person was made already by the record at people.csv, line 2, with other properties", reject.Reason, StringComparison.Ordinal);
        Assert.Contains("others.csv, line 5", reject.Reason, StringComparison.Ordinal);
        Assert.Contains("\"merge\": true", reject.Reason, StringComparison.Ordinal);
        Assert.Equal(4, items.Count);

        // What a rejected record would have made is not taken for made.
        Assert.Null(mapper.Map(Person(3, "Rom", "Rome", 6), items));
        Assert.Equal((4L, 1L), (mapper.Counts.Records, mapper.Counts.Rejected));
    }

    [Fact]
    public void Saying_the_same_again_is_no_error()
    {
        using var mapper = Mapper();
        for (var line = 2; line < 5; line++)
            Assert.Null(mapper.Map(Person(1, "Ada", "Bonn", line), []));

        // Null is as good as absent, and a whole number the same with or without a fraction of zero.
        using var other = Given.Mapper("""{ "nodes": { "type": "T", "id": "{k}", "include": ["a", "b"] } }""");
        Assert.Null(other.Map(Given.Record(("k", 1L), ("a", 5L), ("b", null)), []));
        Assert.Null(other.Map(Given.Record(("k", 1L), ("a", 5d), ("b", null)), []));
        Assert.NotNull(other.Map(Given.Record(("k", 1L), ("a", 5L), ("b", "")), []));
    }

    [Fact]
    public void Unless_the_mapping_says_that_several_describe_one_thing()
    {
        using var merging = Mapper(", \"merge\": true");
        Assert.Null(merging.Map(Person(1, "Ada", "Bonn", 2), []));
        Assert.Null(merging.Map(Person(1, "Eve", "Bonn", 3), []));
        using var unique = Mapper(", \"unique\": true");
        Assert.Null(unique.Map(Person(1, "Ada", "Bonn", 2), []));
        Assert.Contains("people.csv, line 2, and the record at people.csv, line 3 makes it again", unique.Map(Person(1, "Ada", "Bonn", 3), [])!.Reason, StringComparison.Ordinal);
        Assert.Equal("$.nodes[0]", Given.Faults("""{ "nodes": [ { "type": "T", "id": "{a}", "unique": true, "merge": true } ] }""")[0].Path);
    }

    [Theory]
    [InlineData("text", "texts")]
    [InlineData("", null)]
    [InlineData("abcd", "abce")]
    [InlineData("abcdabcd", "abcdabc")]
    [InlineData("e\u0301", "\u00E9")]
    [InlineData("😀", "😁")]
    [InlineData("i", "ı")]
    [InlineData("1", 1L)]
    [InlineData(1L, 2L)]
    [InlineData(1L, true)]
    [InlineData(0.5, 0.25)]
    [InlineData(0.5, -0.5)]
    [InlineData(true, false)]
    [InlineData("2024-02-29", "2024-02-28")]
    public void Whatever_differs_is_noticed(object? one, object? other)
    {
        using var mapper = Given.Mapper("""{ "nodes": { "type": "T", "id": "{k}", "properties": { "p": "v", "l": { "field": "l" } } } }""");
        string Code(long key, object? value, object? list) => mapper.Map(Given.Record(("k", key), ("v", value), ("l", list)), [])?.Code ?? "";
        Assert.Equal(["", "", ErrorCode.DuplicateKey, ""], [Code(1, one, null), Code(1, one, null), Code(1, other, null), Code(1, one, null)]);
        if (one is string a && other is string b)
            Assert.Equal(["", ErrorCode.DuplicateKey, ErrorCode.DuplicateKey], [Code(2, null, new[] { a, b }), Code(2, null, new[] { b, a }), Code(2, null, new[] { a })]);
    }

    [Fact]
    public void Times_lists_and_other_types_are_compared_whole()
    {
        object[] values =
        [
            new DateOnly(2024, 2, 29), new DateTime(2024, 2, 29), new TimeOnly(1, 2, 3), TimeSpan.FromHours(1), TimeSpan.FromHours(2),
            new DateTimeOffset(2024, 2, 29, 1, 0, 0, TimeSpan.Zero), new DateTimeOffset(2024, 2, 29, 1, 0, 0, TimeSpan.FromHours(1)), new DateTime(2024, 2, 29, 0, 0, 0).AddTicks(1),
            new[] { 1L, 2L }, new[] { 2L, 1L }, new[] { "1", "2" }, new[] { "12" }, Guid.Empty, 1L, "1",
        ];
        foreach (var one in values)
        {
            foreach (var other in values)
            {
                using var mapper = Given.Mapper("""{ "nodes": { "type": "T", "id": "{k}", "properties": { "p": "v" } } }""");
                Assert.Null(mapper.Map(Given.Record(("k", 1L), ("v", one)), []));
                Assert.Equal(ReferenceEquals(one, other), mapper.Map(Given.Record(("k", 1L), ("v", other)), []) is null);
            }
        }
    }

    [Fact]
    public void A_value_that_moves_to_another_property_and_another_label_are_noticed()
    {
        using var mapper = Given.Mapper("""
            { "nodes": [ { "type": "T", "id": "{k}", "properties": { "a": "a", "b": "b" }, "when": { "field": "l", "isNull": true } },
                         { "type": "T", "id": "{k}", "labels": ["L"], "properties": { "b": "b", "a": "a" }, "when": { "not": { "field": "l", "isNull": true } } } ] }
            """);
        string? Code(object a, object b, object? l) => mapper.Map(Given.Record(("k", 1L), ("a", a), ("b", b), ("l", l)), [])?.Code;
        Assert.Null(Code("x", "y", null));
        Assert.Equal(ErrorCode.DuplicateKey, Code("y", "x", null));
        Assert.Equal(ErrorCode.DuplicateKey, Code("x", "y", "l"));
    }

    [Fact]
    public void Mentioning_a_node_without_a_word_about_it_is_no_error()
    {
        using var mapper = Given.Mapper("""
            { "nodes": [ { "type": "Person", "id": "{id}", "source": "people", "properties": { "name": "name" } }, { "type": "Person", "id": "{boss}", "source": "bosses" } ],
              "relationships": [ { "type": "LED_BY", "source": "bosses", "from": { "type": "Person", "id": "{id}" }, "to": { "type": "Person", "id": "{boss}" } } ] }
            """);
        var boss = new RecordSchema("bosses", [new("id", typeof(long)), new("boss", typeof(long))]).CreateRecord([2L, 1L], s_others, 1);
        Assert.Null(mapper.Map(boss, []));
        Assert.Null(mapper.Map(Person(1, "Ada", null, 2), []));
        Assert.Null(mapper.Map(boss, []));
    }

    [Fact]
    public void Relationships_are_held_to_it_where_they_say_more_than_their_ends()
    {
        const string Ends = "\"from\": { \"type\": \"P\", \"id\": \"{a}\" }, \"to\": { \"type\": \"P\", \"id\": \"{b}\" }";
        string? Second(string more, object? n, object? b = null)
        {
            using var mapper = Given.Mapper($$"""{ "relationships": { "type": "R", {{Ends}} {{more}} } }""");
            Assert.Null(mapper.Map(Given.Record(("a", 1L), ("b", 2L), ("n", 5L)), []));
            return mapper.Map(Given.Record(("a", 1L), ("b", b ?? 2L), ("n", n)), [])?.Code;
        }

        Assert.Null(Second("", 6L));
        Assert.Null(Second(", \"properties\": { \"n\": \"n\" }", 5L));
        Assert.Equal(ErrorCode.DuplicateKey, Second(", \"properties\": { \"n\": \"n\" }", 6L));
        Assert.Null(Second(", \"merge\": true, \"properties\": { \"n\": \"n\" }", 6L));
        Assert.Null(Second(", \"id\": \"{n}\"", 6L));
        Assert.Equal(ErrorCode.DuplicateKey, Second(", \"id\": \"{n}\"", 5L, 3L));
    }

    // A graph takes a node that has the other's type as a further label for the other itself.
    [Fact]
    public void A_node_that_has_the_type_of_another_as_a_further_label_may_not_share_its_id()
    {
        const string Mapping = """
            { "nodes": [ { "type": "Person", "id": "{id}", "source": "people", "labels": ["Ship", "Entity"], "properties": { "name": "name" } },
                         { "type": "Ship", "id": "{id}", "source": "ships", "properties": { "name": "name" } },
                         { "type": "Town", "id": "{id}", "source": "towns", "labels": ["Entity"], "properties": { "name": "name" } } ] }
            """;
        var ships = new RecordSchema("ships", [new("id", typeof(long)), new("name", typeof(string))], ["id"]);
        var towns = new RecordSchema("towns", [new("id", typeof(long)), new("name", typeof(string))], ["id"]);
        Record Ship(long id, long line) => ships.CreateRecord([id, "Ada"], s_others, line, line);
        using (var mapper = Given.Mapper(Mapping))
        {
            Assert.Null(mapper.Map(Person(1, "Ada", null, 2), []));
            var reject = mapper.Map(Ship(1, 5), [])!;
            Assert.Equal((ErrorCode.DuplicateKey, "$.nodes[1].id"), (reject.Code, reject.Rule));
            Assert.Contains("'1' of the Ship was made already by the record at people.csv, line 2, with other properties or labels", reject.Reason, StringComparison.Ordinal);
            Assert.Null(mapper.Map(Ship(2, 6), []));
            Assert.Contains("of the Ship was made already by the record at others.csv, line 6", mapper.Map(Person(2, "Ada", null, 3), [])!.Reason, StringComparison.Ordinal);

            // A label that is no type of its own makes nothing the same.
            Assert.Null(mapper.Map(towns.CreateRecord([1L, "Ada"], s_others, 9), []));
        }

        using (var merging = Given.Mapper(Mapping.Replace("\"properties\"", "\"merge\": true, \"properties\"", StringComparison.Ordinal)))
        {
            Assert.Null(merging.Map(Person(1, "Ada", null, 2), []));
            Assert.Null(merging.Map(Ship(1, 5), []));
        }

        // In a run, too, where the sources' own keys would be enough otherwise.
        var document = MappingDocument.Parse(Mapping);
        MappingDocument Of(string type) => document with { Nodes = [.. document.Nodes.Where(n => n.Type == type)] };
        using var run = new RunIds([Of("Person"), Of("Ship"), Of("Town")]);
        Assert.True(run.AreShared);
        Assert.Equal([true, true, false], new[] { ("Person", s_schema), ("Ship", ships), ("Town", towns) }.Select(m =>
        {
            using var mapper = new CompiledMapping(Of(m.Item1), null, new Dictionary<string, LookupTable>(), 1000, run);
            mapper.Bind(m.Item1 == "Person" ? new RecordSchema("people", [new("id", typeof(long)), new("name", typeof(string))], ["id"]) : m.Item2);
            return mapper.RemembersRecords;
        }));
        using var apart = new RunIds([Of("Person"), Of("Town")]);
        Assert.False(apart.AreShared);
    }

    [Fact]
    public void Relationships_of_one_type_between_ends_of_other_types_may_not_share_an_id()
    {
        const string Mapping = """
            { "relationships": [ { "type": "OWNS", "from": { "type": "Person", "id": "{id}" }, "to": { "type": "Ship", "id": "{ship}" }, "source": "people" },
                                 { "type": "OWNS", "from": { "type": "Firm", "id": "{id}" }, "to": { "type": "Ship", "id": "{ship}" }, "source": "firms" },
                                 { "type": "SEES", "from": { "type": "Person", "id": "{id}" }, "to": { "type": "Ship", "id": "{ship}" }, "source": "people" } ] }
            """;
        Record Owner(string source, long id, long line) => new RecordSchema(source, [new("id", typeof(long)), new("ship", typeof(string))]).CreateRecord([id, "s"], new RecordSource(source), line, line);
        using var mapper = Given.Mapper(Mapping);
        Assert.Null(mapper.Map(Owner("people", 1, 2), []));
        Assert.Null(mapper.Map(Owner("people", 1, 3), []));
        Assert.Null(mapper.Map(Owner("firms", 2, 2), []));
        var reject = mapper.Map(Owner("firms", 1, 5), [])!;
        Assert.Equal((ErrorCode.DuplicateKey, "$.relationships[1].id"), (reject.Code, reject.Rule));
        Assert.Contains("of the OWNS was made already by the record at people, line 2, with other properties or ends", reject.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_private_id_is_not_told()
    {
        using var mapper = Given.Mapper("""{ "nodes": { "type": "T", "id": { "field": "k", "private": true }, "properties": { "p": "v" } } }""");
        Assert.Null(mapper.Map(Given.Record(("k", "s3cret"), ("v", 1L)), []));
        var reject = mapper.Map(Given.Record(("k", "s3cret"), ("v", 2L)), [])!;
        Assert.Equal(ErrorCode.DuplicateKey, reject.Code);
        Assert.DoesNotContain("s3cret", reject.Reason + reject.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void Any_number_of_ids_is_remembered_and_most_of_them_on_disk()
    {
        const int Count = 200_000;
        using var mapper = Given.Mapper("""{ "nodes": { "type": "Person", "id": "person:{id}", "properties": { "name": "name" } } }""");
        var items = new List<GraphItem>();
        for (var i = 1; i <= Count; i++)
        {
            items.Clear();
            Assert.Null(mapper.Map(Person(i, "Ada", null, i), items));
        }

        foreach (var i in Enumerable.Range(1, Count).Where(i => i % 997 == 1))
        {
            Assert.Null(mapper.Map(Person(i, "Ada", null, i), items));
            Assert.Contains($"people.csv, line {i}, with", mapper.Map(Person(i, "Eve", null, Count + i), items)!.Reason, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Mappings_of_one_run_are_held_against_each_other_and_a_key_of_the_source_needs_no_check()
    {
        MappingDocument people = MappingDocument.Parse("""{ "nodes": { "type": "Person", "id": "person:{id}", "properties": { "name": "name" } } }""");
        MappingDocument cities = MappingDocument.Parse("""{ "nodes": { "type": "City", "id": "{city}", "properties": { "name": "name" } } }""");
        using (var run = new RunIds([people, cities]))
        {
            Assert.False(run.AreShared);
            using var keyed = new CompiledMapping(people, null, new Dictionary<string, LookupTable>(), 1000, run);
            keyed.Bind(s_schema);
            Assert.False(keyed.RemembersRecords);
            using var other = new CompiledMapping(cities, null, new Dictionary<string, LookupTable>(), 1000, run);
            other.Bind(s_schema);
            Assert.True(other.RemembersRecords);
            using var cleaned = new CompiledMapping(people with { Clean = MappingDocument.Parse("""{ "clean": { "name": "c", "fields": "id", "apply": "trim" }, "nodes": { "type": "T", "id": "{id}" } }""").Clean }, null, new Dictionary<string, LookupTable>(), 1000, run);
            cleaned.Bind(s_schema);
            Assert.True(cleaned.RemembersRecords);
        }

        using var both = new RunIds([people, people]);
        Assert.True(both.AreShared);
        using var first = new CompiledMapping(people, null, new Dictionary<string, LookupTable>(), 1000, both);
        using var second = new CompiledMapping(people, null, new Dictionary<string, LookupTable>(), 1000, both);
        Assert.Null(first.Map(Person(1, "Ada", null, 2), []));
        Assert.Null(second.Map(Person(1, "Ada", null, 2, s_others), []));
        Assert.Contains("people.csv, line 2", second.Map(Person(1, "Eve", null, 3, s_others), [])!.Reason, StringComparison.Ordinal);
        Assert.True(first.RemembersRecords);
    }
}
