using SafeAI.Migration.Engine.Extraction;
using SafeAI.Migration.Engine.Validation.Schema;

namespace SafeAI.Migration.Engine.Validation;

/// <summary>A schema and what it is for.</summary>
/// <param name="Schema">The schema.</param>
/// <param name="Type">
/// The type of the nodes or relationships that it is for. Without one, it is for every record, and of graph items for
/// the nodes whose type is the schema's title; without a title, for every node.
/// </param>
public sealed record SchemaBinding(CompiledSchema Schema, string? Type = null);

/// <summary>A rule that a schema does not express. Null and missing values are not tested, except by <see cref="NotNullRule"/>.</summary>
public abstract record FieldRule
{
    private protected FieldRule()
    {
    }

    /// <summary>The type of the graph items that it is for; null for records and for every type.</summary>
    public string? Type { get; init; }
}

/// <summary>Fields that must have a value: not null, and not an empty text.</summary>
/// <param name="Fields">Each of them is tested on its own.</param>
public sealed record NotNullRule(IReadOnlyList<string> Fields) : FieldRule;

/// <summary>Fields whose values together occur once. Exact at any size.</summary>
/// <param name="Fields">One field, or the fields of a composite key; a record without one of them is not tested.</param>
public sealed record UniqueRule(IReadOnlyList<string> Fields) : FieldRule;

/// <summary>How two fields of a record are compared.</summary>
public enum Comparison
{
    /// <summary>Less.</summary>
    Less,

    /// <summary>Less or the same.</summary>
    LessOrEqual,

    /// <summary>The same.</summary>
    Equal,

    /// <summary>Not the same.</summary>
    NotEqual,

    /// <summary>The same or greater.</summary>
    GreaterOrEqual,

    /// <summary>Greater.</summary>
    Greater,
}

/// <summary>Two fields of a record that must stand in a relation: numbers as numbers, times as times, other text by its characters.</summary>
/// <param name="Field">The left field.</param>
/// <param name="Comparison">The relation.</param>
/// <param name="Other">The right field.</param>
public sealed record CompareRule(string Field, Comparison Comparison, string Other) : FieldRule;

/// <summary>A field whose value must occur elsewhere. Values are compared as text.</summary>
/// <param name="Fields">The field, or the fields of a composite reference.</param>
/// <param name="Target">What is referred to.</param>
/// <param name="TargetFields">The fields there, in the same order.</param>
public sealed record ReferenceRule(IReadOnlyList<string> Fields, ReferenceTarget Target, IReadOnlyList<string> TargetFields) : FieldRule;

/// <summary>
/// Fields that must have the same value as those of the record with the same key elsewhere. A record whose key is not
/// there is not tested; where a key is there several times, the first counts. Keys are compared as text, values as
/// numbers or points in time where both are, else as text; no value agrees with no value only.
/// </summary>
/// <param name="Key">The fields that name the record elsewhere.</param>
/// <param name="Fields">The fields to compare.</param>
/// <param name="Target">Where the other records are.</param>
/// <param name="TargetKey">The key's fields there, in the same order.</param>
/// <param name="TargetFields">The fields to compare with there, in the same order.</param>
public sealed record AgreementRule(
    IReadOnlyList<string> Key, IReadOnlyList<string> Fields, ReferenceTarget Target, IReadOnlyList<string> TargetKey, IReadOnlyList<string> TargetFields) : FieldRule;

/// <summary>The records or nodes that a rule refers to. It is read once, before the first record is checked.</summary>
/// <param name="Name">What to call it in messages.</param>
/// <param name="OpenAsync">Opens it as a source of records.</param>
public sealed record ReferenceTarget(string Name, Func<CancellationToken, Task<IRecordSource>> OpenAsync);

/// <summary>What holds for the relationships of one type.</summary>
/// <param name="Type">The relationship type.</param>
public sealed record RelationshipRule(string Type)
{
    /// <summary>The type of node where it starts, or null for any. Several rules of one type allow several pairs.</summary>
    public string? From { get; init; }

    /// <summary>The type of node where it ends, or null for any.</summary>
    public string? To { get; init; }

    /// <summary>Whether a relationship may lead from a node to itself.</summary>
    public bool SelfLoops { get; init; } = true;

    /// <summary>Whether two relationships of this type may have the same two ends.</summary>
    public bool Duplicates { get; init; } = true;

    /// <summary>How many may start at one node, from 1; null for any number.</summary>
    public int? MostPerStart { get; init; }

    /// <summary>How many may end at one node, from 1; null for any number.</summary>
    public int? MostPerEnd { get; init; }
}

/// <summary>What is checked, and how strictly.</summary>
public sealed record ValidationOptions
{
    /// <summary>The schemas.</summary>
    public IReadOnlyList<SchemaBinding> Schemas { get; init; } = [];

    /// <summary>The rules beyond them.</summary>
    public IReadOnlyList<FieldRule> Rules { get; init; } = [];

    /// <summary>What holds for relationships, beyond having both ends and an id of their own.</summary>
    public IReadOnlyList<RelationshipRule> Relationships { get; init; } = [];

    /// <summary>Whether node and relationship types that nothing here describes are breaches.</summary>
    public bool KnownTypesOnly { get; init; }

    /// <summary>The families of rules that are applied.</summary>
    public RuleFamilies Families { get; init; } = RuleFamilies.All;

    /// <summary>What becomes of records that break a rule.</summary>
    public ValidationLevel Level { get; init; } = ValidationLevel.Strict;

    /// <summary>How many may break a rule.</summary>
    public ErrorBudget ErrorBudget { get; init; } = ErrorBudget.None;

    /// <summary>What is asked of the quality; null where none is.</summary>
    public QualityOptions? Quality { get; init; }

    /// <summary>Whether a rule that refers to what cannot be read is left out, and named as left out, in place of an error.</summary>
    public bool LeavesOutUnreadable { get; init; }

    /// <summary>Fields whose values are not shown in rejects and messages.</summary>
    public IReadOnlyCollection<string> PrivateFields { get; init; } = [];

    /// <summary>What a reader of the report should know.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>How large the table in memory of the keys of a unique rule may be, in slots, a power of two; more lies in a temporary file.</summary>
    internal int LargestKeyTable { get; init; } = 1 << 22;
}
