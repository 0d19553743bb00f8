using SafeAI.Migration.Engine.Extraction.Files;
using SafeAI.Migration.Engine.Validation.Quality;

namespace SafeAI.Migration.Engine.Tests.Validation;

public sealed class QualityTests
{
    // What there is to count in customers.csv; The_facts_of_the_sample counts it in the text of the file, without the engine.
    private const int Rows = 601; // after the header
    private const int Unreadable = 1; // row 300 ends after six of nine fields
    private const int Records = Rows - Unreadable;
    private const int NoId = 1;
    private const int NoPhone = 120;
    private const int NoNote = 419;
    private const int NoNumber = 1; // a credit of n/a
    private const int NoDate = 1; // the 30th of a February
    private const int YesOrNo = 309; // the other values of active are y or n
    private const int PaddedMails = 85; // these are also the ones in upper case
    private const int NamesTwice = 439; // records whose name another record has too, whatever its case
    private const int MailsTwice = 2;
    private const int CaseOfTwice = 0; // none of these is ever in another case
    private const int Doubles = 1; // customer 00010 is there again, alike in every field

    /// <summary>Every score, derived by hand from the facts above by the formulas in the help of Test-MigrationQuality.</summary>
    [Fact]
    public async Task The_quickstart_sample_scores_what_can_be_counted_by_hand()
    {
        var report = await Check(new QualityOptions());
        Assert.Equal(Records, report.Records);

        // Completeness: of the rows those that could be read; of the 9 values of each record those that are there.
        const int Values = (9 * Records) - NoId - NoPhone - NoNote;
        AssertScore(report.Completeness, tested: Rows + (9 * Records), passed: Records + Values);

        // Accuracy: nine in ten of the values of six fields share a type: customer_id and phone are numbers, email an
        // address, credit a number, joined a date, active true or false. The values of the other three are free text.
        AssertScore(
            report.Accuracy,
            tested: (Records - NoId) + Records + (Records - NoPhone) + Records + Records + Records,
            passed: (Records - NoId) + Records + (Records - NoPhone) + (Records - NoNumber) + (Records - NoDate) + Records);
        Assert.Equal(["country", "name", "note"], ExcludedFields(report, QualityDimension.Accuracy));

        // Consistency, white space: every value is a text. Letter case: email (lower), country (upper), active and note
        // (lower) are mostly in one; names are not, and of the other fields too few values have letters. Format: active
        // is mostly yes or no, and the dates are all yyyy-MM-dd. Spelling: values with letters that are there twice.
        const int Notes = Records - NoNote;
        AssertScore(
            report.Consistency,
            tested: Values + (Records + Records + Records + Notes) + (Records + Records - NoDate) + (NamesTwice + MailsTwice + Records + Records + Notes),
            passed: (Values - PaddedMails) + (Records - PaddedMails + Records + Records + Notes) + (YesOrNo + Records - NoDate)
                + (NamesTwice + MailsTwice + Records + Records + Notes - CaseOfTwice));

        // Uniqueness: a CSV file knows no key, so that whole records are compared. Timeliness: no field says when.
        AssertScore(report.Uniqueness, tested: Records, passed: Records - Doubles);
        AssertScore(report.Timeliness, tested: 0, passed: 0);

        // The same in figures, and the total: all that passed over all that was tested, as every weight is 1.
        Assert.Equal(
            [(6001L, 5460L), (3479, 3477), (9862, 9401), (600, 599), (0, 0)],
            report.Dimensions.Select(d => (d.Tested, d.Passed)));
        Assert.Equal((5460 + 3477 + 9401 + 599) / (double)(6001 + 3479 + 9862 + 600), report.Score);
        Assert.False(report.Passed || report.Score >= 0.96);
    }

    [Fact]
    public async Task The_facts_of_the_sample()
    {
        // Every field of a row: quoted with doubled quotes, or up to the next comma.
        var lines = (await File.ReadAllLinesAsync(Samples.Quickstart("customers.csv")))[1..];
        var rows = lines.Select(l => System.Text.RegularExpressions.Regex.Matches("," + l, ",(\"(?:[^\"]|\"\")*\"|[^,]*)").Select(m => m.Groups[1].Value).ToArray()).ToArray();
        var records = rows.Where(r => r.Length == 9).ToArray();
        Assert.Equal((Rows, Unreadable), (rows.Length, rows.Length - records.Length));
        var (id, name, mail, phone, country, credit, joined, active, note) = (0, 1, 2, 3, 4, 5, 6, 7, 8);
        Assert.Equal([NoId, 0, 0, NoPhone, 0, 0, 0, 0, NoNote], Enumerable.Range(0, 9).Select(f => records.Count(r => r[f] is "" or "\"\"")));

        string[] Of(int field) => [.. records.Select(r => r[field]).Where(v => v is not ("" or "\"\""))];
        Assert.All(Of(id).Concat(Of(phone)), v => Assert.Matches("^[0-9]+$", v));
        Assert.All(Of(mail), v => Assert.Matches("^ *[^ @]+@[^ @]+[.][^ @]+ *$", v));
        Assert.Equal(NoNumber, Of(credit).Count(v => !decimal.TryParse(v, System.Globalization.CultureInfo.InvariantCulture, out _)));
        Assert.Equal(NoDate, Of(joined).Count(v => !DateOnly.TryParseExact(v, "yyyy-MM-dd", out _)));
        Assert.Equal((YesOrNo, Records - YesOrNo), (Of(active).Count(v => v is "yes" or "no"), Of(active).Count(v => v is "y" or "n")));

        Assert.Equal(PaddedMails, Of(mail).Count(v => v != v.Trim()));
        Assert.Equal(PaddedMails, Of(mail).Count(v => v != v.Trim() && IsUpper(v)));
        Assert.Equal(Records - PaddedMails, Of(mail).Count(IsLower));
        Assert.All(Enumerable.Range(0, 9).Where(f => f != mail).SelectMany(Of), v => Assert.Equal(v.Trim(), v));
        Assert.All(Of(country), v => Assert.True(IsUpper(v)));
        Assert.All(Of(active).Concat(Of(note)), v => Assert.True(IsLower(v)));
        Assert.InRange(Of(name).Count(v => IsLower(v) || IsUpper(v)), 0, Records * 8 / 10);
        Assert.InRange(Of(credit).Concat(Of(joined)).Count(v => v.Any(char.IsLetter)), 0, 9);

        static bool IsLower(string text) => !text.Any(char.IsUpper);
        static bool IsUpper(string text) => !text.Any(char.IsLower);
        IGrouping<string, string>[] Twice(int field) =>
            [.. Of(field).Select(v => v.Trim()).Where(v => v.Any(char.IsLetter)).GroupBy(v => v.ToLowerInvariant()).Where(g => g.Count() > 1)];
        Assert.Equal([NamesTwice, MailsTwice, 0, Records, 0, 0, Records, Records - NoNote], new[] { name, mail, phone, country, credit, joined, active, note }.Select(f => Twice(f).Sum(g => g.Count())));
        Assert.Equal(CaseOfTwice, Enumerable.Range(0, 9).SelectMany(Twice).Sum(g => g.Distinct().Count() - 1));
        Assert.Equal(Doubles, records.Length - records.Select(r => string.Join('\n', r)).Distinct().Count());
    }

    [Fact]
    public async Task Required_fields_and_the_key_narrow_what_is_tested()
    {
        var report = await Check(new QualityOptions { Required = ["customer_id", "NAME", "fax"], Key = ["customer_id"] });

        // A required field that no record has is missing from all of them.
        AssertScore(report.Completeness, tested: 601 + 1800, passed: 600 + 599 + 600 + 0);

        // The record without a key is not compared.
        AssertScore(report.Uniqueness, tested: 599, passed: 598);
        var duplicate = Assert.Single(report.Recommendations, r => r.Dimension == QualityDimension.Uniqueness);
        Assert.Equal(("customer_id", 1L, 1 / 599.0), (duplicate.Field, duplicate.Failed, duplicate.Share));
        Assert.EndsWith("customers.csv, line 602", duplicate.Example.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Recommendations_name_field_share_place_and_remedy_with_the_greatest_gain_first()
    {
        var report = await Check(new QualityOptions { Key = ["customer_id"] });

        Assert.Equal(
            [
                ("note", "Empty", 419L, 2L), ("active", "Format", 291, 4), ("phone", "Empty", 120, 6), ("email", "WhiteSpace", 85, 8),
                ("email", "LetterCase", 85, 8), (null, "Readable", 1, 0), ("customer_id", "Empty", 1, 201), ("credit", "Type", 1, 43),
                ("joined", "Type", 1, 101), ("customer_id", "Key", 1, 602),
            ],
            report.Recommendations.Select(r => (r.Field, r.Check, r.Failed, r.Example!.Value.Line)));
        var spaces = report.Recommendations.Single(r => r.Check == "WhiteSpace");
        Assert.Equal(85 / 600.0, spaces.Share);
        Assert.Contains("\"trim\"", spaces.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_not_good()
    {
        using var checker = new QualityChecker(new QualityOptions { Threshold = 0 });
        var report = checker.Report();
        Assert.Null(report.Score);
        Assert.False(report.Passed);
        Assert.All(report.Dimensions, d => Assert.Null(d.Score));
        Assert.Equal(Enum.GetValues<QualityDimension>(), report.Excluded.Select(e => e.Dimension));
    }

    [Fact]
    public void A_type_that_the_source_promises_is_not_tested()
    {
        var report = Check(new QualityOptions(), [.. Enumerable.Range(1, 20).Select(i => (object?)(long)i)], typeof(long));
        AssertScore(report.Accuracy, tested: 0, passed: 0);
        var excluded = Assert.Single(report.Excluded, e => e.Dimension == QualityDimension.Accuracy);
        Assert.Contains("Int64", excluded.Reason, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(9, 1, 1)] // nine in ten tell the type
    [InlineData(8, 2, null)]
    [InlineData(8, 0, null)] // too few to learn from
    public void A_type_is_learnt_from_nine_in_ten_of_ten_values(int numbers, int words, int? failed)
    {
        var values = Enumerable.Range(0, numbers).Select(i => $"{i}.5").Concat(Enumerable.Repeat("x", words));
        var report = Check(new QualityOptions(), [.. values]);
        Assert.Equal(failed, report.Accuracy.Tested == 0 ? null : (int)(report.Accuracy.Tested - report.Accuracy.Passed));
    }

    [Theory]
    [InlineData("12", "a whole number")]
    [InlineData("-1.5e3", "a number")]
    [InlineData("TRUE", "true or false")]
    [InlineData("2024-02-29", "a date")]
    [InlineData("2024/02/29", "a date")]
    [InlineData("29.2.2024", "a date")]
    [InlineData("2/29/2024", "a date")]
    [InlineData("2024-02-29T10:00:00Z", "a date and time")]
    [InlineData("7d444840-9dc0-11d1-b245-5ffdce74fad2", "a GUID")]
    [InlineData("a.b@example.com", "an e-mail address")]
    [InlineData("https://example.com/x", "a web address")]
    [InlineData("2023-02-29", null)]
    [InlineData("a@b", null)]
    [InlineData("a b@example.com", null)]
    [InlineData("1.2.3", null)]
    [InlineData("1e", null)]
    [InlineData("-", null)]
    [InlineData(".", null)]
    public void Kinds_of_text_are_told_apart(string text, string? kind)
    {
        var report = Check(new QualityOptions(), [.. Enumerable.Repeat(text, 19), "?!"]);
        Assert.Equal(kind is null ? null : $"is not {kind}, as the field's other values are", report.Recommendations.SingleOrDefault(r => r.Check == "Type")?.Finding);
    }

    [Fact]
    public void Spellings_of_one_value_are_compared()
    {
        var report = Check(new QualityOptions(), [.. Enumerable.Repeat("Berlin", 5), "BERLIN", "berlin", "Paris"]);
        var spelling = Assert.Single(report.Checks, c => c.Check == "Spelling");
        Assert.Equal((7L, 5L, 6L), (spelling.Tested, spelling.Passed, spelling.Example!.Value.Ordinal));
    }

    [Fact]
    public void Too_many_different_values_leave_the_spelling_out()
    {
        object?[] values = [.. Enumerable.Range(0, 1001).Select(i => $"name {i}"), "name 1"];
        Assert.DoesNotContain(Check(new QualityOptions(), values).Checks, c => c.Check == "Spelling");
        Assert.Equal(2, Check(new QualityOptions(), values[1..]).Checks.Single(c => c.Check == "Spelling").Tested);
    }

    [Fact]
    public void A_field_that_appears_late_is_missing_before()
    {
        var source = new RecordSource("x.json");
        using var checker = new QualityChecker(new QualityOptions());
        checker.Add(new RecordSchema("x", [new RecordField("a", typeof(object))]).CreateRecord(["1"], source, 1));
        checker.Add(new RecordSchema("x", [new RecordField("a", typeof(object)), new RecordField("b", typeof(object))]).CreateRecord(["1", "2"], source, 2));
        var b = Assert.Single(checker.Report().Checks, c => c is { Check: "Empty", Field: "b" });
        Assert.Equal((2L, 1L, 1L), (b.Tested, b.Passed, b.Example!.Value.Ordinal));
    }

    [Fact]
    public void Weights_and_minimums_decide()
    {
        object?[] values = ["a", "a", "b", null];
        var plain = Check(new QualityOptions { Threshold = 0.7 }, values);
        Assert.True(plain.Passed);
        Assert.True(Check(new QualityOptions { Threshold = plain.Score!.Value }, values).Passed);
        Assert.False(Check(new QualityOptions { Threshold = plain.Score.Value + 1e-9 }, values).Passed);

        // Completeness 3 of 4, uniqueness 3 of 4, consistency 5 of 5 (white space 3, spelling 2).
        Assert.Equal((3 + 3 + 5) / (4 + 4 + 5.0), plain.Score!.Value, 12);
        var weighted = Check(
            new QualityOptions { Weights = new Dictionary<QualityDimension, double> { [QualityDimension.Consistency] = 0, [QualityDimension.Uniqueness] = 3 } },
            values);
        Assert.Equal((3 + 3 * 3) / (4 + 3 * 4.0), weighted.Score!.Value, 12);
        Assert.False(Check(
            new QualityOptions { Threshold = 0.7, Minimums = new Dictionary<QualityDimension, double> { [QualityDimension.Uniqueness] = 0.76 } }, values).Passed);
        Assert.True(Check(
            new QualityOptions { Threshold = 0.7, Minimums = new Dictionary<QualityDimension, double> { [QualityDimension.Uniqueness] = 0.75 } }, values).Passed);
        Assert.False(Check(
            new QualityOptions { Threshold = 0.7, Minimums = new Dictionary<QualityDimension, double> { [QualityDimension.Accuracy] = 0 } }, values).Passed);
    }

    [Fact]
    public void Ages_are_measured()
    {
        var clock = new FixedClock(new DateTimeOffset(2024, 6, 30, 0, 0, 0, TimeSpan.Zero));
        var options = new QualityOptions { TimeField = "v", MaximumAge = TimeSpan.FromDays(30) };
        var report = Check(options, ["2024-05-31T00:00:00Z", "2024-05-30T23:59:59Z", new DateOnly(2024, 6, 1), "never", null], clock: clock);
        AssertScore(report.Timeliness, tested: 3, passed: 2);
        Assert.Equal(2, report.Recommendations.Single(r => r.Check == "Age").Example!.Value.Ordinal);
    }

    [Fact]
    public void Graph_items_are_scored_by_their_type_and_id()
    {
        using var checker = new QualityChecker(new QualityOptions());
        checker.Add(new GraphNode("City", "1", new PropertySet(["name"], ["Berlin"])));
        checker.Add(new GraphNode("City", "1", new PropertySet(["name"], ["Paris"])));
        checker.Add(new GraphNode("Country", "1", new PropertySet(["name"], [null])));
        checker.Add(new GraphRelationship("City", "1", "City", "1", "Country", "1", PropertySet.Empty));
        var report = checker.Report();
        AssertScore(report.Uniqueness, tested: 4, passed: 3);
        Assert.Contains(report.Recommendations, r => r is { Field: "City.id", Failed: 1 });
        Assert.Contains(report.Recommendations, r => r is { Field: "Country.name", Check: "Empty" });
    }

    private static void AssertScore(QualityScore score, long tested, long passed)
    {
        Assert.Equal((tested, passed), (score.Tested, score.Passed));
        Assert.Equal(tested == 0 ? null : (double)passed / tested, score.Score);
    }

    private static IEnumerable<string?> ExcludedFields(QualityReport report, QualityDimension dimension) =>
        report.Excluded.Where(e => e.Dimension == dimension).Select(e => e.Field).Order();

    private static QualityReport Check(QualityOptions options, object?[] values, Type? type = null, TimeProvider? clock = null)
    {
        var source = new RecordSource("x");
        using var checker = new QualityChecker(options, clock);
        var schema = new RecordSchema("x", [new RecordField("v", type ?? typeof(object))]);
        for (var i = 0; i < values.Length; i++)
            checker.Add(schema.CreateRecord([values[i]], source, i + 1), wasRead: false);
        return checker.Report();
    }

    private static async Task<QualityReport> Check(QualityOptions options)
    {
        using var checker = new QualityChecker(options);
        await using var source = FileSources.Open(new FileSourceOptions { Path = Samples.Quickstart("customers.csv") });
        await foreach (var batch in source.ReadAsync())
        {
            foreach (var record in batch.Records)
                checker.Add(record);
        }

        return checker.Report();
    }

    private sealed class FixedClock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
