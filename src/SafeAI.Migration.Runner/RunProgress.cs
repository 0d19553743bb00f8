using System.Collections.Concurrent;
using System.Globalization;
using SafeAI.Migration.Engine.Monitoring;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace SafeAI.Migration.Runner;

/// <summary>Shows how far a run has come as bars in a terminal: one for all of it, one for each phase.</summary>
internal sealed class ProgressBars : IRunObserver
{
    private readonly Dictionary<string, ProgressTask> _bars = [];
    private readonly object _lock = new();
    private readonly string _name;
    private readonly ProgressContext _context;
    private readonly TextColumn _texts;

    private ProgressBars(string name, ProgressContext context, TextColumn texts) => (_name, _context, _texts) = (name, context, texts);

    /// <summary>Shows bars while work is done, and takes them away at its end.</summary>
    /// <param name="console">Where.</param>
    /// <param name="name">What the run is called.</param>
    /// <param name="work">The work; is given what has to hear of the run.</param>
    public static Task<T> ShowAsync<T>(IAnsiConsole console, string name, Func<IRunObserver, Task<T>> work)
    {
        var texts = new TextColumn();
        return console.Progress().AutoClear(true)
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), texts)
            .StartAsync(context => work(new ProgressBars(name, context, texts)));
    }

    /// <inheritdoc/>
    public void Observe(RunEvent happened)
    {
        if (happened is not ProgressMade { Progress: var progress })
            return;
        lock (_lock)
        {
            Show(_name, progress.PercentComplete ?? 0, progress.PercentComplete is null ? null : 100, string.Create(
                CultureInfo.InvariantCulture,
                $"{progress.ProcessedRecords:N0} records{(progress.SecondsRemaining is { } left ? $", {TimeSpan.FromSeconds(Math.Ceiling(left)):c} left" : "")}"));
            foreach (var phase in progress.Phases.Where(p => p.Total != 0 && (p.Done > 0 || p.Total is not null)))
                Show("  " + phase.Name, phase.Done, phase.Total, string.Create(CultureInfo.InvariantCulture, $"{phase.Done:N0}{(phase.Total is { } all ? $" of {all:N0}" : "")}, {phase.AverageRate:N0}/s"));
        }
    }

    private void Show(string title, double done, double? total, string text)
    {
        if (!_bars.TryGetValue(title, out var bar))
            _bars[title] = bar = _context.AddTask(Markup.Escape(title));
        bar.IsIndeterminate = total is null;
        bar.MaxValue = Math.Max(1, Math.Max(total ?? 0, done));
        bar.Value = done;
        _texts.Set(bar, text);
    }

    private sealed class TextColumn : ProgressColumn
    {
        private readonly ConcurrentDictionary<int, string> _texts = new();

        protected override bool NoWrap => true;

        public void Set(ProgressTask bar, string text) => _texts[bar.Id] = text;

        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) => new Text(_texts.GetValueOrDefault(task.Id, ""));
    }
}

/// <summary>Says how far a run has come in a line now and then, where nobody could see bars: when it comes to a phase, and every ten seconds.</summary>
/// <param name="name">What the run is called.</param>
/// <param name="write">Takes a line; called from any thread.</param>
internal sealed class ProgressLines(string name, Action<string> write) : IRunObserver
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(10);
    private readonly object _lock = new();
    private DateTimeOffset _last = DateTimeOffset.MinValue;

    /// <inheritdoc/>
    public void Observe(RunEvent happened)
    {
        switch (happened)
        {
            case RunStarted started:
                write($"{name}: {started.MigrationId} began");
                break;
            case PhaseStarted { Phase: MigrationPhase.Relationships or MigrationPhase.Verification } phase:
                write($"{name}: {phase.Phase.ToString().ToLowerInvariant()}");
                break;
            case LimitsChanged { Limits: var limits }:
                write($"{name}: limits from now on: {limits}");
                break;
            case ProgressMade made when IsDue(made.Time) && made.Figures.Phase != MigrationPhase.Ended:
                write($"{name}: {made.Progress}");
                break;
        }
    }

    private bool IsDue(DateTimeOffset time)
    {
        lock (_lock)
        {
            if (_last == DateTimeOffset.MinValue)
                _last = time;
            if (time - _last < s_interval)
                return false;
            _last = time;
            return true;
        }
    }
}
