using System.Globalization;
using System.Text;
using SafeAI.Migration.Engine.Extraction;
using SafeAI.Migration.Engine.Extraction.Apis;
using SafeAI.Migration.TestKit;

namespace SafeAI.Migration.Engine.Tests.Extraction.Apis;

/// <summary>APIs behind a real HTTP server on loopback.</summary>
public sealed class RestSourceTests : RestTest
{
    [Fact]
    public async Task One_page_whose_root_is_the_array()
    {
        using var server = new LocalHttpServer(_ => new("""[{"id": 1, "name": "ä", "big": 12345678901234567890.10, "tags": ["x"]}, {"id": 2, "name": null}]"""));
        await using var source = new RestSource(new() { Address = new Uri(server.Address, "v1/customers?key=canary") });
        var records = await ReadAsync(source);
        Assert.Equal(server.Address + "v1/customers", source.Source.Name);
        Assert.Equal("customers", records[0].GetSchema().Name);
        Assert.Equal([1L, "ä", 12345678901234567890.10m], Enumerable.Range(0, 3).Select(records[0].GetValue));
        Assert.Equal([2L, null, null], Enumerable.Range(0, 3).Select(records[1].GetValue));
        Assert.Same(source.Metadata.Schema, records[1].GetSchema());
        Assert.Equal("/v1/customers?key=canary", Assert.Single(server.Requests).PathAndQuery);
        Assert.DoesNotContain("canary", source.Metadata.Name + records[0].GetPosition(), StringComparison.Ordinal);
    }

    public static TheoryData<string, RestPagination> Paginations => new()
    {
        { "link", new RestPagination.LinkHeader() },
        { "next", new RestPagination.NextAddress("/links/next") },
        { "cursor", new RestPagination.Cursor("/meta/next", "after") },
        { "page", new RestPagination.PageNumber() },
        { "page", new RestPagination.PageNumber("page", First: 0) },
        { "offset", new RestPagination.Offset("skip") },
    };

    [Theory]
    [MemberData(nameof(Paginations))]
    public async Task All_pages_are_read_whichever_way_they_follow_each_other(string style, RestPagination pagination)
    {
        // 23 items, 5 a page, whatever is asked for.
        using var server = new LocalHttpServer(request => Page(request, style, (pagination as RestPagination.PageNumber)?.First ?? 0));
        var options = new RestSourceOptions
        {
            Address = new Uri(server.Address, "items?limit=10&filter=a%26b"),
            ItemsPointer = "/data/items",
            Pagination = pagination,
            TotalPointer = "/meta/total",
        };
        await using var source = new RestSource(options);
        var records = new List<Record>();
        var positions = new List<string>();
        await foreach (var batch in source.ReadAsync())
        {
            positions.Add(source.Position!);
            records.AddRange(batch.Records);
        }

        Assert.Equal(Enumerable.Range(1, 23), records.Select(r => (int)(long)r.GetValue(0)!));
        Assert.Equal(Enumerable.Range(1, 23).Select(i => (long)i), records.Select(r => r.GetPosition().Ordinal));
        Assert.All(server.Requests, r => Assert.Equal(("10", "a&b"), (r.Query("limit"), r.Query("filter"))));
        Assert.Null(source.Position);
        Assert.Equal(23, source.Metadata.EstimatedRecords);

        // The same read taken up again behind each batch, without what the first address holds.
        await using var third = new RestSource(options);
        await foreach (var batch in third.ReadAsync())
        {
            var position = SourcePosition.Parse(batch.Position!.ToJson());
            Assert.DoesNotContain("filter", position.Page, StringComparison.Ordinal);
            await using var on = new RestSource(options with { StartAfter = position with { Ordinal = position.Ordinal - 1 } });
            var left = await ReadAsync(on);
            Assert.Equal(Enumerable.Range((int)position.Ordinal, 24 - (int)position.Ordinal), left.Select(r => (int)(long)r.GetValue(0)!));
            Assert.Equal(left.Select(r => r.GetValue(0)), left.Select(r => (object)r.GetPosition().Ordinal));
        }

        // The same read taken up again at its third page.
        await using var rest = new RestSource(options with { StartAt = positions[2] });
        Assert.Equal(Enumerable.Range(11, 13), (await ReadAsync(rest)).Select(r => (int)(long)r.GetValue(0)!));
    }

    [Fact]
    public async Task The_end_of_numbered_pages_may_be_a_404()
    {
        using var server = new LocalHttpServer(r => r.Query("page") is "1" or "2" ? new($"[{{\"id\": {r.Query("page")}}}]") : new("{}", 404));
        await using var source = new RestSource(new() { Address = server.Address, Pagination = new RestPagination.PageNumber() });
        Assert.Equal(2, (await ReadAsync(source)).Count);
        Assert.Equal("The API answered 404 to page 3, which was taken for the end.", Assert.Single(source.Metadata.Notes));
    }

    [Fact]
    public async Task A_read_that_goes_on_gives_records_of_the_same_fields()
    {
        using var server = new LocalHttpServer(r => r.Query("page") switch
        {
            "1" => new("""[{"id": 1, "n": 1, "only": 1.5}]"""),
            "2" => new("""[{"id": 2, "n": "two", "later": [1]}]"""),
            "3" => new("""[{"id": 3, "n": 3}]"""),
            "4" => new("""[{"id": 4, "last": {"a": 1}}]"""),
            _ => new("[]"),
        });
        var options = new RestSourceOptions { Address = server.Address, Pagination = new RestPagination.PageNumber() };
        var whole = new List<(string Record, SourcePosition Position)>();
        await using var source = new RestSource(options);
        await foreach (var batch in source.ReadAsync())
            whole.Add((Show(batch.Records[0]), SourcePosition.Parse(batch.Position!.ToJson())));
        Assert.Equal(4, whole.Count);
        for (var i = 0; i < whole.Count; i++)
        {
            await using var on = new RestSource(options with { StartAfter = whole[i].Position });
            Assert.Equal(whole.Skip(i + 1).Select(w => w.Record), (await ReadAsync(on)).Select(Show));
        }

        static string Show(Record record) => string.Join('|', record.GetSchema().Fields.Select(f => $"{f.Name} {f.Type.Name} {f.SourceType}={record.GetValue(f.Ordinal)}"));
    }

    [Fact]
    public async Task Pages_that_were_looked_at_are_read_without_being_asked_for_again()
    {
        using var server = new LocalHttpServer(r => new(r.Query("page") switch
        {
            "1" => "[]",
            "2" or "3" or "4" => $"[{{\"id\": \"a{r.Query("page")}\"}}, 7, {{\"id\": \"b{r.Query("page")}\"}}]",
            _ => "[]",
        }) { Headers = { ["Link"] = r.Query("page") == "5" ? "" : $"<?page={int.Parse(r.Query("page")!, CultureInfo.InvariantCulture) + 1}>; rel=next" } });
        var options = new RestSourceOptions { Address = new Uri(server.Address, "?page=1"), Pagination = new RestPagination.LinkHeader() };
        await using (var source = new RestSource(options))
        {
            // The first page has no records, the second teaches the fields.
            Assert.Equal(["a2"], (await source.PeekAsync(1)).Select(r => r.GetValue(0)));
            Assert.Equal(["a2", "b2", "a3"], (await source.PeekAsync(3)).Select(r => r.GetValue(0)));
            Assert.Equal((0L, 0L, 0L), (source.Source.Read, source.Metadata.Records, source.Source.Rejected));

            var records = new List<object?>();
            await foreach (var batch in source.ReadAsync())
            {
                if (records.Count == 0)
                    Assert.Equal("/?page=2", source.Position);
                records.AddRange(batch.Records.Select(r => r.GetValue(0)));
                Assert.Equal(records.Count, source.Source.Read - source.Source.Rejected);
            }

            Assert.Equal(["a2", "b2", "a3", "b3", "a4", "b4"], records);
            Assert.Equal((9L, 3L), (source.Source.Read, source.Source.Rejected));
            Assert.Equal(["1", "2", "3", "4", "5"], server.Requests.Select(r => r.Query("page")));
        }

        server.Requests.Clear();
        await using var few = new RestSource(options);
        Assert.Equal(6, (await few.PeekAsync(100)).Count);
        Assert.Equal(6, (await few.PeekAsync(100)).Count);
        await foreach (var batch in few.ReadAsync())
            break;
        Assert.Equal(5, server.Requests.Count);
    }

    [Fact]
    public async Task A_new_key_or_type_on_a_later_page_widens_the_schema_and_a_bad_item_is_rejected()
    {
        using var server = new LocalHttpServer(r => r.Query("page") switch
        {
            "1" => new("""[{"id": 1, "n": 1}, 7, {"id": 2, "n": 2}]"""),
            "2" => new("""[{"id": 3, "n": "three"}, {"id": 4, "id": 5}, {"id": 6, "more": true}]"""),
            _ => new("[]"),
        });
        await using var source = new RestSource(new() { Address = server.Address, Pagination = new RestPagination.PageNumber() });
        var records = new List<Record>();
        var rejects = new List<Reject>();
        await foreach (var batch in source.ReadAsync())
        {
            records.AddRange(batch.Records);
            rejects.AddRange(batch.Rejects);
        }

        Assert.Equal(["1 1", "2 2", "3 three", "6 "], records.Select(r => $"{r.GetValue(0)} {r.GetValue(1)}"));
        Assert.Equal(typeof(long), records[0].GetSchema().Fields[1].Type);
        Assert.Equal(typeof(object), records[2].GetSchema().Fields[1].Type);
        Assert.Equal(true, records[3].GetValue(2));
        Assert.Equal(
            [$"{server.Address}, record 2: The array holds a number here, not an object.", $"{server.Address}, record 5, field 'id': The key 'id' occurs twice. Remove one, or choose that the last one counts."],
            rejects.Select(r => r.ToString()));
        Assert.Equal("""{"id": 4, "id": 5}""", rejects[1].RawText);
        Assert.Equal((6, 2), (source.Source.Read, source.Source.Rejected));
    }

    [Fact]
    public async Task Csv_answers_share_the_columns_of_the_first()
    {
        using var server = new LocalHttpServer(r => r.Query("page") switch
        {
            "1" => new("id,name\n00042,\"a\nb\"\n2,\n", ContentType: "text/csv; charset=utf-8"),
            "2" => new("id,name\n3,c\n4\n", ContentType: "text/csv; charset=utf-8"),
            _ => new("", ContentType: "text/csv"),
        });
        await using var source = new RestSource(new() { Address = server.Address, Pagination = new RestPagination.PageNumber() });
        var records = new List<Record>();
        var rejects = new List<Reject>();
        await foreach (var batch in source.ReadAsync())
        {
            records.AddRange(batch.Records);
            rejects.AddRange(batch.Rejects);
        }

        Assert.Equal(["00042|a\nb", "2|", "3|c"], records.Select(r => $"{r.GetValue(0)}|{r.GetValue(1)}"));
        Assert.All(records, r => Assert.Same(source.Metadata.Schema, r.GetSchema()));
        Assert.Equal(4, Assert.Single(rejects).Position.Ordinal);

        using var other = new LocalHttpServer(r => new(r.Query("page") == "1" ? "id,name\n1,a\n" : "id,title\n2,b\n", ContentType: "text/csv"));
        await using var changing = new RestSource(new() { Address = other.Address, Pagination = new RestPagination.PageNumber() });
        var e = await Assert.ThrowsAsync<MigrationException>(() => ReadAsync(changing));
        Assert.Equal($"Page 2 of {other.Address} cannot be read: it has other columns (id, title) than the first (id, name). All pages must have the same columns.", e.Message);
    }

    [Fact]
    public async Task Every_form_of_authentication_is_sent()
    {
        using var server = new LocalHttpServer(_ => new("[]"));
        async Task<LocalRequest> SendAsync(RestAuthentication authentication)
        {
            await using var source = new RestSource(new() { Address = server.Address, Authentication = authentication, Headers = new Dictionary<string, string> { ["Accept-Language"] = "de" } });
            await ReadAsync(source);
            return server.Requests.Last();
        }

        Assert.Equal("Bearer t0ken", (await SendAsync(new RestAuthentication.Bearer("t0ken"))).Headers["authorization"]);
        Assert.Equal("Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes("ü:p:w")), (await SendAsync(new RestAuthentication.Basic("ü", "p:w"))).Headers["authorization"]);
        Assert.Equal("k3y", (await SendAsync(new RestAuthentication.ApiKey("X-Api-Key", "k3y"))).Headers["x-api-key"]);
        Assert.Equal("de", server.Requests.Last().Headers["accept-language"]);
        Assert.Equal("Basic", new RestAuthentication.Basic("u", "canary").ToString());
    }

    [Fact]
    public async Task A_token_that_is_refused_in_the_middle_is_fetched_again_once()
    {
        var tokens = 0;
        using var server = new LocalHttpServer(request =>
        {
            if (request.PathAndQuery == "/token")
                return new($$"""{"access_token": "token{{++tokens}}", "expires_in": 3600}""");
            // The first token dies after two pages.
            var dead = request.Query("page") is not ("1" or "2") && request.Headers["authorization"] == "Bearer token1";
            return dead ? new("{}", 401) : new(request.Query("page") == "5" ? "[]" : $"[{{\"id\": {request.Query("page")}}}]");
        });
        await using var source = new RestSource(new()
        {
            Address = new Uri(server.Address, "items"),
            Pagination = new RestPagination.PageNumber(),
            Authentication = new RestAuthentication.ClientCredentials(new Uri(server.Address, "token"), "me", "s3cret", "read"),
        });
        Assert.Equal([1L, 2L, 3L, 4L], (await ReadAsync(source)).Select(r => r.GetValue(0)));
        Assert.Equal(2, tokens);
        Assert.Equal("grant_type=client_credentials&client_id=me&client_secret=s3cret&scope=read", server.Requests.First().Body);

        using var refusing = new LocalHttpServer(request => request.PathAndQuery == "/token" ? new("""{"access_token": "x"}""") : new("{}", 401));
        await using var refused = new RestSource(new() { Address = refusing.Address, Authentication = new RestAuthentication.ClientCredentials(new Uri(refusing.Address, "token"), "me", "s3cret") });
        var e = await Assert.ThrowsAnyAsync<MigrationException>(() => ReadAsync(refused));
        Assert.Equal($"{refusing.Address} refused the credentials (status 401 Unauthorized). Check the key, the token or the password.", e.Message);
        Assert.Equal(2, refusing.Requests.Count);
        Assert.DoesNotContain("s3cret", e.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("7")]
    [InlineData("date")]
    public async Task Retry_after_is_waited_for_in_both_forms(string form)
    {
        var clock = new RecordingClock();
        using var server = new LocalHttpServer(request => request.Number == 1
            ? new("{}", 429) { Headers = { ["Retry-After"] = form == "date" ? DateTime.UtcNow.AddSeconds(60).ToString("R", CultureInfo.InvariantCulture) : form } }
            : new("""[{"id": 1}]"""));
        await using var source = new RestSource(new() { Address = server.Address }, clock);
        Assert.Single(await ReadAsync(source));
        Assert.Equal(1, source.Retries);
        var wait = Assert.Single(clock.Waits);
        if (form == "date")
            Assert.InRange(wait.TotalSeconds, 30, 60);
        else
            Assert.Equal(7, wait.TotalSeconds);
    }

    [Fact]
    public async Task Failures_that_may_pass_are_tried_again_with_growing_waits()
    {
        var clock = new RecordingClock();
        using var server = new LocalHttpServer(request => request.Number switch
        {
            1 => new("{}", 503),
            2 => new("""[{"id": 1}, {"id": 2}]""") { IsCut = true },
            3 => new("{}", 500),
            4 => new("{}", 408),
            _ => new("""[{"id": 1}, {"id": 2}]"""),
        });
        await using var source = new RestSource(new() { Address = server.Address, RetryDelay = TimeSpan.FromSeconds(1) }, clock);
        Assert.Equal(2, (await ReadAsync(source)).Count);
        Assert.Equal(4, source.Retries);
        Assert.Equal(4, clock.Waits.Count);
        Assert.All(clock.Waits, w => Assert.InRange(w, TimeSpan.Zero, TimeSpan.FromSeconds(30)));
        Assert.True(clock.Waits.Distinct().Count() > 1);
    }

    [Theory]
    [InlineData("<https://h/a>; rel=\"prev\", <?page=2>; title=\"a, b; c\"; rel=\"last next\"", true)]
    [InlineData("<?page=2>; REL=next", true)]
    [InlineData("<?page=2>; rel=\"nextpage\"", false)]
    [InlineData("<?page=2>", false)]
    public async Task Link_headers_are_read_in_all_their_forms(string header, bool hasNext)
    {
        using var server = new LocalHttpServer(r => r.Query("page") == "2" ? new("""[{"id": 2}]""") : new("""[{"id": 1}]""") { Headers = { ["Link"] = header } });
        await using var source = new RestSource(new() { Address = server.Address, Pagination = new RestPagination.LinkHeader() });
        Assert.Equal(hasNext ? 2 : 1, (await ReadAsync(source)).Count);
    }

    private static LocalAnswer Page(LocalRequest request, string style, int first)
    {
        const int size = 5;
        const int total = 23;
        var start = style switch
        {
            "page" => (int.Parse(request.Query("page")!, CultureInfo.InvariantCulture) - first) * size,
            "offset" => int.Parse(request.Query("skip") ?? "0", CultureInfo.InvariantCulture),
            "cursor" => request.Query("after") is { } after ? int.Parse(after.Split('/')[1], CultureInfo.InvariantCulture) : 0,
            _ => int.Parse(request.Query("start") ?? "0", CultureInfo.InvariantCulture),
        };
        var items = string.Join(',', Enumerable.Range(start + 1, Math.Max(0, Math.Min(size, total - start))).Select(i => $"{{\"id\": {i}}}"));
        var next = start + size < total;
        var link = $"/items?limit=10&filter=a%26b&start={start + size}";
        var body = $$"""
            {"data": {"items": [{{items}}]}, "links": {"next": {{(next ? $"\"{link}\"" : "null")}}}, "meta": {"total": {{total}}, "next": {{(next ? $"\"c+=&/{start + size}\"" : "\"\"")}} } }
            """;
        return style == "link" && next ? new(body) { Headers = { ["Link"] = $"<{link}>; rel=\"next\", </items>; rel=\"first\"" } } : new(body);
    }
}
