using System.Diagnostics;

namespace SafeAI.Migration.Engine.Export;

/// <summary>
/// Takes records and writes them. Nothing of it is to be seen until <see cref="Complete"/>; without it, disposing takes
/// everything back. Not safe for several threads at once.
/// </summary>
public abstract class RecordExport : IDisposable
{
    private readonly Action<Reject> _onReject;
    private readonly GraphRecords _graph = new();
    private readonly List<Record> _sample = [];
    private readonly Stopwatch _clock = new();
    private ColumnPlan? _plan;
    private object?[] _row = [];
    private bool _isComplete;

    private protected RecordExport(Action<Reject>? onReject) => _onReject = onReject ?? (_ => { });

    /// <summary>Records written so far, and those that wait for the first columns to be known.</summary>
    public long Written { get; private set; }

    /// <summary>Records that could not be written.</summary>
    public long Rejected { get; private set; }

    private protected OutputBuffer Output { get; } = new();

    private protected ColumnPlan? Plan => _plan;

    private protected double ElapsedSeconds => _clock.Elapsed.TotalSeconds;

    /// <summary>Whether records may have fields that the first ones do not have.</summary>
    private protected abstract bool IsOpen { get; }

    /// <summary>Whether a <see cref="DateTime"/> in a zone is written with it, and not only as what clocks show there.</summary>
    private protected virtual bool KeepsZones => false;

    /// <summary>Writes a record. One that cannot be written is reported, and the rest goes on.</summary>
    /// <param name="record">The record.</param>
    /// <param name="cancellationToken">Ends the export.</param>
    /// <exception cref="MigrationException">The file or table cannot be written.</exception>
    public void Add(Record record, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(record);
        ObjectDisposedException.ThrowIf(_isComplete, this);
        if (!_clock.IsRunning)
            _clock.Start();
        if (_plan is not null)
        {
            Write(record, cancellationToken);
            return;
        }

        _sample.Add(record);
        if (_sample.Count >= ColumnPlan.SampleSize || (!IsOpen && ColumnPlan.IsClear(record.GetSchema())))
            WriteSample(cancellationToken);
    }

    /// <summary>Writes a node or relationship, as a record with its type, id, ends and properties.</summary>
    /// <param name="item">The item.</param>
    /// <param name="cancellationToken">Ends the export.</param>
    public void Add(GraphItem item, CancellationToken cancellationToken = default) => Add(_graph.Of(item), cancellationToken);

    /// <summary>Ends the export: now it is to be seen, whole.</summary>
    /// <param name="cancellationToken">Ends the attempt.</param>
    /// <exception cref="MigrationException">The file or table cannot be written; nothing of the export is to be seen.</exception>
    public ExportResult Complete(CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_isComplete, this);
        if (_plan is null)
            WriteSample(cancellationToken);
        var result = Finish(cancellationToken);
        _isComplete = true;
        return result with { Records = Written + Rejected, Written = Written, Rejected = Rejected, Columns = _plan!.Columns.Select(c => c.Name).ToArray(), ElapsedSeconds = ElapsedSeconds };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Takes back what was not completed.</summary>
    protected abstract void Dispose(bool disposing);

    private protected abstract void Begin(ColumnPlan plan, CancellationToken cancellationToken);

    private protected abstract void WriteRow(ColumnPlan plan, object?[] row, Record record);

    /// <summary>Brings the buffer on its way.</summary>
    private protected abstract void Flush(CancellationToken cancellationToken);

    private protected abstract ExportResult Finish(CancellationToken cancellationToken);

    private void WriteSample(CancellationToken cancellationToken)
    {
        _plan = ColumnPlan.Of(_sample, IsOpen, KeepsZones);
        Begin(_plan, cancellationToken);
        foreach (var record in _sample)
            Write(record, cancellationToken);
        _sample.Clear();
    }

    private void Write(Record record, CancellationToken cancellationToken)
    {
        var start = Output.Length;
        try
        {
            if (!IsOpen || _plan!.ChecksTypes)
            {
                if (_row.Length != _plan!.Columns.Count)
                    _row = new object?[_plan.Columns.Count];
                _plan.Fill(record, _row);
                if (_row.Length != _plan.Columns.Count)
                    _row = new object?[_plan.Columns.Count];
            }

            WriteRow(_plan, _row, record);
            Written++;
        }
        catch (MigrationException e) when (e.Code != ErrorCode.ExportFailed)
        {
            Output.Truncate(start);
            Rejected++;
            _onReject(new Reject(MigrationStage.Load, e.Code, e.Message, record.GetPosition()) { Field = e.Field, Record = record, Exception = e });
        }

        if (Output.Length >= OutputBuffer.FlushSize)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Flush(cancellationToken);
        }
    }
}
