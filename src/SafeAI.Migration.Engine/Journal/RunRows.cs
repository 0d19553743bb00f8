using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Data.Sqlite;

namespace SafeAI.Migration.Engine.Journal;

/// <summary>The rows of runs as objects, and the parts of them that are kept as JSON.</summary>
internal static class RunRows
{
    /// <summary>The columns that <see cref="Read"/> takes; the run's table is <c>r</c>.</summary>
    public const string Select = """
        SELECT r.id, r.name, r.kind, r.status, r.phase, r.started, r.ended, r.destination, r.sources, r.mapping_hash, r.options, r.plan_path,
            r.target, r.result, r.error, r.process_id, r.process_started, r.machine, r.session, c.data, p.data, r.plan IS NOT NULL,
            l.id IS NOT NULL, l.requests_per_minute, l.throttle_limit
        FROM run r LEFT JOIN checkpoint c ON c.run = r.number LEFT JOIN progress p ON p.id = r.id LEFT JOIN control l ON l.id = r.id
        """;

    private static readonly JsonSerializerOptions s_json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    public static string ToJson<T>(T value) => JsonSerializer.Serialize(value, typeof(T), JournalJson.Default);

    public static T? FromJson<T>(string text) => JsonSerializer.Deserialize<T>(text, s_json);

    public static MigrationRun Read(SqliteDataReader reader, string journalPath)
    {
        var status = Parse<MigrationStatus>(reader.GetString(3));
        var process = new ProcessIdentity(reader.GetInt32(15), reader.GetInt64(16), reader.GetString(17), reader.GetString(18));
        if (status == MigrationStatus.Running && !process.IsAlive)
            status = MigrationStatus.Interrupted;
        var result = reader.IsDBNull(13)
            ? reader.IsDBNull(19) ? null : FromJson<RunCheckpoint>(reader.GetString(19))?.Result
            : FromJson<MigrationResult>(reader.GetString(13));
        return new MigrationRun
        {
            Id = reader.GetString(0),
            Name = reader.GetString(1),
            Kind = Parse<MigrationKind>(reader.GetString(2)),
            Status = status,
            Phase = Parse<MigrationPhase>(reader.GetString(4)),
            Started = Time(reader.GetString(5)),
            Ended = reader.IsDBNull(6) ? null : Time(reader.GetString(6)),
            Destination = reader.GetString(7),
            Sources = FromJson<MigrationRunSource[]>(reader.GetString(8))!,
            MappingHash = Text(9),
            Options = FromJson<LoadOptions>(reader.GetString(10))!,
            PlanPath = Text(11),
            IsFromPlan = !reader.IsDBNull(11) || reader.GetBoolean(21),
            Target = Text(12),
            Limits = reader.GetBoolean(22) ? RunControl.LimitsOf(reader, 23) : null,
            Progress = (reader.IsDBNull(20) ? null : FromJson<MigrationProgress>(reader.GetString(20))) ?? result?.Progress,
            Result = result is null ? null : result with { Status = status },
            Error = Text(14),
            ProcessId = process.Id,
            Machine = process.Machine,
            JournalPath = journalPath,
        };

        string? Text(int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
    }

    private static T Parse<T>(string text)
        where T : struct, Enum =>
        Enum.TryParse<T>(text, out var value) ? value : throw new MigrationException(
            ErrorCode.JournalFailed, $"The journal holds a run whose {typeof(T).Name} is '{text}', which this program does not know.", "Use a newer program.");

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
}
