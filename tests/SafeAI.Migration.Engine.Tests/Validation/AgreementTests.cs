using System.Text.Json;
using SafeAI.Migration.Engine.Validation;

namespace SafeAI.Migration.Engine.Tests.Validation;

/// <summary>A field's values held against another source.</summary>
public sealed class AgreementTests
{
    private static readonly RecordSchema s_other = new("other", [new RecordField("id", typeof(object)), new RecordField("part", typeof(object)), new RecordField("x", typeof(object)), new RecordField("y", typeof(object))]);

    [Theory]
    [InlineData("a", "a", true)]
    [InlineData("a", "A", false)]
    [InlineData(1L, "1", true)]
    [InlineData("12.50", 12.5, true)]
    [InlineData("-1", -1L, true)]
    [InlineData("0", 0L, true)]
    [InlineData("0.5", 0.5, true)]
    [InlineData("01234", 1234L, false)] // a zero in front was lost
    [InlineData("01234", "01234", true)]
    [InlineData("2024-01-31T12:00:00+02:00", "2024-01-31T10:00:00Z", true)]
    [InlineData("2024-01-31", "2024-02-01", false)]
    [InlineData(null, null, true)]
    [InlineData("", null, true)]
    [InlineData(null, "a", false)]
    [InlineData("a", null, false)]
    [InlineData(null, "0", false)]
    public async Task Values_agree_or_not(object? here, object? there, bool agree)
    {
        using var validator = await CreateAsync("""{"agreements":{"key":"id","field":"x","stream":"other"}}""", [["1", null, there, null]]);
        var reject = validator.Check(Row(1L, null, here, null));
        Assert.Equal(agree, reject is null);
        if (reject is not null)
            Assert.Equal(("constraint_check:agree:x", here, "The value of 'x' is not what it is in the stream 'other'."), (reject.Rule, reject.Value, reject.Reason));
        Assert.Equal(1, validator.Report().Results.Single().Tested);
    }

    [Fact]
    public async Task Each_field_is_compared_for_itself_with_the_record_of_the_whole_key()
    {
        using var validator = await CreateAsync(
            """{"agreements":[{"key":["id","part"],"fields":["x","y"],"key_to":["id","part"],"to":["y","x"],"stream":"other"}]}""",
            [["1", "p", "y1", "x1"], ["1", "q", "y2", "x2"], ["1", "p", "later", "later"], [null, "p", "y3", "x3"]]);
        Assert.Null(validator.Check(Row("1", "p", "x1", "y1")));
        Assert.Null(validator.Check(Row("1", "q", "x2", "y2")));
        Assert.Equal("y", validator.Check(Row("1", "q", "x2", "y1"))!.Field);
        Assert.Equal("x", validator.Check(Row("1", "p", "later", "y1"))!.Field);

        // Neither a key that is not there nor one without a value is tested.
        Assert.Null(validator.Check(Row("2", "p", "z", "z")));
        Assert.Null(validator.Check(Row(null, "p", "z", "z")));
        Assert.Null(validator.Check(Row("", "p", "z", "z")));
        Assert.Equal([("x", 4L, 1L), ("y", 4, 1)], validator.Report().Results.Select(r => (r.Field!, r.Tested, r.Failed)));
    }

    [Theory]
    [InlineData("""{"field":"x","stream":"other"}""")]
    [InlineData("""{"key":"id","stream":"other"}""")]
    [InlineData("""{"key":"id","field":"x"}""")]
    [InlineData("""{"key":["id","part"],"key_to":"id","field":"x","stream":"other"}""")]
    [InlineData("""{"key":"id","field":"x","to":["x","y"],"stream":"other"}""")]
    public async Task What_is_missing_in_an_agreement_is_a_fault(string agreement)
    {
        var failure = await Assert.ThrowsAsync<MigrationException>(() => CreateAsync($$"""{"agreements":[{{agreement}}]}""", []));
        Assert.Equal(ErrorCode.InvalidSchema, failure.Code);
        Assert.Contains("An agreement needs", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_other_records_must_have_the_fields()
    {
        foreach (var agreement in new[] { """{"key":"id","key_to":"no","field":"x","stream":"other"}""", """{"key":"id","field":"x","to":"no","stream":"other"}""" })
        {
            var failure = await Assert.ThrowsAsync<MigrationException>(() => CreateAsync($$"""{"agreements":{{agreement}}}""", [["1", null, null, null]]));
            Assert.Equal(ErrorCode.UnknownField, failure.Code);
            Assert.Contains("'no'", failure.Message, StringComparison.Ordinal);
        }
    }

    private static async Task<Validator> CreateAsync(string json, object?[][] others)
    {
        var scope = new ReferenceScope
        {
            Streams = new Dictionary<string, IReadOnlyList<Record>> { ["other"] = [.. others.Select((o, i) => s_other.CreateRecord([.. o], new RecordSource("other"), i + 1))] },
        };
        using var document = JsonDocument.Parse(json);
        var configuration = ValidationConfiguration.Read(document.RootElement.Clone(), "The configuration", p => p, scope);
        return await Validator.CreateAsync(new ValidationOptions { Rules = configuration.Rules, Level = ValidationLevel.Lenient });
    }

    private static Record Row(params object?[] values) => s_other.CreateRecord([.. values], new RecordSource("here"), 1);
}
