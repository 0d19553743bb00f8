using System.Net;
using System.Net.Sockets;
using System.Text;

namespace SafeAI.Migration.TestKit;

/// <summary>
/// Passes the bytes of TCP connections on to a server, and ends them in an orderly way where the client says a certain thing, or
/// where the server has said enough.
/// </summary>
public sealed class TcpRelay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _serving;
    private readonly byte[] _word;
    private readonly long _most;

    /// <summary>Starts to listen on a free loopback port.</summary>
    /// <param name="host">The server.</param>
    /// <param name="port">The server's port.</param>
    /// <param name="cutAt">A connection ends for the client when it sends a block with this text, which the server does not get; null for no such.</param>
    /// <param name="cutAfter">A connection ends for the client when it has got so many bytes of the server.</param>
    public TcpRelay(string host, int port, string? cutAt = null, long cutAfter = long.MaxValue)
    {
        _word = Encoding.UTF8.GetBytes(cutAt ?? "");
        _most = cutAfter;
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
            var back = AnswerAsync(server.GetStream(), client);
            var buffer = new byte[64 * 1024];
            while (await client.GetStream().ReadAsync(buffer, _stop.Token) is > 0 and var count)
            {
                if (_word.Length > 0 && buffer.AsSpan(0, count).IndexOf(_word) >= 0)
                    break;
                await server.GetStream().WriteAsync(buffer.AsMemory(0, count), _stop.Token);
            }

            server.Client.Shutdown(SocketShutdown.Send);
            await back;
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or SocketException)
        {
            // One of the two went away.
        }
    }

    private async Task AnswerAsync(NetworkStream server, TcpClient client)
    {
        var buffer = new byte[64 * 1024];
        for (var left = _most; left > 0;)
        {
            var count = await server.ReadAsync(buffer.AsMemory(0, (int)Math.Min(buffer.Length, left)), _stop.Token);
            if (count == 0)
                break;
            await client.GetStream().WriteAsync(buffer.AsMemory(0, count), _stop.Token);
            left -= count;
        }

        client.Client.Shutdown(SocketShutdown.Send);
    }
}
