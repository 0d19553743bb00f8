using System.Text.Json;
using SafeAI.Migration.Engine.Validation.Schema;

namespace SafeAI.Migration.Engine.Tests.Validation;

/// <summary>
/// The keywords that are claimed, each with values on both sides of its border, by the rules of JSON Schema
/// (json-schema.org, draft 7 where drafts differ). A null is a value that is not there.
/// </summary>
public sealed class SchemaRuleTests
{
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
    [InlineData("""true""", """[1,"a"]""", """[]""")]
    [InlineData("""false""", """[]""", """[1,"a"]""")]
    public void Keyword(string schema, string accepted, string refused)
    {
        var compiled = CompiledSchema.Parse(
            """{"properties":{"v":SCHEMA},"$defs":{"a/b~c%":{"type":"integer"},"list":{"anyOf":[{"const":4},{"const":5}]},"short":{"maxLength":2},"tree":{"type":"object","properties":{"next":{"$ref":"#/$defs/tree"}}}}}"""
                .Replace("SCHEMA", schema, StringComparison.Ordinal));
        foreach (var value in Values(accepted))
            Assert.True(compiled.Accepts(RecordOf(value)), $"{schema} refused {value}");
        foreach (var value in Values(refused))
            Assert.False(compiled.Accepts(RecordOf(value)), $"{schema} accepted {value}");
    }

    /// <summary>The keywords and formats that the topic claims are those that have cases here, and the other way round.</summary>
    [Fact]
    public void Every_keyword_that_is_claimed_has_cases()
    {
        var cases = typeof(SchemaRuleTests).GetMethod(nameof(Keyword))!.GetCustomAttributes(typeof(InlineDataAttribute), false).Cast<InlineDataAttribute>()
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

    [Fact]
    public void A_pattern_is_slow_only_where_it_is_slow_twice()
    {
        var pattern = CompiledSchema.Parse("""{"properties":{"v":{"pattern":"^(a+)+$"}}}""", patternTimeLimit: TimeSpan.FromMilliseconds(20));
        Assert.True(pattern.Accepts(RecordOf("aaa")));
        Assert.Throws<System.Text.RegularExpressions.RegexMatchTimeoutException>(() => pattern.Accepts(RecordOf(new string('a', 40) + "!")));
    }

    [Theory]
    [InlineData("""{"type":"integer"}""", 3.0, true)]
    [InlineData("""{"type":"integer"}""", 3.5, false)]
    [InlineData("""{"type":"integer"}""", 3f, true)]
    [InlineData("""{"type":"integer"}""", 3.5f, false)]
    [InlineData("""{"type":"number"}""", 3.5f, true)]
    [InlineData("""{"type":"string"}""", float.NaN, true)]
    [InlineData("""{"type":"string"}""", double.PositiveInfinity, true)]
    [InlineData("""{"maximum":5}""", 7e27, false)]
    [InlineData("""{"maximum":5}""", -7e27, true)]
    [InlineData("""{"maximum":5}""", 7e27f, false)]
    [InlineData("""{"maximum":5}""", -8e27f, true)]
    [InlineData("""{"minimum":5}""", 1e300, true)]
    [InlineData("""{"minimum":5}""", -1e300, false)]
    [InlineData("""{"minimum":5.5}""", 5.5f, true)]
    [InlineData("""{"minimum":5.5}""", 5.25f, false)]
    [InlineData("""{"multipleOf":2}""", 7e27, true)]
    [InlineData("""{"multipleOf":3}""", 1e28, false)]
    [InlineData("""{"multipleOf":2}""", 8e27f, true)]
    [InlineData("""{"multipleOf":7}""", 1e30f, false)]
    [InlineData("""{"multipleOf":0.5}""", 2.5, true)]
    [InlineData("""{"multipleOf":0.5}""", 2.25f, false)]
    [InlineData("""{"enum":[1e28]}""", 1e28, true)]
    [InlineData("""{"enum":[1e28]}""", 2e28, false)]
    [InlineData("""{"const":16777216}""", 16777216f, true)]
    [InlineData("""{"const":1e30}""", 1e30, true)]
    [InlineData("""{"const":7e27}""", 7e27, true)]
    [InlineData("""{"const":8e27}""", 7e27, false)]
    [InlineData("""{"const":0.1}""", 0.1, true)]
    [InlineData("""{"const":0.1}""", 0.1f, true)]
    [InlineData("""{"const":9007199254740993}""", 9007199254740992.0, false)]
    [InlineData("""{"const":9007199254740992}""", 9007199254740992.0, true)]
    [InlineData("""{"maximum":9007199254740991}""", 9007199254740992.0, false)]
    [InlineData("""{"const":0.30000000000000004}""", 0.30000000000000004, true)]
    [InlineData("""{"const":0.3}""", 0.30000000000000004, false)]
    [InlineData("""{"maximum":5}""", 7.9e28, false)]
    [InlineData("""{"minimum":5}""", 7.9e28f, true)]
    public void Floating_numbers_are_numbers(string schema, object value, bool accepted) => Assert.Equal(accepted, Accepts(schema, value));

    [Theory]
    [InlineData("""{"minimum":2.5}""", "2", false)]
    [InlineData("""{"minimum":2.5}""", "3", true)]
    [InlineData("""{"maximum":2.5}""", "2", true)]
    [InlineData("""{"maximum":2}""", "2", true)]
    [InlineData("""{"minimum":2}""", "2", true)]
    [InlineData("""{"exclusiveMinimum":-2.5}""", "-3", false)]
    [InlineData("""{"exclusiveMinimum":-2.5}""", "-2", true)]
    [InlineData("""{"exclusiveMaximum":2}""", "2", false)]
    [InlineData("""{"exclusiveMaximum":2.5}""", "2", true)]
    [InlineData("""{"multipleOf":5}""", "100000000000000000000000000000000000005", true)]
    [InlineData("""{"multipleOf":5}""", "100000000000000000000000000000000000006", false)]
    [InlineData("""{"multipleOf":0.5}""", "1", true)]
    [InlineData("""{"multipleOf":0.5}""", "100000000000000000000000000000000000005", true)]
    [InlineData("""{"multipleOf":0.3}""", "100000000000000000000000000000000000001", false)]
    [InlineData("""{"multipleOf":18446744073709551617}""", "340282366920938463463374607431768211455", true)]
    [InlineData("""{"multipleOf":18446744073709551617}""", "340282366920938463463374607431768211456", false)]
    [InlineData("""{"minimum":0}""", "-100000000000000000000000000000000000005", false)]
    [InlineData("""{"minimum":0}""", "100000000000000000000000000000000000005", true)]
    [InlineData("""{"const":79228162514264337593543950335}""", "79228162514264337593543950335", true)]
    [InlineData("""{"const":-79228162514264337593543950335}""", "-79228162514264337593543950335", true)]
    [InlineData("""{"const":79228162514264337593543950335}""", "79228162514264337593543950336", false)]
    [InlineData("""{"const":-79228162514264337593543950335}""", "-79228162514264337593543950336", false)]
    [InlineData("""{"const":5}""", "5", true)]
    [InlineData("""{"type":"integer"}""", "100000000000000000000000000000000000006", true)]
    public void Whole_numbers_may_have_any_size(string schema, string value, bool accepted) =>
        Assert.Equal(accepted, Accepts(schema, System.Numerics.BigInteger.Parse(value, System.Globalization.CultureInfo.InvariantCulture)));

    [Fact]
    public void Lists_and_tables_of_NET_are_arrays_and_objects()
    {
        Assert.True(Accepts("""{"items":{"type":"integer"},"minItems":2,"maxItems":2}""", new[] { 1, 2 }));
        Assert.True(Accepts("""{"minItems":2,"maxItems":2}""", Enumerable.Range(0, 2).Select(i => i)));
        Assert.False(Accepts("""{"minItems":3}""", Enumerable.Range(0, 2).Select(i => i)));
        using var document = JsonDocument.Parse("""{"list":[1,1],"object":{"k":null},"text":"ab","yes":true,"no":null}""");
        JsonElement Of(string name) => document.RootElement.GetProperty(name).Clone();
        Assert.False(Accepts("""{"uniqueItems":true}""", Of("list")));
        Assert.True(Accepts("""{"type":"array","maxItems":2,"items":{"const":1}}""", Of("list")));
        Assert.True(Accepts("""{"type":"object","required":["k"],"maxProperties":1}""", Of("object")));
        Assert.False(Accepts("""{"required":["l"]}""", Of("object")));
        Assert.True(Accepts("""{"type":"string","maxLength":2}""", Of("text")));
        Assert.True(Accepts("""{"type":"boolean","const":true}""", Of("yes")));
        Assert.False(Accepts("""{"minItems":3}""", Of("list")));
        Assert.True(Accepts("""{"enum":["2024-01-31"]}""", new DateOnly(2024, 1, 31)));
        Assert.False(Accepts("""{"enum":["2024-01-30"]}""", new DateOnly(2024, 1, 31)));
        Assert.False(Accepts("""{"enum":["5"]}""", 5L));
    }

    [Fact]
    public void A_graph_item_is_an_object_with_an_id()
    {
        var schema = CompiledSchema.Parse("""{"required":["id","a"],"properties":{"id":{"maxLength":2},"a":{"type":"integer"}},"maxProperties":1,"propertyNames":{"maxLength":1}}""");
        Assert.True(schema.Accepts(new GraphNode("N", "12", new PropertySet(["a"], [1L]))));
        Assert.True(schema.Accepts(new GraphNode("N", "12", new PropertySet(["a", "long"], [1L, null]))));
        Assert.False(schema.Accepts(new GraphNode("N", "123", new PropertySet(["a"], [1L]))));
        Assert.False(schema.Accepts(new GraphNode("N", "12", new PropertySet(["a"], [null]))));
        Assert.False(schema.Accepts(new GraphNode("N", "12", new PropertySet(["a"], ["x"]))));

        // A property of that name is meant before the item's own id.
        Assert.False(schema.Accepts(new GraphNode("N", "12", new PropertySet(["id"], ["123"]))));
        Assert.True(CompiledSchema.Parse("""{"properties":{"id":{"const":"own"}}}""").Accepts(new GraphNode("N", "12", new PropertySet(["id"], ["own"]))));
        Assert.False(CompiledSchema.Parse("""{"required":["other"]}""").Accepts(new GraphNode("N", "12", PropertySet.Empty)));
    }

    [Fact]
    public void Names_are_matched_with_their_case()
    {
        var record = new RecordSchema("r", [new RecordField("V", typeof(object))]).CreateRecord([1L], new RecordSource("r"), 1);
        Assert.False(CompiledSchema.Parse("""{"required":["v"]}""").Accepts(record));
        Assert.True(CompiledSchema.Parse("""{"properties":{"v":{"type":"string"}}}""").Accepts(record));
        Assert.False(CompiledSchema.Parse("""{"properties":{"v":{}},"additionalProperties":false}""").Accepts(record));
    }

    [Theory]
    [InlineData("""{"type":["string","null"]}""", true)]
    [InlineData("""{"type":"null"}""", true)]
    [InlineData("""{"type":"string"}""", false)]
    [InlineData("""{"type":["string","integer"]}""", false)]
    [InlineData("""{"enum":["a",null]}""", true)]
    [InlineData("""{"enum":["a"]}""", false)]
    [InlineData("""{"const":null}""", true)]
    [InlineData("""{"const":"a"}""", false)]
    [InlineData("""{"anyOf":[{"type":"null"},{"minLength":1}]}""", true)]
    [InlineData("""{"anyOf":[{"type":"string"},{"minLength":1}]}""", false)]
    [InlineData("""{}""", false)]
    [InlineData("""{"maxLength":2}""", false)]
    public void A_null_counts_as_there_where_the_schema_names_null(string schema, bool isThere)
    {
        // Compiled, and with a keyword beside it that leaves the whole record to NJsonSchema.
        foreach (var (rest, added) in new[] { ("", 0), (",\"patternProperties\":{\"^x\":{\"type\":\"string\"}}", 1) })
        {
            var compiled = CompiledSchema.Parse($$"""{"required":["v"],"properties":{"v":{{schema}}}{{rest}}}""");
            Assert.Equal(added, compiled.NotCompiled.Count);
            Assert.Equal(isThere, compiled.Accepts(RecordOf(null)));
            Assert.False(compiled.Accepts(new RecordSchema("r", [new RecordField("w", typeof(object))]).CreateRecord([null], new RecordSource("r"), 1)));
        }

        var counting = CompiledSchema.Parse($$"""{"minProperties":1,"properties":{"v":{{schema}} } }""");
        Assert.Equal(isThere, counting.Accepts(RecordOf(null)));
        Assert.Equal(!isThere, CompiledSchema.Parse($$"""{"maxProperties":0,"properties":{"v":{{schema}} } }""").Accepts(RecordOf(null)));
    }

    [Fact]
    public void What_is_left_to_NJsonSchema_is_the_same_value()
    {
        const string Tuple = """{"properties":{"v":{"items":[SCHEMA]}}}""";
        bool Fits(string schema, object? value) => CompiledSchema.Parse(Tuple.Replace("SCHEMA", schema, StringComparison.Ordinal)).Accepts(RecordOf(new[] { value }));
        Assert.True(Fits("""{"type":"integer","maximum":9223372036854775807}""", long.MaxValue));
        Assert.True(Fits("""{"type":"integer"}""", 3.00m));
        Assert.True(Fits("""{"type":"integer"}""", 3.0));
        Assert.True(Fits("""{"type":"number"}""", 3.5m));
        Assert.False(Fits("""{"type":"integer"}""", 3.5));
        Assert.True(Fits("""{"type":"boolean"}""", true));
        Assert.True(Fits("""{"type":"string","maxLength":10}""", new DateOnly(2024, 1, 31)));
        Assert.True(Fits("""{"type":"object","properties":{"k":{"type":"string"},"n":{"type":"null"}},"required":["k","n"]}""", new Dictionary<string, object?> { ["k"] = "a", ["n"] = null }));
        Assert.False(Fits("""{"type":"object","properties":{"k":{"type":"string"}},"required":["k"]}""", new Dictionary<string, object?> { ["k"] = 1L }));
        Assert.True(Fits("""{"type":"array","items":{"type":"integer"}}""", new[] { 1L }));

        // A schema whose root cannot be compiled, with properties and without.
        Assert.True(CompiledSchema.Parse("""{"properties":{"v":{"items":[{"type":"string"}]}}}""").Accepts(RecordOf(new[] { "a" })));
        Assert.False(CompiledSchema.Parse("""{"patternProperties":{"^v":{"type":"string"}},"properties":{"w":{}}}""").Accepts(RecordOf(5L)));
        Assert.True(CompiledSchema.Parse("""{"patternProperties":{"^v":{"type":"string"}},"properties":{"w":{}}}""").Accepts(RecordOf("a")));
    }

    [Fact]
    public void Comments_and_trailing_commas_are_let_pass() =>
        Assert.False(CompiledSchema.Parse("""{"required":["v",], /* a comment */ "title":"T",}""").Accepts(RecordOf(null)));

    [Fact]
    public void Values_of_NET_are_the_JSON_that_they_are_written_as()
    {
        Assert.True(Accepts("""{"type":"string","format":"date-time"}""", DateTimeOffset.UnixEpoch));
        Assert.True(Accepts("""{"type":"string","format":"date"}""", new DateOnly(2024, 1, 31)));
        Assert.True(Accepts("""{"const":"2024-01-31"}""", new DateOnly(2024, 1, 31)));
        Assert.True(Accepts("""{"type":"string","format":"uuid"}""", Guid.Empty));
        Assert.True(Accepts("""{"type":"integer"}""", 3.00m));
        Assert.True(Accepts("""{"type":"integer"}""", (byte)3));
        Assert.True(Accepts("""{"maximum":0.1}""", 0.1));
        Assert.False(Accepts("""{"maximum":0.1}""", 0.1000001));
        Assert.False(Accepts("""{"type":"number"}""", double.NaN));
    }

    [Fact]
    public void Null_is_absent_unless_the_schema_names_it()
    {
        var schema = CompiledSchema.Parse("""{"required":["v"],"properties":{"v":{"type":"string"}}}""");
        Assert.False(schema.Accepts(RecordOf(null)));
        Assert.True(CompiledSchema.Parse("""{"properties":{"v":{"type":"string"}}}""").Accepts(RecordOf(null)));
        Assert.True(CompiledSchema.Parse("""{"required":["v"],"properties":{"v":{"type":["string","null"]}}}""").Accepts(RecordOf(null)));
        Assert.True(CompiledSchema.Parse("""{"required":["v"],"properties":{"v":{"enum":["a",null]}}}""").Accepts(RecordOf(null)));
        Assert.True(CompiledSchema.Parse("""{"required":["v"],"properties":{"v":{"anyOf":[{"type":"null"},{"minLength":1}]}}}""").Accepts(RecordOf(null)));
    }

    [Fact]
    public void What_does_not_compile_is_named_and_only_its_property_is_slower()
    {
        var schema = CompiledSchema.Parse("""{"properties":{"v":{"items":[{"type":"string"}]},"w":{"type":"string"}}}""");
        Assert.Equal(["$.properties.v.items"], schema.NotCompiled);
        Assert.Equal(["$.patternProperties"], CompiledSchema.Parse("""{"patternProperties":{"^v":{"type":"string"}}}""").NotCompiled);
        Assert.False(CompiledSchema.Parse("""{"patternProperties":{"^v":{"type":"string"}}}""").Accepts(RecordOf(5L)));
    }

    [Theory]
    [InlineData("""{"properties":{"v":{"type":"text"}}}""", "'text' is no type")]
    [InlineData("""{"properties":{"v":{"pattern":"("}}}""", "no regular expression")]
    [InlineData("""{"properties":{"v":{"maxLength":-1}}}""", "$.properties.v.maxLength")]
    [InlineData("""{"unevaluatedProperties":false}""", "nothing here checks 'unevaluatedProperties'")]
    [InlineData("""{"properties":{"v":{"$ref":"other.json"}}}""", "Only references inside the document")]
    [InlineData("""{"properties":{"v":{"$ref":"#/$defs/none"}}}""", "which is not there")]
    [InlineData("""{"properties":{"v":{"$ref":"#/$defs/a","minLength":1}},"$defs":{"a":{}}}""", "Put both into 'allOf'")]
    [InlineData("""{"required":"v"}""", "$.required: it must be a list of texts")]
    [InlineData("""{""", "is not JSON")]
    [InlineData("""5""", "a schema is an object, true or false")]
    [InlineData("""{"properties":{"v":{"anyOf":[]}}}""", "$.properties.v.anyOf: it must be a list of schemas")]
    [InlineData("""{"properties":{"v":{"anyOf":{}}}}""", "$.properties.v.anyOf: it must be a list of schemas")]
    [InlineData("""{"properties":5}""", "$.properties: it must be an object")]
    [InlineData("""{"properties":{"v":{"multipleOf":0}}}""", "$.properties.v.multipleOf: it must be greater than 0")]
    [InlineData("""{"properties":{"v":{"multipleOf":-1}}}""", "$.properties.v.multipleOf: it must be greater than 0")]
    [InlineData("""{"properties":{"v":{"enum":5}}}""", "must be a list of the values that are allowed")]
    [InlineData("""{"properties":{"v":{"minLength":1.5}}}""", "it must be a whole number from 0")]
    [InlineData("""{"properties":{"v":{"minLength":"1"}}}""", "it must be a whole number from 0")]
    [InlineData("""{"properties":{"v":{"minLength":2147483648}}}""", "it must be a whole number from 0")]
    [InlineData("""{"properties":{"v":{"minimum":"1"}}}""", "it must be a number of at most 28 digits")]
    [InlineData("""{"properties":{"v":{"minimum":1e40}}}""", "it must be a number of at most 28 digits")]
    [InlineData("""{"properties":{"v":{"$ref":"#/$defs/list/2"}},"$defs":{"list":[true,true]}}""", "which is not there")]
    [InlineData("""{"properties":{"v":{"dependentRequired":[]}}}""", "$.properties.v.dependentRequired: it must be an object")]
    [InlineData("""{"required":"v","properties":5}""", "has 2 faults")]
    [InlineData("""{"required":"v"}""", "has a fault")]
    public void Faults_are_named_with_their_place(string schema, string expected)
    {
        var failure = Assert.Throws<MigrationException>(() => CompiledSchema.Parse(schema));
        Assert.Equal(ErrorCode.InvalidSchema, failure.Code);
        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_checks_nothing_is_noted()
    {
        var schema = CompiledSchema.Parse("""{"properties":{"v":{"maxLenght":2,"format":"iban","title":"x","x-note":1}}}""");
        Assert.Equal(2, schema.Notes.Count);
        Assert.Contains("maxLenght", schema.Notes[0], StringComparison.Ordinal);
        Assert.Contains("iban", schema.Notes[1], StringComparison.Ordinal);
    }

    private static bool Accepts(string schema, object value) => CompiledSchema.Parse("{\"properties\":{\"v\":" + schema + "}}").Accepts(RecordOf(value));

    private static object?[] Values(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.EnumerateArray().Select(JsonValue.FromElement).ToArray();
    }

    private static Record RecordOf(object? value) =>
        new RecordSchema("r", [new RecordField("v", typeof(object))]).CreateRecord([value], new RecordSource("r"), 1);
}
