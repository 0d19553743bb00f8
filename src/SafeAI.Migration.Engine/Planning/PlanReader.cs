using System.Globalization;
using System.Text.Json;
using SafeAI.Migration.Engine.Platform;
using SafeAI.Migration.Engine.Transformation;

namespace SafeAI.Migration.Engine.Planning;

/// <summary>Understands a plan as it was written, and collects everything that is wrong with it.</summary>
internal sealed class PlanReader(string folder, PlanFaults faults)
{
    private static readonly string[] s_weekdays = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

    private enum ErrorChoice
    {
        Stop,
        Rollback,
    }

    public MigrationPlan Read(JsonElement element)
    {
        var root = new PlanObject(element, "$", faults);
        root.Text("$schema");
        var name = root.Text("name") ?? "migration";
        var mapping = root.Any("mapping");
        var reader = new PlanSourceReader(folder, faults, mapping);
        PlanSource[] sources = [.. root.Objects("source").Concat(root.Objects("sources")).Select(reader.Read).OfType<PlanSource>()];
        if (sources.Length == 0 && !root.Has("source") && !root.Has("sources"))
            root.Fault("sources", "there is none; name at least one file, database or API");
        var validation = root.Any("validation");
        var isWrong = validation.ValueKind switch
        {
            JsonValueKind.Undefined or JsonValueKind.Null or JsonValueKind.Object => false,
            JsonValueKind.String => validation.GetString()!.Length == 0,
            _ => true,
        };
        if (isWrong)
            root.Fault("validation", "it must be an object, or the path of a file");
        var destination = root.Object("destination");
        if (destination is null)
            root.Fault("destination", "there is none; name a store or an endpoint");
        var options = root.Object("options");
        var plan = new MigrationPlan
        {
            Name = name,
            Folder = folder,
            Sources = sources,
            Cleaning = ReadCleaning(root.Any("cleaning"), root.PathOf("cleaning")),
            Destination = destination is null ? new PlanDestination() : ReadDestination(destination),
            Validation = validation,
            Windows = ReadWindows(root),
            OutsideWindow = root.Choice<OutsideWindowAction>("outsideWindow") ?? OutsideWindowAction.Wait,
            OnError = root.Choice<ErrorChoice>("onError") == ErrorChoice.Rollback ? FailureAction.Rollback : FailureAction.Keep,
            JournalPath = root.Text("journal"),
            ReportPath = root.Text("report"),
            ValidationLevel = options?.Choice<ValidationLevel>("validationLevel"),
            MaxRequestsPerMinute = options?.Number("maxRequestsPerMinute", 1, 1_000_000),
            RejectPath = options?.Text("rejectPath"),
            Options = options is null ? new LoadOptions() : ReadOptions(options),
        };
        options?.Finish();
        root.Finish();
        return plan;
    }

    private static PlanDestination ReadDestination(PlanObject destination)
    {
        var type = destination.Text("type");
        var plan = new PlanDestination
        {
            Store = destination.Text("store"),
            Endpoint = destination.Text("endpoint"),
            ApiKey = destination.Text("apiKey"),
            ClientId = destination.Text("clientId"),
            ClientSecret = destination.Text("clientSecret"),
            QueryPath = destination.Text("queryPath"),
            SchemaPath = destination.Text("schemaPath"),
        };
        var isStore = type is null ? plan.Store is not null : PlanObject.Plain(type) is "store" or "graphstore";
        if (type is not null && !isStore && PlanObject.Plain(type) is not ("safeaiplatform" or "platform" or "safeai"))
            destination.Fault("type", $"it must be safeai_platform or graph_store, not '{type}'");
        else if (isStore && plan.Store is null)
            destination.Fault("store", "there is none; name the store's file");
        else if (plan.Store is not null && (!isStore || plan.Endpoint is not null))
            destination.Fault("store", "a plan goes to a store or to the platform, not to both");
        if (plan.ClientId is null != plan.ClientSecret is null || (plan.ClientId is not null && plan.ApiKey is not null))
            destination.Fault("give an apiKey, or a clientId with its clientSecret");
        if (plan.Endpoint is not null)
        {
            try
            {
                PlatformOptions.ParseEndpoint(plan.Endpoint);
            }
            catch (MigrationException e)
            {
                destination.Fault("endpoint", e.What.TrimEnd('.'));
            }
        }

        destination.Finish();
        return plan;
    }

    private static LoadOptions ReadOptions(PlanObject options)
    {
        var defaults = new LoadOptions();
        var throttle = options.Number("throttleLimit", 1, LoadThrottleLimit);
        var isParallel = options.Flag("parallelProcessing");
        if (isParallel == false && throttle > 1)
            options.Fault("throttleLimit", "without parallel processing it can be 1 only");
        var budget = defaults.ErrorBudget;
        try
        {
            if (options.TextOrNumber("errorBudget") is { } amount)
                budget = ErrorBudget.Parse(amount);
        }
        catch (FormatException e)
        {
            options.Fault("errorBudget", e.Message.TrimEnd('.'));
        }

        return defaults with
        {
            BatchSize = options.Number("batchSize", 1, 100_000) ?? defaults.BatchSize,
            ThrottleLimit = isParallel == false ? 1 : throttle ?? defaults.ThrottleLimit,
            Verify = options.Choice<VerifyMode>("verify") ?? defaults.Verify,
            ErrorBudget = budget,
        };
    }

    private const int LoadThrottleLimit = Loading.LoadThrottle.HighestLimit;

    private List<CleaningRule> ReadCleaning(JsonElement element, string path)
    {
        var rules = new List<CleaningRule>();
        if (element.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null)
            return rules;
        var found = new FaultList();
        var items = element.ValueKind == JsonValueKind.Array ? element.EnumerateArray().ToArray() : [element];
        for (var i = 0; i < items.Length; i++)
        {
            if (items[i].ValueKind != JsonValueKind.Object)
                faults.Add($"{path}[{i}]", "a cleaning rule is an object with a name, fields and apply");
            else if (CleaningRule.Read(MappingElement.FromJson(items[i], element.ValueKind == JsonValueKind.Array ? $"{path}[{i}]" : path), found) is { } rule)
                rules.Add(rule);
        }

        foreach (var fault in found.Faults)
            faults.Add(fault.Path, fault.Message.TrimEnd('.'));
        return rules;
    }

    private static MigrationWindows? ReadWindows(PlanObject root)
    {
        var windows = root.Objects("window").Concat(root.Objects("windows")).Select(ReadWindow).ToArray();
        return windows.Length == 0 ? null : new MigrationWindows(windows);
    }

    private static MigrationWindow ReadWindow(PlanObject window)
    {
        var days = new List<DayOfWeek>();
        foreach (var text in window.Texts("days"))
        {
            var day = text.ToLowerInvariant();
            if (day is "weekdays" or "weekend" or "daily")
                days.AddRange(day switch { "weekdays" => Days(0, 5), "weekend" => Days(5, 2), _ => Days(0, 7) });
            else if (day.Length >= 3 && Array.FindIndex(s_weekdays, d => d.StartsWith(day, StringComparison.Ordinal)) is var index and >= 0)
                days.AddRange(Days(index, 1));
            else
                window.Fault("days", $"'{text}' is no day; write monday to sunday, weekdays, weekend or daily");
        }

        var from = Time("from", default);
        var to = Time("to", default);
        var zone = TimeZoneInfo.Local;
        if (window.Text("timeZone") is { } name && !TimeZoneInfo.TryFindSystemTimeZoneById(name, out zone!))
        {
            window.Fault("timeZone", $"'{name}' is no time zone of this machine; write it as Europe/Berlin or UTC");
            zone = TimeZoneInfo.Utc;
        }

        window.Finish();
        return new MigrationWindow(days.Count == 0 ? [.. Days(0, 7)] : days, from, to, zone);

        TimeOnly Time(string name, TimeOnly otherwise)
        {
            if (window.Text(name) is not { } text)
                return otherwise;
            if (TimeOnly.TryParseExact(text, ["HH:mm", "H:mm", "HH:mm:ss"], CultureInfo.InvariantCulture, DateTimeStyles.None, out var time))
                return time;
            window.Fault(name, $"'{text}' is no time; write it as 22:00");
            return otherwise;
        }

        static IEnumerable<DayOfWeek> Days(int first, int count) => Enumerable.Range(first + 1, count).Select(d => (DayOfWeek)(d % 7));
    }
}
