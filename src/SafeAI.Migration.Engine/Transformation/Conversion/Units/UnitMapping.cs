using System.Collections.Frozen;

namespace SafeAI.Migration.Engine.Transformation;

/// <summary>The unit that numbers are stored in, and that of numbers which come without one.</summary>
public sealed record UnitMapping
{
    private const int ListedUnits = 8;

    private static readonly FrozenDictionary<string, string> s_symbols = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["m"] = "Length.Meter",
        ["g"] = "Mass.Gram",
        ["mg"] = "Mass.Milligram",
        ["t"] = "Mass.Tonne",
        ["h"] = "Duration.Hour",
        ["min"] = "Duration.Minute",
        ["A"] = "ElectricCurrent.Ampere",
        ["rad"] = "Angle.Radian",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenSet<string> s_common = new[]
    {
        "Angle", "Area", "Density", "Duration", "ElectricApparentPower", "ElectricCapacitance", "ElectricConductance", "ElectricCurrent",
        "ElectricResistance", "Energy", "Force", "Frequency", "Length", "Mass", "Power", "Pressure", "Ratio", "Speed", "Temperature", "Volume",
    }.ToFrozenSet(StringComparer.Ordinal);

    private UnitMapping(UnitCatalog catalog, UnitDefinition target, UnitDefinition? source)
    {
        Catalog = catalog;
        Target = target;
        Source = source;
    }

    /// <summary>The unit that numbers are stored in, with its quantity, such as Mass.Kilogram.</summary>
    public string Name => Target.FullName;

    /// <summary>The unit of numbers that come without one, with its quantity; null where they must have one.</summary>
    public string? SourceName => Source?.FullName;

    internal UnitCatalog Catalog { get; }

    internal UnitDefinition Target { get; }

    internal UnitDefinition? Source { get; }

    internal static UnitMapping? Read(string unit, string? from, string path, FaultList faults)
    {
        var catalog = UnitCatalog.All;
        var (unitPath, fromPath) = (MappingElement.Join(path, "unit"), MappingElement.Join(path, "fromUnit"));
        var targets = catalog.Find(unit);
        var sources = from is null ? [] : catalog.Find(from);
        if (targets.Count == 0)
            faults.Add(unitPath, Unknown(catalog, unit, null, out var suggestion), suggestion);
        if (from is not null && sources.Count == 0)
            faults.Add(fromPath, Unknown(catalog, from, Choose(unit, targets)?.Quantity, out var suggestion), suggestion);
        if (targets.Count == 0 || (from is not null && sources.Count == 0))
            return null;
        if (from is not null)
        {
            var both = targets.Select(t => t.Quantity).Intersect(sources.Select(s => s.Quantity)).ToHashSet(StringComparer.Ordinal);
            if (both.Count == 0)
            {
                var meant = Choose(unit, targets) ?? targets[0];
                var nearest = NameSuggestion.Find(from, catalog.UsualSymbols(meant.Quantity));
                faults.Add(fromPath, $"'{from}' is a unit of {Quantities(sources)}, and '{unit}' one of {meant.Quantity}. {Others(catalog, meant.Quantity)}{NameSuggestion.Hint(nearest, [])}", nearest);
                return null;
            }

            targets = [.. targets.Where(t => both.Contains(t.Quantity))];
        }

        if (Choose(unit, targets) is not { } target)
        {
            faults.Add(unitPath, Ambiguous(unit, targets), targets[0].FullName);
            return null;
        }

        if (from is null)
            return new UnitMapping(catalog, target, null);
        sources = [.. sources.Where(s => s.Quantity == target.Quantity)];
        if (Choose(from, sources) is { } source)
            return new UnitMapping(catalog, target, source);
        faults.Add(fromPath, Ambiguous(from, sources), sources[0].FullName);
        return null;
    }

    /// <summary>What the SI means by a symbol, or the unit of the quantity that is measured every day; null where several are left.</summary>
    private static UnitDefinition? Choose(string text, IReadOnlyList<UnitDefinition> units)
    {
        if (units.Count == 1)
            return units[0];
        if (s_symbols.TryGetValue(text.Trim(), out var name) && units.FirstOrDefault(u => u.FullName == name) is { } meant)
            return meant;
        var common = units.Where(u => s_common.Contains(u.Quantity)).ToArray();
        return common.Length == 1 ? common[0] : null;
    }

    /// <summary>A sentence that names the units of a quantity, the first of them.</summary>
    internal static string Others(UnitCatalog catalog, string quantity)
    {
        var names = catalog.UsualSymbols(quantity).Concat(catalog.Symbols(quantity)).Distinct().ToArray();
        return $"Units of {quantity}: {string.Join(", ", names.Take(ListedUnits))}{(names.Length > ListedUnits ? " and more" : "")}.";
    }

    internal static string Ambiguous(string text, IReadOnlyList<UnitDefinition> units) =>
        $"The unit '{text}' may be {List(units)}. Write which one is meant.";

    private static string Unknown(UnitCatalog catalog, string text, string? quantity, out string? suggestion)
    {
        var like = catalog.FindLike(text, u => quantity is null ? s_common.Contains(u.Quantity) : u.Quantity == quantity);
        if (like.Count == 0 && quantity is null)
            like = catalog.FindLike(text, _ => true);
        suggestion = string.IsNullOrWhiteSpace(text) ? null
            : like.Count > 0 ? like[0].FullName
            : NameSuggestion.Find(text, catalog.UsualSymbols(quantity)) ?? NameSuggestion.Find(text, catalog.Names(quantity, s_common))
                ?? NameSuggestion.Find(text, catalog.Names(quantity, null));
        return like.Count > 0 ? Ambiguous(text, like)
            : $"There is no unit '{text}'.{(suggestion is null ? " Write a symbol such as 'kg', or a name such as 'Kilogram'." : NameSuggestion.Hint(suggestion, []))}";
    }

    private static string Quantities(IReadOnlyList<UnitDefinition> units) => string.Join(" or ", units.Select(u => u.Quantity).Distinct());

    private static string List(IReadOnlyList<UnitDefinition> units) =>
        string.Join(", ", units.Take(ListedUnits).Select(u => u.FullName)) + (units.Count > ListedUnits ? " and others" : "");
}
