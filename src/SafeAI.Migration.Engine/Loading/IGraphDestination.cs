using SafeAI.Migration.Engine.Platform;

namespace SafeAI.Migration.Engine.Loading;

/// <summary>
/// Where nodes and relationships go and come from: the platform over HTTP, or a graph store in a local file.
/// Every member may be called from several threads at once.
/// </summary>
public interface IGraphDestination : IAsyncDisposable
{
    /// <summary>What to call it in results and messages, without any secret.</summary>
    string DisplayName { get; }

    /// <summary>Whether a node is counted and listed under each of its labels; otherwise under its type alone.</summary>
    bool ListsByEveryLabel => false;

    /// <summary>Requests that were sent again so far.</summary>
    long Retries { get; }

    /// <summary>Requests that were answered so far; 0 where there are none to count.</summary>
    long Requests => 0;

    /// <summary>What the destination last said of its rate limit, or <see cref="MaxRequestsPerMinute"/> where that is lower; null where there is neither.</summary>
    RateLimitStatus? RateLimit => null;

    /// <summary>
    /// Requests a minute at most, whatever the destination allows; from 1, or null for no limit of one's own. May be changed
    /// at any time. A destination without requests knows no such limit: it stays null there.
    /// </summary>
    int? MaxRequestsPerMinute
    {
        get => null;
        set { }
    }

    /// <summary>Makes ready to receive these types: ids become unique. Writes nothing else.</summary>
    Task PrepareAsync(IReadOnlyCollection<string> nodeTypes, IReadOnlyCollection<string> relationshipTypes, CancellationToken cancellationToken = default);

    /// <summary>How many nodes there are of each type, or of one.</summary>
    Task<IReadOnlyDictionary<string, long>> CountNodesAsync(IReadOnlyCollection<string> types, CancellationToken cancellationToken = default);

    /// <summary>How many relationships there are of each type.</summary>
    Task<IReadOnlyDictionary<string, long>> CountRelationshipsAsync(IReadOnlyCollection<string> types, CancellationToken cancellationToken = default);

    /// <summary>The types of nodes and relationships that exist, each with the names of the properties seen.</summary>
    Task<GraphSchema> GetSchemaAsync(CancellationToken cancellationToken = default);

    /// <summary>Reads the nodes of one type that have these ids; ids that do not exist are left out.</summary>
    Task<IReadOnlyList<GraphNode>> ReadNodesAsync(string type, IReadOnlyCollection<string> ids, CancellationToken cancellationToken = default);

    /// <summary>Reads the relationships of one type that have these ids; ids that do not exist are left out.</summary>
    Task<IReadOnlyList<GraphRelationship>> ReadRelationshipsAsync(string type, IReadOnlyCollection<string> ids, CancellationToken cancellationToken = default);

    /// <summary>
    /// Reads the relationships of one type that have these ids, whatever they join. Where the destination knows the labels of a
    /// node and not which of them is its type, an end that has the expected type is said to be of that type.
    /// </summary>
    /// <param name="type">The type.</param>
    /// <param name="fromType">The type that is expected of the nodes where they start.</param>
    /// <param name="toType">The type that is expected of the nodes where they end.</param>
    /// <param name="ids">The ids; those that do not exist are left out.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task<IReadOnlyList<GraphRelationship>> ReadRelationshipsAsync(
        string type, string fromType, string toType, IReadOnlyCollection<string> ids, CancellationToken cancellationToken = default) =>
        ReadRelationshipsAsync(type, ids, cancellationToken);

    /// <summary>Creates or updates nodes of one type in one transaction: properties are laid over what is there, null removes.</summary>
    /// <param name="type">The type of all the nodes.</param>
    /// <param name="nodes">Nodes with distinct ids and the same labels.</param>
    /// <param name="cancellationToken">Ends the wait; whether the batch was written is then unknown.</param>
    /// <exception cref="MigrationException">Nothing of the batch was written, or, if transient, that is unknown.</exception>
    Task<WriteAnswer> WriteNodesAsync(string type, IReadOnlyList<GraphNode> nodes, CancellationToken cancellationToken = default);

    /// <summary>Creates or updates relationships of one type between nodes of two types in one transaction.</summary>
    /// <returns>The items that were written; a relationship is not written where an end does not exist.</returns>
    /// <exception cref="MigrationException">Nothing of the batch was written, or, if transient, that is unknown.</exception>
    Task<WriteAnswer> WriteRelationshipsAsync(string type, string fromType, string toType, IReadOnlyList<GraphRelationship> relationships, CancellationToken cancellationToken = default);

    /// <summary>Creates those of the nodes that are not there, in one transaction; what is there stays as it is, whoever made it and when.</summary>
    /// <returns>One entry per node. Where there was one before the request, it says what that is; a request sent more than once may have made that itself.</returns>
    /// <exception cref="MigrationException">Nothing of the batch was written, or, if transient, that is unknown.</exception>
    Task<WriteAnswer> InsertNodesAsync(string type, IReadOnlyList<GraphNode> nodes, CancellationToken cancellationToken = default);

    /// <summary>Creates those of the relationships that are not there, in one transaction; what is there stays as it is, whoever made it and when.</summary>
    /// <returns>
    /// One entry per relationship that was created or was there before the request, which then says what that is; none where
    /// an end does not exist. A request sent more than once may have made what was there itself. Where an id is that of a
    /// relationship of other nodes, the request is refused.
    /// </returns>
    /// <exception cref="MigrationException">Nothing of the batch was written, or, if transient, that is unknown.</exception>
    Task<WriteAnswer> InsertRelationshipsAsync(string type, string fromType, string toType, IReadOnlyList<GraphRelationship> relationships, CancellationToken cancellationToken = default);

    /// <summary>Like <see cref="WriteNodesAsync"/>, and takes labels from the nodes: what puts nodes back.</summary>
    /// <param name="type">The type of all the nodes.</param>
    /// <param name="nodes">Nodes with distinct ids and the same labels; a property that is null is removed.</param>
    /// <param name="removedLabels">Labels that all the nodes lose.</param>
    /// <param name="cancellationToken">Ends the wait; whether the batch was written is then unknown.</param>
    /// <exception cref="MigrationException">Nothing of the batch was written, or, if transient, that is unknown.</exception>
    Task<WriteAnswer> RestoreNodesAsync(string type, IReadOnlyList<GraphNode> nodes, IReadOnlyCollection<string> removedLabels, CancellationToken cancellationToken = default);

    /// <summary>Deletes nodes of one type in one transaction.</summary>
    /// <param name="type">The type of all the nodes.</param>
    /// <param name="ids">The ids; those that do not exist are passed over.</param>
    /// <param name="withRelationships">Whether their relationships go with them; without it, a node that has any is left alone.</param>
    /// <param name="cancellationToken">Ends the wait; whether the batch was deleted is then unknown.</param>
    /// <returns>The ids of the nodes that were deleted; where an answer was lost and the request repeated, some may be missing.</returns>
    Task<IReadOnlyList<string>> DeleteNodesAsync(string type, IReadOnlyCollection<string> ids, bool withRelationships, CancellationToken cancellationToken = default);

    /// <summary>Deletes relationships of one type in one transaction; ids that do not exist are passed over.</summary>
    /// <returns>The ids of the relationships that were deleted; where an answer was lost and the request repeated, some may be missing.</returns>
    Task<IReadOnlyList<string>> DeleteRelationshipsAsync(string type, IReadOnlyCollection<string> ids, CancellationToken cancellationToken = default);

    /// <summary>Reads relationships of any type that start or end at nodes of one type. An end that has this type is said to be of it, whatever its other labels are.</summary>
    /// <param name="type">The type of the nodes.</param>
    /// <param name="ids">The ids of the nodes.</param>
    /// <param name="limit">How many relationships at most.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task<IReadOnlyList<GraphRelationship>> ReadRelationshipsOfAsync(string type, IReadOnlyCollection<string> ids, int limit, CancellationToken cancellationToken = default);

    /// <summary>
    /// Reads relationships of any type that start or end at one node, in the order of their types and ids. An end that has the
    /// type of the node is said to be of it, whatever its other labels are.
    /// </summary>
    /// <param name="type">The type of the node.</param>
    /// <param name="id">The id of the node.</param>
    /// <param name="after">The type and id behind which they are wanted; two empty texts for the first ones.</param>
    /// <param name="limit">How many relationships at most.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task<IReadOnlyList<GraphRelationship>> PageRelationshipsOfAsync(string type, string id, (string Type, string Id) after, int limit, CancellationToken cancellationToken = default);

    /// <summary>Finds out whether writing is allowed, and writes nothing.</summary>
    /// <exception cref="MigrationException">It is not, or the destination does not answer.</exception>
    Task ProbeWriteAsync(CancellationToken cancellationToken = default);

    /// <summary>Streams the nodes of one type in the order of their ids.</summary>
    IAsyncEnumerable<GraphNode> StreamNodesAsync(string type, CancellationToken cancellationToken = default);

    /// <summary>Streams the relationships of one type in the order of their ids.</summary>
    IAsyncEnumerable<GraphRelationship> StreamRelationshipsAsync(string type, CancellationToken cancellationToken = default);

    /// <summary>Streams some of the nodes of one type in the order of their ids.</summary>
    /// <param name="type">The type.</param>
    /// <param name="labels">The further labels that a node must all have; empty for any.</param>
    /// <param name="after">The id after which to begin; empty for the first.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    IAsyncEnumerable<GraphNode> StreamNodesAsync(string type, IReadOnlyCollection<string> labels, string after, CancellationToken cancellationToken = default);

    /// <summary>Streams the relationships of one type in the order of their ids.</summary>
    /// <param name="type">The type.</param>
    /// <param name="after">The id after which to begin; empty for the first.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    IAsyncEnumerable<GraphRelationship> StreamRelationshipsAsync(string type, string after, CancellationToken cancellationToken = default);
}

/// <summary>The destination's answer for a batch.</summary>
/// <param name="Items">One entry per item that was written.</param>
/// <param name="WasRepeated">Whether the batch was sent more than once, so that "before" may already be the work of a lost attempt.</param>
public sealed record WriteAnswer(IReadOnlyList<WrittenItem> Items, bool WasRepeated);

/// <summary>The destination's answer for one item.</summary>
/// <param name="Id">The item's id.</param>
/// <param name="Before">The properties it had before; null where it was created.</param>
/// <param name="LabelsBefore">The labels it had before without the main one; null where it was created or is a relationship.</param>
public readonly record struct WrittenItem(string Id, PropertySet? Before, IReadOnlyList<string>? LabelsBefore = null);

/// <summary>What kinds of nodes and relationships a graph has.</summary>
/// <param name="NodeTypes">The node types in alphabetical order.</param>
/// <param name="RelationshipTypes">The relationship types in alphabetical order.</param>
public sealed record GraphSchema(IReadOnlyList<string> NodeTypes, IReadOnlyList<string> RelationshipTypes);
