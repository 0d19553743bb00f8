using SafeAI.Migration.Engine.Validation;
using SafeAI.Migration.Engine.Validation.Quality;
using SafeAI.Migration.Engine.Validation.Rules;

namespace SafeAI.Migration.Engine.Tests.Validation;

/// <summary>Where the checks of quality begin and end to apply, and which example they name.</summary>
public sealed class QualityBorderTests
{
    [Theory]
    [InlineData("+5", "a whole number")]
    [InlineData(".5", "a number")]
    [InlineData("+.5", "a number")]
    [InlineData("-5", "a whole number")]
    [InlineData("1E5", "a number")]
    [InlineData("1e5", "a number")]
    [InlineData("1e+5", "a number")]
    [InlineData("1e-5", "a number")]
    [InlineData("1e*5", null)]
    [InlineData("1", "true or false")]
    [InlineData("0", "true or false")]
    [InlineData("2", "a whole number")]
    [InlineData("http://", null)]
    [InlineData("a@b@c.de", null)]
    [InlineData("a@b..de", null)]
    [InlineData("2024-01-31T10:00:00.00000000000000+01:00", "a date and time")] // 40 characters
    [InlineData("2024-01-31T10:00:00.000000000000000+01:00", null)]
    [InlineData("2024-01-31t10:00:00z", "a date and time")]
    [InlineData("2024-01-31 10:00:00", "a date and time")]
    [InlineData("2024-01-31x10:00:00", null)]
    public void Kinds_of_text_are_told_apart(string text, string? kind) => Assert.Equal(
        kind is null ? null : $"is not {kind}, as the field's other values are",
        Check([.. Enumerable.Repeat(text, 19), "?!"]).Recommendations.SingleOrDefault(r => r.Check == "Type")?.Finding);

    [Fact]
    public void Values_that_are_no_text_have_their_own_kinds()
    {
        Assert.Equal("is not true or false, as the field's other values are", FindingOf(true));
        Assert.Equal("is not a GUID, as the field's other values are", FindingOf(Guid.NewGuid()));
        Assert.Equal("is not a number, as the field's other values are", FindingOf(1.5));
        Assert.Equal((2L, 1L, 2L), Of(Check(["a", DBNull.Value]), "Empty"));

        string FindingOf(object value) => Check([.. Enumerable.Repeat(value, 19), "?!"]).Recommendations.Single(r => r.Check == "Type").Finding;
    }

    [Fact]
    public void A_text_that_begins_in_lower_case_may_be_mixed() =>
        Assert.Equal((10L, 8L, 9L), Of(Check(["a", "b", "c", "d", "e", "f", "g", "h", "xY", "Y", "1"]), "LetterCase"));

    [Fact]
    public void The_first_other_spelling_of_all_values_is_the_example()
    {
        Assert.Equal((4L, 2L, 3L), Of(Check(["ab", "cd", "CD", "AB"]), "Spelling"));
        Assert.Equal((4L, 3L, 2L), Of(Check(["ab", "AB", "cd", "cd"]), "Spelling"));
    }

    [Fact]
    public void A_property_that_is_missing_is_shown_where_it_is_missing()
    {
        using var checker = new QualityChecker(new QualityOptions());
        checker.Add(new GraphNode("T", "1", new PropertySet(["a"], ["x"])));
        checker.Add(new GraphNode("T", "2", PropertySet.Empty));
        checker.Add(new GraphNode("T", "3", PropertySet.Empty));
        Assert.StartsWith("(:T 2)", Assert.Single(checker.Report().Recommendations, r => r.Check == "Empty").Example!.Value.Source, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_text_is_no_key()
    {
        using var checker = new QualityChecker(new QualityOptions { Key = ["v"] });
        foreach (var value in new[] { "", "", "a" })
            checker.Add(Row(typeof(object), value, 1), wasRead: false);
        var key = Assert.Single(checker.Report().Checks, c => c.Dimension == QualityDimension.Uniqueness);
        Assert.Equal(("Key", 1L, 1L), (key.Check, key.Tested, key.Passed));
    }

    [Fact]
    public void Rows_that_could_not_be_read_count_for_every_stream()
    {
        using var checker = new QualityChecker(new QualityOptions());
        var (one, other) = (new RecordSource("one"), new RecordSource("other"));
        one.AddRejected(2);
        other.AddRejected(3);
        var schema = new RecordSchema("r", [new RecordField("v", typeof(object))]);
        checker.Add(schema.CreateRecord(["a"], one, 1));
        checker.Add(schema.CreateRecord(["b"], other, 1));
        var readable = Assert.Single(checker.Report().Checks, c => c.Check == "Readable");
        Assert.Equal((7L, 2L), (readable.Tested, readable.Passed));
    }

    [Fact]
    public async Task What_is_required_of_nodes_is_not_required_of_relationships()
    {
        var rules = new ValidationOptions { Schemas = [.. SchemaFiles.Read("""{"name":"T","required":["a"],"optional":["b"]}""", "x", null, [])] };
        using var checker = await QualityChecker.CreateAsync(new QualityOptions(), rules with { Schemas = [rules.Schemas[0] with { Type = null }] });
        checker.Add(new GraphNode("T", "1", new PropertySet(["b"], ["x"])));
        checker.Add(new GraphNode("T", "2", new PropertySet(["b"], ["x"])));
        checker.Add(new GraphRelationship("T", "1", "N", "1", "N", "2", new PropertySet(["b"], ["x"])));
        var report = checker.Report();

        // Of the nodes only a counts; of the relationship, about which nothing is said, what there is.
        Assert.Equal((3L, 1L), (report.Completeness.Tested, report.Completeness.Passed));
        Assert.Equal(2L, Assert.Single(report.Recommendations, r => r.Check == "Empty").Failed);
    }

    [Fact]
    public void An_age_without_a_field_tests_nothing() => Assert.Equal(
        "No field was named that says when (-TimeField and -MaximumAge).",
        Assert.Single(Check(["2024-01-01"], new QualityOptions { MaximumAge = TimeSpan.FromDays(1) }).Excluded, e => e.Dimension == QualityDimension.Timeliness).Reason);

    [Fact]
    public void A_type_that_was_promised_first_stays_promised()
    {
        using var checker = new QualityChecker(new QualityOptions());
        checker.Add(Row(typeof(long), null, 1), wasRead: false);
        for (var i = 2; i <= 20; i++)
            checker.Add(Row(typeof(object), "5", i), wasRead: false);
        Assert.Contains(checker.Report().Excluded, e => e is { Check: "Type", Field: "v" } && e.Reason.Contains("Int64", StringComparison.Ordinal));
    }

    [Fact]
    public void Why_a_type_was_not_learnt_is_said()
    {
        Assert.Equal("9 values are too few to learn a type from; it takes 10.", ReasonOf(Enumerable.Repeat("x y", 9)));
        Assert.Equal("Its values are free text: no type is shared by nine in ten of them.", ReasonOf(Enumerable.Repeat("x y", 10)));

        static string ReasonOf(IEnumerable<string> values) => Assert.Single(Check([.. values]).Excluded, e => e.Check == "Type").Reason;
    }

    [Fact]
    public void Formats_are_those_of_a_kind_that_was_learnt_and_has_several()
    {
        string[] words = ["yes", "no", "y", "n", "yes", "no", "yes", "no", "yes", "no"];
        Assert.Equal((10L, 8L, 3L), Of(Check([.. words]), "Format"));
        Assert.DoesNotContain(Check([.. words[1..]]).Checks, c => c.Check == "Format"); // nine values
        var numbers = Check([.. Enumerable.Range(10, 10).Select(i => $"{i}")]);
        Assert.DoesNotContain(numbers.Checks, c => c.Check == "Format");
        Assert.DoesNotContain(numbers.Excluded, e => e.Check == "Format");
    }

    [Fact]
    public void A_dimension_that_tested_something_is_not_excluded_as_a_whole()
    {
        var report = Check(["a", "b"]);
        Assert.Equal(2, report.Uniqueness.Tested);
        Assert.DoesNotContain(report.Excluded, e => e.Dimension == QualityDimension.Uniqueness);
    }

    [Fact]
    public void Doubles_are_named_by_what_is_double()
    {
        Assert.Equal("records are the same as an earlier one in every field", Assert.Single(Check(["a", "a"]).Recommendations, r => r.Check == "Record").Finding);
        Assert.Equal("has the key of an earlier one", Assert.Single(Check(["a", "a"], new QualityOptions { Key = ["v"] }).Recommendations, r => r.Check == "Key").Finding);
    }

    [Fact]
    public async Task A_rule_that_tested_nothing_is_said_to_have_tested_nothing()
    {
        using var checker = await QualityChecker.CreateAsync(new QualityOptions(), new ValidationOptions { Rules = [new CompareRule("v", Comparison.Less, "other")] });
        checker.Add(Row(typeof(object), "a", 1), wasRead: false);
        Assert.Equal("There was nothing to test.", Assert.Single(checker.Report().Excluded, e => e.Check == "compare").Reason);
    }

    [Theory]
    [InlineData(-20L, -10L, 0.1, -9L, true)]
    [InlineData(-20L, -10L, 0.1, -8L, false)] // a range below zero ends where it ends, and not at zero
    [InlineData(10L, 20L, 0.1, 9L, true)]
    [InlineData(10L, 20L, 0.1, 8L, false)]
    public void A_range_beside_zero_is_widened_by_its_margin_only(long least, long most, double margin, long value, bool isPlausible) =>
        Assert.Equal(isPlausible, IsPlausible(Field(min: least, max: most), value, margin));

    [Fact]
    public void A_whole_number_of_any_size_that_identifies_the_profile_is_left_out()
    {
        foreach (var number in new object[] { (byte)1, (short)1, 1, 1L })
            Assert.Contains("identifies", new PlausibleValues(Profile(Field(min: number, max: number) with { IsCandidateKey = true }), 0).For("v").Reason, StringComparison.Ordinal);
        Assert.Null(new PlausibleValues(Profile(Field(min: 1.5, max: 2.5) with { IsCandidateKey = true }), 0).For("v").Reason);
    }

    [Fact]
    public void Half_a_range_is_none()
    {
        Assert.Equal("The profile gives no range: its values have no order.", new PlausibleValues(Profile(Field(min: 5L, max: null)), 0).For("v").Reason);
        Assert.Equal("The profile gives no range: its values have no order.", new PlausibleValues(Profile(Field(min: null, max: 5L)), 0).For("v").Reason);
    }

    [Fact]
    public void Forms_are_plausible_only_where_every_value_is_a_text()
    {
        var texts = Field(min: "a", max: "b") with { Types = ["String"], MinLength = 1, MaxLength = 1, Forms = [new TextForm("a", 2)] };
        Assert.Equal(["Length", "Form"], new PlausibleValues(Profile(texts, sampled: 2), 0).For("v").Checks.Select(c => c.Name));
        Assert.Equal(["Length"], new PlausibleValues(Profile(texts with { Types = ["String", "Int64"] }, sampled: 2), 0).For("v").Checks.Select(c => c.Name));
        Assert.Equal(["Length"], new PlausibleValues(Profile(texts, sampled: 3), 0).For("v").Checks.Select(c => c.Name));
    }

    private static bool IsPlausible(FieldProfile field, object value, double margin) => Assert.Single(new PlausibleValues(Profile(field), margin).For("v").Checks).Fits(value);

    private static FieldProfile Field(object? min, object? max) => new() { Name = "v", Types = ["Int64"], Min = min, Max = max };

    private static SourceProfile Profile(FieldProfile field, long sampled = 2) => new() { Name = "good", Format = "csv", Sampled = sampled, Fields = [field] };

    private static (long Tested, long Passed, long? Example) Of(QualityReport report, string check)
    {
        var found = Assert.Single(report.Checks, c => c.Check == check);
        return (found.Tested, found.Passed, found.Example?.Ordinal);
    }

    private static QualityReport Check(object?[] values, QualityOptions? options = null)
    {
        using var checker = new QualityChecker(options ?? new QualityOptions());
        for (var i = 0; i < values.Length; i++)
            checker.Add(Row(typeof(object), values[i], i + 1), wasRead: false);
        return checker.Report();
    }

    private static Record Row(Type type, object? value, int ordinal) =>
        new RecordSchema("r", [new RecordField("v", type)]).CreateRecord([value], new RecordSource("r"), ordinal);
}

/// <summary>Ages of times without a zone where the machine has one. The zone is the process's, so that nothing else may run.</summary>
[Collection(nameof(MeasuredAlone))]
public sealed class AgeZoneTests
{
    [Fact]
    public void A_time_without_a_zone_is_in_UTC_and_one_of_the_machine_in_its_zone()
    {
        var before = Environment.GetEnvironmentVariable("TZ");
        try
        {
            Environment.SetEnvironmentVariable("TZ", "Asia/Tokyo");
            TimeZoneInfo.ClearCachedData();
            var oldest = new DateTimeOffset(2024, 6, 30, 0, 0, 0, TimeSpan.Zero);
            Assert.Equal((1L, 0L), Count(new DateTime(2024, 6, 29, 23, 59, 59, DateTimeKind.Unspecified)));
            Assert.Equal((1L, 1L), Count(new DateTime(2024, 6, 30, 0, 0, 0, DateTimeKind.Unspecified)));
            Assert.Equal((1L, 1L), Count(new DateTime(2024, 6, 30, 0, 0, 0, DateTimeKind.Utc)));
            Assert.Equal((1L, 1L), Count(oldest.ToOffset(TimeSpan.FromHours(2))));
            Assert.Equal((1L, 0L), Count(oldest.AddTicks(-1).ToOffset(TimeSpan.FromHours(-2))));
            var local = TimeZoneInfo.Local.GetUtcOffset(oldest);
            Assert.Equal((1L, 1L), Count(DateTime.SpecifyKind(oldest.DateTime + local, DateTimeKind.Local)));
            Assert.Equal((1L, 0L), Count(DateTime.SpecifyKind(oldest.DateTime + local - TimeSpan.FromSeconds(1), DateTimeKind.Local)));

            (long, long) Count(object value)
            {
                var ages = new AgeStatistics(oldest);
                ages.Add(value, default, 1);
                return (ages.Tested, ages.Passed);
            }
        }
        finally
        {
            Environment.SetEnvironmentVariable("TZ", before);
            TimeZoneInfo.ClearCachedData();
        }
    }
}
