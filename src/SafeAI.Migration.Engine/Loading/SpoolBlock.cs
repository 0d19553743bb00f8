using System.Numerics;
using System.Text;
using SafeAI.Migration.Engine.Journal;

namespace SafeAI.Migration.Engine.Loading;

/// <summary>
/// Some relationships and the records they came from as one block of bytes that needs nothing else to be read: shapes and
/// recurring texts are spelt in it.
/// </summary>
internal static class SpoolBlock
{
    private static readonly Dictionary<string, Type> s_types = new[]
    {
        typeof(string), typeof(bool), typeof(long), typeof(int), typeof(short), typeof(byte), typeof(double), typeof(float), typeof(decimal), typeof(char),
        typeof(Guid), typeof(DateTime), typeof(DateTimeOffset), typeof(DateOnly), typeof(TimeOnly), typeof(TimeSpan), typeof(BigInteger), typeof(byte[]),
    }.ToDictionary(t => t.FullName!, StringComparer.Ordinal);

    /// <summary>Writes a block.</summary>
    /// <param name="stream">Takes it in place of what it held.</param>
    /// <param name="items">The relationships.</param>
    /// <param name="shapes">The shapes met so far.</param>
    /// <returns>The block, in the stream's memory.</returns>
    public static ReadOnlySpan<byte> Write(MemoryStream stream, IReadOnlyList<LoadItem> items, SpoolShapes shapes)
    {
        stream.SetLength(0);
        using var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true);
        var texts = new TextTable();
        var schemas = new Dictionary<RecordSchema, int>(ReferenceEqualityComparer.Instance);
        writer.Write7BitEncodedInt(items.Count);
        foreach (var item in items)
        {
            var relationship = (GraphRelationship)item.Item;
            writer.Write7BitEncodedInt64(item.Number);
            texts.Write(writer, relationship.Type);
            writer.Write(relationship.Id);
            texts.Write(writer, relationship.FromType);
            writer.Write(relationship.FromId);
            texts.Write(writer, relationship.ToType);
            writer.Write(relationship.ToId);
            var properties = relationship.Properties;
            writer.Write7BitEncodedInt(properties.Count);
            for (var i = 0; i < properties.Count; i++)
            {
                texts.Write(writer, properties.GetName(i));
                ValueCodec.Write(writer, properties.GetValue(i));
            }

            writer.Write7BitEncodedInt(item.Ticket.Source);
            writer.Write7BitEncodedInt64(item.Ticket.Ordinal);
            WriteRecord(writer, relationship.GetRecord(), schemas, texts, shapes);
        }

        writer.Flush();
        return stream.GetBuffer().AsSpan(0, (int)stream.Length);
    }

    /// <summary>Reads a block.</summary>
    /// <param name="data">What <see cref="Write(MemoryStream, IReadOnlyList{LoadItem}, SpoolShapes)"/> returned.</param>
    /// <param name="accounts">Knows the streams by their numbers.</param>
    /// <param name="shapes">The shapes met so far, so that each is made once.</param>
    public static List<LoadItem> Read(byte[] data, RecordAccounts accounts, SpoolShapes shapes)
    {
        using var reader = new BinaryReader(new MemoryStream(data), Encoding.UTF8);
        var texts = new TextTable();
        var schemas = new List<RecordSchema>();
        string[]? names = null;
        var count = reader.Read7BitEncodedInt();
        var items = new List<LoadItem>(count);
        for (; count > 0; count--)
        {
            var number = reader.Read7BitEncodedInt64();
            var type = texts.Read(reader);
            var id = reader.ReadString();
            var fromType = texts.Read(reader);
            var fromId = reader.ReadString();
            var toType = texts.Read(reader);
            var toId = reader.ReadString();
            var ownNames = new string[reader.Read7BitEncodedInt()];
            var values = new object?[ownNames.Length];
            for (var i = 0; i < values.Length; i++)
            {
                ownNames[i] = texts.Read(reader);
                values[i] = ValueCodec.Read(reader);
            }

            if (names is null || !names.AsSpan().SequenceEqual(ownNames))
                names = ownNames;
            var ticket = new RecordTicket(reader.Read7BitEncodedInt(), reader.Read7BitEncodedInt64());
            var record = ReadRecord(reader, accounts.StreamOf(ticket.Source), schemas, texts, shapes);
            items.Add(new LoadItem(
                new GraphRelationship(type, id, fromType, fromId, toType, toId, values.Length == 0 ? PropertySet.Empty : new PropertySet(names, values), record),
                ticket, Number: number));
        }

        return items;
    }

    /// <summary>A type by its name; object where it is none that records usually hold.</summary>
    public static Type TypeOf(string name) => s_types.GetValueOrDefault(name, typeof(object));

    private static void WriteRecord(BinaryWriter writer, Record? record, Dictionary<RecordSchema, int> schemas, TextTable texts, SpoolShapes shapes)
    {
        writer.Write(record is not null);
        if (record is null)
            return;
        var schema = record.GetSchema();
        if (!schemas.TryGetValue(schema, out var number))
        {
            shapes.Note(schema);
            schemas[schema] = number = schemas.Count;
            writer.Write7BitEncodedInt(number);
            texts.Write(writer, SpoolShapes.Title(schema));
            writer.Write7BitEncodedInt(schema.Fields.Count);
            foreach (var field in schema.Fields)
            {
                texts.Write(writer, field.Name);
                texts.Write(writer, field.Type.FullName ?? "");
            }
        }
        else
        {
            writer.Write7BitEncodedInt(number);
        }

        var position = record.GetPosition();
        writer.Write7BitEncodedInt64(position.Ordinal);
        writer.Write7BitEncodedInt64(position.Line);
        for (var i = 0; i < schema.Fields.Count; i++)
            ValueCodec.Write(writer, record.GetValue(i));
    }

    private static Record? ReadRecord(BinaryReader reader, RecordSource source, List<RecordSchema> schemas, TextTable texts, SpoolShapes shapes)
    {
        if (!reader.ReadBoolean())
            return null;
        var number = reader.Read7BitEncodedInt();
        if (number == schemas.Count)
        {
            var title = texts.Read(reader);
            var fields = new (string Name, Type Type)[reader.Read7BitEncodedInt()];
            for (var i = 0; i < fields.Length; i++)
                fields[i] = (texts.Read(reader), TypeOf(texts.Read(reader)));
            schemas.Add(shapes.For(title, fields));
        }

        var schema = schemas[number];
        var ordinal = reader.Read7BitEncodedInt64();
        var line = reader.Read7BitEncodedInt64();
        var values = new object?[schema.Fields.Count];
        for (var i = 0; i < values.Length; i++)
            values[i] = ValueCodec.Read(reader);
        return schema.CreateRecord(values, source, ordinal, line);
    }
}

/// <summary>The shapes of records met in blocks. Safe for several threads.</summary>
internal sealed class SpoolShapes
{
    private readonly Dictionary<string, RecordSchema> _schemas = new(StringComparer.Ordinal);

    /// <summary>Takes note of a shape, so that its records come back with all that is known of it.</summary>
    public void Note(RecordSchema schema)
    {
        lock (_schemas)
            _schemas.TryAdd(KeyOf(Title(schema), schema.Fields.Select(f => (f.Name, SpoolBlock.TypeOf(f.Type.FullName ?? "")))), schema);
    }

    public RecordSchema For(string title, IReadOnlyList<(string Name, Type Type)> fields)
    {
        var key = KeyOf(title, fields);
        lock (_schemas)
        {
            if (!_schemas.TryGetValue(key, out var schema))
            {
                var parts = title.Split('\0');
                _schemas[key] = schema = new RecordSchema(parts[0], fields.Select(f => new RecordField(f.Name, f.Type)), parts.Skip(2)) { Namespace = parts.Length > 1 && parts[1].Length > 0 ? parts[1] : null };
            }

            return schema;
        }
    }

    /// <summary>What tells tables of one name and the same columns apart: their database's schema, and their key.</summary>
    public static string Title(RecordSchema schema) => schema.Namespace is null && schema.Key.Count == 0
        ? schema.Name
        : string.Join('\0', schema.Key.Select(k => k.Name).Prepend(schema.Namespace ?? "").Prepend(schema.Name));

    private static string KeyOf(string title, IEnumerable<(string Name, Type Type)> fields) =>
        title + "\n" + string.Join('\n', fields.Select(f => f.Name + "\t" + f.Type.FullName));
}
