using SafeAI.Migration.Engine.Loading;
using SafeAI.Migration.TestKit;

namespace SafeAI.Migration.Engine.Tests.Loading;

public sealed class TemporaryFileTests
{
    [Fact]
    public void What_is_in_use_stays_and_what_nobody_uses_goes()
    {
        using var folder = new TemporaryFolder();
        using var used = new TemporaryFile("verify", folder.Path);
        var left = folder.Write("safeai-migration.verify.0123.tmp", "left");
        var companion = folder.Write("safeai-migration.verify.0123.tmp-journal", "left");
        var other = folder.Write("safeai-other.0123.tmp", "not ours");

        TemporaryFile.Sweep(folder.Path, DateTime.UtcNow.AddMinutes(-1));
        Assert.True(File.Exists(left), "one that was just made stays");

        TemporaryFile.Sweep(folder.Path, DateTime.UtcNow.AddMinutes(1));
        Assert.True(File.Exists(used.Path), "one in use stays");
        Assert.True(File.Exists(other), "others' files stay");
        Assert.False(File.Exists(left), "one that nobody uses goes");
        Assert.False(File.Exists(companion), "and what belongs to it");
    }

    [Fact]
    public void A_database_in_it_stays_usable_and_it_goes_on_disposal()
    {
        using var file = new TemporaryFile("verify");
        using (var connection = LocalDatabase.Open(file.Path, "PRAGMA journal_mode=OFF;"))
            LocalDatabase.Execute(connection, "CREATE TABLE t (x); INSERT INTO t VALUES (1)");
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file.Path));

        file.Dispose();

        Assert.False(File.Exists(file.Path));
    }
}
