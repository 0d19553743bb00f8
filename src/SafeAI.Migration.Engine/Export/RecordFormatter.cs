namespace SafeAI.Migration.Engine.Export;

/// <summary>Writes rows in one format.</summary>
internal abstract class RecordFormatter
{
    /// <summary>Whether all rows have the columns of the first ones.</summary>
    public virtual bool HasFixedColumns => true;

    /// <summary>How many texts were changed so that a spreadsheet does not take them for formulas.</summary>
    public long Guarded { get; protected set; }

    /// <summary>Writes what stands before the first row.</summary>
    /// <param name="output">Receives it.</param>
    /// <param name="plan">The columns.</param>
    /// <param name="isContinued">Whether rows of an earlier export stand before it.</param>
    public abstract void Begin(OutputBuffer output, ColumnPlan plan, bool isContinued);

    /// <summary>Writes one row.</summary>
    /// <exception cref="MigrationException">A value cannot be written; what was begun is to be taken back.</exception>
    public abstract void Write(OutputBuffer output, ColumnPlan plan, object?[] row, Record record);

    /// <summary>Writes what stands behind the last row.</summary>
    public abstract void End(OutputBuffer output);
}
