using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;
using SafeAI.Migration.Engine.Loading;

namespace SafeAI.Migration.Engine.Journal;

/// <summary>
/// The one thread that writes to a journal. What is waiting when it is free becomes one transaction, so that several
/// batches share the time that the disk takes; the order is kept.
/// </summary>
internal sealed class JournalWriter : IDisposable
{
    private const int MostAtOnce = 256;

    private readonly SqliteConnection _connection;
    private readonly string _path;
    private readonly BlockingCollection<Job> _jobs = [];
    private readonly Thread _thread;
    private volatile MigrationException? _failure;

    public JournalWriter(SqliteConnection connection, string path)
    {
        _connection = connection;
        _path = path;
        _thread = new Thread(Work) { IsBackground = true, Name = "journal" };
        _thread.Start();
    }

    /// <summary>Why an earlier write failed; nothing is written after that.</summary>
    public MigrationException? Failure => _failure;

    /// <summary>Queues a write; the task ends when it is on disk.</summary>
    /// <param name="write">Runs on the writer's thread.</param>
    /// <param name="isLog">Whether nothing may be written after it failed, as with a log that must not have gaps.</param>
    public Task Add(Action<SqliteConnection> write, bool isLog = false) => Add(new Job(write, InTransaction: true, isLog));

    /// <summary>Queues what cannot be part of a transaction with others.</summary>
    public Task AddOutside(Action<SqliteConnection> write) => Add(new Job(write, InTransaction: false, IsLog: false));

    public void Dispose()
    {
        _jobs.CompleteAdding();
        _thread.Join();
        _jobs.Dispose();
    }

    private Task Add(Job job)
    {
        if (_failure is { } failure)
            return Task.FromException(failure);
        try
        {
            _jobs.Add(job);
        }
        catch (InvalidOperationException)
        {
            return Task.FromException(new ObjectDisposedException(nameof(JournalFile)));
        }

        return job.Done.Task;
    }

    private void Work()
    {
        var group = new List<Job>();
        foreach (var first in _jobs.GetConsumingEnumerable())
        {
            group.Clear();
            group.Add(first);
            while (first.InTransaction && group.Count < MostAtOnce && _jobs.TryTake(out var next))
            {
                group.Add(next);
                if (!next.InTransaction)
                    break;
            }

            var outside = group[^1].InTransaction ? null : group[^1];
            if (outside is not null)
                group.RemoveAt(group.Count - 1);
            if (group.Count > 0)
                Run(group, inTransaction: true);
            if (outside is not null)
                Run([outside], inTransaction: false);
        }
    }

    private void Run(IReadOnlyList<Job> group, bool inTransaction)
    {
        var started = System.Diagnostics.Stopwatch.GetTimestamp();
        try
        {
            if (_failure is { } failure)
                throw failure;
            if (inTransaction)
                LocalDatabase.Execute(_connection, "BEGIN IMMEDIATE");
            foreach (var job in group)
                job.Write(_connection);
            if (inTransaction)
            {
                CrashPoint.Hit("journal.commit");
                LocalDatabase.Execute(_connection, "COMMIT");
            }
        }
        catch (Exception e)
        {
            RollBack();
            Refuse(group, inTransaction, JournalError.From(e, _path));
            return;
        }

        Monitoring.MigrationTelemetry.JournalWrite.Record(System.Diagnostics.Stopwatch.GetElapsedTime(started).TotalSeconds);
        foreach (var job in group)
            job.Done.TrySetResult();
    }

    private void RollBack()
    {
        try
        {
            LocalDatabase.Execute(_connection, "ROLLBACK");
        }
        catch (SqliteException)
        {
            // It was rolled back already, or never begun.
        }
    }

    private void Refuse(IReadOnlyList<Job> group, bool inTransaction, MigrationException failure)
    {
        // One that is refused must not take the others with it, which wait for the same disk.
        if (inTransaction && group.Count > 1 && _failure is null)
        {
            foreach (var job in group)
                Run([job], inTransaction: true);
            return;
        }

        foreach (var job in group)
        {
            if (job.IsLog)
                _failure ??= failure;
            job.Done.TrySetException(failure);
            _ = job.Done.Task.Exception;
        }
    }

    private sealed record Job(Action<SqliteConnection> Write, bool InTransaction, bool IsLog)
    {
        public TaskCompletionSource Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
