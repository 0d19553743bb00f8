using System.Management.Automation;
using SafeAI.Migration.Engine.Extraction;
using SafeAI.Migration.Engine.Extraction.Checks;

namespace SafeAI.Migration.PowerShell.Binding;

/// <summary>
/// What the commands share that read sources: the parameters that name one, in a file of their own for each kind, and
/// running through all that they name.
/// </summary>
public abstract partial class SourceCmdlet : MigrationCmdlet
{
    /// <summary>The parameter set of files whose paths may hold wildcards.</summary>
    protected const string PathSet = "Path";

    /// <summary>The parameter set of files whose paths are taken literally.</summary>
    protected const string LiteralPathSet = "LiteralPath";

    /// <summary>The parameter set of databases on a server.</summary>
    protected const string DatabaseSet = "Database";

    /// <summary>The parameter set of HTTP APIs.</summary>
    protected const string UriSet = "Uri";

    /// <summary>Where to begin: the key of the last record that is not wanted, a value per key column, or the Position of the metadata of an earlier read. Needs a PostgreSQL or SQLite table with a key; a Position goes on in any source that has one.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public object[]? After { get; set; }

    /// <summary>Checks while it reads: that the fields of -ExpectedField are there, that values are of the types that are declared or expected, that there are as many records as the source itself counts, and that a file has the checksum of -Checksum, of NAME.sha256 beside it or of SHA256SUMS in its folder. What was checked stands in the metadata.</summary>
    [Parameter]
    public SwitchParameter Validate { get; set; }

    /// <summary>With -Validate, the fields that must be there, each with a type after a colon where one is expected: text, integer, number, boolean, date or datetime, for instance id, age:integer.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] ExpectedField { get; set; } = [];

    /// <summary>With -Validate, the SHA-256 that the file must have, in hexadecimal.</summary>
    [Parameter(ParameterSetName = PathSet)]
    [Parameter(ParameterSetName = LiteralPathSet)]
    [ValidateNotNullOrEmpty]
    public string? Checksum { get; set; }

    /// <summary>The name of a field to add to every record, which says the file, table or address that it was read from.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? SourceField { get; set; }

    /// <summary>Whether a source that is no file gets a fingerprint of what was read of it, which takes time.</summary>
    private protected virtual bool WantsContentFingerprint => false;

    private SourcePosition? StartAfter => After is [var one] && InputBinder.Unwrap(one) is SourcePosition position ? position : null;

    private IReadOnlyList<object?>? AfterKey => StartAfter is null && After is not null ? [.. After.Select(InputBinder.Unwrap)] : null;

    /// <summary>Runs through all sources that the parameters name; one that cannot be read does not keep the others from being read.</summary>
    /// <param name="read">Reads one source. Its failures become errors of the command.</param>
    protected void ForEachSource(Action<IRecordSource> read)
    {
        ArgumentNullException.ThrowIfNull(read);
        switch (ParameterSetName)
        {
            case DatabaseSet:
                ReadDatabase(read);
                break;
            case UriSet:
                ReadTarget(ApiTarget(), read);
                break;
            default:
                foreach (var path in FilePaths())
                    ReadFile(path, read);
                break;
        }
    }

    private void ReadTarget(SourceTarget target, Action<IRecordSource> read) => OrError(target.Name, () =>
    {
        IRecordSource? source = null;
        try
        {
            source = Task.Run(() => target.OpenAsync(StoppingToken)).GetAwaiter().GetResult();
            source.Source.Fingerprint ??= source.Metadata.QuickFingerprint;
            if (WantsContentFingerprint && After is null)
                source = ContentFingerprintSource.Of(source);
            if (Validate)
                source = new CheckedSource(source, new SourceCheckOptions { Fields = ExpectedField, Checksum = Checksum });
            if (SourceField is not null)
                source = new LineageSource(source, SourceField);
            read(source);
        }
        finally
        {
            source?.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    });

    private void OrError(string target, Action work)
    {
        try
        {
            work();
        }
        catch (MigrationException e)
        {
            WriteError(Errors.RecordFor(e, target));
        }
        catch (ArgumentException e)
        {
            ThrowTerminatingError(new ErrorRecord(e, "InvalidOption", ErrorCategory.InvalidArgument, null));
        }
        catch (OperationCanceledException) when (StoppingToken.IsCancellationRequested)
        {
            // The pipeline was stopped.
        }
    }
}
