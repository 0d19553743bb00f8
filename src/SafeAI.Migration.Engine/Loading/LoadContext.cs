using SafeAI.Migration.Engine.Journal;

namespace SafeAI.Migration.Engine.Loading;

/// <summary>What the parts of one load share.</summary>
internal sealed class LoadContext
{
    public required IGraphDestination Destination { get; init; }

    public required LoadOptions Options { get; init; }

    public required RecordAccounts Accounts { get; init; }

    public required LoadCounters Counters { get; init; }

    public required TemporalProperties Temporals { get; init; }

    public required TypeStates Types { get; init; }

    /// <summary>The ids that the run has sent, or is about to send, of types that the destination did not have.</summary>
    public required SentIds Sent { get; init; }

    /// <summary>What processes before this one sent, and the destination did not have when it was asked.</summary>
    public LateWrites Late { get; } = new();

    /// <summary>What everything should look like at the end; null where nobody asks.</summary>
    public ItemLedger? Ledger { get; init; }

    /// <summary>The run's journal; null where it keeps none.</summary>
    public RunJournal? Journal { get; init; }

    /// <summary>Receives each item that could not be loaded.</summary>
    public required Action<Reject> Reject { get; init; }

    /// <summary>The hash of an item as the destination will give it.</summary>
    public byte[] HashOf(GraphItem item, PropertySet properties, IEnumerable<string>? labels)
    {
        Temporals.Note(item);
        return GraphContent.Hash(item, Temporals.Restore(item.Type, properties), labels);
    }

    /// <summary>The hash of an item once it is written over what was there before.</summary>
    /// <param name="desired">The item.</param>
    /// <param name="before">The properties that were there; null where nothing was.</param>
    /// <param name="labelsBefore">The further labels that were there.</param>
    public byte[] HashAfter(GraphItem desired, PropertySet? before, IReadOnlyList<string>? labelsBefore) => HashAfter(desired, before, labelsBefore, out _);

    /// <inheritdoc cref="HashAfter(GraphItem, PropertySet?, IReadOnlyList{string}?)"/>
    /// <param name="desired">The item.</param>
    /// <param name="before">The properties that were there; null where nothing was.</param>
    /// <param name="labelsBefore">The further labels that were there.</param>
    /// <param name="isAsAsked">Whether nothing of before is left, so that the item is then just what was asked for.</param>
    public byte[] HashAfter(GraphItem desired, PropertySet? before, IReadOnlyList<string>? labelsBefore, out bool isAsAsked)
    {
        var labels = (desired as GraphNode)?.Labels;
        var properties = before is null || HasAllOf(desired.Properties, before) ? desired.Properties : before.Overlay(desired.Properties);
        Temporals.Note(desired);
        var restored = Temporals.Restore(desired.Type, properties);
        isAsAsked = labelsBefore is not { Count: > 0 } && ReferenceEquals(restored, desired.Properties);
        return GraphContent.Hash(desired, restored, labelsBefore is { Count: > 0 } ? labels?.Union(labelsBefore) : labels);
    }

    /// <summary>A short hash of what a record asks for, the properties that it removes included.</summary>
    public static ulong ContentHash(GraphItem item)
    {
        var hash = System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(GraphContent.Hash(item));
        var properties = item.Properties;
        for (var i = 0; i < properties.Count; i++)
        {
            if (properties.GetValue(i) is null)
                hash ^= StableHash.Of("null", properties.GetName(i));
        }

        return hash;
    }

    private static bool HasAllOf(PropertySet properties, PropertySet others)
    {
        for (var i = 0; i < others.Count; i++)
        {
            if (properties.PlaceOf(others.GetName(i), i) < 0)
                return false;
        }

        return true;
    }
}
