using SafeAI.Migration.Engine.Extraction;
using SafeAI.Migration.Engine.Extraction.Profiling;
using SafeAI.Migration.Engine.Validation.Quality;

namespace SafeAI.Migration.Engine.Tests.Validation;

/// <summary>What a profile of good data says of other data.</summary>
public sealed class PlausibleValueTests
{
    [Theory]
    [InlineData(0.0, new object[] { 10L, 20L, 10L }, new object[] { 10L, 20L, 10.0, "15" }, new object[] { 9L, 21L, 9.999, "20.1", "x", true })]
    [InlineData(0.5, new object[] { 10L, 20L, 10L }, new object[] { 5L, 25L }, new object[] { 4.99, 25.01 })]
    [InlineData(1.0, new object[] { 2L, 20L, 2L }, new object[] { 0L, 38L }, new object[] { -0.01, 38.01 })] // never negative
    [InlineData(1.0, new object[] { -20L, -2L, -2L }, new object[] { -38L, 0L }, new object[] { -38.01, 0.01 })] // never positive
    [InlineData(1.0, new object[] { -1L, 1L, 1L }, new object[] { -3L, 3L }, new object[] { -3.01, 3.01 })]
    [InlineData(0.0, new object[] { "9", "10", "-3.5" }, new object[] { "9.5", -3.5, 10L }, new object[] { "11", "-3.51", "abc" })] // text is read as what it is
    [InlineData(1.0, new object[] { 0L, 10L, 0L }, new object[] { 0L, 20L }, new object[] { -0.01, 20.01 })]
    [InlineData(1.0, new object[] { -10L, 0L, 0L }, new object[] { -20L, 0L }, new object[] { -20.01, 0.01 })]
    [InlineData(0.0, new object[] { -1e27, 1e27 }, new object[] { 1e27, 0L }, new object[] { 1.1e27 })]
    [InlineData(0.0, new object[] { 0.5, 1e10 }, new object[] { 0.5, 1e10 }, new object[] { 0.49, 1.1e10, 1e28 })]
    public async Task Numbers_lie_in_the_range_of_the_profile(double margin, object[] good, object[] plausible, object[] others) =>
        AssertCheck(await ReportAsync(margin, good, [.. plausible, .. others]), "Range", plausible.Length, others.Length);

    [Fact]
    public async Task Times_lie_in_the_range_of_the_profile()
    {
        var dates = await ReportAsync(0.1, [new DateOnly(2020, 1, 1), new DateOnly(2020, 1, 11)], [new DateOnly(2019, 12, 31), "2020-01-12", new DateOnly(2019, 12, 30), "2020-01-13", 5L]);
        AssertCheck(dates, "Range", 2, 3);
        Assert.Equal("is not within the plausible range from 2019-12-31 to 2020-01-12", Assert.Single(dates.Recommendations, r => r.Check == "Range").Finding);
        Assert.Equal(3, dates.Checks.Single(c => c.Check == "Range").Example!.Value.Ordinal);
        AssertCheck(await ReportAsync(0, ["2020-01-01", "2020-01-11"], ["2020-01-01", "2020-01-11", "2020-01-12", "2019-12-31"]), "Range", 2, 2);
        AssertCheck(await ReportAsync(0, ["2020-01-01T00:00:00Z", "2020-01-01T10:00:00Z"], ["2020-01-01T12:00:00+02:00", "2020-01-01T12:00:00+01:00"]), "Range", 1, 1);
        AssertCheck(await ReportAsync(1, [DateTimeOffset.MinValue.AddDays(1), DateTimeOffset.MaxValue.AddDays(-1)], [DateTimeOffset.MinValue, DateTimeOffset.MaxValue]), "Range", 2, 0);
    }

    [Fact]
    public async Task Texts_are_of_the_lengths_and_forms_of_the_profile()
    {
        var report = await ReportAsync(0, ["AB-12", "XYZ-1", "Q-1234"], ["AB-9", "AB-123", "A-1", "AB-12345", "AB12", "AB_12", 5L]);
        AssertCheck(report, "Length", 3, 4); // from 5 to 6 characters; what is no text has no length
        AssertCheck(report, "Form", 5, 2);
        var wider = await ReportAsync(1, ["AB", "ABCDEF"], ["A", "ABCDEFGHIJ", "ABCDEFGHIJK"]);
        AssertCheck(wider, "Length", 2, 1);

        // Where a text has a form beyond those that the profile names, every form may be.
        var many = await ReportAsync(0, ["a", "a-", "a-a", "-a", "-a-", "--"], ["+++", "a"]);
        Assert.DoesNotContain(many.Checks, c => c.Check == "Form");
    }

    [Fact]
    public async Task What_cannot_be_told_is_left_out_with_the_reason()
    {
        Assert.Equal("It identifies the records of the profile, so that those of new ones lie beyond.", await ReasonAsync([1L, 2L, 3L]));
        Assert.Equal("It identifies the records of the profile, so that those of new ones lie beyond.", await ReasonAsync(["1", "2", "3"]));
        Assert.Null(await ReasonAsync([1.5, 2.5]));
        Assert.Null(await ReasonAsync([1.5m, 2m]));
        Assert.Null(await ReasonAsync(["1.5", "2"]));
        Assert.Null(await ReasonAsync([1L, 2L, 2L]));
        Assert.Equal("The profile has no values of it.", await ReasonAsync([null, null]));
        Assert.Equal("The profile gives no range that could be compared.", await ReasonAsync([true, false]));
        Assert.Equal("The profile gives no range that could be compared.", await ReasonAsync([1e28, 2.5]));
        Assert.Equal("The profile gives no range that could be compared.", await ReasonAsync([2e27, 2.5]));
        Assert.Equal("The profile gives no range that could be compared.", await ReasonAsync([-2e27, 2.5]));
        Assert.Equal("The profile gives no range: its values have no order.", await ReasonAsync([1L, 2.5]));

        using var checker = new QualityChecker(new QualityOptions { Profile = await ProfileAsync([5L, 5L]) });
        checker.Add(Record("other", 1L, 1), wasRead: false);
        Assert.Equal(
            [("other", "The profile does not know the field."), ("v", "The profile has the field, and no record does.")],
            checker.Report().Excluded.Where(e => e.Check == "Range").Select(e => (e.Field!, e.Reason)));

        async Task<string?> ReasonAsync(object?[] good) => (await ReportAsync(0, good, [1L])).Excluded.SingleOrDefault(e => e.Check == "Range")?.Reason;
    }

    [Fact]
    public async Task A_profile_knows_the_range_of_texts_as_what_they_are()
    {
        Assert.Equal((-3.5m, 10m), await RangeAsync(["9", "10", "-3.5"]));
        Assert.Equal((new DateOnly(2019, 12, 31), new DateOnly(2020, 1, 1)), await RangeAsync(["2020-01-01", "2019-12-31"]));
        Assert.Equal((null, null), await RangeAsync(["9", "n/a"]));
        Assert.Equal((null, null), await RangeAsync(["9", 10L]));
        Assert.Equal((null, null), await RangeAsync(["true", "false"]));

        static async Task<(object?, object?)> RangeAsync(object?[] values)
        {
            var field = Assert.Single((await ProfileAsync(values)).Fields);
            return (field.SuggestedMin, field.SuggestedMax);
        }
    }

    private static void AssertCheck(QualityReport report, string check, long passed, long failed)
    {
        var result = Assert.Single(report.Checks, c => c.Check == check);
        Assert.Equal((QualityDimension.Accuracy, "V", passed + failed, passed), (result.Dimension, result.Field, result.Tested, result.Passed));
        Assert.Equal(failed > 0 ? failed : null, report.Recommendations.SingleOrDefault(r => r.Check == check)?.Failed);
        Assert.Equal(failed > 0, result.Example is not null);
    }

    private static async Task<QualityReport> ReportAsync(double margin, object?[] good, object?[] values)
    {
        using var checker = new QualityChecker(new QualityOptions { Profile = await ProfileAsync(good), RangeMargin = margin });
        for (var i = 0; i < values.Length; i++)
            checker.Add(Record("V", values[i], i + 1), wasRead: false);
        return checker.Report();
    }

    private static Record Record(string field, object? value, int ordinal) =>
        new RecordSchema("r", [new RecordField(field, typeof(object))]).CreateRecord([value], new RecordSource("r"), ordinal);

    private static Task<SourceProfile> ProfileAsync(object?[] values) => SourceProfiler.ProfileAsync(new Values(values));

    private sealed class Values(object?[] values) : IRecordSource
    {
        public RecordSource Source { get; } = new("good");

        public SourceMetadata Metadata { get; } = new() { Name = "good", Format = "Records" };

        public async IAsyncEnumerable<RecordBatch> ReadAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            await Task.CompletedTask;
            var schema = new RecordSchema("good", [new RecordField("v", typeof(object))]);
            var records = values.Select((v, i) => schema.CreateRecord([v], Source, i + 1)).ToList();
            foreach (var _ in records)
                Source.AddRead();
            yield return new RecordBatch(records, []);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
