using System.Text.Json.Serialization;
using SafeAI.Migration.Engine.Rollback;

namespace SafeAI.Migration.Engine.Journal;

/// <summary>
/// Writes what the journal keeps as JSON. The code is made when the engine is built: a run writes its options before it sends
/// anything, and should not wait for a serializer to be made up. Reading is left to reflection, which keeps the values that
/// properties begin with where an older journal does not have them.
/// </summary>
[JsonSourceGenerationOptions(
    GenerationMode = JsonSourceGenerationMode.Serialization,
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(IReadOnlyList<MigrationRunSource>))]
[JsonSerializable(typeof(LoadOptions))]
[JsonSerializable(typeof(RunCheckpoint))]
[JsonSerializable(typeof(MigrationResult))]
[JsonSerializable(typeof(MigrationProgress))]
[JsonSerializable(typeof(UndoProgress))]
[JsonSerializable(typeof(UndoPlanItem))]
internal sealed partial class JournalJson : JsonSerializerContext;
