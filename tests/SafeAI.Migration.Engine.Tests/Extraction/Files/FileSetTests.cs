using SafeAI.Migration.Engine.Extraction.Files;

namespace SafeAI.Migration.Engine.Tests.Extraction.Files;

public sealed class FileSetTests : FileSourceTest
{
    private void Lay()
    {
        Directory.CreateDirectory(PathOf("in/deep/er"));
        Write("in/orders-2.csv", "id\n3\n4\n");
        Write("in/orders-1.csv", "id\n1\nbad,row\n2\n");
        Write("in/notes.md", "# no data");
        Write("in/.hidden.csv", "id\n9\n");
        Write("in/deep/er/orders-3.csv", "id\n5\n");
    }

    private static async Task<(string[] Values, SourceMetadata Metadata, RecordSource Total, string[] Positions)> ReadAll(string path)
    {
        await using var source = FileSources.Open(new FileSourceOptions { Path = path });
        var records = new List<Record>();
        var rejects = new List<Reject>();
        await foreach (var batch in source.ReadAsync())
        {
            records.AddRange(batch.Records);
            rejects.AddRange(batch.Rejects);
        }

        Assert.Single(records.Select(r => r.GetSchema().RecordType).Distinct());
        return (
            [.. records.Select(Result.Values)],
            source.Metadata,
            source.Source,
            [.. records.Select(r => r.GetPosition().ToString()).Concat(rejects.Select(r => r.Position.ToString()))]);
    }

    [Fact]
    public async Task The_files_of_a_folder_are_read_in_order_and_named_by_each_record()
    {
        Lay();
        var (values, metadata, total, positions) = await ReadAll(PathOf("in"));
        Assert.Equal(["1", "2", "3", "4"], values);
        Assert.Equal(
            [
                $"{PathOf("in/orders-1.csv")}, line 2", $"{PathOf("in/orders-1.csv")}, line 4",
                $"{PathOf("in/orders-2.csv")}, line 2", $"{PathOf("in/orders-2.csv")}, line 3",
                $"{PathOf("in/orders-1.csv")}, line 3",
            ],
            positions);
        Assert.Equal((5L, 1L), (total.Read, total.Rejected));
        Assert.Equal((5L, 1L), (metadata.Records, metadata.Rejected));
        Assert.Equal([PathOf("in/orders-1.csv"), PathOf("in/orders-2.csv")], metadata.Files);
        Assert.Equal(["1 file was left out, whose ending tells no format: notes.md"], metadata.Notes);
        Assert.Equal("in", metadata.Schema!.Name);
        Assert.Equal(22, metadata.Bytes);
        Assert.StartsWith("sha256:", metadata.Fingerprint);
    }

    [Fact]
    public async Task A_pattern_chooses_files_and_may_look_into_folders_below()
    {
        Lay();
        var (values, metadata, _, _) = await ReadAll(PathOf("in/orders-?.csv"));
        Assert.Equal(["1", "2", "3", "4"], values);
        Assert.Equal("orders", metadata.Schema!.Name);
        (values, metadata, _, _) = await ReadAll(PathOf("in/**/*.csv"));
        Assert.Equal(["5", "1", "2", "3", "4"], values);
        Assert.Equal("records", metadata.Schema!.Name);
    }

    [Fact]
    public async Task Files_of_several_formats_are_named()
    {
        Directory.CreateDirectory(PathOf("mixed"));
        Write("mixed/a.csv", "id\n1\n");
        Write("mixed/b.ndjson", "{\"id\": \"2\"}\n");
        await using var source = FileSources.Open(new FileSourceOptions { Path = PathOf("mixed") });
        await foreach (var batch in source.ReadAsync())
            Assert.Empty(batch.Rejects);
        Assert.Equal([$"The file '{PathOf("mixed/b.ndjson")}' is ndjson, others are not."], source.Metadata.Notes);
    }

    [Theory]
    [InlineData(false, "There is no file '{0}'. Check the path; a relative one starts at the current directory.")]
    [InlineData(true, "{0}, line 1: The quote that opens column 1 of the header on line 1 is not closed before the end of the file. Close it, or double it if it belongs to the text.")]
    public async Task A_file_that_is_gone_or_broken_when_its_turn_comes_ends_the_read(bool isThere, string message)
    {
        Lay();
        await using var source = FileSources.Open(new FileSourceOptions { Path = PathOf("in") });
        if (isThere)
            Write("in/orders-2.csv", "\"id\n3\n");
        else
            File.Delete(PathOf("in/orders-2.csv"));
        var read = 0;
        var error = await Assert.ThrowsAsync<MigrationException>(async () =>
        {
            await foreach (var batch in source.ReadAsync())
                read += batch.Records.Count;
        });
        Assert.Equal((2, 3L), (read, source.Source.Read));
        Assert.Equal(message.Replace("{0}", PathOf("in/orders-2.csv"), StringComparison.Ordinal), error.Message);
    }

    [Fact]
    public async Task The_fingerprint_changes_when_a_file_does()
    {
        Lay();
        var before = (await ReadAll(PathOf("in"))).Metadata.Fingerprint;
        Assert.Equal(before, (await ReadAll(PathOf("in"))).Metadata.Fingerprint);
        Write("in/orders-2.csv", "id\n3\n5\n");
        Assert.NotEqual(before, (await ReadAll(PathOf("in"))).Metadata.Fingerprint);
    }

    [Theory]
    [InlineData("in/*.xml", "No file matches '{0}'. Check the path; a relative one starts at the current directory.")]
    [InlineData("in/*/a.csv", "The pattern '{0}' has wildcards in the names of folders. Use wildcards in the name of the file, with ** as the folder before it for all folders below.")]
    [InlineData("in/deep", "There is no file in the folder '{0}' whose ending tells a format that can be read. Name the files by a pattern, and give their format.")]
    public void A_set_without_files_is_refused(string pattern, string message)
    {
        Lay();
        var path = PathOf(pattern);
        var error = Assert.Throws<MigrationException>(() => FileSources.Open(new FileSourceOptions { Path = path }));
        Assert.Equal(message.Replace("{0}", path, StringComparison.Ordinal), error.Message);
        Assert.Equal(ErrorCode.SourceNotFound, error.Code);
    }
}
