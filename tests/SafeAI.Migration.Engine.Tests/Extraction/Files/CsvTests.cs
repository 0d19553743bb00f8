using System.Text;
using SafeAI.Migration.Engine.Extraction;
using SafeAI.Migration.Engine.Extraction.Files;

namespace SafeAI.Migration.Engine.Tests.Extraction.Files;

public sealed class CsvTests : FileSourceTest
{
    private Task<Result> ReadCsv(string text, CsvOptions? csv = null, Encoding? encoding = null) =>
        Read(new FileSourceOptions { Path = Write("customers.csv", text, encoding), Csv = csv ?? new CsvOptions() });

    [Fact]
    public async Task Values_stay_text_and_null_differs_from_empty()
    {
        var result = await ReadCsv("id,name,note\n007,Ann,\n008,\"\",\"x\"\n");
        Assert.Equal(["2: 007|Ann|∅", "3: 008||x"], result.Lines);
        Assert.Equal("customers", result.Schema.Name);
        Assert.Equal(["id", "name", "note"], result.Schema.Fields.Select(f => f.Name));
        Assert.All(result.Schema.Fields, f => Assert.Equal(typeof(string), f.Type));
        Assert.Equal(PathOf("customers.csv"), result.Source.Name);
        Assert.Equal("csv", result.Metadata.Format);
        Assert.Equal("utf-8 (assumed; only ASCII so far)", result.Metadata.Encoding);
        Assert.Equal(new FileInfo(PathOf("customers.csv")).Length, result.Metadata.Bytes);
        Assert.Empty(result.Metadata.Notes);
    }

    [Theory]
    [InlineData(EmptyFieldPolicy.QuotedIsText, "2: ∅|")]
    [InlineData(EmptyFieldPolicy.Text, "2: |")]
    [InlineData(EmptyFieldPolicy.Null, "2: ∅|∅")]
    public async Task Empty_fields_mean_what_the_policy_says(EmptyFieldPolicy policy, string expected)
    {
        var result = await ReadCsv("a,b\n,\"\"\n", new CsvOptions { EmptyFields = policy });
        Assert.Equal([expected], result.Lines);
    }

    [Fact]
    public async Task The_text_for_null_counts_only_outside_quotes()
    {
        var result = await ReadCsv("a,b,c\n\\N,\"\\N\",\n", new CsvOptions { NullText = "\\N", EmptyFields = EmptyFieldPolicy.Text });
        Assert.Equal(["2: ∅|\\N|"], result.Lines);
    }

    [Fact]
    public async Task Lines_are_exact_with_breaks_in_quotes_mixed_endings_blank_lines_and_comments()
    {
        var result = await ReadCsv(
            "#first\r\na,b\r\n1,\"x\r\ny\nz\"\n#second\n\n2,b\r3,c\r\n4,d",
            new CsvOptions { Comment = '#' });
        Assert.Equal(["3: 1|x\r\ny\nz", "8: 2|b", "9: 3|c", "10: 4|d"], result.Lines);
        Assert.Equal(["1 blank line was skipped."], result.Metadata.Notes);
    }

    [Fact]
    public async Task A_blank_line_of_a_single_column_is_null()
    {
        var result = await ReadCsv("a\nx\n\ny\n");
        Assert.Equal(["2: x", "3: ∅", "4: y"], result.Lines);
    }

    [Theory]
    [InlineData("a;b\n1,5;2\n3;4\n", "2: 1,5|2,3: 3|4", "The delimiter is ';', as told from the content.")]
    [InlineData("a\tb\n1\t2\n3\t4\n", "2: 1|2,3: 3|4", "The delimiter is the tab, as told from the content.")]
    [InlineData("a|b\n\"1|x\"|2\n3|4\n", "2: 1|x|2,3: 3|4", "The delimiter is '|', as told from the content.")]
    [InlineData("sep=;\r\na;b\r\n1;2\r\n3;4\r\n", "3: 1|2,4: 3|4", "The delimiter is ';', as told from the content.")]
    public async Task The_delimiter_is_told_from_the_content(string text, string expected, string note)
    {
        var result = await ReadCsv(text);
        Assert.Equal(expected, string.Join(',', result.Lines));
        Assert.Equal([note], result.Metadata.Notes);
    }

    [Fact]
    public async Task A_dialect_can_be_given()
    {
        var result = await ReadCsv("a:b\n'it\\'s':'x\\\\'\n'1:2':\"q\"\n", new CsvOptions { Delimiter = ':', Quote = '\'', Escape = '\\' });
        Assert.Equal(["2: it's|x\\", "3: 1:2|\"q\""], result.Lines);
        result = await ReadCsv("a,b\nx\\,y,\"q\n", new CsvOptions { Quote = null, Escape = '\\' });
        Assert.Equal(["2: x,y|\"q"], result.Lines);
        result = await ReadCsv("a\tb\n\"x\\t\t'y\n", new CsvOptions { Quote = null, Delimiter = '\t' });
        Assert.Equal(["2: \"x\\t|'y"], result.Lines);
    }

    [Fact]
    public async Task Duplicate_and_empty_headers_get_names_of_their_own()
    {
        var result = await ReadCsv("id,name,,name,ID\n1,2,3,4,5\n");
        Assert.Equal(["id", "name", "Column3", "name_2", "ID"], result.Schema.Fields.Select(f => f.Name));
        Assert.Equal("ID_2", result.Schema.Fields[4].PropertyName);
        Assert.Equal(
            [
                "The header of column 3 is empty; the field is named 'Column3'.",
                "The header 'name' occurs again in column 4; the field is named 'name_2'.",
                "The field 'ID' is the property 'ID_2', because another has the same name to PowerShell.",
            ],
            result.Metadata.Notes);
    }

    [Fact]
    public async Task Without_a_header_columns_are_numbered_or_named()
    {
        var result = await ReadCsv("1,2\n3,4\n", new CsvOptions { HasHeader = false });
        Assert.Equal(["1: 1|2", "2: 3|4"], result.Lines);
        Assert.Equal(["Column1", "Column2"], result.Schema.Fields.Select(f => f.Name));
        result = await ReadCsv("1,2\n3,4\n", new CsvOptions { HasHeader = false, Columns = ["x", "y"] });
        Assert.Equal(["x", "y"], result.Schema.Fields.Select(f => f.Name));
        result = await ReadCsv("1,2\n", new CsvOptions { HasHeader = false, Columns = ["x"] });
        Assert.Equal($"{result.Source.Name}, line 1: The first row has 2 fields, but 1 names of columns are given.", result.Failure!.Message);
    }

    [Fact]
    public async Task Ragged_rows_are_rejected_with_line_counts_and_text()
    {
        var result = await ReadCsv("a,b,c\n1,2,3\n4,5\n6,7,8,9\n10,11,12\n");
        Assert.Equal(["2: 1|2|3", "5: 10|11|12"], result.Lines);
        Assert.Equal(
            [
                "3: The row has 2 fields where 3 are expected. Put values that hold the delimiter in quotes, or choose how ragged rows are treated.",
                "4: The row has 4 fields where 3 are expected. Put values that hold the delimiter in quotes, or choose how ragged rows are treated.",
            ],
            result.Reasons);
        Assert.Equal(["4,5", "6,7,8,9"], result.Rejects.Select(r => r.RawText));
        Assert.All(result.Rejects, r => Assert.Equal((ErrorCode.BadRecord, MigrationStage.Extract), (r.Code, r.Stage)));
    }

    [Fact]
    public async Task Ragged_rows_can_be_padded_or_end_the_read()
    {
        var result = await ReadCsv("a,b,c\n1,2\n3,4,5,6\n", new CsvOptions { RaggedRows = RaggedRowPolicy.Pad });
        Assert.Equal(["2: 1|2|∅"], result.Lines);
        Assert.Single(result.Rejects);
        Assert.Equal(["1 row with too few fields got null for the missing ones."], result.Metadata.Notes);

        result = await ReadCsv("a,b,c\n1,2,3\n3\n1,2,3\n", new CsvOptions { RaggedRows = RaggedRowPolicy.Error });
        Assert.Single(result.Records);
        Assert.Equal(
            $"{result.Source.Name}, line 3: The row has 1 field where 3 are expected. Put values that hold the delimiter in quotes, or choose how ragged rows are treated.",
            result.Failure!.Message);
        Assert.Equal(ErrorCode.BadRecord, result.Failure.Code);
    }

    [Fact]
    public async Task A_quote_that_is_never_closed_costs_one_line()
    {
        var result = await ReadCsv("id,note\n1,a\n2,\"b\n3,c\n4,d\n");
        Assert.Equal(["2: 1|a", "4: 3|c", "5: 4|d"], result.Lines);
        Assert.Equal(
            ["3: The quote that opens field 'note' on line 3 is not closed before the end of the file. Close it, or double it if it belongs to the text."],
            result.Reasons);
        Assert.Equal("2,\"b", result.Rejects[0].RawText);
        Assert.Equal("note", result.Rejects[0].Field);
    }

    [Fact]
    public async Task A_quote_that_is_closed_by_a_later_one_costs_one_line()
    {
        var result = await ReadCsv("id,note\n1,\"x\ny\"\n2,\"b\n3,\"c\"\n4,\"d\"\n");
        Assert.Equal(["2: 1|x\ny", "5: 3|c", "6: 4|d"], result.Lines);
        Assert.Equal(
            ["4: The quote that opens field 'note' on line 4 is not closed there; the next quote, on line 5, is followed by text. Close it, or double it if it belongs to the text."],
            result.Reasons);
    }

    [Fact]
    public async Task Text_after_a_closing_quote_is_rejected_and_a_quote_within_text_is_text()
    {
        var result = await ReadCsv("id,note\n1,\"a\"b\n2,5\" pipe\n3,\"c\"\n4,\"d\"\"");
        Assert.Equal(["3: 2|5\" pipe", "4: 3|c"], result.Lines);
        Assert.Equal(
            [
                "2: Text follows the closing quote of field 'note'. Double quotes that belong to the text.",
                "5: The quote that opens field 'note' on line 5 is not closed before the end of the file. Close it, or double it if it belongs to the text.",
            ],
            result.Reasons);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3000)]
    public async Task Every_row_around_unclosed_quotes_survives_in_a_large_file(int every)
    {
        // Larger than all buffers, so that going back crosses their borders.
        const int rows = 30_000;
        var text = new StringBuilder("id,note\n");
        var good = new List<string>();
        var bad = new List<long>();
        for (var i = 0; i < rows; i++)
        {
            if (every > 1 && i % every == every - 1)
            {
                text.Append(i).Append(",\"open ").Append('x', i % 97).Append('\n');
                bad.Add(i + 2);
            }
            else
            {
                text.Append(i).Append(",plain ").Append('y', i % 89).Append('\n');
                good.Add($"{i + 2}: {i}|plain {new string('y', i % 89)}");
            }
        }

        var result = await ReadCsv(text.ToString());
        Assert.Equal(bad, result.Rejects.Select(r => r.Position.Line));
        Assert.Equal(good, result.Lines);
    }

    [Fact]
    public async Task A_field_beyond_the_limit_costs_its_row_only()
    {
        var longText = new string('x', 300_000);
        var text = $"id,note,more\n1,a,b\n2,{longText},b\n3,\"{longText},b\n4,a,{longText}\r\n5,a,b\n6,\"{new string('y', 1500)}\",b\n7,a,b";
        var result = await ReadCsv(text, new CsvOptions { MaxFieldSize = 1000 });
        Assert.Equal(["2: 1|a|b", "6: 5|a|b", "8: 7|a|b"], result.Lines);
        Assert.Equal(
            [
                "3: Field 'note' is longer than the limit of 1000 bytes. Raise the limit.",
                "4: Field 'note', which opens with a quote on line 4, is longer than the limit of 1000 bytes. Close the quote if it is not closed, or raise the limit.",
                "5: Field 'more' is longer than the limit of 1000 bytes. Raise the limit.",
                "7: Field 'note' is longer than the limit of 1000 bytes. Raise the limit.",
            ],
            result.Reasons);
    }

    [Fact]
    public async Task Many_fields_within_the_limit_make_a_long_row()
    {
        var field = new string('x', 90_000);
        var row = string.Join(',', Enumerable.Repeat(field, 8));
        var result = await ReadCsv($"a,b,c,d,e,f,g,h\n{row}\n1,2,3,4,5,6,7,8\n", new CsvOptions { MaxFieldSize = 100_000 });
        Assert.Empty(result.Rejects);
        Assert.Equal([2L, 3L], result.Records.Select(r => r.GetPosition().Line));
        Assert.Equal(field, result.Records[0].GetValue(7));
    }

    [Fact]
    public async Task A_damaged_header_ends_the_read()
    {
        var result = await ReadCsv("id,\"note\n1,2\n");
        Assert.Equal(ErrorCode.SourceUnreadable, result.Failure!.Code);
        Assert.Equal(
            $"{result.Source.Name}, line 1: The quote that opens column 2 of the header on line 1 is not closed before the end of the file. Close it, or double it if it belongs to the text.",
            result.Failure.Message);
    }

    [Fact]
    public async Task An_empty_file_has_no_records_and_says_so()
    {
        var result = await ReadCsv("");
        Assert.Empty(result.Records);
        Assert.Equal(["The file is empty: it has not even a header."], result.Metadata.Notes);
        result = await ReadCsv("a,b\n");
        Assert.Empty(result.Records);
        Assert.Equal(2, result.Schema.Fields.Count);
    }

    [Fact]
    public async Task Batches_hold_a_thousand_and_ordinals_go_on()
    {
        var result = await ReadCsv("n\n" + string.Concat(Enumerable.Range(1, 2500).Select(i => $"{i}\n")));
        Assert.Equal(2500, result.Records.Count);
        Assert.All(result.Records, r => Assert.Equal($"{r.GetPosition().Ordinal}", r.GetValue(0)));
    }

    [Fact]
    public async Task A_stopped_read_lets_go_of_the_file()
    {
        var path = Write("big.csv", "n\n" + string.Concat(Enumerable.Range(1, 50_000).Select(i => $"{i}\n")));
        using var stop = new CancellationTokenSource();
        var source = FileSources.Open(new FileSourceOptions { Path = path });
        var seen = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var batch in source.ReadAsync(stop.Token))
            {
                seen += batch.Records.Count;
                await stop.CancelAsync();
            }
        });
        await source.DisposeAsync();
        Assert.InRange(seen, RecordBatch.Size, 2 * RecordBatch.Size);
        Assert.Equal(seen, source.Source.Read);
    }

    [Theory]
    [InlineData('\n')]
    [InlineData('é')]
    public void A_delimiter_must_be_a_plain_character(char delimiter)
    {
        var options = new FileSourceOptions { Path = Write("a.csv", "a"), Csv = new CsvOptions { Delimiter = delimiter } };
        var error = Assert.Throws<ArgumentException>(() => FileSources.Open(options));
        Assert.Equal($"'{delimiter}' cannot frame fields. Use an ASCII character other than a line break.", error.Message);
    }

    [Fact]
    public async Task A_dialect_that_cannot_be_is_refused_and_so_is_a_header_in_another_encoding()
    {
        var options = new FileSourceOptions { Path = Write("a.csv", "a"), Csv = new CsvOptions { Delimiter = ';', Comment = ';' } };
        var error = Assert.Throws<ArgumentException>(() => FileSources.Open(options));
        Assert.Equal("The delimiter, the quote, the escape and the comment must differ.", error.Message);

        var result = await Read(new FileSourceOptions { Path = Write("b.csv", [.. "id,caf"u8, 0xE9, .. "\n1,x\n"u8]), Encoding = "utf-8" });
        Assert.Equal(
            $"{result.Source.Name}, line 1: The byte 0xE9 in the header is not valid in utf-8. Give the file's encoding, for instance windows-1252.",
            result.Failure!.Message);
        Assert.Equal(ErrorCode.SourceUnreadable, result.Failure.Code);
    }
}
