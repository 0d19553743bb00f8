using System.Buffers.Binary;
using System.Text;
using SafeAI.Migration.Engine.Loading;

namespace SafeAI.Migration.Engine.Journal;

/// <summary>
/// The items of a batch as one block of bytes, before it is sent, and its outcome as another. The first byte is the
/// version of the form.
/// </summary>
internal static class BatchCodec
{
    private const byte Version = 1;
    private const int KeptCapacity = 1 << 20;
    [ThreadStatic]
    private static MemoryStream? t_stream;
    private static readonly Type[] s_temporalTypes = [typeof(DateTimeOffset), typeof(DateTime), typeof(DateOnly), typeof(TimeOnly), typeof(TimeSpan)];

    [Flags]
    private enum Flags : byte
    {
        None = 0,
        HasBefore = 1,
        HasLabels = 2,
        HasDefaultId = 4,
        HasOtherTickets = 8,
        HasOwnContent = 16,
    }

    /// <summary>What is written ahead of the request.</summary>
    public static byte[] WriteItems(IReadOnlyList<JournaledItem> items, IReadOnlyDictionary<string, Type> temporals)
    {
        var stream = EmptyStream();
        using var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true);
        writer.Write(Version);
        writer.Write7BitEncodedInt(temporals.Count);
        foreach (var (name, type) in temporals)
        {
            writer.Write(name);
            writer.Write((byte)Array.IndexOf(s_temporalTypes, type));
        }

        writer.Write7BitEncodedInt(items.Count);
        var texts = new TextTable();
        foreach (var item in items)
            WriteItem(writer, item, texts);
        writer.Flush();
        return stream.ToArray();
    }

    /// <summary>Reads what <see cref="WriteItems"/> wrote.</summary>
    public static (JournaledItem[] Items, IReadOnlyDictionary<string, Type> Temporals) ReadItems(byte[] data, bool isNode)
    {
        using var reader = new BinaryReader(new MemoryStream(data), Encoding.UTF8);
        CheckVersion(reader);
        var temporals = new Dictionary<string, Type>(StringComparer.Ordinal);
        for (var left = reader.Read7BitEncodedInt(); left > 0; left--)
            temporals[reader.ReadString()] = s_temporalTypes[reader.ReadByte()];
        var items = new JournaledItem[reader.Read7BitEncodedInt()];
        var texts = new TextTable();
        for (var i = 0; i < items.Length; i++)
            items[i] = ReadItem(reader, isNode, texts);
        return (items, temporals);
    }

    /// <summary>What is written once the answer is in: every item's outcome, and what the answer knew better of its state before.</summary>
    /// <param name="items">The items, in the order in which they were written ahead.</param>
    /// <param name="corrected">The places of those whose state before or hash after is not what was written ahead.</param>
    public static byte[] WriteOutcome(IReadOnlyList<JournaledItem> items, IReadOnlyCollection<int> corrected)
    {
        var stream = EmptyStream();
        using var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true);
        writer.Write(Version);
        foreach (var item in items)
            writer.Write((byte)item.Outcome);
        writer.Write7BitEncodedInt(corrected.Count);
        var texts = new TextTable();
        foreach (var i in corrected)
        {
            writer.Write7BitEncodedInt(i);
            var flags = BeforeFlags(items[i]);
            writer.Write((byte)flags);
            writer.Write(items[i].AfterHash);
            WriteBefore(writer, items[i], flags, texts);
        }

        writer.Flush();
        return stream.ToArray();
    }

    /// <summary>Lays an outcome over the items that were written ahead.</summary>
    public static void ReadOutcome(byte[] data, IReadOnlyList<JournaledItem> items)
    {
        using var reader = new BinaryReader(new MemoryStream(data), Encoding.UTF8);
        CheckVersion(reader);
        foreach (var item in items)
            item.Outcome = (ItemOutcome)reader.ReadByte();
        var texts = new TextTable();
        for (var left = reader.Read7BitEncodedInt(); left > 0; left--)
        {
            var item = items[reader.Read7BitEncodedInt()];
            var flags = (Flags)reader.ReadByte();
            item.AfterHash = reader.ReadBytes(GraphContent.HashLength);
            (item.Before, item.LabelsBefore) = ReadBefore(reader, flags, texts);
        }
    }

    // Blocks are big: to let one grow for each batch would be most of what there is to collect.
    private static MemoryStream EmptyStream()
    {
        if (t_stream is not { Capacity: <= KeptCapacity })
            t_stream = new MemoryStream();
        t_stream.SetLength(0);
        return t_stream;
    }

    private static void WriteItem(BinaryWriter writer, JournaledItem item, TextTable texts)
    {
        var content = BinaryPrimitives.ReadUInt64LittleEndian(item.AfterHash);
        var first = item.Tickets[0];
        var flags = BeforeFlags(item);
        if (item.FromId is not null && item.Id.EndsWith(item.ToId!, StringComparison.Ordinal) && item.Id == GraphRelationship.DefaultId(item.FromId, item.ToId!))
            flags |= Flags.HasDefaultId;
        if (item.Tickets.Count > 1)
            flags |= Flags.HasOtherTickets;
        if (first.ContentHash != content)
            flags |= Flags.HasOwnContent;
        writer.Write((byte)flags);
        writer.Write((byte)item.Outcome);
        if (!flags.HasFlag(Flags.HasDefaultId))
            writer.Write(item.Id);
        if (item.FromId is not null)
        {
            writer.Write(item.FromId);
            writer.Write(item.ToId!);
        }

        writer.Write(item.AfterHash);
        WriteTicket(writer, first);
        if (flags.HasFlag(Flags.HasOwnContent))
            writer.Write(first.ContentHash);
        if (flags.HasFlag(Flags.HasOtherTickets))
        {
            writer.Write7BitEncodedInt(item.Tickets.Count - 1);
            for (var i = 1; i < item.Tickets.Count; i++)
            {
                WriteTicket(writer, item.Tickets[i]);
                writer.Write(item.Tickets[i].ContentHash);
            }
        }

        WriteBefore(writer, item, flags, texts);
    }

    private static JournaledItem ReadItem(BinaryReader reader, bool isNode, TextTable texts)
    {
        var flags = (Flags)reader.ReadByte();
        var outcome = (ItemOutcome)reader.ReadByte();
        var id = flags.HasFlag(Flags.HasDefaultId) ? null : reader.ReadString();
        var from = isNode ? null : reader.ReadString();
        var to = isNode ? null : reader.ReadString();
        var after = reader.ReadBytes(GraphContent.HashLength);
        var ticket = ReadTicket(reader);
        var content = flags.HasFlag(Flags.HasOwnContent) ? reader.ReadUInt64() : BinaryPrimitives.ReadUInt64LittleEndian(after);
        var tickets = new JournaledTicket[1 + (flags.HasFlag(Flags.HasOtherTickets) ? reader.Read7BitEncodedInt() : 0)];
        tickets[0] = new JournaledTicket(ticket, content);
        for (var i = 1; i < tickets.Length; i++)
        {
            ticket = ReadTicket(reader);
            tickets[i] = new JournaledTicket(ticket, reader.ReadUInt64());
        }

        var (before, labels) = ReadBefore(reader, flags, texts);
        return new JournaledItem
        {
            Id = id ?? GraphRelationship.DefaultId(from!, to!),
            FromId = from,
            ToId = to,
            AfterHash = after,
            Tickets = tickets,
            Outcome = outcome,
            Before = before,
            LabelsBefore = labels,
        };
    }

    private static Flags BeforeFlags(JournaledItem item) =>
        (item.Before is null ? Flags.None : Flags.HasBefore) | (item.LabelsBefore is null ? Flags.None : Flags.HasLabels);

    private static void WriteBefore(BinaryWriter writer, JournaledItem item, Flags flags, TextTable texts)
    {
        if (flags.HasFlag(Flags.HasBefore))
        {
            var before = item.Before!;
            writer.Write7BitEncodedInt(before.Count);
            for (var i = 0; i < before.Count; i++)
            {
                texts.Write(writer, before.GetName(i));
                ValueCodec.Write(writer, before.GetValue(i));
            }
        }

        if (flags.HasFlag(Flags.HasLabels))
        {
            writer.Write7BitEncodedInt(item.LabelsBefore!.Count);
            foreach (var label in item.LabelsBefore)
                texts.Write(writer, label);
        }
    }

    private static (PropertySet? Before, IReadOnlyList<string>? Labels) ReadBefore(BinaryReader reader, Flags flags, TextTable texts)
    {
        PropertySet? before = null;
        if (flags.HasFlag(Flags.HasBefore))
        {
            var names = new string[reader.Read7BitEncodedInt()];
            var values = new object?[names.Length];
            for (var i = 0; i < names.Length; i++)
            {
                names[i] = texts.Read(reader);
                values[i] = ValueCodec.Read(reader);
            }

            before = new PropertySet(names, values);
        }

        string[]? labels = null;
        if (flags.HasFlag(Flags.HasLabels))
        {
            labels = new string[reader.Read7BitEncodedInt()];
            for (var i = 0; i < labels.Length; i++)
                labels[i] = texts.Read(reader);
        }

        return (before, labels);
    }

    private static void WriteTicket(BinaryWriter writer, JournaledTicket ticket)
    {
        writer.Write7BitEncodedInt(ticket.Ticket.Source);
        writer.Write7BitEncodedInt64(ticket.Ticket.Ordinal);
    }

    private static RecordTicket ReadTicket(BinaryReader reader) => new(reader.Read7BitEncodedInt(), reader.Read7BitEncodedInt64());

    private static void CheckVersion(BinaryReader reader)
    {
        var version = reader.ReadByte();
        if (version != Version)
            throw new MigrationException(ErrorCode.JournalFailed, $"The journal holds a batch in the form {version}, which this program does not know.", "Use a newer program.");
    }
}

/// <summary>Texts that recur in a block of bytes: each is spelt once, and is a number after that.</summary>
internal sealed class TextTable
{
    private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
    private readonly List<string> _texts = [];
    private int _last;

    public void Write(BinaryWriter writer, string text)
    {
        // Items of one kind have their texts in turn: nearly always it is the last one, the one after that, or the first again.
        if (IsAt(_last, text) || IsAt(++_last, text) || IsAt(_last = 0, text))
        {
            writer.Write7BitEncodedInt(_last);
            return;
        }

        if (_numbers.TryGetValue(text, out var number))
        {
            writer.Write7BitEncodedInt(number);
            _last = number;
            return;
        }

        _last = _texts.Count;
        writer.Write7BitEncodedInt(_last);
        writer.Write(text);
        _numbers.Add(text, _last);
        _texts.Add(text);
    }

    public string Read(BinaryReader reader)
    {
        var number = reader.Read7BitEncodedInt();
        if (number == _texts.Count)
            _texts.Add(reader.ReadString());
        return _texts[number];
    }

    private bool IsAt(int number, string text) => number < _texts.Count && ReferenceEquals(_texts[number], text);
}
