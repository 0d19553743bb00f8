using SafeAI.Migration.Engine.GraphStore;
using SafeAI.Migration.Engine.Journal;

namespace SafeAI.Migration.TestKit;

/// <summary>What a test class derives from that needs, for the time of each test, a folder, a journal and stores in it.</summary>
public abstract class JournalTests : IDisposable
{
    private readonly List<JournalFile> _journals = [];
    private readonly List<GraphStoreDestination> _stores = [];
    private JournalFile? _journal;

    /// <summary>The folder, which is gone after the test.</summary>
    protected TemporaryFolder Folder { get; } = new();

    /// <summary>The journal in it.</summary>
    protected JournalFile Journal => _journal ??= OpenJournal("journal");

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Opens a journal in the folder, to be closed with the test.</summary>
    protected JournalFile OpenJournal(string name)
    {
        var journal = JournalFile.Open(Path.Combine(Folder.Path, name));
        _journals.Add(journal);
        return journal;
    }

    /// <summary>Opens a store in the folder, to be closed with the test; each call opens it once more.</summary>
    protected GraphStoreDestination OpenStore(string name = "store.graph")
    {
        var store = GraphStoreDestination.Open(Path.Combine(Folder.Path, name), create: true);
        _stores.Add(store);
        return store;
    }

    /// <summary>Closes all that is open, and takes the folder away.</summary>
    protected virtual void Dispose(bool disposing)
    {
        // A store in a file has nothing to wait for.
        _stores.ForEach(s => s.DisposeAsync().AsTask().Wait());
        _journals.ForEach(j => j.Dispose());
        Folder.Dispose();
    }
}
