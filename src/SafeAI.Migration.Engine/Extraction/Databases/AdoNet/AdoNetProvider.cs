using System.Collections.Concurrent;
using System.Data.Common;
using System.Reflection;
using System.Runtime.Loader;

namespace SafeAI.Migration.Engine.Extraction.Databases;

/// <summary>Loads the factory of an ADO.NET provider from an assembly that the user has.</summary>
internal static class AdoNetProvider
{
    // An assembly stays loaded: the same one is not loaded again for every read.
    private static readonly ConcurrentDictionary<(string Path, DateTime Written), Lazy<Assembly>> s_loaded = [];

    /// <summary>Loads the assembly and finds the factory.</summary>
    /// <exception cref="MigrationException"><see cref="ErrorCode.SourceNotFound"/>: there is no such file. <see cref="ErrorCode.InvalidOptions"/>: it has no such factory.</exception>
    public static DbProviderFactory Load(string path, string? factoryType)
    {
        var full = Path.GetFullPath(path);
        if (!File.Exists(full))
            throw Error(ErrorCode.SourceNotFound, $"There is no provider assembly '{full}'.", "Give the path of the provider's .dll, for instance MySqlConnector.dll.");
        Type[] factories;
        try
        {
            factories = [.. LoadAssembly(full).GetExportedTypes().Where(t => !t.IsAbstract && t.IsSubclassOf(typeof(DbProviderFactory)))];
        }
        catch (Exception e) when (e is BadImageFormatException or FileLoadException or FileNotFoundException or TypeLoadException)
        {
            throw Error(ErrorCode.InvalidOptions, $"'{full}' cannot be loaded as a provider: {e.Message}", "Give a .dll for this version of .NET, with what it needs in the same folder.", e);
        }

        var chosen = factoryType is null ? factories : [.. factories.Where(t => t.FullName == factoryType)];
        if (chosen is not [var type])
        {
            var names = string.Join(", ", factories.Select(t => t.FullName).Order());
            throw factories.Length == 0 ? Error(ErrorCode.InvalidOptions, $"'{full}' has no DbProviderFactory.", "It is not an ADO.NET provider; give the provider's own .dll.")
                : factoryType is null ? Error(ErrorCode.InvalidOptions, $"'{full}' has several factories.", $"Name one of {names}.")
                : Error(ErrorCode.InvalidOptions, $"'{full}' has no factory '{factoryType}'.", $"There is {names}.");
        }

        const BindingFlags shared = BindingFlags.Public | BindingFlags.Static;
        var instance = type.GetField("Instance", shared)?.GetValue(null) ?? type.GetProperty("Instance", shared)?.GetValue(null)
            ?? (type.GetConstructor(Type.EmptyTypes) is { } constructor ? constructor.Invoke(null) : null);
        return instance as DbProviderFactory
            ?? throw Error(ErrorCode.InvalidOptions, $"The factory {type.FullName} of '{full}' cannot be made: it has neither an Instance nor a public constructor.", null);
    }

    private static Assembly LoadAssembly(string path)
    {
        var key = (path, File.GetLastWriteTimeUtc(path));
        try
        {
            return s_loaded.GetOrAdd(key, k => new(() => new ProviderLoadContext(k.Path).LoadFromAssemblyPath(k.Path))).Value;
        }
        catch
        {
            s_loaded.TryRemove(key, out _);
            throw;
        }
    }

    public static MigrationException Error(string code, string what, string? remedy, Exception? inner = null, bool transient = false) =>
        new(code, what, remedy, inner) { Stage = MigrationStage.Extract, IsTransient = transient };

    /// <summary>What the provider needs comes from its own folder; what .NET has, from .NET.</summary>
    private sealed class ProviderLoadContext(string path) : AssemblyLoadContext($"provider {Path.GetFileName(path)}")
    {
        private readonly AssemblyDependencyResolver _resolver = new(path);
        private readonly string _folder = Path.GetDirectoryName(path)!;

        protected override Assembly? Load(AssemblyName assemblyName)
        {
            var found = _resolver.ResolveAssemblyToPath(assemblyName) ?? Path.Combine(_folder, assemblyName.Name + ".dll");
            return File.Exists(found) ? LoadFromAssemblyPath(found) : null;
        }

        protected override IntPtr LoadUnmanagedDll(string unmanagedDllName) =>
            _resolver.ResolveUnmanagedDllToPath(unmanagedDllName) is { } found ? LoadUnmanagedDllFromPath(found) : IntPtr.Zero;
    }
}
