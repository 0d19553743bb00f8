using SafeAI.Migration.Engine.Loading;
using SafeAI.Migration.TestKit;
using SafeAI.Migration.TestKit.Sandbox;

namespace SafeAI.Migration.Integration.Tests;

/// <summary>What a test class derives from whose tests run at both kinds of graph: the store in a file, and the sandbox as a real process.</summary>
public abstract class GraphTests : JournalTests, IAsyncLifetime
{
    private readonly List<IGraphDestination> _clients = [];
    private SandboxServer? _sandbox;

    /// <summary>The sandbox, once it was opened.</summary>
    protected SandboxServer Sandbox => _sandbox ?? throw new InvalidOperationException("No sandbox was opened.");

    public virtual Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        foreach (var client in _clients)
            await client.DisposeAsync();
        if (_sandbox is not null)
            await _sandbox.DisposeAsync();
    }

    /// <summary>Opens the graph of the test; called again, another client of the same one.</summary>
    protected async Task<IGraphDestination> OpenAsync(bool isPlatform, int maxRetries = 6)
    {
        if (!isPlatform)
            return OpenStore();
        _sandbox ??= await SandboxServer.StartAsync();
        var client = _sandbox.Open(maxRetries);
        _clients.Add(client);
        return client;
    }
}
