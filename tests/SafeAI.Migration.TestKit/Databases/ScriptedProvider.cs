using System.Collections;
using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace SafeAI.Migration.TestKit.Databases;

/// <summary>
/// An ADO.NET provider for tests, without a database: the statement's text says what comes back. It knows the table
/// <c>[gadgets]</c>, and quotes names in square brackets.
/// </summary>
public sealed class ScriptedFactory : DbProviderFactory
{
    public static readonly ScriptedFactory Instance = new();

    public override DbConnection CreateConnection() => new ScriptedConnection();

    public override DbConnectionStringBuilder CreateConnectionStringBuilder() => new();

    public override DbCommandBuilder CreateCommandBuilder() => new ScriptedCommandBuilder();
}

/// <summary>A type that only this provider has.</summary>
public readonly record struct ScriptedPoint(int X, int Y) : IFormattable
{
    public string ToString(string? format, IFormatProvider? formatProvider) => string.Create(formatProvider, $"{X}/{Y}");
}

internal sealed class ScriptedException(string message) : DbException(message)
{
    public override bool IsTransient => Message.Contains("again", StringComparison.Ordinal);
}

internal sealed class ScriptedCommandBuilder : DbCommandBuilder
{
    public ScriptedCommandBuilder() => (QuotePrefix, QuoteSuffix) = ("[", "]");

    public override string QuoteIdentifier(string unquotedIdentifier) => $"[{unquotedIdentifier.Replace("]", "]]", StringComparison.Ordinal)}]";

    protected override void ApplyParameterInfo(DbParameter parameter, DataRow row, StatementType statementType, bool whereClause) => throw new NotSupportedException();

    protected override string GetParameterName(int parameterOrdinal) => throw new NotSupportedException();

    protected override string GetParameterName(string parameterName) => parameterName;

    protected override string GetParameterPlaceholder(int parameterOrdinal) => throw new NotSupportedException();

    protected override void SetRowUpdatingHandler(DbDataAdapter adapter) => throw new NotSupportedException();
}

internal sealed class ScriptedConnection : DbConnection
{
    private ConnectionState _state;
    private string _connectionString = "";

    [AllowNull]
    public override string ConnectionString
    {
        get => _connectionString;
        set => _connectionString = value ?? "";
    }

    public override string Database => Setting("Database");

    public override string DataSource => Setting("Server");

    public override string ServerVersion => "1.0";

    public override ConnectionState State => _state;

    public override void Open()
    {
        if (Setting("Password") != "sesame")
            throw new ScriptedException("The password is wrong.");
        _state = ConnectionState.Open;
    }

    public override void Close() => _state = ConnectionState.Closed;

    public override void ChangeDatabase(string databaseName) => throw new NotSupportedException();

    protected override DbTransaction BeginDbTransaction(IsolationLevel isolationLevel) => throw new NotSupportedException();

    protected override DbCommand CreateDbCommand() => new ScriptedCommand { Connection = this };

    private string Setting(string name)
    {
        var settings = new DbConnectionStringBuilder { ConnectionString = _connectionString };
        return settings.TryGetValue(name, out var value) ? (string)value : "";
    }
}

internal sealed class ScriptedCommand : DbCommand
{
    [AllowNull]
    public override string CommandText { get; set; } = "";

    public override int CommandTimeout { get; set; }

    public override CommandType CommandType { get; set; }

    public override bool DesignTimeVisible { get; set; }

    public override UpdateRowSource UpdatedRowSource { get; set; }

    protected override DbConnection? DbConnection { get; set; }

    protected override DbParameterCollection DbParameterCollection => throw new NotSupportedException();

    protected override DbTransaction? DbTransaction { get; set; }

    public override void Cancel() => throw new NotSupportedException();

    public override int ExecuteNonQuery() => throw new NotSupportedException();

    public override object? ExecuteScalar() => throw new NotSupportedException();

    public override void Prepare()
    {
    }

    protected override DbParameter CreateDbParameter() => throw new NotSupportedException();

    protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior) => CommandText switch
    {
        "SELECT * FROM [shop].[gad]]gets]" => new ScriptedReader(long.MaxValue, breaksAfter: long.MaxValue),
        "five rows" => new ScriptedReader(5, breaksAfter: long.MaxValue),
        "breaks" => new ScriptedReader(long.MaxValue, breaksAfter: 2500),
        _ => throw new ScriptedException($"There is no '{CommandText}'."),
    };
}

/// <summary>Rows of an id, a point of the provider's own type, a value of changing type, and one that the third row cannot give.</summary>
internal sealed class ScriptedReader(long rows, long breaksAfter) : DbDataReader
{
    private static readonly string[] s_names = ["id", "place", "mixed", "fragile"];
    private static readonly Type[] s_types = [typeof(long), typeof(ScriptedPoint), typeof(int), typeof(string)];
    private long _row;

    public override int Depth => 0;

    public override int FieldCount => 4;

    public override bool HasRows => true;

    public override bool IsClosed => false;

    public override int RecordsAffected => -1;

    public override object this[int ordinal] => GetValue(ordinal);

    public override object this[string name] => GetValue(GetOrdinal(name));

    public override bool Read()
    {
        if (_row == breaksAfter)
            throw new ScriptedException("The server went away; try again.");
        return _row++ < rows;
    }

    public override object GetValue(int ordinal) => ordinal switch
    {
        0 => _row,
        1 => new ScriptedPoint((int)_row, 7),
        2 => _row == 2 ? "two" : _row == 4 ? DBNull.Value : (object)(int)_row,
        _ => _row == 3 ? throw new InvalidCastException("A date of zeros is no date.") : "ok",
    };

    public override bool IsDBNull(int ordinal) => GetValue(ordinal) is DBNull;

    public override string GetName(int ordinal) => s_names[ordinal];

    public override int GetOrdinal(string name) => Array.IndexOf(s_names, name);

    [return: DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicFields | DynamicallyAccessedMemberTypes.PublicProperties)]
    public override Type GetFieldType(int ordinal) => s_types[ordinal];

    public override string GetDataTypeName(int ordinal) => s_types[ordinal].Name.ToLowerInvariant();

    public override DataTable GetSchemaTable() => throw new NotSupportedException();

    public override bool NextResult() => false;

    public override int GetValues(object[] values) => throw new NotSupportedException();

    public override bool GetBoolean(int ordinal) => (bool)GetValue(ordinal);

    public override byte GetByte(int ordinal) => (byte)GetValue(ordinal);

    public override long GetBytes(int ordinal, long dataOffset, byte[]? buffer, int bufferOffset, int length) => throw new NotSupportedException();

    public override char GetChar(int ordinal) => (char)GetValue(ordinal);

    public override long GetChars(int ordinal, long dataOffset, char[]? buffer, int bufferOffset, int length) => throw new NotSupportedException();

    public override DateTime GetDateTime(int ordinal) => (DateTime)GetValue(ordinal);

    public override decimal GetDecimal(int ordinal) => (decimal)GetValue(ordinal);

    public override double GetDouble(int ordinal) => (double)GetValue(ordinal);

    public override IEnumerator GetEnumerator() => throw new NotSupportedException();

    public override float GetFloat(int ordinal) => (float)GetValue(ordinal);

    public override Guid GetGuid(int ordinal) => (Guid)GetValue(ordinal);

    public override short GetInt16(int ordinal) => (short)GetValue(ordinal);

    public override int GetInt32(int ordinal) => (int)GetValue(ordinal);

    public override long GetInt64(int ordinal) => (long)GetValue(ordinal);

    public override string GetString(int ordinal) => Convert.ToString(GetValue(ordinal), CultureInfo.InvariantCulture)!;
}
