using System.Security.Cryptography;
using System.Text;
using SafeAI.Migration.Engine.Transformation;

namespace SafeAI.Migration.Engine.Tests.Transformation;

public sealed class PrivacyTests : IDisposable
{
    private const string Secret = "correct horse battery staple";
    private readonly string _file = Path.GetTempFileName();

    public PrivacyTests() => File.WriteAllText(_file, Secret + "\n");

    public void Dispose() => File.Delete(_file);

    private CompiledMapping Mapper(string properties, string? file = null) =>
        Given.Mapper($$"""{ "keys": { "main": { "file": "{{file ?? _file}}" } }, "nodes": [ { "type": "T", "id": "{k}", "properties": { {{properties}} } } ] }""");

    private object? One(string apply, object? value) =>
        Given.Items(Mapper($$""" "p": { "field": "v", "apply": [{{apply}}] } """), Given.Record(("k", "k"), ("v", value)))[0].Properties["p"];

    [Fact]
    public void A_keyed_hash_is_the_HMAC_of_the_text()
    {
        var expected = Convert.ToHexString(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), Encoding.UTF8.GetBytes("Ünï😀"))).ToLowerInvariant();
        Assert.Equal(expected, One("\"hmac\"", "Ünï😀"));
        Assert.Equal(expected[..16], One("""{"hmac": ["main", 16]}""", "Ünï😀"));
        Assert.Equal(One("\"hmac\"", "17"), One("\"hmac\"", 17L));
        Assert.Null(One("\"hmac\"", null));
    }

    [Fact]
    public void Tokens_are_the_same_everywhere_and_different_for_different_values()
    {
        var token = Assert.IsType<string>(One("""{"tokenise": ["main", "C-"]}""", "ada@x.org"));
        Assert.Matches("^C-[0-9a-z]{20}$", token);
        Assert.Equal(token, One("""{"tokenise": {"prefix": "C-"}}""", "ada@x.org"));
        Assert.NotEqual(token, One("""{"tokenise": ["main", "C-"]}""", "ada@x.orh"));
        Assert.Equal("", One("\"tokenise\"", ""));
        Assert.Null(One("\"tokenise\"", null));
        var mapper = Mapper("\"p\": \"{v|tokenise}\"");
        Assert.Equal(2000, Enumerable.Range(0, 2000).Select(i => Given.Items(mapper, Given.Record(("k", i), ("v", (long)i)))[0].Properties["p"]).Distinct().Count());
    }

    [Theory]
    [InlineData("\"hmac\"")]
    [InlineData("\"tokenise\"")]
    public void Halves_of_surrogate_pairs_are_as_different_as_anything_else(string apply)
    {
        string[] texts = ["\ud800", "\ud801", "\udc00", "\ufffd", "a\ud800", "a\ud801", "d800", "😀"];
        Assert.Equal(texts.Length, texts.Select(t => One(apply, t)).Distinct().Count());
    }

    // Reckoned without this program: a token made today is the one of a later run, on any machine.
    [Theory]
    [InlineData("ada@x.org", "e07hv24nmbdm2vq703bs")]
    [InlineData("Ünï😀", "76dbqxc1b0qns7ct6eke")]
    [InlineData(17L, "s8jkcz42m7z9zz1xhvqw")]
    [InlineData("17", "s8jkcz42m7z9zz1xhvqw")]
    public void A_token_depends_on_the_key_and_the_value_alone(object value, string token)
    {
        Assert.Equal(token, One("\"tokenise\"", value));
        Assert.Equal(token, One("""{"tokenise": "main"}""", value));
        var variable = "SAFEAI_TEST_KEY_" + Guid.NewGuid().ToString("N");
        Environment.SetEnvironmentVariable(variable, Secret);
        using var other = Given.Mapper($$"""{ "keys": { "another": { "environment": "{{variable}}" } }, "clean": { "name": "hide", "fields": "*", "apply": "tokenise" }, "nodes": [ { "type": "U", "id": "{w}" } ] }""");
        Environment.SetEnvironmentVariable(variable, null);
        Assert.Equal(token, Given.Items(other, new RecordSchema("other", [new("w", value.GetType())]).CreateRecord([value], new RecordSource("elsewhere"), 9))[0].Id);
    }

    [Theory]
    [InlineData("\"mask\"", "Ada", "***")]
    [InlineData("\"mask\"", "", "")]
    [InlineData("\"mask\"", null, null)]
    [InlineData("\"mask\"", "e\u0301😀", "**")]
    [InlineData("""{"mask": [0, 4]}""", "DE89370400440532", "************0532")]
    [InlineData("""{"mask": [1, 1, "x"]}""", "Ada", "Axa")]
    [InlineData("""{"mask": [2, 2]}""", "Ada", "***")]
    [InlineData("""{"truncate": 2}""", "53113", "53")]
    [InlineData("""{"truncate": 7}""", "2024-02-29", "2024-02")]
    [InlineData("\"drop\"", "x", null)]
    public void Values_are_masked_cut_and_dropped(string apply, string? value, string? expected) => Assert.Equal(expected, One(apply, value));

    [Fact]
    public void The_key_may_come_from_the_environment()
    {
        var variable = "SAFEAI_TEST_KEY_" + Guid.NewGuid().ToString("N");
        Environment.SetEnvironmentVariable(variable, Secret);
        var mapper = Given.Mapper($$"""{ "keys": { "e": { "environment": "{{variable}}" } }, "nodes": [ { "type": "T", "id": "{v|hmac}" } ] }""");
        Environment.SetEnvironmentVariable(variable, null);
        Assert.Equal(One("\"hmac\"", "x"), Given.Items(mapper, Given.Record(("v", "x")))[0].Id);
    }

    [Fact]
    public void A_key_that_is_not_there_or_too_short_is_named_but_never_shown()
    {
        File.WriteAllText(_file, "short-canary");
        var failure = Assert.Throws<InvalidMappingException>(() => Mapper("\"p\": \"v\""));
        Assert.Equal("$.keys.main", failure.Faults[0].Path);
        Assert.DoesNotContain("canary", failure.ToString(), StringComparison.Ordinal);
        Assert.Contains("cannot be read", Assert.Throws<InvalidMappingException>(() => Mapper("\"p\": \"v\"", "/no/such/file")).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "keys": { "k": "canary-canary-canary" }, "nodes": [ { "type": "T", "id": "{a|hmac}" } ] }""", "$.keys.k")]
    [InlineData("""{ "keys": { "k": {} }, "nodes": [ { "type": "T", "id": "{a}" } ] }""", "$.keys.k")]
    [InlineData("""{ "nodes": [ { "type": "T", "id": "{a|hmac}" } ] }""", "$.nodes[0].id")]
    [InlineData("""{ "keys": { "a": { "environment": "A" }, "b": { "environment": "B" } }, "nodes": [ { "type": "T", "id": "{a|hmac}" } ] }""", "$.nodes[0].id")]
    [InlineData("""{ "keys": { "main": { "environment": "A" } }, "nodes": [ { "type": "T", "id": { "field": "a", "apply": [{ "hmac": "mian" }] } } ] }""", "$.nodes[0].id.apply[0]")]
    public void Wrong_keys_are_faults(string json, string path)
    {
        var fault = Assert.Single(Given.Faults(json));
        Assert.Equal(path, fault.Path);
        Assert.DoesNotContain("canary", fault.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string> Failing => new()
    {
        """ "p": { "field": "v", "apply": ["mask"] }, "q": { "field": "v", "type": "integer" } """,
        """ "q": { "field": "v", "type": "date", "private": true } """,
        """ "p": { "field": "v", "apply": ["drop"] }, "q": { "template": "{v}", "type": "uuid" } """,
        """ "p": { "field": "v", "apply": ["drop"] }, "q": { "field": "v", "type": "json" } """,
        """ "q": { "field": "v", "private": true, "apply": [{"clamp": [0, 1]}] } """,
        """ "q": { "field": "v", "private": true, "type": "datetime", "timeZone": "UTC" } """,
    };

    [Theory]
    [MemberData(nameof(Failing))]
    public void A_private_value_shows_in_no_message_and_no_statistic(string properties)
    {
        var mapper = Mapper(properties);
        var reject = mapper.Map(Given.Record(("k", "k"), ("v", "canary-1234")), [])!;
        Assert.NotNull(reject);
        Assert.DoesNotContain("canary", $"{reject} {reject.Reason} {reject.Value} {reject.Exception}", StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("canary", string.Join(' ', mapper.Log.Statistics.SelectMany(s => s.Samples)), StringComparison.OrdinalIgnoreCase);
        Assert.Equal("v", reject.Field);
    }
}
