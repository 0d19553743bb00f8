namespace SafeAI.Migration.Engine.Tests.Graph;

/// <summary>Which names may stand in the text of a statement.</summary>
public class GraphIdentifierTests
{
    private static readonly string s_longest = new('a', GraphIdentifier.MaxLength);

    public static TheoryData<string> Safe { get; } = ["a", "_", "Z9_", "_1", "Straße", "名前", "a٣", s_longest, new string('ä', GraphIdentifier.MaxLength)];

    public static TheoryData<string?> Unsafe { get; } =
    [
        null, "", "1", "9a", "٣a", "a b", "a-b", "a`b", "a:b", "a.b", "a'", "a\n", "\na", "a\0", "ä ", "a\u0301", "\u0301", s_longest + "a", s_longest + "ä",
    ];

    [Theory]
    [MemberData(nameof(Safe))]
    public void A_letter_or_underscore_and_letters_digits_and_underscores_are_safe(string name) => Assert.Equal(name, GraphIdentifier.Check(name, "label"));

    [Theory]
    [MemberData(nameof(Unsafe))]
    public void Anything_else_is_refused(string? name)
    {
        Assert.False(GraphIdentifier.IsSafe(name));
        Assert.Equal(ErrorCode.UnsafeIdentifier, Assert.Throws<MigrationException>(() => GraphIdentifier.Check(name, "label")).Code);
    }
}
