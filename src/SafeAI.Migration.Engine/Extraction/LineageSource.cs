using System.Runtime.CompilerServices;

namespace SafeAI.Migration.Engine.Extraction;

/// <summary>Adds a field with the name of the stream to every record: the file, table or address that it was read from.</summary>
/// <param name="inner">The source, not read yet; it is disposed with this one.</param>
/// <param name="field">The field's name; where records have one of that name, theirs stays and this one gets a suffix.</param>
public sealed class LineageSource(IRecordSource inner, string field) : IRecordSource
{
    private readonly Dictionary<RecordSchema, RecordSchema> _schemas = new(ReferenceEqualityComparer.Instance);

    /// <inheritdoc/>
    public RecordSource Source => inner.Source;

    /// <inheritdoc/>
    public SourceMetadata Metadata => inner.Metadata;

    /// <inheritdoc/>
    public async IAsyncEnumerable<RecordBatch> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var batch in inner.ReadAsync(cancellationToken).ConfigureAwait(false))
            yield return batch with { Records = [.. batch.Records.Select(Extend)] };
        if (Metadata.Schema is { } schema)
            Metadata.Schema = SchemaOf(schema);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => inner.DisposeAsync();

    private Record Extend(Record record)
    {
        var schema = SchemaOf(record.GetSchema());
        var values = new object?[schema.Fields.Count];
        for (var i = 0; i < values.Length - 1; i++)
            values[i] = record.GetValue(i);
        var position = record.GetPosition();
        values[^1] = position.Source;
        return schema.CreateRecord(values, record.GetSource(), position.Ordinal, position.Line);
    }

    private RecordSchema SchemaOf(RecordSchema schema)
    {
        if (_schemas.TryGetValue(schema, out var extended))
            return extended;
        var name = field;
        for (var suffix = 2; schema.Fields.Any(f => f.Name == name); suffix++)
            name = FormattableString.Invariant($"{field}_{suffix}");
        extended = new RecordSchema(
            schema.Name,
            schema.Fields.Select(f => new RecordField(f.Name, f.Type, f.SourceType, f.IsNullable, f.Note)).Append(new RecordField(name, typeof(string), isNullable: false, note: "What the record was read from.")),
            schema.Key.Select(k => k.Name)) { Namespace = schema.Namespace };
        _schemas.Add(schema, extended);
        return extended;
    }
}
