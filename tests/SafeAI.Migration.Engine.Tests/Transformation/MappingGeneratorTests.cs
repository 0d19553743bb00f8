using NJsonSchema;
using SafeAI.Migration.Engine.Transformation;

namespace SafeAI.Migration.Engine.Tests.Transformation;

public class MappingGeneratorTests
{
    private static CatalogColumn Key(string name) => new(name, "INTEGER", typeof(long), false);

    private static CatalogColumn Text(string name) => new(name, "NVARCHAR(160)", typeof(string), true);

    private static CatalogForeignKey To(string table, params string[] columns) => new("", columns, null, table, []);

    /// <summary>Eleven tables with a self reference, a composite key that is referred to, a join table and a table without a key.</summary>
    private static readonly DatabaseCatalog s_shop = new("music shop",
    [
        new CatalogTable(null, "Artist", [Key("ArtistId"), Text("Name")]) { PrimaryKey = ["ArtistId"], Comment = "People who\nmake music" },
        new CatalogTable(null, "Album", [Key("AlbumId"), Text("Title"), Key("ArtistId")]) { PrimaryKey = ["AlbumId"], ForeignKeys = [To("Artist", "ArtistId")], EstimatedRows = 347 },
        new CatalogTable(null, "Genre", [Key("GenreId"), Text("Name")]) { PrimaryKey = ["GenreId"] },
        new CatalogTable(null, "Track",
            [Key("TrackId"), Text("Name"), new("AlbumId", "", typeof(long), true), new("GenreId", "", typeof(long), true), new("UnitPrice", "NUMERIC(10,2)", typeof(decimal), true)])
        {
            PrimaryKey = ["TrackId"], ForeignKeys = [To("Album", "AlbumId"), To("Genre", "GenreId")],
        },
        new CatalogTable(null, "Playlist", [Key("PlaylistId"), Text("Name")]) { PrimaryKey = ["PlaylistId"] },
        new CatalogTable(null, "PlaylistTrack", [Key("PlaylistId"), Key("TrackId"), new("AddedOn", "date", typeof(DateOnly), true)])
        {
            PrimaryKey = ["PlaylistId", "TrackId"], ForeignKeys = [To("Playlist", "PlaylistId"), To("Track", "TrackId")],
        },
        new CatalogTable(null, "Employee", [Key("EmployeeId"), Text("LastName"), new("ReportsTo", "", typeof(long), true)]) { PrimaryKey = ["EmployeeId"], ForeignKeys = [To("Employee", "ReportsTo")] },
        new CatalogTable(null, "Customer", [Key("id"), Text("Email"), new("SupportRepId", "", typeof(long), true)]) { PrimaryKey = ["id"], ForeignKeys = [To("Employee", "SupportRepId")] },
        new CatalogTable(null, "Invoice", [Key("Shop"), Key("Number"), Key("CustomerId"), new("Date", "", typeof(DateTime), true)]) { PrimaryKey = ["Shop", "Number"], ForeignKeys = [To("Customer", "CustomerId")] },
        new CatalogTable(null, "InvoiceLine", [Key("InvoiceLineId"), Key("InvoiceNumber"), Key("InvoiceShop"), Key("TrackId"), Key("Quantity")])
        {
            PrimaryKey = ["InvoiceLineId"],
            ForeignKeys = [new("fk", ["InvoiceNumber", "InvoiceShop"], null, "Invoice", ["Number", "Shop"]), To("Track", "TrackId")],
        },
        new CatalogTable(null, "AlbumsByArtist", [Text("Name")]) { IsView = true },
        new CatalogTable(null, "Log", [Text("Message"), new("Amount", "numeric", typeof(decimal), true), new("Big", "numeric(18,0)", typeof(decimal), true)]),
    ], []);

    private static IEnumerable<(CatalogTable Table, Record[] Rows)> Rows(DatabaseCatalog catalog)
    {
        foreach (var table in catalog.Tables.Where(t => !t.IsView))
        {
            var schema = new RecordSchema(table.Name, table.Columns.Select(c => new RecordField(c.Name, c.Type)), table.PrimaryKey);
            var source = new RecordSource(table.Name);
            var references = table.ForeignKeys.SelectMany(k => k.Columns).ToHashSet();
            yield return (table, [.. Enumerable.Range(1, 12).Select(i => schema.CreateRecord([.. table.Columns.Select(c => Value(table, c, references, i))], source, i))]);
        }

        static object? Value(CatalogTable table, CatalogColumn column, HashSet<string> references, int i) =>
            references.Contains(column.Name) && column.IsNullable ? i % 4 == 0 ? null : (long)(i / 2) + 1
            : column.Type == typeof(long) ? column.Name is "Shop" or "InvoiceShop" ? i % 3 : (object)(long)i
            : column.Type == typeof(string) ? $"{column.Name}: {i}"
            : column.Name == "Big" ? 900_000_000_000_000_000m + i
            : column.Type == typeof(decimal) ? i * 1.25m
            : column.Type == typeof(DateOnly) ? new DateOnly(2024, 2, i)
            : new DateTime(2024, 2, i);
    }

    [Fact]
    public void Unedited_it_makes_a_node_of_every_row_and_a_relationship_of_every_foreign_key()
    {
        var generated = MappingGenerator.Generate(s_shop);
        Assert.Contains("AlbumsByArtist", Assert.Single(generated.Notes), StringComparison.Ordinal);
        var mapper = new CompiledMapping(generated.Document);
        var items = new List<GraphItem>();
        int rows = 0, references = 0;
        foreach (var (table, records) in Rows(s_shop))
        {
            foreach (var record in records)
            {
                var reject = mapper.Map(record, items);
                Assert.True(reject is null, reject?.ToString());
                var isJoin = table.Name == "PlaylistTrack";
                rows += isJoin ? 0 : 1;
                references += isJoin ? 1 : table.ForeignKeys.Count(k => k.Columns.All(c => record.GetValue(record.GetSchema().IndexOf(c)) is not null));
            }
        }

        var nodes = items.OfType<GraphNode>().ToList();
        var relationships = items.OfType<GraphRelationship>().ToList();
        Assert.Equal(10 * 12, rows);
        Assert.Equal(rows, nodes.Count);
        Assert.Equal(rows, nodes.Select(n => (n.Type, n.Id)).Distinct().Count());
        Assert.Equal(references, relationships.Count);
        Assert.Equal(references, relationships.Select(r => (r.Type, r.Id)).Distinct().Count());
        var ids = nodes.Select(n => (n.Type, n.Id)).ToHashSet();
        Assert.All(relationships, r =>
        {
            Assert.Contains((r.FromType, r.FromId), ids);
            Assert.Contains((r.ToType, r.ToId), ids);
        });
    }

    [Fact]
    public void Names_keys_and_types_are_as_one_expects()
    {
        var document = MappingGenerator.Generate(s_shop).Document;
        Assert.Equal(
            ["HAS_ARTIST", "HAS_ALBUM", "HAS_GENRE", "PLAYLIST_TRACK", "REPORTS_TO", "HAS_SUPPORT_REP", "HAS_CUSTOMER", "HAS_INVOICE", "HAS_TRACK"],
            document.Relationships.Select(r => r.Type));
        Assert.Equal("invoice:{InvoiceShop}:{InvoiceNumber}", document.Relationships.Single(r => r.Type == "HAS_INVOICE").To.Id.Template!.Text);
        Assert.True(document.Relationships.Single(r => r.Type == "REPORTS_TO").IsOptional);
        Assert.False(document.Relationships.Single(r => r.Type == "HAS_ARTIST").IsOptional);
        Assert.Equal("AddedOn", Assert.Single(document.Relationships.Single(r => r.Type == "PLAYLIST_TRACK").Properties).Name);
        Assert.Equal(["customer_id", "Email", "SupportRepId"], document.Nodes.Single(n => n.Type == "Customer").Properties.Select(p => p.Name));
        Assert.Equal("log:{$ordinal}", document.Nodes.Single(n => n.Type == "Log").Id!.Template!.Text);
        Assert.Equal(ConversionType.Decimal, Property("Track", "UnitPrice"));
        Assert.Equal(ConversionType.String, Property("Log", "Amount"));
        Assert.Equal(ConversionType.Integer, Property("Log", "Big"));
        Assert.Equal(ConversionType.LocalDateTime, Property("Invoice", "Date"));
        Assert.Null(Property("Artist", "Name"));

        ConversionType? Property(string type, string name) =>
            document.Nodes.Single(n => n.Type == type).Properties.Single(p => p.Name == name).Value.Conversion?.Type;
    }

    [Fact]
    public async Task The_text_is_commented_stable_and_valid()
    {
        var json = MappingGenerator.Generate(s_shop).Json;
        Assert.Equal(json, MappingGenerator.Generate(s_shop).Json);
        Assert.Contains("// Artist: People who make music", json, StringComparison.Ordinal);
        Assert.Contains("// Album, about 347 rows", json, StringComparison.Ordinal);
        Assert.Contains("\"UnitPrice\": { \"field\": \"UnitPrice\", \"type\": \"decimal\" }, // NUMERIC(10,2)", json, StringComparison.Ordinal);
        var plain = Newtonsoft.Json.Linq.JObject.Parse(json, new Newtonsoft.Json.Linq.JsonLoadSettings { CommentHandling = Newtonsoft.Json.Linq.CommentHandling.Ignore }).ToString();
        Assert.Empty((await JsonSchema.FromFileAsync(MappingSchemaTests.SchemaPath)).Validate(plain));
    }

    [Fact]
    public void Awkward_names_stay_safe_and_distinct()
    {
        CatalogTable Table(string? schema, string name, params CatalogForeignKey[] keys) =>
            new(schema, name, [Key("id"), new("a_id", "", typeof(long), true), new("b\"{x}", "", typeof(string), true)])
        {
            PrimaryKey = ["id"], ForeignKeys = keys,
        };
        var catalog = new DatabaseCatalog("odd \"names\"",
        [
            Table("a", "order items", new CatalogForeignKey("", ["a_id"], "b", "order items", [])), Table("b", "order items"),
            Table(null, "2024 »sales«"), Table(null, "orders`) DETACH DELETE"), Table(null, "größe"), Table(null, "表"),
            Table(null, "x", To("nowhere", "a_id"), new CatalogForeignKey("", ["a_id"], null, "größe", ["a_id"])),
        ], []);
        var generated = MappingGenerator.Generate(catalog);
        Assert.Contains("größe by a_id", generated.Document.Lookups.Keys);
        Assert.Equal(["AOrderItems", "BOrderItems", "_2024Sales", "OrdersDETACHDELETE", "Größe", "表", "X"], generated.Document.Nodes.Select(n => n.Type));
        Assert.Equal(["BOrderItems", "Größe"], generated.Document.Relationships.Select(r => r.To.Type));
        Assert.Equal(["a.order items", "b.order items"], generated.Document.Nodes.Take(2).SelectMany(n => n.Sources));
        Assert.Single(generated.Notes);
        Assert.All(generated.Notes, n => Assert.Contains("// NOTE: " + n, generated.Json, StringComparison.Ordinal));
    }
}
