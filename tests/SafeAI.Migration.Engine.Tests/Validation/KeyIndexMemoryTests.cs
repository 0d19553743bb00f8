using SafeAI.Migration.Engine.Validation.Keys;

namespace SafeAI.Migration.Engine.Tests.Validation;

/// <summary>What the index takes of the process's memory, which is told only while no other test runs.</summary>
[Collection(nameof(MeasuredAlone))]
public sealed class KeyIndexMemoryTests
{
    [Fact]
    public void Ten_times_as_many_keys_take_little_more_memory()
    {
        // Each key that lies on disk costs a filter and a share of an index, about 1.4 bytes; in memory it would be 32 and more.
        var few = BytesOf(100_000);
        var many = BytesOf(1_000_000);
        Assert.InRange(many - few, 0, 900_000 * 4);

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
public sealed class KeyIndexFailureTests
{
    [Fact]
    public void Keys_that_find_no_room_on_disk_end_the_check()
    {
        const string Variable = "TMPDIR"; // TMP on Windows
        var before = (Environment.GetEnvironmentVariable(Variable), Environment.GetEnvironmentVariable("TMP"));
        try
        {
            var missing = Path.Combine(Path.GetTempPath(), Guid.NewGuid().ToString());
            Environment.SetEnvironmentVariable(Variable, missing);
            Environment.SetEnvironmentVariable("TMP", missing);
            using var index = new KeyIndex(1 << 10);
            var failure = Assert.Throws<MigrationException>(() =>
            {
                for (ulong i = 1; i <= 2000; i++)
                    index.TryAdd(i, 0, out _);
            });
            Assert.Equal(ErrorCode.StoreFailed, failure.Code);
        }
        finally
        {
            Environment.SetEnvironmentVariable(Variable, before.Item1);
            Environment.SetEnvironmentVariable("TMP", before.Item2);
        }
    }
}
