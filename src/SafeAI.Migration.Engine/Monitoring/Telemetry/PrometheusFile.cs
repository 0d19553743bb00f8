using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;

namespace SafeAI.Migration.Engine.Monitoring;

/// <summary>
/// Keeps the program's measurements in a text file of Prometheus' format, as node_exporter's textfile collector reads
/// it. The file is replaced whole every few seconds and at the end.
/// </summary>
public sealed class PrometheusFile : IDisposable
{
    private static readonly double[] s_bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

    private readonly string _path;
    private readonly MeterListener _listener;
    private readonly ConcurrentDictionary<Instrument, ConcurrentDictionary<string, Series>> _instruments = new();
    private readonly object _lock = new();
    private readonly ITimer _timer;

    /// <summary>Begins to listen.</summary>
    /// <param name="path">The file.</param>
    /// <param name="interval">The time between two writes; null for five seconds.</param>
    /// <param name="clock">The clock; null for the system's.</param>
    /// <exception cref="MigrationException"><see cref="ErrorCode.StoreFailed"/>: the file cannot be written.</exception>
    public PrometheusFile(string path, TimeSpan? interval = null, TimeProvider? clock = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        _path = Path.GetFullPath(path);
        _listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == MigrationTelemetry.Name)
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        _listener.SetMeasurementEventCallback<long>((i, value, tags, _) => Take(i, value, tags));
        _listener.SetMeasurementEventCallback<double>((i, value, tags, _) => Take(i, value, tags));
        _listener.Start();
        try
        {
            Write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _listener.Dispose();
            throw new MigrationException(ErrorCode.StoreFailed, $"The measurements cannot be written to {_path}: {e.Message}", "Check the folder, or name another file.", e);
        }

        var time = interval ?? TimeSpan.FromSeconds(5);
        _timer = (clock ?? TimeProvider.System).CreateTimer(_ => TryWrite(), null, time, time);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _timer.Dispose();
        TryWrite();
        _listener.Dispose();
    }

    private static string NameOf(Instrument instrument)
    {
        var name = instrument.Name.Replace('.', '_');
        name = instrument.Unit switch { "s" => name + "_seconds", "1" => name + "_ratio", _ => name };
        return instrument is Counter<long> ? name + "_total" : name;
    }

    private static string LabelsOf(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var labels = new StringBuilder();
        foreach (var (name, value) in tags)
        {
            labels.Append(labels.Length > 0 ? "," : "").Append(name.Replace('.', '_')).Append("=\"");
            foreach (var c in Convert.ToString(value, CultureInfo.InvariantCulture) ?? "")
                _ = c switch { '\\' => labels.Append("\\\\"), '"' => labels.Append("\\\""), '\n' => labels.Append("\\n"), _ => labels.Append(c) };
            labels.Append('"');
        }

        return labels.ToString();
    }

    private void Take(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var series = _instruments.GetOrAdd(instrument, _ => new ConcurrentDictionary<string, Series>(StringComparer.Ordinal)).GetOrAdd(LabelsOf(tags), _ => new Series());
        lock (series)
        {
            series.Count++;
            series.Sum = instrument.IsObservable ? value : series.Sum + value;
            for (var i = 0; i < s_bounds.Length && instrument is Histogram<double> or Histogram<long>; i++)
            {
                if (value <= s_bounds[i])
                    series.Buckets[i]++;
            }
        }
    }

    private void TryWrite()
    {
        try
        {
            Write();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // A run is worth more than its measurements; the next write may succeed.
        }
    }

    private void Write()
    {
        lock (_lock)
        {
            _listener.RecordObservableInstruments();
            var text = new StringBuilder();
            foreach (var (instrument, all) in _instruments.OrderBy(i => i.Key.Name, StringComparer.Ordinal))
            {
                var name = NameOf(instrument);
                var isHistogram = instrument is Histogram<double> or Histogram<long>;
                text.Append("# HELP ").Append(name).Append(' ').Append(instrument.Description).Append('\n')
                    .Append("# TYPE ").Append(name).Append(isHistogram ? " histogram" : instrument is Counter<long> ? " counter" : " gauge").Append('\n');
                foreach (var (labels, series) in all.OrderBy(s => s.Key, StringComparer.Ordinal))
                {
                    lock (series)
                    {
                        if (isHistogram)
                            WriteHistogram(text, name, labels, series);
                        else
                            Line(text, name, labels, series.Sum);
                    }
                }
            }

            AtomicFile.Write(_path, text.ToString());
        }
    }

    private static void WriteHistogram(StringBuilder text, string name, string labels, Series series)
    {
        var separator = labels.Length > 0 ? "," : "";
        for (var i = 0; i < s_bounds.Length; i++)
            Line(text, name + "_bucket", string.Create(CultureInfo.InvariantCulture, $"{labels}{separator}le=\"{s_bounds[i]}\""), series.Buckets[i]);
        Line(text, name + "_bucket", $"{labels}{separator}le=\"+Inf\"", series.Count);
        Line(text, name + "_sum", labels, series.Sum);
        Line(text, name + "_count", labels, series.Count);
    }

    private static void Line(StringBuilder text, string name, string labels, double value)
    {
        text.Append(name);
        if (labels.Length > 0)
            text.Append('{').Append(labels).Append('}');
        text.Append(CultureInfo.InvariantCulture, $" {value:R}\n");
    }

    private sealed class Series
    {
        public long Count { get; set; }

        public double Sum { get; set; }

        public long[] Buckets { get; } = new long[s_bounds.Length];
    }
}
