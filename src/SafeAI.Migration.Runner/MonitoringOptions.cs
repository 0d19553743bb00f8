using System.CommandLine;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using SafeAI.Migration.Engine.Monitoring;

namespace SafeAI.Migration.Runner;

/// <summary>The options with which a run is watched: a log, measurements in a file, and measurements and spans by OTLP.</summary>
internal sealed class MonitoringOptions
{
    private readonly Option<string?> _log = new("--log") { Description = "A file for the log: a line of JSON for each event. One that exists is gone on with." };

    private readonly Option<MigrationLogLevel> _level = new("--log-level")
    {
        Description = "How much the log says: Debug, Information, Warning or Error.", DefaultValueFactory = _ => MigrationLogLevel.Information,
    };

    private readonly Option<string?> _metrics = new("--metrics-file") { Description = "A file that is kept up to date with the run's measurements, in Prometheus' text format." };

    private readonly Option<Uri?> _otlp = new("--otlp-endpoint")
    {
        Description = "Where measurements and spans are sent by OTLP over HTTP, for instance http://localhost:4318.",
        CustomParser = result =>
        {
            var text = result.Tokens[0].Value;
            if (Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https")
                return uri;
            result.AddError($"'{text}' is not an address for --otlp-endpoint; give one such as http://localhost:4318.");
            return null;
        },
    };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_log);
        command.Add(_level);
        command.Add(_metrics);
        command.Add(_otlp);
    }

    /// <summary>Opens what the options name.</summary>
    /// <exception cref="MigrationException"><see cref="ErrorCode.StoreFailed"/>: a file cannot be written.</exception>
    public Monitoring Begin(ParseResult parsed) =>
        new(parsed.GetValue(_log), parsed.GetValue(_level), parsed.GetValue(_metrics), parsed.GetValue(_otlp));

    /// <summary>What watches one run, until it is disposed.</summary>
    internal sealed class Monitoring : IDisposable
    {
        private readonly LogFile? _log;
        private readonly PrometheusFile? _metrics;
        private readonly MeterProvider? _meters;
        private readonly TracerProvider? _spans;

        public Monitoring(string? log, MigrationLogLevel level, string? metrics, Uri? otlp)
        {
            _log = log is null ? null : new LogFile(log, level);
            _metrics = metrics is null ? null : new PrometheusFile(metrics);
            if (otlp is not null)
            {
                var resource = ResourceBuilder.CreateDefault().AddService("safeai-migrate", serviceVersion: typeof(MonitoringOptions).Assembly.GetName().Version?.ToString(3));
                _meters = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource).AddMeter(MigrationTelemetry.Name)
                    .AddOtlpExporter(o => Configure(o, otlp, "v1/metrics")).Build();
                _spans = Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource).AddSource(MigrationTelemetry.Name)
                    .AddOtlpExporter(o => Configure(o, otlp, "v1/traces")).Build();
            }
        }

        /// <summary>A monitor for the run.</summary>
        /// <param name="progress">Shows its progress.</param>
        public RunMonitor CreateMonitor(IRunObserver progress) => new(_log is null ? [progress] : [progress, _log]);

        public void Dispose()
        {
            // What waits is sent; a receiver that does not answer holds nothing up for long.
            _spans?.Shutdown(3000);
            _meters?.Shutdown(3000);
            _spans?.Dispose();
            _meters?.Dispose();
            _metrics?.Dispose();
            _log?.Dispose();
        }

        private static void Configure(OtlpExporterOptions options, Uri endpoint, string path)
        {
            options.Protocol = OtlpExportProtocol.HttpProtobuf;
            options.Endpoint = new Uri(endpoint.AbsoluteUri.TrimEnd('/') + "/" + path);
        }
    }
}
