using System.Text.Encodings.Web;
using System.Text.Json;
using SafeAI.Migration.Engine.Loading;

namespace SafeAI.Migration.Engine.Transformation;

/// <summary>How much the transformation log keeps.</summary>
public sealed record TransformationLogOptions
{
    /// <summary>How many values before and after are kept per rule and field, from 0 to 1000.</summary>
    public int SampleSize { get; init; } = 5;

    /// <summary>The file that every changed value is written to, a JSON object a line; null for none. It must not exist.</summary>
    public string? Path { get; init; }
}

/// <summary>What every rule of a mapping did to every field: counts, a few samples, and on request each value.</summary>
public sealed class TransformationLog : IDisposable
{
    private const int FlushSize = 1 << 16;

    private readonly Dictionary<(string Rule, string? Field), RuleCounter> _counters = [];
    private readonly List<RuleCounter> _order = [];
    private readonly FileStream? _file;
    private readonly MemoryStream _buffer = new();
    private readonly Utf8JsonWriter? _writer;

    /// <summary>Creates a log.</summary>
    /// <param name="options">How much it keeps.</param>
    /// <exception cref="MigrationException"><see cref="ErrorCode.StoreFailed"/>: the file exists or cannot be written.</exception>
    public TransformationLog(TransformationLogOptions? options = null)
    {
        options ??= new TransformationLogOptions();
        ArgumentOutOfRangeException.ThrowIfNegative(options.SampleSize);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.SampleSize, 1000);
        SampleSize = options.SampleSize;
        if (options.Path is null)
            return;
        try
        {
            var settings = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.Read };
            if (!OperatingSystem.IsWindows())
                settings.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            _file = new FileStream(options.Path, settings);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MigrationException(
                ErrorCode.StoreFailed, $"The transformation log '{options.Path}' cannot be created: {e.Message}", "Name a file that does not exist yet, in a folder that can be written.", e)
            {
                Stage = MigrationStage.Transform,
            };
        }

        _writer = new Utf8JsonWriter(_buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    }

    /// <summary>What has been counted so far, in the order of the mapping.</summary>
    public IReadOnlyList<RuleStatistics> Statistics => [.. _order.Select(c => c.ToStatistics())];

    internal int SampleSize { get; }

    internal bool WritesValues => _writer is not null;

    internal RuleCounter Counter(string rule, string? field, bool isPrivate)
    {
        if (_counters.TryGetValue((rule, field), out var counter))
        {
            counter.IsPrivate |= isPrivate;
            return counter;
        }

        counter = new RuleCounter(this, rule, field) { IsPrivate = isPrivate };
        _counters.Add((rule, field), counter);
        _order.Add(counter);
        return counter;
    }

    internal void Write(RecordPosition position, RuleCounter counter, string what, object? before, object? after)
    {
        if (_writer is null)
            return;
        _writer.WriteStartObject();
        _writer.WriteString("source", position.Source);
        _writer.WriteNumber("record", position.Ordinal);
        if (position.Line > 0)
            _writer.WriteNumber("line", position.Line);
        _writer.WriteString("rule", counter.Rule);
        if (counter.Field is not null)
            _writer.WriteString("field", counter.Field);
        _writer.WriteString("what", what);
        _writer.WritePropertyName("before");
        WriteValue(counter.Masked(before));
        _writer.WritePropertyName("after");
        WriteValue(counter.Masked(after));
        _writer.WriteEndObject();
        _writer.Flush();
        _writer.Reset();
        _buffer.WriteByte((byte)'\n');
        if (_buffer.Length >= FlushSize)
            Flush();
    }

    /// <summary>Brings everything that was written to the file.</summary>
    public void Flush()
    {
        if (_file is null)
            return;
        _buffer.WriteTo(_file);
        _buffer.SetLength(0);
        _file.Flush();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_file is { CanWrite: true })
            Flush();
        _writer?.Dispose();
        _file?.Dispose();
        _buffer.Dispose();
    }

    private void WriteValue(object? value)
    {
        try
        {
            JsonText.Write(_writer!, value, 0);
        }
        catch (NotSupportedException)
        {
            _writer!.WriteStringValue(GraphText.Format(value is double or float ? value : value?.GetType().Name));
        }
    }
}

/// <summary>What one rule did to one field.</summary>
/// <param name="Rule">The cleaning rule's name, or the place in the mapping with the function or type.</param>
/// <param name="Field">The field, or null where there is no single one.</param>
/// <param name="Seen">Values that came.</param>
/// <param name="Changed">Values that left changed.</param>
/// <param name="Defaulted">Values that were null or empty and replaced by the default.</param>
/// <param name="Rejected">Values that turned their record away.</param>
/// <param name="Lossy">Changed values that lost something, as the mapping allows.</param>
/// <param name="Samples">A few of the changed values; masked where the field is private.</param>
public sealed record RuleStatistics(
    string Rule, string? Field, long Seen, long Changed, long Defaulted, long Rejected, long Lossy, IReadOnlyList<ValueSample> Samples);

/// <summary>A value before and after a rule.</summary>
/// <param name="Before">The value that came; three asterisks where the field is private.</param>
/// <param name="After">The value that left; three asterisks where the field is private.</param>
public sealed record ValueSample(object? Before, object? After);
