using System.Globalization;
using Npgsql;

namespace SafeAI.Migration.Engine.Extraction.Databases;

/// <summary>The part of a table that one reader reads; both bounds may be open.</summary>
/// <param name="Expression">What the bounds are compared with, as it stands in a statement: the key's first column, or <c>ctid</c>.</param>
/// <param name="After">The bound below, itself not in the range; null for none.</param>
/// <param name="UpTo">The bound above, itself in the range; null for none.</param>
internal sealed record PostgreSqlRange(string Expression, string? After, string? UpTo)
{
    /// <summary>The whole table.</summary>
    public static PostgreSqlRange Whole { get; } = new("", null, null);

    /// <summary>Whether it is all of the table.</summary>
    public bool IsWhole => After is null && UpTo is null;

    /// <summary>Splits a table into about equal parts: by its key where it is read in the key's order, else by its pages.</summary>
    /// <returns>At most as many ranges as are wanted; one where the table cannot be split.</returns>
    public static async Task<IReadOnlyList<PostgreSqlRange>> SplitAsync(
        NpgsqlConnection connection, PostgreSqlTable table, bool byKey, int count, CancellationToken cancellationToken)
    {
        if (count <= 1 || table.Kind is not ('r' or 'p' or 'm'))
            return [Whole];
        if (byKey)
            return Between(PostgreSqlTable.Quote(table.Key[0]), await SampleBoundsAsync(connection, table, count, cancellationToken).ConfigureAwait(false));
        return table.Kind == 'p' ? [Whole] : Between("ctid", await PageBoundsAsync(connection, table, count, cancellationToken).ConfigureAwait(false));
    }

    private static List<PostgreSqlRange> Between(string expression, IReadOnlyList<string> bounds)
    {
        var ranges = new List<PostgreSqlRange>();
        for (var i = 0; i <= bounds.Count; i++)
            ranges.Add(new PostgreSqlRange(expression, i == 0 ? null : bounds[i - 1], i == bounds.Count ? null : bounds[i]));
        return ranges;
    }

    private static async Task<IReadOnlyList<string>> SampleBoundsAsync(NpgsqlConnection connection, PostgreSqlTable table, int count, CancellationToken cancellationToken)
    {
        // Some ten thousand rows say well enough where the parts begin.
        const double sample = 10_000;
        var percent = table.EstimatedRows is > 0 and var rows ? Math.Clamp(100 * sample / rows, 0.001, 100) : 100;
        var fractions = string.Join(", ", Enumerable.Range(1, count - 1).Select(i => ((double)i / count).ToString("R", CultureInfo.InvariantCulture)));
        var key = PostgreSqlTable.Quote(table.Key[0]);
        var command = new NpgsqlCommand(
            string.Create(CultureInfo.InvariantCulture, $"SELECT (percentile_disc(ARRAY[{fractions}]::float8[]) WITHIN GROUP (ORDER BY {key}))::text[] FROM {table.QuotedName} TABLESAMPLE SYSTEM ({percent})"),
            connection);
        await using var disposeCommand = command.ConfigureAwait(false);
        return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is string[] bounds ? bounds.Distinct().ToList() : [];
    }

    private static async Task<IReadOnlyList<string>> PageBoundsAsync(NpgsqlConnection connection, PostgreSqlTable table, int count, CancellationToken cancellationToken)
    {
        var command = new NpgsqlCommand("SELECT pg_relation_size($1::regclass) / current_setting('block_size')::int", connection);
        await using var disposeCommand = command.ConfigureAwait(false);
        command.Parameters.Add(new NpgsqlParameter { Value = table.QuotedName, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
        var pages = (long)(await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false))!;
        // No row lies at place 0 of a page, so that the bound belongs to neither side.
        return Enumerable.Range(1, count - 1)
            .Select(i => string.Create(CultureInfo.InvariantCulture, $"({pages * i / count},0)"))
            .Distinct()
            .ToList();
    }
}

/// <summary>The ranges that no reader has taken yet.</summary>
internal sealed class PostgreSqlRanges(IReadOnlyList<PostgreSqlRange> ranges)
{
    private int _taken;

    /// <summary>The next one, for one reader alone; null where none is left.</summary>
    public PostgreSqlRange? Take() => Interlocked.Increment(ref _taken) is var place && place <= ranges.Count ? ranges[place - 1] : null;
}
