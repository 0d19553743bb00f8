using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Loader;

namespace SafeAI.Migration;

/// <summary>
/// Loads the cmdlets, the engine and what they depend on apart from everything else in the process, so that the
/// module lives beside others that bring their own versions of the same libraries. Types of this assembly stay in
/// the default context, where PowerShell finds them by name.
/// </summary>
public sealed class ModuleLoadContext : AssemblyLoadContext
{
    // One copy for all runspaces, which may import the module at the same time.
    private static readonly ConcurrentDictionary<string, Lazy<Assembly>> s_loaded = new(StringComparer.Ordinal);

    private readonly string _folder;

    private ModuleLoadContext(string folder)
        : base("SafeAI.Migration") => _folder = folder;

    /// <summary>Loads the assembly with the cmdlets. Every further call gives the same assembly, on any thread.</summary>
    /// <param name="folder">The module's folder of assemblies.</param>
    public static Assembly LoadCmdlets(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        return s_loaded.GetOrAdd(Path.GetFullPath(folder), static full => new Lazy<Assembly>(
            () => new ModuleLoadContext(full).LoadFromAssemblyPath(Path.Combine(full, "SafeAI.Migration.PowerShell.dll")))).Value;
    }

    /// <inheritdoc/>
    protected override Assembly? Load(AssemblyName assemblyName)
    {
        ArgumentNullException.ThrowIfNull(assemblyName);
        if (assemblyName.Name is null or "SafeAI.Migration.Contracts" or "System.Management.Automation")
            return null;
        var path = Path.Combine(_folder, assemblyName.Name + ".dll");
        return File.Exists(path) ? LoadFromAssemblyPath(path) : null;
    }

    /// <inheritdoc/>
    protected override nint LoadUnmanagedDll(string unmanagedDllName)
    {
        ArgumentNullException.ThrowIfNull(unmanagedDllName);
        var (prefix, suffix) =
            OperatingSystem.IsWindows() ? ("", ".dll")
            : OperatingSystem.IsMacOS() ? ("lib", ".dylib")
            : ("lib", ".so");
        var name = unmanagedDllName.EndsWith(suffix, StringComparison.OrdinalIgnoreCase)
            ? unmanagedDllName
            : prefix + unmanagedDllName + suffix;
        foreach (var rid in RuntimeIdentifiers())
        {
            var path = Path.Combine(_folder, "runtimes", rid, "native", name);
            if (File.Exists(path))
                return LoadUnmanagedDllFromPath(path);
        }

        return 0;
    }

    private static IEnumerable<string> RuntimeIdentifiers()
    {
        var architecture = RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();
        yield return RuntimeInformation.RuntimeIdentifier;
        if (OperatingSystem.IsWindows())
            yield return $"win-{architecture}";
        else if (OperatingSystem.IsMacOS())
            yield return $"osx-{architecture}";
        else if (RuntimeInformation.RuntimeIdentifier.Contains("musl", StringComparison.Ordinal))
            yield return $"linux-musl-{architecture}";
        else
            yield return $"linux-{architecture}";
    }
}
