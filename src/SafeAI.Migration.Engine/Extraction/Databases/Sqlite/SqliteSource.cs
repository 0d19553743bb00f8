using System.Globalization;
using System.Text;
using SQLitePCL;

namespace SafeAI.Migration.Engine.Extraction.Databases;

/// <summary>
/// Streams the rows of a table, view or query of a SQLite file. SQLite stores a type with every value, whatever the
/// column declares: each value arrives in the type in which it is stored. A row with a value that is stored otherwise
/// than its column declares gets a schema in which that field holds any type, and is counted in the notes.
/// </summary>
public sealed class SqliteSource : DatabaseSource
{
    private static readonly UTF8Encoding s_strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly SqliteFile _file;
    private readonly sqlite3_stmt _statement;
    private readonly Type[] _types;
    private readonly RecordSchema _schema;
    private readonly Lazy<RecordSchema> _wideSchema;
    private readonly long[] _odd;
    private readonly bool _isUtf8;
    private readonly bool _isTable;
    private readonly bool _countsRows;
    private readonly bool _isFromKey;
    private readonly SourcePosition? _start;
    // A copy, because the records themselves can be changed downstream.
    private readonly object?[] _lastKey;
    private long _lastOrdinal;

    private SqliteSource(string name, SqliteFile file, sqlite3_stmt statement, RecordSchema schema, long? estimate, SqliteSourceOptions options)
        : base(name, "sqlite", schema)
    {
        _file = file;
        _statement = statement;
        _schema = schema;
        _types = [.. schema.Fields.Select(f => f.Type)];
        _odd = new long[_types.Length];
        _wideSchema = new(() => new RecordSchema(
            schema.Name, schema.Fields.Select(f => new RecordField(f.Name, typeof(object), f.SourceType, f.IsNullable, f.Note)), schema.Key.Select(k => k.Name)));
        file.Query("PRAGMA encoding", row => Metadata.Encoding = raw.sqlite3_column_text(row, 0).utf8_to_string().ToLowerInvariant());
        _isUtf8 = Metadata.Encoding == "utf-8";
        Metadata.EstimatedRecords = estimate;
        Source.EstimatedRecords = estimate;
        Source.Fingerprint = Metadata.QuickFingerprint = Extraction.QuickFingerprint.OfText(
            [Extraction.QuickFingerprint.OfFile(file.Path), Extraction.QuickFingerprint.OfLog(file.Path + "-wal"), options.Table, options.Query, .. options.Parameters.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => $"{p.Key}={p.Value}")]);
        _isTable = options.Table is not null;
        _countsRows = options.CountRows;
        _isFromKey = options.FirstKey is not null;
        _start = options.StartAfter;
        _lastKey = new object?[schema.Key.Count];
        Metadata.Bytes = new FileInfo(file.Path).Length;
    }

    /// <summary>Opens a file and learns the columns; reads no row yet.</summary>
    /// <exception cref="MigrationException">
    /// <see cref="ErrorCode.InvalidOptions"/>, <see cref="ErrorCode.SourceNotFound"/>, <see cref="ErrorCode.SourceUnreadable"/> or <see cref="ErrorCode.InvalidQuery"/>.
    /// </exception>
    public static SqliteSource Open(SqliteSourceOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (string.IsNullOrWhiteSpace(options.Table) == string.IsNullOrWhiteSpace(options.Query))
        {
            throw SqliteFile.Error(
                ErrorCode.InvalidOptions, options.Table is null ? "Neither a table nor a query is given." : "Both a table and a query are given.", "Give one of them.");
        }

        var file = SqliteFile.Open(options.Path);
        try
        {
            return options.Table is null ? OpenQuery(file, options) : OpenTable(file, options);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Whether a file is a SQLite database, told from its first bytes.</summary>
    public static bool IsSqliteFile(string path)
    {
        ReadOnlySpan<byte> mark = "SQLite format 3\0"u8;
        try
        {
            using var file = new FileStream(System.IO.Path.GetFullPath(path), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            Span<byte> head = stackalloc byte[mark.Length];
            return file.CanSeek && file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false) == head.Length && head.SequenceEqual(mark);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Whoever opens it says why it cannot be.
            return false;
        }
    }

    /// <inheritdoc/>
    private protected override async Task ReadRowsAsync(BatchCollector batch, CancellationToken cancellationToken)
    {
        // A sort or a count can take long before its first row comes.
        raw.sqlite3_progress_handler(_file.Handle, 10_000, _ => cancellationToken.IsCancellationRequested ? 1 : 0, null);
        if (_countsRows)
            Count(cancellationToken);
        if (_isTable)
            batch.Position = PositionNow;
        var isSought = _start?.Key is not null;
        for (var ordinal = isSought ? _start!.Ordinal + 1 : 1; _file.Step(_statement, cancellationToken); ordinal++)
        {
            if (!isSought && ordinal <= (_start?.Ordinal ?? 0))
                continue;
            _lastOrdinal = ordinal;
            if (ReadRow(ordinal, out var reject) is { } record)
                batch.Add(record);
            else
                batch.Add(reject!);
            for (var i = 0; i < _lastKey.Length; i++)
                _lastKey[i] = ReadKeyValue(_schema.Key[i].Ordinal);
            if (batch.IsFull)
                await batch.FlushAsync(cancellationToken).ConfigureAwait(false);
        }

        _file.CheckUnchanged();
    }

    /// <inheritdoc/>
    private protected override ValueTask CloseAsync()
    {
        raw.sqlite3_finalize(_statement);
        _file.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    private protected override void AddClosingNotes()
    {
        for (var i = 0; i < _odd.Length; i++)
        {
            var field = _schema.Fields[i];
            if (_odd[i] > 0)
                Metadata.Notes.Add(string.Create(CultureInfo.InvariantCulture, $"{field.Name} ({field.SourceType}): {_odd[i]} of the values are stored in another type than the column declares, and came as they are stored."));
        }
    }

    private static SqliteSource OpenTable(SqliteFile file, SqliteSourceOptions options)
    {
        var table = SqliteCatalog.Find(file, options.Table!);
        var key = string.Join(", ", table.PrimaryKey.Select(SqliteCatalog.Quote));
        var text = $"SELECT {string.Join(", ", table.Columns.Select(c => SqliteCatalog.Quote(c.Name)))} FROM {SqliteCatalog.Quote(table.Name)}";
        if (options.FirstKey is { } first)
        {
            if (first.Count != table.PrimaryKey.Count)
            {
                throw SqliteFile.Error(
                    ErrorCode.InvalidOptions,
                    string.Create(CultureInfo.InvariantCulture, $"The primary key of '{table}' has {table.PrimaryKey.Count} columns, but {first.Count} values are given."),
                    "Give one value per key column.");
            }

            text += $" WHERE ({key}) > ({string.Join(", ", first.Select((_, i) => string.Create(CultureInfo.InvariantCulture, $"?{i + 1}")))})";
        }

        if (table.PrimaryKey.Count > 0)
            text += $" ORDER BY {key}";
        var statement = file.Prepare(text, isOwn: true);
        for (var i = 0; i < (options.FirstKey?.Count ?? 0); i++)
            Bind(statement, i + 1, options.FirstKey![i], "the key");
        var fields = table.Columns.Select(c => new RecordField(c.Name, c.Type, c.SourceType, c.IsNullable));
        return new SqliteSource($"{options.Path} {table.Name}", file, statement, new RecordSchema(table.Name, fields, table.PrimaryKey), table.EstimatedRows, options);
    }

    private static SqliteSource OpenQuery(SqliteFile file, SqliteSourceOptions options)
    {
        var statement = file.Prepare(options.Query!, isOwn: false);
        var given = options.Parameters.ToDictionary(p => p.Key.TrimStart('@', ':', '$'), p => p.Value, StringComparer.Ordinal);
        for (var i = 1; i <= raw.sqlite3_bind_parameter_count(statement); i++)
        {
            var name = raw.sqlite3_bind_parameter_name(statement, i).utf8_to_string() ?? "?";
            if (!given.TryGetValue(name[1..], out var value))
            {
                raw.sqlite3_finalize(statement);
                throw SqliteFile.Error(ErrorCode.InvalidOptions, $"The query's parameter '{name}' has no value.", "Give a value for each parameter, by name.");
            }

            Bind(statement, i, value, $"the parameter '{name}'");
        }

        var fields = new List<RecordField>();
        var names = UniqueNames.Of([.. Enumerable.Range(0, raw.sqlite3_column_count(statement)).Select(i => raw.sqlite3_column_name(statement, i).utf8_to_string())]);
        for (var i = 0; i < names.Length; i++)
        {
            var declared = raw.sqlite3_column_decltype(statement, i).utf8_to_string() ?? "";
            var name = raw.sqlite3_column_name(statement, i).utf8_to_string();
            fields.Add(new RecordField(names[i], SqliteCatalog.TypeOf(declared), declared, note: names[i] == name ? null : $"The query names this column '{name}' too."));
        }

        return new SqliteSource($"{options.Path} query", file, statement, new RecordSchema("query", fields), estimate: null, options);
    }

    private static void Bind(sqlite3_stmt statement, int index, object? value, string what)
    {
        _ = value switch
        {
            null or DBNull => raw.sqlite3_bind_null(statement, index),
            bool b => raw.sqlite3_bind_int(statement, index, b ? 1 : 0),
            byte or sbyte or short or ushort or int or uint or long => raw.sqlite3_bind_int64(statement, index, Convert.ToInt64(value, CultureInfo.InvariantCulture)),
            float or double => raw.sqlite3_bind_double(statement, index, Convert.ToDouble(value, CultureInfo.InvariantCulture)),
            string s => raw.sqlite3_bind_text(statement, index, s),
            byte[] bytes => raw.sqlite3_bind_blob(statement, index, bytes),
            _ => throw SqliteFile.Error(ErrorCode.InvalidOptions, $"SQLite has no type for the {value.GetType().Name} of {what}.", "Give a number, a text, bytes, true or false, or null."),
        };
    }

    private Record? ReadRow(long ordinal, out Reject? reject)
    {
        reject = null;
        var values = new object?[_types.Length];
        var odd = false;
        for (var i = 0; i < values.Length; i++)
        {
            switch (raw.sqlite3_column_type(_statement, i))
            {
                case raw.SQLITE_NULL:
                    continue;
                case raw.SQLITE_INTEGER:
                    values[i] = raw.sqlite3_column_int64(_statement, i);
                    break;
                case raw.SQLITE_FLOAT:
                    values[i] = raw.sqlite3_column_double(_statement, i);
                    break;
                case raw.SQLITE_TEXT:
                    if (!TryReadText(i, out var text, out var cause))
                    {
                        var bytes = raw.sqlite3_column_blob(_statement, i).ToArray();
                        reject = new Reject(
                            MigrationStage.Extract, ErrorCode.BadRecord, $"The text is not valid {Metadata.Encoding}. Cast the column to BLOB in a query to get its bytes.", new RecordPosition(Source.Name, ordinal))
                        {
                            Field = _schema.Fields[i].Name,
                            Value = bytes,
                            RawText = Encoding.Latin1.GetString(bytes),
                            Exception = cause,
                        };
                        return null;
                    }

                    values[i] = text;
                    break;
                default:
                    values[i] = raw.sqlite3_column_blob(_statement, i).ToArray();
                    break;
            }

            if (_types[i] != typeof(object) && values[i]!.GetType() != _types[i])
            {
                _odd[i]++;
                odd = true;
            }
        }

        return (odd ? _wideSchema.Value : _schema).CreateRecord(values, Source, ordinal);
    }

    // One transaction sees one moment; the end of the connection ends it.
    private void Count(CancellationToken cancellationToken)
    {
        _file.Query("BEGIN", _ => { });
        var count = 0L;
        if (_isTable && !_isFromKey)
        {
            _file.Query($"SELECT count(*) FROM {SqliteCatalog.Quote(_schema.Name)}", row => count = raw.sqlite3_column_int64(row, 0));
        }
        else
        {
            while (_file.Step(_statement, cancellationToken))
                count++;
            raw.sqlite3_reset(_statement);
        }

        Metadata.SourceCount = Math.Max(0, count - (_start is { Key: null } ? _start.Ordinal : 0));
    }

    private SourcePosition? PositionNow() =>
        _lastKey.Length == 0 ? new SourcePosition { Ordinal = _lastOrdinal }
        // SQLite lets the parts of a key be null, and nothing comes after null.
        : Array.Exists(_lastKey, v => v is null) ? null
        : new SourcePosition { Ordinal = _lastOrdinal, Key = (object?[])_lastKey.Clone() };

    private object? ReadKeyValue(int column) => raw.sqlite3_column_type(_statement, column) switch
    {
        raw.SQLITE_NULL => null,
        raw.SQLITE_INTEGER => raw.sqlite3_column_int64(_statement, column),
        raw.SQLITE_FLOAT => raw.sqlite3_column_double(_statement, column),
        // A key that is no text cannot be compared as one.
        raw.SQLITE_TEXT => TryReadText(column, out var text, out _) ? text : null,
        _ => raw.sqlite3_column_blob(_statement, column).ToArray(),
    };

    private bool TryReadText(int column, out string text, out Exception? cause)
    {
        // Asking for the text first turns UTF-16 into UTF-8 in place; the bytes are then whole, with any zero in them.
        if (!_isUtf8)
            raw.sqlite3_column_text(_statement, column);
        try
        {
            text = s_strict.GetString(raw.sqlite3_column_blob(_statement, column));
            cause = null;
            return true;
        }
        catch (DecoderFallbackException e)
        {
            text = "";
            cause = e;
            return false;
        }
    }
}
