using System.Text.Json;
using SafeAI.Migration.Engine.Loading;

namespace SafeAI.Migration.Engine.Platform;

public sealed partial class PlatformDestination
{
    private static readonly string[] s_constraintColumns = ["type", "entityType", "labelsOrTypes", "properties"];

    /// <inheritdoc/>
    public async Task PrepareAsync(IReadOnlyCollection<string> nodeTypes, IReadOnlyCollection<string> relationshipTypes, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(nodeTypes);
        ArgumentNullException.ThrowIfNull(relationshipTypes);
        foreach (var type in nodeTypes)
            await MakeUniqueAsync(isNode: true, type, CypherStatements.NodeConstraint(type), cancellationToken).ConfigureAwait(false);
        foreach (var type in relationshipTypes)
            await MakeUniqueAsync(isNode: false, type, CypherStatements.RelationshipConstraint(type), cancellationToken).ConfigureAwait(false);
    }

    private async Task MakeUniqueAsync(bool isNode, string type, string statement, CancellationToken cancellationToken)
    {
        try
        {
            (await _client.QueryAsync(statement, [], null, cancellationToken).ConfigureAwait(false)).Dispose();
        }
        catch (MigrationException e) when (e.Code is ErrorCode.PermissionDenied || (e.Code is ErrorCode.RequestRefused && !e.IsTransient))
        {
            // Somebody with more rights may have made it.
            if (e.Code == ErrorCode.PermissionDenied && await IsUniqueAsync(isNode, type, cancellationToken).ConfigureAwait(false))
                return;
            throw new PlatformException(
                e.Code, $"The ids of {type} cannot be made unique, so nothing of that type is written: {e.What}",
                e.Code == ErrorCode.PermissionDenied
                    ? $"Ask for a key that may create constraints, or have this one created: {statement}."
                    : "Where several have one id already, leave one of them, then run again.", e);
        }
    }

    // Both names that Neo4j has for uniqueness, and a key, which is uniqueness and more.
    private async Task<bool> IsUniqueAsync(bool isNode, string type, CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await _client.QueryAsync(CypherStatements.ShowConstraints, s_constraintColumns, null, cancellationToken).ConfigureAwait(false);
            return answer.AsRows().Any(r => (r.Text(0).Contains("UNIQUENESS", StringComparison.Ordinal) || r.Text(0).EndsWith("_KEY", StringComparison.Ordinal))
                && r.Text(1) == (isNode ? "NODE" : "RELATIONSHIP") && IsOnly(r[2], type) && IsOnly(r[3], "id"));
        }
        catch (MigrationException e) when (e.Code is ErrorCode.PermissionDenied or ErrorCode.RequestRefused)
        {
            return false;
        }

        static bool IsOnly(JsonElement list, string text) =>
            list.ValueKind == JsonValueKind.Array && list.GetArrayLength() == 1 && list[0].ValueKind == JsonValueKind.String && list[0].GetString() == text;
    }
}
