using System.Globalization;

namespace SafeAI.Migration;

/// <summary>Where a record was read.</summary>
/// <param name="Source">The stream's name: a file's path or a table.</param>
/// <param name="Ordinal">The record's number in its stream, from 1; 0 where unknown.</param>
/// <param name="Line">The line on which it starts, from 1; 0 where there are no lines.</param>
public readonly record struct RecordPosition(string Source, long Ordinal, long Line = 0)
{
    /// <summary>For instance <c>customers.csv, line 17</c>.</summary>
    public override string ToString() => this switch
    {
        { Line: > 0 } => string.Create(CultureInfo.InvariantCulture, $"{Source}, line {Line}"),
        { Ordinal: > 0 } => string.Create(CultureInfo.InvariantCulture, $"{Source}, record {Ordinal}"),
        _ => Source,
    };
}
