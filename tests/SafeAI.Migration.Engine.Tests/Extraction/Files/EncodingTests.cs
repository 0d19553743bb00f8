using System.Text;
using SafeAI.Migration.Engine.Extraction.Files;

namespace SafeAI.Migration.Engine.Tests.Extraction.Files;

public sealed class EncodingTests : FileSourceTest
{
    private const string Text = "id,name\n1,Zoë Müller €\n2,Ann\n";
    private static readonly Encoding s_windows1252 = CodePagesEncodingProvider.Instance.GetEncoding(1252)!;

    private Task<Result> ReadBytes(byte[] bytes, string? encoding = null) =>
        Read(new FileSourceOptions { Path = Write("people.csv", bytes), Encoding = encoding });

    public static TheoryData<string, byte[], string?, string> Encodings => new()
    {
        { "utf-8", new UTF8Encoding(false).GetBytes(Text), null, "utf-8 (told from the content)" },
        { "utf-8 with mark", [.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(Text)], null, "utf-8 (byte order mark)" },
        { "utf-16le with mark", [.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes(Text)], null, "utf-16 (byte order mark)" },
        { "utf-16be with mark", [.. Encoding.BigEndianUnicode.Preamble, .. Encoding.BigEndianUnicode.GetBytes(Text)], null, "utf-16BE (byte order mark)" },
        { "utf-32 with mark", [.. Encoding.UTF32.Preamble, .. Encoding.UTF32.GetBytes(Text)], null, "utf-32 (byte order mark)" },
        { "utf-32le given", Encoding.UTF32.GetBytes(Text), "utf-32", "utf-32 (given)" },
        { "latin9 given", CodePagesEncodingProvider.Instance.GetEncoding("iso-8859-15")!.GetBytes(Text), "iso-8859-15", "iso-8859-15 (given)" },
        { "utf-16le", Encoding.Unicode.GetBytes(Text), null, "utf-16 (told from its zero bytes)" },
        { "utf-16be", Encoding.BigEndianUnicode.GetBytes(Text), null, "utf-16BE (told from its zero bytes)" },
        { "windows-1252", s_windows1252.GetBytes(Text), null, "windows-1252 (guessed; it is not valid UTF-8)" },
        { "windows-1252 given", s_windows1252.GetBytes(Text), "windows-1252", "windows-1252 (given)" },
        { "utf-16le with mark given", [.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes(Text)], "utf-16", "utf-16 (given)" },
        { "utf-8 with mark given", [.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(Text)], "utf-8", "utf-8 (given)" },
    };

    [Theory]
    [MemberData(nameof(Encodings))]
    public async Task An_encoding_is_told_and_stated(string name, byte[] bytes, string? given, string stated)
    {
        Assert.NotEmpty(name);
        var result = await ReadBytes(bytes, given);
        Assert.Equal(["2: 1|Zoë Müller €", "3: 2|Ann"], result.Lines);
        Assert.Equal(["id", "name"], result.Schema.Fields.Select(f => f.Name));
        Assert.Equal(stated, result.Metadata.Encoding);
        Assert.Equal(bytes.Length, result.Metadata.Bytes);
    }

    [Fact]
    public async Task Latin1_can_be_given_and_a_guess_is_noted()
    {
        var bytes = Encoding.Latin1.GetBytes("id,name\n1,Zoë\n");
        var result = await ReadBytes(bytes, "latin1");
        Assert.Equal(["2: 1|Zoë"], result.Lines);
        Assert.Equal("iso-8859-1 (given)", result.Metadata.Encoding);
        Assert.Empty(result.Metadata.Notes);
        result = await ReadBytes(bytes);
        Assert.Equal(["The encoding windows-1252 is a guess; give the encoding if letters look wrong."], result.Metadata.Notes);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task The_encoding_of_a_long_ascii_beginning_is_told_at_its_end(int shift)
    {
        // The first byte that is not ASCII lies around the border of a buffer.
        var ascii = "id,name\n" + string.Concat(Enumerable.Range(0, 20_000).Select(i => $"{i:D6},plain{new string('x', 12)}\n"));
        ascii = ascii[..((128 * 1024) - shift - 3)] + "\n";
        ascii = ascii[..(ascii.LastIndexOf('\n', ascii.Length - 2) + 1)].PadRight((128 * 1024) - shift - 3, '9');
        var text = ascii + ",é\n1,Zoë\n";
        foreach (var (encoding, stated) in new[] { (new UTF8Encoding(false), "utf-8 (told from the content)"), (s_windows1252, "windows-1252 (guessed; it is not valid UTF-8)") })
        {
            var result = await ReadBytes(encoding.GetBytes(text));
            Assert.Equal("1|Zoë", Result.Values(result.Records[^1]));
            Assert.EndsWith("|é", Result.Values(result.Records[^2]));
            Assert.Equal(stated, result.Metadata.Encoding);
        }
    }

    [Fact]
    public async Task Bytes_that_are_not_valid_utf8_are_reported_not_replaced()
    {
        byte[] bytes = [.. "id,name\n1,Zoë\n2,Ren"u8, 0xE9, .. ",x\n3,caf"u8, 0xE9, .. "\n4,Øre \uFFFD\n"u8];
        var result = await ReadBytes(bytes);
        Assert.Equal(["2: 1|Zoë", "5: 4|Øre \uFFFD"], result.Lines);
        Assert.Equal("utf-8 (told from the content, though some bytes are not valid)", result.Metadata.Encoding);
        Assert.Equal(
            [
                "3: The row has 3 fields where 2 are expected. Put values that hold the delimiter in quotes, or choose how ragged rows are treated.",
                "4: The byte 0xE9 in field 'name' is not valid in utf-8. Give the file's encoding, for instance windows-1252.",
            ],
            result.Reasons);
        Assert.Equal(["2,Ren\\xE9,x", "3,caf\\xE9"], result.Rejects.Select(r => r.RawText));
        Assert.Equal("caf\\xE9", result.Rejects[1].Value);
    }

    [Fact]
    public async Task Halves_of_utf16_pairs_are_reported()
    {
        byte[] bytes = [.. Encoding.Unicode.Preamble, .. Encoding.Unicode.GetBytes("id,name\n1,a"), 0x00, 0xD8, .. Encoding.Unicode.GetBytes("b\n2,\U0001F600\n")];
        var result = await ReadBytes(bytes);
        Assert.Equal(["3: 2|\U0001F600"], result.Lines);
        Assert.Equal(["2: The byte 0x00 in field 'name' is not valid in utf-16. Give the file's encoding, for instance windows-1252."], result.Reasons);
        Assert.Equal("1,a\\x00\\xD8b", result.Rejects[0].RawText);
    }

    [Fact]
    public void An_unknown_encoding_is_refused()
    {
        var error = Assert.Throws<ArgumentException>(() => FileSources.Open(new FileSourceOptions { Path = Write("a.csv", "a"), Encoding = "utf-9" }));
        Assert.Equal("'utf-9' is not a known encoding. Use for instance utf-8, utf-16, windows-1252 or latin1.", error.Message);
    }
}
