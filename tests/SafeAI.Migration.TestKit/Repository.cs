using System.Reflection;

namespace SafeAI.Migration.TestKit;

/// <summary>Where things are in the repository that the tests were built from.</summary>
public static class Repository
{
    /// <summary>The root folder.</summary>
    public static string Root { get; } = Metadata("RepositoryRoot");

    /// <summary>The configuration that the tests were built in, which the programs they start were built in too.</summary>
    public static string Configuration { get; } = Metadata("BuildConfiguration");

    /// <summary>A program of the repository as a command: the host and the assembly.</summary>
    /// <param name="project">The project's name.</param>
    /// <param name="assembly">The assembly's name without ending.</param>
    public static IReadOnlyList<string> Program(string project, string assembly) =>
        ["dotnet", Path.Combine(Root, "src", project, "bin", Configuration, "net10.0", assembly + ".dll")];

    private static string Metadata(string key) => typeof(Repository).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == key).Value!;
}
