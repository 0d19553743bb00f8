using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using SafeAI.Migration.Sandbox.Graph;

namespace SafeAI.Migration.Sandbox.Http;

/// <summary>The sandbox as a web application.</summary>
internal static class SandboxServer
{
    private const long LargestBody = 512L * 1024 * 1024;

    /// <summary>Runs until the process is told to stop.</summary>
    public static async Task RunAsync(SandboxOptions options, TextWriter output)
    {
        using var graph = options.Store is null ? new MemoryGraph() : SqliteGraphFile.Load(options.Store);
        await using var application = Build(options, new SandboxState(options, graph));
        await application.StartAsync();
        var address = application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        await output.WriteLineAsync(JsonSerializer.Serialize(new { url = address, apiKey = options.ApiKey }));
        await output.FlushAsync();
        if (options.ParentPid is { } parent)
            _ = StopWithParentAsync(parent, application.Lifetime);
        await application.WaitForShutdownAsync();
    }

    private static WebApplication Build(SandboxOptions options, SandboxState state)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Logging.ClearProviders();
        builder.Logging.AddSimpleConsole();
        builder.Logging.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(
            o => o.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Logging.SetMinimumLevel(options.Verbose ? LogLevel.Information : LogLevel.Error);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, options.Port);
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = LargestBody;
            // A client under a debugger, or on a loaded machine, is slow but not hostile.
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
        });
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(2));
        builder.Services.AddRequestDecompression();
        var application = builder.Build();
        application.Use(Guard);
        application.UseRequestDecompression();
        Map(application, state);
        return application;

        Task Guard(HttpContext context, RequestDelegate next) => GuardAsync(context, next, state);
    }

    private static void Map(WebApplication application, SandboxState state)
    {
        application.MapGet("/health", (RequestDelegate)(context => context.Response.WriteAsync("""{"status":"ok"}""")));
        foreach (var path in new[] { "/oauth/token", "/v1/oauth/token", "/api/v1/oauth/token" })
        {
            application.MapPost(path, (RequestDelegate)(context => TokenAsync(context, state)));
        }

        foreach (var path in new[] { "/v1/knowledge-graph/query", "/api/v1/query", "/api/v1/knowledge-graph/query" })
        {
            application.MapPost(path, Platform(QueryEndpoint.HandleAsync));
        }

        foreach (var root in new[] { "/v1/knowledge-graph", "/api/v1/knowledge-graph" })
        {
            application.MapGet(root, Platform(GraphEndpoints.GraphAsync));
            application.MapGet(root + "/schema", Platform(GraphEndpoints.SchemaAsync));
            application.MapPost(root + "/nodes", Platform(GraphEndpoints.NodesAsync));
            application.MapPost(root + "/relationships", Platform(GraphEndpoints.RelationshipsAsync));
        }

        application.MapGet("/sandbox/stats", Admin(AdminEndpoints.StatsAsync));
        application.MapPost("/sandbox/faults", Admin(AdminEndpoints.FaultsAsync));
        application.MapPost("/sandbox/crash", Admin(AdminEndpoints.CrashAsync));

        RequestDelegate Platform(Func<HttpContext, SandboxState, Caller, Task> handle) => context =>
        {
            var caller = state.Access.Authenticate(context.Request);
            state.Limiter.Admit(caller, context.Response.Headers);
            return handle(context, state, caller);
        };

        RequestDelegate Admin(Func<HttpContext, SandboxState, Task> handle) => context =>
        {
            if (!state.Access.Authenticate(context.Request).MayWrite)
                throw new ApiError(StatusCodes.Status403Forbidden, "forbidden", "This key may only read");
            return handle(context, state);
        };
    }

    // The one place where errors become answers, and where what nobody mapped is a 404 of the same form.
    private static async Task GuardAsync(HttpContext context, RequestDelegate next, SandboxState state)
    {
        try
        {
            await next(context);
            if (context.Response is { HasStarted: false, StatusCode: StatusCodes.Status404NotFound or StatusCodes.Status405MethodNotAllowed })
                await new ApiError(context.Response.StatusCode, "not_found", $"There is no {context.Request.Method} {context.Request.Path}").WriteAsync(context);
        }
        catch (ApiError error)
        {
            if (error.Status == StatusCodes.Status429TooManyRequests)
                state.Counts.CountTooMany();
            await error.WriteAsync(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The client has gone; there is nobody to answer.
        }
        catch (BadHttpRequestException wrong)
        {
            await new ApiError(wrong.StatusCode, "invalid_request", wrong.Message).WriteAsync(context);
        }
        catch (Exception failed) when (!context.Response.HasStarted)
        {
            await Console.Error.WriteLineAsync(failed.ToString());
            await new ApiError(StatusCodes.Status500InternalServerError, "internal_error", failed.Message).WriteAsync(context);
        }
    }

    private static async Task TokenAsync(HttpContext context, SandboxState state)
    {
        if (!context.Request.HasFormContentType)
            throw ApiError.Invalid("The body must be form-encoded (application/x-www-form-urlencoded)");
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        var (id, secret) = (form["client_id"].ToString(), form["client_secret"].ToString());
        var header = context.Request.Headers.Authorization.ToString();
        if (header.StartsWith("Basic ", StringComparison.OrdinalIgnoreCase))
            (id, secret) = BasicCredentials(header["Basic ".Length..]);
        var (token, lifetime) = state.Access.Issue(form["grant_type"].ToString(), id, secret);
        state.Counts.Count("token");
        context.Response.ContentType = "application/json";
        context.Response.Headers.CacheControl = "no-store";
        await context.Response.WriteAsync(
            JsonSerializer.Serialize(new { access_token = token, token_type = "Bearer", expires_in = lifetime }));
    }

    private static (string Id, string Secret) BasicCredentials(string encoded)
    {
        var bytes = new byte[encoded.Length];
        if (!Convert.TryFromBase64String(encoded.Trim(), bytes, out var length))
            throw ApiError.Unauthorized("invalid_client", "The Authorization header is not valid Base64");
        var text = Encoding.UTF8.GetString(bytes, 0, length);
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? (text, "") : (Uri.UnescapeDataString(text[..colon]), Uri.UnescapeDataString(text[(colon + 1)..]));
    }

    private static async Task StopWithParentAsync(int pid, IHostApplicationLifetime lifetime)
    {
        try
        {
            using var parent = Process.GetProcessById(pid);
            await parent.WaitForExitAsync();
        }
        catch (ArgumentException)
        {
            // It is gone already.
        }

        lifetime.StopApplication();
    }
}
