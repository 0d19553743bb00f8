using System.Text.Json;
using SafeAI.Migration.Engine.Extraction;
using SafeAI.Migration.Engine.Extraction.Apis;
using SafeAI.Migration.Engine.Extraction.Databases;
using SafeAI.Migration.Engine.Extraction.Files;
using SafeAI.Migration.Engine.Transformation;

namespace SafeAI.Migration.Engine.Planning;

/// <summary>One stream of records of a plan, and the mapping that it passes.</summary>
/// <param name="Source">The source of the plan that it belongs to.</param>
/// <param name="Mapping">The mapping, with what concerns this stream.</param>
/// <param name="MappingText">The mapping as it was written, for telling whether it changed.</param>
/// <param name="EstimatedRows">How many records there are as far as a catalogue knows; null where it does not.</param>
/// <param name="OpenAsync">Opens it, at its start or after a position.</param>
internal sealed record PlanFeed(
    PlanSource Source, MappingDocument Mapping, string MappingText, long? EstimatedRows, Func<SourcePosition?, CancellationToken, Task<IRecordSource>> OpenAsync)
{
    /// <summary>The table of a catalogue that it reads; null where there is none.</summary>
    public CatalogTable? Table { get; init; }

    /// <summary>The API that it reads, to be looked at beforehand; null where it reads something else.</summary>
    public PeekedApi? Api { get; init; }

    /// <summary>Readies the mapping.</summary>
    /// <param name="run">The ids of the run.</param>
    /// <param name="cancellationToken">Ends the reading of lookups.</param>
    public Task<CompiledMapping> CompileAsync(RunIds run, CancellationToken cancellationToken) =>
        Source is PostgreSqlPlanSource p
            ? CompiledMapping.CreateAsync(Mapping, run, database: p.Options, cancellationToken: cancellationToken)
            : CompiledMapping.CreateAsync(Mapping, run, openLookup: LookupSource, cancellationToken: cancellationToken);

    // A lookup in a database is in the one that is read.
    private IRecordSource LookupSource(LookupMapping lookup) => Source switch
    {
        SqlitePlanSource s => SqliteSource.Open(s.Options with { Table = lookup.Table, Query = lookup.Query }),
        AdoNetPlanSource a => Task.Run(() => AdoNetSource.OpenAsync(a.Options with { Table = lookup.Table, Query = lookup.Query })).GetAwaiter().GetResult(),
        _ => throw new MigrationException(ErrorCode.InvalidMapping, $"The lookup '{lookup.Name}' is in a database, but {Source} is none.", "Name a file in its 'path'."),
    };
}

/// <summary>The streams of a plan in the order in which they are read, with the databases that are kept open for them.</summary>
internal sealed class PlanFeeds : IAsyncDisposable
{
    private readonly List<IAsyncDisposable> _open = [];
    private readonly List<PlanFeed> _feeds = [];
    private readonly List<PlanFault> _notes = [];

    /// <summary>The streams.</summary>
    public IReadOnlyList<PlanFeed> All => _feeds;

    /// <summary>What should be known of generated mappings and of tables that are left out.</summary>
    public IReadOnlyList<PlanFault> Notes => _notes;

    /// <summary>Finds the streams: reads catalogues and mappings, and makes the mappings that are to be made.</summary>
    /// <exception cref="MigrationException">A source or a mapping cannot be used.</exception>
    /// <param name="plan">The plan.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <param name="clock">The clock, for the age of what an API answered; null for the system's.</param>
    public static async Task<PlanFeeds> OpenAsync(MigrationPlan plan, CancellationToken cancellationToken, TimeProvider? clock = null)
    {
        var feeds = new PlanFeeds();
        try
        {
            foreach (var source in plan.Sources)
                await feeds.AddAsync(plan, source, clock, cancellationToken).ConfigureAwait(false);
            return feeds;
        }
        catch
        {
            await feeds.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Adds the streams of one source.</summary>
    private async Task AddAsync(MigrationPlan plan, PlanSource source, TimeProvider? clock, CancellationToken cancellationToken)
    {
        switch (source)
        {
            case PostgreSqlPlanSource { IsSingle: false } p:
                var database = await PostgreSqlDatabase.OpenAsync(p.Options, cancellationToken).ConfigureAwait(false);
                _open.Add(database);
                await AddTablesAsync(plan, source, database.Catalog, p.Tables, p.Exclude, table => (after, token) => OpenTableAsync(p, database, table, after, token), cancellationToken)
                    .ConfigureAwait(false);
                break;
            case SqlitePlanSource { IsSingle: false } s:
                await AddTablesAsync(
                    plan, source, SqliteCatalog.Read(s.Options.Path, findsNullKeys: source.IsAutomatic), s.Tables, s.Exclude,
                    table => (after, _) => Task.FromResult<IRecordSource>(SqliteSource.Open(s.Options with { Table = table.Name, StartAfter = after })), cancellationToken).ConfigureAwait(false);
                break;
            default:
                var api = source is RestPlanSource r ? new PeekedApi(r.Options, clock) : null;
                if (api is not null)
                    _open.Add(api);
                var (mapping, text) = source.IsAutomatic
                    ? await MakeForStreamAsync(source, api, cancellationToken).ConfigureAwait(false)
                    : await ReadMappingAsync(plan, source, cancellationToken).ConfigureAwait(false);
                _feeds.Add(new PlanFeed(source, Clean(plan, mapping), text, null, (after, token) => api?.OpenAsync(after) ?? OpenSingleAsync(source, after, token)) { Api = api });
                break;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var open in _open)
            await open.DisposeAsync().ConfigureAwait(false);
    }

    private async Task AddTablesAsync(
        MigrationPlan plan, PlanSource source, DatabaseCatalog all, IReadOnlyList<string> tables, IReadOnlyList<string> exclude,
        Func<CatalogTable, Func<SourcePosition?, CancellationToken, Task<IRecordSource>>> open, CancellationToken cancellationToken)
    {
        var chosen = all.Tables.Where(t => NamePattern.MatchesAny(tables, t.Name) || tables.Any(p => NamePattern.Matches(p, t.ToString())))
            .Where(t => !exclude.Any(e => NamePattern.Matches(e, t.Name) || NamePattern.Matches(e, t.ToString()))).ToList();
        if (chosen.Count == 0)
        {
            throw new MigrationException(
                ErrorCode.SourceNotFound, $"{source} has no table to read.",
                all.Tables.Count == 0 ? "Check the database, and what this user may see." : "Check 'tables' and 'exclude' in the plan.") { Stage = MigrationStage.Extract };
        }

        MappingDocument mapping;
        string text;
        if (source.IsAutomatic)
        {
            var generated = MappingGenerator.Generate(all with { Tables = chosen });
            (mapping, text) = (generated.Document, generated.Json);
            _notes.AddRange(generated.Notes.Select(n => new PlanFault(source.Place, n)));
        }
        else
        {
            (mapping, text) = await ReadMappingAsync(plan, source, cancellationToken).ConfigureAwait(false);
        }

        mapping = Clean(plan, mapping);
        foreach (var table in chosen)
        {
            // A mapping that makes nothing of a table need not read it; of views only those that it names.
            bool Concerns(ItemMapping item) => item.Sources.Count == 0 ? !table.IsView : NamePattern.MatchesAny(item.Sources, table.Name);
            var own = mapping with { Nodes = [.. mapping.Nodes.Where(Concerns)], Relationships = [.. mapping.Relationships.Where(Concerns)] };
            if (own.Nodes.Count + own.Relationships.Count == 0)
            {
                if (!source.IsAutomatic)
                    _notes.Add(new PlanFault(source.Place, $"The mapping makes nothing of '{table}', which is not read."));
                continue;
            }

            var lookups = own.Values.Select(v => v.Lookup?.Lookup).OfType<string>().ToHashSet(StringComparer.Ordinal);
            own = own with { Lookups = own.Lookups.Where(l => lookups.Contains(l.Key)).ToDictionary(l => l.Key, l => l.Value) };
            _feeds.Add(new PlanFeed(source, own, text, table.EstimatedRows, open(table)) { Table = table });
        }
    }

    private static async Task<IRecordSource> OpenTableAsync(
        PostgreSqlPlanSource source, PostgreSqlDatabase database, CatalogTable table, SourcePosition? after, CancellationToken cancellationToken)
    {
        if (after is null)
            return await database.OpenTableAsync(table, source.Options.Readers, cancellationToken: cancellationToken).ConfigureAwait(false);
        return await PostgreSqlSource.OpenAsync(
            source.Options with { Table = PostgreSqlTable.Quote(table.Schema!) + "." + PostgreSqlTable.Quote(table.Name), StartAfter = after }, cancellationToken).ConfigureAwait(false);
    }

    private static async Task<IRecordSource> OpenSingleAsync(PlanSource source, SourcePosition? after, CancellationToken cancellationToken) => source switch
    {
        FilePlanSource f => FileSources.Open(f.Options with { StartAfter = after, Fingerprint = false }),
        PostgreSqlPlanSource p => await PostgreSqlSource.OpenAsync(p.Options with { StartAfter = after }, cancellationToken).ConfigureAwait(false),
        SqlitePlanSource s => SqliteSource.Open(s.Options with { StartAfter = after }),
        AdoNetPlanSource a => await AdoNetSource.OpenAsync(a.Options, cancellationToken).ConfigureAwait(false),
        _ => throw new InvalidOperationException(),
    };

    /// <summary>Makes a mapping from what the source says of itself: a dump from its own tables, anything else from the fields of its first records.</summary>
    private async Task<(MappingDocument Mapping, string Text)> MakeForStreamAsync(PlanSource source, PeekedApi? api, CancellationToken cancellationToken)
    {
        SampledFields? sampled = null;
        DatabaseCatalog? catalog = null;
        if (api is not null)
        {
            sampled = SampledFields.Of((await api.PeekAsync(SampledFields.SampleSize, cancellationToken).ConfigureAwait(false)).Records);
        }
        else
        {
            var stream = await OpenSingleAsync(source, null, cancellationToken).ConfigureAwait(false);
            await using var disposing = stream.ConfigureAwait(false);
            if (stream.Metadata.Format == "sql")
                catalog = await ReadCatalogAsync(source, stream, cancellationToken).ConfigureAwait(false);
            else if ((sampled = await SampledFields.ReadAsync(stream, cancellationToken).ConfigureAwait(false)) is null && stream.Metadata.Schema is { } schema)
                catalog = CatalogOf(source, schema, [.. schema.Fields.Select(f => new CatalogColumn(f.Name, f.SourceType ?? "", f.Type, f.IsNullable))]);
        }

        if (sampled is not null)
            catalog = CatalogOf(source, sampled.Schema, sampled.Columns);
        if (catalog is null)
        {
            throw new MigrationException(
                ErrorCode.SourceNotFound, $"{source} has no records, so that no mapping can be made from it.", "Write a mapping.") { Stage = MigrationStage.Extract };
        }

        var generated = MappingGenerator.Generate(catalog);
        _notes.AddRange(generated.Notes.Select(n => new PlanFault(source.Place, n)));
        return (generated.Document with { MissingFields = sampled is { VaryInShape: true } ? MissingFieldPolicy.Null : MissingFieldPolicy.Error }, generated.Json);
    }

    // What a dump's tables are is known when all of it was read.
    private static async Task<DatabaseCatalog?> ReadCatalogAsync(PlanSource source, IRecordSource dump, CancellationToken cancellationToken)
    {
        var lacking = new NullKeys();
        await foreach (var batch in dump.ReadAsync(cancellationToken).ConfigureAwait(false))
            lacking.Look(batch.Records);
        var file = source is FilePlanSource f && File.Exists(f.Options.Path) ? f.Options.Path : null;
        return dump.Metadata.Catalog is { Tables.Count: > 0 } own ? lacking.In(own with { Tables = [.. own.Tables.Select(t => t with { File = file })] }) : null;
    }

    private static DatabaseCatalog CatalogOf(PlanSource source, RecordSchema schema, IReadOnlyList<CatalogColumn> columns) => DatabaseCatalog.InLoadingOrder(
        source.DisplayName, [new CatalogTable(null, schema.Name, columns) { PrimaryKey = [.. schema.Key.Select(k => k.Name)] }]);

    private static async Task<(MappingDocument Mapping, string Text)> ReadMappingAsync(MigrationPlan plan, PlanSource source, CancellationToken cancellationToken)
    {
        if (source.Mapping.ValueKind == JsonValueKind.Object)
            return (MappingDocument.Parse(source.Mapping.GetRawText(), $"of {source}") with { Folder = plan.Folder }, source.Mapping.GetRawText());
        var path = MigrationPlan.FullPath(plan.Folder, source.Mapping.GetString()!);
        var document = await MappingDocument.LoadAsync(path, cancellationToken).ConfigureAwait(false);
        return (document, await File.ReadAllTextAsync(path, cancellationToken).ConfigureAwait(false));
    }

    private static MappingDocument Clean(MigrationPlan plan, MappingDocument mapping) =>
        plan.Cleaning.Count == 0 ? mapping : mapping with { Clean = [.. plan.Cleaning, .. mapping.Clean] };
}
