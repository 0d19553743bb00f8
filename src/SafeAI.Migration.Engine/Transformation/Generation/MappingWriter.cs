using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace SafeAI.Migration.Engine.Transformation;

/// <summary>Writes a planned mapping as JSON with comments.</summary>
internal sealed partial class MappingWriter
{
    // A decimal number of so many digits always survives as a floating-point number, and one of so many as a 64-bit integer.
    private const int DoubleDigits = 15;
    private const int LongDigits = 18;

    private readonly StringBuilder _text = new();

    public string Write(DatabaseCatalog catalog, IReadOnlyList<PlannedTable> tables, IReadOnlyList<string> notes)
    {
        Line(0, "// Made from the catalogue; edit it as you like. Comments and trailing commas are allowed.");
        foreach (var note in notes)
            Line(0, "// NOTE: " + OneLine(note));
        Line(0, "{");
        Line(1, $"\"name\": {Quote(catalog.Name)},");
        WriteLookups(tables);
        Line(1, "\"nodes\": [");
        foreach (var table in tables.Where(t => !t.IsJoin))
            WriteNode(table);
        Line(1, "],");
        Line(1, "\"relationships\": [");
        foreach (var table in tables)
        {
            if (table.IsJoin)
                WriteJoin(table);
            else
                WriteReferences(table);
        }

        Line(1, "],");
        Line(0, "}");
        return _text.ToString();
    }

    private void WriteLookups(IReadOnlyList<PlannedTable> tables)
    {
        var looked = tables.Where(t => t.Lookups.Count > 0).ToList();
        if (looked.Count == 0)
            return;
        Line(1, "// Foreign keys that refer to another key than that of the ids find their rows by it.");
        if (looked.Exists(t => t.Table.File is null))
            Line(1, "// Lookups without a path are asked of the database: give Convert-MigrationData its -ConnectionString.");
        Line(1, "\"lookups\": {");
        foreach (var table in looked)
        {
            // Of a database's table, the schema is part of the name.
            var name = table.Table switch
            {
                { File: null, Schema: { } schema } => SqlName(schema) + "." + SqlName(table.Table.Name),
                { File: null } => SqlName(table.Table.Name),
                var inFile => inFile.ToString(),
            };
            foreach (var lookup in table.Lookups)
            {
                Line(2, $"{Quote(lookup.Name)}: {{");
                Line(3, $"{(table.Table.File is { } file ? $"\"path\": {Quote(file)}, " : "")}\"table\": {Quote(name)},");
                Line(3, $"\"key\": {List(lookup.Columns)}, \"fields\": {List([.. table.FurtherKeys.Prepend(table.Key).SelectMany(k => k).Distinct()])}, \"nullKeys\": \"skip\",");
                Line(2, "},");
            }
        }

        Line(1, "},");
    }

    private void WriteNode(PlannedTable table)
    {
        WriteComment(table);
        Line(2, "{");
        Line(3, $"\"source\": {Quote(table.Source)}, \"type\": {Quote(table.Type)},");
        if (table.Key.Count == 0)
            Line(3, "// There is no key, so the number of the row is the id: it changes when rows come in another order.");
        if (table.LacksKeys)
            Line(3, "// Rows without a key have their number in the id: it changes when rows come in another order.");
        Line(3, $"\"id\": {OwnId(table)},");
        WriteProperties(table, table.Table.Columns);
        Line(2, "},");
    }

    private void WriteReferences(PlannedTable table)
    {
        foreach (var reference in table.References)
        {
            Line(2, "{");
            Line(3, $"\"source\": {Quote(table.Source)}, \"type\": {Quote(reference.Type)},{(reference.IsOptional ? " \"optional\": true," : "")}");
            Line(3, $"\"from\": {{ \"type\": {Quote(table.Type)}, \"id\": {OwnId(table)} }},");
            Line(3, $"\"to\": {{ \"type\": {Quote(reference.Target.Type)}, \"id\": {EndId(reference)} }},");
            Line(2, "},");
        }
    }

    private void WriteJoin(PlannedTable table)
    {
        var (from, to) = (table.References[0], table.References[1]);
        WriteComment(table);
        Line(2, "{");
        Line(3, $"\"source\": {Quote(table.Source)}, \"type\": {Quote(table.Type)},");
        Line(3, $"\"from\": {{ \"type\": {Quote(from.Target.Type)}, \"id\": {EndId(from)} }},");
        Line(3, $"\"to\": {{ \"type\": {Quote(to.Target.Type)}, \"id\": {EndId(to)} }},");
        WriteProperties(table, [.. table.Table.Columns.Where(c => !table.Table.PrimaryKey.Contains(c.Name))]);
        Line(2, "},");
    }

    private void WriteComment(PlannedTable table)
    {
        var rows = table.Table.EstimatedRows is { } count ? string.Create(CultureInfo.InvariantCulture, $", about {count} rows") : "";
        Line(2, $"// {OneLine(table.Table.ToString())}{rows}{(table.Table.Comment is { } comment ? ": " + OneLine(comment) : "")}");
    }

    private void WriteProperties(PlannedTable table, IReadOnlyList<CatalogColumn> columns)
    {
        if (columns.Count == 0)
            return;
        Line(3, "\"properties\": {");
        var names = columns.Where(c => c.Name != "id").Select(c => c.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var column in columns)
        {
            // The name 'id' is taken by the item's own id.
            var name = column.Name == "id" ? GraphNames.Unique(table.Prefix + "_id", names) : column.Name;
            var about = string.Join(", ", new[] { column.SourceType, column.IsNullable ? "" : "not null", column.Comment ?? "" }.Where(a => a.Length > 0).Select(OneLine));
            Line(4, $"{Quote(name)}: {Value(column)},{(about.Length > 0 ? " // " + about : "")}");
        }

        Line(3, "},");
    }

    private static string Value(CatalogColumn column)
    {
        var type = TypeOf(column);
        return type is not null ? $"{{ \"field\": {Quote(column.Name)}, \"type\": \"{type}\" }}"
            : Template.IsTemplate(column.Name) ? $"{{ \"field\": {Quote(column.Name)} }}"
            : Quote(column.Name);
    }

    /// <summary>The conversion that keeps every value of the column; null where the values are stored as they come.</summary>
    private static string? TypeOf(CatalogColumn column)
    {
        var type = Nullable.GetUnderlyingType(column.Type) ?? column.Type;
        if (type == typeof(string) && column.SourceType is "json" or "jsonb")
            return "json";
        if (type.IsArray && type != typeof(byte[]))
            return ElementTypeOf(type.GetElementType()!) is { } element ? $"list<{element}>" : "json";
        if (type == typeof(decimal))
        {
            return Digits(column.SourceType) switch
            {
                ( <= LongDigits, 0) => "integer",
                ( <= DoubleDigits, _) => "decimal",
                _ => "string",
            };
        }

        return type == typeof(ulong) || type == typeof(System.Numerics.BigInteger) ? "string" : ElementTypeOf(type) is "string" ? null : ElementTypeOf(type);
    }

    /// <summary>How many digits a decimal type allows, and how many behind the point; the most there are where it does not say.</summary>
    private static (int Precision, int Scale) Digits(string sourceType)
    {
        var match = DecimalType().Match(sourceType);
        return !match.Success ? (int.MaxValue, int.MaxValue)
            : (int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture),
                match.Groups[2].Success ? int.Parse(match.Groups[2].ValueSpan, CultureInfo.InvariantCulture) : 0);
    }

    private static string? ElementTypeOf(Type type) =>
        type == typeof(string) ? "string"
        : type == typeof(long) || type == typeof(int) || type == typeof(short) || type == typeof(byte) || type == typeof(uint) ? "integer"
        : type == typeof(double) || type == typeof(float) ? "float"
        : type == typeof(decimal) ? "string"
        : type == typeof(bool) ? "boolean"
        : type == typeof(DateOnly) ? "date"
        : type == typeof(TimeOnly) ? "time"
        : type == typeof(DateTimeOffset) ? "datetime"
        : type == typeof(DateTime) ? "localdatetime"
        : type == typeof(TimeSpan) ? "duration"
        : type == typeof(Guid) ? "uuid"
        : null;

    private static string EndId(PlannedReference reference) => reference.Lookup is not { } lookup
        ? IdValue(reference.Target, reference.Columns)
        : $"{{ \"lookup\": {{ \"in\": {Quote(lookup.Name)}, \"by\": {List(reference.Columns)}, \"template\": {Templates(Ids(reference.Target))} }}{(reference.Target.HasTextKey ? ", \"keepEmpty\": true" : "")} }}";

    private static string OwnId(PlannedTable table) => !table.LacksKeys
        ? IdValue(table, table.Key)
        : $"{{ \"template\": {Templates(Ids(table).Append(table.Prefix + "#{$ordinal}"))}{(table.HasTextKey ? ", \"keepEmpty\": true" : "")} }}";

    /// <summary>The ids of a table's rows: from its key, and where a row lacks that, from others. A sign that no key follows keeps them apart.</summary>
    private static IEnumerable<string> Ids(PlannedTable table) => table.FurtherKeys
        .Select(k => $"{table.Prefix}#{string.Join(',', k.Select(Literal))}:{string.Join(':', k.Select(Template.Place))}").Prepend(Id(table, table.Key));

    private static string Templates(IEnumerable<string> templates) => templates.ToList() is [var only] ? Quote(only) : List([.. templates]);

    private static string Literal(string name) => name.Replace("%", "%25", StringComparison.Ordinal).Replace(":", "%3A", StringComparison.Ordinal).Replace(",", "%2C", StringComparison.Ordinal)
        .Replace("{", "{{", StringComparison.Ordinal).Replace("}", "}}", StringComparison.Ordinal);

    // In a database's text key an empty text is a value like any other.
    private static string IdValue(PlannedTable target, IReadOnlyList<string> columns) => target.HasTextKey
        ? $"{{ \"template\": {Quote(Id(target, columns))}, \"keepEmpty\": true }}"
        : Quote(Id(target, columns));

    private static string List(IReadOnlyList<string> names) => $"[{string.Join(", ", names.Select(Quote))}]";

    private static string SqlName(string name) => Extraction.Databases.PostgreSqlTable.Quote(name);

    private static string Id(PlannedTable target, IReadOnlyList<string> columns) => columns.Count == 0
        ? $"{target.Prefix}:{{$ordinal}}"
        : target.Prefix + ":" + string.Join(':', columns.Select(Template.Place));

    private void Line(int depth, string text) => _text.Append(' ', 2 * depth).Append(text).Append('\n');

    private static string Quote(string text) => "\"" + JsonEncodedText.Encode(text, JavaScriptEncoder.UnsafeRelaxedJsonEscaping) + "\"";

    private static string OneLine(string text) => TextFunctions.Collapse(text);

    [GeneratedRegex(@"\(\s*(\d{1,5})\s*(?:,\s*(-?\d{1,5})\s*)?\)", RegexOptions.CultureInvariant)]
    private static partial Regex DecimalType();
}
