using System.Text;

namespace SafeAI.Migration.Engine.Platform;

/// <summary>
/// Every statement that is sent, each valid for Neo4j 5.13 and later. Labels, types and property names that stand in the text are
/// checked identifiers in backticks; every value is a parameter.
/// </summary>
public static class CypherStatements
{
    /// <summary>Asks for nothing but an answer.</summary>
    public const string Ping = "RETURN 1 AS one";

    /// <summary>A statement that needs the right to write and writes nothing, as no node has that label.</summary>
    public const string WriteProbe = "MATCH (n:`SafeAIMigrationProbe`) WHERE n.id = $id DETACH DELETE n";

    /// <summary>Lists the constraints. Columns: type, entityType, labelsOrTypes, properties.</summary>
    public const string ShowConstraints = "SHOW CONSTRAINTS YIELD type, entityType, labelsOrTypes, properties";

    /// <summary>Makes ids unique among the nodes of a type; without it simultaneous loads could create a node twice.</summary>
    public static string NodeConstraint(string type) =>
        $"CREATE CONSTRAINT `safeai_migration_node_{Name(type)}_id` IF NOT EXISTS FOR (n:{Quote(type)}) REQUIRE n.id IS UNIQUE";

    /// <summary>Makes ids unique among the relationships of a type.</summary>
    public static string RelationshipConstraint(string type) =>
        $"CREATE CONSTRAINT `safeai_migration_rel_{Name(type)}_id` IF NOT EXISTS FOR ()-[r:{Quote(type)}]-() REQUIRE r.id IS UNIQUE";

    /// <summary>Counts the nodes of a type. Column: count.</summary>
    public static string CountNodes(string type) => $"MATCH (n:{Quote(type)}) RETURN count(n) AS count";

    /// <summary>Counts the relationships of a type. Column: count.</summary>
    public static string CountRelationships(string type) => $"MATCH ()-[r:{Quote(type)}]->() RETURN count(r) AS count";

    /// <summary>Reads the nodes with the ids in $ids. Columns: id, labels, properties, kinds.</summary>
    public static string ReadNodes(string type) =>
        $"MATCH (n:{Quote(type)}) WHERE n.id IN $ids {ReturnNode}";

    /// <summary>Reads the relationships with the ids in $ids. Columns: id, fromId, fromLabels, toId, toLabels, properties, kinds.</summary>
    public static string ReadRelationships(string type) =>
        $"MATCH (a)-[r:{Quote(type)}]->(b) WHERE r.id IN $ids {ReturnRelationship}";

    /// <summary>Reads $limit nodes whose ids come after $after. Columns: id, labels, properties, kinds.</summary>
    /// <param name="type">The main label.</param>
    /// <param name="labels">Further labels that the nodes must have.</param>
    public static string PageNodes(string type, params IReadOnlyCollection<string> labels) =>
        $"MATCH (n:{string.Join(':', labels.Prepend(type).Select(Quote))}) WHERE n.id > $after {ReturnNode} ORDER BY n.id LIMIT $limit";

    /// <summary>Reads $limit relationships whose ids come after $after. Columns: id, fromId, fromLabels, toId, toLabels, properties, kinds.</summary>
    public static string PageRelationships(string type) =>
        $"MATCH (a)-[r:{Quote(type)}]->(b) WHERE r.id > $after {ReturnRelationship} ORDER BY r.id LIMIT $limit";

    /// <summary>
    /// Creates or updates the nodes in $rows, each with id, properties and, where there are any, temporals.
    /// Columns: id, before, labels, kinds; all but the first are null for a new node.
    /// </summary>
    /// <param name="type">The main label.</param>
    /// <param name="labels">Further labels of all the nodes.</param>
    /// <param name="temporals">Properties that hold points in time in some of the rows.</param>
    /// <param name="removedLabels">Labels that are taken from all the nodes; null for none.</param>
    public static string MergeNodes(
        string type, IReadOnlyCollection<string> labels, IReadOnlyCollection<TemporalProperty> temporals, IReadOnlyCollection<string>? removedLabels = null)
    {
        ArgumentNullException.ThrowIfNull(labels);
        var label = Quote(type);
        var text = new StringBuilder()
            .Append("UNWIND $rows AS row OPTIONAL MATCH (o:").Append(label).Append(" {id: row.id}) ")
            .Append("WITH row, properties(o) AS before, labels(o) AS labels, ").Append(Kinds("o")).Append(" AS kinds ")
            .Append("MERGE (n:").Append(label).Append(" {id: row.id}) SET n += row.properties");
        if (labels.Count > 0)
            text.Append(", n").AppendJoin("", labels.Select(l => ":" + Quote(l)));
        AppendTemporals(text, "n", temporals);
        if (removedLabels is { Count: > 0 })
            text.Append(" REMOVE n").AppendJoin("", removedLabels.Select(l => ":" + Quote(l)));
        return text.Append(" RETURN row.id AS id, before, labels, kinds").ToString();
    }

    /// <summary>
    /// Creates or updates the relationships in $rows, each with id, from, to, properties and, where there are any,
    /// temporals. A row of which an end does not exist gives no answer. Columns: id, before, kinds.
    /// </summary>
    public static string MergeRelationships(string type, string fromType, string toType, IReadOnlyCollection<TemporalProperty> temporals)
    {
        var text = new StringBuilder()
            .Append("UNWIND $rows AS row MATCH (a:").Append(Quote(fromType)).Append(" {id: row.from}) ")
            .Append("MATCH (b:").Append(Quote(toType)).Append(" {id: row.to}) ")
            .Append("OPTIONAL MATCH (a)-[o:").Append(Quote(type)).Append(" {id: row.id}]->(b) ")
            .Append("WITH row, a, b, properties(o) AS before, ").Append(Kinds("o")).Append(" AS kinds ")
            .Append("MERGE (a)-[r:").Append(Quote(type)).Append(" {id: row.id}]->(b) SET r += row.properties");
        AppendTemporals(text, "r", temporals);
        return text.Append(" RETURN row.id AS id, before, kinds").ToString();
    }

    /// <summary>
    /// Creates those of the nodes in $rows that are not there, each with id, properties and, where there are any, temporals;
    /// what is there stays as it is. Columns: id, before, labels, kinds; all but the first are null for a new node.
    /// </summary>
    /// <param name="type">The main label.</param>
    /// <param name="labels">Further labels of all the nodes.</param>
    /// <param name="temporals">Properties that hold points in time in some of the rows.</param>
    public static string InsertNodes(string type, IReadOnlyCollection<string> labels, IReadOnlyCollection<TemporalProperty> temporals)
    {
        ArgumentNullException.ThrowIfNull(labels);
        var text = new StringBuilder().Append("UNWIND $rows AS row MERGE (n:").Append(Quote(type)).Append(" {id: row.id}) ON CREATE SET n += row.properties");
        if (labels.Count > 0)
            text.Append(", n").AppendJoin("", labels.Select(l => ":" + Quote(l)));
        AppendTemporals(text, "n", temporals);
        return AppendIsNew(text, "n").Append(" RETURN row.id AS id, ").Append(UnlessNew("properties(n)")).Append(" AS before, ")
            .Append(UnlessNew("labels(n)")).Append(" AS labels, ").Append(UnlessNew(Kinds("n"))).Append(" AS kinds").ToString();
    }

    /// <summary>
    /// Creates those of the relationships in $rows that are not there, each with id, from, to, properties and, where there are
    /// any, temporals; what is there stays as it is. A row of which an end does not exist gives no answer. Columns: id, before, kinds.
    /// </summary>
    public static string InsertRelationships(string type, string fromType, string toType, IReadOnlyCollection<TemporalProperty> temporals)
    {
        var text = new StringBuilder()
            .Append("UNWIND $rows AS row MATCH (a:").Append(Quote(fromType)).Append(" {id: row.from}) ")
            .Append("MATCH (b:").Append(Quote(toType)).Append(" {id: row.to}) ")
            .Append("MERGE (a)-[r:").Append(Quote(type)).Append(" {id: row.id}]->(b) ON CREATE SET r += row.properties");
        AppendTemporals(text, "r", temporals);
        return AppendIsNew(text, "r").Append(" RETURN row.id AS id, ").Append(UnlessNew("properties(r)")).Append(" AS before, ")
            .Append(UnlessNew(Kinds("r"))).Append(" AS kinds").ToString();
    }

    /// <summary>
    /// Deletes the nodes with the ids in $ids; without their relationships, those that have any are left alone.
    /// Column: id, of each one deleted.
    /// </summary>
    public static string DeleteNodes(string type, bool withRelationships) => withRelationships
        ? $"UNWIND $ids AS id MATCH (n:{Quote(type)} {{id: id}}) DETACH DELETE n RETURN id"
        : $"UNWIND $ids AS id MATCH (n:{Quote(type)} {{id: id}}) WHERE NOT EXISTS {{ (n)--() }} DELETE n RETURN id";

    /// <summary>Deletes the relationships with the ids in $ids. Column: id, of each one deleted.</summary>
    public static string DeleteRelationships(string type) =>
        $"UNWIND $ids AS id MATCH ()-[r:{Quote(type)} {{id: id}}]->() DELETE r RETURN id";

    /// <summary>
    /// Reads $limit of the relationships, of any type, that start or end at the nodes with the ids in $ids.
    /// Columns: type, id, fromId, fromLabels, toId, toLabels, properties, kinds.
    /// </summary>
    public static string RelationshipsOf(string type) =>
        $"MATCH (n:{Quote(type)})-[r]-() WHERE n.id IN $ids WITH DISTINCT r, startNode(r) AS a, endNode(r) AS b "
        + $"RETURN type(r) AS type, coalesce(toString(r.id), elementId(r)) AS id, {IncidentEnds} LIMIT $limit";

    /// <summary>
    /// Reads $limit of the relationships, of any type, that start or end at the node with $id, those behind $afterType and $after in
    /// the order of their types and ids. Columns as those of <see cref="RelationshipsOf"/>.
    /// </summary>
    public static string PageRelationshipsOf(string type) =>
        $"MATCH (n:{Quote(type)})-[r]-() WHERE n.id = $id WITH DISTINCT r, startNode(r) AS a, endNode(r) AS b, type(r) AS type, coalesce(toString(r.id), elementId(r)) AS id "
        + $"WHERE type > $afterType OR (type = $afterType AND id > $after) RETURN type, id, {IncidentEnds} ORDER BY type, id LIMIT $limit";

    private static string IncidentEnds =>
        "coalesce(toString(a.id), elementId(a)) AS fromId, labels(a) AS fromLabels, "
        + $"coalesce(toString(b.id), elementId(b)) AS toId, labels(b) AS toLabels, properties(r) AS properties, {Kinds("r")} AS kinds";

    private static string ReturnNode => $"RETURN n.id AS id, labels(n) AS labels, properties(n) AS properties, {Kinds("n")} AS kinds";

    private static string ReturnRelationship =>
        $"RETURN r.id AS id, a.id AS fromId, labels(a) AS fromLabels, b.id AS toId, labels(b) AS toLabels, properties(r) AS properties, {Kinds("r")} AS kinds";

    // An answer in JSON carries points in time as text: which properties those are, and of which type, is asked beside it.
    private static string Kinds(string variable) =>
        $"[k IN keys({variable}) WHERE valueType({variable}[k]) CONTAINS 'DATE' OR valueType({variable}[k]) CONTAINS 'TIME' OR valueType({variable}[k]) CONTAINS 'DURATION' "
        + $"| [k, valueType({variable}[k])]]";

    // What was there at the moment of the MERGE, and not at that of a MATCH before it, tells what this statement created: a
    // mark does that nobody else ever sees, since it is gone again at the end of the transaction.
    private static StringBuilder AppendIsNew(StringBuilder text, string variable) => text
        .Append(", ").Append(variable).Append(Mark).Append(" = true WITH row, ").Append(variable).Append(", ").Append(variable).Append(Mark)
        .Append(" IS NOT NULL AS isNew REMOVE ").Append(variable).Append(Mark);

    private static string UnlessNew(string value) => $"CASE WHEN isNew THEN null ELSE {value} END";

    private const string Mark = ".`safeai_migration_new`";

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
