using SafeAI.Migration.Engine.Extraction;
using SafeAI.Migration.Engine.Extraction.Profiling;

namespace SafeAI.Migration.Engine.Transformation;

/// <summary>The fields of a stream as its first records show them: all that occur, each with the type that all of its values bear out.</summary>
/// <param name="Columns">The fields in the order in which they occur.</param>
/// <param name="VaryInShape">Whether some records lack some of the fields.</param>
/// <param name="Schema">The schema of the first record.</param>
internal sealed record SampledFields(IReadOnlyList<CatalogColumn> Columns, bool VaryInShape, RecordSchema Schema)
{
    /// <summary>How many records are looked at.</summary>
    public const int SampleSize = 1000;

    /// <summary>Reads the first records.</summary>
    /// <param name="source">The source, not read yet; it stays open.</param>
    /// <param name="cancellationToken">Stops the read.</param>
    /// <returns>Null where there are no records.</returns>
    public static async Task<SampledFields?> ReadAsync(IRecordSource source, CancellationToken cancellationToken)
    {
        var sample = new List<Record>(SampleSize);
        await foreach (var batch in source.ReadAsync(cancellationToken).ConfigureAwait(false))
        {
            sample.AddRange(batch.Records.Take(SampleSize - sample.Count));
            if (sample.Count == SampleSize)
                break;
        }

        return Of(sample);
    }

    /// <summary>What the first records show; null where there are none.</summary>
    public static SampledFields? Of(IReadOnlyList<Record> sample)
    {
        if (sample.Count == 0)
            return null;
        var fields = sample.Select(r => r.GetSchema()).Distinct().SelectMany(s => s.Fields).DistinctBy(f => f.Name).ToList();
        var columns = fields.ConvertAll(field =>
        {
            List<object?> values = [.. sample.Select(r => r.GetSchema().IndexOf(field.Name) is >= 0 and var i ? r.GetValue(i) : null)];
            return new CatalogColumn(field.Name, field.SourceType ?? "", TypeOf(field, values), values.Exists(v => v is null or ""));
        });
        return new SampledFields(columns, sample.Any(r => r.GetSchema().Fields.Count < fields.Count), sample[0].GetSchema());
    }

    private static Type TypeOf(RecordField field, List<object?> values)
    {
        var profiler = new FieldProfiler(field.Name);
        foreach (var value in values)
            profiler.Add(value);
        var types = values.OfType<object>().Select(v => v.GetType()).Distinct().ToList();
        return types.Count switch
        {
            0 => field.Type,
            > 1 => typeof(object),
            _ when types[0] == typeof(string) => TypeOfTexts(profiler.ToProfile().SuggestedType, values),
            _ => types[0],
        };
    }

    // A text becomes something else only where nothing of any of its values is lost.
    private static Type TypeOfTexts(string? suggested, List<object?> values)
    {
        var evaluation = new Evaluation();
        foreach (var (conversion, type) in TableFile.Candidates(suggested))
        {
            var convert = Converter.Create(new ConversionMapping { Type = conversion });
            if (values.TrueForAll(value =>
            {
                evaluation.Clear();
                convert(value, evaluation);
                return !(evaluation.Failed | evaluation.TakeLoss());
            }))
                return type;
        }

        return typeof(string);
    }
}
