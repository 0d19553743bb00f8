using System.Runtime.Loader;
using System.Security.Cryptography;
using SafeAI.Migration.Engine.Loading;

namespace SafeAI.Migration.Runner;

/// <summary>
/// Remembers which code a command needed, so that the next time it is compiled on another thread before it is called: of a
/// run of seconds the compiler is a great part, and at the start all else waits for it.
/// </summary>
internal static class StartUpProfile
{
    /// <summary>Where the profiles are: in the user's own folder for what may be removed at any time.</summary>
    public static string DefaultFolder
    {
        get
        {
            var folder = OperatingSystem.IsWindows()
                ? Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData)
                : Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } cache && Path.IsPathRooted(cache)
                    ? cache
                    : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
            return Path.Combine(folder, "safeai-migration", "start-up");
        }
    }

    /// <summary>
    /// Begins to compile what is remembered; what is called from now on is remembered when the process ends. Where nothing can
    /// be kept, nothing is.
    /// </summary>
    /// <param name="name">What the process is about to do: each has a profile of its own.</param>
    /// <param name="folder">Where the profiles are; null for <see cref="DefaultFolder"/>.</param>
    public static void Begin(string name, string? folder = null)
    {
        folder ??= DefaultFolder;
        var file = Path.Combine(folder, name + ".profile");
        try
        {
            PrivateFile.CreateFolder(folder);
            if (!IsWhole(file))
                File.Delete(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return;
        }

        AssemblyLoadContext.Default.SetProfileOptimizationRoot(folder);
        AssemblyLoadContext.Default.StartProfileOptimization(Path.GetFileName(file));
        AppDomain.CurrentDomain.ProcessExit += (_, _) => End(file);
    }

    private static string SumOf(string file) => file + ".sha256";

    // The runtime takes what it reads there for granted: a damaged file could end the process.
    private static bool IsWhole(string file) =>
        File.Exists(file) && File.Exists(SumOf(file)) && File.ReadAllBytes(SumOf(file)).AsSpan().SequenceEqual(SHA256.HashData(File.ReadAllBytes(file)));

    private static void End(string file)
    {
        try
        {
            // Writes the file.
            AssemblyLoadContext.Default.StartProfileOptimization(null);
            File.WriteAllBytes(SumOf(file), SHA256.HashData(File.ReadAllBytes(file)));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Without its sum the profile is not used.
        }
    }
}
