using System.CommandLine;
using SafeAI.Migration.Runner;

var root = new RootCommand("Migrates data into and out of the SafeAI Platform's knowledge graph.")
{
    RunCommand.Create(),
    RunCommand.CreateResume(),
    UndoCommand.Create(),
    JournalCommands.CreateStatus(),
    JournalCommands.CreateReport(),
    JournalCommands.CreateVerify(),
    JournalCommands.CreateSet(),
    PlanCommand.Create(),
    SandboxCommand.Create(),
};

var parsed = root.Parse(args);
if (parsed.Errors.Count > 0)
{
    foreach (var error in parsed.Errors)
        Console.Error.WriteLine(error.Message);
    Console.Error.WriteLine("Run 'safeai-migrate --help' for the commands.");
    return ExitCode.BadArguments;
}

StartUpProfile.Begin(parsed.CommandResult.Command.Name);

// The commands turn a stop into a result of their own.
return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(10) });
