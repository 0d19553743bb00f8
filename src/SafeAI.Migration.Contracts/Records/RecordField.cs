namespace SafeAI.Migration;

/// <summary>One field of a <see cref="RecordSchema"/>: its name at the source, the property it became, and its type.</summary>
public sealed class RecordField
{
    /// <summary>Creates a field.</summary>
    /// <param name="name">The name at the source, exactly as the source spells it.</param>
    /// <param name="type">The .NET type of its values; <see cref="object"/> where values of several types occur.</param>
    /// <param name="sourceType">The source's own name of the type, for instance <c>numeric(12,2)</c>; null where it has none.</param>
    /// <param name="isNullable">Whether the source allows null.</param>
    /// <param name="note">What a reader of the schema should know of this field, for instance that it holds a text form.</param>
    public RecordField(string name, Type type, string? sourceType = null, bool isNullable = true, string? note = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(type);
        Name = name;
        Type = Nullable.GetUnderlyingType(type) ?? type;
        SourceType = sourceType;
        IsNullable = isNullable;
        Note = note;
        PropertyName = name;
    }

    private RecordField(RecordField other, int ordinal, string propertyName, string? note)
    {
        Name = other.Name;
        Type = other.Type;
        SourceType = other.SourceType;
        IsNullable = other.IsNullable;
        Note = note ?? other.Note;
        Ordinal = ordinal;
        PropertyName = propertyName;
    }

    /// <summary>The name at the source.</summary>
    public string Name { get; }

    /// <summary>The name of the record's property; differs from <see cref="Name"/> only where two names would be the same to PowerShell, or where a property cannot have it.</summary>
    public string PropertyName { get; }

    /// <summary>The type of the values, never a <see cref="Nullable{T}"/>.</summary>
    public Type Type { get; }

    /// <summary>The source's own name of the type, or null.</summary>
    public string? SourceType { get; }

    /// <summary>Whether the source allows null.</summary>
    public bool IsNullable { get; }

    /// <summary>The place in the record, from 0.</summary>
    public int Ordinal { get; }

    /// <summary>What a reader of the schema should know of this field, or null.</summary>
    public string? Note { get; }

    internal RecordField Place(int ordinal, string propertyName, string? note) => new(this, ordinal, propertyName, note);

    /// <inheritdoc/>
    public override string ToString() => $"{Name} ({SourceType ?? Type.Name})";
}
