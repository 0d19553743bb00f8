using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SafeAI.Migration.TestKit;

/// <summary>Passes the bytes of TCP connections on to a server, and ends them in an orderly way where the client says a certain thing.</summary>
public sealed class TcpRelay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _serving;
    private readonly byte[] _word;

    /// <summary>Starts to listen on a free loopback port.</summary>
    /// <param name="host">The server.</param>
    /// <param name="port">The server's port.</param>
    /// <param name="cutAt">A connection ends for the client when it sends a block with this text, which the server does not get.</param>
    public TcpRelay(string host, int port, string cutAt)
    {
        _word = Encoding.UTF8.GetBytes(cutAt);
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _serving = ServeAsync(host, port);
    }

    /// <summary>The port that is listened on.</summary>
    public int Port { get; }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _serving;
        _stop.Dispose();
    }

    private async Task ServeAsync(string host, int port)
    {
        var connections = new List<Task>();
        try
        {
            while (true)
                connections.Add(RelayAsync(await _listener.AcceptTcpClientAsync(_stop.Token), host, port));
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(connections);
        }
    }

    private async Task RelayAsync(TcpClient client, string host, int port)
    {
        using var disposeClient = client;
        using var server = new TcpClient();
        try
        {
            await server.ConnectAsync(host, port, _stop.Token);
            var back = server.GetStream().CopyToAsync(client.GetStream(), _stop.Token);
            var buffer = new byte[64 * 1024];
            while (await client.GetStream().ReadAsync(buffer, _stop.Token) is > 0 and var count)
            {
                if (buffer.AsSpan(0, count).IndexOf(_word) >= 0)
                    break;
                await server.GetStream().WriteAsync(buffer.AsMemory(0, count), _stop.Token);
            }

            server.Client.Shutdown(SocketShutdown.Send);
            await back;
            client.Client.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or SocketException)
        {
            // One of the two went away.
        }
    }
}
