using System.Globalization;
using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using SafeAI.Migration.Engine.Extraction.Files;

namespace SafeAI.Migration.Engine.Tests.Extraction.Files;

public sealed class CompressionTests : FileSourceTest
{
    private static readonly byte[] s_csv = Encoding.UTF8.GetBytes("id,name\n" + string.Concat(Enumerable.Range(1, 20_000).Select(i => $"{i},name {i * 7919 % 10007}\n")));

    private static string Compressed(string name, [CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "Compressed", name);

    private static byte[] Gzip(params byte[][] members)
    {
        using var output = new MemoryStream();
        foreach (var member in members)
            using (var gzip = new GZipStream(output, CompressionLevel.SmallestSize, leaveOpen: true))
                gzip.Write(member);
        return output.ToArray();
    }

    private static byte[] Brotli(byte[] content)
    {
        using var output = new MemoryStream();
        using (var brotli = new BrotliStream(output, CompressionLevel.Fastest, leaveOpen: true))
            brotli.Write(content);
        return output.ToArray();
    }

    private static byte[] Zstandard(byte[] content)
    {
        using var output = new MemoryStream();
        using (var zstandard = new ZstdSharp.CompressionStream(output, leaveOpen: true))
        {
            zstandard.SetParameter(ZstdSharp.Unsafe.ZSTD_cParameter.ZSTD_c_checksumFlag, 1);
            zstandard.Write(content);
        }

        return output.ToArray();
    }

    private static byte[] Zip(params (string Name, byte[] Content)[] files)
    {
        using var output = new MemoryStream();
        using (var archive = new ZipArchive(output, ZipArchiveMode.Create, leaveOpen: true))
            foreach (var (name, content) in files)
                using (var entry = archive.CreateEntry(name).Open())
                    entry.Write(content);
        return output.ToArray();
    }

    private static async Task<MigrationException> Fails(FileSourceOptions options)
    {
        try
        {
            var result = await Read(options);
            return Assert.IsType<MigrationException>(result.Failure);
        }
        catch (MigrationException e)
        {
            return e;
        }
    }

    [Theory]
    [InlineData("gzip", "customers.csv.gz")]
    [InlineData("gzip", "customers.csv")]
    [InlineData("brotli", "customers.csv.br")]
    [InlineData("zip", "export.zip")]
    [InlineData("zstandard", "customers.csv.zst")]
    [InlineData("zstandard", "customers.csv")]
    public async Task A_compressed_file_reads_like_the_plain_one(string kind, string name)
    {
        var bytes = kind switch
        {
            "gzip" => Gzip(s_csv),
            "zstandard" => Zstandard(s_csv),
            "zip" => Zip(("folder/", []), ("folder/customers.csv", s_csv)),
            _ => Brotli(s_csv),
        };
        var result = await Read(new FileSourceOptions { Path = Write(name, bytes) });
        Assert.Null(result.Failure);
        Assert.Equal(20_000, result.Records.Count);
        Assert.Equal("20001: 20000|name 9218", result.Lines[^1]);
        Assert.Equal("customers", result.Schema.Name);
        Assert.Equal((kind, "csv"), (result.Metadata.Compression, result.Metadata.Format));
        Assert.Equal(bytes.Length, result.Metadata.Bytes);
        Assert.Equal("sha256:" + Convert.ToHexString(SHA256.HashData(bytes)).ToLowerInvariant(), result.Metadata.Fingerprint);
    }

    /// <summary>Made by gzip 1.12, Zip 3.0, brotli 1.0.9 and zstd 1.5.4 of the same file; the last of two frames with a frame to be skipped between.</summary>
    [Theory]
    [InlineData("cities.csv.gz", "gzip")]
    [InlineData("cities.zip", "zip")]
    [InlineData("cities.csv.br", "brotli")]
    [InlineData("cities.csv.zst", "zstandard")]
    public async Task Files_made_by_the_usual_programs_are_read(string name, string kind)
    {
        var result = await Read(new FileSourceOptions { Path = Compressed(name) });
        Assert.Null(result.Failure);
        Assert.Equal(400, result.Records.Count);
        Assert.Equal(("2: 1|Łódź 1", "401: 400|Łódź 400"), (result.Lines[0], result.Lines[^1]));
        Assert.Equal(kind, result.Metadata.Compression);
    }

    [Fact]
    public async Task The_parts_of_a_joined_gzip_file_are_all_read()
    {
        var result = await Read(new FileSourceOptions { Path = Write("a.csv.gz", Gzip("a\n1\n"u8.ToArray(), "2\n3\n"u8.ToArray())) });
        Assert.Equal(["2: 1", "3: 2", "4: 3"], result.Lines);
    }

    [Fact]
    public async Task A_plain_file_has_a_fingerprint_of_all_its_bytes_even_behind_the_records()
    {
        var path = Write("a.json", "[{\"a\":1}]   \n\n ");
        var result = await Read(new FileSourceOptions { Path = path });
        Assert.Equal("sha256:" + Convert.ToHexString(SHA256.HashData(await File.ReadAllBytesAsync(path))).ToLowerInvariant(), result.Metadata.Fingerprint);
        Assert.Null(result.Metadata.Compression);
    }

    [Theory]
    [InlineData("a.csv.gz", 0.1, true, "gzip data is cut off, or followed by something else")]
    [InlineData("a.csv.gz", 0.5, false, "gzip data is cut off, or followed by something else")]
    [InlineData("a.csv.gz", 0.999, false, "gzip data is cut off, or followed by something else")]
    [InlineData("a.csv.zst", 0.1, true, "Zstandard data is cut off")]
    [InlineData("a.csv.zst", 0.999, false, "Zstandard data is cut off")]
    [InlineData("a.csv.br", 0.1, true, "Brotli data is cut off")]
    [InlineData("a.csv.br", 0.5, false, "Brotli data is cut off")]
    [InlineData("a.csv.br", 0.999, false, "Brotli data is cut off")]
    public async Task A_file_that_is_cut_off_is_an_error_not_an_end(string name, double part, bool isAtOnce, string why)
    {
        var whole = name.EndsWith("gz", StringComparison.Ordinal) ? Gzip(s_csv) : name.EndsWith("zst", StringComparison.Ordinal) ? Zstandard(s_csv) : Brotli(s_csv);
        await AssertBroken(Write(name, whole[..(int)(whole.Length * part)]), isAtOnce, why, isGenuine: true);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task What_follows_a_whole_gzip_file_is_not_ignored(int more)
    {
        byte[] bytes = [.. Gzip("a\n1\n"u8.ToArray()), .. new byte[more], .. "more"u8];
        await AssertBroken(Write("a.csv.gz", bytes), isAtOnce: true, "gzip data is cut off, or followed by something else");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(8)]
    public async Task A_gzip_file_without_all_of_its_checksum_is_an_error(int missing) =>
        await AssertBroken(Write("a.csv.gz", Gzip(s_csv)[..^missing]), isAtOnce: false, "gzip data is damaged or cut off", isGenuine: true);

    [Fact]
    public async Task A_damaged_file_is_an_error()
    {
        var gzip = Gzip(s_csv);
        gzip[gzip.Length / 2] ^= 0x55;
        await AssertBroken(Write("a.csv.gz", gzip), isAtOnce: false, "gzip data is damaged or cut off");

        var brotli = Brotli(s_csv);
        brotli[10] ^= 0xFF;
        await AssertBroken(Write("a.csv.br", brotli), isAtOnce: true, "Brotli data is damaged");

        var zstandard = Zstandard(s_csv);
        zstandard[^1] ^= 0x55;
        await AssertBroken(Write("a.csv.zst", zstandard), isAtOnce: false, "Zstandard data is damaged (Restored data doesn't match checksum)");
    }

    [Theory]
    [InlineData("a\n1\n2\n", true)]
    [InlineData(null, false)]
    public async Task A_damaged_file_in_an_archive_is_an_error(string? text, bool isAtOnce)
    {
        // Stored, so that only the checksum can tell.
        using var output = new MemoryStream();
        using (var archive = new ZipArchive(output, ZipArchiveMode.Create, leaveOpen: true))
            using (var entry = archive.CreateEntry("a.csv", CompressionLevel.NoCompression).Open())
                entry.Write(text is null ? s_csv : Encoding.UTF8.GetBytes(text));
        var zip = output.ToArray();
        zip[zip.AsSpan().IndexOf("\n1"u8) + 1] = (byte)'7';
        await AssertBroken(Write("a.zip", zip), isAtOnce, "content of 'a.csv' does not agree with its length and checksum in the archive");
    }

    [Fact]
    public async Task An_archive_that_is_cut_off_or_encrypted_is_an_error()
    {
        var zip = Zip(("a.csv", s_csv));
        var cut = await Fails(new FileSourceOptions { Path = Write("cut.zip", zip[..^30]) });
        Assert.Equal($"The file '{PathOf("cut.zip")}' cannot be expanded: End of Central Directory record could not be found. Check that the file is whole.", cut.Message);
        Assert.Equal(ErrorCode.SourceUnreadable, cut.Code);

        // The bits that say so, in the file's own header and in the directory.
        var locked = zip.ToArray();
        locked[6] |= 1;
        locked[locked.AsSpan().LastIndexOf("PK\u0001\u0002"u8) + 8] |= 1;
        var encrypted = await Fails(new FileSourceOptions { Path = Write("locked.zip", locked) });
        Assert.Equal($"The file 'a.csv' in the archive '{PathOf("locked.zip")}' is encrypted. Take it out of the archive with its password, and read what comes out.", encrypted.Message);
        Assert.Equal(ErrorCode.SourceUnreadable, encrypted.Code);
    }

    /// <summary>An error as it is worded: at once where the file's beginning cannot be expanded, else with the number of records that came before.</summary>
    /// <param name="path">The file.</param>
    /// <param name="isAtOnce">Whether already its beginning is at fault.</param>
    /// <param name="why">What is wrong.</param>
    /// <param name="isGenuine">Whether all that comes before the error is of the file, as it is where only something is missing.</param>
    private static async Task AssertBroken(string path, bool isAtOnce, string why, bool isGenuine = false)
    {
        if (isAtOnce)
        {
            var refused = Assert.Throws<MigrationException>(() => FileSources.Open(new FileSourceOptions { Path = path }));
            Assert.Equal((ErrorCode.SourceUnreadable, $"The file '{path}' cannot be expanded: the {why}. Check that the file is whole."), (refused.Code, refused.Message));
            return;
        }

        var result = await Read(new FileSourceOptions { Path = path });
        if (isGenuine)
        {
            Assert.Empty(result.Rejects);
            Assert.Equal(Enumerable.Range(1, result.Records.Count).Select(i => $"{i + 1}: {i}|name {i * 7919 % 10007}"), result.Lines);
        }

        var read = result.Records.Count + result.Rejects.Count;
        Assert.InRange(read, 4000, 20_000);
        Assert.Equal(ErrorCode.SourceUnreadable, result.Failure!.Code);
        Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"'{path}' cannot be read on after {read} records: the {why}. Check that the file is whole."), result.Failure.Message);
        Assert.Equal(read + 1, result.Failure.Position?.Ordinal);
    }

    [Fact]
    public async Task A_file_in_an_archive_is_named_where_there_are_several()
    {
        var path = Write("all.zip", Zip(("a.csv", "x\n1\n"u8.ToArray()), ("b.ndjson", "{\"y\":2}\n"u8.ToArray())));
        var error = await Fails(new FileSourceOptions { Path = path });
        Assert.Equal($"There are 2 files in the archive '{path}' and none is named. Name one of: a.csv, b.ndjson.", error.Message);
        Assert.Equal(ErrorCode.SourceNotFound, error.Code);
        error = await Fails(new FileSourceOptions { Path = path, Compression = new CompressionOptions { Entry = "c.csv" } });
        Assert.Equal($"There is no file 'c.csv' in the archive '{path}'. Name one of: a.csv, b.ndjson.", error.Message);
        var result = await Read(new FileSourceOptions { Path = path, Compression = new CompressionOptions { Entry = "b.ndjson" } });
        Assert.Equal(["1: 2"], result.Lines);
        Assert.Equal(("b", "ndjson"), (result.Schema.Name, result.Metadata.Format));
        error = await Fails(new FileSourceOptions { Path = Write("none.zip", Zip()) });
        Assert.Equal($"There is no file in the archive '{PathOf("none.zip")}'. Check that it is the right archive.", error.Message);
    }

    [Theory]
    [InlineData(new byte[] { 0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00 }, "xz", "xz -d")]
    [InlineData(new byte[] { 0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C }, "7-Zip", "7z x")]
    [InlineData(new byte[] { 0x42, 0x5A, 0x68, 0x39, 0x31, 0x41, 0x59, 0x26, 0x53, 0x59, 0x00 }, "bzip2", "bzip2 -d")]
    public async Task Other_compressions_are_refused_by_name(byte[] bytes, string name, string tool)
    {
        var path = Write("a.csv.xz", bytes);
        var error = await Fails(new FileSourceOptions { Path = path });
        Assert.Equal($"The file '{path}' is compressed with {name}, which cannot be read. Expand it with {tool}, or compress it with gzip.", error.Message);
        Assert.Equal(ErrorCode.UnknownFormat, error.Code);
    }

    [Theory]
    [InlineData("gzip", "bomb.csv.gz")]
    [InlineData("zip", "bomb.zip")]
    [InlineData("brotli", "bomb.csv.br")]
    [InlineData("zstandard", "bomb.csv.zst")]
    public async Task A_bomb_is_defused(string kind, string name)
    {
        // Zeros shrink a thousandfold, and make one long field, so that little of it becomes records.
        byte[] content = [.. "a\n1\n"u8, .. new byte[100 * 1024 * 1024]];
        var path = Write(name, kind switch
        {
            "gzip" => Gzip(content),
            "zip" => Zip(("bomb.csv", content)),
            "zstandard" => Zstandard(content),
            _ => Brotli(content),
        });
        var error = await Fails(new FileSourceOptions { Path = path, Format = FileFormat.Csv });
        Assert.Equal(
            $"'{path}' expands to more than 250 times its size, as a file made to exhaust its reader does. Raise the limit of expansion if the content is right.",
            error.Message);
        Assert.Equal(ErrorCode.SourceUnreadable, error.Code);
    }

    [Fact]
    public async Task What_a_file_expands_to_is_limited_in_bytes()
    {
        var error = await Fails(new FileSourceOptions { Path = Write("a.csv.gz", Gzip(s_csv)), Compression = new CompressionOptions { MaxExpandedSize = 100_000 } });
        Assert.Equal(
            $"'{PathOf("a.csv.gz")}' expands to more than 100000 bytes, as a file made to exhaust its reader does. Raise the limit of expansion if the content is right.",
            error.Message);
    }
}
