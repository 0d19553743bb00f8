using SafeAI.Migration.Engine.Validation;
using SafeAI.Migration.Engine.Validation.Keys;
using SafeAI.Migration.Engine.Validation.Rules;

namespace SafeAI.Migration.Engine.Tests.Validation;

/// <summary>What the index takes of the process's memory, which is told only while no other test runs.</summary>
[Collection(nameof(MeasuredAlone))]
public sealed class KeyIndexMemoryTests
{
    [Fact]
    public void Ten_times_as_many_keys_take_little_more_memory()
    {
        // Each key that lies on disk costs a filter and a share of an index, about 2.2 bytes; in memory it would be 32 and more.
        // What the first use of the code leaves behind must not count.
        BytesOf(100_000);
        // What the collector does elsewhere in the process may spoil a figure, but not three alike.
        Assert.InRange(Enumerable.Range(0, 3).Min(_ => Math.Abs(BytesOf(1_000_000) - BytesOf(100_000))), 0, 900_000 * 4);

        static long BytesOf(int count)
        {
            using var index = new KeyIndex(1 << 16);
            var fingerprint = new KeyFingerprint();
            var before = GC.GetTotalMemory(forceFullCollection: true);
            for (var i = 0; i < count; i++)
                index.TryAdd(Key(fingerprint, i), i, out _);
            var taken = GC.GetTotalMemory(forceFullCollection: true) - before;
            Assert.False(index.TryAdd(Key(fingerprint, count / 2), -1, out var first));
            Assert.Equal(count / 2, first);
            return taken;
        }
    }

    private static UInt128 Key(KeyFingerprint fingerprint, int i)
    {
        fingerprint.Clear();
        fingerprint.Add(i);
        return fingerprint.Value;
    }
}

/// <summary>Keys that cannot be written. The folder for temporary files is the process's, so that nothing else may run.</summary>
[Collection(nameof(MeasuredAlone))]
public sealed class KeyIndexFailureTests : IDisposable
{
    private static readonly string[] s_variables = ["TMPDIR", "TMP"]; // the second one on Windows

    private readonly string?[] _before = [.. s_variables.Select(Environment.GetEnvironmentVariable)];

    public KeyIndexFailureTests() => SetFolder(Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString()));

    [Fact]
    public void Keys_that_find_no_room_on_disk_are_an_error_from_then_on()
    {
        using var index = new KeyIndex(1 << 10);
        Assert.Equal(ErrorCode.StoreFailed, Assert.Throws<MigrationException>(() => Fill(index)).Code);

        // The table is full, and in disorder: what was seen and what was not can no longer be told, also where there is room again.
        SetFolder(null);
        Assert.Equal(ErrorCode.StoreFailed, Assert.Throws<MigrationException>(() => index.TryAdd(1, 0, out _)).Code);
        Assert.Throws<MigrationException>(() => index.TryAdd(1_000_000, 0, out _));
        Assert.Throws<MigrationException>(() => index.Contains(1, out _));
    }

    [Theory]
    [InlineData(ValidationLevel.Strict)]
    [InlineData(ValidationLevel.Lenient)]
    [InlineData(ValidationLevel.None)]
    public async Task A_check_ends_that_can_no_longer_remember_keys(ValidationLevel level)
    {
        var schema = new RecordSchema("r", [new RecordField("id", typeof(int))]);
        var source = new RecordSource("r");
        using var validator = await Validator.CreateAsync(new ValidationOptions { Rules = [new UniqueRule(["id"])], Level = level, LargestKeyTable = 1 << 10 });
        var passed = 0;
        var failure = Assert.Throws<MigrationException>(() =>
        {
            for (; passed < 2000; passed++)
                Assert.Null(validator.Check(schema.CreateRecord([passed], source, passed)));
        });
        Assert.Equal((ErrorCode.StoreFailed, 768), (failure.Code, passed));
        Assert.Contains("cannot be written", failure.Message, StringComparison.Ordinal);
        Assert.Contains("room", failure.Remedy, StringComparison.Ordinal);
        Assert.Throws<MigrationException>(() => validator.Check(schema.CreateRecord([0], source, 2001)));
    }

    [Fact]
    public void A_check_of_relationships_ends_that_can_no_longer_remember_them()
    {
        var breaches = new List<Breach>();
        using var checks = new RelationshipChecks([], [], new PositionCode(), ids: new KeyIndex(1 << 10));
        var failure = Assert.Throws<MigrationException>(() =>
        {
            for (var i = 0; i < 2000; i++)
                checks.Check(new GraphRelationship("R", $"{i}", "N", "1", "N", "2", PropertySet.Empty), new RecordPosition("r", i), breaches);
        });
        Assert.Equal(ErrorCode.StoreFailed, failure.Code);
        Assert.Empty(breaches);
    }

    public void Dispose()
    {
        for (var i = 0; i < s_variables.Length; i++)
            Environment.SetEnvironmentVariable(s_variables[i], _before[i]);
    }

    private static void Fill(KeyIndex index)
    {
        for (ulong i = 1; i <= 2000; i++)
            index.TryAdd(i, 0, out _);
    }

    private static void SetFolder(string? path)
    {
        foreach (var name in s_variables)
            Environment.SetEnvironmentVariable(name, path);
    }
}
