using Spectre.Console;
using Spectre.Console.Rendering;

namespace SafeAI.Migration.Runner;

/// <summary>A text that is written over bars: each of its lines takes away what stood there, as the bars come again below it.</summary>
/// <param name="text">The text.</param>
internal sealed class LiveText(string text) : Renderable
{
    private const string EraseLine = "\u001b[2K";

    /// <inheritdoc/>
    protected override IEnumerable<Segment> Render(RenderOptions options, int maxWidth)
    {
        foreach (var line in Segment.SplitLines(((IRenderable)new Text(text)).Render(options, maxWidth), maxWidth))
        {
            yield return Segment.Control(EraseLine);
            foreach (var segment in line)
                yield return segment;
            yield return Segment.LineBreak;
        }
    }
}
