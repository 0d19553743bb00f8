using SafeAI.Migration.Engine.Validation.Quality;

namespace SafeAI.Migration.Engine.Tests.Validation;

/// <summary>The single checks of quality, at their borders, with the first place of what they find.</summary>
public sealed class QualityDetailTests
{
    [Fact]
    public void White_space_counts_on_either_side()
    {
        var check = Find(Check(["a", " b", "c ", "\td", "e f"]), "WhiteSpace");
        Assert.Equal((5L, 2L, 2L), check);
    }

    [Fact]
    public void The_case_is_learnt_from_eight_in_ten_of_ten_values()
    {
        string[] lower = ["a", "b", "c", "d", "e", "f", "g", "h"];
        string[] upper = [.. lower.Select(l => l.ToUpperInvariant())];
        var report = Check([.. lower, "Xx", "Y", "1"]);
        Assert.Equal((10L, 8L, 9L), Find(report, "LetterCase"));
        Assert.Equal("is not in lower case, as most of the field's values are", Of(report, "LetterCase").Finding);
        Assert.Contains("\"lower\"", Of(report, "LetterCase").Remedy, StringComparison.Ordinal);
        report = Check(["1", "x", .. upper, "Yy"]);
        Assert.Equal((10L, 8L, 2L), Find(report, "LetterCase"));
        Assert.Equal("is not in upper case, as most of the field's values are", Of(report, "LetterCase").Finding);
        Assert.Contains("\"upper\"", Of(report, "LetterCase").Remedy, StringComparison.Ordinal);
        Assert.DoesNotContain(Check([.. lower, "X", "Y", "Z"]).Checks, c => c.Check == "LetterCase"); // 8 of 11
        Assert.DoesNotContain(Check([.. lower, "Z"]).Checks, c => c.Check == "LetterCase"); // nine values
        Assert.Equal((10L, 9L, 1L), Find(Check(["Q", .. lower, "i"]), "LetterCase"));
    }

    [Fact]
    public void The_most_usual_spelling_is_the_right_one_and_the_first_of_equals()
    {
        Assert.Equal((4L, 3L, 1L), Find(Check(["ab", "AB", "AB", "AB"]), "Spelling"));
        Assert.Equal((4L, 2L, 3L), Find(Check(["ab", "ab", "AB", "AB"]), "Spelling"));
        Assert.Equal((3L, 1L, 2L), Find(Check(["ab", "AB", "Ab"]), "Spelling"));
        Assert.Equal((4L, 2L, 3L), Find(Check(["ab", "cd", "AB", "CD"]), "Spelling"));
        Assert.Equal((4L, 2L, 2L), Find(Check(["cd", "CD", "ab", "AB"]), "Spelling"));
        Assert.Equal((2L, 2L, null), Find(Check(["ab", "ab", "c"]), "Spelling"));

        // Beyond a dozen spellings of one value, the others are counted together.
        string[] many = [.. Enumerable.Range(0, 16).Select(i => string.Concat("abcd".Select((c, bit) => (i & (1 << bit)) != 0 ? char.ToUpperInvariant(c) : c)))];
        Assert.Equal((18L, 1L, 2L), Find(Check([.. many, many[12], many[12]]), "Spelling"));
        Assert.Equal((18L, 3L, 1L), Find(Check([.. many, many[11], many[11]]), "Spelling"));
    }

    [Fact]
    public void The_most_usual_format_is_the_right_one_and_the_first_of_equals()
    {
        var report = Check(["yes", "no", "yes", "no", "yes", "y", "n", "y", "n", "y"]);
        Assert.Equal((10L, 5L, 6L), Find(report, "Format"));
        Assert.Equal("is not written as yes/no, as most of the field's values are", Of(report, "Format").Finding);
        Assert.Contains("\"true\" and \"false\"", Of(report, "Format").Remedy, StringComparison.Ordinal);
        string[] days = [.. Enumerable.Range(1, 9).Select(d => $"2024-01-0{d}")];
        report = Check(["1/2/2024", "3.4.2024", .. days]);
        Assert.Equal((11L, 9L, 1L), Find(report, "Format"));
        Assert.Contains("all of its formats", Of(report, "Format").Remedy, StringComparison.Ordinal);
        Assert.Equal((11L, 9L, 10L), Find(Check([.. days, "3.4.2024", "1/2/2024"]), "Format"));
        Assert.Equal((11L, 10L, 1L), Find(Check(["2024-01-01", .. days.Select(d => d + "T10:00:00Z"), "2024-01-01 10:00:00"]), "Format"));
    }

    [Fact]
    public void Values_that_are_no_text_have_kinds_too()
    {
        Assert.Equal((20L, 19L, 3L), Find(Check([1L, 2, true, .. Enumerable.Repeat((object?)5m, 17)]), "Type"));
        Assert.Equal((10L, 10L, null), Find(Check([.. Enumerable.Repeat((object?)new DateOnly(2024, 1, 1), 5), .. Enumerable.Repeat((object?)DateTime.UnixEpoch, 5)]), "Type"));
    }

    [Theory]
    [InlineData("FALSE", "true or false")]
    [InlineData("T", "true or false")]
    [InlineData("f", "true or false")]
    [InlineData("on", "true or false")]
    [InlineData("Off", "true or false")]
    [InlineData("1.1.2024", "a date")]
    [InlineData("31/1/2024", "a date")]
    [InlineData("http://example.com", "a web address")]
    [InlineData("HTTPS://example.com", "a web address")]
    [InlineData("host:80", null)]
    [InlineData("7d444840-9dc0-11d1-b245-5ffdce74fazz", null)]
    [InlineData("2024/13/01", null)]
    [InlineData("99/99/2024", null)]
    [InlineData("10.20.30", null)]
    [InlineData("2024-02-30T10:00:00Z", null)]
    [InlineData("12/31/2024 10:00:00", null)]
    [InlineData("2024-2-29T10:00:00", null)]
    [InlineData("2024-01-31T10:00:00.0000000+01:000000000000", null)]
    [InlineData("@example.com", null)]
    [InlineData("a@.com", null)]
    [InlineData("a@example.", null)]
    public void Kinds_of_text_are_told_apart(string text, string? kind) => Assert.Equal(
        kind is null ? null : $"is not {kind}, as the field's other values are",
        Check([.. Enumerable.Repeat(text, 19), "?!"]).Recommendations.SingleOrDefault(r => r.Check == "Type")?.Finding);

    [Fact]
    public void A_type_that_is_promised_holds_from_the_first_value_on()
    {
        // A required field is known before its type is.
        using var checker = new QualityChecker(new QualityOptions { Required = ["v"] });
        for (var i = 1; i <= 20; i++)
            checker.Add(Row(typeof(long), (long)i, i), wasRead: false);
        Assert.Contains(checker.Report().Excluded, e => e is { Check: "Type", Field: "v" } && e.Reason.Contains("Int64", StringComparison.Ordinal));

        // Once values came without a promise, one that comes later changes nothing.
        using var late = new QualityChecker(new QualityOptions());
        for (var i = 1; i <= 20; i++)
            late.Add(Row(typeof(object), $"{i}", i), wasRead: false);
        late.Add(Row(typeof(long), 21L, 21), wasRead: false);
        Assert.Equal((21L, 21L, null), Find(late.Report(), "Type"));
    }

    [Fact]
    public void A_field_without_any_value_and_one_with_some_are_told_apart()
    {
        var none = Of(Check([null, ""]), "Empty");
        Assert.Equal("has no values at all", none.Finding);
        Assert.Contains("-Required", none.Remedy, StringComparison.Ordinal);
        Assert.Equal("has no value", Of(Check([null, "a"]), "Empty").Finding);
        Assert.DoesNotContain("-Required", Of(Check([null, "a"], new QualityOptions { Required = ["v"] }), "Empty").Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void Why_a_dimension_tested_nothing_is_said()
    {
        Assert.Equal("No field was named that says when (-TimeField and -MaximumAge).", Reason(Check(["a"]), QualityDimension.Timeliness));
        Assert.Equal("There were no records.", Reason(Check([]), QualityDimension.Timeliness));
        Assert.Equal(0, Check([]).ElapsedSeconds);
        Assert.True(Check(["a"]).ElapsedSeconds > 0);

        static string Reason(QualityReport report, QualityDimension dimension) => Assert.Single(report.Excluded, e => e.Dimension == dimension).Reason;
    }

    [Fact]
    public void The_first_stream_with_rows_that_could_not_be_read_is_named()
    {
        using var checker = new QualityChecker(new QualityOptions());
        var (good, bad) = (new RecordSource("good"), new RecordSource("bad"));
        bad.AddRejected(2);
        var schema = new RecordSchema("r", [new RecordField("v", typeof(object))]);
        for (var i = 1; i <= 3; i++)
        {
            checker.Add(schema.CreateRecord(["a"], good, i));
            checker.Add(schema.CreateRecord(["b"], good, i));
            checker.Add(schema.CreateRecord(["c"], bad, i));
        }

        var readable = Assert.Single(checker.Report().Checks, c => c.Check == "Readable");
        Assert.Equal((11L, 9L, "bad"), (readable.Tested, readable.Passed, readable.Example!.Value.Source));
    }

    [Fact]
    public void Keys_are_those_of_the_source_and_whole_records_differ_by_their_fields_too()
    {
        using var keyed = new QualityChecker(new QualityOptions());
        var source = new RecordSource("r");
        var schema = new RecordSchema("r", [new RecordField("id", typeof(object)), new RecordField("v", typeof(object))], ["id"]);
        keyed.Add(schema.CreateRecord([1L, "a"], source, 1), wasRead: false);
        keyed.Add(schema.CreateRecord([1L, "b"], source, 2), wasRead: false);
        keyed.Add(schema.CreateRecord([null, "b"], source, 3), wasRead: false);
        var key = Assert.Single(keyed.Report().Checks, c => c.Dimension == QualityDimension.Uniqueness);
        Assert.Equal(("Key", "id", 2L, 1L), (key.Check, key.Field, key.Tested, key.Passed));

        using var whole = new QualityChecker(new QualityOptions());
        foreach (var name in new[] { "a", "b", "a" })
            whole.Add(new RecordSchema("r", [new RecordField(name, typeof(object))]).CreateRecord([1L], source, 1), wasRead: false);
        var record = Assert.Single(whole.Report().Checks, c => c.Dimension == QualityDimension.Uniqueness);
        Assert.Equal(("Record", null, 3L, 2L), (record.Check, record.Field, record.Tested, record.Passed));
    }

    [Fact]
    public void A_field_that_later_records_do_not_have_is_missing_from_there()
    {
        using var checker = new QualityChecker(new QualityOptions());
        var source = new RecordSource("r");
        checker.Add(new RecordSchema("r", [new RecordField("a", typeof(object)), new RecordField("b", typeof(object))]).CreateRecord(["1", "2"], source, 1), wasRead: false);
        checker.Add(new RecordSchema("r", [new RecordField("a", typeof(object))]).CreateRecord(["1"], source, 2), wasRead: false);
        var b = Assert.Single(checker.Report().Checks, c => c is { Check: "Empty", Field: "b" });
        Assert.Equal((2L, 1L, 2L), (b.Tested, b.Passed, b.Example!.Value.Ordinal));
    }

    [Fact]
    public void Graph_items_have_kinds_ages_and_missing_properties()
    {
        var clock = new Now(new DateTimeOffset(2024, 6, 30, 0, 0, 0, TimeSpan.Zero));
        using var checker = new QualityChecker(new QualityOptions { TimeField = "SEEN", MaximumAge = TimeSpan.FromDays(1) }, clock);
        checker.Add(new GraphNode("T", "1", new PropertySet(["seen", "born"], [new DateTime(2024, 6, 29, 12, 0, 0, DateTimeKind.Unspecified), new DateOnly(1990, 1, 1)])));
        checker.Add(new GraphNode("T", "2", new PropertySet(["born"], [new DateOnly(1990, 1, 1)])));
        checker.Add(new GraphRelationship("T", "1", "T", "1", "T", "2", new PropertySet(["seen"], [new DateTime(2024, 6, 28, 0, 0, 0, DateTimeKind.Utc)])));
        var report = checker.Report();
        Assert.Equal((2L, 1L), (report.Timeliness.Tested, report.Timeliness.Passed));
        Assert.Equal((3L, 3L), (report.Uniqueness.Tested, report.Uniqueness.Passed));

        // Two nodes with two properties and one relationship with one.
        Assert.Equal((5L, 4L), (report.Completeness.Tested, report.Completeness.Passed));
        Assert.Equal(["T.seen"], report.Recommendations.Where(r => r.Check == "Empty").Select(r => r.Field));
        Assert.Equal("T.SEEN", Assert.Single(report.Recommendations, r => r.Check == "Age").Field);
        Assert.NotNull(report.Recommendations.Single(r => r.Check == "Empty").Example);
    }

    [Fact]
    public void An_age_names_its_field()
    {
        var clock = new Now(new DateTimeOffset(2024, 6, 30, 0, 0, 0, TimeSpan.Zero));
        var report = Check(["2020-01-01", "2024-06-30"], new QualityOptions { TimeField = "v", MaximumAge = TimeSpan.FromDays(1) }, clock);
        Assert.Equal("v", Of(report, "Age").Field);
    }

    private static (long Tested, long Passed, long? Example) Find(QualityReport report, string check)
    {
        var found = Assert.Single(report.Checks, c => c.Check == check);
        return (found.Tested, found.Passed, found.Example?.Ordinal);
    }

    private static QualityRecommendation Of(QualityReport report, string check) => Assert.Single(report.Recommendations, r => r.Check == check);

    private static QualityReport Check(object?[] values, QualityOptions? options = null, TimeProvider? clock = null)
    {
        using var checker = new QualityChecker(options ?? new QualityOptions(), clock);
        for (var i = 0; i < values.Length; i++)
            checker.Add(Row(typeof(object), values[i], i + 1), wasRead: false);
        return checker.Report();
    }

    private static Record Row(Type type, object? value, int ordinal) =>
        new RecordSchema("r", [new RecordField("v", type)]).CreateRecord([value], new RecordSource("r"), ordinal);

    private sealed class Now(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
