using System.Globalization;
using System.Text;
using SafeAI.Migration.Engine.Extraction.Files.Text;

namespace SafeAI.Migration.Engine.Extraction.Files.Sql;

/// <summary>Reads the rows in a dump of a database, without a server: COPY blocks and INSERT statements.</summary>
internal sealed class SqlDumpRecordSource : FileRecordSource
{
    private readonly SqlDialect _dialect;
    private readonly string? _wanted;
    private readonly Utf8Stream _text;
    private readonly SqlScanner _scanner;
    private readonly SqlTables _tables;
    private readonly SqlStatements _statements;
    private readonly SqlValues _values;
    private readonly HashSet<SqlName> _seen = [];
    private readonly bool _hasClosingComment;
    private byte[] _scratch = new byte[4096];
    private SqlTable? _table;
    private int[] _places = [];
    private long _tableLine;
    private bool _isInCopy;
    private bool _isSkipped;
    private bool _isStarted;

    public SqlDumpRecordSource(SourceFile file, FileSourceOptions options)
        : base(file, options, "sql")
    {
        var head = file.Head.Span;
        _dialect = options.Sql.Dialect ?? SqlDialects.Tell(head);
        if (_dialect == SqlDialect.SqlServer)
            throw new MigrationException(ErrorCode.InvalidOptions, "SQL of Microsoft SQL Server is written, but not read.", "Read the database itself, or export its tables as CSV.") { Stage = MigrationStage.Extract };
        _wanted = options.Sql.Table;
        _hasClosingComment = SqlDialects.EndsWithComment(head, _dialect);
        // A dump may hold raw bytes, so its encoding cannot be told from them: it says it itself.
        _text = new Utf8Stream(file, options.Encoding ?? (EncodingDetector.Detect(head).PreambleLength > 0 ? null : StatedEncoding(head)));
        _scanner = new SqlScanner(_text, _dialect, options.Sql.MaxValueSize);
        _tables = new SqlTables(_dialect);
        _statements = new SqlStatements(_scanner, _tables, _dialect);
        _values = new SqlValues(_scanner, _dialect);
        Metadata.Encoding = _text.Encoding.ToString();
    }

    private string StatedEncoding(ReadOnlySpan<byte> head)
    {
        var (stated, name) = SqlDialects.EncodingOf(head, _dialect);
        try
        {
            _ = EncodingDetector.ByName(name);
            return name;
        }
        catch (ArgumentException)
        {
            throw new MigrationException(ErrorCode.SourceUnreadable, $"The dump '{Source.Name}' says that its encoding is '{stated}', which is not known.", "Make the dump in UTF-8, or give the encoding.")
            { Stage = MigrationStage.Extract };
        }
    }

    protected override bool ReadBatch(BatchBuilder batch)
    {
        if (!_isStarted)
            batch.Notes.Add($"It is read as a dump of {SqlDialects.NameOf(_dialect)}.");
        _isStarted = true;
        try
        {
            while (!batch.IsFull)
            {
                if (_table is null && !NextRows())
                {
                    Finish(batch);
                    return false;
                }

                if (_isInCopy)
                    ReadCopyLine(batch);
                else if (_table is not null)
                    ReadInsertRow(batch);
            }

            return true;
        }
        catch (SqlEndException)
        {
            throw new MigrationException(
                ErrorCode.SourceUnreadable,
                string.Create(CultureInfo.InvariantCulture, $"{new RecordPosition(Source.Name, 0, _tableLine)}: {(_table is null ? "A statement" : $"The data of table '{_table.Name}'")} that begins here does not end well: the dump is cut off or damaged."),
                "Make the dump again, and check that the program ended without an error.")
            { Stage = MigrationStage.Extract, Position = new RecordPosition(Source.Name, 0, _tableLine) };
        }
    }

    protected override void Dispose()
    {
        _text.Dispose();
        base.Dispose();
    }

    /// <summary>Goes to the next rows.</summary>
    /// <returns>Whether there are any.</returns>
    private bool NextRows()
    {
        while (_table is null && _scanner.Next() != SqlTokenKind.End)
        {
            _tableLine = _scanner.Line;
            if (_scanner.IsWord("CREATE"u8))
                _statements.Create();
            else if (_scanner.IsWord("ALTER"u8))
                _statements.Alter();
            else if (_scanner.IsWord("COPY"u8) && _dialect == SqlDialect.PostgreSql)
                BeginCopy();
            else if (_scanner.IsWord("INSERT"u8) || _scanner.IsWord("REPLACE"u8))
                BeginInsert();
            else if (_scanner.IsWord("DELIMITER"u8) && _dialect == SqlDialect.MySql)
                PassDelimiter();
            else if (_scanner.IsSymbol('\\'))
                _scanner.NextLine(out _);
            else if (_scanner.IsWord("BEGIN"u8))
                // A transaction, not a block.
                _scanner.Next();
            else if (!_scanner.IsSymbol(';'))
                _statements.Skip();
        }

        return _table is not null;
    }

    private void BeginCopy()
    {
        _scanner.Next();
        var name = _statements.ReadName();
        var columns = _scanner.IsSymbol('(') ? _statements.ReadNames() : null;
        while (!_scanner.IsSymbol(';') && _scanner.Kind != SqlTokenKind.End)
            _scanner.Next();
        _scanner.NextLine(out _);
        _isInCopy = true;
        Begin(name, columns);
    }

    private void BeginInsert()
    {
        while (_scanner.Next() != SqlTokenKind.End && !_scanner.IsWord("INTO"u8))
        {
        }

        _scanner.Next();
        var name = _statements.ReadName();
        var columns = _scanner.IsSymbol('(') ? _statements.ReadNames() : null;
        while (!_scanner.IsWord("VALUES"u8))
        {
            if (_scanner.Kind == SqlTokenKind.End || _scanner.Next() == SqlTokenKind.End)
                throw new SqlEndException();
            if (_scanner.IsSymbol(';'))
                return;
        }

        _scanner.Next();
        Begin(name, columns);
    }

    private void Begin(SqlName name, List<string>? columns)
    {
        _table = _tables.Get(name);
        // Only columns that are named can be told to be those of the whole table.
        while (_table.Whole is { } whole && columns is not null)
            (_table, name) = (whole, name.IsMeantBy(_wanted) ? name : whole.Name);
        _isSkipped = _wanted is null
            // SQLite's own tables.
            ? _dialect == SqlDialect.Sqlite && name.Name.StartsWith("sqlite_", StringComparison.Ordinal)
            : !name.IsMeantBy(_wanted);
        if (_isSkipped)
            return;
        if (_table.Columns.Count == 0 && columns is not null)
            _table.Describe(columns);
        _places = columns is null
            ? [.. Enumerable.Range(0, _table.Columns.Count)]
            : [.. columns.Select(_table.IndexOf)];
        if (_places.Contains(-1))
            throw BadTable($"The table '{name}' has no column '{columns![Array.IndexOf(_places, -1)]}'.");
        if (_table.Columns.GroupBy(c => c.Name).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw BadTable($"The table '{name}' has two columns named '{twice.Key}'.");
        if (_places.Distinct().Count() < _places.Length)
            throw BadTable($"The columns of the table '{name}' are not all different.");
        if (_places.Length > 0 && _seen.Add(name))
            Metadata.Schema = _table.Schema;
    }

    private MigrationException BadTable(string what) =>
        new(ErrorCode.SourceUnreadable, $"{new RecordPosition(Source.Name, 0, _tableLine)}: {what}", "Make the dump again.") { Stage = MigrationStage.Extract };

    private void ReadCopyLine(BatchBuilder batch)
    {
        if (!_scanner.NextLine(out var line))
            throw new SqlEndException();
        if (line is [(byte)'\\', (byte)'.'])
        {
            _isInCopy = false;
            _table = null;
            return;
        }

        if (_isSkipped)
            return;
        var number = _scanner.Line;
        var rest = line;
        var values = new object?[_table!.Columns.Count];
        var isOdd = false;
        string? fault = null;
        string? field = null;
        var count = 0;
        // A table without columns has empty rows.
        var isLast = _places.Length == 0 && line.IsEmpty;
        while (!isLast)
        {
            var value = SqlCopyLine.Take(ref rest, ref _scratch, out var isNull, out isLast);
            if (count < _places.Length && !isNull)
            {
                var column = _table.Columns[_places[count]];
                values[_places[count]] = column.Read(value, SqlLiteral.Text, ref isOdd);
                if (values[_places[count]] is null)
                    (fault, field) = ($"The text of column '{column.Name}' is not valid UTF-8. Give the dump's encoding.", column.Name);
            }

            count++;
        }

        if (count != _places.Length)
            fault = string.Create(CultureInfo.InvariantCulture, $"The row has {count} {(count == 1 ? "value" : "values")} where {_places.Length} are expected.");
        if (fault is null)
            Add(batch, values, isOdd, number);
        else
            batch.Reject(fault, number, InvalidBytes.Show(line, _text.HasMarkers), field);
    }

    private void ReadInsertRow(BatchBuilder batch)
    {
        if (!_scanner.IsSymbol('('))
            throw new SqlEndException();
        var line = _scanner.Line;
        if (_table!.Columns.Count == 0 && !_isSkipped)
            DescribeByFirstRow();
        var isOdd = false;
        var values = _values.ReadRow(_table, _isSkipped ? [] : _places, ref isOdd);
        if (!_isSkipped && values is not null)
            Add(batch, values, isOdd, line);
        else if (!_isSkipped)
            batch.Reject(_values.Fault!, line, null);
        if (_scanner.IsSymbol(','))
        {
            _scanner.Next();
            return;
        }

        _statements.Skip();
        _table = null;
    }

    /// <summary>Without a description the columns are numbered; how many there are, only the row tells.</summary>
    private void DescribeByFirstRow() => throw new MigrationException(
        ErrorCode.SourceUnreadable,
        string.Create(CultureInfo.InvariantCulture, $"{new RecordPosition(Source.Name, 0, _tableLine)}: The dump neither creates the table '{_table!.Name}' nor names its columns."),
        "Make the dump with the tables' definitions, or with the columns in each INSERT.")
    { Stage = MigrationStage.Extract };

    private void Add(BatchBuilder batch, object?[] values, bool isOdd, long line)
    {
        var schema = isOdd ? _table!.WideSchema : _table!.Schema;
        batch.Add(schema.CreateRecord(values, Source, batch.NextOrdinal, line));
    }

    /// <summary>Passes the definitions of triggers and routines, which mysqldump puts between other delimiters.</summary>
    private void PassDelimiter()
    {
        _scanner.NextLine(out _);
        while (_scanner.NextLine(out var line))
            if (line.TrimEnd(" "u8).SequenceEqual("DELIMITER ;"u8))
                return;
    }

    private void Finish(BatchBuilder batch)
    {
        Metadata.Catalog = _tables.ToCatalog(Source.Name);
        if (_wanted is not null && !_tables.Names.Any(n => n.IsMeantBy(_wanted)))
            throw new MigrationException(
                ErrorCode.SourceNotFound,
                $"There is no table '{_wanted}' in the dump '{Source.Name}'.",
                Metadata.Catalog.Tables.Count == 0 ? "It has no tables at all." : $"Its tables are: {string.Join(", ", _tables.Names.Select(n => n.ToString()).Order(StringComparer.Ordinal))}.")
            { Stage = MigrationStage.Extract };
        if (_hasClosingComment && !_scanner.SawClosingComment)
            batch.Notes.Add("The line with which the program ends a complete dump is missing: it may be cut off.");
    }
}
