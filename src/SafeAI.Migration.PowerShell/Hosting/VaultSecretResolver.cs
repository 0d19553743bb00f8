using System.Management.Automation;
using SafeAI.Migration.Engine.Planning;

namespace SafeAI.Migration.PowerShell.Hosting;

/// <summary>Gives secrets from PowerShell's SecretManagement, where that module is installed. Used on the pipeline thread.</summary>
internal sealed class VaultSecretResolver(SessionState session) : ISecretResolver
{
    public string GetSecret(string name)
    {
        if (session.InvokeCommand.GetCommand("Get-Secret", CommandTypes.Cmdlet | CommandTypes.Function) is null)
        {
            throw new MigrationException(
                ErrorCode.InvalidPlan, $"there is no secret store here for '{name}': the module Microsoft.PowerShell.SecretManagement is not installed; install it, or use ${{env:NAME}} or ${{file:PATH}}");
        }

        try
        {
            var found = session.InvokeCommand.InvokeScript(session, ScriptBlock.Create("param($name) Get-Secret -Name $name -AsPlainText -ErrorAction Stop"), name);
            return found is [{ BaseObject: string secret }] ? secret
                : throw new MigrationException(ErrorCode.InvalidPlan, $"the secret '{name}' is no text");
        }
        catch (RuntimeException e)
        {
            var why = e is ActionPreferenceStopException stop ? stop.ErrorRecord.Exception.Message : e.Message;
            throw new MigrationException(ErrorCode.InvalidPlan, $"the secret '{name}' cannot be had: {why}", null, e);
        }
    }
}
