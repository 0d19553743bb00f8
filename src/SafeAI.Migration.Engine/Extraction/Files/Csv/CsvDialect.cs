namespace SafeAI.Migration.Engine.Extraction.Files.Csv;

/// <summary>The characters that frame rows and fields.</summary>
/// <param name="Delimiter">What stands between fields.</param>
/// <param name="Quote">The quote, or null.</param>
/// <param name="Escape">Without a quote, what makes the next character an ordinary one; or null.</param>
internal sealed record CsvDialect(byte Delimiter, byte? Quote, byte? Escape)
{
    private const int SampleRows = 50;

    private static ReadOnlySpan<byte> Candidates => ",;\t|"u8;

    /// <summary>Takes the options, and the delimiter from the text where none is given.</summary>
    /// <param name="options">The options.</param>
    /// <param name="extension">The file's ending, with its dot.</param>
    /// <param name="sample">The beginning of the text, in UTF-8.</param>
    /// <param name="beginsWithHint">Whether the first line is <c>sep=;</c>, which names the delimiter and is no row.</param>
    public static CsvDialect Of(CsvOptions options, string extension, ReadOnlySpan<byte> sample, out bool beginsWithHint)
    {
        beginsWithHint = sample.Length > 5 && sample.StartsWith("sep="u8) && sample[5] is (byte)'\r' or (byte)'\n';
        var bare = new CsvDialect((byte)(options.Delimiter ?? ','), (byte?)options.Quote, options.Quote is null ? (byte?)options.Escape : null);
        if (options.Delimiter is not null)
            return bare;
        if (beginsWithHint)
            return bare with { Delimiter = sample[4] };
        var preferred = extension switch
        {
            ".tsv" or ".tab" => (byte)'\t',
            ".psv" => (byte)'|',
            _ => (byte)',',
        };
        return bare with { Delimiter = TellDelimiter(bare, sample, preferred) };
    }

    // The right delimiter occurs, and equally often in nearly every row; of several such the most frequent.
    private static byte TellDelimiter(CsvDialect dialect, ReadOnlySpan<byte> sample, byte preferred)
    {
        var best = preferred;
        var bestScore = 0.0;
        foreach (var candidate in Candidates)
        {
            var counts = new List<int>(SampleRows);
            var rest = sample;
            while (!rest.IsEmpty && counts.Count < SampleRows)
            {
                var count = CountInRow(dialect, candidate, rest, out var length);
                // A row that the sample cuts off says nothing, unless it is the only one.
                if (length < rest.Length || counts.Count == 0)
                    counts.Add(count);
                rest = rest[length..];
            }

            if (counts.Count == 0 || counts[0] == 0)
                continue;
            var agreeing = counts.Count(c => c == counts[0]) / (double)counts.Count;
            var score = (agreeing * agreeing * 100) + Math.Min(counts[0], 99) + (candidate == preferred ? 0.5 : 0);
            if (score > bestScore)
                (best, bestScore) = (candidate, score);
        }

        return best;
    }

    private static int CountInRow(CsvDialect dialect, byte candidate, ReadOnlySpan<byte> text, out int length)
    {
        var count = 0;
        var inQuotes = false;
        for (length = 0; length < text.Length; length++)
        {
            var c = text[length];
            if (c == dialect.Quote)
            {
                inQuotes = !inQuotes;
            }
            else if (!inQuotes && c == candidate)
            {
                count++;
            }
            else if (!inQuotes && c == '\n')
            {
                length++;
                break;
            }
        }

        return count;
    }
}
