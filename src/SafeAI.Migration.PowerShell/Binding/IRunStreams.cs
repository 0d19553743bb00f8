using System.Management.Automation;

namespace SafeAI.Migration.PowerShell.Binding;

/// <summary>Where a run says what it has to say while it is at work: a command's streams, or a job's.</summary>
internal interface IRunStreams
{
    /// <summary>Takes what the user should know.</summary>
    void WriteWarning(string text);

    /// <summary>Takes a record that was turned away.</summary>
    void WriteError(ErrorRecord error);

    /// <summary>Takes a line for those who want to see everything.</summary>
    void WriteVerbose(string text);
}

/// <summary>The streams of a command, on the pipeline thread.</summary>
internal sealed class CmdletStreams(Cmdlet cmdlet) : IRunStreams
{
    public void WriteWarning(string text) => cmdlet.WriteWarning(text);

    public void WriteError(ErrorRecord error) => cmdlet.WriteError(error);

    public void WriteVerbose(string text) => cmdlet.WriteVerbose(text);
}
