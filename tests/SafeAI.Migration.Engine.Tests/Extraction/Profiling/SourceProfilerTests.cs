using SafeAI.Migration.Engine.Extraction.Files;
using SafeAI.Migration.Engine.Extraction.Profiling;
using SafeAI.Migration.Engine.Tests.Extraction.Files;

namespace SafeAI.Migration.Engine.Tests.Extraction.Profiling;

public sealed class SourceProfilerTests : FileSourceTest
{
    private async Task<SourceProfile> Profile(string name, string text, long? most = null)
    {
        await using var source = FileSources.Open(new FileSourceOptions { Path = Write(name, text) });
        return await SourceProfiler.ProfileAsync(source, most);
    }

    private static string[] Findings(SourceProfile profile) => [.. profile.Findings.Select(f => $"{f.Severity} {f}")];

    [Fact]
    public async Task A_csv_file_is_described_field_by_field()
    {
        var profile = await Profile("a.csv", "id,zip,name,born,score,void\n1,01234,Ann Lee,2001-02-03,1.5,\n2,99999,\"\",2002-02-03,-2,\n3,,Bob,2003-02-03,10,\nbad\n");
        Assert.Equal((4L, true, 4L, 1L, "csv"), (profile.Records, profile.IsExact, profile.Sampled, profile.Rejected, profile.Format));
        var (id, zip, name, born, score, none) = (profile.Fields[0], profile.Fields[1], profile.Fields[2], profile.Fields[3], profile.Fields[4], profile.Fields[5]);
        Assert.Equal(("integer", 3L, true, true), (id.SuggestedType, id.Distinct, id.IsDistinctExact, id.IsCandidateKey));
        Assert.Equal((null, 1L, false, 5, 5), (zip.SuggestedType, zip.Nulls, zip.IsCandidateKey, zip.MinLength, zip.MaxLength));
        Assert.Equal((null, 1L, 0, 7), (name.SuggestedType, name.Empty, name.MinLength, name.MaxLength));
        Assert.Equal(["A (1)", "A A (1)"], name.Forms.Select(f => f.ToString()));
        Assert.Equal(("date", "2001-02-03", "2003-02-03"), (born.SuggestedType, born.Min, born.Max));
        Assert.Equal("9-9-9 (3)", born.Forms.Single().ToString());
        Assert.Equal("number", score.SuggestedType);
        Assert.Equal((3L, 0L, null, 0), (none.Nulls, none.Distinct, none.Min, none.Types.Count));
        Assert.Equal(
            [
                "Error RejectedRecords: 1 of 4 records are not well-formed. Read the source to see each with its line and reason.",
                "Information LeadingZeros (zip): 1 values begin with a zero that a number would lose. Keep the field a text.",
                "Information AllNull (void): Every value is null. Leave the field out of the mapping.",
            ],
            Findings(profile));
    }

    [Fact]
    public async Task What_will_cause_trouble_is_found()
    {
        var profile = await Profile("a.ndjson", "{\"a\":1,\"m\":{\"x\":1}}\n{\"a\":\"one\",\"t\":\"\"}\n{\"a\":1,\"t\":null}\n");
        Assert.Equal(
            [
                "Warning NoKey: No single field identifies a record. Make the id of several fields, or duplicates become one node.",
                "Warning MixedTypes (a): The values are of several types: Int64, String. Convert them to one in the mapping.",
                "Error NestedMap (m): 1 values are maps, which a graph does not store as a property. Map their parts, or turn them into JSON text.",
                "Information NullAndEmpty (t): 2 values are null and 1 are empty texts. Decide in the mapping whether they mean the same.",
            ],
            Findings(profile));
        Assert.Null(profile.Fields[0].Min);
        profile = await Profile("b.csv", "id\n");
        Assert.Equal(["Warning NoRecords: There are no records to load."], Findings(profile));
        await using var source = FileSources.Open(new FileSourceOptions { Path = Write("c.csv", [.. "id\ncaf"u8, 0xE9, (byte)'\n']) });
        Assert.Contains(
            "Warning EncodingDoubt: The encoding is windows-1252 (guessed; it is not valid UTF-8). Give it, so that letters are not changed.",
            Findings(await SourceProfiler.ProfileAsync(source)));
    }

    [Fact]
    public async Task Many_different_values_are_estimated_within_five_percent()
    {
        const int rows = 50_000;
        var text = "id,tenth\n" + string.Concat(Enumerable.Range(1, rows).Select(i => $"{i},{i / 5}\n"));
        var profile = await Profile("a.csv", text);
        Assert.False(profile.Fields[0].IsDistinctExact);
        Assert.InRange(profile.Fields[0].Distinct, rows * 0.95, rows * 1.05);
        Assert.InRange(profile.Fields[1].Distinct, rows * 0.2 * 0.95, rows * 0.2 * 1.05);
        Assert.True(profile.Fields[0].IsCandidateKey);
        Assert.False(profile.Fields[1].IsCandidateKey);
    }

    [Fact]
    public async Task A_sample_says_that_it_is_one()
    {
        var profile = await Profile("a.csv", "id\n" + string.Concat(Enumerable.Range(1, 5000).Select(i => $"{i}\n")), 1400);
        Assert.Equal((false, 1500L), (profile.IsExact, profile.Sampled));
    }

    [Fact]
    public void The_time_of_a_migration_follows_from_the_limit_or_the_reading()
    {
        var profile = new SourceProfile { Name = "a", Format = "csv", Records = 1_000_000, Sampled = 1000, ElapsedSeconds = 0.001 };
        // 2,000 requests at 100 a minute.
        Assert.Equal(1200, profile.EstimateSeconds(100, itemsPerRecord: 2), 3);
        Assert.Equal(2000, (profile with { ElapsedSeconds = 2 }).EstimateSeconds(1000), 3);
    }
}
