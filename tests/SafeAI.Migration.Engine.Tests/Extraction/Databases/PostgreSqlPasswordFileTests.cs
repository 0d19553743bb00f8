using SafeAI.Migration.Engine.Extraction.Databases;
using SafeAI.Migration.Engine.Tests.Extraction.Files;

namespace SafeAI.Migration.Engine.Tests.Extraction.Databases;

public sealed class PostgreSqlPasswordFileTests : FileSourceTest
{
    private const string Lines = """
        # h:5432:db:u:comment
        nonsense
        h:5432:db:u:first
        h:*:db:u:any port
        other:5432:*:u:pass\:with\\both
        \*:5432:db:u:no wildcard
        ::1:5432:db:u:too many parts
        \:\:1:5432:db:u:six
        /var/run:5432:db:u:socket
        *:*:*:last:end
        """;

    [Theory]
    [InlineData("Host=h;Database=db;Username=u", "first")]
    [InlineData("Host=h;Port=6543;Database=db;Username=u", "any port")]
    [InlineData("Host=h;Database=else;Username=u", null)]
    [InlineData("Host=other;Database=else;Username=u", "pass:with\\both")]
    [InlineData("Host=x;Database=db;Username=u", null)]
    [InlineData("Host=::1;Database=db;Username=u", "six")]
    [InlineData("Host=[::1]:5432;Port=1;Database=db;Username=u", "six")]
    [InlineData("Host=/var/run;Database=db;Username=u", "socket")]
    [InlineData("Host=x:1,h:6543;Database=db;Username=u", "any port")]
    [InlineData("Host=anywhere;Port=7;Database=db;Username=last", "end")]
    [InlineData("Host=anywhere;Username=last", "end")]
    public void The_first_line_that_fits_counts(string connection, string? password) =>
        Assert.Equal(password, PostgreSqlPasswordFile.Find(Write("pgpass", Lines), new(connection)));
}
