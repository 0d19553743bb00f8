using System.Text.Json;
using System.Collections;
using SafeAI.Migration.Engine.Planning;
using SafeAI.Migration.TestKit;

namespace SafeAI.Migration.Engine.Tests.Planning;

public sealed class PlanFileTests : IDisposable
{
    internal const string GuideConfig = """
        {
            "source": { "type": "postgresql", "connection_string": "postgresql://user:pass@host/db" },
            "destination": { "type": "safeai_platform", "endpoint": "https://platform.safeai.dev" },
            "options": { "batch_size": 1000, "parallel_processing": true, "validation_level": "strict" }
        }
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_guides_configuration_is_a_plan_for_the_whole_database()
    {
        var plan = Read(GuideConfig);

        var source = Assert.IsType<PostgreSqlPlanSource>(Assert.Single(plan.Sources));
        Assert.Equal((true, false, "postgresql://host:5432/db"), (source.IsAutomatic, source.IsSingle, source.DisplayName));
        Assert.Equal("https://platform.safeai.dev", plan.Destination.Endpoint);
        Assert.Equal((1000, 4, ValidationLevel.Strict), (plan.Options.BatchSize, plan.Options.ThrottleLimit, plan.ValidationLevel));
        Assert.Equal("$.source.connection_string: a password stands here in clear; refer to it as ${env:NAME}, ${secret:NAME} or ${file:PATH}", Assert.Single(plan.Warnings).ToString());
        Assert.DoesNotContain("pass", plan.StoredText, StringComparison.Ordinal);
    }

    [Fact]
    public void A_dictionary_is_read_as_its_json_is()
    {
        var plan = PlanFile.FromDictionary(
            new Hashtable
            {
                ["source"] = new Hashtable { ["type"] = "postgresql", ["connection_string"] = "postgresql://user@host/db" },
                ["destination"] = new Hashtable { ["endpoint"] = "https://platform.safeai.dev" },
                ["options"] = new Hashtable { ["batch_size"] = 10, ["parallel_processing"] = false },
            }, _folder.Path);

        Assert.Equal((10, 1), (plan.Options.BatchSize, plan.Options.ThrottleLimit));
        Assert.IsType<PostgreSqlPlanSource>(Assert.Single(plan.Sources));
    }

    [Fact]
    public void Code_cannot_stand_in_a_plan()
    {
        var e = Assert.Throws<InvalidPlanException>(() => PlanFile.FromDictionary(
            new Hashtable
            {
                ["source"] = new Hashtable { ["path"] = "a.csv", ["mapping"] = new Hashtable { ["nodes"] = new object[] { new Hashtable { ["id"] = new Func<int>(() => 1) } } } },
                ["destination"] = new Hashtable { ["store"] = "a.graph" },
            }, _folder.Path));

        Assert.Equal("$.source.mapping.nodes[0].id", Assert.Single(e.Faults).Path);
    }

    [Fact]
    public void All_faults_are_found_at_once_each_with_its_place()
    {
        var e = Assert.Throws<InvalidPlanException>(() => Read("""
            {
              "sources": [
                { "path": "a.csv" },
                { "type": "csw", "path": "a" },
                { "type": "postgresql", "connection_string": "postgresql://h:x/y", "table": "t", "query": "q", "mapping": "m" },
                { "address": "ftp://x", "mapping": "m", "pagination": { "type": "cursor" }, "authentication": { "type": "bearer" } },
                { "type": "ado_net", "mapping": "m" },
                { "path": "b.csv", "mapping": "m", "csv": { "delimiter": "ab", "raggedRows": "maybe" } },
                { }
              ],
              "destination": { "type": "floppy", "clientId": "x" },
              "options": { "batchSize": 0, "errorBudget": "lots", "verify": "maybe", "throttleLimit": 3, "parallelProcessing": false },
              "window": { "days": "someday", "from": "25:00", "timeZone": "Mars/Olympus" },
              "cleaning": [ { "name": "n" } ],
              "outside_window": "panic", "windwo": 1
            }
            """));

        Assert.Equal(
        [
            "$.sources[0].mapping", "$.sources[1].type", "$.sources[1].mapping", "$.sources[2].connection_string", "$.sources[2]",
            "$.sources[3].address", "$.sources[3].pagination.pointer", "$.sources[3].authentication.token",
            "$.sources[4].providerPath", "$.sources[4].connectionString", "$.sources[4]",
            "$.sources[5].csv.delimiter", "$.sources[5].csv.raggedRows", "$.sources[6]", "$.sources[6].mapping",
            "$.cleaning[0]", "$.destination.type", "$.destination", "$.window.days", "$.window.from", "$.window.timeZone", "$.outside_window",
            "$.options.throttleLimit", "$.options.errorBudget", "$.options.batchSize", "$.options.verify", "$.windwo",
        ], e.Faults.Select(f => f.Path).Distinct().ToArray());
        Assert.Contains("did you mean window?", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("./people.csv", "people.csv")]
    [InlineData("./in/../people*.csv", "people*.csv")]
    [InlineData("in/./**/*.csv", "in/**/*.csv")]
    public void A_source_is_shown_by_its_path_without_the_steps_to_it(string written, string shown)
    {
        var plan = Read($$"""
            {
              "sources": [ { "path": "{{written}}" }, { "type": "sqlite", "path": "{{written}}", "table": "t" }, { "providerPath": "{{written}}", "connectionString": "x", "table": "t" } ],
              "mapping": "m.json", "destination": { "store": "s" }
            }
            """);

        var path = Path.Combine([_folder.Path, .. shown.Split('/')]);
        Assert.Equal([path, path + " t", Path.GetFileNameWithoutExtension(path) + " t"], plan.Sources.Select(s => s.ToString()));
        Assert.Equal(path, Assert.IsType<AdoNetPlanSource>(plan.Sources[2]).Options.ProviderPath);
    }

    [Fact]
    public void A_path_with_a_null_character_is_a_fault()
    {
        var e = Assert.Throws<InvalidPlanException>(() => Read("""{ "source": { "path": "a\u0000b", "mapping": "m" }, "destination": { "store": "s" } }"""));

        Assert.Equal("$.source.path", Assert.Single(e.Faults).Path);
    }

    [Fact]
    public void References_are_put_in_and_kept_as_references()
    {
        Environment.SetEnvironmentVariable("SAFEAI_TEST_PLAN_WORD", "s3cret/@ word");
        _folder.Write("key.txt", "from-a-file\n");

        var plan = Read("""
            {
              "source": { "connectionString": "postgresql://u:${env:SAFEAI_TEST_PLAN_WORD}@host/db", "query": "SELECT '${env:X}'", "mapping": { "nodes": [ { "type": "T", "id": "${env:X}{id}" } ] } },
              "destination": { "endpoint": "https://x.example", "apiKey": "${file:key.txt}" },
              "name": "$${env:A} ${secret:word}"
            }
            """, new Secrets("from the store"));

        var source = Assert.IsType<PostgreSqlPlanSource>(plan.Sources[0]);
        Assert.Equal("s3cret/@ word", Engine.Extraction.Databases.PostgreSqlConnection.Parse(source.Options.ConnectionString).Password);
        Assert.Equal("SELECT '${env:X}'", source.Options.Query);
        Assert.Equal("from-a-file", plan.Destination.ApiKey);
        Assert.Equal("${env:A} from the store", plan.Name);
        Assert.Empty(plan.Warnings);
        Assert.Contains("${env:SAFEAI_TEST_PLAN_WORD}", plan.StoredText, StringComparison.Ordinal);
        Assert.DoesNotContain("from", plan.StoredText, StringComparison.Ordinal);
    }

    [Fact]
    public void A_value_put_into_settings_of_a_connection_cannot_become_a_setting()
    {
        Environment.SetEnvironmentVariable("SAFEAI_TEST_PLAN_SETTING", "x;Host=evil\"");
        var plan = Read("""{ "source": { "connectionString": "Host=good;Password=${env:SAFEAI_TEST_PLAN_SETTING}" }, "destination": { "store": "s" } }""");

        var settings = Engine.Extraction.Databases.PostgreSqlConnection.Parse(((PostgreSqlPlanSource)plan.Sources[0]).Options.ConnectionString);
        Assert.Equal(("good", "x;Host=evil\""), (settings.Host, settings.Password));
    }

    [Theory]
    [InlineData("${env:SAFEAI_TEST_NOT_SET}", "the environment variable SAFEAI_TEST_NOT_SET is not set")]
    [InlineData("${secret:word}", "there is no secret store here for 'word'")]
    [InlineData("${file:none.txt}", "cannot be read")]
    [InlineData("${evn:X}", "refers to nothing")]
    public void A_reference_that_leads_nowhere_is_a_fault(string reference, string said)
    {
        var e = Assert.Throws<InvalidPlanException>(() => Read(
            $$"""{ "source": { "path": "a.csv", "mapping": "m" }, "destination": { "endpoint": "https://x.example", "apiKey": "{{reference}}" } }"""));

        Assert.Equal("$.destination.apiKey", Assert.Single(e.Faults).Path);
        Assert.Contains(said, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{ "connectionString": "Host=h;Username=u;Password=canary" }""")]
    [InlineData("""{ "connectionString": "postgresql://u:canary@h/d" }""")]
    [InlineData("""{ "connectionString": "postgresql://u@h/d?password=canary&sslmode=prefer" }""")]
    [InlineData("""{ "connectionString": "postgresql://u@h/d", "password": "canary" }""")]
    [InlineData("""{ "type": "ado_net", "providerPath": "p.dll", "connectionString": "Server=s;Pwd=canary", "table": "t", "mapping": "m" }""")]
    [InlineData("""{ "address": "https://a.example/x?a=1&api_key=canary&b=2", "mapping": "m" }""")]
    [InlineData("""{ "type": "ado_net", "providerPath": "p.dll", "connectionString": "Server=s;Account Key=canary", "table": "t", "mapping": "m" }""")]
    [InlineData("""{ "address": "https://u:canary@a.example/x", "mapping": "m" }""")]
    [InlineData("""{ "address": "https://a.example", "headers": { "X-My-Secret": "canary" }, "mapping": "m" }""")]
    [InlineData("""{ "address": "https://a.example", "headers": { "Authorization": "Bearer canary" }, "mapping": "m" }""")]
    [InlineData("""{ "address": "https://a.example", "headers": { "X-Auth": "canary" }, "mapping": "m" }""")]
    [InlineData("""{ "address": "https://a.example", "authentication": { "type": "api_key", "key": "canary" }, "mapping": "m" }""")]
    [InlineData("""{ "address": "https://a.example", "authentication": { "type": "bearer", "token": "canary" }, "mapping": "m" }""")]
    [InlineData("""{ "address": "https://a.example", "authentication": { "type": "client_credentials", "token_address": "https://b.example", "client_id": "i", "client_secret": "canary" }, "mapping": "m" }""")]
    [InlineData("""{ "address": "https://a.example", "authentication": { "type": "basic", "user_name": "u", "password": "canary" }, "mapping": "m" }""")]
    public void A_secret_in_clear_is_warned_of_and_not_kept(string source)
    {
        var plan = Read($$"""{ "source": {{source}}, "destination": { "store": "s" } }""");

        Assert.StartsWith("$.source", Assert.Single(plan.Warnings).Path, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", plan.StoredText + plan + plan.Warnings[0], StringComparison.Ordinal);
    }

    [Fact]
    public void References_of_a_validation_hold_no_secret_and_take_one_put_in()
    {
        Environment.SetEnvironmentVariable("SAFEAI_TEST_PLAN_PART", "put-in");
        var plan = Read("""
            {
              "source": { "path": "a.csv", "mapping": "m" }, "destination": { "store": "s" },
              "validation": {
                "references": { "field": "a", "connection_string": "postgresql://u:canary@h/d", "table": "${env:SAFEAI_TEST_PLAN_PART}" },
                "fields": { "password": { "pattern": "^${env:SAFEAI_TEST_PLAN_PART}$", "const": "word" } },
                "schema": { "dependentRequired": { "password": [ "token" ] } },
                "agreements": [ { "key": "id", "field": "token", "path": "x.csv" } ],
                "not_null": [ "password" ]
              }
            }
            """);

        Assert.Equal("$.validation.references.connection_string", Assert.Single(plan.Warnings).Path);
        Assert.DoesNotContain("canary", plan.StoredText, StringComparison.Ordinal);
        Assert.DoesNotContain("put-in", plan.StoredText, StringComparison.Ordinal);
        using var stored = JsonDocument.Parse(plan.StoredText);
        foreach (var validation in new[] { plan.Validation, stored.RootElement.GetProperty("validation") })
        {
            Assert.Equal("""^${env:SAFEAI_TEST_PLAN_PART}$ word token id password""", string.Join(
                ' ', validation.GetProperty("fields").GetProperty("password").GetProperty("pattern"), validation.GetProperty("fields").GetProperty("password").GetProperty("const"),
                validation.GetProperty("schema").GetProperty("dependentRequired").GetProperty("password")[0], validation.GetProperty("agreements")[0].GetProperty("key"),
                validation.GetProperty("not_null")[0]));
        }

        var reference = plan.Validation.GetProperty("references");
        Assert.Equal(("put-in", "postgresql://u:canary@h/d"), (reference.GetProperty("table").GetString(), reference.GetProperty("connection_string").GetString()));
    }

    private MigrationPlan Read(string json, ISecretResolver? secrets = null) => PlanFile.Parse(json, _folder.Path, "test", secrets);

    private sealed class Secrets(string secret) : ISecretResolver
    {
        public string GetSecret(string name) => secret;
    }
}
