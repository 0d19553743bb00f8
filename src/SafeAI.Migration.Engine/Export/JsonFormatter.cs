using System.Text.Json;

namespace SafeAI.Migration.Engine.Export;

/// <summary>One array of objects, or an object on each line; each with the fields of its own record.</summary>
internal sealed class JsonFormatter(bool isLines) : RecordFormatter
{
    private static readonly JsonWriterOptions s_options = new()
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        MaxDepth = 1000,
        SkipValidation = true,
    };

    private bool _hasRows;

    public override bool HasFixedColumns => false;

    public override void Begin(OutputBuffer output, ColumnPlan plan, bool isContinued)
    {
        if (!isLines)
            output.Add("["u8);
    }

    public override void Write(OutputBuffer output, ColumnPlan plan, object?[] row, Record record)
    {
        if (!isLines)
            output.Add(_hasRows ? ",\n"u8 : "\n"u8);
        var fields = record.GetSchema().Fields;
        using (var writer = new Utf8JsonWriter(output, s_options))
        {
            writer.WriteStartObject();
            for (var i = 0; i < fields.Count; i++)
            {
                try
                {
                    writer.WritePropertyName(ValueText.Checked(fields[i].Name));
                    ValueText.WriteJson(writer, record.GetValue(i));
                }
                catch (Exception e) when (e is MigrationException or NotSupportedException)
                {
                    writer.Reset();
                    throw ColumnPlan.Fault((e as MigrationException)?.Code ?? ErrorCode.UnsupportedValue, fields[i].Name, (e as MigrationException)?.What ?? e.Message, (e as MigrationException)?.Remedy, e);
                }
            }

            writer.WriteEndObject();
        }

        if (isLines)
            output.Add((byte)'\n');
        _hasRows = true;
    }

    public override void End(OutputBuffer output)
    {
        if (!isLines)
            output.Add("\n]\n"u8);
    }
}
