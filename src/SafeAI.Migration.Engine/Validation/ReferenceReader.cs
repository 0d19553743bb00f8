using System.Globalization;
using System.Text.Json;
using SafeAI.Migration.Engine.Extraction;
using SafeAI.Migration.Engine.Extraction.Databases;
using SafeAI.Migration.Engine.Extraction.Files;

namespace SafeAI.Migration.Engine.Validation;

/// <summary>Reads the rules of a configuration that lead to other records: references and agreements.</summary>
/// <param name="fullPath">Makes a path whole.</param>
/// <param name="scope">What rules may lead to beyond files and tables.</param>
/// <param name="faults">Receives what is wrong with the configuration.</param>
internal sealed class ReferenceReader(Func<string, string> fullPath, ReferenceScope scope, List<string> faults)
{
    /// <summary>A name without its underscores, in lower case.</summary>
    public static string Plain(string name) => name.Replace("_", "", StringComparison.Ordinal).ToLower(CultureInfo.InvariantCulture);

    /// <summary>Reads a text or a list of texts.</summary>
    public string[] Texts(JsonElement value, string name)
    {
        if (value.ValueKind == JsonValueKind.String)
            return [value.GetString()!];
        if (value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(e => e.ValueKind == JsonValueKind.String))
            return [.. value.EnumerateArray().Select(e => e.GetString()!)];
        faults.Add($"'{name}' must be a text or a list of texts.");
        return [];
    }

    /// <summary>Reads a reference; null where it has a fault.</summary>
    public ReferenceRule? ReadReference(JsonElement reference)
    {
        var parts = Read(reference, "a reference", hasKey: false);
        var to = parts.To.Length > 0 ? parts.To : parts.Node is not null && parts.Fields.Length == 1 ? ["id"] : parts.Fields;
        if (parts.Fields.Length > 0 && parts.Fields.Length == to.Length && TargetOf(parts, to) is { } target)
            return new ReferenceRule(parts.Fields, target, to);
        faults.Add("A reference needs 'field', as many names in 'to', and one of 'path' (with 'table' for an SQLite file), 'stream', 'node', or both 'connection_string' and 'table'.");
        return null;
    }

    /// <summary>Reads an agreement; null where it has a fault.</summary>
    public AgreementRule? ReadAgreement(JsonElement agreement)
    {
        var parts = Read(agreement, "an agreement", hasKey: true);
        var to = parts.To.Length > 0 ? parts.To : parts.Fields;
        var keyTo = parts.KeyTo.Length > 0 ? parts.KeyTo : parts.Node is not null && parts.Key.Length == 1 ? ["id"] : parts.Key;
        if (parts.Key.Length > 0 && parts.Key.Length == keyTo.Length && parts.Fields.Length > 0 && parts.Fields.Length == to.Length
            && TargetOf(parts, [.. keyTo, .. to]) is { } target)
            return new AgreementRule(parts.Key, parts.Fields, target, keyTo, to);
        faults.Add("An agreement needs 'key' and 'field', as many names in 'key_to' and 'to' where these are given, and one of 'path' (with 'table' for an SQLite file), 'stream', 'node', or both 'connection_string' and 'table'.");
        return null;
    }

    private Parts Read(JsonElement rule, string what, bool hasKey)
    {
        var parts = new Parts();
        foreach (var member in rule.EnumerateObject())
        {
            var value = member.Value;
            parts = (Plain(member.Name), hasKey) switch
            {
                ("field" or "fields", _) => parts with { Fields = Texts(value, member.Name) },
                ("to", _) => parts with { To = Texts(value, member.Name) },
                ("key", true) => parts with { Key = Texts(value, member.Name) },
                ("keyto", true) => parts with { KeyTo = Texts(value, member.Name) },
                ("path", _) => parts with { Path = value.ToString() },
                ("connectionstring", _) => parts with { Connection = value.ToString() },
                ("table", _) => parts with { Table = value.ToString() },
                ("stream", _) => parts with { Stream = value.ToString() },
                ("node", _) => parts with { Node = value.ToString() },
                _ => Unknown(parts, member.Name, what),
            };
        }

        return parts;
    }

    private Parts Unknown(Parts parts, string name, string what)
    {
        faults.Add($"'{name}' of {what} is not known.");
        return parts;
    }

    private ReferenceTarget? TargetOf(Parts parts, IReadOnlyList<string> fields) => (parts.Path, parts.Connection, parts.Table, parts.Stream, parts.Node) switch
    {
        ({ } file, null, null, null, null) => FileTarget(fullPath(file)),
        ({ } file, null, { } name, null, null) => SqliteTarget(fullPath(file), name),
        (null, { } database, { } name, null, null) => TableTarget(database, name),
        (null, null, null, { } name, null) => scope.Stream(name),
        (null, null, null, null, { } type) => scope.Nodes(type, fields),
        _ => null,
    };

    private static ReferenceTarget FileTarget(string path) => new(path, _ => Task.FromResult(FileSources.Open(new FileSourceOptions { Path = path, Fingerprint = false })));

    private static ReferenceTarget SqliteTarget(string path, string table) => new(
        $"{table} of {path}", _ => Task.FromResult<IRecordSource>(SqliteSource.Open(new SqliteSourceOptions { Path = path, Table = table })));

    private static ReferenceTarget TableTarget(string connection, string table) => new(table, async token =>
        await PostgreSqlSource.OpenAsync(new PostgreSqlSourceOptions { ConnectionString = connection, Table = table }, token).ConfigureAwait(false));

    /// <summary>What stands in a rule.</summary>
    private sealed record Parts
    {
        public string[] Fields { get; init; } = [];

        public string[] To { get; init; } = [];

        public string[] Key { get; init; } = [];

        public string[] KeyTo { get; init; } = [];

        public string? Path { get; init; }

        public string? Connection { get; init; }

        public string? Table { get; init; }

        public string? Stream { get; init; }

        public string? Node { get; init; }
    }
}
