using System.Text.Json;
using SafeAI.Migration.Engine.Validation.Schema;

namespace SafeAI.Migration.Engine.Tests.Validation;

/// <summary>
/// The keywords that are claimed, each with values on both sides of its border, by the rules of JSON Schema
/// (json-schema.org, draft 7 where drafts differ). A null is a value that is not there.
/// </summary>
public sealed class SchemaKeywordTests
{
    private const string Definitions =
        """{"properties":{"v":SCHEMA},"$defs":{"a/b~c%":{"type":"integer"},"list":{"anyOf":[{"const":4},{"const":5}]},"short":{"maxLength":2},"tree":{"type":"object","properties":{"next":{"$ref":"#/$defs/tree"}}}}}""";

    [Theory]
    [InlineData("""{"type":"string"}""", """["a",""]""", """[1,true,[],{}]""")]
    [InlineData("""{"type":"integer"}""", """[1,-1,0,1.0,12345678901234567890]""", """[1.5,"1",true]""")]
    [InlineData("""{"type":"number"}""", """[1,1.5,-0.1]""", """["1",false]""")]
    [InlineData("""{"type":"boolean"}""", """[true,false]""", """[0,"true"]""")]
    [InlineData("""{"type":"array"}""", """[[],[1]]""", """["a",{}]""")]
    [InlineData("""{"type":"object"}""", """[{},{"a":1}]""", """[[],"a"]""")]
    [InlineData("""{"type":["integer","string"]}""", """[1,"a"]""", """[1.5,true]""")]
    [InlineData("""{"enum":["a",1,true,[1],{"k":2}]}""", """["a",1,1.0,true,[1],{"k":2}]""", """["A","1",2,false,[2],{"k":3}]""")]
    [InlineData("""{"const":"a"}""", """["a"]""", """["b",1]""")]
    [InlineData("""{"const":1}""", """[1,1.0]""", """["1",2,true]""")]
    [InlineData("""{"minimum":2}""", """[2,2.5,"a"]""", """[1.999,-2]""")]
    [InlineData("""{"maximum":2}""", """[2,1.5,"a"]""", """[2.001,12345678901234567890]""")]
    [InlineData("""{"exclusiveMinimum":2}""", """[2.001,3,"a"]""", """[2,1]""")]
    [InlineData("""{"exclusiveMaximum":2}""", """[1.999,1,"a"]""", """[2,3]""")]
    [InlineData("""{"minimum":2,"exclusiveMinimum":true}""", """[2.001]""", """[2]""")]
    [InlineData("""{"maximum":2,"exclusiveMaximum":true}""", """[1.999]""", """[2]""")]
    [InlineData("""{"maximum":2,"exclusiveMaximum":false}""", """[2]""", """[2.001]""")]
    [InlineData("""{"multipleOf":0.01}""", """[0,4.35,19.99,-0.07,1e15,"a"]""", """[0.075,4.351]""")]
    [InlineData("""{"minLength":2}""", """["ab","é𝄞",1]""", """["a","","𝄞"]""")]
    [InlineData("""{"maxLength":2}""", """["ab","","𝄞𝄞",123]""", """["abc","𝄞𝄞𝄞"]""")]
    [InlineData("""{"pattern":"a+"}""", """["a","xaay",1]""", """["b",""]""")]
    [InlineData("""{"pattern":"^\\d$"}""", """["1"]""", """["12","1\n","١"]""")]
    [InlineData("""{"pattern":"^[\\w$]+$"}""", """["a_1$"]""", """["ä","a-b"]""")]
    [InlineData("""{"pattern":"^[[a]$"}""", """["[","a"]""", """["b"]""")]
    [InlineData("""{"format":"date"}""", """["2024-02-29",5]""", """["2023-02-29","29.02.2024","2024-2-9"]""")]
    [InlineData("""{"format":"date-time"}""", """["2024-02-29T10:00:00Z","2024-02-29T10:00:00.123+01:00"]""", """["2024-02-29","2024-02-29T10:00:00","2024-02-30T10:00:00Z","2024-02-29 10:00:00Z"]""")]
    [InlineData("""{"format":"time"}""", """["10:00:00","10:00:00Z","10:00:00.5+01:00"]""", """["10:00","25:00:00","x"]""")]
    [InlineData("""{"format":"email"}""", """["a@b.c","a.b@example.com"]""", """["a","@b.c","a@","a b@c.d","a@b@c"]""")]
    [InlineData("""{"format":"uuid"}""", """["7d444840-9dc0-11d1-b245-5ffdce74fad2"]""", """["7d4448409dc011d1b2455ffdce74fad2","x"]""")]
    [InlineData("""{"format":"uri"}""", """["https://example.com/a?b","urn:a:b"]""", """["/a/b","example.com",""]""")]
    [InlineData("""{"format":"ipv4"}""", """["127.0.0.1"]""", """["127.1","256.0.0.1","01.2.3.4","2024-01-31"]""")]
    [InlineData("""{"format":"ipv6"}""", """["::1","2001:db8::1"]""", """["1.2.3.4","x"]""")]
    [InlineData("""{"format":"hostname"}""", """["example.com","a"]""", """["a b","-"]""")]
    [InlineData("""{"items":{"type":"integer"}}""", """[[],[1,2],"a"]""", """[[1,"a"]]""")]
    [InlineData("""{"contains":{"type":"integer"}}""", """[["a",1],5]""", """[[],["a"]]""")]
    [InlineData("""{"minItems":2}""", """[[1,2],"a"]""", """[[1],[]]""")]
    [InlineData("""{"maxItems":1}""", """[[1],[]]""", """[[1,2]]""")]
    [InlineData("""{"maxItems":0}""", """[[]]""", """[[1]]""")]
    [InlineData("""{"uniqueItems":true}""", """[[1,2,"1"],[[1],[2]]]""", """[[1,1],[1,1.0],[[1],[1]],[{"a":1},{"a":1}]]""")]
    [InlineData("""{"required":["k"]}""", """[{"k":1},{"k":null},"a",5]""", """[{},{"K":1}]""")]
    [InlineData("""{"properties":{"k":{"type":"integer"}}}""", """[{"k":1},{},"a"]""", """[{"k":"a"},{"k":null}]""")]
    [InlineData("""{"properties":{"k":{}},"additionalProperties":false}""", """[{"k":1},{},7]""", """[{"l":1}]""")]
    [InlineData("""{"additionalProperties":{"type":"integer"}}""", """[{"k":1}]""", """[{"k":"a"}]""")]
    [InlineData("""{"minProperties":1}""", """[{"k":1},"a"]""", """[{}]""")]
    [InlineData("""{"maxProperties":1}""", """[{"k":1},{}]""", """[{"k":1,"l":2}]""")]
    [InlineData("""{"propertyNames":{"maxLength":1}}""", """[{"k":1},{}]""", """[{"kk":1}]""")]
    [InlineData("""{"dependentRequired":{"a":["b"]}}""", """[{"a":1,"b":2},{"b":2},{}]""", """[{"a":1}]""")]
    [InlineData("""{"allOf":[{"minimum":1},{"maximum":3}]}""", """[1,3,"a"]""", """[0,4]""")]
    [InlineData("""{"anyOf":[{"maximum":1},{"minimum":3}]}""", """[1,3]""", """[2]""")]
    [InlineData("""{"oneOf":[{"minimum":1},{"maximum":3}]}""", """[0,4]""", """[1,3,"a"]""")]
    [InlineData("""{"not":{"type":"string"}}""", """[1]""", """["a"]""")]
    [InlineData("""{"if":{"type":"string"},"then":{"minLength":2},"else":{"minimum":2}}""", """["ab",2]""", """["a",1]""")]
    [InlineData("""{"$ref":"#/$defs/short"}""", """["ab",7]""", """["abc"]""")]
    [InlineData("""{"$ref":"#/$defs/tree"}""", """[{"next":{"next":{}}}]""", """[{"next":{"next":5}}]""")]
    [InlineData("""{"items":[{"type":"string"},{"type":"integer"}]}""", """[["a",1],["a"],[]]""", """[[1],["a","b"]]""")]
    [InlineData("""{"type":"null"}""", """[]""", """[0,"",false,[],{}]""")]
    [InlineData("""{"type":["array","object"]}""", """[[],{}]""", """[1,"a",true]""")]
    [InlineData("""{"enum":[0]}""", """[0,0.0]""", """[false,"0",[0],""]""")]
    [InlineData("""{"enum":[false]}""", """[false]""", """[0,0.0,"false",[false]]""")]
    [InlineData("""{"enum":[[false]]}""", """[[false]]""", """[[0],[0.0],[]]""")]
    [InlineData("""{"enum":["a\nb","ä"]}""", """["a\nb","ä"]""", """["a\\nb","a\u0308"]""")]
    [InlineData("""{"enum":[12345678901234567890,1e30]}""", """[12345678901234567890,1e30,1000000000000000000000000000000]""", """[12345678901234567891,1.1e30]""")]
    [InlineData("""{"const":{"a":false,"b":1}}""", """[{"b":1.0,"a":false}]""", """[{"a":0,"b":1},{"a":false},{"a":false,"b":1,"c":1},[],{"a":false,"c":1}]""")]
    [InlineData("""{"const":[1,"a"]}""", """[[1,"a"],[1.0,"a"]]""", """[["a",1],[1],[1,"a",2],[true,"a"]]""")]
    [InlineData("""{"const":-2.0}""", """[-2,-2.00]""", """[2,-2.0001,"-2"]""")]
    [InlineData("""{"const":true}""", """[true]""", """[1,false,"true"]""")]
    [InlineData("""{"const":""}""", """[""]""", """[" ",0,false]""")]
    [InlineData("""{"minimum":-2}""", """[-2,-1.9999,0,1e30]""", """[-2.0001,-3,-1e30,-12345678901234567890123456789012]""")]
    [InlineData("""{"maximum":300.0}""", """[300,300.00,-1e30,"x",[400]]""", """[300.5,1e30,12345678901234567890123456789012]""")]
    [InlineData("""{"minimum":1.1,"exclusiveMinimum":false}""", """[1.1,2]""", """[1.0999]""")]
    [InlineData("""{"exclusiveMinimum":1.1}""", """[1.2]""", """[1.1,0.6]""")]
    [InlineData("""{"exclusiveMaximum":3.0}""", """[2.2]""", """[3.0,3.5]""")]
    [InlineData("""{"multipleOf":2}""", """[10,-4,0,4.0,1e30,"x"]""", """[7,2.5]""")]
    [InlineData("""{"multipleOf":1.5}""", """[0,4.5,-3]""", """[35,1]""")]
    [InlineData("""{"multipleOf":0.0001}""", """[0.0075,1,12391239123]""", """[0.00751]""")]
    [InlineData("""{"multipleOf":10}""", """[12345678901234567890123456789010]""", """[12345678901234567890123456789011]""")]
    [InlineData("""{"minLength":2.0}""", """["fo"]""", """["f","\uD83D\uDCA9"]""")]
    [InlineData("""{"maxLength":0}""", """[""]""", """[" ","\u0000"]""")]
    [InlineData("""{"pattern":"^a$"}""", """["a"]""", """["a\n","\na","ab"]""")]
    [InlineData("""{"pattern":"^\\W\\D\\w$"}""", """["-a_","ää1"]""", """["aaa","-1a","-aä"]""")]
    [InlineData("""{"pattern":"^[\\d.]+\\.[$]$"}""", """["1.2.$"]""", """["1.2.","١.$","1x$"]""")]
    [InlineData("""{"pattern":"^[a[b]\\[[^]x]$"}""", """["[[y","a[y"]""", """["[[]","c[y","a[x"]""")]
    [InlineData("""{"pattern":"\\$$"}""", """["5$"]""", """["$5"]""")]
    [InlineData("""{"pattern":"^a\\]b[\\]c]$"}""", """["a]b]","a]bc"]""", """["a]bd"]""")]
    [InlineData("""{"pattern":"^é\\u00e9?$"}""", """["é","éé"]""", """["e"]""")]
    [InlineData("""{"format":"date"}""", """["0001-01-01",1,[],{}]""", """["2024-02-30","2024-01-01T00:00:00Z"," 2024-01-01",""]""")]
    [InlineData("""{"format":"date-time"}""", """["2024-02-29t10:00:00z","2024-12-31T23:59:59-00:30","2024-01-01T00:00:00.1234567Z"]""", """["2024-02-29T10:00:00-0100","2024-02-29T10:00Z","2024-02-29T25:00:00Z","x024-02-29T10:00:00Z","2024-02-29T10:00:00+1:00","2024-02-29x10:00:00Z",""]""")]
    [InlineData("""{"format":"time"}""", """["23:59:59","00:00:00.1234567","10:00:00-01:30","10:00:00z"]""", """["24:00:00","10:60:00","","Z","10:00:00 ","+01:00"]""")]
    [InlineData("""{"format":"email"}""", """["a@b","A.B+c@x-y.example"]""", """["a@.b","a@b.","a@b,c","a;b@c","<a@b>","a@b c",""]""")]
    [InlineData("""{"format":"uuid"}""", """["7D444840-9DC0-11D1-B245-5FFDCE74FAD2"]""", """["{7d444840-9dc0-11d1-b245-5ffdce74fad2}","7d444840-9dc0-11d1-b245-5ffdce74fad",""]""")]
    [InlineData("""{"format":"uri"}""", """["mailto:a@b.c","HTTP://x"]""", """["//x/y","a b","\\\\server\\x"]""")]
    [InlineData("""{"format":"ipv4"}""", """["0.0.0.0","255.255.255.255","1.0.2.3"]""", """["1.2.3","1.2.3.4.5","1.2.3.256","::1","0x7f.1.1.1"]""")]
    [InlineData("""{"format":"ipv6"}""", """["::","::ffff:1.2.3.4"]""", """["fe80::1%eth0","[::1]","[fe80::1%1]","1::2::3"]""")]
    [InlineData("""{"format":"hostname"}""", """["a-b.example","xn--bcher-kva.example"]""", """["a..b","","a_b c","1.2.3.4:5"]""")]
    [InlineData("""{"items":false}""", """[[],"a"]""", """[[1]]""")]
    [InlineData("""{"items":{"items":{"type":"integer"}}}""", """[[[1],[]],[]]""", """[[1,["a"]],[["a"]]]""")]
    [InlineData("""{"contains":{"minimum":5}}""", """[[3,5],[5],"a"]""", """[[3,4],[]]""")]
    [InlineData("""{"contains":false}""", """["a",5]""", """[[],[1]]""")]
    [InlineData("""{"uniqueItems":true}""", """[[1,true],[0,false],[[1],[true]],[{"a":1},{"a":true}],["1",1],[{"a":1},{"b":1}],[],"aa"]""", """[[1.0,1.00,1],[[["a"]],[["a"]]],[{"a":1,"b":2},{"b":2,"a":1}],[null,null],[true,1,true],["a","b","a"]]""")]
    [InlineData("""{"uniqueItems":false}""", """[[1,1]]""", """[]""")]
    [InlineData("""{"required":[]}""", """[{},5]""", """[]""")]
    [InlineData("""{"required":["a\"b","c"]}""", """[{"a\"b":1,"c":2}]""", """[{"a\"b":1},{"c":1}]""")]
    [InlineData("""{"properties":{"k":false,"l":true}}""", """[{"l":1},{}]""", """[{"k":1}]""")]
    [InlineData("""{"properties":{"k":{"properties":{"l":{"type":"string"}},"required":["l"]}}}""", """[{"k":{"l":"a"}},{"k":5},{}]""", """[{"k":{}},{"k":{"l":1}}]""")]
    [InlineData("""{"minProperties":2}""", """[{"k":1,"l":null},[1],"a"]""", """[{"k":1},{}]""")]
    [InlineData("""{"maxProperties":0}""", """[{},[1]]""", """[{"k":null}]""")]
    [InlineData("""{"propertyNames":false}""", """[{},[1]]""", """[{"k":1}]""")]
    [InlineData("""{"propertyNames":{"pattern":"^a"}}""", """[{"a":1,"ab":2}]""", """[{"a":1,"b":2}]""")]
    [InlineData("""{"dependentRequired":{"a":["b","c"],"d":[]}}""", """[{"a":1,"b":2,"c":3},{"d":1},5]""", """[{"a":1,"b":2},{"a":1,"c":2}]""")]
    [InlineData("""{"allOf":[true,{"minimum":1}],"maximum":3}""", """[1,3]""", """[0,4]""")]
    [InlineData("""{"allOf":[true,false]}""", """[]""", """[1,"a"]""")]
    [InlineData("""{"anyOf":[false,{"type":"string"}],"minLength":2}""", """["ab"]""", """["a",5]""")]
    [InlineData("""{"oneOf":[true,true,false]}""", """[]""", """[1]""")]
    [InlineData("""{"oneOf":[true,false,false]}""", """[1]""", """[]""")]
    [InlineData("""{"not":false}""", """[1,"a"]""", """[]""")]
    [InlineData("""{"not":{"properties":{"k":{"type":"string"}}}}""", """[{"k":1}]""", """[{"k":"a"},{},5]""")]
    [InlineData("""{"if":{"type":"string"},"then":{"minLength":2}}""", """["ab",0]""", """["a"]""")]
    [InlineData("""{"if":{"type":"string"},"else":{"minimum":2}}""", """["",2]""", """[1]""")]
    [InlineData("""{"if":{"type":"string"}}""", """["",0]""", """[]""")]
    [InlineData("""{"then":{"type":"string"},"else":{"type":"string"}}""", """[1,"a"]""", """[]""")]
    [InlineData("""{"$ref":"#/$defs/a~1b~0c%25"}""", """[7]""", """["a"]""")]
    [InlineData("""{"$ref":"#/$defs/list/anyOf/1"}""", """[5]""", """[6]""")]
    [InlineData("""{"items":[{"type":"string"}],"additionalItems":{"type":"integer"}}""", """[["a",1,2],["a"],[]]""", """[["a","b"],[1]]""")]
    [InlineData("""{"type":"object","properties":{"foo":{},"bar":{}},"patternProperties":{"^v":{"type":"integer"}},"additionalProperties":false}""", """[{"foo":1},{"foo":1,"vroom":2},{}]""", """[{"foo":1,"quux":true},{"vroom":"a"}]""")]
    [InlineData("""{"patternProperties":{"f.*o":{"type":"integer"}}}""", """[{"foo":1},{"x":"a","foooooo":2}]""", """[{"foo":"bar"}]""")]
    [InlineData("""{"patternProperties":{"^k":{"maxLength":1},"k$":{"minLength":1}},"properties":{"k":{"type":"string"}}}""", """[{"k":"a"},{"ka":5},"kk"]""", """[{"k":"ab"},{"k":""},{"k":5},{"ka":"ab"},{"ak":""}]""")] // all that match apply
    [InlineData("""{"patternProperties":{"^l":{}},"properties":{"k":{}},"additionalProperties":{"type":"integer"}}""", """[{"k":"a","l":"a","m":1}]""", """[{"m":"a"},{"kl":"a"}]""")]
    [InlineData("""{"patternProperties":{"^k$":{"type":"null"},"^\\d":false}}""", """[{"k":null},{"kk":1},{"١":1}]""", """[{"k":1},{"1":1}]""")]
    [InlineData("""true""", """[1,"a"]""", """[]""")]
    [InlineData("""false""", """[]""", """[1,"a"]""")]
    public void Keyword(string schema, string accepted, string refused)
    {
        var compiled = CompiledSchema.Parse(Definitions.Replace("SCHEMA", schema, StringComparison.Ordinal));
        foreach (var value in Values(accepted))
            Assert.True(compiled.Accepts(RecordOf(value)), $"{schema} refused {value}");
        foreach (var value in Values(refused))
            Assert.False(compiled.Accepts(RecordOf(value)), $"{schema} accepted {value}");
    }

    /// <summary>The keywords and formats that the topic claims are those that have cases here, and the other way round.</summary>
    [Fact]
    public void Every_keyword_that_is_claimed_has_cases()
    {
        var cases = typeof(SchemaKeywordTests).GetMethod(nameof(Keyword))!.GetCustomAttributes(typeof(InlineDataAttribute), false).Cast<InlineDataAttribute>()
            .Select(d => (string)d.GetData(null!).Single()[0]).Where(c => c.StartsWith('{')).Select(c => JsonDocument.Parse(c).RootElement).ToArray();
        var topic = File.ReadAllText(Samples.Topic("about_SafeAI_Migration_Validation")).ReplaceLineEndings("\n");
        var claimed = topic[topic.IndexOf("KEYWORDS\n", StringComparison.Ordinal)..topic.IndexOf("    Where NJsonSchema departs", StringComparison.Ordinal)].Split('\n');

        // A line of keywords is indented by eight; what follows three spaces, or is indented further, explains it.
        var keywords = claimed.Where(l => l.StartsWith("        ", StringComparison.Ordinal) && l[8] != ' ')
            .Select(l => System.Text.RegularExpressions.Regex.Replace(l.Trim(), @"   .*|\([^)]*\)", ""))
            .SelectMany(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries)).ToHashSet();
        Assert.Equal(keywords.Order(StringComparer.Ordinal), cases.SelectMany(c => c.EnumerateObject().Select(p => p.Name)).Distinct().Order(StringComparer.Ordinal));

        var start = Array.FindIndex(claimed, l => l.StartsWith("        format ", StringComparison.Ordinal));
        var formats = string.Join(' ', claimed[start..(start + 2)]).Replace("format", "", StringComparison.Ordinal).Split([' ', ',', '.'], StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(formats.Order(StringComparer.Ordinal), cases.Where(c => c.TryGetProperty("format", out _)).Select(c => c.GetProperty("format").GetString()).Distinct().Order(StringComparer.Ordinal));
    }

    /// <summary>Where NJsonSchema decides one of the cases in another way, the topic says so of one of its keywords, and of none that it decides as the rules do.</summary>
    [Fact]
    public async Task Every_departure_of_NJsonSchema_is_named()
    {
        var topic = (await File.ReadAllTextAsync(Samples.Topic("about_SafeAI_Migration_Validation"))).ReplaceLineEndings("\n");
        var start = topic.IndexOf("    Where NJsonSchema departs", StringComparison.Ordinal);
        var named = topic[start..topic.IndexOf("    A schema of which a part is left", StringComparison.Ordinal)].Split('\n')
            .Where(l => l.StartsWith("        ", StringComparison.Ordinal) && l[8] != ' ')
            .SelectMany(l => l.Trim().Split("  ")[0].Split([' ', ','], StringSplitOptions.RemoveEmptyEntries)).ToHashSet();
        var departing = new HashSet<string> { "oneOf" }; // of null, which the cases leave out
        foreach (var data in typeof(SchemaKeywordTests).GetMethod(nameof(Keyword))!.GetCustomAttributes(typeof(InlineDataAttribute), false).Cast<InlineDataAttribute>())
        {
            if (data.GetData(null!).Single() is not [string schema, string accepted, string refused])
                continue;
            var departs = await DepartsAsync(schema, accepted, refused);
            if (departs is null)
                continue;
            var keywords = departs == "unreadable" ? ["true", "false", "numbers", "$ref"] : departs == "number" ? ["numbers"] : JsonDocument.Parse(schema).RootElement.EnumerateObject().Select(p => p.Name).ToArray();
            Assert.True(keywords.Any(named.Contains), $"The topic does not say that NJsonSchema departs in {schema}.");
            departing.UnionWith(keywords);
        }

        Assert.Empty(named.Except(departing).Except(["then", "else", "minLength", "properties"]));
    }

    private static async Task<string?> DepartsAsync(string schema, string accepted, string refused)
    {
        NJsonSchema.JsonSchema peer;
        try
        {
            peer = await NJsonSchema.JsonSchema.FromJsonAsync(Definitions.Replace("SCHEMA", schema, StringComparison.Ordinal));
        }
        catch (Exception e) when (e is Newtonsoft.Json.JsonException or InvalidOperationException)
        {
            return "unreadable";
        }

        foreach (var (values, fits) in new[] { (accepted, true), (refused, false) })
        {
            foreach (var value in JsonDocument.Parse(values).RootElement.EnumerateArray())
            {
                try
                {
                    if (peer.Validate($"{{\"v\":{value.GetRawText()}}}").Count == 0 != fits)
                        return "value";
                }
                catch (InvalidCastException)
                {
                    return "number";
                }
                catch (InvalidOperationException)
                {
                    return "value";
                }
            }
        }

        return null;
    }

    private static object?[] Values(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.EnumerateArray().Select(JsonValue.FromElement).ToArray();
    }

    private static Record RecordOf(object? value) =>
        new RecordSchema("r", [new RecordField("v", typeof(object))]).CreateRecord([value], new RecordSource("r"), 1);
}
