using System.Text;

namespace SafeAI.Migration.Engine.Transformation;

/// <summary>Where the key of privacy functions is found. The key itself never stands in a mapping.</summary>
/// <param name="Environment">The environment variable that holds it, or null.</param>
/// <param name="File">The file that holds it, relative to the mapping, or null.</param>
/// <param name="Path">Where it is named in the mapping, as a JSON path.</param>
public sealed record KeyReference(string? Environment, string? File, string Path);

/// <summary>The keys of one mapping, read once.</summary>
internal sealed class SecretKeys
{
    /// <summary>The fewest bytes that a key must have.</summary>
    public const int LeastBytes = 16;

    private readonly Dictionary<string, byte[]> _keys = new(StringComparer.Ordinal);

    /// <exception cref="InvalidMappingException">A key is not there or too short.</exception>
    public SecretKeys(MappingDocument document)
    {
        var faults = new FaultList();
        foreach (var (name, reference) in document.Keys)
        {
            if (Read(reference, document.Folder, out var why) is { } key)
                _keys.Add(name, key);
            else
                faults.Add(reference.Path, $"The key '{name}' cannot be used: {why}");
        }

        faults.ThrowIfAny(document.Name);
    }

    public byte[] Get(string? name) => name is null ? _keys.Values.Single() : _keys[name];

    private static byte[]? Read(KeyReference reference, string? folder, out string why)
    {
        string? text;
        try
        {
            text = reference.Environment is { } variable
                ? System.Environment.GetEnvironmentVariable(variable)
                : System.IO.File.ReadAllText(System.IO.Path.Combine(folder ?? "", reference.File!)).TrimEnd('\r', '\n');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            why = $"the file '{reference.File}' cannot be read ({e.GetType().Name}).";
            return null;
        }

        var bytes = Encoding.UTF8.GetBytes(text ?? "");
        why = bytes.Length == 0 ? $"the {(reference.Environment is null ? $"file '{reference.File}'" : $"environment variable '{reference.Environment}'")} is not set or empty."
            : bytes.Length < LeastBytes ? $"it is shorter than {LeastBytes} bytes, and could be guessed."
            : "";
        return why.Length == 0 ? bytes : null;
    }
}
