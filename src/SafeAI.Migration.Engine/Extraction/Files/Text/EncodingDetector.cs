using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace SafeAI.Migration.Engine.Extraction.Files.Text;

/// <summary>Tells the encoding of text from its first bytes.</summary>
internal static class EncodingDetector
{
    /// <summary>An encoding and how it was told.</summary>
    /// <param name="Encoding">The encoding.</param>
    /// <param name="PreambleLength">The length of the byte order mark.</param>
    /// <param name="How">How it was told, for people.</param>
    /// <param name="IsCertain">Whether the bytes leave no other choice.</param>
    public readonly record struct Found(Encoding Encoding, int PreambleLength, string How, bool IsCertain)
    {
        /// <summary>The text that begins with these bytes, without its byte order mark, in UTF-8.</summary>
        public ReadOnlySpan<byte> ToUtf8(ReadOnlySpan<byte> head)
        {
            var text = head[PreambleLength..];
            return Encoding is UTF8Encoding ? text : System.Text.Encoding.UTF8.GetBytes(Encoding.GetString(text));
        }

        /// <summary>For instance <c>utf-8 (byte order mark)</c>.</summary>
        public override string ToString() => $"{Encoding.WebName} ({How})";
    }

    public static Encoding Windows1252 { get; } = CodePagesEncodingProvider.Instance.GetEncoding(1252)!;

    private static UTF8Encoding Utf8 { get; } = new(encoderShouldEmitUTF8Identifier: false);

    /// <summary>Finds an encoding by its name.</summary>
    /// <exception cref="ArgumentException">There is none of this name.</exception>
    public static Encoding ByName(string name)
    {
        if (name.Equals("utf8", StringComparison.OrdinalIgnoreCase))
            return Utf8;
        try
        {
            return CodePagesEncodingProvider.Instance.GetEncoding(name) ?? Encoding.GetEncoding(name);
        }
        catch (ArgumentException e)
        {
            throw new ArgumentException($"'{name}' is not a known encoding. Use for instance utf-8, utf-16, windows-1252 or latin1.", e);
        }
    }

    /// <summary>Takes the given encoding, but skips a byte order mark that agrees with it.</summary>
    public static Found Declared(string name, ReadOnlySpan<byte> head)
    {
        var encoding = ByName(name);
        var mark = encoding is UTF8Encoding ? Encoding.UTF8.Preamble : encoding.Preamble;
        return new Found(encoding, mark.Length > 0 && head.StartsWith(mark) ? mark.Length : 0, "given", IsCertain: true);
    }

    /// <summary>Tells the encoding from the first bytes: a byte order mark, else zero bytes of UTF-16, else whether it is UTF-8.</summary>
    public static Found Detect(ReadOnlySpan<byte> head)
    {
        foreach (var encoding in (ReadOnlySpan<Encoding>)[Encoding.UTF8, Encoding.UTF32, Encoding.Unicode, Encoding.BigEndianUnicode])
            if (head.StartsWith(encoding.Preamble))
                return new Found(encoding, encoding.Preamble.Length, "byte order mark", IsCertain: true);

        if (DetectUtf16(head) is { } utf16)
            return new Found(utf16, 0, "told from its zero bytes", IsCertain: false);
        return head.IndexOfAnyInRange((byte)0x80, (byte)0xFF) < 0
            ? new Found(Utf8, 0, "assumed; only ASCII so far", IsCertain: false)
            : DetectEightBit(head);
    }

    /// <summary>Tells UTF-8 from the eight-bit encodings in bytes that are not all ASCII.</summary>
    public static Found DetectEightBit(ReadOnlySpan<byte> bytes)
    {
        var (good, bad) = CountSequences(bytes);
        if (good > 0 && bad == 0)
            return new Found(Utf8, 0, "told from the content", IsCertain: true);
        if (good > bad)
            return new Found(Utf8, 0, "told from the content, though some bytes are not valid", IsCertain: false);
        return bytes.IndexOfAny(s_unusedInWindows1252) < 0
            ? new Found(Windows1252, 0, "guessed; it is not valid UTF-8", IsCertain: false)
            : new Found(Encoding.Latin1, 0, "guessed; it is not valid UTF-8", IsCertain: false);
    }

    private static readonly SearchValues<byte> s_unusedInWindows1252 = SearchValues.Create([0x81, 0x8D, 0x8F, 0x90, 0x9D]);

    private static UnicodeEncoding? DetectUtf16(ReadOnlySpan<byte> head)
    {
        if (head.Length < 4 || !head.Contains((byte)0))
            return null;
        int even = 0, odd = 0;
        var pairs = Math.Min(head.Length, 4096) / 2;
        for (var i = 0; i < pairs; i++)
        {
            even += head[2 * i] == 0 ? 1 : 0;
            odd += head[(2 * i) + 1] == 0 ? 1 : 0;
        }

        // Delimiters and line ends alone make one byte of many a pair zero, whatever the script.
        if (odd * 10 >= pairs && even == 0)
            return new UnicodeEncoding(bigEndian: false, byteOrderMark: false);
        return even * 10 >= pairs && odd == 0 ? new UnicodeEncoding(bigEndian: true, byteOrderMark: false) : null;
    }

    private static (int Good, int Bad) CountSequences(ReadOnlySpan<byte> bytes)
    {
        int good = 0, bad = 0;
        while (true)
        {
            var next = bytes.IndexOfAnyInRange((byte)0x80, (byte)0xFF);
            if (next < 0)
                return (good, bad);
            bytes = bytes[next..];
            switch (Rune.DecodeFromUtf8(bytes, out _, out var consumed))
            {
                case OperationStatus.Done:
                    good++;
                    break;
                case OperationStatus.NeedMoreData:
                    // The sample ends within a character.
                    return (good, bad);
                default:
                    bad++;
                    break;
            }

            bytes = bytes[consumed..];
        }
    }
}
