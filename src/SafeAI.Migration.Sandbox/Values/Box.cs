namespace SafeAI.Migration.Sandbox.Values;

/// <summary>Boxed scalars, shared where they are common.</summary>
internal static class Box
{
    private const long Low = -128;
    private const long High = 1023;
    private static readonly object[] s_integers = [.. Enumerable.Range(0, (int)(High - Low + 1)).Select(i => (object)(i + Low))];

    /// <summary>The value true.</summary>
    public static object True { get; } = true;

    /// <summary>The value false.</summary>
    public static object False { get; } = false;

    /// <summary>An integer value.</summary>
    public static object Of(long value) => value is >= Low and <= High ? s_integers[value - Low] : value;

    /// <summary>A boolean value.</summary>
    public static object Of(bool value) => value ? True : False;

    /// <summary>A boolean value or null.</summary>
    public static object? Of(bool? value) => value is { } known ? Of(known) : null;
}
