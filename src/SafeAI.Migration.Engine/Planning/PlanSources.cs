using SafeAI.Migration.Engine.Extraction;
using SafeAI.Migration.Engine.Extraction.Databases;
using SafeAI.Migration.Engine.Extraction.Files;

namespace SafeAI.Migration.Engine.Planning;

/// <summary>Opens what a plan names.</summary>
internal static class PlanSources
{
    /// <summary>The database of a source, in which the lookups of its mapping are too; null where it is a file.</summary>
    public static PostgreSqlConnectionOptions? DatabaseOf(PlanSource source) =>
        source.ConnectionString is null ? null : new PostgreSqlConnectionOptions { ConnectionString = source.ConnectionString };

    public static async Task<IRecordSource> OpenAsync(MigrationPlan plan, PlanSource source, SourcePosition? startAfter, CancellationToken cancellationToken)
    {
        if (source.ConnectionString is not null)
        {
            var options = new PostgreSqlSourceOptions { ConnectionString = source.ConnectionString, Table = source.Table, Query = source.Query, StartAfter = startAfter };
            return await PostgreSqlSource.OpenAsync(options, cancellationToken).ConfigureAwait(false);
        }

        FileFormat? format = null;
        if (source.Format is not null)
        {
            if (!Enum.TryParse<FileFormat>(source.Format, ignoreCase: true, out var known))
                throw new MigrationException(
                    ErrorCode.UnknownFormat, $"'{source.Format}' is not a format.", $"Use one of {string.Join(", ", Enum.GetNames<FileFormat>()).ToLowerInvariant()}.");
            format = known;
        }

        return FileSources.Open(new FileSourceOptions { Path = Path.Combine(plan.Folder, source.Path!), Format = format, StartAfter = startAfter });
    }
}
