using System.Data.Common;
using System.Globalization;
using System.Text.RegularExpressions;

namespace SafeAI.Migration.Engine.Extraction.Databases;

/// <summary>
/// Streams a table or query of any database that has an ADO.NET provider, through the provider's data reader and its
/// schema alone. Values arrive in the provider's .NET types; a type of the provider's own arrives as its text, and the
/// field's note says so; a value that the provider cannot give makes its row a reject.
/// </summary>
public sealed partial class AdoNetSource : DatabaseSource
{
    // All numbers of so many digits are decimals.
    private const int ExactDigits = 28;

    private readonly DbConnection _connection;
    private readonly DbCommand _command;
    private readonly DbDataReader _reader;
    private readonly RecordSchema _schema;
    private readonly Lazy<RecordSchema> _wideSchema;
    private readonly Type[] _types;
    private readonly bool[] _asText;

    private AdoNetSource(string name, DbConnection connection, DbCommand command, DbDataReader reader, RecordSchema schema, bool[] asText)
        : base(name, connection.GetType().Namespace ?? "ado.net", schema)
    {
        _connection = connection;
        _command = command;
        _reader = reader;
        _schema = schema;
        _asText = asText;
        _types = [.. schema.Fields.Select(f => f.Type)];
        _wideSchema = new(() => new RecordSchema(
            schema.Name, schema.Fields.Select(f => new RecordField(f.Name, typeof(object), f.SourceType, f.IsNullable, f.Note)), schema.Key.Select(k => k.Name)));
    }

    /// <summary>Loads the provider, connects and starts the statement; the columns are known then.</summary>
    /// <exception cref="MigrationException">
    /// <see cref="ErrorCode.InvalidOptions"/>, <see cref="ErrorCode.SourceNotFound"/>, <see cref="ErrorCode.InvalidConnection"/>,
    /// <see cref="ErrorCode.EndpointUnreachable"/> or <see cref="ErrorCode.InvalidQuery"/>.
    /// </exception>
    public static async Task<AdoNetSource> OpenAsync(AdoNetSourceOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (string.IsNullOrWhiteSpace(options.Table) == string.IsNullOrWhiteSpace(options.Query))
        {
            throw AdoNetProvider.Error(
                ErrorCode.InvalidOptions, string.IsNullOrWhiteSpace(options.Table) ? "Neither a table nor a query is given." : "Both a table and a query are given.", "Give one of them.");
        }

        var factory = AdoNetProvider.Load(options.ProviderPath, options.FactoryType);
        var connection = factory.CreateConnection()
            ?? throw AdoNetProvider.Error(ErrorCode.InvalidOptions, $"The factory {factory.GetType().FullName} makes no connections.", null);
        DbCommand? command = null;
        DbDataReader? reader = null;
        try
        {
            SetConnectionString(factory, connection, options);
            await ConnectAsync(connection, factory, cancellationToken).ConfigureAwait(false);
            var address = Describe(connection);
            var name = options.Table is null ? $"{address} query" : $"{address} {options.Table}";
            command = CreateCommand(factory, connection, options);
            try
            {
                reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (DbException e)
            {
                throw AdoNetProvider.Error(ErrorCode.InvalidQuery, $"The database refused the statement of {name}: {Sentence(e)}", null, e, e.IsTransient);
            }
            catch (Exception e) when (e is InvalidCastException or NotSupportedException or ArgumentException or InvalidOperationException)
            {
                throw AdoNetProvider.Error(ErrorCode.InvalidQuery, $"The provider cannot send the statement of {name}: {Sentence(e)}", "Check the query and the values of its parameters.", e);
            }

            if (reader.FieldCount == 0)
                throw AdoNetProvider.Error(ErrorCode.InvalidQuery, "The query returns no columns.", "Give one statement that returns rows.");
            var (schema, asText) = await ReadSchemaAsync(reader, options.Table ?? "query", cancellationToken).ConfigureAwait(false);
            var source = new AdoNetSource(name, connection, command, reader, schema, asText);
            source.Metadata.QuickFingerprint = QuickFingerprint.OfText(
                [name, options.Query, .. options.Parameters.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => $"{p.Key}={p.Value}"), .. schema.Fields.Select(f => $"{f.Name} {f.SourceType}")]);
            return source;
        }
        catch
        {
            if (reader is not null)
                await reader.DisposeAsync().ConfigureAwait(false);
            if (command is not null)
                await command.DisposeAsync().ConfigureAwait(false);
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <inheritdoc/>
    private protected override async Task ReadRowsAsync(BatchCollector batch, CancellationToken cancellationToken)
    {
        var ordinal = 0L;
        try
        {
            while (await _reader.ReadAsync(cancellationToken).ConfigureAwait(false))
            {
                if (ReadRow(++ordinal, out var reject) is { } record)
                    batch.Add(record);
                else
                    batch.Add(reject!);
                if (batch.IsFull)
                    await batch.FlushAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is DbException or IOException or InvalidOperationException && !cancellationToken.IsCancellationRequested)
        {
            throw AdoNetProvider.Error(
                ErrorCode.SourceUnreadable, string.Create(CultureInfo.InvariantCulture, $"{Source.Name} could not be read on after record {ordinal}: {Sentence(e)}"),
                "Start again.", e, e is DbException { IsTransient: true } or IOException);
        }
        finally
        {
            // Closing the reader may otherwise fetch all the rows that are left.
            if (cancellationToken.IsCancellationRequested)
                TryCancel();
        }
    }

    /// <inheritdoc/>
    private protected override async ValueTask CloseAsync()
    {
        await _reader.DisposeAsync().ConfigureAwait(false);
        await _command.DisposeAsync().ConfigureAwait(false);
        await _connection.DisposeAsync().ConfigureAwait(false);
    }

    private void TryCancel()
    {
        try
        {
            _command.Cancel();
        }
        catch (Exception e) when (e is NotSupportedException or DbException or InvalidOperationException)
        {
            // Not every provider can; then the close takes as long as it takes.
        }
    }

    private static void SetConnectionString(DbProviderFactory factory, DbConnection connection, AdoNetSourceOptions options)
    {
        try
        {
            var settings = factory.CreateConnectionStringBuilder() ?? new DbConnectionStringBuilder();
            settings.ConnectionString = options.ConnectionString;
            if (!string.IsNullOrEmpty(options.UserName))
                settings["User ID"] = options.UserName;
            if (options.Password is not null)
                settings["Password"] = options.Password;
            // One read uses one connection: kept in a pool it would only stay open at the server.
            if (settings.GetType().GetProperty("Pooling") is { CanWrite: true } pooling && pooling.PropertyType == typeof(bool))
                settings["Pooling"] = false;
            connection.ConnectionString = settings.ConnectionString;
        }
        catch (Exception e) when (e is ArgumentException or FormatException or KeyNotFoundException or NotSupportedException)
        {
            // The cause's message may repeat a value, and so does not go on.
            throw AdoNetProvider.Error(
                ErrorCode.InvalidConnection, $"{factory.GetType().Namespace} does not accept the connection string.", "Check the names of its settings in the provider's documentation.");
        }
    }

    private static async Task ConnectAsync(DbConnection connection, DbProviderFactory factory, CancellationToken cancellationToken)
    {
        try
        {
            await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is DbException or InvalidOperationException or IOException or System.Net.Sockets.SocketException)
        {
            throw AdoNetProvider.Error(
                // The standard's class of refused users.
                e is DbException { SqlState: ['2', '8', ..] } ? ErrorCode.AuthenticationFailed : ErrorCode.EndpointUnreachable,
                $"{factory.GetType().Namespace} could not connect to {Describe(connection)}: {Sentence(e)}",
                "Check the connection string, the user and the password.", e, e is DbException { IsTransient: true });
        }
    }

    /// <summary>Where the connection leads, without user and password.</summary>
    private static string Describe(DbConnection connection)
    {
        var scheme = connection.GetType().Namespace?.ToLowerInvariant() ?? "ado.net";
        return string.IsNullOrEmpty(connection.Database) ? $"{scheme}://{connection.DataSource}" : $"{scheme}://{connection.DataSource}/{connection.Database}";
    }

    private static DbCommand CreateCommand(DbProviderFactory factory, DbConnection connection, AdoNetSourceOptions options)
    {
        var command = connection.CreateCommand();
        command.CommandTimeout = 0;
        if (options.Table is not null)
        {
            using var builder = factory.CreateCommandBuilder();
            command.CommandText = $"SELECT * FROM {string.Join('.', options.Table.Split('.').Select(part => Quote(builder, part)))}";
            return command;
        }

        command.CommandText = options.Query;
        foreach (var (name, value) in options.Parameters)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = name;
            parameter.Value = value ?? DBNull.Value;
            command.Parameters.Add(parameter);
        }

        return command;
    }

    private static string Quote(DbCommandBuilder? builder, string part)
    {
        try
        {
            if (builder is not null && !string.IsNullOrEmpty(builder.QuotePrefix))
                return builder.QuoteIdentifier(part);
        }
        catch (Exception e) when (e is NotSupportedException or InvalidOperationException or ArgumentException)
        {
            // The provider does not quote; a plain name needs none.
        }

        return PlainName().IsMatch(part)
            ? part
            : throw AdoNetProvider.Error(
                ErrorCode.UnsafeIdentifier, $"The provider does not say how it quotes names, and '{part}' is not a plain one.", "Give a query in which the name is quoted.");
    }

    private static async Task<(RecordSchema Schema, bool[] AsText)> ReadSchemaAsync(DbDataReader reader, string name, CancellationToken cancellationToken)
    {
        System.Collections.ObjectModel.ReadOnlyCollection<DbColumn> columns;
        try
        {
            columns = await reader.GetColumnSchemaAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is NotSupportedException or NotImplementedException or InvalidOperationException)
        {
            // Names and types are enough.
            columns = System.Collections.ObjectModel.ReadOnlyCollection<DbColumn>.Empty;
        }

        var asText = new bool[reader.FieldCount];
        var names = UniqueNames.Of([.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetName)]);
        var fields = new RecordField[reader.FieldCount];
        for (var i = 0; i < fields.Length; i++)
        {
            var type = reader.GetFieldType(i) ?? typeof(object);
            asText[i] = type != typeof(object) && !IsPlain(type);
            var note = asText[i] ? $"The text form of {type.FullName}."
                : names[i] != reader.GetName(i) ? $"The query names this column '{reader.GetName(i)}' too."
                : type == typeof(decimal) && i < columns.Count && columns[i].NumericPrecision > ExactDigits
                    ? FormattableString.Invariant($"The provider gives a .NET decimal, which keeps {ExactDigits} of the {columns[i].NumericPrecision} digits. Convert the column to text in a query to keep all.")
                : null;
            fields[i] = new RecordField(
                names[i], asText[i] ? typeof(string) : type, reader.GetDataTypeName(i), i >= columns.Count || columns[i].AllowDBNull != false, note);
        }

        var key = columns.Where(c => c.IsKey == true && c.ColumnOrdinal is >= 0 && c.ColumnOrdinal < fields.Length).Select(c => names[c.ColumnOrdinal!.Value]);
        return (new RecordSchema(name, fields, key), asText);
    }

    private static bool IsPlain(Type type) =>
        type.Assembly == typeof(object).Assembly || type == typeof(System.Numerics.BigInteger) || (type.IsArray && IsPlain(type.GetElementType()!));

    private Record? ReadRow(long ordinal, out Reject? reject)
    {
        reject = null;
        var values = new object?[_types.Length];
        var odd = false;
        var i = 0;
        try
        {
            for (; i < values.Length; i++)
            {
                var value = _reader.GetValue(i);
                if (value is DBNull or null)
                    continue;
                if (_asText[i] || !IsPlain(value.GetType()))
                    value = Convert.ToString(value, CultureInfo.InvariantCulture)!;
                values[i] = value;
                odd |= _types[i] != typeof(object) && !_types[i].IsInstanceOfType(value);
            }
        }
        catch (Exception e) when (e is not (DbException or IOException))
        {
            reject = new Reject(
                MigrationStage.Extract, ErrorCode.BadRecord, $"The provider cannot give the value: {Sentence(e)} Convert the column to text in a query.", new RecordPosition(Source.Name, ordinal))
            {
                Field = _schema.Fields[i].Name,
                RawText = string.Join(", ", values.Take(i).Select((v, n) => $"{_schema.Fields[n].Name}={Convert.ToString(v, CultureInfo.InvariantCulture) ?? "null"}")),
                Exception = e,
            };
            return null;
        }

        return (odd ? _wideSchema.Value : _schema).CreateRecord(values, Source, ordinal);
    }

    // Some providers do not end their sentences, some do so twice.
    private static string Sentence(Exception e) => e.Message is [.., '!' or '?'] ? e.Message : e.Message.TrimEnd('.') + ".";

    [GeneratedRegex(@"^[A-Za-z_][A-Za-z0-9_$]*\z", RegexOptions.CultureInvariant)]
    private static partial Regex PlainName();
}
