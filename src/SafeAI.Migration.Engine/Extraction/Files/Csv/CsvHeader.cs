using System.Globalization;

namespace SafeAI.Migration.Engine.Extraction.Files.Csv;

/// <summary>Makes the fields of a schema from the names in a header, which need be neither there nor distinct.</summary>
internal static class CsvHeader
{
    /// <param name="schemaName">What the records are called.</param>
    /// <param name="names">The names as they were read; an empty one gets the column's number.</param>
    /// <param name="notes">Receives what was changed.</param>
    public static RecordSchema ToSchema(string schemaName, IReadOnlyList<string> names, IList<string> notes)
    {
        var taken = new HashSet<string>(names, StringComparer.Ordinal);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var fields = new List<RecordField>(names.Count);
        for (var i = 0; i < names.Count; i++)
        {
            var name = names[i];
            string? note = null;
            if (string.IsNullOrWhiteSpace(name))
            {
                name = Free(string.Create(CultureInfo.InvariantCulture, $"Column{i + 1}"), taken);
                note = string.Create(CultureInfo.InvariantCulture, $"The header of column {i + 1} is empty; the field is named '{name}'.");
            }
            else if (!seen.Add(name))
            {
                var first = name;
                name = Free(first, taken);
                note = string.Create(CultureInfo.InvariantCulture, $"The header '{first}' occurs again in column {i + 1}; the field is named '{name}'.");
            }

            if (note is not null)
                notes.Add(note);
            fields.Add(new RecordField(name, typeof(string), note: note));
        }

        var schema = new RecordSchema(schemaName, fields);
        foreach (var field in schema.Fields.Where(f => f.PropertyName != f.Name))
            notes.Add($"The field '{field.Name}' is the property '{field.PropertyName}', because another has the same name to PowerShell.");
        return schema;
    }

    /// <summary>The names of so many columns without a header: Column1, Column2 and so on.</summary>
    public static string[] Numbered(int count) =>
        [.. Enumerable.Range(1, count).Select(i => string.Create(CultureInfo.InvariantCulture, $"Column{i}"))];

    private static string Free(string name, HashSet<string> taken)
    {
        if (taken.Add(name))
            return name;
        var suffix = 2;
        while (!taken.Add(string.Create(CultureInfo.InvariantCulture, $"{name}_{suffix}")))
            suffix++;
        return string.Create(CultureInfo.InvariantCulture, $"{name}_{suffix}");
    }
}
