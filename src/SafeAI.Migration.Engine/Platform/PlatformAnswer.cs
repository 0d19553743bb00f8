using System.Text;
using System.Text.Json;

namespace SafeAI.Migration.Engine.Platform;

/// <summary>The rows that a statement returned.</summary>
public sealed class PlatformAnswer : IDisposable
{
    private readonly JsonDocument _document;
    private readonly IReadOnlyList<string> _columns;
    private readonly byte[][] _names;

    internal PlatformAnswer(JsonDocument document, IReadOnlyList<string> columns, bool wasRepeated)
    {
        _document = document;
        _columns = columns;
        _names = [.. columns.Select(Encoding.UTF8.GetBytes)];
        WasRepeated = wasRepeated;
        if (document.RootElement.ValueKind != JsonValueKind.Object
            || !document.RootElement.TryGetProperty("results", out var results) || results.ValueKind != JsonValueKind.Array)
            throw new PlatformException(ErrorCode.UnexpectedAnswer, "The platform's answer has no list of results.", "Check that the endpoint is the platform's.");
        Rows = results;
    }

    /// <summary>Whether the request was sent more than once.</summary>
    public bool WasRepeated { get; }

    /// <summary>How many rows there are.</summary>
    public int Count => Rows.GetArrayLength();

    private JsonElement Rows { get; }

    /// <summary>The rows, each giving its value of a column by the column's place, until the next one is asked for.</summary>
    internal IEnumerable<Row> AsRows()
    {
        var cells = new JsonElement[_columns.Count];
        foreach (var row in Rows.EnumerateArray())
            yield return new Row(row, HasCells(row, cells) ? cells : null, _columns);
    }

    /// <summary>A row.</summary>
    /// <param name="place">Its place, from 0 to less than <see cref="Count"/>.</param>
    public Row RowAt(int place) => new(Rows[place], null, _columns);

    /// <inheritdoc/>
    public void Dispose() => _document.Dispose();

    // Nearly every row has its columns in their order: to look for each by its name takes longer than to read them.
    private bool HasCells(JsonElement row, JsonElement[] cells)
    {
        if (row.ValueKind != JsonValueKind.Object)
            return false;
        var count = 0;
        foreach (var cell in row.EnumerateObject())
        {
            if (count == cells.Length || !cell.NameEquals(_names[count]))
                return false;
            cells[count++] = cell.Value;
        }

        return count == cells.Length;
    }

    /// <summary>One row; the platform may send it as an object by column names or as an array in the columns' order.</summary>
    public readonly struct Row
    {
        private readonly JsonElement _element;
        private readonly JsonElement[]? _cells;
        private readonly IReadOnlyList<string> _columns;

        internal Row(JsonElement element, JsonElement[]? cells, IReadOnlyList<string> columns) => (_element, _cells, _columns) = (element, cells, columns);

        /// <summary>The value of a column.</summary>
        /// <exception cref="MigrationException"><see cref="ErrorCode.UnexpectedAnswer"/>: the row does not have it.</exception>
        public JsonElement this[int column]
        {
            get
            {
                if (_cells is not null)
                    return _cells[column];
                if (_element.ValueKind == JsonValueKind.Array && column < _element.GetArrayLength())
                    return _element[column];
                if (_element.ValueKind == JsonValueKind.Object && _element.TryGetProperty(_columns[column], out var value))
                    return value;
                throw new PlatformException(ErrorCode.UnexpectedAnswer, $"A row of the platform's answer has no column '{_columns[column]}'.");
            }
        }

        /// <summary>The text in a column.</summary>
        public string Text(int column) => this[column] is { ValueKind: JsonValueKind.String } value
            ? value.GetString()!
            : throw new PlatformException(ErrorCode.UnexpectedAnswer, $"The column '{_columns[column]}' of the platform's answer is not text.");
    }
}
