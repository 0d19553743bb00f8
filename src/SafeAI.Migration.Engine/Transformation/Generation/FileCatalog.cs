using SafeAI.Migration.Engine.Extraction;
using SafeAI.Migration.Engine.Extraction.Databases;
using SafeAI.Migration.Engine.Extraction.Files;
using SafeAI.Migration.Engine.Extraction.Profiling;

namespace SafeAI.Migration.Engine.Transformation;

/// <summary>
/// A catalogue of files: of an SQLite file and of a dump their own, of CSV and JSON files what their records show. Types, keys and
/// references are then taken only where every record bears them out.
/// </summary>
public static class FileCatalog
{
    /// <summary>Reads the files whole, those without a catalogue of their own up to four times. Memory does not grow with the records.</summary>
    /// <param name="paths">Files, folders, or patterns with <c>*</c> and <c>?</c>.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    /// <exception cref="MigrationException">A file cannot be read.</exception>
    public static async Task<DatabaseCatalog> ReadAsync(IReadOnlyList<string> paths, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(paths);
        ArgumentOutOfRangeException.ThrowIfZero(paths.Count, nameof(paths));
        var tables = new List<CatalogTable>();
        var files = new List<TableFile>();
        var notes = new List<string>();
        foreach (var path in paths.SelectMany(p => FileSet.Find(p)?.Files ?? [p]))
        {
            if (SqliteSource.IsSqliteFile(path))
            {
                Include(SqliteCatalog.Read(path, findsNullKeys: true));
                continue;
            }

            var source = FileSources.Open(new FileSourceOptions { Path = path, Fingerprint = false });
            await using (source.ConfigureAwait(false))
            {
                var profile = await SourceProfiler.ProfileAsync(source, null, cancellationToken).ConfigureAwait(false);
                if (source.Metadata.Catalog is { } catalog)
                    Include(await NullKeys.FindAsync(path, catalog with { Tables = [.. catalog.Tables.Select(t => t with { File = path })] }, cancellationToken).ConfigureAwait(false));
                else if (source.Metadata.Schema is { } schema && profile.Fields.Count > 0)
                    files.Add(new TableFile(path, schema.Name, profile));
                else
                    notes.Add($"The file '{path}' has no records, so that nothing is known of its fields; it is left out.");
                if (profile.Rejected > 0)
                    notes.Add($"{profile.Rejected} records of '{path}' are not well-formed.");
            }
        }

        foreach (var file in files)
            await file.CheckAsync(files, cancellationToken).ConfigureAwait(false);
        foreach (var file in files)
            await file.FindReferencesAsync(files, notes, cancellationToken).ConfigureAwait(false);
        foreach (var file in files)
            await file.FindSharedKeyAsync(cancellationToken).ConfigureAwait(false);
        foreach (var file in files)
        {
            tables.Add(file.ToTable());
            file.Dispose();
        }

        var name = paths.Count == 1 ? paths[0] : $"{paths[0]} and others";
        var ordered = DatabaseCatalog.InLoadingOrder(name, tables);
        return ordered with { Notes = [.. notes, .. ordered.Notes] };

        void Include(DatabaseCatalog catalog)
        {
            tables.AddRange(catalog.Tables);
            notes.AddRange(catalog.Notes.Where(n => !n.Contains("circle", StringComparison.Ordinal)));
        }
    }
}

/// <summary>A file as a table: its key and its columns' types as its records bear them out.</summary>
internal sealed class TableFile(string path, string name, SourceProfile profile) : IDisposable
{
    private readonly Dictionary<string, Type> _types = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _sourceTypes = new(StringComparer.Ordinal);
    private readonly List<CatalogForeignKey> _references = [];
    private readonly KeyTable _keys = new(KeyTable.DefaultMemoryLimit);

    public string Name => name;

    /// <summary>The field that tells the records apart; null where there is none.</summary>
    public string? Key { get; private set; }

    /// <summary>The references that tell the records apart together, where no field alone does.</summary>
    private IReadOnlyList<string> SharedKey { get; set; } = [];

    /// <summary>Reads the file again, to see whether the types and the key that it seems to have hold for every record.</summary>
    public async Task CheckAsync(IReadOnlyList<TableFile> files, CancellationToken cancellationToken)
    {
        foreach (var field in profile.Fields)
            Guess(field);
        var tests = profile.Fields.Where(f => f.Empty == 0).ToDictionary(f => f.Name, f => Candidates(f.SuggestedType).Select(c => (c.Type, Converter.Create(new ConversionMapping { Type = c.Conversion }))).ToList(), StringComparer.Ordinal);
        var key = ChooseKey(files);
        var evaluation = new Evaluation();
        await EachAsync(record =>
        {
            foreach (var (field, candidates) in tests)
            {
                if (candidates.Count == 0 || Get(record, field) is not { } value)
                    continue;
                candidates.RemoveAll(c =>
                {
                    evaluation.Clear();
                    c.Item2(value, evaluation);
                    return evaluation.Failed | evaluation.TakeLoss();
                });
            }

            if (key is not null && _keys.GetOrAdd(KeyOf(Get(record, key)), []) is not null)
                key = null;
        }, cancellationToken).ConfigureAwait(false);
        Key = key;
        foreach (var (field, candidates) in tests)
        {
            if (candidates.Count > 0)
                _types[field] = candidates[0].Type;
        }
    }

    /// <summary>Finds the fields that refer to another file's key: by their names, and by every value being there.</summary>
    public async Task FindReferencesAsync(IReadOnlyList<TableFile> files, List<string> notes, CancellationToken cancellationToken)
    {
        var open = new List<(string Field, TableFile Target)>();
        foreach (var field in profile.Fields)
        {
            if (field.Name == Key)
                continue;
            if (files.FirstOrDefault(f => f.Key is not null && Means(field.Name, f)) is { } target)
                open.Add((field.Name, target));
        }

        if (open.Count == 0)
            return;
        var missing = new Dictionary<string, long>(StringComparer.Ordinal);
        await EachAsync(record =>
        {
            foreach (var (field, target) in open)
            {
                if (Get(record, field) is { } value and not "" && target._keys.Find(KeyOf(value)) is null)
                    missing[field] = missing.GetValueOrDefault(field) + 1;
            }
        }, cancellationToken).ConfigureAwait(false);
        foreach (var (field, target) in open)
        {
            if (missing.TryGetValue(field, out var count))
            {
                // A field with the bare name of a file may as well hold something else of it.
                if (IsCalled(field, target))
                    continue;
                notes.Add($"The field '{field}' of '{name}' looks like a reference to '{target.Name}', but {count} of its values are not there; it makes no relationship.");
            }
            else
            {
                _references.Add(new CatalogForeignKey("", [field], null, target.Name, [target.Key!]));
            }
        }
    }

    /// <summary>Reads a file that joins others once more, to see whether its references tell its records apart.</summary>
    public async Task FindSharedKeyAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<string> fields = [.. _references.Select(r => r.Columns[0])];
        if (Key is not null || fields.Count < 2 || profile.Fields.Any(f => fields.Contains(f.Name) && f.Nulls + f.Empty > 0))
            return;
        using var keys = new KeyTable(KeyTable.DefaultMemoryLimit);
        var isKey = true;
        await EachAsync(record => isKey &= keys.GetOrAdd(KeyTable.KeyOf([.. fields.Select(f => GraphText.Format(Get(record, f)))]), []) is null, cancellationToken).ConfigureAwait(false);
        if (isKey)
            SharedKey = fields;
    }

    public CatalogTable ToTable() => new(null, name, [.. profile.Fields.Select(f => new CatalogColumn(f.Name, _sourceTypes.GetValueOrDefault(f.Name, ""), _types[f.Name], f.Nulls + f.Empty > 0))])
    {
        PrimaryKey = Key is null ? SharedKey : [Key],
        ForeignKeys = _references,
        EstimatedRows = profile.Records,
    };

    public void Dispose() => _keys.Dispose();

    private static UInt128 KeyOf(object? value) => KeyTable.KeyOf([GraphText.Format(value)]);

    private static object? Get(Record record, string field)
    {
        var index = record.GetSchema().IndexOf(field);
        return index < 0 ? null : record.GetValue(index);
    }

    /// <summary>A type that holds all values of the field as they come.</summary>
    private void Guess(FieldProfile field)
    {
        var type = field.Types.Count == 1 ? Type.GetType("System." + field.Types[0]) ?? typeof(object) : field.Types.Count == 0 ? typeof(string) : typeof(object);
        if (type == typeof(object) && field.Types.Any(t => t.EndsWith("[]", StringComparison.Ordinal) || t.StartsWith("Dictionary", StringComparison.Ordinal)))
            _sourceTypes[field.Name] = "json";
        if (type.IsArray && type != typeof(byte[]))
            (_sourceTypes[field.Name], type) = ("json", typeof(object));
        _types[field.Name] = type;
    }

    /// <summary>What texts that look like a type may be converted to, the best first.</summary>
    internal static (ConversionType Conversion, Type Type)[] Candidates(string? suggested) => suggested switch
    {
        "integer" => [(ConversionType.Integer, typeof(long))],
        // Numbers with many digits stay texts, which hold them exactly.
        "number" => [(ConversionType.Decimal, typeof(double))],
        "boolean" => [(ConversionType.Boolean, typeof(bool))],
        "date" => [(ConversionType.Date, typeof(DateOnly))],
        "datetime" => [(ConversionType.DateTime, typeof(DateTimeOffset)), (ConversionType.LocalDateTime, typeof(DateTime))],
        _ => [],
    };

    /// <summary>A field that is called like a key, or else the first field where it may be one.</summary>
    private string? ChooseKey(IReadOnlyList<TableFile> files)
    {
        // A field that is called after another file refers to it, though no value may occur twice.
        var candidates = profile.Fields
            .Where(f => f.IsCandidateKey && _sourceTypes.GetValueOrDefault(f.Name) != "json" && !files.Any(o => o != this && IsCalledAfter(f.Name, o.Name)))
            .Select(f => f.Name).ToList();
        return candidates.Find(c => c.Equals("id", StringComparison.OrdinalIgnoreCase))
            ?? candidates.Find(c => Named(c, name, "id"))
            ?? candidates.Find(c => Words(c) is [.., "id" or "key" or "code" or "number" or "no" or "nr"])
            ?? candidates.Find(c => c == profile.Fields[0].Name);
    }

    private static bool IsCalledAfter(string field, string table)
    {
        var prefix = string.Join('_', Words(table));
        var start = string.Join('_', Words(field).SkipLast(1));
        var whole = string.Join('_', Words(field));
        return (start.Length > 0 && (start == prefix || start == Singular(prefix))) || whole == prefix || whole == Singular(prefix);
    }

    private static bool IsCalled(string field, TableFile file) =>
        string.Join('_', Words(file.Name)) is var prefix && string.Join('_', Words(field)) is var words && (words == prefix || words == Singular(prefix));

    /// <summary>
    /// Whether a field's name says that it refers to a file's key: <c>customer_id</c> to <c>id</c> or <c>customer_id</c> of <c>customers</c>,
    /// and <c>customer</c> to whatever is its key.
    /// </summary>
    private static bool Means(string field, TableFile file) => IsCalled(field, file) || (
        Words(file.Key!) is [var only]
            ? Named(field, file.Name, only)
            : string.Join('_', Words(field)) == string.Join('_', Words(file.Key!)));

    private static bool Named(string field, string table, string key)
    {
        var prefix = string.Join('_', Words(table));
        var words = string.Join('_', Words(field));
        return words == $"{prefix}_{key}" || words == $"{Singular(prefix)}_{key}";
    }

    private static string Singular(string name) =>
        name.EndsWith("ies", StringComparison.Ordinal) ? name[..^3] + "y"
        : name.EndsWith("sses", StringComparison.Ordinal) || name.EndsWith("xes", StringComparison.Ordinal) ? name[..^2]
        : name.EndsWith('s') ? name[..^1]
        : name;

    private static string[] Words(string text) => GraphNames.Prefix(text).Split('_', StringSplitOptions.RemoveEmptyEntries);

    private async Task EachAsync(Action<Record> look, CancellationToken cancellationToken)
    {
        var source = FileSources.Open(new FileSourceOptions { Path = path, Fingerprint = false });
        await using (source.ConfigureAwait(false))
        {
            await foreach (var batch in source.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                foreach (var record in batch.Records)
                    look(record);
            }
        }
    }
}
