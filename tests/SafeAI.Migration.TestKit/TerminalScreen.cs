using System.Globalization;
using System.Text;

namespace SafeAI.Migration.TestKit;

/// <summary>Makes of all that was written to a terminal what its user sees in the end, what was scrolled away included.</summary>
public static class TerminalScreen
{
    /// <summary>The lines, without white space at their ends.</summary>
    /// <param name="written">Texts and control sequences: those that move the cursor and erase are obeyed, all others skipped.</param>
    /// <param name="columns">The terminal's width.</param>
    public static IReadOnlyList<string> LinesOf(string written, int columns = 120)
    {
        ArgumentNullException.ThrowIfNull(written);
        var lines = new List<StringBuilder> { new() };
        var (row, column) = (0, 0);
        for (var i = 0; i < written.Length; i++)
        {
            switch (written[i])
            {
                case '\r':
                    column = 0;
                    break;
                case '\n':
                    Down(1);
                    break;
                case '\u001b' when i + 1 < written.Length && written[i + 1] == '[':
                    var end = i + 2;
                    while (end < written.Length && written[end] is < '@' or > '~')
                        end++;
                    if (end < written.Length)
                        Obey(written[end], int.TryParse(written.AsSpan(i + 2, end - i - 2), CultureInfo.InvariantCulture, out var number) ? number : null);
                    i = end;
                    break;
                case >= ' ':
                    if (column == columns)
                        (column, _) = (0, Down(1));
                    Line(column + 1)[column++] = written[i];
                    break;
            }
        }

        return [.. lines.Select(l => l.ToString().TrimEnd())];

        void Obey(char command, int? number)
        {
            switch (command)
            {
                case 'A': row = Math.Max(0, row - (number ?? 1)); break;
                case 'B': Down(number ?? 1); break;
                case 'C': column = Math.Min(columns - 1, column + (number ?? 1)); break;
                case 'D': column = Math.Max(0, column - (number ?? 1)); break;
                case 'G': column = (number ?? 1) - 1; break;
                case 'K' when number is null or 0: lines[row].Length = Math.Min(lines[row].Length, column); break;
                case 'K' when number == 2: lines[row].Clear(); break;
                case 'J' when number is null or 0:
                    lines[row].Length = Math.Min(lines[row].Length, column);
                    lines.RemoveRange(row + 1, lines.Count - row - 1);
                    break;
            }
        }

        bool Down(int count)
        {
            row += count;
            while (lines.Count <= row)
                lines.Add(new StringBuilder());
            return true;
        }

        StringBuilder Line(int length)
        {
            var line = lines[row];
            if (line.Length < length)
                line.Append(' ', length - line.Length);
            return line;
        }
    }
}
