using SafeAI.Migration.Engine.Extraction;

namespace SafeAI.Migration.PowerShell.Binding;

/// <summary>One source that the parameters of a command name.</summary>
/// <param name="Name">What to call it in errors: a path, a table, an address; never a secret.</param>
/// <param name="OpenAsync">Opens it.</param>
internal sealed record SourceTarget(string Name, Func<CancellationToken, Task<IRecordSource>> OpenAsync);
