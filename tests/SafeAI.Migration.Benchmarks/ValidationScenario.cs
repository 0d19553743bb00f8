using System.Diagnostics;
using Newtonsoft.Json.Linq;
using SafeAI.Migration.Engine.Validation;
using SafeAI.Migration.Engine.Validation.Schema;

namespace SafeAI.Migration.Benchmarks;

/// <summary>Records of nine fields checked against a schema, by the engine and by NJsonSchema in the same run; then exact uniqueness of many keys.</summary>
internal static class ValidationScenario
{
    public const string Name = "validation";

    private const int Records = 20_000;

    private const string Schema =
        """
        {
          "type": "object",
          "required": ["id", "name", "email"],
          "properties": {
            "id": { "type": "integer", "minimum": 1 },
            "name": { "type": "string", "minLength": 1, "maxLength": 100 },
            "email": { "type": "string", "maxLength": 100, "pattern": "^[^@]+@[^@]+$" },
            "phone": { "type": "string", "maxLength": 20 },
            "country": { "type": "string", "enum": ["DE", "FR", "IN", "PL", "BR", "US"] },
            "credit": { "type": "number", "minimum": 0, "maximum": 100000 },
            "age": { "type": "integer", "minimum": 0, "maximum": 150 },
            "active": { "type": "boolean" },
            "note": { "type": "string", "maxLength": 200 }
          }
        }
        """;

    /// <param name="keys">How many keys are tested for uniqueness; ten million where none are asked for.</param>
    public static async Task RunAsync(long? keys)
    {
        await CompareAsync();
        await UniqueAsync(keys ?? 10_000_000);
    }

    private static async Task CompareAsync()
    {
        var schema = new RecordSchema("customers",
        [
            new RecordField("id", typeof(long)), new RecordField("name", typeof(string)), new RecordField("email", typeof(string)),
            new RecordField("phone", typeof(string)), new RecordField("country", typeof(string)), new RecordField("credit", typeof(double)),
            new RecordField("age", typeof(long)), new RecordField("active", typeof(bool)), new RecordField("note", typeof(string)),
        ]);
        var source = new RecordSource("made up");
        var records = Enumerable.Range(1, Records).Select(i => schema.CreateRecord(
            [(long)i, $"Margaret {i}", $"m.{i}@example.com", "0429075562", i % 50 == 0 ? "XX" : "DE", i * 0.5, (long)(i % 120), i % 2 == 0, "prefers mail"], source, i)).ToArray();
        var tokens = records.Select(r => (JToken)new JObject(schema.Fields.Select(f => new JProperty(f.Name, r.GetValue(f.Ordinal))))).ToArray();
        var reference = await NJsonSchema.JsonSchema.FromJsonAsync(Schema);
        var compiled = CompiledSchema.Parse(Schema);
        var (engine, peer) = (double.MaxValue, double.MaxValue);
        for (var round = 0; round < 8; round++)
        {
            using var validator = await Validator.CreateAsync(new ValidationOptions { Schemas = [new SchemaBinding(compiled)], Level = ValidationLevel.Lenient });
            var clock = Stopwatch.StartNew();
            var mine = records.Count(r => validator.Check(r) is null);
            engine = Math.Min(engine, clock.Elapsed.TotalSeconds);
            clock.Restart();
            var theirs = tokens.Count(t => reference.Validate(t).Count == 0);
            peer = Math.Min(peer, clock.Elapsed.TotalSeconds);
            if (mine != theirs)
                throw new InvalidOperationException($"The engine found {mine} valid, NJsonSchema {theirs}.");
        }

        Console.WriteLine(FormattableString.Invariant(
            $"{Name}: {Records} records of 9 fields, best of 8\n  engine, with counts per rule      {Records / engine,12:F0} records/s\n  NJsonSchema.JsonSchema.Validate   {Records / peer,12:F0} records/s  the engine takes {engine / peer:F3} of its time"));
    }

    private static async Task UniqueAsync(long keys)
    {
        using var validator = await Validator.CreateAsync(new ValidationOptions { Rules = [new UniqueRule(["id"])], Level = ValidationLevel.Lenient });
        var schema = new RecordSchema("keys", [new RecordField("id", typeof(string))]);
        var source = new RecordSource("made up");
        const int Again = 1000;
        var duplicates = 0L;
        var clock = Stopwatch.StartNew();
        for (var i = 0L; i < keys + Again; i++)
        {
            var id = i < keys ? i : (i - keys) * (keys / Again);
            if (validator.Check(schema.CreateRecord([FormattableString.Invariant($"customer-{id}")], source, i + 1)) is not null)
                duplicates++;
        }

        if (duplicates != Again)
            throw new InvalidOperationException($"{duplicates} duplicates were found among {Again}.");
        Console.WriteLine(FormattableString.Invariant(
            $"  unique: {keys} keys, {keys / clock.Elapsed.TotalSeconds:F0} keys/s, peak memory {Measurement.OwnPeakMegabytes():F0} MB, all {Again} duplicates found"));
    }
}
