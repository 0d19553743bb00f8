using SafeAI.Migration.Engine.Extraction.Files;

namespace SafeAI.Migration.Engine.Export;

/// <summary>
/// Writes records to a file, which has its old content until the export is complete, and is never half written. It is
/// readable by its owner only, unless it takes the place of one with other permissions.
/// </summary>
public sealed class FileExport : RecordExport
{
    private readonly FileExportOptions _options;
    private readonly FileFormat _format;
    private readonly RecordFormatter _formatter;
    private readonly ExportStream _stream;
    private readonly ExportStream? _schema;
    private readonly char _delimiter;

    /// <summary>Prepares the file.</summary>
    /// <param name="options">Which file, and how it is written.</param>
    /// <param name="onReject">Receives the records that cannot be written; null for nobody.</param>
    /// <exception cref="MigrationException">
    /// <see cref="ErrorCode.ExportFailed"/>: it exists or cannot be written. <see cref="ErrorCode.UnknownFormat"/>: its ending says no format.
    /// <see cref="ErrorCode.InvalidOptions"/>: the options contradict each other.
    /// </exception>
    public FileExport(FileExportOptions options, Action<Reject>? onReject = null)
        : base(onReject)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentException.ThrowIfNullOrEmpty(options.Path);
        _options = options;
        var ending = Ending(options.Path);
        _format = options.Format ?? FormatOf(ending) ?? throw new MigrationException(
            ErrorCode.UnknownFormat, $"The ending of '{options.Path}' does not say a format.", "Give the format: csv, json, ndjson or sql.") { Stage = MigrationStage.Load };
        _delimiter = options.Delimiter ?? (ending == ".tsv" ? '\t' : ',');
        if (!char.IsAscii(_delimiter) || _delimiter is '"' or '\r' or '\n' or '\0')
            throw Invalid($"'{_delimiter}' cannot stand between fields.", "Use an ASCII character other than a quote or line break.");
        if (options is { Append: true, Force: true })
            throw Invalid("A file is either replaced or added to.", "Leave out one of Force and Append.");
        if (options.Append && _format == FileFormat.Json)
            throw Invalid("A JSON document cannot be added to.", "Use NDJSON.");
        if (options is { SqlStyle: SqlStyle.Copy, Dialect: not (null or SqlDialect.PostgreSql) })
            throw Invalid("COPY is of PostgreSQL only.", "Write INSERT statements for other databases.");
        _formatter = _format switch
        {
            FileFormat.Csv => new CsvFormatter(_delimiter, options.GuardsFormulas),
            FileFormat.SqlDump => new SqlFormatter(options.SqlStyle, options.Table, options.Dialect ?? SqlDialect.PostgreSql),
            _ => new JsonFormatter(_format == FileFormat.NdJson),
        };
        _stream = new ExportStream(options.Path, options.Force, options.Append);
        try
        {
            _schema = options.SchemaPath is null ? null : new ExportStream(options.SchemaPath, options.Force || options.Append, append: false);
        }
        catch
        {
            _stream.Dispose();
            throw;
        }
    }

    private protected override bool IsOpen => !_formatter.HasFixedColumns;

    private protected override bool KeepsZones => _format != FileFormat.SqlDump;

    private protected override void Begin(ColumnPlan plan, CancellationToken cancellationToken)
    {
        plan.ChecksTypes = _schema is not null;
        var isContinued = _options.Append && _stream.Exists && new FileInfo(_options.Path).Length > 0;
        if (isContinued && _format == FileFormat.Csv)
            CheckHeader(plan, cancellationToken);
        if (isContinued && !ExportStream.IsCompressed(_options.Path) && !EndsLine())
            Output.Add((byte)'\n');
        _formatter.Begin(Output, plan, isContinued);
    }

    private protected override void WriteRow(ColumnPlan plan, object?[] row, Record record) => _formatter.Write(Output, plan, row, record);

    private protected override void Flush(CancellationToken cancellationToken)
    {
        try
        {
            Output.WriteTo(_stream.Content);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw ExportStream.Fail($"The file '{Path.GetFullPath(_options.Path)}' cannot be written: {e.Message}", "Check the space and the permissions.", e);
        }
    }

    private protected override ExportResult Finish(CancellationToken cancellationToken)
    {
        _formatter.End(Output);
        Flush(cancellationToken);
        var file = new SchemaFile(Plan!.Name, Plan.Columns, Plan.Key, _format == FileFormat.Csv ? _delimiter : null, _format == FileFormat.Csv && _options.GuardsFormulas);
        _schema?.Content.Write(file.ToJson());
        _stream.Complete();
        _schema?.Complete();
        var mixed = Plan.Columns.Where(c => c.Type == typeof(object)).Select(c => $"'{c.Name}'").ToList();
        return new ExportResult
        {
            Target = Path.GetFullPath(_options.Path),
            Format = _format == FileFormat.SqlDump ? "sql" : _format.ToString().ToLowerInvariant(),
            Bytes = _stream.Length,
            Guarded = _formatter.Guarded,
            SchemaPath = _options.SchemaPath is null ? null : Path.GetFullPath(_options.SchemaPath),
            Notes = mixed.Count > 0 && _formatter.HasFixedColumns ? [$"The values of {string.Join(", ", mixed)} are of several types, or lists and maps, and are written as JSON."] : [],
        };
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (!disposing)
            return;
        _stream.Dispose();
        _schema?.Dispose();
    }

    private static string Ending(string path) =>
        Path.GetExtension(ExportStream.IsCompressed(path) ? Path.GetFileNameWithoutExtension(path) : path).ToLowerInvariant();

    private static FileFormat? FormatOf(string ending) => ending switch
    {
        ".csv" or ".tsv" or ".txt" => FileFormat.Csv,
        ".json" => FileFormat.Json,
        ".ndjson" or ".jsonl" => FileFormat.NdJson,
        ".sql" => FileFormat.SqlDump,
        _ => null,
    };

    private static MigrationException Invalid(string what, string remedy) => new(ErrorCode.InvalidOptions, what, remedy) { Stage = MigrationStage.Load };

    /// <summary>Rows can be added only where the columns are the same.</summary>
    private void CheckHeader(ColumnPlan plan, CancellationToken cancellationToken)
    {
        var there = Task.Run(
            async () =>
            {
                var source = FileSources.Open(new FileSourceOptions { Path = _options.Path, Format = FileFormat.Csv, Csv = new CsvOptions { Delimiter = _delimiter } });
                await using (source.ConfigureAwait(false))
                {
                    await foreach (var batch in source.ReadAsync(cancellationToken).ConfigureAwait(false))
                        break;
                    return source.Metadata.Schema?.Fields.Select(f => f.Name).ToArray() ?? [];
                }
            },
            cancellationToken).GetAwaiter().GetResult();
        var here = plan.Columns.Select(c => _options.GuardsFormulas ? FormulaGuard.Guard(c.Name) : c.Name).ToArray();
        if (!there.SequenceEqual(here))
            throw ExportStream.Fail($"The file '{Path.GetFullPath(_options.Path)}' has the columns {string.Join(", ", there)}, and the records have {string.Join(", ", here)}.", "Select the same fields in the same order, or write another file.");
    }

    private bool EndsLine()
    {
        using var file = new FileStream(_options.Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        file.Seek(-1, SeekOrigin.End);
        return file.ReadByte() == '\n';
    }
}
