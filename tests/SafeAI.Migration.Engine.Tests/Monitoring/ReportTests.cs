using System.Text.Json;
using SafeAI.Migration.Engine.Audit;
using SafeAI.Migration.Engine.Journal;
using SafeAI.Migration.Engine.Loading;
using SafeAI.Migration.Engine.Monitoring;
using SafeAI.Migration.TestKit;

namespace SafeAI.Migration.Engine.Tests.Monitoring;

/// <summary>Reports of a journal with one run whose names try to break out of the page.</summary>
public sealed class ReportTests : JournalTests
{
    private const string Evil = "<script>alert(1)</script>\"'&";
    private static readonly DateTimeOffset s_start = new(2026, 3, 1, 22, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Its_figures_are_the_journals()
    {
        await EnterAsync();

        var report = ReportReader.Read(Journal, "run-1");

        Assert.True(report.AddsUp);
        Assert.Equal(
            [new TypeFigures("node", "City", 2, 0, 0, 0, 0), new TypeFigures("node", "Person", 2, 1, 1, 0, 0), new TypeFigures("relationship", "LIVES_IN", 0, 0, 0, 0, 1)],
            report.Types);
        Assert.Equal(new RollbackReadiness(4, 1, 0, 1), report.Rollback);
        Assert.True(report.Rollback.IsReady);
        Assert.Equal([(1L, AuditActionType.Begin, Environment.UserName), (3L, AuditActionType.End, Environment.UserName)], report.Audit.Events.Select(a => (a.Number, a.Action, a.Actor)));
        Assert.Equal((3L, 64), (report.Audit.HeadNumber, report.Audit.HeadHash.Length));
        Assert.Equal([("ConversionFailed", "credit" + Evil, 7L), ("BadRecord", null, 2L)], report.RejectReasons.Select(r => (r.Code, r.Field, r.Count)));
        Assert.Equal($"{Evil}.csv, line 2", report.RejectReasons[0].Samples[0]);
        Assert.Equal(5, report.RejectReasons[0].Samples.Count);
    }

    [Fact]
    public async Task The_course_goes_on_behind_that_of_an_earlier_process_and_has_no_more_points_than_can_be_seen()
    {
        await EnterAsync(seconds: 1000);
        Watch(seconds: 10);

        var course = ReportReader.Read(Journal, "run-1").Course;

        Assert.InRange(course.Count, 100, 260);
        Assert.Equal(course.Select(p => p.Seconds).Order(), course.Select(p => p.Seconds));
        Assert.Equal(1010, course[^1].Seconds, 3);
        Assert.All(course.Skip(1), p => Assert.InRange(p.ItemsPerSecond, 999, 1001));
    }

    [Fact]
    public async Task The_journal_shows_the_last_progress_of_a_run_at_work_to_every_other_connection()
    {
        await EnterAsync(end: false);

        using var other = JournalFile.OpenExisting(Journal.Path);
        var progress = other.Run("run-1").Progress!;

        Assert.Equal((30, 30_000L, MigrationPhase.Nodes), ((int)progress.ElapsedSeconds, progress.ProcessedRecords, progress.Phase));
        Assert.Equal(60, progress.PercentComplete!.Value, 0.5);
        Assert.Equal(20, progress.SecondsRemaining!.Value, 0.5);
    }

    [Fact]
    public async Task The_json_has_the_same_figures_and_the_markdown_says_them()
    {
        await EnterAsync();
        var report = ReportReader.Read(Journal, "run-1");

        using var json = JsonDocument.Parse(ReportWriter.ToText(report, ReportFormat.Json));
        var markdown = ReportWriter.ToText(report, ReportFormat.Markdown);

        Assert.Equal((20, 1), (json.RootElement.GetProperty("result").GetProperty("read").GetInt32(), json.RootElement.GetProperty("types")[1].GetProperty("updated").GetInt32()));
        Assert.Equal("failed", json.RootElement.GetProperty("run").GetProperty("status").GetString());
        Assert.Contains("20 read = 8 loaded + 2 unchanged + 9 rejected + 1 skipped.", markdown, StringComparison.Ordinal);
        Assert.Contains("| Person |", markdown, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", markdown, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, 0, null)]
    [InlineData(3, 0, "Of those unchanged, 2 nodes came again in this run with the same values, and are not counted here.")]
    [InlineData(1, 1, "Of those unchanged, 1 relationship came again in this run with the same values, and is not counted here.")]
    [InlineData(592, 4, "Of those unchanged, 591 nodes and 4 relationships came again in this run with the same values, and are not counted here.")]
    public async Task Why_the_types_have_fewer_than_the_whole_is_said(long nodes, long relationships, string? said)
    {
        await EnterAsync();
        var report = ReportReader.Read(Journal, "run-1");
        report = report with { Run = report.Run with { Result = report.Result with { Nodes = new ItemCounts(4, 1, nodes), Relationships = new ItemCounts(0, 0, relationships) } } };

        foreach (var format in new[] { ReportFormat.Html, ReportFormat.Markdown })
        {
            var text = ReportWriter.ToText(report, format);
            Assert.Equal(said is not null, text.Contains("came again", StringComparison.Ordinal));
            Assert.Contains(said ?? "", text, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(0.9, 0.95, false, null, "Score 90 %, where 95 % is asked for: not passed. 600 were checked.")]
    [InlineData(0.96, 0.95, true, null, "Score 96 %, where 95 % is asked for: passed. 600 were checked.")]
    [InlineData(0.96, 0.95, false, 0.99, "Score 96 %, where 95 % is asked for: not passed. 600 were checked. Not reached: at least Completeness 99 %.")]
    [InlineData(null, 0.95, false, null, "Nothing could be tested in the 600 that came, so there is no score.")]
    public async Task The_quality_is_held_against_what_is_asked_for(double? score, double threshold, bool passed, double? minimum, string said)
    {
        await EnterAsync();
        var quality = new QualityReport
        {
            Records = 600, Score = score, Threshold = threshold, Passed = passed, Dimensions = [.. Enum.GetValues<QualityDimension>().Select(d => new QualityScore(d, 100, 90, 1, d == QualityDimension.Completeness ? minimum : null))],
            Checks = [], Excluded = [], Recommendations = [],
        };
        var report = ReportReader.Read(Journal, "run-1", quality);

        var page = ReportWriter.ToText(report, ReportFormat.Html);
        Assert.Contains($"<p class=\"note {(passed ? "good" : "bad")}\">{said}</p>", page, StringComparison.Ordinal);
        Assert.Contains("90 %", page, StringComparison.Ordinal);
        Assert.Contains(said, ReportWriter.ToText(report, ReportFormat.Markdown), StringComparison.Ordinal);
        using var json = JsonDocument.Parse(ReportWriter.ToText(report, ReportFormat.Json));
        Assert.Equal(passed, json.RootElement.GetProperty("quality").GetProperty("passed").GetBoolean());
    }

    [Fact]
    public async Task A_file_is_replaced_whole_and_no_draft_stays()
    {
        await EnterAsync();
        var path = Folder.Write("report.html", "old");

        ReportWriter.Write(ReportReader.Read(Journal, "run-1"), path, ReportFormat.Html);

        Assert.StartsWith("<!DOCTYPE html>", File.ReadAllText(path), StringComparison.Ordinal);
        Assert.DoesNotContain(Directory.GetFiles(Folder.Path), f => f.EndsWith(".tmp", StringComparison.Ordinal));
        Assert.Equal(
            ErrorCode.StoreFailed,
            Assert.Throws<MigrationException>(() => ReportWriter.Write(ReportReader.Read(Journal, "run-1"), Path.Combine(Folder.Path, "none", "r"), ReportFormat.Html)).Code);
    }

    [Fact]
    public async Task A_browser_shows_the_page_without_error_or_request_and_runs_no_name_as_a_script()
    {
        var page = await RenderAsync();

        Assert.Empty(page.Console);
        Assert.Empty(page.Requests);
        Assert.DoesNotContain("<script", page.Html, StringComparison.Ordinal);
        var text = System.Net.WebUtility.HtmlDecode(page.Html);
        Assert.Contains(Evil + ".csv, line 2", text.Replace("<wbr>", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("20 read = 8 loaded + 2 unchanged + 9 rejected + 1 skipped", text, StringComparison.Ordinal);
        Assert.Contains("9 of 20 records were rejected", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_page_that_asks_for_something_or_complains_is_told_from_one_that_does_not()
    {
        var page = await Chromium.RenderAsync(Folder.Write("asks.html", "<img src='http://127.0.0.1:9/asked.png'><script>nonsense()</script>"));

        Assert.Equal(["http://127.0.0.1:9/asked.png"], page.Requests);
        Assert.Contains(page.Console, l => l.Contains("nonsense is not defined", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_screen_reader_finds_landmarks_headings_table_headers_and_words_for_the_drawings()
    {
        var html = (await RenderAsync()).Html;

        foreach (var landmark in new[] { "<header>", "<main>", "<footer>", "lang=\"en\"" })
            Assert.Contains(landmark, html, StringComparison.Ordinal);
        Assert.Single(System.Text.RegularExpressions.Regex.Matches(html, "<h1"));
        Assert.Equal(Count("<section "), Count("<h2 id="));
        Assert.Equal(Count("<svg "), Count("<title id="));
        Assert.Equal(Count("<svg "), Count("<desc id="));
        Assert.Equal(2, Count("<svg "));
        Assert.Equal(Count("<table>"), Count("<caption>"));
        Assert.Equal(Count("<thead>"), Count("<table>"));
        Assert.True(Count("<th scope=\"row\">") > 6);

        int Count(string text) => html.Split(text).Length - 1;
    }

    [Fact]
    public async Task On_a_phone_nothing_is_wider_than_the_screen_and_at_night_the_page_is_dark()
    {
        await EnterAsync();
        ReportWriter.Write(ReportReader.Read(Journal, "run-1"), Path.Combine(Folder.Path, "report.html"), ReportFormat.Html);
        var phone = Folder.Write("phone.html", """
            <iframe width="360" height="900" src="report.html"></iframe><p></p>
            <script>
              onload = () => {
                const inside = document.querySelector('iframe').contentWindow, page = inside.document.documentElement;
                document.querySelector('p').textContent =
                  `${page.clientWidth} wide, content ${page.scrollWidth}, body ${inside.getComputedStyle(inside.document.body).backgroundColor}`;
              };
            </script>
            """);

        var day = await Chromium.RenderAsync(phone, "--allow-file-access-from-files", "--blink-settings=preferredColorScheme=1");
        var night = await Chromium.RenderAsync(phone, "--allow-file-access-from-files", "--blink-settings=preferredColorScheme=0");

        Assert.Matches(@"(\d+) wide, content \1, body rgb\(246, 247, 249\)", day.Html);
        Assert.Matches(@"(\d+) wide, content \1, body rgb\(17, 22, 29\)", night.Html);
    }

    [Fact]
    public async Task On_paper_nothing_is_cut_off_and_the_ground_is_white()
    {
        await EnterAsync(source: "/var/lib/some/deeply/nested/folder/of/an/export/" + new string('x', 60) + ".csv");
        var path = Path.Combine(Folder.Path, "report.html");
        ReportWriter.Write(ReportReader.Read(Journal, "run-1"), path, ReportFormat.Html);

        // What is for paper, on a screen as wide as a page of A4 within its margins.
        await File.WriteAllTextAsync(path, (await File.ReadAllTextAsync(path)).Replace("@media print", "@media all", StringComparison.Ordinal));
        var paper = Folder.Write("paper.html", """
            <iframe width="700" height="900" src="report.html"></iframe><p></p>
            <script>
              onload = () => {
                const inside = document.querySelector('iframe').contentWindow;
                const tables = [...inside.document.querySelectorAll('table')], cut = tables.filter(t => t.scrollWidth > t.parentElement.clientWidth);
                document.querySelector('p').textContent = `${tables.length > 4} tables, ${cut.length} cut, ground ${inside.getComputedStyle(inside.document.querySelector('section')).backgroundColor}`;
              };
            </script>
            """);

        var page = await Chromium.RenderAsync(paper, "--allow-file-access-from-files", "--blink-settings=preferredColorScheme=0");

        Assert.Contains("true tables, 0 cut, ground rgb(255, 255, 255)", page.Html, StringComparison.Ordinal);
    }

    private async Task<RenderedPage> RenderAsync()
    {
        await EnterAsync();
        var path = Path.Combine(Folder.Path, "report.html");
        ReportWriter.Write(ReportReader.Read(Journal, "run-1"), path, ReportFormat.Html);
        return await Chromium.RenderAsync(path);
    }

    private async Task EnterAsync(int seconds = 30, bool end = true, string source = Evil + ".csv")
    {
        using var run = RunJournal.Begin(Journal, new MigrationRun
        {
            Id = "run-1", Name = "Customers " + Evil, Started = s_start, Destination = "https://platform.safeai.dev",
            Sources = [new MigrationRunSource(Evil + ".csv"), new MigrationRunSource("orders")],
            Options = new LoadOptions { Verify = VerifyMode.Content },
        });
        await BatchAsync("Person", null, ItemOutcome.Created, ItemOutcome.Updated, ItemOutcome.Unchanged, ItemOutcome.Created);
        await BatchAsync("City", null, ItemOutcome.Created, ItemOutcome.Created);
        await BatchAsync("LIVES_IN", "Person", ItemOutcome.Pending);
        for (var i = 0; i < 9; i++)
        {
            var (code, field) = i < 7 ? (ErrorCode.ConversionFailed, "credit" + Evil) : (ErrorCode.BadRecord, null);
            var reject = new Reject(MigrationStage.Transform, code, "a value", new RecordPosition(source, i + 1, i + 2)) { Field = field };
            await run.Reject(reject, JsonSerializer.SerializeToUtf8Bytes(new { source = reject.Position.Source, ordinal = i + 1, line = i + 2, stage = "Transform", code, field, reason = reject.Reason }));
        }

        Journal.Write(c => AuditTrail.Append(c, new AuditEntry(AuditActionType.Begin, "run-2", "another", "")));
        Watch(seconds);
        if (end)
        {
            run.End(
                new MigrationResult
                {
                    MigrationId = "run-1", Status = MigrationStatus.Failed, Read = 20, Loaded = 8, Unchanged = 2, Rejected = 9, Skipped = 1,
                    Nodes = new ItemCounts(4, 1, 1), Batches = 2, Verified = false, Differences = 3, ElapsedSeconds = seconds,
                    Error = "9 of 20 records were rejected; the error budget allows 0.",
                },
                MigrationPhase.Ended);
        }

        async Task BatchAsync(string type, string? from, params ItemOutcome[] outcomes)
        {
            JournaledItem[] items = [.. outcomes.Select((o, i) => new JournaledItem
            {
                Id = $"{type}{i}", FromId = from, ToId = from, AfterHash = new byte[16], Outcome = o == ItemOutcome.Unchanged ? o : ItemOutcome.Pending,
                Before = o == ItemOutcome.Updated ? new PropertySet(["a"], ["b"]) : null, LabelsBefore = o == ItemOutcome.Updated && from is null ? [] : null,
                Tickets = [new JournaledTicket(new RecordTicket(0, i), 0)],
            })];
            var (number, onDisk) = run.Sent(new BatchKey(type, from, from, ""), items);
            await onDisk;
            for (var i = 0; i < items.Length; i++)
                items[i].Outcome = outcomes[i];
            if (!outcomes.Contains(ItemOutcome.Pending))
                await run.Confirmed(number, items, []);
        }
    }

    // A thousand items a second, of fifty thousand.
    private void Watch(int seconds)
    {
        var (progress, tracker) = (new JournalProgress(Journal), new ProgressTracker());
        for (var i = 0; i <= seconds * 4; i++)
        {
            var done = i * 250L;
            var figures = new RunFigures
            {
                Elapsed = TimeSpan.FromMilliseconds(done), Phase = MigrationPhase.Nodes, Read = done, Processed = done, NodesAccepted = done, NodesSettled = done, Expected = 50_000,
            };
            progress.Observe(new ProgressMade("run-1", s_start + figures.Elapsed, figures, tracker.Update(figures)));
        }

        Journal.Write(_ => { });
    }
}
