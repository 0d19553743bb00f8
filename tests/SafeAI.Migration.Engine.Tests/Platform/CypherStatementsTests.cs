using System.Runtime.CompilerServices;
using SafeAI.Migration.Engine.Platform;

namespace SafeAI.Migration.Engine.Tests.Platform;

/// <summary>
/// The statements that are sent are those of tests/Cypher/statements.cypher, which tests/Cypher/check.cjs holds
/// against Neo4j's own parser.
/// </summary>
public sealed class CypherStatementsTests
{
    private static readonly TemporalProperty[] s_temporals =
    [
        new("at", "datetime", false), new("local", "localdatetime", false), new("day", "date", false), new("time", "localtime", false),
        new("span", "duration", false), new("days", "date", true), new("tick`name", "date", false),
    ];

    private static readonly string[] s_statements =
    [
        CypherStatements.Ping,
        CypherStatements.WriteProbe,
        CypherStatements.ShowConstraints,
        CypherStatements.NodeConstraint("Customer"),
        CypherStatements.RelationshipConstraint("LIVES_IN"),
        CypherStatements.CountNodes("Customer"),
        CypherStatements.CountRelationships("LIVES_IN"),
        CypherStatements.ReadNodes("Customer"),
        CypherStatements.ReadRelationships("LIVES_IN"),
        CypherStatements.PageNodes("Customer"),
        CypherStatements.PageNodes("Customer", "Person"),
        CypherStatements.PageRelationships("LIVES_IN"),
        CypherStatements.MergeNodes("Customer", [], []),
        CypherStatements.MergeNodes("Customer", ["Person", "Zahler_über_1"], s_temporals),
        CypherStatements.MergeRelationships("LIVES_IN", "Customer", "Country", []),
        CypherStatements.MergeRelationships("LIVES_IN", "Customer", "Country", s_temporals),
        CypherStatements.MergeNodes("Customer", ["Person"], s_temporals[..1], ["Former", "Zahler_über_1"]),
        CypherStatements.InsertNodes("Customer", [], []),
        CypherStatements.InsertNodes("Customer", ["Person", "Zahler_über_1"], s_temporals),
        CypherStatements.InsertRelationships("LIVES_IN", "Customer", "Country", []),
        CypherStatements.InsertRelationships("LIVES_IN", "Customer", "Country", s_temporals),
        CypherStatements.DeleteNodes("Customer", withRelationships: false),
        CypherStatements.DeleteNodes("Customer", withRelationships: true),
        CypherStatements.DeleteRelationships("LIVES_IN"),
        CypherStatements.RelationshipsOf("Customer"),
        CypherStatements.PageRelationshipsOf("Customer"),
    ];

    [Fact]
    public void Every_statement_is_one_of_those_that_are_held_against_Neo4js_parser()
    {
        var held = File.ReadAllLines(Path.Combine(Folder(), "..", "..", "Cypher", "statements.cypher"));

        Assert.Equal(held, s_statements);
    }

    [Fact]
    public void Every_kind_of_statement_is_among_them() =>
        Assert.Equal(
            typeof(CypherStatements).GetMethods().Count(m => m.IsStatic) + typeof(CypherStatements).GetFields().Length,
            s_statements.Length - 7);

    [Theory]
    [InlineData("a`b")]
    [InlineData("")]
    [InlineData("a b")]
    public void An_unsafe_label_never_gets_into_a_text(string label) =>
        Assert.Equal(ErrorCode.UnsafeIdentifier, Assert.Throws<MigrationException>(() => CypherStatements.MergeNodes(label, [], [])).Code);

    private static string Folder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
