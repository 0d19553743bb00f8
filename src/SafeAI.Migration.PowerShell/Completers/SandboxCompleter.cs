using System.Collections;
using System.Globalization;
using SafeAI.Migration.PowerShell.Hosting;

namespace SafeAI.Migration.PowerShell.Completers;

/// <summary>Offers the processes of the sandboxes that run.</summary>
public sealed class SandboxCompleter : ListCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<string> Values(IDictionary bound) => SandboxProcess.Running.Select(id => id.ToString(CultureInfo.InvariantCulture));
}
