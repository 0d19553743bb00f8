namespace SafeAI.Migration.Engine.Extraction.Files;

/// <summary>What becomes of a row that has more or fewer fields than the header.</summary>
public enum RaggedRowPolicy
{
    /// <summary>The row is rejected and the rest goes on.</summary>
    Reject,

    /// <summary>Missing fields are null. A row with too many fields is rejected all the same.</summary>
    Pad,

    /// <summary>The read ends with an error.</summary>
    Error,
}

/// <summary>What an empty field means.</summary>
public enum EmptyFieldPolicy
{
    /// <summary>An empty field is null, an empty pair of quotes is an empty text, as PostgreSQL writes them.</summary>
    QuotedIsText,

    /// <summary>Both are an empty text.</summary>
    Text,

    /// <summary>Both are null.</summary>
    Null,
}

/// <summary>The dialect of a CSV file and how strictly it is read. All values are read as text.</summary>
public sealed record CsvOptions
{
    /// <summary>What stands between two fields, an ASCII character; null tells it from the first rows: comma, semicolon, tab or bar.</summary>
    public char? Delimiter { get; init; }

    /// <summary>The quote around fields, an ASCII character; null where quotes are ordinary characters.</summary>
    public char? Quote { get; init; } = '"';

    /// <summary>
    /// An ASCII character, for instance a backslash, that stands before a quote inside a quoted field; null where the
    /// quote is doubled. Where <see cref="Quote"/> is null, it stands before a delimiter or line break that belongs to the text.
    /// </summary>
    public char? Escape { get; init; }

    /// <summary>Whether the first row holds the names of the fields. Without it they are Column1, Column2 and so on, or <see cref="Columns"/>.</summary>
    public bool HasHeader { get; init; } = true;

    /// <summary>The names of the fields in order where there is no header, or in place of it; null where the file says them.</summary>
    public IReadOnlyList<string>? Columns { get; init; }

    /// <summary>The character that makes a line a comment where it is the first; null where there are no comments.</summary>
    public char? Comment { get; init; }

    /// <summary>What becomes of a row with more or fewer fields than the header.</summary>
    public RaggedRowPolicy RaggedRows { get; init; }

    /// <summary>What an empty field means.</summary>
    public EmptyFieldPolicy EmptyFields { get; init; }

    /// <summary>A text that means null where it is not in quotes, for instance <c>\N</c>; null where there is none.</summary>
    public string? NullText { get; init; }

    /// <summary>The longest field, in bytes of UTF-8, from 1 to 268,435,456. A row with a longer one is rejected.</summary>
    public int MaxFieldSize { get; init; } = 16 * 1024 * 1024;

    internal void Validate()
    {
        var special = new[] { Delimiter, Quote, Escape == Quote ? null : Escape, Comment }.OfType<char>().ToArray();
        foreach (var c in special)
            if (!char.IsAscii(c) || c is '\r' or '\n' or '\0')
                throw new ArgumentException($"'{c}' cannot frame fields. Use an ASCII character other than a line break.");
        if (special.Distinct().Count() < special.Length)
            throw new ArgumentException("The delimiter, the quote, the escape and the comment must differ.");
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxFieldSize, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(MaxFieldSize, 1 << 28);
    }
}
