using System.Data.Common;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;
using SafeAI.Migration.Engine.Extraction.Databases;

namespace SafeAI.Migration.Engine.Planning;

/// <summary>Where the secrets are kept that a plan refers to as <c>${secret:NAME}</c>.</summary>
public interface ISecretResolver
{
    /// <summary>Gives a secret.</summary>
    /// <param name="name">Its name.</param>
    /// <exception cref="MigrationException">There is no such secret, or no place where secrets are kept; the message says which.</exception>
    string GetSecret(string name);
}

/// <summary>For programs that have no place where secrets are kept.</summary>
public sealed class NoSecretResolver : ISecretResolver
{
    /// <summary>The only one.</summary>
    public static NoSecretResolver Instance { get; } = new();

    /// <inheritdoc/>
    public string GetSecret(string name) => throw new MigrationException(
        ErrorCode.InvalidPlan, $"there is no secret store here for '{name}': only PowerShell's SecretManagement gives secrets; use ${{env:NAME}} or ${{file:PATH}} instead");
}

/// <summary>
/// Puts in what a plan refers to: <c>${env:NAME}</c>, <c>${secret:NAME}</c> and <c>${file:PATH}</c>; <c>$${</c> stands for
/// <c>${</c> itself. Finds secrets that stand in clear, and writes the plan down without them.
/// </summary>
internal sealed partial class PlanReferences(string folder, ISecretResolver secrets, PlanFaults faults, List<PlanFault> warnings)
{
    private const int LargestFile = 64 * 1024;
    private static readonly JsonWriterOptions s_options = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly string[] s_ownLanguages = ["mapping", "cleaning", "query"];
    private static readonly string[] s_schemas = ["schema", "fields"];
    private static readonly string[] s_secretNames = ["apikey", "clientsecret", "password", "token", "secret", "key"];

    /// <summary>The plan with everything put in, and the plan to be kept, without secrets.</summary>
    public (string Resolved, string Stored) Resolve(JsonElement root)
    {
        using var resolved = new MemoryStream();
        using var stored = new MemoryStream();
        using (var resolving = new Utf8JsonWriter(resolved, s_options))
        using (var storing = new Utf8JsonWriter(stored, s_options))
            Write(root, "$", "", "", (resolving, storing));
        return (Encoding.UTF8.GetString(resolved.ToArray()), Encoding.UTF8.GetString(stored.ToArray()));
    }

    private void Write(JsonElement element, string path, string name, string parent, (Utf8JsonWriter Resolving, Utf8JsonWriter Storing) writers)
    {
        switch (element.ValueKind)
        {
            // What is mapped has templates and texts of its own, and a schema has patterns, in which nothing is put in.
            case JsonValueKind.Object or JsonValueKind.Array when s_ownLanguages.Contains(name) || (s_schemas.Contains(name) && IsInValidation(path)):
                element.WriteTo(writers.Resolving);
                element.WriteTo(writers.Storing);
                break;
            case JsonValueKind.Object:
                writers.Resolving.WriteStartObject();
                writers.Storing.WriteStartObject();
                foreach (var member in element.EnumerateObject())
                {
                    writers.Resolving.WritePropertyName(member.Name);
                    writers.Storing.WritePropertyName(member.Name);
                    Write(member.Value, $"{path}.{member.Name}", PlanObject.Plain(member.Name), name, writers);
                }

                writers.Resolving.WriteEndObject();
                writers.Storing.WriteEndObject();
                break;
            case JsonValueKind.Array:
                writers.Resolving.WriteStartArray();
                writers.Storing.WriteStartArray();
                var index = 0;
                foreach (var item in element.EnumerateArray())
                    Write(item, $"{path}[{index++}]", name, parent, writers);
                writers.Resolving.WriteEndArray();
                writers.Storing.WriteEndArray();
                break;
            case JsonValueKind.String:
                var text = element.GetString()!;
                writers.Resolving.WriteStringValue(name == "query" ? text : PutIn(text, path, name));
                writers.Storing.WriteStringValue(WithoutSecret(text, path, name, parent));
                break;
            default:
                element.WriteTo(writers.Resolving);
                element.WriteTo(writers.Storing);
                break;
        }
    }

    private string PutIn(string text, string path, string name) => Reference().Replace(text, match =>
    {
        if (match.ValueSpan.StartsWith("$$"))
            return match.Value[1..];
        var (kind, what) = (match.Groups["kind"].Value, match.Groups["what"].Value);
        try
        {
            var value = kind switch
            {
                "env" => Environment.GetEnvironmentVariable(what) ?? throw new MigrationException(ErrorCode.InvalidPlan, $"the environment variable {what} is not set"),
                "secret" => secrets.GetSecret(what),
                "file" => ReadFile(what),
                "removed" => throw new MigrationException(ErrorCode.InvalidPlan, "a secret stood here in clear and was not kept; give the plan itself again, or refer to the secret in it"),
                _ => throw new MigrationException(ErrorCode.InvalidPlan, $"'{match.Value}' refers to nothing; write ${{env:NAME}}, ${{secret:NAME}} or ${{file:PATH}}, and $${{ for the characters themselves"),
            };
            return name == "connectionstring" && match.Length < text.Length ? InConnectionString(text, value) : value;
        }
        catch (MigrationException e)
        {
            faults.Add(path, e.What.TrimEnd('.'));
            return "?";
        }
    });

    // What is put into a part of a connection string must not be able to end that part.
    private static string InConnectionString(string text, string value) =>
        PostgreSqlConnection.IsUri(text) ? Uri.EscapeDataString(value)
        : value.AsSpan().IndexOfAny(";'\"= ") < 0 ? value
        : "\"" + value.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";

    private string ReadFile(string path)
    {
        var full = Path.GetFullPath(path, folder);
        try
        {
            return new FileInfo(full).Length <= LargestFile
                ? File.ReadAllText(full).TrimEnd('\r', '\n')
                : throw new MigrationException(ErrorCode.InvalidPlan, $"the file {full} is too large for a value in a plan");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MigrationException(ErrorCode.InvalidPlan, $"the file {full} cannot be read: {e.Message}", null, e);
        }
    }

    /// <summary>The text as it is kept; says so where a secret was in it.</summary>
    private string WithoutSecret(string text, string path, string name, string parent)
    {
        if (name == "connectionstring")
        {
            if (WithoutPassword(text) is not { } rest)
                return text;
            Warn(path, "a password stands here in clear");
            return rest;
        }

        if (name.EndsWith("address", StringComparison.Ordinal) || name == "endpoint")
        {
            var rest = AddressSecret().Replace(text, m => Reference().IsMatch(m.Groups["secret"].Value) ? m.Value : m.Groups["before"].Value + "${removed:" + name + "}");
            if (rest != text)
                Warn(path, "a secret stands here in clear");
            return rest;
        }

        // A validation names fields of the data, such as one that is called password.
        if (IsInValidation(path))
            return text;
        var isSecret = s_secretNames.Contains(name) && !(name == "key" && parent != "authentication")
            || (parent == "headers" && (name.Contains("auth", StringComparison.Ordinal) || name.Contains("key", StringComparison.Ordinal)
                || name.Contains("token", StringComparison.Ordinal) || name.Contains("secret", StringComparison.Ordinal) || name.Contains("password", StringComparison.Ordinal) || name.Contains("cookie", StringComparison.Ordinal)));
        if (!isSecret || Reference().IsMatch(text) || text.Length == 0)
            return text;
        Warn(path, "a secret stands here in clear");
        return $"${{removed:{name}}}";
    }

    private static bool IsInValidation(string path) => path.StartsWith("$.validation", StringComparison.OrdinalIgnoreCase);

    private void Warn(string path, string what) =>
        warnings.Add(new PlanFault(path, what + "; refer to it as ${env:NAME}, ${secret:NAME} or ${file:PATH}"));

    // Null where there is no password in clear.
    private static string? WithoutPassword(string text)
    {
        if (PostgreSqlConnection.IsUri(text))
        {
            var match = UriPassword().Match(text);
            var rest = match.Success && !Reference().IsMatch(match.Groups["password"].Value)
                ? text.Remove(match.Groups["password"].Index - 1, match.Groups["password"].Length + 1)
                : text;
            rest = QueryPassword().Replace(rest, m => Reference().IsMatch(m.Value) ? m.Value : m.Groups["before"].Value);
            return rest == text ? null : rest;
        }

        try
        {
            var settings = new DbConnectionStringBuilder { ConnectionString = text };
            var names = settings.Keys.Cast<string>()
                .Where(k => IsPassword(k) && settings[k] is string value && value.Length > 0 && !Reference().IsMatch(value)).ToList();
            foreach (var key in names)
                settings.Remove(key);
            return names.Count == 0 ? null : settings.ConnectionString;
        }
        catch (ArgumentException)
        {
            // What cannot be read cannot be told from a password.
            return "";
        }

        static bool IsPassword(string key) => key.Contains("password", StringComparison.OrdinalIgnoreCase)
            || key.Contains("secret", StringComparison.OrdinalIgnoreCase) || key.Contains("token", StringComparison.OrdinalIgnoreCase)
            || KeyName().IsMatch(key)
            || key.Equals("pwd", StringComparison.OrdinalIgnoreCase) || key.Equals("passphrase", StringComparison.OrdinalIgnoreCase);
    }

    [GeneratedRegex(@"\$?\$\{(?<kind>[A-Za-z]+):(?<what>[^}]+)\}")]
    private static partial Regex Reference();

    [GeneratedRegex(@"^[^:]+://[^:/@?]*:(?<password>[^/?]*)@")]
    private static partial Regex UriPassword();

    // A password before the host, or a parameter whose name speaks of a secret.
    [GeneratedRegex(@"(?<before>^[^:]+://[^:/@?]*:)(?<secret>[^/?@]+)(?=@)|(?<before>[?&][^=&#]*(key|token|secret|password|signature|sig)[^=&#]*=)(?<secret>[^&#]+)", RegexOptions.IgnoreCase)]
    private static partial Regex AddressSecret();

    [GeneratedRegex("(access|account|api) ?key$", RegexOptions.IgnoreCase)]
    private static partial Regex KeyName();

    [GeneratedRegex(@"(?<before>[?&])(password|sslpassword|passfile)=[^&]*&?")]
    private static partial Regex QueryPassword();
}
