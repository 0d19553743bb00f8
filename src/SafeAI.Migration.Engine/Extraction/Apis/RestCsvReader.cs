using SafeAI.Migration.Engine.Extraction.Files;
using SafeAI.Migration.Engine.Loading;

namespace SafeAI.Migration.Engine.Extraction.Apis;

/// <summary>Makes records of CSV answers; all pages must have the same columns.</summary>
internal sealed class RestCsvReader(RestSourceOptions options, string schemaName, RecordSource source)
{
    /// <summary>The schema of the first page; null before it.</summary>
    public RecordSchema? Schema { get; private set; }

    /// <summary>Reads the rows of a page.</summary>
    /// <returns>How many rows there are.</returns>
    public async Task<long> ReadAsync(RestAnswer answer, string page, long ordinal, Action<Record?, Reject?> add, CancellationToken cancellationToken)
    {
        if (answer.Body.Length == 0)
            return 0;
        // The CSV reader looks at a file's start before it reads it, and so gets a file.
        using var temporary = new TemporaryFile("page");
        var path = temporary.Path;
        try
        {
            await File.WriteAllBytesAsync(path, answer.Body, cancellationToken).ConfigureAwait(false);
            var file = FileSources.Open(new FileSourceOptions { Path = path, Format = FileFormat.Csv, Encoding = answer.Charset, SchemaName = schemaName, Csv = options.Csv });
            await using var disposeFile = file.ConfigureAwait(false);
            var first = ordinal;
            await foreach (var batch in file.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                foreach (var record in batch.Records)
                    add(Rehome(record, page, first + record.GetPosition().Ordinal), null);
                foreach (var reject in batch.Rejects)
                {
                    add(null, new Reject(reject.Stage, reject.Code, reject.Reason, new RecordPosition(source.Name, first + reject.Position.Ordinal))
                    {
                        RawText = reject.RawText,
                        Field = reject.Field,
                        Value = reject.Value,
                        Exception = reject.Exception,
                    });
                }

                ordinal += batch.Records.Count + batch.Rejects.Count;
            }

            return ordinal - first;
        }
        catch (MigrationException e)
        {
            throw new MigrationException(ErrorCode.UnexpectedAnswer, $"{RestPages.Capital(page)} cannot be read: {e.What.Replace(path, "the answer", StringComparison.Ordinal)}", e.Remedy) { Stage = MigrationStage.Extract };
        }
    }

    private Record Rehome(Record record, string page, long ordinal)
    {
        var found = record.GetSchema();
        Schema ??= found;
        if (!ReferenceEquals(found, Schema) && !found.Fields.Select(f => f.Name).SequenceEqual(Schema.Fields.Select(f => f.Name)))
        {
            throw new MigrationException(
                ErrorCode.UnexpectedAnswer, $"it has other columns ({string.Join(", ", found.Fields.Select(f => f.Name))}) than the first ({string.Join(", ", Schema.Fields.Select(f => f.Name))}).",
                "All pages must have the same columns.") { Stage = MigrationStage.Extract };
        }

        var values = new object?[Schema.Fields.Count];
        for (var i = 0; i < values.Length; i++)
            values[i] = record.GetValue(i);
        return Schema.CreateRecord(values, source, ordinal, record.GetPosition().Line);
    }
}
