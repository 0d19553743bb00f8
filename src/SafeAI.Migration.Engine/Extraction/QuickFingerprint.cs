using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace SafeAI.Migration.Engine.Extraction;

/// <summary>Makes the texts by which a changed source is noticed before it is read.</summary>
internal static class QuickFingerprint
{
    private const int EndSize = 64 * 1024;

    /// <summary>Of a file: its length, its time, and its first and last 64 KiB. Null where it cannot be told, as for a pipe.</summary>
    public static string? OfFile(string path)
    {
        try
        {
            using var file = new FileStream(Path.GetFullPath(path), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            if (!file.CanSeek)
                return null;
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            hash.AppendData(Encoding.UTF8.GetBytes(Describe(file.Length, File.GetLastWriteTimeUtc(file.SafeFileHandle))));
            var buffer = new byte[EndSize];
            hash.AppendData(buffer, 0, file.ReadAtLeast(buffer, EndSize, throwOnEndOfStream: false));
            if (file.Length > EndSize)
            {
                file.Seek(-EndSize, SeekOrigin.End);
                hash.AppendData(buffer, 0, file.ReadAtLeast(buffer, EndSize, throwOnEndOfStream: false));
            }

            return Format(hash.GetHashAndReset());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Of a file beside another one in which changes wait that are not in that one yet: its length and its time. Null where there are none.</summary>
    public static string? OfLog(string path) =>
        new FileInfo(path) is { Exists: true, Length: > 0 } log ? OfText(Describe(log.Length, log.LastWriteTimeUtc)) : null;

    /// <summary>Of several files: their names, lengths and times.</summary>
    public static string OfFiles(IEnumerable<string> paths) => OfText([.. paths.Select(p =>
    {
        var file = new FileInfo(p);
        return file.Exists ? $"{p}\n{Describe(file.Length, file.LastWriteTimeUtc)}" : p;
    })]);

    /// <summary>Of texts: only what is asked of the source, never a secret in the clear.</summary>
    public static string OfText(params IEnumerable<string?> parts)
    {
        var text = new StringBuilder();
        foreach (var part in parts)
            text.Append(CultureInfo.InvariantCulture, $"{part?.Length ?? -1}:{part}\n");
        return Format(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    private static string Describe(long length, DateTime time) => string.Create(CultureInfo.InvariantCulture, $"{length}@{time.Ticks}");

    private static string Format(byte[] hash) => "quick:" + Convert.ToHexString(hash).ToLowerInvariant();
}
