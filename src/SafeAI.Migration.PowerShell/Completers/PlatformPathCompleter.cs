using System.Collections;

namespace SafeAI.Migration.PowerShell.Completers;

/// <summary>Offers the published paths where statements are posted.</summary>
public sealed class QueryPathCompleter : ListCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<string> Values(IDictionary bound) => ["v1/knowledge-graph/query", "api/v1/query"];
}

/// <summary>Offers the published paths where the schema is read.</summary>
public sealed class SchemaPathCompleter : ListCompleter
{
    /// <inheritdoc/>
    protected override IEnumerable<string> Values(IDictionary bound) => ["v1/knowledge-graph/schema", "api/v1/knowledge-graph/schema"];
}
