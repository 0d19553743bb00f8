using System.Text.Json;
using SafeAI.Migration.Engine.Loading;

namespace SafeAI.Migration.Engine.Validation;

/// <summary>
/// Keeps rejects as lines of JSON in a file that only its owner may read: the original record whole, where it was
/// read, the stage, the rule, the field, the value and the reason. Safe for several threads; every line is written
/// whole.
/// </summary>
public sealed class RejectWriter : IDisposable
{
    private static readonly JsonWriterOptions s_options = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly object _lock = new();
    private readonly string _path;
    private readonly MemoryStream _line = new();
    private FileStream? _file;

    /// <summary>Prepares a file, which is created with the first reject. A file of that name is replaced then, or removed by <see cref="Complete"/>.</summary>
    public RejectWriter(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        _path = Path.GetFullPath(path);
    }

    /// <summary>Rejects written so far.</summary>
    public long Count { get; private set; }

    /// <summary>Writes one reject.</summary>
    /// <exception cref="MigrationException"><see cref="ErrorCode.StoreFailed"/>: the file cannot be written.</exception>
    public void Write(Reject reject)
    {
        ArgumentNullException.ThrowIfNull(reject);
        WriteLine(LineOf(reject));
    }

    /// <summary>The line for a reject, without its end.</summary>
    internal static byte[] LineOf(Reject reject)
    {
        using var line = new MemoryStream();
        using (var writer = new Utf8JsonWriter(line, s_options))
            Write(writer, reject);
        return line.ToArray();
    }

    /// <summary>Writes a line that <see cref="LineOf"/> made.</summary>
    internal void WriteLine(byte[] line)
    {
        lock (_lock)
        {
            try
            {
                _file ??= Open();
                _line.SetLength(0);
                _line.Write(line);
                _line.WriteByte((byte)'\n');
                _file.Write(_line.GetBuffer().AsSpan(0, (int)_line.Length));
                Count++;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new MigrationException(ErrorCode.StoreFailed, $"The rejects cannot be written to {_path}: {e.Message}", "Make room or name another file.", e);
            }
        }
    }

    /// <summary>Says that all rejects were written. Where there are none, an older file of that name is removed, so that nobody takes what is in it for rejects of this run.</summary>
    /// <exception cref="MigrationException"><see cref="ErrorCode.StoreFailed"/>: the older file cannot be removed.</exception>
    public void Complete()
    {
        lock (_lock)
        {
            if (_file is not null)
                return;
            try
            {
                if (File.Exists(_path))
                    File.Delete(_path);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                throw new MigrationException(ErrorCode.StoreFailed, $"The rejects of an earlier run cannot be removed from {_path}: {e.Message}", "Remove that file: this run had none.", e);
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _file?.Dispose();
            _file = null;
            _line.Dispose();
        }
    }

    private FileStream Open()
    {
        File.Delete(_path);
        PrivateFile.Create(_path);

        // Without a buffer: a reject that counts is in the file, also where the process is killed a moment later.
        return new FileStream(_path, FileMode.Append, FileAccess.Write, FileShare.Read, bufferSize: 0);
    }

    private static void Write(Utf8JsonWriter writer, Reject reject)
    {
        writer.WriteStartObject();
        writer.WriteString("source", reject.Position.Source);
        writer.WriteNumber("ordinal", reject.Position.Ordinal);
        if (reject.Position.Line > 0)
            writer.WriteNumber("line", reject.Position.Line);
        writer.WriteString("stage", reject.Stage.ToString());
        writer.WriteString("code", reject.Code);
        if (reject.Rule is not null)
            writer.WriteString("rule", reject.Rule);
        if (reject.Field is not null)
            writer.WriteString("field", reject.Field);
        if (reject.Value is not null)
        {
            writer.WritePropertyName("value");
            RecordJson.WriteValue(writer, reject.Value);
        }

        writer.WriteString("reason", reject.Reason);
        if (reject.Item is not null)
            writer.WriteString("item", reject.Item.ToString());
        if (reject.Record is not null)
        {
            // By this name a mapping knows the record; mostly it is that of the source.
            var schema = reject.Record.GetSchema();
            if (schema.Name != Path.GetFileNameWithoutExtension(reject.Position.Source) || schema.Namespace is not null)
                writer.WriteString("name", schema.Name);
            if (schema.Namespace is not null)
                writer.WriteString("namespace", schema.Namespace);
            writer.WritePropertyName("record");
            RecordJson.WriteRecord(writer, reject.Record);
            WriteKinds(writer, reject.Record.GetSchema().Fields.Select(f => (f.Name, reject.Record.GetValue(f.Ordinal))));
        }
        else if (reject.Item is not null)
        {
            WriteItem(writer, reject.Item);
        }
        else if (reject.RawText is not null)
        {
            writer.WriteString("raw", reject.RawText);
        }

        writer.WriteEndObject();
    }

    // An item that came without a record, for instance from another graph, is all that there is.
    private static void WriteItem(Utf8JsonWriter writer, GraphItem item)
    {
        writer.WriteStartObject("graph");
        writer.WriteString("type", item.Type);
        writer.WriteString("id", item.Id);
        if (item is GraphRelationship relationship)
        {
            writer.WriteString("from_type", relationship.FromType);
            writer.WriteString("from_id", relationship.FromId);
            writer.WriteString("to_type", relationship.ToType);
            writer.WriteString("to_id", relationship.ToId);
        }
        else if (item is GraphNode { Labels.Count: > 0 } node)
        {
            writer.WritePropertyName("labels");
            RecordJson.WriteValue(writer, node.Labels);
        }

        writer.WriteEndObject();
        var properties = Enumerable.Range(0, item.Properties.Count).Select(i => (Name: item.Properties.GetName(i), Value: item.Properties.GetValue(i))).ToArray();
        writer.WriteStartObject("record");
        foreach (var (name, value) in properties)
        {
            writer.WritePropertyName(name);
            RecordJson.WriteValue(writer, value);
        }

        writer.WriteEndObject();
        WriteKinds(writer, properties);
    }

    // JSON has text and numbers only: what each value was stands beside the record, so that it is the same again when read back.
    private static void WriteKinds(Utf8JsonWriter writer, IEnumerable<(string Name, object? Value)> values)
    {
        var kinds = values.Where(v => RecordJson.HasKinds(v.Value)).ToArray();
        if (kinds.Length == 0)
            return;
        writer.WriteStartObject("kinds");
        foreach (var (name, value) in kinds)
        {
            writer.WritePropertyName(name);
            RecordJson.WriteKinds(writer, value);
        }

        writer.WriteEndObject();
    }
}
