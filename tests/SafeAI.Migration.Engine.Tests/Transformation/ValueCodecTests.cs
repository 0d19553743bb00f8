using System.Numerics;
using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using SafeAI.Migration.Engine.Transformation;

namespace SafeAI.Migration.Engine.Tests.Transformation;

public class ValueCodecTests
{
    private static Gen<object?> Scalars()
    {
        var map = ArbMap.Default;
        Gen<object?> Of<T>() => map.GeneratorFor<T>().Select(v => (object?)v);
        return Gen.OneOf(
            Gen.Constant<object?>(null), Gen.Elements<object?>("", "\ud83d", "😀", "e\u0301", "a\0b"), Of<string>(), Of<long>(), Of<int>(), Of<short>(), Of<byte>(),
            Of<double>(), Of<float>(), Of<decimal>(), Of<bool>(), Of<DateTime>(), Of<DateTimeOffset>(), Of<DateOnly>(), Of<TimeOnly>(), Of<TimeSpan>(), Of<Guid>(),
            Of<BigInteger>(), Of<byte[]>(), Of<sbyte>(), Of<ushort>(), Of<uint>(), Of<ulong>(), Of<char>(), Of<string?[]>(), Of<long[]>(), Of<ulong[]>(), Of<sbyte[]>(), Of<bool[]>(), Of<decimal[]>(), Of<DateOnly[]>(),
            Of<Guid[]>(), Of<byte[][]>(), Of<DateTimeOffset[]>(), Of<double[]>(), Of<char[]>(), Of<TimeSpan[]>(), Of<BigInteger[]>(), map.GeneratorFor<DateTime>().Select(d => (object?)DateTime.SpecifyKind(d, DateTimeKind.Utc)));
    }

    private static Gen<object?> Values(int depth) => depth == 0
        ? Scalars()
        : Gen.OneOf(
            Scalars(),
            Values(depth - 1).ArrayOf().Select(a => (object?)a),
            Values(depth - 1).ArrayOf().Select(a => (object?)a.Select((v, i) => ($"k{i}", v)).ToDictionary(p => p.Item1, p => p.v)));

    [Fact]
    public void Whatever_is_written_is_read_back_equal() =>
        Prop.ForAll(Values(2).ArrayOf().ToArbitrary(), values => Same(values, ValueCodec.Decode(ValueCodec.Encode(values)))).QuickCheckThrowOnFailure();

    [Fact]
    public void JSON_elements_come_back_as_themselves()
    {
        var element = JsonDocument.Parse("""{"a": [1, 2.50, null]}""").RootElement;
        Assert.Equal("""{"a": [1, 2.50, null]}""", ((JsonElement)ValueCodec.Decode(ValueCodec.Encode([element]))[0]!).GetRawText());
    }

    private static bool Same(object? a, object? b) => (a, b) switch
    {
        (null, null) => true,
        (null, _) or (_, null) => false,
        (Array x, Array y) => x.GetType() == y.GetType() && x.Length == y.Length && x.Cast<object?>().Zip(y.Cast<object?>()).All(p => Same(p.First, p.Second)),
        (Dictionary<string, object?> x, Dictionary<string, object?> y) => x.Count == y.Count && x.All(p => y.TryGetValue(p.Key, out var v) && Same(p.Value, v)),
        (DateTime x, DateTime y) => x == y && x.Kind == y.Kind,
        (DateTimeOffset x, DateTimeOffset y) => x.EqualsExact(y),
        _ => a.GetType() == b.GetType() && a.Equals(b),
    };
}
