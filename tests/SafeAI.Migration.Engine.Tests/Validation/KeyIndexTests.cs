using SafeAI.Migration.Engine.Validation.Keys;

namespace SafeAI.Migration.Engine.Tests.Validation;

public sealed class KeyIndexTests
{
    [Theory]
    [InlineData(1 << 10, 50_000)] // most of them on disk, in more runs than one group of filters holds
    [InlineData(1 << 22, 50_000)] // all in memory
    public void Every_key_is_new_once_and_remembered(int table, int count)
    {
        using var index = new KeyIndex(table);
        var fingerprint = new KeyFingerprint();
        for (var i = 0; i < count; i++)
            Assert.True(index.TryAdd(Key(fingerprint, i), i, out _));
        for (var i = 0; i < count; i++)
        {
            Assert.False(index.TryAdd(Key(fingerprint, i), -1, out var first));
            Assert.Equal(i, first);
        }

        Assert.False(index.Contains(Key(fingerprint, count), out _));
        Assert.Equal(count, index.Count);
    }

    [Fact]
    public void Keys_that_crowd_the_ends_of_the_table_are_found_on_disk()
    {
        using var index = new KeyIndex(1 << 10);
        var random = new Random(7);
        var keys = Enumerable.Range(0, 5000).Select(i => (i % 50) switch
        {
            0 or 1 => new UInt128(ulong.MaxValue - (ulong)random.Next(1000), (ulong)i), // more than there is room for before the table's end
            2 => new UInt128((ulong)random.Next(1000), (ulong)i),
            _ => Draw(random),
        }).ToArray();
        for (var i = 0; i < keys.Length; i++)
            Assert.True(index.TryAdd(keys[i], i, out _));
        Assert.All(keys.Index(), k => Assert.True(index.Contains(k.Item, out var note) && note == k.Index));
    }

    [Theory]
    [InlineData(768, 150)] // groups of 64 sets
    [InlineData(200_000, 20)] // of 8
    [InlineData(4_000_000, 3)] // one by one
    public void Filters_name_every_set_that_holds_a_key_and_few_others(int size, int sets)
    {
        var filters = new KeyFilters(size);
        var random = new Random(7);
        var drawn = new UInt128[sets][];
        for (var set = 0; set < sets; set++)
        {
            drawn[set] = [.. Enumerable.Range(0, size).Select(_ => Draw(random))];
            filters.Add(drawn[set]);
        }

        for (var set = 0; set < sets; set++)
            Assert.All(drawn[set].Take(200), key => Assert.Contains(set, SetsOf(filters, key)));
        var inVain = Enumerable.Range(0, 20_000).Sum(_ => SetsOf(filters, Draw(random)).Count());
        Assert.InRange(inVain / (20_000.0 * sets), 0, 0.002);
    }

    [Fact]
    public void Numbers_are_the_same_whatever_their_type_and_texts_are_not_numbers()
    {
        Assert.Equal(Of(1L), Of(1));
        Assert.Equal(Of(1L), Of(1.0));
        Assert.Equal(Of(1L), Of(1.00m));
        Assert.Equal(Of(0.5), Of(0.50m));
        Assert.Equal(Of(ulong.MaxValue), Of(System.Numerics.BigInteger.Parse("18446744073709551615", System.Globalization.CultureInfo.InvariantCulture)));
        Assert.NotEqual(Of(1L), Of("1"));
        Assert.NotEqual(Of("a"), Of("A"));
        Assert.NotEqual(Of("\ud800"), Of("\ud801")); // halves of pairs, which no encoding keeps apart
        Assert.NotEqual(Of(""), Of((object?)null));
    }

    [Fact]
    public void The_borders_between_values_count()
    {
        Assert.NotEqual(Of("ab", "c"), Of("a", "bc"));
        Assert.NotEqual(Of("a", null), Of("a"));
        Assert.NotEqual(Of(new object?[] { "a" }, "b"), Of(new object?[] { "a", "b" }));
    }

    [Fact]
    public void Positions_survive()
    {
        var code = new PositionCode();
        var a = new RecordPosition("a.csv", 7, 1_234_567_890_123);
        var b = new RecordPosition("b", 42);
        var (first, second) = (code.Encode(a), code.Encode(b));
        Assert.Equal("a.csv, line 1234567890123", code.Decode(first).ToString());
        Assert.Equal("b, record 42", code.Decode(second).ToString());
    }

    [Fact]
    public void Positions_of_many_sources_survive_and_those_of_too_many_share_a_place()
    {
        var code = new PositionCode();
        for (var i = 0; i < 4003; i++)
        {
            var name = $"s{i}";
            Assert.Equal(i < 4000 ? $"{name}, record 5" : "(one of many sources), record 5", code.Decode(code.Encode(new RecordPosition(name, 5))).ToString());
        }

        // Names are the same by their text, and the first ones are still known.
        Assert.Equal(code.Encode(new RecordPosition("s0", 7)), code.Encode(new RecordPosition(new string(['s', '0']), 7)));
        Assert.Equal("s0, record 7", code.Decode(code.Encode(new RecordPosition("s0", 7))).ToString());
    }

    private static UInt128 Draw(Random random) =>
        new((ulong)random.NextInt64(long.MinValue, long.MaxValue), (ulong)random.NextInt64(long.MinValue, long.MaxValue));

    private static IEnumerable<int> SetsOf(KeyFilters filters, UInt128 key)
    {
        for (var set = filters.Next(key, 0); set >= 0; set = filters.Next(key, set + 1))
            yield return set;
    }

    private static UInt128 Of(params object?[] values)
    {
        var fingerprint = new KeyFingerprint();
        foreach (var value in values)
            fingerprint.Add(value);
        return fingerprint.Value;
    }

    private static UInt128 Key(KeyFingerprint fingerprint, int i)
    {
        fingerprint.Clear();
        fingerprint.Add(i);
        return fingerprint.Value;
    }
}
