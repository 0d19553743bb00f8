using System.Data.Common;
using System.Diagnostics.CodeAnalysis;

namespace SafeAI.Migration.Integration.Tests.Extraction.Databases;

/// <summary>A factory that nobody can make.</summary>
public sealed class UnmakeableFactory : DbProviderFactory
{
    private UnmakeableFactory()
    {
    }
}

/// <summary>A factory that makes no connections.</summary>
public sealed class IdleFactory : DbProviderFactory
{
    public override DbConnection? CreateConnection() => null;
}

/// <summary>A factory that knows only the setting <c>File</c>, and does not quote.</summary>
public sealed class PlainFactory : DbProviderFactory
{
    public override DbConnection CreateConnection() => new PlainConnection();

    public override DbConnectionStringBuilder CreateConnectionStringBuilder() => new PlainSettings();
}

internal sealed class PlainSettings : DbConnectionStringBuilder
{
    [AllowNull]
    public override object this[string keyword]
    {
        get => base[keyword];
        set => base[keyword] = keyword.Equals("File", StringComparison.OrdinalIgnoreCase) ? value : throw new ArgumentException($"Unknown setting: {keyword}={value}.");
    }
}

internal sealed class PlainConnection : DbConnection
{
    [AllowNull]
    public override string ConnectionString { get; set; } = "";

    public override string Database => "";

    public override string DataSource => "plain";

    public override string ServerVersion => "1.0";

    public override System.Data.ConnectionState State => System.Data.ConnectionState.Open;

    public override void Open()
    {
    }

    public override void Close()
    {
    }

    public override void ChangeDatabase(string databaseName) => throw new NotSupportedException();

    protected override DbTransaction BeginDbTransaction(System.Data.IsolationLevel isolationLevel) => throw new NotSupportedException();

    protected override DbCommand CreateDbCommand() => new Microsoft.Data.Sqlite.SqliteCommand();
}
