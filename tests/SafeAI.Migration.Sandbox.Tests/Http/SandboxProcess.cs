using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace SafeAI.Migration.Sandbox.Tests.Http;

/// <summary>The sandbox as its users run it: a process of its own, spoken to over HTTP.</summary>
internal sealed class SandboxProcess : IDisposable
{
    public const string QueryPath = "/v1/knowledge-graph/query";

    private readonly Process _process;

    private SandboxProcess(Process process, string url, string apiKey)
    {
        _process = process;
        ApiKey = apiKey;
        Client = new HttpClient { BaseAddress = new Uri(url), Timeout = TimeSpan.FromMinutes(2) };
        Client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", apiKey);
    }

    public HttpClient Client { get; }

    public string ApiKey { get; }

    public Process Process => _process;

    public static async Task<SandboxProcess> StartAsync(params string[] arguments)
    {
        var process = Launch(arguments);
        var line = await process.StandardOutput.ReadLineAsync();
        if (line is null)
        {
            await process.WaitForExitAsync();
            throw new InvalidOperationException("The sandbox did not start: " + await process.StandardError.ReadToEndAsync());
        }

        using var first = JsonDocument.Parse(line);
        // Nothing may block on a pipe that nobody reads.
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        return new SandboxProcess(process, first.RootElement.GetProperty("url").GetString()!, first.RootElement.GetProperty("apiKey").GetString()!);
    }

    public static Process Launch(params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "SafeAI.Migration.Sandbox.dll"));
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        // The tests run beside other work: one heap and quick code are worth more here than fast code.
        start.Environment["DOTNET_TieredPGO"] = "0";
        return Process.Start(start)!;
    }

    public static StringContent Body(string query, object? parameters = null) =>
        new(JsonSerializer.Serialize(new { query, parameters = parameters ?? new { } }), Encoding.UTF8, "application/json");

    public Task<HttpResponseMessage> PostAsync(string query, object? parameters = null, string path = QueryPath) =>
        Client.PostAsync(new Uri(path, UriKind.Relative), Body(query, parameters));

    /// <summary>Runs a statement that must succeed; its rows.</summary>
    public async Task<JsonElement> RunAsync(string query, object? parameters = null)
    {
        using var response = await PostAsync(query, parameters);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, text);
        return JsonSerializer.Deserialize<JsonElement>(text).GetProperty("results");
    }

    /// <summary>The first value of the first row.</summary>
    public async Task<string> ValueAsync(string query, object? parameters = null) =>
        (await RunAsync(query, parameters))[0].EnumerateObject().First().Value.GetRawText();

    public async Task<JsonElement> StatsAsync() =>
        JsonSerializer.Deserialize<JsonElement>(await Client.GetStringAsync(new Uri("/sandbox/stats", UriKind.Relative)));

    public async Task SetFaultsAsync(string script)
    {
        using var content = new StringContent(script);
        using var response = await Client.PostAsync(new Uri("/sandbox/faults", UriKind.Relative), content);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
    }

    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    public void Dispose()
    {
        Client.Dispose();
        if (!_process.HasExited)
            Kill();
        _process.Dispose();
    }
}
