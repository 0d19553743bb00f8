using SafeAI.Migration.TestKit;
using SafeAI.Migration.TestKit.Postgres;
using SafeAI.Migration.TestKit.Sandbox;

namespace SafeAI.Migration.Integration.Tests.Runner;

/// <summary>The guide's own configuration, with another host and endpoint only, migrates a whole database.</summary>
public sealed class GuideConfigurationTests : IAsyncLifetime, IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private PostgresDatabase _database = null!;
    private SandboxServer _sandbox = null!;

    public async Task InitializeAsync()
    {
        _database = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        await _database.ExecuteAsync("""
            CREATE TABLE customers (id int PRIMARY KEY, name text NOT NULL, referrer int REFERENCES customers);
            CREATE TABLE orders (id int PRIMARY KEY, customer_id int NOT NULL REFERENCES customers, total numeric(8,2), placed timestamptz);
            CREATE TABLE products (sku text PRIMARY KEY, title text);
            CREATE TABLE order_products (order_id int REFERENCES orders, sku text REFERENCES products, quantity int, PRIMARY KEY (order_id, sku));
            CREATE VIEW big_orders AS SELECT * FROM orders WHERE total > 100;
            INSERT INTO customers SELECT i, 'Customer ' || i, NULLIF(i / 2, 0) FROM generate_series(1, 2500) i;
            INSERT INTO orders SELECT i, 1 + i % 2500, i * 1.5, '2026-01-01Z'::timestamptz + i * interval '1 min' FROM generate_series(1, 3000) i;
            INSERT INTO products SELECT 'p' || i, 'Product ' || i FROM generate_series(1, 50) i;
            INSERT INTO order_products SELECT i, 'p' || 1 + i % 50, i % 7 FROM generate_series(1, 3000) i;
            """);
        _sandbox = await SandboxServer.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await _sandbox.DisposeAsync();
        await _database.DisposeAsync();
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task It_migrates_every_table_and_foreign_key_and_the_second_time_nothing()
    {
        var environment = new Dictionary<string, string> { ["SAFEAI_API_KEY"] = _sandbox.ApiKey };
        var plan = _folder.Write("migration_config.json", $$"""
            {
                'source': {
                    'type': 'postgresql',
                    'connection_string': '{{_database.Uri}}'
                },
                'destination': {
                    'type': 'safeai_platform',
                    'endpoint': '{{_sandbox.Endpoint}}'
                },
                'options': {
                    'batch_size': 1000,
                    'parallel_processing': True,
                    'validation_level': 'strict'
                }
            }
            """);

        var run = await RunnerProcess.RunAsync(_folder.Path, environment, "run", plan, "--json");

        Assert.True(run.ExitCode == 0, run.Errors);
        Assert.Equal((8550, 8550, 0, 0), Figures(run));
        Assert.Equal(5550, Created(run, "nodes"));
        Assert.Equal(2499 + 3000 + 3000, Created(run, "relationships"));
        Assert.Equal(5550, await _sandbox.StatisticAsync("nodes"));
        Assert.Equal(8499, await _sandbox.StatisticAsync("relationships"));

        var again = await RunnerProcess.RunAsync(_folder.Path, environment, "run", plan, "--json");

        Assert.Equal((8550, 0, 8550, 0), Figures(again));
        Assert.Equal((0, 0), (Created(again, "nodes"), Created(again, "relationships")));
    }

    private static (int Read, int Loaded, int Unchanged, int Rejected) Figures(RunnerProcess run) => (
        run.Json.GetProperty("read").GetInt32(), run.Json.GetProperty("loaded").GetInt32(),
        run.Json.GetProperty("unchanged").GetInt32(), run.Json.GetProperty("rejected").GetInt32());

    private static int Created(RunnerProcess run, string kind) => run.Json.GetProperty(kind).GetProperty("created").GetInt32();
}
