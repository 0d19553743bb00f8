using System.Text;

namespace SafeAI.Migration.Engine.Platform;

/// <summary>
/// Every statement that is sent, each valid for Neo4j 5. Labels, types and property names that stand in the text are
/// checked identifiers in backticks; every value is a parameter.
/// </summary>
public static class CypherStatements
{
    /// <summary>Asks for nothing but an answer.</summary>
    public const string Ping = "RETURN 1 AS one";

    /// <summary>A statement that needs the right to write and writes nothing, as no node has that label.</summary>
    public const string WriteProbe = "MATCH (n:`SafeAIMigrationProbe`) WHERE n.id = $id DETACH DELETE n";

    /// <summary>Makes ids unique among the nodes of a type; without it simultaneous loads could create a node twice.</summary>
    public static string NodeConstraint(string type) =>
        $"CREATE CONSTRAINT `safeai_migration_{Name(type)}_id` IF NOT EXISTS FOR (n:{Quote(type)}) REQUIRE n.id IS UNIQUE";

    /// <summary>Makes ids unique among the relationships of a type.</summary>
    public static string RelationshipConstraint(string type) =>
        $"CREATE CONSTRAINT `safeai_migration_rel_{Name(type)}_id` IF NOT EXISTS FOR ()-[r:{Quote(type)}]-() REQUIRE r.id IS UNIQUE";

    /// <summary>Counts the nodes of a type. Column: count.</summary>
    public static string CountNodes(string type) => $"MATCH (n:{Quote(type)}) RETURN count(n) AS count";

    /// <summary>Counts the relationships of a type. Column: count.</summary>
    public static string CountRelationships(string type) => $"MATCH ()-[r:{Quote(type)}]->() RETURN count(r) AS count";

    /// <summary>Reads the nodes with the ids in $ids. Columns: id, labels, properties.</summary>
    public static string ReadNodes(string type) =>
        $"MATCH (n:{Quote(type)}) WHERE n.id IN $ids RETURN n.id AS id, labels(n) AS labels, properties(n) AS properties";

    /// <summary>Reads the relationships with the ids in $ids. Columns: id, fromId, fromLabels, toId, toLabels, properties.</summary>
    public static string ReadRelationships(string type) =>
        $"MATCH (a)-[r:{Quote(type)}]->(b) WHERE r.id IN $ids {ReturnRelationship}";

    /// <summary>Reads $limit nodes whose ids come after $after. Columns: id, labels, properties.</summary>
    /// <param name="type">The main label.</param>
    /// <param name="labels">Further labels that the nodes must have.</param>
    public static string PageNodes(string type, params IReadOnlyCollection<string> labels) =>
        $"MATCH (n:{string.Join(':', labels.Prepend(type).Select(Quote))}) WHERE n.id > $after RETURN n.id AS id, labels(n) AS labels, properties(n) AS properties ORDER BY n.id LIMIT $limit";

    /// <summary>Reads $limit relationships whose ids come after $after. Columns: id, fromId, fromLabels, toId, toLabels, properties.</summary>
    public static string PageRelationships(string type) =>
        $"MATCH (a)-[r:{Quote(type)}]->(b) WHERE r.id > $after {ReturnRelationship} ORDER BY r.id LIMIT $limit";

    /// <summary>
    /// Creates or updates the nodes in $rows, each with id, properties and, where there are any, temporals.
    /// Columns: id, before, labels; the last two are null for a new node.
    /// </summary>
    /// <param name="type">The main label.</param>
    /// <param name="labels">Further labels of all the nodes.</param>
    /// <param name="temporals">Properties that hold points in time in some of the rows.</param>
    public static string MergeNodes(string type, IReadOnlyCollection<string> labels, IReadOnlyCollection<TemporalProperty> temporals)
    {
        ArgumentNullException.ThrowIfNull(labels);
        var label = Quote(type);
        var text = new StringBuilder()
            .Append("UNWIND $rows AS row OPTIONAL MATCH (o:").Append(label).Append(" {id: row.id}) ")
            .Append("WITH row, properties(o) AS before, labels(o) AS labels ")
            .Append("MERGE (n:").Append(label).Append(" {id: row.id}) SET n += row.properties");
        if (labels.Count > 0)
            text.Append(", n").AppendJoin("", labels.Select(l => ":" + Quote(l)));
        AppendTemporals(text, "n", temporals);
        return text.Append(" RETURN row.id AS id, before, labels").ToString();
    }

    /// <summary>
    /// Creates or updates the relationships in $rows, each with id, from, to, properties and, where there are any,
    /// temporals. A row of which an end does not exist gives no answer. Columns: id, before.
    /// </summary>
    public static string MergeRelationships(string type, string fromType, string toType, IReadOnlyCollection<TemporalProperty> temporals)
    {
        var text = new StringBuilder()
            .Append("UNWIND $rows AS row MATCH (a:").Append(Quote(fromType)).Append(" {id: row.from}) ")
            .Append("MATCH (b:").Append(Quote(toType)).Append(" {id: row.to}) ")
            .Append("OPTIONAL MATCH (a)-[o:").Append(Quote(type)).Append(" {id: row.id}]->(b) ")
            .Append("WITH row, a, b, properties(o) AS before ")
            .Append("MERGE (a)-[r:").Append(Quote(type)).Append(" {id: row.id}]->(b) SET r += row.properties");
        AppendTemporals(text, "r", temporals);
        return text.Append(" RETURN row.id AS id, before").ToString();
    }

    private const string ReturnRelationship =
        "RETURN r.id AS id, a.id AS fromId, labels(a) AS fromLabels, b.id AS toId, labels(b) AS toLabels, properties(r) AS properties";

    // JSON has no points in time: they travel as text and are made into values by the store.
    private static void AppendTemporals(StringBuilder text, string variable, IReadOnlyCollection<TemporalProperty> temporals)
    {
        foreach (var (name, function, isList) in temporals)
        {
            var property = QuoteProperty(name);
            var value = $"row.temporals.{property}";
            text.Append(", ").Append(variable).Append('.').Append(property).Append(" = coalesce(")
                .Append(isList ? $"[x IN {value} | {function}(x)]" : $"{function}({value})")
                .Append(", ").Append(variable).Append('.').Append(property).Append(')');
        }
    }

    private static string Name(string type) => GraphIdentifier.Check(type, "type");

    private static string Quote(string name) => "`" + GraphIdentifier.Check(name, "label or type") + "`";

    // A property's name may hold anything; inside backticks only the backtick itself needs care.
    private static string QuoteProperty(string name) => "`" + name.Replace("`", "``", StringComparison.Ordinal) + "`";
}

/// <summary>A property that holds points in time.</summary>
/// <param name="Name">The property.</param>
/// <param name="Function">The function that makes the value from text.</param>
/// <param name="IsList">Whether it is a list of them.</param>
public readonly record struct TemporalProperty(string Name, string Function, bool IsList);
