using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using SafeAI.Migration.TestKit.Postgres;

namespace SafeAI.Migration.TestKit;

/// <summary>A request that <see cref="LocalHttpServer"/> received.</summary>
/// <param name="Method">The method.</param>
/// <param name="PathAndQuery">The path with its query, undecoded.</param>
/// <param name="Headers">The headers, by lower-case name.</param>
/// <param name="Body">The content as text.</param>
/// <param name="Number">Which request it is, from 1.</param>
public sealed record LocalRequest(string Method, string PathAndQuery, IReadOnlyDictionary<string, string> Headers, string Body, int Number)
{
    /// <summary>A parameter of the query, or null.</summary>
    public string? Query(string name) => System.Web.HttpUtility.ParseQueryString(new Uri("http://localhost" + PathAndQuery).Query)[name];
}

/// <summary>An answer of <see cref="LocalHttpServer"/>.</summary>
/// <param name="Body">The content.</param>
/// <param name="Status">The status.</param>
/// <param name="ContentType">The type of the content.</param>
public sealed record LocalAnswer(string Body, int Status = 200, string ContentType = "application/json")
{
    /// <summary>Further headers.</summary>
    public Dictionary<string, string> Headers { get; init; } = [];

    /// <summary>Whether the connection is cut after half of the content.</summary>
    public bool IsCut { get; init; }

    /// <summary>The content as bytes, where it is not text.</summary>
    public byte[]? Bytes { get; init; }
}

/// <summary>A real HTTP server on a free loopback port, answering as the test says.</summary>
public sealed class LocalHttpServer : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly Func<LocalRequest, LocalAnswer> _answer;
    private int _count;

    /// <summary>Starts a server.</summary>
    public LocalHttpServer(Func<LocalRequest, LocalAnswer> answer)
    {
        _answer = answer;
        // Another process may take the port between finding it and listening on it.
        for (var attempt = 0; ; attempt++)
        {
            Address = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{PostgresServer.FindFreePort()}/"));
            _listener.Prefixes.Clear();
            _listener.Prefixes.Add(Address.AbsoluteUri);
            try
            {
                _listener.Start();
                break;
            }
            catch (HttpListenerException) when (attempt < 5)
            {
            }
        }

        _ = Task.Run(ServeAsync);
    }

    /// <summary>The address, with a slash at its end.</summary>
    public Uri Address { get; }

    /// <summary>The requests so far, in order.</summary>
    public ConcurrentQueue<LocalRequest> Requests { get; } = [];

    /// <inheritdoc/>
    public void Dispose() => _listener.Close();

    private async Task ServeAsync()
    {
        while (_listener.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await _listener.GetContextAsync();
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            try
            {
                await AnswerAsync(context);
            }
            catch (Exception e) when (e is HttpListenerException or ObjectDisposedException or IOException)
            {
                // The client went away.
            }
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        using var reader = new StreamReader(context.Request.InputStream);
        var request = new LocalRequest(
            context.Request.HttpMethod, context.Request.RawUrl!,
            context.Request.Headers.AllKeys.ToDictionary(k => k!.ToLowerInvariant(), k => context.Request.Headers[k]!),
            await reader.ReadToEndAsync(), Interlocked.Increment(ref _count));
        Requests.Enqueue(request);
        var answer = _answer(request);
        var body = answer.Bytes ?? Encoding.UTF8.GetBytes(answer.Body);
        context.Response.StatusCode = answer.Status;
        context.Response.ContentType = answer.ContentType;
        foreach (var (name, value) in answer.Headers)
            context.Response.AddHeader(name, value);
        context.Response.ContentLength64 = body.Length;
        if (answer.IsCut)
        {
            await context.Response.OutputStream.WriteAsync(body.AsMemory(0, body.Length / 2));
            await context.Response.OutputStream.FlushAsync();
            context.Response.Abort();
            return;
        }

        await context.Response.OutputStream.WriteAsync(body);
        context.Response.Close();
    }
}
