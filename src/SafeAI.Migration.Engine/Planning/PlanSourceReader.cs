using System.Text.Json;
using SafeAI.Migration.Engine.Extraction.Apis;
using SafeAI.Migration.Engine.Extraction.Databases;
using SafeAI.Migration.Engine.Extraction.Files;

namespace SafeAI.Migration.Engine.Planning;

/// <summary>Understands the sources of a plan.</summary>
internal sealed class PlanSourceReader(string folder, PlanFaults faults, JsonElement mappingOfAll)
{
    private static readonly string[] s_kinds = ["file", "csv", "json", "ndjson", "sqldump", "dump", "postgresql", "postgres", "sqlite", "adonet", "rest", "api"];

    /// <summary>Reads a source; null where it has faults that leave nothing of it.</summary>
    public PlanSource? Read(PlanObject source)
    {
        var type = source.Text("type");
        var kind = type is null ? KindByContent(source) : PlanObject.Plain(type);
        PlanSource? plan = kind switch
        {
            "file" or "csv" or "json" or "ndjson" or "sqldump" or "dump" => ReadFile(source, kind),
            "postgresql" or "postgres" => ReadPostgreSql(source),
            "sqlite" => ReadSqlite(source),
            "adonet" => ReadAdoNet(source),
            "rest" or "api" => ReadRest(source),
            _ => null,
        };
        if (kind.Length == 0)
            source.Fault("name either a path, a connectionString, or an address");
        else if (!s_kinds.Contains(kind))
            source.Fault("type", $"it must be file, csv, json, ndjson, sql_dump, postgresql, sqlite, ado_net or rest, not '{type}'");
        var mapping = MappingOf(source, plan);
        if (s_kinds.Contains(kind))
            source.Finish();
        return plan is null ? null : plan with { Mapping = mapping, Place = source.Path };
    }

    private static string KindByContent(PlanObject source) =>
        source.Has("providerPath") ? "adonet"
        : source.Has("connectionString") ? "postgresql"
        : source.Has("address") ? "rest"
        : source.Has("path") ? "file"
        : "";

    private JsonElement MappingOf(PlanObject source, PlanSource? plan)
    {
        var mapping = source.Any("mapping");
        if (mapping.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null)
            mapping = mappingOfAll;

        // A database says in its catalogue what everything is; nothing else does, so that it must be asked for there.
        if (mapping.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null && plan is PostgreSqlPlanSource { IsSingle: false } or SqlitePlanSource { IsSingle: false })
            return JsonSerializer.SerializeToElement("auto");
        if (mapping.ValueKind is not (JsonValueKind.String or JsonValueKind.Object))
            source.Fault("mapping", "name a mapping: a file's path, the mapping itself, or auto");
        return mapping;
    }

    private FilePlanSource? ReadFile(PlanObject source, string kind)
    {
        var path = RequiredPath(source, "path");
        var format = source.Choice<FileFormat>("format");
        if (kind != "file")
            format = kind switch { "csv" => FileFormat.Csv, "json" => FileFormat.Json, "ndjson" => FileFormat.NdJson, _ => FileFormat.SqlDump };
        var compression = source.Object("compression");
        var sql = source.Object("sql");
        var options = new FileSourceOptions
        {
            Path = path ?? "",
            Format = format,
            Encoding = source.Text("encoding"),
            SchemaName = source.Text("recordName"),
            Csv = ReadCsv(source.Object("csv")),
            Json = ReadJson(source.Object("json")),
            Sql = sql is null ? new SqlDumpOptions() : new SqlDumpOptions { Table = sql.Text("table"), Dialect = sql.Choice<SqlDialect>("dialect") },
            Compression = compression is null ? new CompressionOptions() : new CompressionOptions
            {
                Entry = compression.Text("entry"), MaxExpansion = compression.Number("maxExpansion", 1, int.MaxValue) ?? new CompressionOptions().MaxExpansion,
            },
        };
        sql?.Finish();
        compression?.Finish();
        Check(source, () => options.Csv.Validate());
        Check(source, () => options.Json.Validate());
        return path is null ? null : new FilePlanSource(options);
    }

    private static PostgreSqlPlanSource? ReadPostgreSql(PlanObject source)
    {
        var connection = Required(source, "connectionString");
        if (connection is not null)
        {
            try
            {
                PostgreSqlConnection.Parse(connection);
            }
            catch (MigrationException e)
            {
                source.Fault("connectionString", e.What.TrimEnd('.'));
                connection = null;
            }
        }

        var (table, query) = TableOrQuery(source, isRequired: false);
        var options = new PostgreSqlSourceOptions
        {
            ConnectionString = connection ?? "",
            UserName = source.Text("userName"),
            Password = source.Text("password"),
            Schema = source.Text("schema"),
            Table = table,
            Query = query,
            Parameters = source.Table("parameters"),
            Readers = source.Number("readers", 1, 64) ?? 1,
        };
        var (tables, exclude) = Tables(source, table ?? query);
        return connection is null ? null : new PostgreSqlPlanSource(options) { Tables = tables, Exclude = exclude };
    }

    private SqlitePlanSource? ReadSqlite(PlanObject source)
    {
        var path = RequiredPath(source, "path");
        var (table, query) = TableOrQuery(source, isRequired: false);
        var options = new SqliteSourceOptions { Path = path ?? "", Table = table, Query = query, Parameters = source.Table("parameters") };
        var (tables, exclude) = Tables(source, table ?? query);
        return path is null ? null : new SqlitePlanSource(options) { Tables = tables, Exclude = exclude };
    }

    private AdoNetPlanSource? ReadAdoNet(PlanObject source)
    {
        var provider = RequiredPath(source, "providerPath");
        var connection = Required(source, "connectionString");
        var (table, query) = TableOrQuery(source, isRequired: true);
        var options = new AdoNetSourceOptions
        {
            ProviderPath = provider ?? "",
            FactoryType = source.Text("factoryType"),
            ConnectionString = connection ?? "",
            UserName = source.Text("userName"),
            Password = source.Text("password"),
            Table = table,
            Query = query,
            Parameters = source.Table("parameters"),
        };
        return provider is null || connection is null ? null : new AdoNetPlanSource(options);
    }

    private static RestPlanSource? ReadRest(PlanObject source)
    {
        var text = Required(source, "address");
        Uri? address = null;
        if (text is not null && (!Uri.TryCreate(text, UriKind.Absolute, out address) || address.Scheme is not ("http" or "https")))
        {
            source.Fault("address", "it is no address such as https://api.example.com/v1/customers");
            address = null;
        }

        var format = source.Choice<FileFormat>("format");
        if (format is FileFormat.NdJson or FileFormat.SqlDump)
            source.Fault("format", "an API is read as json or csv");
        var options = new RestSourceOptions
        {
            Address = address ?? new Uri("https://localhost"),
            ItemsPointer = source.Text("itemsPointer"),
            TotalPointer = source.Text("totalPointer"),
            SchemaName = source.Text("recordName"),
            Format = format,
            Pagination = ReadPagination(source.Object("pagination")),
            Authentication = ReadAuthentication(source.Object("authentication")),
            Headers = source.Table("headers").ToDictionary(h => h.Key, h => h.Value?.ToString() ?? ""),
            Json = ReadJson(source.Object("json")),
            Csv = ReadCsv(source.Object("csv")),
        };
        return address is null ? null : new RestPlanSource(options);
    }

    private static RestPagination ReadPagination(PlanObject? pages)
    {
        if (pages is null)
            return new RestPagination.SinglePage();
        var type = pages.Text("type") ?? "";
        var (pointer, parameter, first) = (pages.Text("pointer"), pages.Text("parameter"), pages.Number("first", 0, int.MaxValue));
        pages.Finish();
        switch (PlanObject.Plain(type))
        {
            case "single":
                return new RestPagination.SinglePage();
            case "linkheader":
                return new RestPagination.LinkHeader();
            case "nextaddress" when pointer is not null:
                return new RestPagination.NextAddress(pointer);
            case "cursor" when pointer is not null:
                return new RestPagination.Cursor(pointer, parameter ?? "cursor");
            case "pagenumber":
                return new RestPagination.PageNumber(parameter ?? "page", first ?? 1);
            case "offset":
                return new RestPagination.Offset(parameter ?? "offset");
            case "nextaddress" or "cursor":
                pages.Fault("pointer", "there is none; say where in the answer the next page stands");
                break;
            default:
                pages.Fault("type", $"it must be single, link_header, next_address, cursor, page_number or offset, not '{type}'");
                break;
        }

        return new RestPagination.SinglePage();
    }

    private static RestAuthentication? ReadAuthentication(PlanObject? authentication)
    {
        if (authentication is null)
            return null;
        var type = authentication.Text("type") ?? "";
        string? Get(string name, params string[] types) =>
            authentication.Text(name) ?? (types.Contains(PlanObject.Plain(type)) ? Required(authentication, name) : null);
        var token = Get("token", "bearer");
        var (user, password) = (Get("userName", "basic"), Get("password", "basic"));
        var (header, key) = (authentication.Text("header") ?? "X-Api-Key", Get("key", "apikey"));
        var (address, id, secret) = (Get("tokenAddress", "clientcredentials"), Get("clientId", "clientcredentials"), Get("clientSecret", "clientcredentials"));
        var scope = authentication.Text("scope");
        authentication.Finish();
        switch (PlanObject.Plain(type))
        {
            case "bearer":
                return new RestAuthentication.Bearer(token ?? "");
            case "basic":
                return new RestAuthentication.Basic(user ?? "", password ?? "");
            case "apikey":
                return new RestAuthentication.ApiKey(header, key ?? "");
            case "clientcredentials" when Uri.TryCreate(address, UriKind.Absolute, out var uri):
                return new RestAuthentication.ClientCredentials(uri, id ?? "", secret ?? "", scope);
            case "clientcredentials":
                authentication.Fault("tokenAddress", "it is no address such as https://login.example.com/oauth/token");
                return null;
            default:
                authentication.Fault("type", $"it must be bearer, basic, api_key or client_credentials, not '{type}'");
                return null;
        }
    }

    private static CsvOptions ReadCsv(PlanObject? csv)
    {
        var defaults = new CsvOptions();
        if (csv is null)
            return defaults;
        var columns = csv.Texts("columns");
        var options = new CsvOptions
        {
            Delimiter = csv.Character("delimiter"),
            Quote = csv.Flag("quoted") == false ? null : csv.Character("quote") ?? defaults.Quote,
            Escape = csv.Character("escape"),
            HasHeader = csv.Flag("header") ?? columns.Count == 0,
            Columns = columns.Count == 0 ? null : columns,
            Comment = csv.Character("comment"),
            RaggedRows = csv.Choice<RaggedRowPolicy>("raggedRows") ?? defaults.RaggedRows,
            EmptyFields = csv.Choice<EmptyFieldPolicy>("emptyFields") ?? defaults.EmptyFields,
            NullText = csv.AnyText("nullText"),
            MaxFieldSize = csv.Number("maxFieldSize", 1, 1 << 28) ?? defaults.MaxFieldSize,
        };
        csv.Finish();
        return options;
    }

    private static JsonOptions ReadJson(PlanObject? json)
    {
        var defaults = new JsonOptions();
        if (json is null)
            return defaults;
        var options = new JsonOptions
        {
            Pointer = json.AnyText("pointer"),
            MaxDepth = json.Number("maxDepth", 1, 1000) ?? defaults.MaxDepth,
            MaxRecordSize = json.Number("maxRecordSize", 1024, 1 << 30) ?? defaults.MaxRecordSize,
            DuplicateKeys = json.Choice<DuplicateKeyPolicy>("duplicateKeys") ?? defaults.DuplicateKeys,
            SampleSize = json.Number("sampleSize", 1, 100_000) ?? defaults.SampleSize,
            MaxSchemas = json.Number("maxSchemas", 1, 1000) ?? defaults.MaxSchemas,
        };
        json.Finish();
        return options;
    }

    private static (string? Table, string? Query) TableOrQuery(PlanObject source, bool isRequired)
    {
        var (table, query) = (source.Text("table"), source.Text("query"));
        if (table is not null && query is not null)
            source.Fault("name either a table or a query");
        else if (isRequired && table is null && query is null)
            source.Fault("name a table or a query");
        return (table, query);
    }

    private static (IReadOnlyList<string> Tables, IReadOnlyList<string> Exclude) Tables(PlanObject source, string? single)
    {
        var (tables, exclude) = (source.Texts("tables"), source.Texts("exclude"));
        if (single is not null && tables.Count + exclude.Count > 0)
            source.Fault("a single table or query leaves no choice of tables");
        return (tables, exclude);
    }

    private static string? Required(PlanObject source, string name)
    {
        var text = source.Text(name);
        if (text is null && !source.Has(name))
            source.Fault(name, "there is none");
        return text;
    }

    private string? RequiredPath(PlanObject source, string name)
    {
        var path = Required(source, name);
        if (path?.Contains('\0', StringComparison.Ordinal) != true)
            return path is null ? null : MigrationPlan.FullPath(folder, path);
        source.Fault(name, "a path holds no null character");
        return null;
    }

    private void Check(PlanObject source, Action check)
    {
        try
        {
            check();
        }
        catch (ArgumentException e)
        {
            faults.Add(source.Path, e.Message.Split(" (Parameter", StringSplitOptions.None)[0].TrimEnd('.'));
        }
    }
}
