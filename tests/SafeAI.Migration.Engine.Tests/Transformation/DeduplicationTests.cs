using System.Text.Json;
using SafeAI.Migration.Engine.Transformation;

namespace SafeAI.Migration.Engine.Tests.Transformation;

public class DeduplicationTests
{
    private static readonly RecordSchema s_schema = new("people", [new("email", typeof(string)), new("n", typeof(long))]);
    private static readonly RecordSource s_source = new("people.csv");

    private static Record Person(string? email, long n) => s_schema.CreateRecord([email, n], s_source, n, n + 1);

    private static CompiledMapping Mapper(string keep, int memoryLimit = 1000, string more = "") => new(
        MappingDocument.Parse($$"""
            { "deduplicate": { "name": "same mail", "key": ["email"], "apply": ["trim", "lower"], "keep": "{{keep}}" {{more}} },
              "nodes": [ { "type": "P", "id": "{n}", "properties": { "email": "email" } } ] }
            """), null, new Dictionary<string, LookupTable>(), memoryLimit);

    private static readonly Record[] s_people =
        [Person("a@x", 1), Person("b@x", 2), Person(" A@X ", 3), Person(null, 4), Person("", 5), Person(null, 6), Person("a@x", 7), Person("c@x", 8)];

    private static (List<string> Ids, List<Reject> Rejects) Run(CompiledMapping mapper, IEnumerable<Record> records)
    {
        var items = new List<GraphItem>();
        var rejects = records.Select(r => mapper.Map(r, items)).OfType<Reject>().ToList();
        rejects.AddRange(mapper.Complete(items).OfType<Reject>());
        return ([.. items.Select(i => i.Id)], rejects);
    }

    // A limit of 2 makes the keys go to the file after the second.
    [Theory]
    [InlineData("first", 1000, "1 2 4 5 6 8")]
    [InlineData("first", 2, "1 2 4 5 6 8")]
    [InlineData("last", 1000, "2 4 5 6 7 8")]
    public void One_of_several_records_with_a_key_is_taken(string keep, int memoryLimit, string expected)
    {
        using var mapper = Mapper(keep, memoryLimit);
        Assert.Equal(keep == "last", mapper.HoldsBack);
        var (ids, rejects) = Run(mapper, s_people);
        Assert.Equal(expected, string.Join(' ', ids));
        Assert.Empty(rejects);
        Assert.Equal((8L, 2L, 0L), (mapper.Counts.Records, mapper.Counts.Skipped, mapper.Counts.Rejected));
        var rule = mapper.Log.Statistics.Single(s => s.Rule == "same mail");
        Assert.Equal(2, rule.Changed);
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(1)]
    public void Or_the_others_are_rejected_with_the_place_of_the_first(int memoryLimit)
    {
        using var mapper = Mapper("error", memoryLimit);
        var (ids, rejects) = Run(mapper, s_people);
        Assert.Equal("1 2 4 5 6 8", string.Join(' ', ids));
        Assert.Equal([3L, 7L], rejects.Select(r => r.Position.Ordinal));
        Assert.All(rejects, r => Assert.Equal(ErrorCode.DuplicateKey, r.Code));
        Assert.Contains("people.csv, line 2", rejects[0].Reason, StringComparison.Ordinal);
        Assert.Equal(2, mapper.Counts.Rejected);
    }

    [Fact]
    public void Records_held_back_come_out_as_they_went_in()
    {
        using var mapper = Mapper("last");
        var items = new List<GraphItem>();
        Assert.Null(mapper.Map(s_people[6], items));
        Assert.Empty(items);
        Assert.Null(Assert.Single(mapper.Complete(items)));
        var record = items[0].GetRecord()!;
        Assert.Equal(("a@x", 7L, s_people[6].GetPosition()), (record.GetValue(0), record.GetValue(1), record.GetPosition()));
        Assert.Same(s_schema, record.GetSchema());
    }

    [Theory]
    [InlineData("first", 0)]
    [InlineData("last", 30_000)]
    [InlineData("error", 0)]
    public void Many_keys_go_to_a_file_and_are_still_all_found(string keep, int first)
    {
        const int Count = 30_000;
        using var mapper = Mapper(keep, memoryLimit: 1000);
        var (ids, rejects) = Run(mapper, Enumerable.Range(0, 2 * Count).Select(i => Person($"p{i % Count}@x", i)));
        Assert.Equal(Enumerable.Range(first, Count).Select(i => $"{i}"), ids);
        Assert.Equal(keep == "error" ? (0, Count) : (Count, 0), ((int)mapper.Counts.Skipped, rejects.Count));
    }

    [Theory]
    [InlineData("first", "3 dropped a@x|7 dropped a@x")]
    [InlineData("last", "1 dropped a@x|3 dropped a@x")]
    [InlineData("error", "3 rejected a@x|7 rejected a@x")]
    public void Each_record_that_is_left_out_stands_in_the_log_with_its_own_place(string keep, string expected)
    {
        foreach (var isPrivate in new[] { false, true })
        {
            var path = Path.GetTempFileName();
            File.Delete(path);
            using (var log = new TransformationLog(new TransformationLogOptions { Path = path, SampleSize = 0 }))
            using (var mapper = new CompiledMapping(MappingDocument.Parse($$"""
                { "deduplicate": { "name": "same mail", "key": ["email"], "apply": ["trim", "lower"], "keep": "{{keep}}" },
                  "nodes": [ { "type": "P", "id": "{n}", "properties": { "email": { "field": "email", "private": {{(isPrivate ? "true" : "false")}} } } } ] }
                """), log))
                Run(mapper, s_people);

            var lines = File.ReadLines(path).Select(l => JsonDocument.Parse(l).RootElement).Where(l => l.GetProperty("rule").GetString() == "same mail").ToList();
            File.Delete(path);
            Assert.Equal(isPrivate ? expected.Replace("a@x", "***", StringComparison.Ordinal) : expected, string.Join('|', lines.Select(l => $"{l.GetProperty("record")} {l.GetProperty("what")} {l.GetProperty("before")}")));
            Assert.All(lines, l => Assert.Equal((l.GetProperty("record").GetInt64() + 1, "people.csv"), (l.GetProperty("line").GetInt64(), l.GetProperty("source").GetString())));
        }
    }

    [Fact]
    public void Lists_and_numbers_of_records_held_back_keep_their_types()
    {
        var schema = new RecordSchema("typed", [new("k", typeof(string)), new("tags", typeof(string[])), new("big", typeof(ulong)), new("days", typeof(DateOnly[]))]);
        using var mapper = Given.Mapper("""{ "deduplicate": { "key": "k", "keep": "last" }, "nodes": { "type": "T", "id": "{k}" } }""");
        var items = new List<GraphItem>();
        object?[] values = ["k", new[] { "a", null }, ulong.MaxValue, new[] { new DateOnly(2024, 2, 29) }];
        Assert.Null(mapper.Map(schema.CreateRecord([.. values], s_source, 1), items));
        Assert.Null(Assert.Single(mapper.Complete(items)));
        var record = items[0].GetRecord()!;
        Assert.Equal(values, new[] { "k", "tags", "big", "days" }.Select(p => record.GetType().GetProperty(p)!.GetValue(record)));
    }

    [Fact]
    public void An_id_that_different_records_make_is_an_error_where_ids_are_to_be_unique()
    {
        using var mapper = Given.Mapper("""
            { "nodes": [ { "type": "P", "id": "p:{email|lower}", "unique": true }, { "type": "Q", "id": "q:{n}", "properties": { "x": { "field": "email", "required": true } } } ] }
            """);
        var items = new List<GraphItem>();
        Assert.Null(mapper.Map(Person("a@x", 1), items));
        var reject = mapper.Map(Person("A@X", 2), items)!;
        Assert.Equal((ErrorCode.DuplicateKey, "$.nodes[0].id"), (reject.Code, reject.Rule));
        Assert.Contains("'p:a@x' of the P was made already by the record at people.csv, line 2", reject.Reason, StringComparison.Ordinal);
        Assert.Equal(2, items.Count);
    }

    [Fact]
    public void One_record_may_make_an_id_twice_and_a_rejected_record_keeps_none()
    {
        using var mapper = Given.Mapper("""
            { "nodes": [ { "type": "P", "id": "p:{item}", "explode": "tags", "unique": true }, { "type": "Q", "id": "q:{k}" } ] }
            """);
        Assert.Equal(3, Given.Items(mapper, Given.Record(("tags", "[1, 1]"), ("k", "k"))).Count);
        Assert.NotNull(mapper.Map(Given.Record(("tags", "[2]"), ("k", null)), []));
        Assert.NotEmpty(Given.Items(mapper, Given.Record(("tags", "[2]"), ("k", "k"))));
        Assert.NotNull(mapper.Map(Given.Record(("tags", "[3, 1]"), ("k", "k")), []));
        Assert.NotEmpty(Given.Items(mapper, Given.Record(("tags", "[3]"), ("k", "k"))));
    }

    [Fact]
    public void Keys_of_several_fields_do_not_run_into_each_other()
    {
        Assert.NotEqual(KeyTable.KeyOf(["a", "bc"]), KeyTable.KeyOf(["ab", "c"]));
        Assert.NotEqual(KeyTable.KeyOf(["a", ""]), KeyTable.KeyOf(["", "a"]));
        Assert.Equal(KeyTable.KeyOf(["a", "b"]), KeyTable.KeyOf(["a", "b"]));
    }

    [Theory]
    [InlineData("""{ "keep": "first" }""")]
    [InlineData("""{ "key": "a", "keep": "newest" }""")]
    [InlineData("""[{ "key": "a", "keep": "last" }, { "key": "b" }]""")]
    [InlineData("5")]
    public void Wrong_deduplications_are_faults(string deduplicate) =>
        Assert.StartsWith("$.deduplicate", Given.Faults($$"""{ "deduplicate": {{deduplicate}}, "nodes": [ { "type": "T", "id": "{a}" } ] }""")[0].Path, StringComparison.Ordinal);
}
