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
    /// <exception cref="MigrationException"><see cref="ErrorCode.StoreFailed"/>: the file cannot be written.</exception>
    public void Flush()
    {
        if (_file is null)
            return;
        try
        {
            _buffer.WriteTo(_file);
            _buffer.SetLength(0);
            _file.Flush();
        }
        catch (IOException e)
        {
            throw new MigrationException(ErrorCode.StoreFailed, $"The transformation log '{_file.Name}' cannot be written: {e.Message}", "Check the space of the disk.", e) { Stage = MigrationStage.Transform };
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            if (_file is { CanWrite: true })
                Flush();
        }
        finally
        {
            _writer?.Dispose();
            _file?.Dispose();
        }

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
