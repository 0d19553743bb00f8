namespace SafeAI.Migration.Engine.Loading;

/// <summary>A file for the time of one run: in the folder for temporary files, readable by its owner only, removed on disposal.</summary>
internal sealed class TemporaryFile : IDisposable
{
    public TemporaryFile(string purpose)
    {
        Path = System.IO.Path.Combine(System.IO.Path.GetTempPath(), $"safeai-migration-{purpose}-{Guid.NewGuid():N}.tmp");
        PrivateFile.Create(Path);
    }

    public string Path { get; }

    public void Dispose()
    {
        foreach (var path in new[] { Path, Path + "-journal", Path + "-wal", Path + "-shm" })
        {
            try
            {
                File.Delete(path);
            }
            catch (IOException)
            {
                // Windows keeps a file that a reader still has open; the folder is cleaned by the system.
            }
        }
    }
}

/// <summary>Files that nobody but their owner may read.</summary>
internal static class PrivateFile
{
    /// <summary>Creates a folder that only its owner may enter, and those above it that do not exist; leaves existing ones as they are.</summary>
    public static void CreateFolder(string path)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(path);
        else
            Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>Creates an empty file that only its owner may read and write; leaves an existing file as it is.</summary>
    public static void Create(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.ReadWrite };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        try
        {
            new FileStream(path, options).Dispose();
        }
        catch (IOException) when (File.Exists(path))
        {
            // It is there already, with the permissions that its owner chose.
        }
    }
}
