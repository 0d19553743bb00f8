using System.Globalization;
using System.Security.Cryptography;
using SafeAI.Migration.Sandbox.Faults;

namespace SafeAI.Migration.Sandbox.Http;

/// <summary>How the sandbox was asked to run.</summary>
internal sealed class SandboxOptions
{
    public const string Usage = """
        The SafeAI sandbox: a local stand-in for the platform.

          --port N              port on 127.0.0.1; 0 (default) takes a free one
          --store FILE          keep the graph in this SQLite file; without it the graph lives in memory
          --api-key KEY         the key that may read and write; random if absent (or SAFEAI_SANDBOX_API_KEY)
          --read-only-key KEY   a second key that may only read (or SAFEAI_SANDBOX_READ_ONLY_KEY)
          --client-id ID        OAuth client credentials for POST /oauth/token
          --client-secret TEXT  their secret (or SAFEAI_SANDBOX_CLIENT_SECRET)
          --token-lifetime S    seconds an access token lives; 3600 by default
          --rate-limit N        requests a window and key; 0 (default) is unlimited, and then no X-RateLimit headers are sent
          --rate-window S       seconds of a window; 60 by default
          --faults FILE|JSON    a fault script: a file, or the JSON list itself
          --parent-pid PID      stop when this process is gone
          --verbose             log more to stderr

        The first line on stdout is {"url": "...", "apiKey": "..."}.
        """;

    public int Port { get; private set; }

    public string? Store { get; private set; }

    public string ApiKey { get; private set; } = "";

    public string? ReadOnlyKey { get; private set; }

    public string? ClientId { get; private set; }

    public string? ClientSecret { get; private set; }

    public int TokenLifetimeSeconds { get; private set; } = 3600;

    public int RateLimit { get; private set; }

    public int RateWindowSeconds { get; private set; } = 60;

    public FaultScript Faults { get; private set; } = FaultScript.Empty;

    public int? ParentPid { get; private set; }

    public bool Verbose { get; private set; }

    public bool Help { get; private set; }

    /// <summary>Reads the command line; a mistake in it is a <see cref="FormatException"/>.</summary>
    public static SandboxOptions Parse(IReadOnlyList<string> arguments)
    {
        var options = new SandboxOptions();
        for (var i = 0; i < arguments.Count; i++)
        {
            var name = arguments[i];
            string? value = null;
            if (name.StartsWith("--", StringComparison.Ordinal) && name.IndexOf('=', StringComparison.Ordinal) is > 0 and var split)
                (name, value) = (name[..split], name[(split + 1)..]);
            if (name is "--help" or "-h")
                options.Help = true;
            else if (name == "--verbose")
                options.Verbose = true;
            else
                options.Set(name, () => value ?? (++i < arguments.Count ? arguments[i] : throw new FormatException($"{name} needs a value")));
        }

        options.Complete();
        return options;
    }

    private void Set(string name, Func<string> value)
    {
        switch (name)
        {
            case "--port":
                Port = Number(name, value(), 0, 65535);
                break;
            case "--store":
                Store = value();
                break;
            case "--api-key":
                ApiKey = value();
                break;
            case "--read-only-key":
                ReadOnlyKey = value();
                break;
            case "--client-id":
                ClientId = value();
                break;
            case "--client-secret":
                ClientSecret = value();
                break;
            case "--token-lifetime":
                TokenLifetimeSeconds = Number(name, value(), 1, int.MaxValue);
                break;
            case "--rate-limit":
                RateLimit = Number(name, value(), 0, int.MaxValue);
                break;
            case "--rate-window":
                RateWindowSeconds = Number(name, value(), 1, 86_400);
                break;
            case "--faults":
                Faults = ReadFaults(value());
                break;
            case "--parent-pid":
                ParentPid = Number(name, value(), 1, int.MaxValue);
                break;
            default:
                throw new FormatException($"Unknown option '{name}'; --help lists what there is");
        }
    }

    private void Complete()
    {
        if (ApiKey.Length == 0)
            ApiKey = Environment.GetEnvironmentVariable("SAFEAI_SANDBOX_API_KEY") is { Length: > 0 } given ? given : RandomKey();
        ReadOnlyKey ??= Environment.GetEnvironmentVariable("SAFEAI_SANDBOX_READ_ONLY_KEY");
        ClientSecret ??= Environment.GetEnvironmentVariable("SAFEAI_SANDBOX_CLIENT_SECRET");
        if (ClientId is not null && string.IsNullOrEmpty(ClientSecret))
            throw new FormatException("--client-id needs --client-secret or SAFEAI_SANDBOX_CLIENT_SECRET");
    }

    public static string RandomKey() => "sk-sandbox-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));

    private static FaultScript ReadFaults(string text)
    {
        if (text.TrimStart().StartsWith('['))
            return FaultScript.Parse(text);
        return File.Exists(text) ? FaultScript.Parse(File.ReadAllText(text)) : throw new FormatException($"There is no fault script '{text}'");
    }

    private static int Number(string name, string text, int least, int most) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw new FormatException($"{name} needs a whole number from {least} to {most}, not '{text}'");
}
