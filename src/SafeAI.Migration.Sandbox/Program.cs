using SafeAI.Migration.Sandbox.Http;

try
{
    var options = SandboxOptions.Parse(args);
    if (options.Help)
    {
        await Console.Out.WriteLineAsync(SandboxOptions.Usage);
        return 0;
    }

    await SandboxServer.RunAsync(options, Console.Out);
    return 0;
}
catch (FormatException wrong)
{
    await Console.Error.WriteLineAsync(wrong.Message);
    return 2;
}
catch (Exception failed) when (failed is IOException or InvalidDataException or Microsoft.Data.Sqlite.SqliteException or System.Net.Sockets.SocketException)
{
    await Console.Error.WriteLineAsync(failed.Message);
    return 1;
}
