using Npgsql;
using SafeAI.Migration.Engine.Extraction.Databases;

namespace SafeAI.Migration.Engine.Tests.Extraction.Databases;

public sealed class PostgreSqlConnectionTests
{
    [Theory]
    [InlineData("postgresql://u:p@h:6543/db", "h", 6543, "db", "u", "p", "postgresql://h:6543/db")]
    [InlineData("postgres://u@h/db", "h", 5432, "db", "u", null, "postgresql://h:5432/db")]
    [InlineData("postgresql://user%40corp:p%40ss%3A%2F%3F%23%25%20w@h/my%20db", "h", 5432, "my db", "user@corp", "p@ss:/?#% w", "postgresql://h:5432/my db")]
    [InlineData("postgresql://u:p@ss@h/db", "h", 5432, "db", "u", "p@ss", "postgresql://h:5432/db")]
    [InlineData("postgresql://u:@h/db", "h", 5432, "db", "u", null, "postgresql://h:5432/db")]
    [InlineData("postgresql://[2001:db8::1]:6543/db", "2001:db8::1", 6543, "db", null, null, "postgresql://[2001:db8::1]:6543/db")]
    [InlineData("postgresql:///db?host=/var/run/postgresql&user=u", "/var/run/postgresql", 5432, "db", "u", null, "postgresql:///var/run/postgresql/db")]
    [InlineData("postgresql://%2Fvar%2Frun/db", "/var/run", 5432, "db", null, null, "postgresql:///var/run/db")]
    [InlineData("postgresql://a:1111,b:2222/db", "a:1111,b:2222", 5432, "db", null, null, "postgresql://a:1111,b:2222/db")]
    [InlineData("Host=h;Port=6543;Database=db;Username=u;Password='p;=w'", "h", 6543, "db", "u", "p;=w", "postgresql://h:6543/db")]
    [InlineData("Server=h;Database=db;User Id=u", "h", 5432, "db", "u", null, "postgresql://h:5432/db")]
    public void Both_forms_are_read(string text, string host, int port, string database, string? user, string? password, string shown)
    {
        var settings = PostgreSqlConnection.Parse(text);
        Assert.Equal(host, settings.Host);
        Assert.Equal(port, settings.Port);
        Assert.Equal(database, settings.Database);
        Assert.Equal(user, settings.Username);
        Assert.Equal(password, string.IsNullOrEmpty(settings.Password) ? null : settings.Password);
        Assert.Equal(shown, PostgreSqlConnection.Describe(settings));
    }

    [Theory]
    [InlineData("disable", SslMode.Disable)]
    [InlineData("allow", SslMode.Allow)]
    [InlineData("prefer", SslMode.Prefer)]
    [InlineData("require", SslMode.Require)]
    [InlineData("verify-ca", SslMode.VerifyCA)]
    [InlineData("verify-full", SslMode.VerifyFull)]
    public void Every_sslmode_is_known(string text, SslMode mode) =>
        Assert.Equal(mode, PostgreSqlConnection.Parse($"postgresql://h/db?sslmode={text}").SslMode);

    [Fact]
    public void Settings_after_the_question_mark_are_taken()
    {
        var settings = PostgreSqlConnection.Parse(
            "postgresql://h/db?user=u&password=p%26q&application_name=my%20app&connect_timeout=7&options=-c%20statement_timeout%3D5&target_session_attrs=read-write&channel_binding=require");
        Assert.Equal("u", settings.Username);
        Assert.Equal("p&q", settings.Password);
        Assert.Equal("my app", settings.ApplicationName);
        Assert.Equal(7, settings.Timeout);
        Assert.Equal("-c statement_timeout=5", settings.Options);
        Assert.Equal("read-write", settings.TargetSessionAttributes);
        Assert.Equal(ChannelBinding.Require, settings.ChannelBinding);
    }

    [Theory]
    [InlineData("postgresql://u:canary%zz@h/db", "the password has a '%' that is not followed by two hexadecimal digits (a '%' itself is written %25)")]
    [InlineData("postgresql://u:canary@h:port/db", "the port is not a number from 1 to 65535")]
    [InlineData("postgresql://u:canary@h:0/db", "the port is not a number from 1 to 65535")]
    [InlineData("postgresql://u:canary@h/db?sslmode=maybe", "sslmode is none of disable, allow, prefer, require, verify-ca, verify-full")]
    [InlineData("postgresql://u:canary@h/db?colour=red", "the setting 'colour' is unknown")]
    [InlineData("postgresql://u:canary@h/db?connect_timeout=soon", "the value of 'connect_timeout' is not allowed")]
    [InlineData("postgresql://u:canary@h/db?sslmode", "a setting after the '?' has no value")]
    [InlineData("Host=h;Colour=red;Password=canary", "the setting 'Colour' is unknown or its value is not allowed")]
    [InlineData("Host=h;Port=canary", "the setting 'Port' is unknown or its value is not allowed")]
    [InlineData("canary", "it is not a list of settings")]
    public void What_is_not_valid_is_named_without_its_secrets(string text, string why)
    {
        var e = Assert.Throws<MigrationException>(() => PostgreSqlConnection.Parse(text));
        Assert.Equal(ErrorCode.InvalidConnection, e.Code);
        Assert.Equal(
            $"The connection string is not valid: {why}. Write it as Host=…;Port=…;Database=…;Username=… or as postgresql://user@host:port/database?sslmode=….",
            e.Message);
        Assert.DoesNotContain("canary", e.ToString(), StringComparison.Ordinal);
    }
}
