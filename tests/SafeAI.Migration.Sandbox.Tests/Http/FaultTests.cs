using System.Diagnostics;
using System.Globalization;
using System.Net;
using SafeAI.Migration.Sandbox.Faults;
using SafeAI.Migration.Sandbox.Http;

namespace SafeAI.Migration.Sandbox.Tests.Http;

public sealed class FaultTests
{
    [Fact]
    public async Task PlaysEachKindOfFault()
    {
        using var sandbox = await SandboxProcess.StartAsync();
        await sandbox.SetFaultsAsync("""
            [{"kind": "status429", "retryAfter": "seconds", "seconds": 3, "requests": [1]},
             {"kind": "status429", "retryAfter": "date", "seconds": 90, "requests": [2]},
             {"kind": "status429", "retryAfter": "none", "requests": [3]},
             {"kind": "status500", "requests": [4]},
             {"kind": "status503", "requests": [5]},
             {"kind": "expiredToken", "requests": [6]},
             {"kind": "slow", "milliseconds": 1, "requests": [7]}]
            """);
        const string Statement = "CREATE (:Faulty)";
        using (var seconds = await sandbox.PostAsync(Statement))
        {
            Assert.Equal(HttpStatusCode.TooManyRequests, seconds.StatusCode);
            Assert.Equal(TimeSpan.FromSeconds(3), seconds.Headers.RetryAfter!.Delta);
        }

        using (var date = await sandbox.PostAsync(Statement))
        {
            Assert.NotNull(date.Headers.RetryAfter!.Date);
            Assert.True(date.Headers.RetryAfter.Date > date.Headers.Date);
        }

        using (var none = await sandbox.PostAsync(Statement))
        {
            Assert.Equal(HttpStatusCode.TooManyRequests, none.StatusCode);
            Assert.Null(none.Headers.RetryAfter);
        }

        foreach (var status in new[] { HttpStatusCode.InternalServerError, HttpStatusCode.ServiceUnavailable, HttpStatusCode.Unauthorized })
        {
            using var response = await sandbox.PostAsync(Statement);
            Assert.Equal(status, response.StatusCode);
        }

        Assert.Equal(0, (await sandbox.StatsAsync()).GetProperty("nodes").GetInt64());
        using (var slow = await sandbox.PostAsync(Statement))
        {
            Assert.Equal(HttpStatusCode.OK, slow.StatusCode);
        }

        var stats = await sandbox.StatsAsync();
        Assert.Equal(1, stats.GetProperty("nodes").GetInt64());
        Assert.Equal(3, stats.GetProperty("tooManyRequests").GetInt64());
        Assert.Equal(7, stats.GetProperty("faults").GetInt64());
        Assert.Equal(7, stats.GetProperty("mutatingRequests").GetInt64());
    }

    [Fact]
    public async Task ResetsTheConnectionOnEitherSideOfTheCommit()
    {
        using var sandbox = await SandboxProcess.StartAsync();
        foreach (var (kind, nodes) in new[] { ("resetBeforeCommit", "0"), ("resetAfterCommit", "1") })
        {
            await sandbox.SetFaultsAsync($$"""[{"kind": "{{kind}}", "requests": [1]}]""");
            await Assert.ThrowsAnyAsync<HttpRequestException>(() => sandbox.PostAsync("CREATE (:A)"));
            Assert.Equal(nodes, await sandbox.ValueAsync("MATCH (n:A) RETURN count(n)"));
        }
    }

    [Fact]
    public async Task ASlowAnswerIsCommittedBeforeItIsSent()
    {
        using var sandbox = await SandboxProcess.StartAsync();
        await sandbox.SetFaultsAsync("""[{"kind": "slow", "milliseconds": 60000, "requests": [1]}]""");
        using var impatient = new CancellationTokenSource();
        var answer = sandbox.Client.PostAsync(new Uri(SandboxProcess.QueryPath, UriKind.Relative), SandboxProcess.Body("CREATE (:A)"), impatient.Token);
        while (await sandbox.ValueAsync("MATCH (n:A) RETURN count(n)") != "1")
        {
        }

        Assert.False(answer.IsCompleted);
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => answer);
        Assert.Equal("1", await sandbox.ValueAsync("MATCH (n:A) RETURN count(n)"));
    }

    [Theory]
    [InlineData("""[{"kind": "status500", "every": 3}]""", "3r,6w,9w")]
    [InlineData("""[{"kind": "status500", "every": 2, "mutatingOnly": true}]""", "4w,9w")]
    [InlineData("""[{"kind": "status500", "requests": [1, 2, 3, 4], "times": 2}]""", "1r,2w")]
    [InlineData("""[{"kind": "status500", "times": 1}, {"kind": "status503", "requests": [1, 2]}]""", "1r,2w")]
    [InlineData("""[{"kind": "status500", "probability": 0}]""", "")]
    [InlineData("""[{"kind": "status500", "probability": 1, "times": 1, "mutatingOnly": true}]""", "2w")]
    public void StrikesTheRequestsItNames(string script, string expected)
    {
        var faults = FaultScript.Parse(script);
        var struck = new List<string>();
        for (var i = 1; i <= 10; i++)
        {
            var mutating = i % 3 == 0 || i % 2 == 0 ? i != 3 && i != 8 : false;
            if (faults.Next(mutating) is not null)
                struck.Add(i.ToString(CultureInfo.InvariantCulture) + (mutating ? "w" : "r"));
        }

        Assert.Equal(expected, string.Join(',', struck));
    }

    [Fact]
    public void ProbabilityPlaysTheSameWayForTheSameSeed()
    {
        static int[] Play(int seed)
        {
            var faults = FaultScript.Parse($$"""[{"kind": "status500", "probability": 0.05, "seed": {{seed}}}]""");
            return [.. Enumerable.Range(0, 2000).Where(_ => faults.Next(true) is not null)];
        }

        Assert.Equal(Play(1), Play(1));
        Assert.NotEqual(Play(1), Play(2));
        Assert.InRange(Play(1).Length, 60, 140);
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("[1]")]
    [InlineData("[{}]")]
    [InlineData("""[{"kind": "status418"}]""")]
    [InlineData("""[{"kind": "3"}]""")]
    [InlineData("""[{"kind": "slow", "milisecond": 3}]""")]
    [InlineData("""[{"kind": "slow", "milliseconds": "3"}]""")]
    [InlineData("[")]
    public void RefusesAScriptWithAMistake(string script) => Assert.Throws<FormatException>(() => FaultScript.Parse(script));

    [Fact]
    public async Task LimitsTheRateAndSaysSoInEveryAnswer()
    {
        using var sandbox = await SandboxProcess.StartAsync("--rate-limit", "5", "--rate-window", "3600");
        for (var i = 1; i <= 7; i++)
        {
            using var response = await sandbox.PostAsync(i == 2 ? "RETURN" : "RETURN 1");
            Assert.Equal("5", response.Headers.GetValues("X-RateLimit-Limit").Single());
            Assert.Equal(Math.Max(0, 5 - i).ToString(CultureInfo.InvariantCulture), response.Headers.GetValues("X-RateLimit-Remaining").Single());
            var reset = long.Parse(response.Headers.GetValues("X-RateLimit-Reset").Single(), CultureInfo.InvariantCulture);
            Assert.InRange(reset - response.Headers.Date!.Value.ToUnixTimeSeconds(), 1, 3602);
            Assert.Equal(i > 5 ? HttpStatusCode.TooManyRequests : i == 2 ? HttpStatusCode.BadRequest : HttpStatusCode.OK, response.StatusCode);
            Assert.Equal(i > 5, response.Headers.RetryAfter is not null);
        }

        Assert.Equal(2, (await sandbox.StatsAsync()).GetProperty("tooManyRequests").GetInt64());
    }

    [Fact]
    public void TheWindowOpensAgain()
    {
        var clock = new HandClock();
        var limiter = new RateLimiter(2, 60, clock);
        var (caller, other) = (new Caller("a", true, null), new Caller("b", true, null));
        var headers = new Microsoft.AspNetCore.Http.HeaderDictionary();
        limiter.Admit(caller, headers);
        limiter.Admit(caller, headers);
        Assert.Equal("60", Assert.Throws<ApiError>(() => limiter.Admit(caller, headers)).RetryAfter);
        limiter.Admit(other, headers);
        clock.Now = clock.Now.AddSeconds(59.5);
        Assert.Equal("1", Assert.Throws<ApiError>(() => limiter.Admit(caller, headers)).RetryAfter);
        clock.Now = clock.Now.AddSeconds(0.5);
        limiter.Admit(caller, headers);
        Assert.Equal("1", headers["X-RateLimit-Remaining"].ToString());
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 1)] // a ten-millionth of a second after the full one
    [InlineData(TimeSpan.TicksPerMillisecond, 1)]
    [InlineData(TimeSpan.TicksPerSecond - 1, 1)]
    public void NobodyWhoWaitsForTheSecondNamedComesBeforeTheWindowOpens(long ticks, int later)
    {
        var clock = new HandClock();
        var start = DateTimeOffset.FromUnixTimeSeconds(clock.Now.ToUnixTimeSeconds());
        clock.Now = start.AddTicks(ticks);
        var headers = new Microsoft.AspNetCore.Http.HeaderDictionary();
        new RateLimiter(2, 60, clock).Admit(new Caller("a", true, null), headers);
        Assert.Equal((start.ToUnixTimeSeconds() + 60 + later).ToString(CultureInfo.InvariantCulture), headers["X-RateLimit-Reset"].ToString());
    }

    [Fact]
    public void TokensExpire()
    {
        var clock = new HandClock();
        var access = new AccessControl(SandboxOptions.Parse(["--client-id", "i", "--client-secret", "s", "--token-lifetime", "10"]), clock);
        var request = new Microsoft.AspNetCore.Http.DefaultHttpContext().Request;
        request.Headers.Authorization = "Bearer " + access.Issue("client_credentials", "i", "s").Token;
        Assert.True(access.Authenticate(request).MayWrite);
        clock.Now = clock.Now.AddSeconds(10);
        Assert.Equal("token_expired", Assert.Throws<ApiError>(() => access.Authenticate(request)).Code);
    }

    [Fact]
    public async Task StopsWhenItsParentIsGone()
    {
        using var parent = Process.Start(new ProcessStartInfo("sleep", "600"))!;
        using var sandbox = await SandboxProcess.StartAsync("--parent-pid", parent.Id.ToString(CultureInfo.InvariantCulture));
        await sandbox.RunAsync("RETURN 1");
        parent.Kill();
        await parent.WaitForExitAsync();
        await sandbox.Process.WaitForExitAsync();
        Assert.Equal(0, sandbox.Process.ExitCode);
    }

    [Fact]
    public async Task SaysWhatIsWrongWithItsCommandLine()
    {
        foreach (var arguments in new string[][] { ["--port", "x"], ["--port"], ["--port", "70000"], ["--faults", "[{}]"], ["--client-id", "x"] })
        {
            Assert.NotEqual("", Assert.Throws<FormatException>(() => SandboxOptions.Parse(arguments)).Message);
        }

        using var process = SandboxProcess.Launch("--prot", "1");
        var (output, error) = (await process.StandardOutput.ReadToEndAsync(), await process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        Assert.Equal((2, "", "Unknown option '--prot'; --help lists what there is"), (process.ExitCode, output, error.Trim()));
    }

    private sealed class HandClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
