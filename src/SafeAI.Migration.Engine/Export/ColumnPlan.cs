namespace SafeAI.Migration.Engine.Export;

/// <summary>A column of what is written.</summary>
/// <param name="Name">The field's name.</param>
/// <param name="Type">The type of its values; <see cref="object"/> where there are several.</param>
/// <param name="IsNullable">Whether the source allows null.</param>
/// <param name="SourceType">The source's own name of the type, or null.</param>
internal sealed record ExportColumn(string Name, Type Type, bool IsNullable = true, string? SourceType = null);

/// <summary>
/// The columns of what is written: those of the first records. Where a schema does not say a field's type, the values of
/// those records do.
/// </summary>
internal sealed class ColumnPlan
{
    /// <summary>How many records are looked at where their schema does not say all types.</summary>
    public const int SampleSize = 1000;

    private readonly Dictionary<RecordSchema, int[]> _places = new(ReferenceEqualityComparer.Instance);
    private RecordSchema? _lastSchema;
    private int[] _lastPlaces = [];
    private bool _fillsAll;

    private ColumnPlan(string name, IReadOnlyList<ExportColumn> columns, IReadOnlyList<string> key) => (Name, Columns, Key) = (name, columns, key);

    /// <summary>What the records are called.</summary>
    public string Name { get; }

    public IReadOnlyList<ExportColumn> Columns { get; private set; }

    /// <summary>The columns of the records' key; may be empty.</summary>
    public IReadOnlyList<string> Key { get; }

    /// <summary>Whether records that have other fields add columns.</summary>
    public bool IsOpen { get; init; }

    /// <summary>Whether the types of the values count, though the format itself has none.</summary>
    public bool ChecksTypes { get; set; }

    /// <summary>Whether the schema alone says what the columns are.</summary>
    public static bool IsClear(RecordSchema schema) => schema.Fields.All(f => f.Type != typeof(object));

    /// <param name="sample">The first records.</param>
    /// <param name="isOpen">Whether records that have other fields add columns.</param>
    /// <param name="keepsZones">Whether a <see cref="DateTime"/> in a zone is written as such; otherwise it becomes a moment where nothing says the type.</param>
    public static ColumnPlan Of(IReadOnlyList<Record> sample, bool isOpen, bool keepsZones)
    {
        var columns = new List<ExportColumn>();
        foreach (var schema in sample.Select(r => r.GetSchema()).Distinct())
        {
            foreach (var field in schema.Fields)
            {
                var known = columns.FindIndex(c => c.Name == field.Name);
                if (known < 0)
                    columns.Add(Column(field));
                else if (columns[known].Type != field.Type)
                    columns[known] = columns[known] with { Type = typeof(object) };
            }
        }

        for (var i = 0; i < columns.Count; i++)
        {
            if (columns[i].Type == typeof(object))
                columns[i] = columns[i] with { Type = Learn(sample, columns[i].Name, keepsZones) };
        }

        var first = sample.Count > 0 ? sample[0].GetSchema() : null;
        return new ColumnPlan(first?.Name ?? "records", columns, first is null ? [] : [.. first.Key.Select(k => k.Name)]) { IsOpen = isOpen };
    }

    /// <summary>Puts the values of a record into the order of the columns, each of its column's type.</summary>
    /// <exception cref="MigrationException">A value is not of the type of its column, or there is no column for it.</exception>
    public void Fill(Record record, object?[] row)
    {
        var schema = record.GetSchema();
        if (!ReferenceEquals(schema, _lastSchema))
            Bind(schema);
        if (!_fillsAll)
            Array.Clear(row);
        for (var i = 0; i < _lastPlaces.Length; i++)
        {
            var value = record.GetValue(i);
            var place = _lastPlaces[i];
            if (place < 0)
            {
                if (value is not null)
                    throw Fault(ErrorCode.UnknownField, schema.Fields[i].Name, $"There is no column for the field '{schema.Fields[i].Name}', which the first records do not have.", "Select the same fields of every record, or export as NDJSON.");
                continue;
            }

            row[place] = value;
            if (value is null || value.GetType() == Columns[place].Type || Columns[place].Type == typeof(object))
                continue;
            if (value is DateTime { Kind: DateTimeKind.Unspecified } && Columns[place].Type == typeof(DateTimeOffset))
                throw Fault(ErrorCode.ConversionFailed, Columns[place].Name, "The value is a time without a zone, and the first records say moments.", "Convert the field to one type.");
            try
            {
                row[place] = ValueText.To(value, Columns[place].Type);
            }
            catch (FormatException e)
            {
                throw Fault(ErrorCode.ConversionFailed, Columns[place].Name, e.Message + " The first records say that type.", "Convert the field to one type.", e);
            }
        }
    }

    public static MigrationException Fault(string code, string field, string what, string? remedy, Exception? inner = null) =>
        new(code, what, remedy, inner) { Stage = MigrationStage.Load, Field = field };

    private static ExportColumn Column(RecordField field) => new(field.Name, field.Type, field.IsNullable, field.SourceType);

    private static Type Learn(IReadOnlyList<Record> sample, string name, bool keepsZones)
    {
        Type? type = null;
        foreach (var record in sample)
        {
            var index = record.GetSchema().IndexOf(name);
            if (index < 0 || record.GetSchema().Fields[index].Name != name || record.GetValue(index) is not { } value)
                continue;
            var found = value is DateTime { Kind: not DateTimeKind.Unspecified } && !keepsZones ? typeof(DateTimeOffset) : value.GetType();
            if (type is not null && type != found)
                return typeof(object);
            type = found;
        }

        return type is null ? typeof(string) : ValueText.NameOf(type) is null ? typeof(object) : type;
    }

    private void Bind(RecordSchema schema)
    {
        if (!_places.TryGetValue(schema, out var places))
        {
            places = new int[schema.Fields.Count];
            foreach (var field in schema.Fields)
            {
                var place = Columns.TakeWhile(c => c.Name != field.Name).Count();
                if (place == Columns.Count && IsOpen)
                    Columns = [.. Columns, Column(field)];
                places[field.Ordinal] = place < Columns.Count ? place : -1;
            }

            _places.Add(schema, places);
        }

        (_lastSchema, _lastPlaces) = (schema, places);

        // A record of another schema may leave columns empty.
        _fillsAll = places.Length == Columns.Count && !places.Contains(-1);
    }
}
