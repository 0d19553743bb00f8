using System.Collections;
using System.Management.Automation;
using System.Security;
using SafeAI.Migration.Engine.Planning;
using SafeAI.Migration.Engine.Platform;
using SafeAI.Migration.PowerShell.Hosting;

namespace SafeAI.Migration.PowerShell.Binding;

/// <summary>What the commands share that take a plan: the plan itself, and how to sign in at its destination.</summary>
public abstract class PlanCmdlet : MigrationCmdlet
{
    /// <summary>The plan: the path of a JSON file, or a hash table of the same form.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [ValidateNotNull]
    public object? Plan { get; set; }

    /// <summary>The API key for the plan's endpoint. Without it, the plan's own, the open connection's or the environment variable SAFEAI_API_KEY is used.</summary>
    [Parameter]
    [ValidateNotNull]
    public SecureString? ApiKey { get; set; }

    /// <summary>A client id and its secret, for OAuth client credentials in place of a key.</summary>
    [Parameter]
    [ValidateNotNull]
    public PSCredential? Credential { get; set; }

    /// <summary>Reads the plan; its warnings become warnings. Paths of what is written are made whole by PowerShell's current folder.</summary>
    private protected MigrationPlan ReadPlan()
    {
        var secrets = new VaultSecretResolver(SessionState);
        var plan = OrStop(() => InputBinder.Unwrap(Plan) switch
        {
            string path => PlanFile.Load(FullPath(path), secrets),
            FileInfo file => PlanFile.Load(file.FullName, secrets),
            IDictionary table => PlanFile.FromDictionary(table, FullPath("."), secrets: secrets),
            var other => throw new MigrationException(
                ErrorCode.InvalidPlan, $"An object of the type {other?.GetType().Name} is not a plan.", "Pass the path of a JSON file, or a hash table."),
        });
        foreach (var warning in plan.Warnings)
            WriteWarning(warning.ToString());
        return plan.WithFullPaths(FullPath);
    }

    /// <summary>How to reach the plan's platform; null for a store.</summary>
    private protected PlatformOptions? PlatformOf(MigrationPlan plan) => OrStop(() => CurrentConnection.Options(plan.Destination, ApiKey, Credential));
}
