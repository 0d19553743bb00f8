using SafeAI.Migration.TestKit;

namespace SafeAI.Migration.Integration.Tests.Runner;

public sealed class StartUpProfileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Folder => Path.Combine(_folder.Path, "cache", "safeai-migration", "start-up");

    private string Profile => Path.Combine(Folder, "status.profile");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_command_remembers_what_it_called_where_only_its_owner_can_see_it()
    {
        var first = await RunnerProcess.RunAsync(_folder.Path, "status");

        Assert.Equal(0, first.ExitCode);
        Assert.NotEmpty(File.ReadAllBytes(Profile));
        Assert.NotEmpty(File.ReadAllBytes(Profile + ".sha256"));
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Folder));

        var second = await RunnerProcess.RunAsync(_folder.Path, "status");

        Assert.Equal((first.ExitCode, first.Output, first.Errors), (second.ExitCode, second.Output, second.Errors));
        Assert.NotEmpty(File.ReadAllBytes(Profile));
    }

    [Fact]
    public async Task A_profile_that_was_damaged_is_not_used_and_made_anew()
    {
        var first = await RunnerProcess.RunAsync(_folder.Path, "status");
        var damaged = File.ReadAllBytes(Profile);

        // The runtime would end the process at names like these.
        var version = ", Version="u8;
        for (int from = 0, at; (at = damaged.AsSpan(from).IndexOf(version)) >= 0;)
        {
            from += at + version.Length;
            damaged[from + 1] = (byte)'\n';
        }

        File.WriteAllBytes(Profile, damaged);

        var second = await RunnerProcess.RunAsync(_folder.Path, "status");

        Assert.Equal((first.ExitCode, first.Output, first.Errors), (second.ExitCode, second.Output, second.Errors));
        Assert.NotEqual(damaged, File.ReadAllBytes(Profile));
    }

    [Fact]
    public async Task Where_nothing_can_be_remembered_the_command_does_its_work()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Folder)!);
        File.WriteAllText(Folder, "in the way");

        var run = await RunnerProcess.RunAsync(_folder.Path, "status");

        Assert.Equal((0, "The journal knows no run."), (run.ExitCode, run.Errors.Trim()));
        Assert.Equal("in the way", File.ReadAllText(Folder));
    }
}
