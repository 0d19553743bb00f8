using System.Text.Json;
using System.Text.Json.Serialization;
using SafeAI.Migration.Engine.Journal;
using SafeAI.Migration.Engine.Rollback;

namespace SafeAI.Migration.Engine.Tests.Journal;

/// <summary>What the journal keeps as JSON: generated code writes it just as reflection does, which reads it.</summary>
public class JournalJsonTests
{
    private static readonly JsonSerializerOptions s_reflection = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    private static readonly MigrationResult s_result = new()
    {
        MigrationId = "m \u00e4 \"1\"", Status = MigrationStatus.RollingBack, Destination = "d", Read = 5, Loaded = 1, Unchanged = 1, Rejected = 1, Skipped = 2,
        Nodes = new ItemCounts(1, 2, 3), Relationships = new ItemCounts(4, 5, 6), Batches = 7, Retries = 8, Verify = VerifyMode.Content, Verified = false, Differences = 9,
        ElapsedSeconds = 1.5, Error = "e", ErrorCode = ErrorCode.VerificationFailed,
        Progress = new MigrationProgress
        {
            Time = DateTimeOffset.UnixEpoch, Phase = MigrationPhase.Verification, TotalRecords = 5, ProcessedRecords = 4, SuccessRate = 0.75, CurrentRate = 1.25, AverageRate = 2,
            PercentComplete = 80, ElapsedSeconds = 3, SecondsRemaining = 0.5, RateLimit = 100, RateLimitedUntil = DateTimeOffset.UnixEpoch.AddHours(1), ActiveBatches = 2,
            Phases = [new PhaseProgress("Nodes", 1, null, 2, 3)],
        },
    };

    public static TheoryData<string> Budgets { get; } = ["0", "12", "0.125%", "33.3333333333333%", "unlimited"];

    [Fact]
    public void A_checkpoint_is_written_and_read_whole() => Check(new RunCheckpoint
    {
        Streams = ["a", "b"], Mark = new ReadMark { Stream = 1, Ordinal = 2, Source = 3, Position = "p", Counts = new SourceCounts(1, 2, 3, 4), Relationships = 5, Rejects = 6 },
        Finished = [new SourceCounts(5, 6, 7, 8)], SpoolLength = 9, SpoolGaps = [new NumberRange(1, 2)], Retries = 3, ElapsedSeconds = 4.25, Result = s_result,
    });

    [Fact]
    public void What_is_empty_is_written_and_read_whole()
    {
        Check(new RunCheckpoint());
        Check(new MigrationResult { MigrationId = "m" });
        Check(new MigrationProgress());
        Check(new UndoProgress());
        Check(new LoadOptions());
    }

    [Fact]
    public void Results_and_undos_are_written_and_read_whole()
    {
        Check(s_result);
        Check(s_result.Progress!);
        Check<IReadOnlyList<MigrationRunSource>>([new MigrationRunSource("a", "f"), new MigrationRunSource("b")]);
        Check(new UndoProgress { Done = 1, Pending = 2, PendingItems = [3, 4], NodesDeleted = 5, Kept = 6 });
        Check(new UndoPlanItem { Action = UndoAction.Restore, IsNode = true, Type = "T", Id = "i", FromId = "f", ToId = "t", Properties = ["p"], Reason = "r", EstimatedSeconds = 0.1 });
    }

    [Theory]
    [MemberData(nameof(Budgets))]
    public void Options_are_written_and_read_whole(string budget)
    {
        var options = new LoadOptions { BatchSize = 1, BatchBytes = 2, Mode = LoadMode.Replace, ThrottleLimit = 3, Verify = VerifyMode.Count, ErrorBudget = ErrorBudget.Parse(budget) };

        Check(options);

        Assert.Equal(options, RunRows.FromJson<LoadOptions>(RunRows.ToJson(options)));
    }

    [Fact]
    public void What_an_older_journal_does_not_have_keeps_what_it_begins_with() => Assert.Equal(
        (1000, ErrorBudget.None, 4), RunRows.FromJson<LoadOptions>("""{"batchBytes":5}""") is { } o ? (o.BatchSize, o.ErrorBudget, o.ThrottleLimit) : default);

    private static void Check<T>(T value)
    {
        var text = RunRows.ToJson(value);

        Assert.Equal(JsonSerializer.Serialize(value, s_reflection), text);
        Assert.Equal(text, RunRows.ToJson(RunRows.FromJson<T>(text)!));
    }
}
