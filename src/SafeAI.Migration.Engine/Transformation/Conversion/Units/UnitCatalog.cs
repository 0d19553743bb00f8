using System.Globalization;
using System.Text;
using UnitsNet;

namespace SafeAI.Migration.Engine.Transformation;

/// <summary>One unit of a quantity.</summary>
/// <param name="Quantity">The quantity, such as Mass.</param>
/// <param name="Name">The unit's name, such as Kilogram.</param>
/// <param name="Symbols">How it is written, the usual way first; maybe none.</param>
internal sealed record UnitDefinition(string Quantity, string Name, IReadOnlyList<string> Symbols)
{
    private readonly Lazy<UnitScale?> _scale = null!;

    public UnitDefinition(QuantityInfo quantity, UnitInfo unit, IReadOnlyList<string> symbols)
        : this(quantity.Name, unit.Name, symbols)
    {
        var inBase = quantity.BaseUnitInfo.Value;
        Handle = unit.Value;
        _scale = new(() => UnitScale.Find(FullName, n => UnitsNet.Quantity.From(n, unit.Value).As(inBase), n => UnitsNet.Quantity.From(n, inBase).As(unit.Value)));
    }

    /// <summary>The name that no other unit has.</summary>
    public string FullName => $"{Quantity}.{Name}";

    /// <summary>How it is written in messages.</summary>
    public string Symbol => Symbols.Count > 0 ? Symbols[0] : Name;

    /// <summary>How its numbers become those of the base unit; null where that is not known exactly.</summary>
    public UnitScale? Scale => _scale.Value;

    private Enum Handle { get; } = null!;

    /// <summary>The number in another unit of the same quantity, as near as floating-point numbers come.</summary>
    /// <exception cref="ArgumentException">There is no such number.</exception>
    public double Convert(double number, UnitDefinition other) => UnitsNet.Quantity.From(number, Handle).As(other.Handle);
}

/// <summary>The units there are, by their names and by their symbols, which are the English ones in every culture.</summary>
internal sealed class UnitCatalog
{
    private static readonly Lazy<UnitCatalog> s_all = new(() => new UnitCatalog());

    private static readonly string[] s_usual =
    [
        "m", "km", "cm", "mm", "mi", "ft", "in", "yd", "kg", "g", "mg", "t", "lb", "oz", "s", "min", "h", "d", "l", "ml", "m³", "ft³",
        "m²", "km²", "ha", "ft²", "ac", "m/s", "km/h", "mph", "kn", "°C", "°F", "K", "J", "kJ", "kWh", "kcal", "W", "kW", "MW", "Pa", "kPa",
        "bar", "psi", "N", "kN", "lbf", "Hz", "kHz", "MHz", "GHz", "B", "kB", "MB", "GB", "KiB", "MiB", "GiB", "%", "‰", "°", "rad",
        "A", "mA", "V", "mV", "kV", "Ω", "kΩ", "kg/m³", "g/cm³",
    ];

    private readonly List<UnitDefinition> _units = [];
    private readonly Dictionary<string, List<UnitDefinition>> _exact = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<UnitDefinition>> _folded = new(StringComparer.OrdinalIgnoreCase);

    private UnitCatalog()
    {
        var english = CultureInfo.GetCultureInfo("en-US");
        foreach (var quantity in Quantity.Infos)
        {
            foreach (var unit in quantity.UnitInfos)
            {
                var (type, number) = (unit.Value.GetType(), System.Convert.ToInt32(unit.Value, CultureInfo.InvariantCulture));
                var symbols = UnitAbbreviationsCache.Default.GetUnitAbbreviations(type, number, english).Where(s => s.Length > 0).ToArray();
                var definition = new UnitDefinition(quantity, unit, symbols);
                _units.Add(definition);
                foreach (var symbol in symbols)
                {
                    Add(_exact, symbol, definition);
                    Add(_folded, symbol, definition);
                }

                foreach (var name in new[] { unit.Name, unit.PluralName, definition.FullName })
                    Add(_folded, name, definition);
            }
        }

        void Add(Dictionary<string, List<UnitDefinition>> units, string text, UnitDefinition unit)
        {
            text = Plain(text);
            if (!units.TryGetValue(text, out var list))
                units[text] = list = [];
            if (!list.Contains(unit))
                list.Add(unit);
        }
    }

    /// <summary>All of them. The library is loaded by the first use.</summary>
    public static UnitCatalog All => s_all.Value;

    /// <summary>
    /// The units that a text may mean: those written exactly so, or else those that are written or named so where case is ignored.
    /// </summary>
    public IReadOnlyList<UnitDefinition> Find(string text, string? quantity = null)
    {
        text = Plain(text);
        var exact = Of(_exact);
        return exact.Count > 0 ? exact : Of(_folded);

        IReadOnlyList<UnitDefinition> Of(Dictionary<string, List<UnitDefinition>> units) => !units.TryGetValue(text, out var list) ? []
            : quantity is null ? list : list.FindAll(u => u.Quantity == quantity);
    }

    /// <summary>The units whose name or symbol begins or ends with a word that is none itself, such as gallon; shorter names first.</summary>
    public IReadOnlyList<UnitDefinition> FindLike(string text, Func<UnitDefinition, bool> filter)
    {
        text = text.Trim();
        return text.Length < 2 ? [] : [.. _units
            .Where(u => filter(u) && (u.Symbols.Any(s => s.StartsWith(text + " ", StringComparison.OrdinalIgnoreCase)) || (text.Length > 3 && HasWord(u.Name))))
            .OrderBy(u => u.Name.Length)];

        // The words of a name begin with capitals.
        bool HasWord(string name) => !name.Contains("Per", StringComparison.Ordinal)
            && ((name.StartsWith(text, StringComparison.OrdinalIgnoreCase) && name.Length > text.Length && char.IsUpper(name[text.Length]))
                || (name.EndsWith(text, StringComparison.OrdinalIgnoreCase) && char.IsUpper(name[^text.Length])));
    }

    /// <summary>Everything that units are called, for suggestions.</summary>
    public IEnumerable<string> Names(string? quantity, IReadOnlySet<string>? quantities) => _units
        .Where(u => quantity is null ? quantities?.Contains(u.Quantity) ?? true : u.Quantity == quantity)
        .SelectMany(u => u.Symbols.Append(u.Name));

    /// <summary>How the units of a quantity are written.</summary>
    public IEnumerable<string> Symbols(string quantity) => _units.Where(u => u.Quantity == quantity).Select(u => u.Symbol).OrderBy(s => s.Length);

    /// <summary>How the units of a quantity, or of all, are written that are met every day.</summary>
    public IEnumerable<string> UsualSymbols(string? quantity) =>
        s_usual.Where(s => quantity is null || (_exact.TryGetValue(Plain(s), out var units) && units.Exists(u => u.Quantity == quantity)));

    // m², m2 and m^2 are written for one thing, and so are the two Greek letters and the two signs of multiplication.
    private static string Plain(string text)
    {
        var plain = new StringBuilder(text.Length);
        foreach (var letter in text)
        {
            switch (letter)
            {
                case '^' or ' ' or '\u00a0' or '\u202f':
                    break;
                case '\u03bc':
                    plain.Append('\u00b5');
                    break;
                case '*' or '\u22c5' or '\u2219':
                    plain.Append('\u00b7');
                    break;
                case '\u00b9' or '\u00b2' or '\u00b3' or (>= '\u2070' and <= '\u2089'):
                    plain.Append(letter.ToString().Normalize(NormalizationForm.FormKC));
                    break;
                case '\u207b' or '\u2212':
                    plain.Append('-');
                    break;
                default:
                    plain.Append(letter);
                    break;
            }
        }

        return plain.ToString();
    }
}
