using SafeAI.Migration.Engine.Validation;
using SafeAI.Migration.Engine.Validation.Keys;
using SafeAI.Migration.Engine.Validation.Rules;

namespace SafeAI.Migration.Engine.Tests.Validation;

/// <summary>The rules of relationships, applied without a stream.</summary>
public sealed class RelationshipRuleTests
{
    private static readonly RecordPosition s_position = new("r", 1);

    [Fact]
    public void A_rule_that_fails_itself_is_an_error_of_the_rule_and_never_a_pass()
    {
        // Keys that lie in a file which is closed can no longer be looked up.
        var (nodes, ids) = (new KeyIndex(1 << 10), new KeyIndex(1 << 10));
        var counters = new List<RuleCounter>();
        using var checks = new RelationshipChecks([], counters, new PositionCode(), nodes, ids);
        var breaches = new List<Breach>();
        for (var i = 0; i < 1000; i++)
        {
            checks.AddNode("N", $"{i}");
            checks.Check(Relationship(i), s_position, breaches);
        }

        Assert.Empty(breaches);
        nodes.Dispose();
        ids.Dispose();

        checks.Check(Relationship(0), s_position, breaches);
        var duplicate = Assert.Single(breaches);
        Assert.Equal(("duplicate", typeof(ObjectDisposedException)), (duplicate.Rule.Rule, duplicate.Error?.GetType()));
        Assert.Equal((1001L, 1L, 1L), (duplicate.Rule.Tested, duplicate.Rule.Failed, duplicate.Rule.Errors));

        Assert.Null(checks.HasEnds(Relationship(0), s_position, breaches));
        checks.CheckEnds(Relationship(0), s_position, breaches);
        var missing = counters.Single(c => c.Rule == "missingEnd");
        Assert.Equal((2L, 2L, 2L), (missing.Tested, missing.Failed, missing.Errors));
        Assert.Equal(["duplicate", "missingEnd", "missingEnd"], breaches.Select(b => b.Rule.Rule));
        Assert.Contains("ObjectDisposedException", missing.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void One_rule_that_fails_leaves_the_others_to_be_applied()
    {
        var counters = new List<RuleCounter>();
        using var checks = new RelationshipChecks(
            [new RelationshipRule("R") { From = "N", MostPerStart = 1, SelfLoops = false, Duplicates = false }], counters, new PositionCode(), pairs: Closed(300));
        var breaches = new List<Breach>();

        // The pair and the places of the first two hundred relationships were written to the file.
        checks.Check(new GraphRelationship("R", "new", "M", "0", "M", "0", PropertySet.Empty), s_position, breaches);
        Assert.Equal(["endTypes", "selfLoop", "duplicate", "cardinality"], breaches.Select(b => b.Rule.Rule));
        Assert.Equal([false, false, true, true], breaches.Select(b => b.Error is not null));
        Assert.All(counters.Where(c => c.Rule != "missingEnd"), c => Assert.Equal((1L, 1L), (c.Tested, c.Failed)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void As_many_as_are_allowed_pass_at_either_end(int most)
    {
        foreach (var isStart in new[] { true, false })
        {
            var counters = new List<RuleCounter>();
            using var checks = new RelationshipChecks(
                [isStart ? new RelationshipRule("R") { MostPerStart = most } : new RelationshipRule("R") { MostPerEnd = most }], counters, new PositionCode());
            var breaches = new List<Breach>();
            for (var i = 0; i < most + 2; i++)
            {
                Assert.Equal(Math.Max(0, i - most), breaches.Count);
                checks.Check(isStart ? Relationship("x", $"{i}") : Relationship($"{i}", "x"), s_position, breaches);
            }

            Assert.Contains($"At most {most} {(isStart ? "start" : "end")} at a node.", breaches[0].Reason, StringComparison.Ordinal);
            Assert.Equal((most + 2L, 2L), counters.Where(c => c.Rule == "cardinality").Select(c => (c.Tested, c.Failed)).Single());

            // Another node, and another type, have places of their own.
            checks.Check(isStart ? Relationship("y", "0") : Relationship("0", "y"), s_position, breaches);
            checks.Check(new GraphRelationship("S", "s", "N", "x", "N", "x", PropertySet.Empty), s_position, breaches);
            Assert.Equal(2, breaches.Count);
        }
    }

    [Fact]
    public void Several_rules_of_one_type_allow_several_pairs()
    {
        var counters = new List<RuleCounter>();
        using var checks = new RelationshipChecks(
            [new RelationshipRule("R") { From = "A", To = "B" }, new RelationshipRule("R") { From = "C" }, new RelationshipRule("R") { To = "D" }], counters, new PositionCode());
        (string From, string To, bool Allowed)[] cases = [("A", "B", true), ("A", "A", false), ("B", "B", false), ("C", "A", true), ("A", "D", true), ("B", "A", false)];
        foreach (var (from, to, allowed) in cases)
        {
            var breaches = new List<Breach>();
            checks.Check(new GraphRelationship("R", $"{from}{to}", from, "1", to, "1", PropertySet.Empty), s_position, breaches);
            Assert.Equal(allowed, breaches.Count == 0);
        }

        Assert.Equal((6L, 3L), counters.Where(c => c.Rule == "endTypes").Select(c => (c.Tested, c.Failed)).Single());
        Assert.Equal(["missingEnd", "duplicate", "endTypes"], counters.Select(c => c.Rule));
    }

    [Fact]
    public void An_end_may_be_all_that_a_rule_names_and_a_duplicate_is_tested_for_nothing_else()
    {
        var counters = new List<RuleCounter>();
        using var checks = new RelationshipChecks([new RelationshipRule("R") { To = "M" }], counters, new PositionCode());
        var breaches = new List<Breach>();
        checks.Check(Relationship(1), s_position, breaches);
        Assert.Equal("endTypes", Assert.Single(breaches).Rule.Rule);
        checks.Check(Relationship(1), s_position, breaches);
        Assert.Equal(["endTypes", "duplicate"], breaches.Select(b => b.Rule.Rule));
        Assert.Equal(1, counters.Single(c => c.Rule == "endTypes").Tested);
    }

    [Fact]
    public void A_self_loop_is_one_where_type_and_id_are_the_same()
    {
        using var checks = new RelationshipChecks([new RelationshipRule("R") { SelfLoops = false }], [], new PositionCode());
        (string FromType, string From, string ToType, string To, bool IsLoop)[] cases = [("N", "1", "N", "1", true), ("N", "1", "N", "2", false), ("N", "1", "M", "1", false)];
        foreach (var (fromType, from, toType, to, isLoop) in cases)
        {
            var breaches = new List<Breach>();
            checks.Check(new GraphRelationship("R", $"{fromType}{from}{toType}{to}", fromType, from, toType, to, PropertySet.Empty), s_position, breaches);
            Assert.Equal(isLoop, breaches.Count == 1);
        }
    }

    // An index whose keys lie in a closed file: those of a pair and of a place, and so many others that they were written.
    private static KeyIndex Closed(int others)
    {
        var index = new KeyIndex(1 << 10);
        var fingerprint = new KeyFingerprint();
        foreach (object[] key in new object[][] { ["p", "R", "M", "0", "M", "0"], ["s", "R", "M", "0", 1] })
        {
            fingerprint.Clear();
            foreach (var part in key)
                fingerprint.Add(part);
            index.TryAdd(fingerprint.Value, 0, out _);
        }

        for (var i = 0; i < others * 3; i++)
        {
            fingerprint.Clear();
            fingerprint.Add(i);
            index.TryAdd(fingerprint.Value, i, out _);
        }

        index.Dispose();
        return index;
    }

    private static GraphRelationship Relationship(int id) => new("R", $"{id}", "N", $"{id}", "N", $"{id}", PropertySet.Empty);

    private static GraphRelationship Relationship(string from, string to) => new("R", $"{from}-{to}", "N", from, "N", to, PropertySet.Empty);
}
