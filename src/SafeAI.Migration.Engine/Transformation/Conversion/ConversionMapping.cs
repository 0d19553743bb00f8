using System.Globalization;

namespace SafeAI.Migration.Engine.Transformation;

/// <summary>The types that a value can be converted to.</summary>
public enum ConversionType
{
    /// <summary>A text.</summary>
    String,

    /// <summary>A whole number of 64 bits.</summary>
    Integer,

    /// <summary>A floating-point number of 64 bits.</summary>
    Float,

    /// <summary>A decimal number; stored as a floating-point number, and refused where that would change it.</summary>
    Decimal,

    /// <summary>True or false.</summary>
    Boolean,

    /// <summary>A date.</summary>
    Date,

    /// <summary>A time of day.</summary>
    Time,

    /// <summary>A date and time with an offset: one moment, everywhere the same.</summary>
    DateTime,

    /// <summary>A date and time without a time zone.</summary>
    LocalDateTime,

    /// <summary>A span of time.</summary>
    Duration,

    /// <summary>A UUID, stored as lower-case text with hyphens.</summary>
    Uuid,

    /// <summary>JSON text.</summary>
    Json,
}

/// <summary>What happens where a conversion would lose something.</summary>
public enum LossPolicy
{
    /// <summary>The record is rejected.</summary>
    Error,

    /// <summary>The value is rounded or cut, and that is counted and logged. A number out of range is still rejected.</summary>
    Allow,
}

/// <summary>What happens to a local time that occurs twice because clocks are put back.</summary>
public enum AmbiguousTimePolicy
{
    /// <summary>The record is rejected.</summary>
    Error,

    /// <summary>The first of the two is meant.</summary>
    Earlier,

    /// <summary>The second of the two is meant.</summary>
    Later,
}

/// <summary>What happens to a local time that does not exist because clocks are put forward.</summary>
public enum InvalidTimePolicy
{
    /// <summary>The record is rejected.</summary>
    Error,

    /// <summary>It is moved forward by the length of the gap.</summary>
    Forward,

    /// <summary>It is moved back by the length of the gap.</summary>
    Backward,
}

/// <summary>How a value is converted.</summary>
public sealed record ConversionMapping
{
    /// <summary>The type it becomes.</summary>
    public ConversionType Type { get; init; }

    /// <summary>Whether it becomes a list of that type.</summary>
    public bool IsList { get; init; }

    /// <summary>The culture that numbers, dates and times are written in.</summary>
    public CultureInfo Culture { get; init; } = CultureInfo.InvariantCulture;

    /// <summary>The formats of dates and times, tried in order; empty for ISO 8601.</summary>
    public IReadOnlyList<string> Formats { get; init; } = [];

    /// <summary>The words for true, ignoring case; empty for true, yes, y, t, on and 1.</summary>
    public IReadOnlyList<string> TrueWords { get; init; } = [];

    /// <summary>The words for false, ignoring case; empty for false, no, n, f, off and 0.</summary>
    public IReadOnlyList<string> FalseWords { get; init; } = [];

    /// <summary>The zone of dates and times that have none of their own, or null.</summary>
    public TimeZoneInfo? TimeZone { get; init; }

    /// <summary>What happens to local times that occur twice.</summary>
    public AmbiguousTimePolicy Ambiguous { get; init; }

    /// <summary>What happens to local times that do not exist.</summary>
    public InvalidTimePolicy Invalid { get; init; }

    /// <summary>The unit that numbers are stored in, or null where they have none.</summary>
    public UnitMapping? Unit { get; init; }

    /// <summary>What happens where something would be lost.</summary>
    public LossPolicy Lossy { get; init; }

    internal static IReadOnlyList<string> TypeNames { get; } =
        [.. Enum.GetNames<ConversionType>().Select(n => n.ToLowerInvariant()), "list<…>"];

    internal static ConversionMapping? Read(ObjectReader reader, FaultList faults)
    {
        var before = faults.Count;
        var typeText = reader.TakeText("type");
        var cultureName = reader.TakeText("culture");
        var formats = reader.TakeTexts("formats") ?? [];
        var trueWords = reader.TakeTexts("true") ?? [];
        var falseWords = reader.TakeTexts("false") ?? [];
        var zoneName = reader.TakeText("timeZone");
        var ambiguous = reader.TakeName<AmbiguousTimePolicy>("ambiguous");
        var invalid = reader.TakeName<InvalidTimePolicy>("invalid");
        var unitName = reader.TakeText("unit");
        var fromUnitName = reader.TakeText("fromUnit");
        var lossy = reader.TakeName<LossPolicy>("lossy");
        var path = reader.Element.Path;
        if (typeText is null)
        {
            if (faults.Count == before && (cultureName ?? zoneName ?? unitName ?? fromUnitName) is not null | formats.Count > 0 | trueWords.Count > 0
                | falseWords.Count > 0 | ambiguous is not null | invalid is not null | lossy is not null)
                faults.Add(path, "A conversion's options are given without its 'type'.");
            return null;
        }

        var type = ReadType(typeText, MappingElement.Join(path, "type"), faults, out var isList);
        var culture = cultureName is null ? CultureInfo.InvariantCulture
            : FunctionCatalog.ReadCulture(cultureName, MappingElement.Join(path, "culture"), faults);
        var zone = ReadZone(zoneName, MappingElement.Join(path, "timeZone"), faults);
        if (type == ConversionType.Boolean)
            CheckWords(trueWords, falseWords, path, faults);
        else if (type is not null && trueWords.Count + falseWords.Count > 0)
            faults.Add(path, "'true' and 'false' belong to the type 'boolean'.");
        var isTemporal = type is ConversionType.Date or ConversionType.Time or ConversionType.DateTime or ConversionType.LocalDateTime;
        if (type is not null && !isTemporal && (zoneName is not null || formats.Count > 0 || ambiguous is not null || invalid is not null))
            faults.Add(path, "'formats', 'timeZone', 'ambiguous' and 'invalid' belong to dates and times.");
        var isNumber = type is ConversionType.Integer or ConversionType.Float or ConversionType.Decimal;
        if (type is not null && !isNumber && (unitName ?? fromUnitName) is not null)
            faults.Add(path, "'unit' and 'fromUnit' belong to the types 'integer', 'float' and 'decimal'.");
        else if (fromUnitName is not null && unitName is null)
            faults.Add(path, "'fromUnit' needs 'unit', in which the numbers are stored.");
        // The library of units is large, and loaded only where a mapping asks for units.
        var unit = unitName is null || (type is not null && !isNumber) ? null : UnitMapping.Read(unitName, fromUnitName, path, faults);
        return faults.Count > before ? null : new ConversionMapping
        {
            Type = type!.Value,
            IsList = isList,
            Culture = culture!,
            Formats = formats,
            TrueWords = trueWords,
            FalseWords = falseWords,
            TimeZone = zone,
            Ambiguous = ambiguous ?? AmbiguousTimePolicy.Error,
            Invalid = invalid ?? InvalidTimePolicy.Error,
            Unit = unit,
            Lossy = lossy ?? LossPolicy.Error,
        };
    }

    private static ConversionType? ReadType(string text, string path, FaultList faults, out bool isList)
    {
        var folded = ObjectReader.Fold(text.Trim());
        isList = false;
        if (folded.StartsWith("list<", StringComparison.Ordinal) && folded.EndsWith('>'))
            (isList, folded) = (true, folded[5..^1].Trim());
        else if (folded.EndsWith("[]", StringComparison.Ordinal))
            (isList, folded) = (true, folded[..^2]);
        if (Enum.TryParse<ConversionType>(folded, ignoreCase: true, out var type) && !char.IsAsciiDigit(folded[0]))
            return type;
        var names = Enum.GetNames<ConversionType>().Select(n => n.ToLowerInvariant());
        var suggestion = folded switch
        {
            "int" or "long" or "bigint" => "integer",
            "double" or "real" or "number" => "float",
            "numeric" or "money" => "decimal",
            "bool" => "boolean",
            "timestamp" or "timestamptz" => "datetime",
            "guid" => "uuid",
            "text" or "varchar" => "string",
            "interval" or "timespan" => "duration",
            _ => NameSuggestion.Find(folded, names),
        };
        faults.Add(path, $"There is no type '{text}'.{NameSuggestion.Hint(suggestion, TypeNames)}", suggestion);
        return null;
    }

    private static TimeZoneInfo? ReadZone(string? name, string path, FaultList faults)
    {
        if (name is null)
            return null;
        if (TimeZoneInfo.TryFindSystemTimeZoneById(name, out var zone))
            return zone;
        var suggestion = NameSuggestion.Find(name, TimeZoneInfo.GetSystemTimeZones().Select(z => z.Id));
        faults.Add(path, $"There is no time zone '{name}'. Give a name such as 'Europe/Berlin' or 'UTC'.{NameSuggestion.Hint(suggestion, [])}", suggestion);
        return null;
    }

    private static void CheckWords(IReadOnlyList<string> trueWords, IReadOnlyList<string> falseWords, string path, FaultList faults)
    {
        if (trueWords.Count == 0 != (falseWords.Count == 0))
            faults.Add(path, "Give the words for both 'true' and 'false', or for neither.");
        foreach (var word in trueWords.Intersect(falseWords, StringComparer.OrdinalIgnoreCase))
            faults.Add(path, $"The word '{word}' stands for both true and false.");
    }
}
