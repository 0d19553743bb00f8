namespace SafeAI.Migration.Engine.Journal;

/// <summary>A group of the journal's tables that has a version of its own.</summary>
/// <param name="Name">The name under which its version is kept.</param>
/// <param name="Steps">What brings a file from each version to the next, in order; the version is the number of steps done.</param>
internal sealed record JournalArea(string Name, IReadOnlyList<string> Steps);

/// <summary>The journal's tables. A later version of this program appends steps and never changes one.</summary>
internal static class JournalTables
{
    /// <summary>All areas. An area that a file does not have yet is created in it.</summary>
    public static IReadOnlyList<JournalArea> Areas { get; } = [Runs, Audit, Undo, Monitoring, Control];

    /// <summary>
    /// The runs and the log of their batches. A batch has one row written ahead of the request, and one once its outcome
    /// is known; both have the key run number × 2^32 + batch number, so that the log only grows at its end.
    /// </summary>
    private static JournalArea Runs => new("runs",
    [
        """
        CREATE TABLE run (
            number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, kind TEXT NOT NULL,
            status TEXT NOT NULL, phase TEXT NOT NULL, started TEXT NOT NULL, ended TEXT,
            destination TEXT NOT NULL, sources TEXT NOT NULL, mapping_hash TEXT, options TEXT NOT NULL,
            plan_path TEXT, target TEXT, result TEXT, error TEXT,
            process_id INTEGER NOT NULL, process_started INTEGER NOT NULL, machine TEXT NOT NULL, session TEXT NOT NULL);
        CREATE TABLE batch (
            key INTEGER PRIMARY KEY, type TEXT NOT NULL, from_type TEXT, to_type TEXT, labels TEXT NOT NULL,
            items INTEGER NOT NULL, data BLOB NOT NULL);
        CREATE TABLE outcome (key INTEGER PRIMARY KEY, state INTEGER NOT NULL, data BLOB NOT NULL);
        CREATE TABLE checkpoint (run INTEGER PRIMARY KEY, time TEXT NOT NULL, data TEXT NOT NULL);
        CREATE TABLE reject (
            key INTEGER PRIMARY KEY, run INTEGER NOT NULL, stage TEXT NOT NULL, source TEXT NOT NULL, ordinal INTEGER NOT NULL, data BLOB NOT NULL);
        CREATE INDEX reject_run ON reject (run);
        CREATE TABLE type_count (
            run INTEGER NOT NULL, is_node INTEGER NOT NULL, type TEXT NOT NULL, count INTEGER NOT NULL,
            PRIMARY KEY (run, is_node, type)) WITHOUT ROWID;
        """,
        "ALTER TABLE run ADD COLUMN plan TEXT; ALTER TABLE run ADD COLUMN plan_folder TEXT;",

        // Of what an older version wrote, nobody knows whether it is what it was.
        "ALTER TABLE batch ADD COLUMN hash BLOB; ALTER TABLE outcome ADD COLUMN hash BLOB;",
    ]);

    /// <summary>The audit trail. Rows are added and never changed, not even when their run is removed.</summary>
    private static JournalArea Audit => new("audit",
    [
        "CREATE TABLE audit (number INTEGER PRIMARY KEY, data TEXT NOT NULL, hash TEXT NOT NULL, signature TEXT);",
    ]);

    /// <summary>How far putting back a run has come, and what was left as it is on the way.</summary>
    private static JournalArea Undo => new("undo",
    [
        """
        CREATE TABLE undo (id TEXT PRIMARY KEY, data TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE undo_kept (key INTEGER PRIMARY KEY, id TEXT NOT NULL, data TEXT NOT NULL);
        CREATE INDEX undo_kept_id ON undo_kept (id);
        """,
    ]);

    /// <summary>How far each run has come, and its course second by second, for whoever watches and for the report.</summary>
    private static JournalArea Monitoring => new("monitoring",
    [
        """
        CREATE TABLE progress (id TEXT PRIMARY KEY, data TEXT NOT NULL) WITHOUT ROWID;
        CREATE TABLE course (
            number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL, time TEXT NOT NULL, elapsed REAL NOT NULL, phase TEXT NOT NULL,
            read INTEGER NOT NULL, processed INTEGER NOT NULL, rejected INTEGER NOT NULL, nodes INTEGER NOT NULL,
            relationships INTEGER NOT NULL, verified INTEGER NOT NULL);
        CREATE INDEX course_run ON course (id, number);
        """,
    ]);

    /// <summary>What one process asks of another that works on a run.</summary>
    private static JournalArea Control => new("control",
    [
        "CREATE TABLE control (id TEXT PRIMARY KEY, requests_per_minute INTEGER, throttle_limit INTEGER) WITHOUT ROWID;",
    ]);
}
