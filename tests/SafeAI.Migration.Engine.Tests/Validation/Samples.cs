namespace SafeAI.Migration.Engine.Tests.Validation;

/// <summary>The files that ship with the module.</summary>
internal static class Samples
{
    /// <summary>The path of one of the quickstart's files.</summary>
    public static string Quickstart(string name) => Path.Combine(Root(), "module", "samples", "quickstart", name);

    /// <summary>The path of one of the topics of help.</summary>
    public static string Topic(string name) => Path.Combine(Root(), "module", "en-US", name + ".help.txt");

    private static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "SafeAI.Migration.psd1")))
            folder = folder.Parent ?? throw new InvalidOperationException("The repository was not found above the tests.");
        return folder.FullName;
    }
}
