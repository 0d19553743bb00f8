using System.Globalization;
using System.Runtime.CompilerServices;

namespace SafeAI.Migration.Engine.Extraction.Checks;

/// <summary>
/// Holds a source against what it promises while it is read. A record with a value of another type becomes a reject; a
/// field that is missing, another number of records than the source itself counts, or another checksum end the read
/// with an error.
/// </summary>
public sealed class CheckedSource : IRecordSource
{
    private readonly IRecordSource _source;
    private readonly SourceCheckOptions _options;
    private readonly PromisedField[] _promised;
    private readonly Dictionary<RecordSchema, (int Place, PromisedField? Promised, RecordField? Declared)[]> _rules = new(ReferenceEqualityComparer.Instance);
    private readonly string? _checksum;
    private RecordSchema? _declared;
    private long _mistyped;

    /// <summary>Creates the checks.</summary>
    /// <param name="source">The source, not read yet; it is disposed with this one. It must have been opened so that it counts itself where it can.</param>
    /// <param name="options">What is promised beside what the source says of itself.</param>
    /// <exception cref="MigrationException"><see cref="ErrorCode.InvalidOptions"/>: the checksum is not one of SHA-256.</exception>
    public CheckedSource(IRecordSource source, SourceCheckOptions options)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(options);
        _source = source;
        _options = options;
        _promised = [.. options.Fields.Select(PromisedField.Parse)];
        if (options.Checksum is not null)
        {
            _checksum = FileChecksum.Normalize(options.Checksum)
                ?? throw Error(ErrorCode.InvalidOptions, $"'{options.Checksum}' is not a checksum.", "Give the SHA-256 as 64 hexadecimal digits.");
        }
    }

    /// <inheritdoc/>
    public RecordSource Source => _source.Source;

    /// <inheritdoc/>
    public SourceMetadata Metadata => _source.Metadata;

    /// <inheritdoc/>
    public async IAsyncEnumerable<RecordBatch> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var isFirst = true;
        await foreach (var batch in _source.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            if (isFirst)
                CheckFields();
            isFirst = false;
            yield return Check(batch);
        }

        if (isFirst)
            CheckFields();
        Metadata.Checks.Add(new SourceCheck("Types", _mistyped == 0, _mistyped == 0
            ? "Every value was of the type that its field declares."
            : string.Create(CultureInfo.InvariantCulture, $"{_mistyped} records held a value of another type than its field declares.")));
        CheckCount();
        CheckChecksum();
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _source.DisposeAsync();

    private void CheckFields()
    {
        // JSON has no declared types, and PostgreSQL keeps to its own.
        if (Metadata.Format is "sqlite" or "sql")
            _declared = Metadata.Schema;
        if (_promised.Length == 0)
        {
            Metadata.Checks.Add(new SourceCheck("Columns", null, "No fields were promised."));
            return;
        }

        var missing = _promised.Where(p => Metadata.Schema is null || Metadata.Schema.IndexOf(p.Name) < 0).Select(p => p.Name).ToList();
        Metadata.Checks.Add(new SourceCheck("Columns", missing.Count == 0, $"Promised: {string.Join(", ", _promised.Select(p => p.Name))}."));
        if (missing.Count > 0)
        {
            throw Error(
                ErrorCode.SourceNotAsPromised,
                $"{Metadata.Name} lacks the promised {(missing.Count == 1 ? "field" : "fields")} {string.Join(", ", missing)}.",
                $"It has: {(Metadata.Schema is null ? "none" : string.Join(", ", Metadata.Schema.Fields.Select(f => f.Name)))}.");
        }
    }

    private RecordBatch Check(RecordBatch batch)
    {
        List<Record>? kept = null;
        var rejects = batch.Rejects;
        for (var i = 0; i < batch.Records.Count; i++)
        {
            var record = batch.Records[i];
            if (FindFault(record) is { } reject)
            {
                kept ??= [.. batch.Records.Take(i)];
                rejects = [.. rejects, reject];
                _mistyped++;
                Source.AddRejectedLater(reject);
                Metadata.Rejected++;
            }
            else
            {
                kept?.Add(record);
            }
        }

        return kept is null ? batch : batch with { Records = kept, Rejects = rejects };
    }

    private Reject? FindFault(Record record)
    {
        foreach (var (place, promised, declared) in RulesOf(record.GetSchema()))
        {
            var value = record.GetValue(place);
            string? reason = null;
            if (value is null)
            {
                if (declared is { IsNullable: false })
                    reason = $"The value of '{declared.Name}' is null, which the source says it never is.";
            }
            else if (promised is not null && !promised.Fits(value))
            {
                reason = $"The value of '{promised.Name}' is {Describe(value)}, but {promised.Type} is promised.";
            }
            else if (declared is not null && !declared.Type.IsInstanceOfType(value))
            {
                reason = $"The value of '{declared.Name}' is {Describe(value)}, but the source declares {declared.SourceType ?? declared.Type.Name}.";
            }

            if (reason is not null)
            {
                return new Reject(MigrationStage.Extract, ErrorCode.BadRecord, reason + " Correct it at the source, or read without validation.", record.GetPosition())
                {
                    Field = record.GetSchema().Fields[place].Name,
                    Value = value,
                    Record = record,
                    Rule = promised is null ? "declared" : "promised",
                };
            }
        }

        return null;
    }

    private (int Place, PromisedField? Promised, RecordField? Declared)[] RulesOf(RecordSchema schema)
    {
        if (_rules.TryGetValue(schema, out var rules))
            return rules;
        // A dump holds several tables, each with a schema of its own.
        var declared = _declared?.Name == schema.Name ? _declared : null;
        rules = [.. schema.Fields
            .Select(f => (
                f.Ordinal,
                Promised: Array.Find(_promised, p => p.Type is not null && schema.IndexOf(p.Name) == f.Ordinal),
                Declared: (declared?.IndexOf(f.Name) is >= 0 and var place ? declared.Fields[place] : f) is { } field && (field.Type != typeof(object) || !field.IsNullable) ? field : null))
            .Where(r => r.Promised is not null || r.Declared is not null)];
        _rules.Add(schema, rules);
        return rules;
    }

    private void CheckCount()
    {
        if (Metadata.SourceCount is not { } count)
        {
            Metadata.Checks.Add(new SourceCheck("RowCount", null, "The source does not count its records."));
            return;
        }

        Metadata.Checks.Add(new SourceCheck("RowCount", count == Source.Read, string.Create(CultureInfo.InvariantCulture, $"The source counts {count} records, {Source.Read} were read.")));
        if (count != Source.Read)
            throw Error(
                ErrorCode.SourceNotAsPromised, string.Create(CultureInfo.InvariantCulture, $"{Metadata.Name} counts {count} records itself, but {Source.Read} were read."),
                "Read it again; something changed it, or it is damaged.");
    }

    private void CheckChecksum()
    {
        var promised = _checksum is not null ? (_checksum, "given")
            : Metadata.Fingerprint is not null && Metadata.Files.Count == 0 && File.Exists(Metadata.Name) ? FileChecksum.FindBeside(Metadata.Name)
            : ((string Hash, string Where)?)null;
        if (promised is not var (hash, where))
        {
            Metadata.Checks.Add(new SourceCheck("Checksum", null, "No checksum was promised."));
            return;
        }

        var isRight = Metadata.Fingerprint == "sha256:" + hash;
        Metadata.Checks.Add(new SourceCheck("Checksum", isRight, $"Promised ({where}): sha256:{hash}."));
        if (!isRight)
            throw Error(
                ErrorCode.SourceNotAsPromised, $"{Metadata.Name} has the checksum {Metadata.Fingerprint ?? "(none)"}, but sha256:{hash} is promised ({where}).",
                "Fetch the file again; it is damaged, or another one.");
    }

    private static string Describe(object value) => value is string text
        ? $"the text '{(text.Length > 60 ? text[..60] + "…" : text)}'"
        : string.Create(CultureInfo.InvariantCulture, $"{value.GetType().Name} {(value is Array or System.Collections.IDictionary ? "" : value)}").TrimEnd();

    private static MigrationException Error(string code, string what, string remedy) => new(code, what, remedy) { Stage = MigrationStage.Extract };
}
