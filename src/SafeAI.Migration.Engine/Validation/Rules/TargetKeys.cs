using SafeAI.Migration.Engine.Validation.Keys;
using SafeAI.Migration.Engine.Validation.Schema;

namespace SafeAI.Migration.Engine.Validation.Rules;

/// <summary>Reads what rules refer to, once, into an index of keys.</summary>
internal static class TargetKeys
{
    /// <summary>Reads the records of a target.</summary>
    /// <param name="target">What is referred to.</param>
    /// <param name="referring">The fields that refer to it, for messages.</param>
    /// <param name="fields">The fields that the target must have.</param>
    /// <param name="add">Adds what is to be remembered of a record.</param>
    /// <param name="cancellationToken">Stops the read.</param>
    /// <exception cref="MigrationException">The target cannot be read, or lacks a field.</exception>
    public static async Task<KeyIndex> ReadAsync(
        ReferenceTarget target, IReadOnlyList<string> referring, IReadOnlyList<string> fields, Action<KeyIndex, Record> add, CancellationToken cancellationToken)
    {
        var keys = new KeyIndex();
        try
        {
            var source = await target.OpenAsync(cancellationToken).ConfigureAwait(false);
            await using (source.ConfigureAwait(false))
            {
                await foreach (var batch in source.ReadAsync(cancellationToken).ConfigureAwait(false))
                {
                    foreach (var record in batch.Records)
                    {
                        var missing = fields.FirstOrDefault(f => record.GetSchema().IndexOf(f) < 0);
                        if (missing is not null)
                            throw new MigrationException(
                                ErrorCode.UnknownField, $"{target.Name} has no field '{missing}', to which '{string.Join(", ", referring)}' refers.",
                                $"Name one of {string.Join(", ", record.GetSchema().Fields.Select(f => f.Name))}.");
                        add(keys, record);
                    }
                }
            }

            return keys;
        }
        catch
        {
            keys.Dispose();
            throw;
        }
    }

    /// <summary>Adds the values of fields to a fingerprint, as text: references go from one format to another, so that a number here may be text there.</summary>
    /// <returns>False where one has no value.</returns>
    public static bool TryAdd(KeyFingerprint fingerprint, object item, IReadOnlyList<string> fields)
    {
        foreach (var field in fields)
        {
            var value = FieldRuleCheck.ValueOf(item, field);
            if (value is null or "")
                return false;
            fingerprint.Add(JsonValue.TextOf(value));
        }

        return true;
    }
}
