using System.Text.Json;

namespace SafeAI.Migration.Sandbox.Faults;

/// <summary>
/// A list of faults and how far it has been played. It is a JSON list of objects:
/// <code>
/// [ {"kind": "status429", "retryAfter": "seconds|date|none", "seconds": 1, "requests": [3, 7]},
///   {"kind": "status500", "probability": 0.05, "seed": 1, "times": 10, "mutatingOnly": true},
///   {"kind": "slow", "milliseconds": 200, "every": 10} ]
/// </code>
/// Each rule has one of <c>requests</c>, <c>every</c> or <c>probability</c>; without any it strikes every request.
/// Requests to the query endpoint are counted from 1 since the script was set, after the key was accepted;
/// a rule with <c>mutatingOnly</c> counts statements that write only. The first rule that strikes wins.
/// </summary>
internal sealed class FaultScript
{
    private readonly Lock _gate = new();
    private readonly State[] _rules;
    private readonly TaskCompletionSource _replaced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _requests;
    private long _mutating;

    public FaultScript(IEnumerable<Fault> faults) => _rules = [.. faults.Select(f => new State(f))];

    /// <summary>The script in which nothing goes wrong.</summary>
    public static FaultScript Empty => new([]);

    /// <summary>Ends when another script has taken this one's place.</summary>
    public Task Replaced => _replaced.Task;

    /// <summary>Says that another script has taken this one's place.</summary>
    public void Replace() => _replaced.TrySetResult();

    /// <summary>Counts a request; the fault that strikes it, or null.</summary>
    public Fault? Next(bool mutating)
    {
        lock (_gate)
        {
            _requests++;
            if (mutating)
                _mutating++;
            Fault? struck = null;
            foreach (var rule in _rules)
            {
                if (rule.Fault.MutatingOnly && !mutating)
                    continue;
                // Every rule draws its random number, so that one rule's luck does not move another's.
                var strikes = rule.Strikes(rule.Fault.MutatingOnly ? _mutating : _requests);
                if (strikes && struck is null)
                {
                    struck = rule.Fault;
                    rule.Count++;
                }
            }

            return struck;
        }
    }

    /// <summary>Reads a script; a mistake in it is a <see cref="FormatException"/> that says where.</summary>
    public static FaultScript Parse(string json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind != JsonValueKind.Array)
                throw new FormatException("A fault script is a JSON list");
            return new FaultScript(document.RootElement.EnumerateArray().Select(ReadFault).ToList());
        }
        catch (JsonException wrong)
        {
            throw new FormatException("The fault script is not valid JSON: " + wrong.Message, wrong);
        }
    }

    private static Fault ReadFault(JsonElement element, int number)
    {
        var where = $"Fault {number + 1}";
        if (element.ValueKind != JsonValueKind.Object)
            throw new FormatException($"{where} is not an object");
        string[] known = ["kind", "retryAfter", "seconds", "milliseconds", "requests", "every", "probability", "seed", "times", "mutatingOnly"];
        foreach (var property in element.EnumerateObject())
        {
            if (!known.Contains(property.Name))
                throw new FormatException($"{where}: unknown field '{property.Name}' (known are {string.Join(", ", known)})");
        }

        try
        {
            return new Fault
            {
                Kind = Choice<FaultKind>(element, "kind", where) ?? throw new FormatException($"{where} has no kind"),
                RetryAfter = Choice<RetryAfterForm>(element, "retryAfter", where) ?? RetryAfterForm.Seconds,
                Seconds = element.TryGetProperty("seconds", out var seconds) ? seconds.GetInt32() : 1,
                Milliseconds = element.TryGetProperty("milliseconds", out var milliseconds) ? milliseconds.GetInt32() : 1000,
                Requests = element.TryGetProperty("requests", out var requests)
                    ? requests.EnumerateArray().Select(r => r.GetInt64()).ToHashSet()
                    : null,
                Every = element.TryGetProperty("every", out var every) ? every.GetInt64() : null,
                Probability = element.TryGetProperty("probability", out var probability) ? probability.GetDouble() : null,
                Seed = element.TryGetProperty("seed", out var seed) ? seed.GetInt32() : 0,
                Times = element.TryGetProperty("times", out var times) ? times.GetInt64() : long.MaxValue,
                MutatingOnly = element.TryGetProperty("mutatingOnly", out var only) && only.GetBoolean(),
            };
        }
        catch (Exception wrong) when (wrong is InvalidOperationException or FormatException)
        {
            throw new FormatException(wrong is FormatException ? wrong.Message : $"{where}: {wrong.Message}", wrong);
        }
    }

    private static T? Choice<T>(JsonElement element, string name, string where)
        where T : struct, Enum
    {
        if (!element.TryGetProperty(name, out var value))
            return null;
        // A number would parse as an enum's value too.
        var text = value.GetString() ?? "";
        var match = Enum.GetNames<T>().FirstOrDefault(n => n.Equals(text, StringComparison.OrdinalIgnoreCase));
        return match is null
            ? throw new FormatException($"{where}: '{text}' is no {name} (there are {string.Join(", ", Enum.GetNames<T>().Select(n => JsonNamingPolicy.CamelCase.ConvertName(n)))})")
            : Enum.Parse<T>(match);
    }

    private sealed class State(Fault fault)
    {
        private readonly Random _random = new(fault.Seed);

        public Fault Fault { get; } = fault;

        public long Count { get; set; }

        // Pseudo-random on purpose: a script plays the same way every time.
#pragma warning disable CA5394
        public bool Strikes(long number)
        {
            var drawn = Fault.Probability is { } probability && _random.NextDouble() < probability;
            if (Count >= Fault.Times)
                return false;
            if (Fault.Requests is not null)
                return Fault.Requests.Contains(number);
            if (Fault.Every is { } every)
                return every > 0 && number % every == 0;
            return Fault.Probability is null || drawn;
        }
#pragma warning restore CA5394
    }
}
