using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using SafeAI.Migration.Engine.Extraction.Apis;
using SafeAI.Migration.Engine.Extraction.Files;
using SafeAI.Migration.TestKit;

namespace SafeAI.Migration.Engine.Tests.Extraction.Apis;

/// <summary>What is said when an API cannot be read, word for word.</summary>
public sealed class RestErrorTests : RestTest
{
    public static TheoryData<LocalAnswer, string, string> Refusals => new()
    {
        { new("{}", 401), ErrorCode.AuthenticationFailed, "{0} refused the credentials (status 401 Unauthorized). Check the key, the token or the password." },
        { new("{}", 403), ErrorCode.PermissionDenied, "{0} may not be read with these credentials (status 403 Forbidden). Ask for the permission to read it." },
        { new("{}", 404), ErrorCode.SourceNotFound, "There is nothing at {0} (status 404 Not Found). Check the address." },
        { new("{}", 400), ErrorCode.RequestRefused, "{0} refused the request (status 400 Bad Request). Check the address and its parameters." },
        { new("{}", 410), ErrorCode.SourceNotFound, "There is nothing at {0} (status 410 Gone). Check the address." },
        { new("{}", 422), ErrorCode.RequestRefused, "{0} refused the request (status 422 Unprocessable Entity). Check the address and its parameters." },
        { new("{}", 408), ErrorCode.SourceUnreadable, "{0} failed (status 408 Request Timeout). Start again later from the last position." },
        { new("{}", 429), ErrorCode.RateLimited, "{0} was asked too often (status 429 Too Many Requests). Start again later from the last position." },
        { new("{}", 501), ErrorCode.SourceUnreadable, "{0} failed (status 501 Not Implemented). Start again later from the last position." },
        { new("{}", 503) { Headers = { ["Retry-After"] = "1" } }, ErrorCode.SourceUnreadable, "{0} failed (status 503 Service Unavailable). Start again later from the last position." },
        { new("{}", 500), ErrorCode.SourceUnreadable, "{0} failed (status 500 Internal Server Error). Start again later from the last position." },
        { new("{}", 429) { Headers = { ["Retry-After"] = "86400" } }, ErrorCode.RateLimited, "{0} asks to wait for 86400 seconds (status 429 Too Many Requests), which is longer than the 900 seconds allowed. Start again later from the last position." },
        { new("", 302) { Headers = { ["Location"] = "http://localhost:1/elsewhere" } }, ErrorCode.SourceUnreadable, "{0} redirects to another host, http://localhost:1. Give that address, if the keys may go there." },
        { new("", 302) { Headers = { ["Location"] = "/" } }, ErrorCode.SourceUnreadable, "{0} redirects in a circle. Check the address." },
        { new("[{\"id\": 1}, {\"id\""), ErrorCode.UnexpectedAnswer, "Page 1 of {0} is not valid JSON. Nothing of a broken page can be trusted; start again from the last position." },
        { new("<html>"), ErrorCode.UnexpectedAnswer, "Page 1 of {0} is not valid JSON. Nothing of a broken page can be trusted; start again from the last position." },
        { new("7"), ErrorCode.UnexpectedAnswer, "The root of page 1 of {0} is a number, not an array of items. Give the JSON Pointer to the array, for instance /data/items." },
        { new("{\"data\": []}"), ErrorCode.UnexpectedAnswer, "The root of page 1 of {0} is an object, not an array of items. Give the JSON Pointer to the array, for instance /data/items." },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task What_the_api_refuses_is_said_word_for_word(LocalAnswer answer, string code, string message)
    {
        using var server = new LocalHttpServer(_ => answer);
        await using var source = new RestSource(new() { Address = server.Address, MaxRetries = 1, Authentication = new RestAuthentication.ApiKey("X-Key", "canary") }, new RecordingClock());
        var e = await Assert.ThrowsAnyAsync<MigrationException>(() => ReadAsync(source));
        Assert.Equal(code, e.Code);
        Assert.Equal(string.Format(CultureInfo.InvariantCulture, message, server.Address), e.Message);
        Assert.DoesNotContain("canary", e.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_pointer_to_nothing_names_the_page()
    {
        using var server = new LocalHttpServer(_ => new("{\"data\": {}}"));
        await using var source = new RestSource(new() { Address = server.Address, ItemsPointer = "/data/items" });
        var e = await Assert.ThrowsAsync<MigrationException>(() => ReadAsync(source));
        Assert.Equal($"There is nothing at '/data/items' in page 1 of {server.Address}. Check the JSON Pointer to the items.", e.Message);

        using var other = new LocalHttpServer(_ => new("{\"data\": \"none\"}"));
        await using var text = new RestSource(new() { Address = other.Address, ItemsPointer = "/data" });
        e = await Assert.ThrowsAsync<MigrationException>(() => ReadAsync(text));
        Assert.Equal($"'/data' in page 1 of {other.Address} is a text, not an array of items. Give the JSON Pointer to the array, for instance /data/items.", e.Message);
    }

    [Fact]
    public async Task An_answer_beyond_the_limit_is_not_taken()
    {
        using var server = new LocalHttpServer(_ => new("""[{"id": 1, "text": "0123456789"}]"""));
        await using var source = new RestSource(new() { Address = server.Address, MaxPageSize = 30 });
        var e = await Assert.ThrowsAnyAsync<MigrationException>(() => ReadAsync(source));
        Assert.Equal(ErrorCode.SourceUnreadable, e.Code);
        Assert.Equal($"An answer of {server.Address} is longer than the limit of 30 bytes. Ask for smaller pages.", e.Message);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task An_answer_that_does_not_come_is_not_waited_for_without_end()
    {
        using var never = new ManualResetEventSlim();
        using var server = new LocalHttpServer(_ =>
        {
            never.Wait();
            return new("[]");
        });
        await using var source = new RestSource(new() { Address = server.Address, Timeout = TimeSpan.FromSeconds(0.25), MaxRetries = 0 });
        var e = await Assert.ThrowsAnyAsync<MigrationException>(() => ReadAsync(source));
        never.Set();
        Assert.Equal((ErrorCode.EndpointUnreachable, true), (e.Code, e.IsTransient));
        Assert.Equal($"{server.Address} did not answer within 0.25 seconds. Raise the timeout, or ask for smaller pages.", e.Message);
    }

    [Theory]
    [InlineData(401, "{0}token gave no token for these client credentials (status 401). Check the client's id and secret.", ErrorCode.AuthenticationFailed, 1)]
    [InlineData(500, "{0}token gave no token for these client credentials (status 500). Check the client's id and secret.", ErrorCode.AuthenticationFailed, 3)]
    [InlineData(200, "The answer of {0}token holds no token. Check that it is the address at which tokens are issued.", ErrorCode.UnexpectedAnswer, 1)]
    public async Task No_token_is_given(int status, string message, string code, int requests)
    {
        using var server = new LocalHttpServer(_ => new("{\"hint\": \"canary\"}", status));
        await using var source = new RestSource(
            new() { Address = server.Address, MaxRetries = 2, Authentication = new RestAuthentication.ClientCredentials(new Uri(server.Address, "token"), "me", "canary") }, new RecordingClock());
        var e = await Assert.ThrowsAnyAsync<MigrationException>(() => ReadAsync(source));
        Assert.Equal(code, e.Code);
        Assert.Equal(string.Format(CultureInfo.InvariantCulture, message, server.Address), e.Message);
        Assert.Equal(requests, server.Requests.Count);
        Assert.DoesNotContain("canary", e.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_address_of_the_next_page_is_none()
    {
        using var server = new LocalHttpServer(_ => new("""{"items": [{"id": 1}], "next": "http://[broken"}"""));
        await using var source = new RestSource(new() { Address = server.Address, ItemsPointer = "/items", Pagination = new RestPagination.NextAddress("/next") });
        var e = await Assert.ThrowsAsync<MigrationException>(() => ReadAsync(source));
        Assert.Equal(ErrorCode.UnexpectedAnswer, e.Code);
        Assert.Equal($"The address of the next page of {server.Address} is not valid. Check how the API names its pages.", e.Message);
    }

    [Theory]
    [InlineData("json")]
    [InlineData("csv")]
    public async Task Answers_that_are_damaged_at_random_are_rejects_or_errors_of_the_engines_own(string kind)
    {
        var deep = new string('[', 90) + new string(']', 90);
        var whole = Encoding.UTF8.GetBytes(kind == "csv"
            ? "id,name,note\n" + string.Concat(Enumerable.Range(1, 30).Select(i => $"{i},\"Zoë, {i}\",x\n"))
            : $"{{\"items\": [{string.Join(',', Enumerable.Range(1, 30).Select(i => $"{{\"id\": {i}, \"name\": \"Zoë \\u00e9\", \"l\": [1, {{\"a\": null}}]}}"))}, {{\"id\": 31, \"l\": {deep}}}], \"meta\": {{\"total\": 62, \"next\": \"ü2\"}}}}");
        var seed = 0;
        using var server = new LocalHttpServer(r => new("", ContentType: kind == "csv" ? "text/csv" : "application/json")
        {
            // The first page is whole.
            Bytes = seed < 0 || (kind == "csv" ? r.Query("page") == "1" : r.Query("after") is null) ? whole : Damage(whole, new Random(seed)),
        });
        var options = new RestSourceOptions { Address = server.Address, AllowRepeatedPages = true, Json = new JsonOptions { MaxDepth = 200 } };
        options = kind == "csv"
            ? options with { Pagination = new RestPagination.PageNumber() }
            : options with { ItemsPointer = "/items", TotalPointer = "/meta/total", Pagination = new RestPagination.Cursor("/meta/next", "after") };
        var failures = 0;
        for (seed = 0; seed < 300; seed++)
        {
            server.Requests.Clear();
            await using var source = new RestSource(options with { MaxRetries = 0 });
            try
            {
                var pages = 0;
                await foreach (var batch in source.ReadAsync())
                {
                    if (++pages > 3)
                        break;
                }
            }
            catch (MigrationException e)
            {
                failures++;
                Assert.True(char.IsUpper(e.Message[0]) || e.Message.StartsWith("http", StringComparison.Ordinal) || e.Message[0] == '\'', e.Message);
            }
            catch (Exception e) when (e is not Xunit.Sdk.XunitException)
            {
                Assert.Fail($"Damaged with the seed {seed}: {e}");
            }
        }

        Assert.InRange(failures, 5, 300);
    }

    private static byte[] Damage(byte[] whole, Random random)
    {
        var bytes = whole.ToList();
        for (var times = random.Next(1, 4); times > 0; times--)
        {
            var place = random.Next(2) == 0 ? bytes.Count - 1 - random.Next(Math.Min(40, bytes.Count)) : random.Next(bytes.Count);
            if (random.Next(4) == 0)
                bytes.RemoveRange(place, Math.Min(random.Next(1, 20), bytes.Count - place));
            else
                bytes[place] = (byte)random.Next(256);
            if (bytes.Count == 0)
                break;
        }

        return [.. bytes];
    }

    [Theory]
    [InlineData("\\ud800")]
    [InlineData("BYTE")]
    public async Task A_cursor_that_is_no_text_is_not_taken_for_the_last_page(string cursor)
    {
        using var server = new LocalHttpServer(_ => new("") { Bytes = [.. $$"""{"items": [{"id": 1}], "next": "{{cursor}}"}""".SelectMany(c => c == 'B' ? [(byte)0xE9] : new[] { (byte)c })] });
        await using var source = new RestSource(new() { Address = server.Address, ItemsPointer = "/items", Pagination = new RestPagination.Cursor("/next") });
        var e = await Assert.ThrowsAsync<MigrationException>(() => ReadAsync(source));
        Assert.Equal(ErrorCode.UnexpectedAnswer, e.Code);
        Assert.Equal($"The text at '/next' in an answer of {server.Address} is not valid UTF-8 or not valid Unicode. Nothing of a broken page can be trusted; start again from the last position.", e.Message);
    }

    [Fact]
    public async Task An_item_that_is_nested_too_deep_is_rejected_alone_and_the_pages_go_on()
    {
        static string Nested(int depth) => new string('[', depth) + new string(']', depth);
        using var server = new LocalHttpServer(r => new($$"""{"items": [{"id": {{r.Number}}, "l": {{Nested(63)}}}, {"id": 0, "l": {{Nested(900)}}}, {"id": 9}], "next": {{(r.Number == 1 ? "2" : "null")}}, "total": 6}"""));
        await using var source = new RestSource(new() { Address = server.Address, ItemsPointer = "/items", TotalPointer = "/total", Pagination = new RestPagination.Cursor("/next") });
        var reasons = new List<string>();
        await foreach (var batch in source.ReadAsync())
            reasons.AddRange(batch.Rejects.Select(r => r.ToString()));
        Assert.Equal(
            [2, 5],
            reasons.Select(r => int.Parse(r.Split("record ")[1].Split(',')[0], CultureInfo.InvariantCulture)));
        Assert.Equal($"{server.Address}, record 2, field 'l': The value of 'l' is nested deeper than the limit of 64 levels. Raise the limit if it is right.", reasons[0]);
        Assert.Equal((6, 2), (source.Source.Read, source.Source.Rejected));
    }

    [Fact]
    public async Task A_pointer_does_not_go_with_csv()
    {
        using var server = new LocalHttpServer(_ => new("id\n1\n", ContentType: "text/csv"));
        await using var source = new RestSource(new() { Address = server.Address, Pagination = new RestPagination.Cursor("/meta/next", "after") });
        var e = await Assert.ThrowsAsync<MigrationException>(() => ReadAsync(source));
        Assert.Equal(ErrorCode.InvalidOptions, e.Code);
        Assert.Equal($"Page 1 of {server.Address} is CSV, in which a JSON Pointer finds nothing. CSV is paged by Link header, page number or offset.", e.Message);
    }

    [Fact]
    public async Task An_item_whose_text_is_not_valid_is_rejected()
    {
        using var server = new LocalHttpServer(_ => new("") { Bytes = [.. "[{\"id\": 1}, {\"id\": \"caf"u8, 0xE9, .. "\"}, {\"id\": 3}]"u8] });
        await using var source = new RestSource(new() { Address = server.Address });
        var rejects = new List<Reject>();
        await foreach (var batch in source.ReadAsync())
            rejects.AddRange(batch.Rejects);
        Assert.Equal($"{server.Address}, record 2: A text in it is not valid UTF-8 or not valid Unicode.", Assert.Single(rejects).ToString());
        Assert.Equal((3, 1), (source.Source.Read, source.Source.Rejected));
    }

    [Fact]
    public async Task A_certificate_that_nobody_vouches_for_is_refused()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=127.0.0.1", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var made = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        using var certificate = X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pkcs12), null);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var serving = Task.Run(async () =>
        {
            using var client = await listener.AcceptTcpClientAsync();
            await using var secure = new SslStream(client.GetStream());
            try
            {
                await secure.AuthenticateAsServerAsync(certificate);
                Assert.Equal(0, await secure.ReadAsync(new byte[100]));
            }
            catch (Exception e) when (e is IOException or AuthenticationException)
            {
                // The client hung up.
            }
        });
        var address = new Uri($"https://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}/");
        await using var source = new RestSource(new() { Address = address, MaxRetries = 3, Authentication = new RestAuthentication.Bearer("canary") });
        var e = await Assert.ThrowsAnyAsync<MigrationException>(() => ReadAsync(source));
        await serving;
        Assert.Equal((ErrorCode.EndpointUnreachable, false), (e.Code, e.IsTransient));
        Assert.Equal(
            $"{address} could not be read: The remote certificate is invalid because of errors in the certificate chain: UntrustedRoot. Check the server's certificate.",
            e.Message);
    }

    [Fact]
    public async Task A_page_that_repeats_ends_in_an_error()
    {
        using var server = new LocalHttpServer(_ => new("""[{"id": 1}]"""));
        await using var source = new RestSource(new() { Address = server.Address, Pagination = new RestPagination.PageNumber() });
        var e = await Assert.ThrowsAsync<MigrationException>(() => ReadAsync(source));
        Assert.Equal($"Page 2 of {server.Address} holds exactly the items of an earlier page. The API does not go on; check how its pages are asked for.", e.Message);
        Assert.Equal(1, source.Source.Read);
    }

    [Fact]
    public async Task A_cursor_that_loops_ends_in_an_error_after_the_pages_before()
    {
        using var server = new LocalHttpServer(r => new($"{{\"items\": [{{\"id\": {r.Number}}}], \"meta\": {{\"next\": \"{(r.Number % 3) + 1}\"}}}}"));
        await using var source = new RestSource(new() { Address = server.Address, ItemsPointer = "/items", Pagination = new RestPagination.Cursor("/meta/next", "after") });
        var e = await Assert.ThrowsAsync<MigrationException>(() => ReadAsync(source));
        Assert.Equal($"Page 4 of {server.Address} leads back to an earlier page. The API's cursors go in a circle; nothing after this page was read.", e.Message);
        Assert.Equal(4, source.Source.Read);
        Assert.Equal(4, server.Requests.Count);
    }

    [Fact]
    public async Task The_next_page_on_another_host_is_not_asked_for()
    {
        using var thief = new LocalHttpServer(_ => new("[]"));
        using var server = new LocalHttpServer(_ => new("""[{"id": 1}]""") { Headers = { ["Link"] = $"<{thief.Address}>; rel=\"next\"" } });
        await using var source = new RestSource(new() { Address = server.Address, Pagination = new RestPagination.LinkHeader(), Authentication = new RestAuthentication.Bearer("canary") });
        var e = await Assert.ThrowsAsync<MigrationException>(() => ReadAsync(source));
        Assert.Equal($"The address of the next page of {server.Address} is on another host, {thief.Address.GetLeftPart(UriPartial.Authority)}. Only pages of the host that was named are read.", e.Message);
        Assert.Empty(thief.Requests);
    }

    [Fact]
    public async Task A_position_on_another_host_is_not_asked_for()
    {
        using var server = new LocalHttpServer(_ => new("[]"));
        await using var at = new RestSource(new() { Address = server.Address, StartAt = "http://localhost:1/?page=2" });
        var e = await Assert.ThrowsAsync<MigrationException>(() => ReadAsync(at));
        Assert.Equal($"The address of the position to start at of {server.Address} is on another host, http://localhost:1. Only pages of the host that was named are read.", e.Message);
        await using var after = new RestSource(new() { Address = server.Address, StartAfter = new SourcePosition { Ordinal = 1, Page = "//localhost:1/?page=2" } });
        e = await Assert.ThrowsAsync<MigrationException>(() => ReadAsync(after));
        Assert.Equal($"The address of the page to go on with of {server.Address} is on another host, http://localhost:1. Only pages of the host that was named are read.", e.Message);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task An_api_is_held_to_the_number_of_items_that_it_promises()
    {
        using var server = new LocalHttpServer(_ => new("""{"total": 3, "items": [{"id": 1}, {"id": 2}]}"""));
        await using var source = new RestSource(new() { Address = server.Address, ItemsPointer = "/items", TotalPointer = "/total" });
        var e = await Assert.ThrowsAsync<MigrationException>(() => ReadAsync(source));
        Assert.Equal($"{server.Address} says that there are 3 items, but 2 came. The data may have changed while it was read; read it again.", e.Message);
    }

    [Fact]
    public async Task Nobody_answers()
    {
        Uri address;
        using (var server = new LocalHttpServer(_ => new("[]")))
            address = server.Address;
        await using var source = new RestSource(new() { Address = address, MaxRetries = 2 }, new RecordingClock());
        var e = await Assert.ThrowsAnyAsync<MigrationException>(() => ReadAsync(source));
        Assert.Equal(ErrorCode.EndpointUnreachable, e.Code);
        Assert.Equal($"{address} could not be read: Connection refused. Check the address and the network.", e.Message);
        Assert.Equal(2, source.Retries);
    }

    [Theory]
    [InlineData("ftp://host/", null, "The address is not an http or https address.")]
    [InlineData("http://u:canary@host/", null, "The address holds a user or password; give them as authentication.")]
    [InlineData("http://host/", null, "An API is read as JSON or CSV.", FileFormat.NdJson)]
    [InlineData("http://host/", "items", "'items' is not a JSON Pointer: it begins with '/', for instance /data/items.")]
    public void Options_that_cannot_be(string address, string? pointer, string message, FileFormat? format = null)
    {
        var e = Assert.Throws<MigrationException>(() => new RestSource(new() { Address = new Uri(address), ItemsPointer = pointer, Format = format }));
        Assert.Equal((ErrorCode.InvalidOptions, message), (e.Code, e.Message));
    }
}
