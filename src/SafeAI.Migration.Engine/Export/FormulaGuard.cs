namespace SafeAI.Migration.Engine.Export;

/// <summary>
/// Keeps spreadsheets from taking texts for formulas: an apostrophe stands before what would be one, and before what already looks
/// guarded, so that each text can be told again from what stands in the file.
/// </summary>
internal static class FormulaGuard
{
    public static string Guard(string text) => IsFormula(text.AsSpan().TrimStart('\'')) ? "'" + text : text;

    public static string Unguard(string text) => text.StartsWith('\'') && IsFormula(text.AsSpan().TrimStart('\'')) ? text[1..] : text;

    private static bool IsFormula(ReadOnlySpan<char> text) => text.Length > 0 && text[0] is '=' or '+' or '-' or '@' or '\t' or '\r';
}
