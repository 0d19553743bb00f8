namespace SafeAI.Migration.Engine.Tests.Loading;

public sealed class PropertySetTests
{
    public static TheoryData<string[], string[], string> Overlays => new()
    {
        { ["a=1", "b=2"], ["a=3", "b=4"], "a=3 b=4" },
        { ["a=1", "b=2"], ["b=4", "a=3"], "a=3 b=4" },
        { ["a=1", "b=2"], ["b=4"], "a=1 b=4" },
        { ["a=1"], ["c=5", "a=3", "b=4"], "a=3 c=5 b=4" },
        { ["a=1"], ["b="], "a=1 b=" },
        { ["a=1"], ["a="], "a=" },
        { [], ["a=1"], "a=1" },
        { ["a=1"], [], "a=1" },
    };

    [Theory]
    [MemberData(nameof(Overlays))]
    public void Of_two_sets_laid_over_each_other_the_upper_one_counts_and_the_lower_ones_order_stays(string[] lower, string[] upper, string both)
    {
        var (below, above) = (Of(lower), Of(upper));

        Assert.Equal(both, Text(below.Overlay(above)));
        Assert.Equal((string.Join(' ', lower), string.Join(' ', upper)), (Text(below), Text(above)));
    }

    [Fact]
    public void A_name_is_found_wherever_it_is_looked_for_first()
    {
        var set = Of(["a=1", "b=2", "c=3"]);

        for (var likely = -1; likely < 5; likely++)
        {
            Assert.Equal([0, 1, 2, -1], new[] { "a", "b", "c", "d" }.Select(n => set.PlaceOf(n, likely)));
        }
    }

    [Fact]
    public void With_other_values_a_set_keeps_its_names()
    {
        var set = Of(["a=1", "b=2"]);

        Assert.Equal("a=x b=", Text(set.WithValues(["x", null])));
        Assert.Equal("a=1 b=2", Text(set));
        Assert.Throws<ArgumentException>(() => set.WithValues(["x"]));
    }

    private static PropertySet Of(string[] pairs) =>
        new([.. pairs.Select(p => p.Split('=')[0])], [.. pairs.Select(p => p.Split('=')[1] is { Length: > 0 } value ? value : null)]);

    private static string Text(PropertySet set) => string.Join(' ', set.Select(p => $"{p.Key}={p.Value}"));
}
