using System.IO.Compression;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
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
    [InlineData("a.csv.gz", 0.1, "gzip data is cut off, or followed by something else")]
    [InlineData("a.csv.gz", 0.5, "gzip data is cut off, or followed by something else")]
    [InlineData("a.csv.gz", 0.999, "gzip data is cut off, or followed by something else")]
    [InlineData("a.csv.zst", 0.1, "Zstandard data is cut off")]
    [InlineData("a.csv.zst", 0.999, "Zstandard data is cut off")]
    [InlineData("a.csv.br", 0.5, "Brotli data is cut off")]
    [InlineData("a.csv.br", 0.999, "Brotli data is cut off")]
    public async Task A_file_that_is_cut_off_is_an_error_not_an_end(string name, double part, string why)
    {
        var whole = name.EndsWith("gz", StringComparison.Ordinal) ? Gzip(s_csv) : name.EndsWith("zst", StringComparison.Ordinal) ? Zstandard(s_csv) : Brotli(s_csv);
        Assert.Equal(ErrorText(name, why), Told(await Fails(new FileSourceOptions { Path = Write(name, whole[..(int)(whole.Length * part)]) })));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task What_follows_a_whole_gzip_file_is_not_ignored(int more)
    {
        byte[] bytes = [.. Gzip("a\n1\n"u8.ToArray()), .. new byte[more], .. "more"u8];
        Assert.Equal(ErrorText("a.csv.gz", "gzip data is cut off, or followed by something else"), Told(await Fails(new FileSourceOptions { Path = Write("a.csv.gz", bytes) })));
    }

    /// <summary>An error as it is worded: at once where the file's beginning cannot be expanded, else with the records that came before.</summary>
    private string ErrorText(string name, string why) => $"'{PathOf(name)}' (or a record of it): the {why}. Check that the file is whole.";

    // How many records came before depends on the compressor's blocks, and so on its version.
    private string Told(MigrationException error)
    {
        Assert.Equal(ErrorCode.SourceUnreadable, error.Code);
        return Regex.Replace(error.Message, "^(The file ('.+') cannot be expanded|('.+') cannot be read on after [0-9]+ records): ", "$2$3 (or a record of it): ");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(8)]
    public async Task A_gzip_file_without_all_of_its_checksum_is_an_error(int missing)
    {
        var whole = Gzip(s_csv);
        var error = await Fails(new FileSourceOptions { Path = Write("a.csv.gz", whole[..^missing]) });
        Assert.Equal(
            $"'{PathOf("a.csv.gz")}' cannot be read on after 19995 records: the gzip data is damaged or cut off. Check that the file is whole.",
            error.Message);
    }

    [Fact]
    public async Task A_damaged_file_is_an_error()
    {
        var gzip = Gzip(s_csv);
        gzip[gzip.Length / 2] ^= 0x55;
        var error = await Fails(new FileSourceOptions { Path = Write("a.csv.gz", gzip) });
        Assert.Equal(ErrorText("a.csv.gz", "gzip data is damaged or cut off"), Told(error));

        var brotli = Brotli(s_csv);
        brotli[10] ^= 0xFF;
        error = await Fails(new FileSourceOptions { Path = Write("a.csv.br", brotli) });
        Assert.Equal(ErrorText("a.csv.br", "Brotli data is damaged"), Told(error));

        var zstandard = Zstandard(s_csv);
        zstandard[^1] ^= 0x55;
        error = await Fails(new FileSourceOptions { Path = Write("a.csv.zst", zstandard) });
        Assert.Equal(ErrorText("a.csv.zst", "Zstandard data is damaged (Restored data doesn't match checksum)"), Told(error));

        // Stored, so that only the checksum can tell.
        using var output = new MemoryStream();
        using (var archive = new ZipArchive(output, ZipArchiveMode.Create, leaveOpen: true))
            using (var entry = archive.CreateEntry("a.csv", CompressionLevel.NoCompression).Open())
                entry.Write("a\n1\n2\n"u8);
        var zip = output.ToArray();
        zip[zip.AsSpan().IndexOf("a\n1\n"u8) + 2] = (byte)'7';
        error = await Fails(new FileSourceOptions { Path = Write("a.zip", zip) });
        Assert.Equal(
            $"The file '{PathOf("a.zip")}' cannot be expanded: the content of 'a.csv' does not agree with its length and checksum in the archive. Check that the file is whole.",
            error.Message);
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
