using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using SafeAI.Migration.Engine.Platform;

namespace SafeAI.Migration.TestKit.Sandbox;

/// <summary>The sandbox as a real process on loopback, ended with this process at the latest.</summary>
public sealed class SandboxServer : IAsyncDisposable
{
    private static readonly HttpClient s_relay = new();
    private readonly ChildProcess _process;
    private readonly HttpClient _admin;

    private SandboxServer(ChildProcess process, Uri endpoint, string apiKey)
    {
        _process = process;
        Endpoint = endpoint;
        ApiKey = apiKey;
        _admin = new HttpClient { BaseAddress = endpoint };
        _admin.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", apiKey);
    }

    /// <summary>Where it listens.</summary>
    public Uri Endpoint { get; }

    /// <summary>The key that may read and write.</summary>
    public string ApiKey { get; }

    /// <summary>Its process.</summary>
    public int ProcessId => _process.Id;

    /// <summary>Starts one and waits until it listens.</summary>
    /// <param name="arguments">Its arguments.</param>
    public static async Task<SandboxServer> StartAsync(params string[] arguments)
    {
        var process = ChildProcess.Start(
        [
            .. Repository.Program("SafeAI.Migration.Sandbox", "SafeAI.Migration.Sandbox"),
            "--parent-pid", Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture), .. arguments,
        ]);
        var line = await process.ReadLineAsync() ?? throw new InvalidOperationException($"The sandbox did not start: {process.Errors}");
        using var document = JsonDocument.Parse(line);
        return new SandboxServer(
            process, new Uri(document.RootElement.GetProperty("url").GetString()!), document.RootElement.GetProperty("apiKey").GetString()!);
    }

    /// <summary>Options for a client of it: retries without long waits.</summary>
    public PlatformOptions Options(int maxRetries = 6, string? apiKey = null) => new()
    {
        Endpoint = Endpoint,
        ApiKey = apiKey ?? ApiKey,
        MaxRetries = maxRetries,
        RetryDelay = TimeSpan.FromMilliseconds(20),
    };

    /// <summary>A destination on it.</summary>
    public PlatformDestination Open(int maxRetries = 6, string? apiKey = null) => new(new PlatformClient(Options(maxRetries, apiKey)));

    /// <summary>Replaces the scripted faults; their request numbers count from here.</summary>
    public async Task SetFaultsAsync(string json)
    {
        using var content = new StringContent(json, Encoding.UTF8, "application/json");
        using var answer = await _admin.PostAsync(new Uri("/sandbox/faults", UriKind.Relative), content);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>A figure that it keeps of itself, for instance <c>mutatingRequests</c> or <c>writes</c>.</summary>
    public async Task<long> StatisticAsync(string name)
    {
        using var document = JsonDocument.Parse(await _admin.GetStringAsync(new Uri("/sandbox/stats", UriKind.Relative)));
        return document.RootElement.GetProperty(name).GetInt64();
    }

    /// <summary>Passes a request on that another server received, and gives its answer: its status and its content.</summary>
    /// <param name="request">The request.</param>
    /// <param name="apiKey">The key that it is sent with.</param>
    public LocalAnswer Forward(LocalRequest request, string apiKey)
    {
        ArgumentNullException.ThrowIfNull(request);
        using var message = new HttpRequestMessage(new HttpMethod(request.Method), new Uri(Endpoint, request.PathAndQuery));
        if (request.Body.Length > 0)
            message.Content = new StringContent(request.Body, Encoding.UTF8, "application/json");
        message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", apiKey);
        using var answer = s_relay.Send(message);
        using var reader = new StreamReader(answer.Content.ReadAsStream());
        return new LocalAnswer(reader.ReadToEnd(), (int)answer.StatusCode);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _admin.Dispose();
        _process.Kill();
        _process.Dispose();
        return ValueTask.CompletedTask;
    }
}
