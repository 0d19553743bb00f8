using System.Text;
using SafeAI.Migration.Engine.Extraction;
using SafeAI.Migration.Engine.Extraction.Files;

namespace SafeAI.Migration.Engine.Tests.Extraction.Files;

/// <summary>Writes files into a folder of its own and reads them.</summary>
public abstract class FileSourceTest : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("safeai-files-").FullName;

    /// <summary>Everything that one source gave.</summary>
    internal sealed record Result(List<Record> Records, List<Reject> Rejects, SourceMetadata Metadata, RecordSource Source, MigrationException? Failure)
    {
        public RecordSchema Schema => Metadata.Schema!;

        /// <summary>The values of each record, with <c>∅</c> for null, <c>|</c> between and its line in front.</summary>
        public string[] Lines => [.. Records.Select(r => $"{r.GetPosition().Line}: {Values(r)}")];

        public string[] Reasons => [.. Rejects.Select(r => $"{r.Position.Line}: {r.Reason}")];

        public static string Values(Record record) =>
            string.Join('|', Enumerable.Range(0, record.GetSchema().Fields.Count).Select(i => record.GetValue(i)?.ToString() ?? "∅"));
    }

    public void Dispose()
    {
        Directory.Delete(_folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    protected string PathOf(string name) => Path.Combine(_folder, name);

    protected string Write(string name, string text, Encoding? encoding = null) =>
        Write(name, (encoding ?? new UTF8Encoding(false)).GetPreamble().Concat((encoding ?? Encoding.UTF8).GetBytes(text)).ToArray());

    protected string Write(string name, byte[] bytes)
    {
        File.WriteAllBytes(PathOf(name), bytes);
        return PathOf(name);
    }

    internal static async Task<Result> Read(FileSourceOptions options)
    {
        await using var source = FileSources.Open(options);
        return await Read(source);
    }

    internal static async Task<Result> Read(IRecordSource source)
    {
        var records = new List<Record>();
        var rejects = new List<Reject>();
        MigrationException? failure = null;
        try
        {
            await foreach (var batch in source.ReadAsync())
            {
                Assert.InRange(batch.Records.Count + batch.Rejects.Count, 1, RecordBatch.Size);
                records.AddRange(batch.Records);
                rejects.AddRange(batch.Rejects);
            }
        }
        catch (MigrationException e)
        {
            failure = e;
        }

        Assert.Equal(records.Count + rejects.Count, source.Source.Read);
        Assert.Equal(rejects.Count, source.Source.Rejected);
        Assert.Equal(source.Source.Read, source.Metadata.Records);
        Assert.Equal(source.Source.Rejected, source.Metadata.Rejected);
        var ordinals = records.Select(r => r.GetPosition().Ordinal).Concat(rejects.Select(r => r.Position.Ordinal)).Order();
        Assert.Equal(Enumerable.Range(1, records.Count + rejects.Count).Select(i => (long)i), ordinals);
        return new Result(records, rejects, source.Metadata, source.Source, failure);
    }

}
