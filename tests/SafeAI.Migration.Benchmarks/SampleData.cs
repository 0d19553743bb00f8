using System.Globalization;
using System.Text;

namespace SafeAI.Migration.Benchmarks;

/// <summary>Files of made-up customers, always the same for the same number of rows.</summary>
internal static class SampleData
{
    private static readonly string[] s_cities = ["Łódź", "Paris", "New York", "São Paulo", "Berlin", "Osaka"];

    /// <summary>Nine mixed columns, about 141 bytes a row, some quoted, some empty.</summary>
    public static string Csv(long rows) => Make("csv", rows, writer => WriteCsv(writer, rows));

    /// <summary>Ten members on each line.</summary>
    public static string NdJson(long rows) => Make("ndjson", rows, writer => WriteJson(writer, rows, "", "\n", "\n"));

    /// <summary>Writes a file of the same rows.</summary>
    /// <param name="path">The file.</param>
    /// <param name="format">csv, ndjson, or json for an array of objects.</param>
    /// <param name="rows">How many rows.</param>
    public static void Write(string path, string format, long rows)
    {
        using var file = File.Create(path);
        Write(file, format, rows);
    }

    /// <summary>Writes the same rows to a stream.</summary>
    public static void Write(Stream stream, string format, long rows)
    {
        using var writer = new StreamWriter(stream, new UTF8Encoding(false), 1 << 20, leaveOpen: true);
        if (format == "csv")
            WriteCsv(writer, rows);
        else if (format == "ndjson")
            WriteJson(writer, rows, "", "\n", "\n");
        else
            WriteJson(writer, rows, "[", ",\n", "]");
    }

    private static void WriteCsv(TextWriter writer, long rows)
    {
        writer.Write("id,first_name,last_name,email,city,balance,active,created_at,note\n");
        var random = new Random(1);
        for (var i = 1L; i <= rows; i++)
        {
            var n = random.Next(1_000_000);
            writer.Write(string.Create(
                CultureInfo.InvariantCulture,
                $"{i},First{n % 997},Last{n % 4999},user{i}@example.com,\"{s_cities[n % 6]}, {n % 100}\",{n / 100.0:F2},{(n % 2 == 0 ? "true" : "false")},2024-0{(n % 9) + 1}-1{n % 10}T12:{n % 60:D2}:00Z,{(n % 10 == 0 ? "" : "a note of some length that is plain text " + n)}\n"));
        }
    }

    private static void WriteJson(TextWriter writer, long rows, string begin, string between, string end)
    {
        var random = new Random(1);
        writer.Write(begin);
        for (var i = 1L; i <= rows; i++)
        {
            if (i > 1)
                writer.Write(between);
            var n = random.Next(1_000_000);
            writer.Write(string.Create(
                CultureInfo.InvariantCulture,
                $$"""{"id":{{i}},"first_name":"First{{n % 997}}","last_name":"Last{{n % 4999}}","email":"user{{i}}@example.com","city":"{{s_cities[n % 6]}}","balance":{{n / 100.0:F2}},"active":{{(n % 2 == 0 ? "true" : "false")}},"created_at":"2024-0{{(n % 9) + 1}}-1{{n % 10}}T12:{{n % 60:D2}}:00Z","tags":["a","b{{n % 7}}"],"note":{{(n % 10 == 0 ? "null" : $"\"a note {n}\"")}}}"""));
        }

        writer.Write(end);
    }

    private static string Make(string format, long rows, Action<TextWriter> write)
    {
        var path = Path.Combine(Path.GetTempPath(), string.Create(CultureInfo.InvariantCulture, $"safeai-benchmark-{rows}.{format}"));
        if (!File.Exists(path))
        {
            using (var writer = new StreamWriter(path + ".part", append: false, new UTF8Encoding(false), 1 << 20))
                write(writer);
            File.Move(path + ".part", path);
        }

        return path;
    }
}
