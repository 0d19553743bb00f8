using System.Text.Json;

namespace SafeAI.Migration.Engine.Planning;

/// <summary>
/// Reads plans. Names are matched whatever their case and underscores, so that <c>batchSize</c> and <c>batch_size</c>
/// are the same; a name that means nothing is a fault.
/// </summary>
public static class PlanFile
{
    /// <summary>Reads a plan file.</summary>
    /// <exception cref="MigrationException"><see cref="ErrorCode.SourceNotFound"/> or <see cref="ErrorCode.InvalidPlan"/>, with every fault found.</exception>
    public static MigrationPlan Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var full = Path.GetFullPath(path);
        string text;
        try
        {
            text = File.ReadAllText(full);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MigrationException(ErrorCode.SourceNotFound, $"The plan {full} cannot be read: {e.Message}", "Check the path.", e);
        }

        return Parse(text, Path.GetDirectoryName(full)!, full);
    }

    /// <summary>Reads a plan.</summary>
    /// <param name="json">The text; comments and trailing commas are allowed.</param>
    /// <param name="folder">The folder that paths of what is read are relative to.</param>
    /// <param name="name">What to call the plan in messages.</param>
    public static MigrationPlan Parse(string json, string folder, string name)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(json, new JsonDocumentOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        }
        catch (JsonException e)
        {
            throw new MigrationException(
                ErrorCode.InvalidPlan, $"The plan {name} is not JSON: line {e.LineNumber + 1}, column {e.BytePositionInLine + 1}.", "Mend it there.", e);
        }

        using (document)
        {
            var faults = new List<string>();
            var root = new PlanObject(document.RootElement, "$", faults);
            var sources = new List<PlanSource>();
            if (root.Object("source") is { } single)
                sources.Add(SourceOf(single));
            foreach (var element in root.List("sources"))
                sources.Add(SourceOf(element));
            if (sources.Count == 0)
                faults.Add("$.sources: there is none; name at least one file, table or query");
            var destination = root.Object("destination");
            if (destination is null)
                faults.Add("$.destination: there is none; name a store or an endpoint");
            var options = root.Object("options");
            var plan = new MigrationPlan
            {
                Name = root.Text("name") ?? "migration",
                Folder = folder,
                Sources = sources,
                Destination = destination is { } d
                    ? new PlanDestination { Store = d.Text("store"), Endpoint = d.Text("endpoint"), ApiKey = d.Text("apiKey") }
                    : new PlanDestination(),
                RejectPath = options?.Text("rejectPath"),
                Options = options is { } o ? OptionsOf(o) : new LoadOptions(),
            };
            destination?.Text("type");
            root.Text("$schema");
            options?.Finish();
            destination?.Finish();
            root.Finish();
            return faults.Count == 0
                ? plan
                : throw new MigrationException(ErrorCode.InvalidPlan, $"The plan {name} has {faults.Count} faults: {string.Join("; ", faults)}.", "Mend them all, then run again.");
        }
    }

    private static PlanSource SourceOf(PlanObject source)
    {
        var plan = new PlanSource
        {
            Path = source.Text("path"),
            Format = source.Text("format"),
            ConnectionString = source.Text("connectionString"),
            Table = source.Text("table"),
            Query = source.Text("query"),
            Mapping = source.Any("mapping"),
        };
        source.Text("type");
        if (plan.Path is null == plan.ConnectionString is null)
            source.Fault("name either a path or a connectionString");
        if (plan.ConnectionString is not null && plan.Table is null == plan.Query is null)
            source.Fault("name either a table or a query");
        if (plan.Mapping.ValueKind is not (JsonValueKind.String or JsonValueKind.Object))
            source.Fault("name a mapping: a file's path, or the mapping itself");
        source.Finish();
        return plan;
    }

    private static LoadOptions OptionsOf(PlanObject options)
    {
        var defaults = new LoadOptions();
        var batchSize = options.Number("batchSize", 1, 100_000) ?? defaults.BatchSize;
        var throttle = options.Number("throttleLimit", 1, 64) ?? defaults.ThrottleLimit;
        if (options.Flag("parallelProcessing") == false)
            throttle = 1;
        var verify = defaults.Verify;
        if (options.Text("verify") is { } text && !Enum.TryParse(text, ignoreCase: true, out verify))
            options.Fault($"verify is '{text}'; it can be none, count or content");
        var budget = defaults.ErrorBudget;
        try
        {
            if (options.TextOrNumber("errorBudget") is { } amount)
                budget = ErrorBudget.Parse(amount);
        }
        catch (FormatException e)
        {
            options.Fault(e.Message.TrimEnd('.'));
        }

        return new LoadOptions { BatchSize = batchSize, ThrottleLimit = throttle, Verify = verify, ErrorBudget = budget };
    }
}
