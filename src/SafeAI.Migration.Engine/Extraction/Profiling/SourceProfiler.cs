using System.Diagnostics;
using System.Globalization;

namespace SafeAI.Migration.Engine.Extraction.Profiling;

/// <summary>Reads a source to say what it is like before a migration. Memory does not grow with the records.</summary>
public static class SourceProfiler
{
    /// <summary>Reads all records, or the first of them.</summary>
    /// <param name="source">The source, not read yet; it stays open.</param>
    /// <param name="maxRecords">How many records are read at most; null for all.</param>
    /// <param name="cancellationToken">Stops the read.</param>
    /// <exception cref="MigrationException">The source cannot be read on.</exception>
    public static async Task<SourceProfile> ProfileAsync(IRecordSource source, long? maxRecords = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        if (maxRecords is { } most)
            ArgumentOutOfRangeException.ThrowIfLessThan(most, 1, nameof(maxRecords));
        var clock = Stopwatch.StartNew();
        var fields = new FieldSet();
        var isWhole = true;
        await foreach (var batch in source.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            foreach (var record in batch.Records)
                fields.Add(record);
            if (source.Source.Read >= maxRecords)
            {
                isWhole = false;
                break;
            }
        }

        var metadata = source.Metadata;
        var sampled = source.Source.Read;
        var profiles = fields.Profilers.Select(f => f.ToProfile()).ToList();
        return new SourceProfile
        {
            Name = metadata.Name,
            Format = metadata.Format,
            Records = isWhole ? sampled : Math.Max(metadata.EstimatedRecords ?? EstimateByBytes(metadata, sampled), sampled),
            IsExact = isWhole,
            Sampled = sampled,
            Rejected = source.Source.Rejected,
            Bytes = metadata.Bytes,
            Encoding = metadata.Encoding,
            Fields = profiles,
            Findings = Find(source, fields, profiles),
            ElapsedSeconds = clock.Elapsed.TotalSeconds,
        };
    }

    // A file that is not compressed says by its length how many more records there are of the size of those read.
    private static long EstimateByBytes(SourceMetadata metadata, long sampled) =>
        metadata is { Bytes: > 0 and var read, Compression: null, Files.Count: 0 } && File.Exists(metadata.Name) && metadata.Format is "csv" or "json" or "ndjson"
            ? (long)(sampled * ((double)new FileInfo(metadata.Name).Length / metadata.Bytes!.Value))
            : sampled;

    private static List<SourceFinding> Find(IRecordSource source, FieldSet fields, List<FieldProfile> profiles)
    {
        var findings = new List<SourceFinding>();
        var metadata = source.Metadata;
        if (source.Source.Rejected > 0)
            Add("RejectedRecords", FindingSeverity.Error, null, $"{source.Source.Rejected} of {source.Source.Read} records are not well-formed. Read the source to see each with its line and reason.");
        if (fields.Count == 0)
            Add("NoRecords", FindingSeverity.Warning, null, $"There are no records to load.");
        else if (metadata.Schema?.Key.Count is null or 0 && !profiles.Any(f => f.IsCandidateKey))
            Add("NoKey", FindingSeverity.Warning, null, $"No single field identifies a record. Make the id of several fields, or duplicates become one node.");
        if (metadata.Encoding?.Contains("guessed", StringComparison.Ordinal) == true || metadata.Encoding?.Contains("not valid", StringComparison.Ordinal) == true)
            Add("EncodingDoubt", FindingSeverity.Warning, null, $"The encoding is {metadata.Encoding}. Give it, so that letters are not changed.");
        for (var i = 0; i < profiles.Count; i++)
        {
            var (field, profiler) = (profiles[i], fields.Profilers[i]);
            if (field.Types.Count == 0 && fields.Count > 0)
                Add("AllNull", FindingSeverity.Information, field.Name, $"Every value is null. Leave the field out of the mapping.");
            if (field.Types.Count > 1)
                Add("MixedTypes", FindingSeverity.Warning, field.Name, $"The values are of several types: {string.Join(", ", field.Types)}. Convert them to one in the mapping.");
            if (profiler.Maps > 0)
                Add("NestedMap", FindingSeverity.Error, field.Name, $"{profiler.Maps} values are maps, which a graph does not store as a property. Map their parts, or turn them into JSON text.");
            if (profiler.MixedLists > 0)
                Add("MixedList", FindingSeverity.Warning, field.Name, $"{profiler.MixedLists} lists hold values of several types, null or other lists, which a graph does not store. Convert their values to one type in the mapping.");
            if (profiler.NotFinite > 0)
                Add("NotFinite", FindingSeverity.Error, field.Name, $"{profiler.NotFinite} values are not finite numbers, which the platform cannot store. Turn them into null or text in the mapping.");
            if (profiler.LargeNumbers > 0)
                Add("LargeNumber", FindingSeverity.Warning, field.Name, $"{profiler.LargeNumbers} whole numbers have more than 64 bits, which a graph does not store as a number. Make the field a text in the mapping.");
            if (NoteOf(metadata, field.Name) is { } note)
                Add("UnsupportedType", FindingSeverity.Information, field.Name, $"{field.SourceType}: {note}");
            if (profiler.LeadingZeros > 0)
                Add("LeadingZeros", FindingSeverity.Information, field.Name, $"{profiler.LeadingZeros} values begin with a zero that a number would lose. Keep the field a text.");
            if (field.Nulls > 0 && field.Empty > 0)
                Add("NullAndEmpty", FindingSeverity.Information, field.Name, $"{field.Nulls} values are null and {field.Empty} are empty texts. Decide in the mapping whether they mean the same.");
        }

        return findings;

        // What has no type of its own comes as text; the field's note says in which form.
        static string? NoteOf(SourceMetadata metadata, string name) =>
            metadata.Schema is { } schema && schema.IndexOf(name) is >= 0 and var place && schema.Fields[place] is { Note: { } note } field
                && (note.Contains("text", StringComparison.OrdinalIgnoreCase) || (metadata.Format == "postgresql" && !note.StartsWith("The query names", StringComparison.Ordinal) && (field.Type == typeof(string) || field.Type == typeof(string[]))))
                ? note : null;

        void Add(string key, FindingSeverity severity, string? field, FormattableString message) =>
            findings.Add(new SourceFinding(key, severity, field, message.ToString(CultureInfo.InvariantCulture)));
    }

    /// <summary>The profilers of all fields; schemas may change within a stream.</summary>
    private sealed class FieldSet
    {
        private readonly Dictionary<string, FieldProfiler> _byName = new(StringComparer.Ordinal);
        private readonly Dictionary<RecordSchema, FieldProfiler[]> _bySchema = new(ReferenceEqualityComparer.Instance);
        private RecordSchema? _schema;
        private FieldProfiler[] _current = [];
        private FieldProfiler[] _absent = [];

        public List<FieldProfiler> Profilers { get; } = [];

        public long Count { get; private set; }

        public void Add(Record record)
        {
            var schema = record.GetSchema();
            if (!ReferenceEquals(schema, _schema))
                Use(schema);
            for (var i = 0; i < _current.Length; i++)
                _current[i].Add(record.GetValue(i));
            foreach (var absent in _absent)
                absent.AddMissing(1);
            Count++;
        }

        private void Use(RecordSchema schema)
        {
            if (!_bySchema.TryGetValue(schema, out var profilers))
                _bySchema.Add(schema, profilers = [.. schema.Fields.Select(Get)]);
            _schema = schema;
            _current = profilers;
            _absent = [.. Profilers.Except(profilers)];
        }

        private FieldProfiler Get(RecordField field)
        {
            if (!_byName.TryGetValue(field.Name, out var profiler))
            {
                _byName.Add(field.Name, profiler = new FieldProfiler(field.Name));
                Profilers.Add(profiler);
                profiler.AddMissing(Count);
            }

            profiler.SourceType ??= field.SourceType;
            return profiler;
        }
    }
}
