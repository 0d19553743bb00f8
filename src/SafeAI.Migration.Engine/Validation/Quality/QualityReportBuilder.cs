using SafeAI.Migration.Engine.Validation.Rules;

namespace SafeAI.Migration.Engine.Validation.Quality;

/// <summary>Makes scores and recommendations of what was counted.</summary>
/// <param name="options">What is asked.</param>
/// <param name="rules">What the rules of schemas and configurations found.</param>
internal sealed class QualityReportBuilder(QualityOptions options, IReadOnlyList<RuleCounter> rules)
{
    /// <summary>The share of a field's values from which on they tell what the field holds.</summary>
    private const double LearntKind = 0.9;

    /// <summary>The share of a field's values from which on they tell in which case it is written.</summary>
    private const double LearntCase = 0.8;

    /// <summary>Values from which on something can be learnt.</summary>
    private const int EnoughValues = 10;

    private readonly List<QualityCheckResult> _checks = [];
    private readonly List<QualityExclusion> _excluded = [];
    private readonly List<QualityRecommendation> _recommendations = [];

    /// <summary>Counts the rows that the sources could not make into records.</summary>
    public void AddUnreadable(long read, long readable, string? source) => Add(
        QualityDimension.Completeness, "Readable", null, read, readable, source is null ? null : new RecordPosition(source, 0),
        "rows could not be read as records", "See the errors of Get-SourceData for each of them, and mend them at the source.");

    /// <summary>Counts the checks of one group.</summary>
    public void AddGroup(QualityGroup group, bool isOnlyGroup)
    {
        foreach (var field in group.Fields)
        {
            var name = isOnlyGroup ? field.Name : $"{group.Name}.{field.Name}";
            AddCompleteness(group, field, name);
            AddAccuracy(group, field, name);
            AddPlausibility(field, name);
            AddConsistency(field, name);
        }

        AddUniqueness(group, isOnlyGroup);
        AddTimeliness(group, isOnlyGroup);
    }

    /// <summary>Counts what the rules found: of those that ask for a value, the fields are tested for completeness already.</summary>
    public void AddRules()
    {
        foreach (var rule in rules)
        {
            var dimension = RuleDimension.Of(rule.Rule);
            if (dimension is null)
                continue;
            if (rule.Errors > 0)
                Exclude(dimension.Value, rule.Rule, rule.Field, FormattableString.Invariant($"{rule.Errors} of {rule.Tested} could not be decided and do not count: {rule.Error}"));
            if (rule.Errors < rule.Tested || rule.Tested == 0)
                Add(dimension.Value, rule.Rule, rule.Field, rule.Tested - rule.Errors, rule.Tested - rule.Failed, rule.FirstBroken, rule.Finding, rule.Remedy);
        }
    }

    /// <summary>Says of a rule that it could not run.</summary>
    public void AddLeftOut(FieldRule rule, MigrationException reason)
    {
        var (check, fields) = rule switch
        {
            ReferenceRule r => ("reference", r.Fields),
            AgreementRule r => ("agree", r.Fields),
            _ => (rule.GetType().Name, []),
        };
        Exclude(RuleDimension.Of(check) ?? QualityDimension.Accuracy, check, string.Join(", ", fields), reason.Message);
    }

    /// <summary>Says that the rules of relationships were not applied.</summary>
    public void ExcludeRelationships() =>
        Exclude(QualityDimension.Consistency, "relationships", null, "Ends are known at the end of a stream only; Test-MigrationData checks relationships.");

    /// <summary>Says which fields of the profile no record has.</summary>
    public void ExcludeUnseen(PlausibleValues plausible, IEnumerable<QualityGroup> groups)
    {
        var seen = groups.SelectMany(g => g.Fields).Select(f => f.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var field in plausible.Fields.Where(f => !seen.Contains(f)))
            Exclude(QualityDimension.Accuracy, "Range", field, "The profile has the field, and no record does.");
    }

    /// <summary>The report.</summary>
    public QualityReport Build(long records, double elapsedSeconds)
    {
        var dimensions = Enum.GetValues<QualityDimension>().Select(ScoreOf).ToArray();
        foreach (var dimension in dimensions)
        {
            if (dimension.Tested == 0 && !_excluded.Any(e => e.Dimension == dimension.Dimension))
                Exclude(dimension.Dimension, "Any", null, NothingFor(dimension.Dimension, records));
        }

        var tested = dimensions.Sum(d => d.Weight * d.Tested);
        double? score = tested > 0 ? dimensions.Sum(d => d.Weight * d.Passed) / tested : null;
        return new QualityReport
        {
            Records = records,
            Dimensions = dimensions,
            Score = score,
            Threshold = options.Threshold,
            Passed = score >= options.Threshold && dimensions.All(d => d.IsSufficient),
            // Arrays: PowerShell cannot index the lists that collection expressions make.
            Checks = _checks.ToArray(),
            Excluded = _excluded.ToArray(),
            Recommendations = _recommendations.OrderByDescending(r => r.Failed * WeightOf(r.Dimension)).ToArray(),
            ElapsedSeconds = elapsedSeconds,
        };
    }

    private void AddCompleteness(QualityGroup group, FieldStatistics field, string name)
    {
        if (group.Required.Count > 0 && !group.Required.Contains(field.Name))
        {
            Exclude(QualityDimension.Completeness, "Empty", name, "It is not among the required fields.");
            return;
        }

        var required = group.Required.Count > 0;
        Add(QualityDimension.Completeness, "Empty", name, group.Records, field.Present, field.Empty.Example,
            field.Present == 0 ? "has no values at all" : "has no value",
            "Fill it at the source, or give it a \"default\" in the mapping."
            + (required ? "" : " If it may be empty, name the fields that may not with -Required."));
    }

    private void AddAccuracy(QualityGroup group, FieldStatistics field, string name)
    {
        var (kind, values) = field.MainKind();
        var isLearnt = field.IsUntyped && field.Present >= EnoughValues && values >= LearntKind * field.Present;
        if (rules.Any(r => r.Rule == "type" && (r.Field == field.Name || r.Field == $"{group.Name}.{field.Name}")))
            Exclude(QualityDimension.Accuracy, "Type", name, "The schema names the type.");
        else if (isLearnt)
            Add(QualityDimension.Accuracy, "Type", name, field.Present, values, field.FirstNot(kind).Example,
                $"is not {TextKind.NameOf(kind)}, as the field's other values are",
                "Correct it at the source, or have the mapping turn such values into null or a default before it converts them.");
        else
            Exclude(QualityDimension.Accuracy, "Type", name, WhyNotLearnt(field));
        if (isLearnt && TextKind.HasFormats(kind))
            AddFormats(field, name, kind);
    }

    private static string WhyNotLearnt(FieldStatistics field) =>
        !field.IsUntyped ? $"The source promises the type {field.Type.Name}, so no value can be of another."
        : field.Present < EnoughValues ? $"{field.Present} values are too few to learn a type from; it takes {EnoughValues}."
        : "Its values are free text: no type is shared by nine in ten of them.";

    private void AddPlausibility(FieldStatistics field, string name)
    {
        foreach (var plausible in field.Plausible)
            Add(QualityDimension.Accuracy, plausible.Check.Name, name, plausible.Tested, plausible.Passed, plausible.FirstOther.Example, plausible.Check.Finding, plausible.Check.Remedy);
        if (field.WhyNotPlausible is { } reason)
            Exclude(QualityDimension.Accuracy, "Range", name, reason);
    }

    private void AddFormats(FieldStatistics field, string name, int kind)
    {
        var (tested, passed, format, first) = field.Formats(kind);
        Add(QualityDimension.Consistency, "Format", name, tested, passed, first.Example,
            $"is not written as {TextKind.FormatName(format)}, as most of the field's values are",
            kind == TextKind.Boolean
                ? "Convert the field to boolean in the mapping and list all of its words under \"true\" and \"false\"."
                : "Convert the field in the mapping and list all of its formats.");
    }

    private void AddConsistency(FieldStatistics field, string name)
    {
        if (field.Texts == 0)
        {
            Exclude(QualityDimension.Consistency, "WhiteSpace", name, "It has no text values.");
            return;
        }

        Add(QualityDimension.Consistency, "WhiteSpace", name, field.Texts, field.Texts - field.Padded, field.FirstPadded.Example,
            "has white space around it", "Put \"trim\" into the field's \"apply\" in the mapping.");

        var (inCase, isLower, firstOther) = field.MainCase();
        if (field.Cased < EnoughValues || inCase < LearntCase * field.Cased)
            Exclude(QualityDimension.Consistency, "LetterCase", name, "Its values are not mostly in lower case, nor mostly in upper case.");
        else
            Add(QualityDimension.Consistency, "LetterCase", name, field.Cased, inCase, firstOther.Example,
                $"is not in {(isLower ? "lower" : "upper")} case, as most of the field's values are",
                $"Put \"{(isLower ? "lower" : "upper")}\" into the field's \"apply\" in the mapping.");

        if (field.SpellingCounts() is not { } spellings)
            Exclude(QualityDimension.Consistency, "Spelling", name, $"It has more than {FieldStatistics.MostSpellings} different values.");
        else if (spellings.Tested == 0)
            Exclude(QualityDimension.Consistency, "Spelling", name, "No value with letters occurs twice.");
        else
            Add(QualityDimension.Consistency, "Spelling", name, spellings.Tested, spellings.Passed, spellings.First.Example,
                "differs only in case from another value that is more usual",
                "Put \"lower\" or \"upper\" into the field's \"apply\" in the mapping, or agree on one spelling at the source.");
    }

    private void AddUniqueness(QualityGroup group, bool isOnlyGroup)
    {
        var field = group.IsRecord ? group.KeyName : "id";
        var name = isOnlyGroup ? field : $"{group.Name}.{field ?? "(record)"}";
        var check = field is null ? "Record" : "Key";
        if (group.Keys == 0)
            Exclude(QualityDimension.Uniqueness, check, name, "No record has a value in every field of the key.");
        else
            Add(QualityDimension.Uniqueness, check, name, group.Keys, group.FirstKeys, group.FirstDuplicate,
                field is null ? "records are the same as an earlier one in every field" : "has the key of an earlier one",
                "Remove the doubles at the source. What has the same id is loaded as one node or relationship, the last one winning.");
    }

    private void AddTimeliness(QualityGroup group, bool isOnlyGroup)
    {
        if (group.Time is not { } time)
            return;
        var name = isOnlyGroup ? options.TimeField : $"{group.Name}.{options.TimeField}";
        if (time.Tested == 0)
            Exclude(QualityDimension.Timeliness, "Age", name, "The field has no value that can be read as a point in time.");
        else
            Add(QualityDimension.Timeliness, "Age", name, time.Tested, time.Passed, time.FirstOld.Example,
                FormattableString.Invariant($"is older than {options.MaximumAge}"), "Read the source again, or leave out what has gone stale.");
    }

    private void Add(
        QualityDimension dimension, string check, string? field, long tested, long passed, RecordPosition? example, string finding, string remedy)
    {
        if (tested == 0)
        {
            Exclude(dimension, check, field, "There was nothing to test.");
            return;
        }

        var result = new QualityCheckResult(dimension, check, field, tested, passed, passed == tested ? null : example);
        _checks.Add(result);
        if (result.Failed == 0)
            return;
        _recommendations.Add(new QualityRecommendation
        {
            Dimension = dimension,
            Check = check,
            Field = field,
            Finding = finding,
            Failed = result.Failed,
            Share = (double)result.Failed / tested,
            Example = result.Example,
            Remedy = remedy,
        });
    }

    private void Exclude(QualityDimension dimension, string check, string? field, string reason) =>
        _excluded.Add(new QualityExclusion(dimension, check, field, reason));

    private QualityScore ScoreOf(QualityDimension dimension)
    {
        var checks = _checks.Where(c => c.Dimension == dimension).ToArray();
        return new QualityScore(
            dimension, checks.Sum(c => c.Tested), checks.Sum(c => c.Passed), WeightOf(dimension),
            options.Minimums.TryGetValue(dimension, out var minimum) ? minimum : null);
    }

    private double WeightOf(QualityDimension dimension) => options.Weights.TryGetValue(dimension, out var weight) ? weight : 1;

    private static string NothingFor(QualityDimension dimension, long records) => records == 0
        ? "There were no records."
        : dimension == QualityDimension.Timeliness
            ? "No field was named that says when (-TimeField and -MaximumAge)."
            : "There was nothing to test.";
}
