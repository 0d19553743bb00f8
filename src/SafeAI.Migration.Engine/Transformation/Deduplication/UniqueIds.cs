using System.Numerics;
using System.Runtime.InteropServices;
using SafeAI.Migration.Engine.Validation.Keys;

namespace SafeAI.Migration.Engine.Transformation;

/// <summary>
/// Holds the ids that records have made, and finds a record that says something else of an id than one before it. The newest are in
/// memory, the others in a temporary file. Not safe for several threads at once.
/// </summary>
internal sealed class UniqueIds(int memoryLimit = UniqueIds.DefaultMemoryLimit) : IDisposable
{
    /// <summary>How many ids are held in memory unless told otherwise.</summary>
    public const int DefaultMemoryLimit = 25_000;

    // Three quarters of the slots are used.
    private KeyIndex<Statement>? _ids = new((int)Math.Clamp(BitOperations.RoundUpToPowerOf2((uint)memoryLimit / 4 * 4 / 3), 1 << 10, 1 << 15));
    private readonly ItemFingerprint _fingerprint = new();
    private readonly PositionCode _places = new();

    /// <summary>Keeps the ids of a record's items, or fails where another record said something else of one of them.</summary>
    /// <param name="evaluation">The record under way with the items that are to be checked.</param>
    public bool Accept(Evaluation evaluation)
    {
        var stated = evaluation.Stated;
        if (stated.Count == 0)
            return true;
        var place = _places.Encode(evaluation.Record.GetPosition());
        if (stated.Count == 1)
        {
            var own = new Statement(place, _fingerprint.OfContent(stated[0].Item));
            return _ids!.TryAdd(IdOf(stated[0]), own, out var first) || Agree(stated[0], own, first, evaluation);
        }

        // First all are looked up, so that a record that is rejected keeps none.
        foreach (var one in stated)
        {
            if (_ids!.Contains(IdOf(one), out var first) && !Agree(one, new Statement(place, _fingerprint.OfContent(one.Item)), first, evaluation))
                return false;
        }

        foreach (var one in stated)
            _ids!.TryAdd(IdOf(one), new Statement(place, _fingerprint.OfContent(one.Item)), out _);
        return true;
    }

    /// <summary>Lets go of the ids, the memory that they take included; nothing can be accepted any more.</summary>
    public void Dispose()
    {
        _ids?.Dispose();
        _ids = null;
    }

    private UInt128 IdOf(in StatedItem stated) => _fingerprint.OfId(stated.Item, stated.Type);

    private bool Agree(in StatedItem stated, Statement own, Statement first, Evaluation evaluation)
    {
        var (item, type, mapping, isPrivate) = stated;
        var isUnique = mapping is NodeMapping { IsUnique: true };
        if (!isUnique && own.Content == first.Content)
            return true;
        var what = item is GraphNode ? "properties or labels" : "properties or ends";
        evaluation.Fail(ErrorCode.DuplicateKey,
            $"The id '{item.Id}' of the {type} was made already by the record at {_places.Decode(first.Place)}{(own.Content == first.Content ? "" : $", with other {what}")}, and the record at {evaluation.Record.GetPosition()} makes it again. "
            + (isUnique ? "Remove one, or make the id of fields that tell them apart." : "Make the id of fields that tell them apart; or choose \"merge\": true where several records describe one thing."), item.Id);
        evaluation.Blame(MappingElement.Join(mapping.Path, "id"), null, isPrivate);
        return false;
    }

    /// <summary>Where an id was made first, and what was said of it there.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Statement(long Place, ulong Content);
}
