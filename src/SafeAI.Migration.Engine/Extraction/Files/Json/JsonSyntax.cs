using System.Text.Json;

namespace SafeAI.Migration.Engine.Extraction.Files.Json;

/// <summary>Words for parts of JSON.</summary>
internal static class JsonSyntax
{
    /// <summary>What a value that starts or ends with this token is called in a sentence.</summary>
    public static string Describe(JsonTokenType token) => token switch
    {
        JsonTokenType.StartArray or JsonTokenType.EndArray => "an array",
        JsonTokenType.StartObject or JsonTokenType.EndObject => "an object",
        JsonTokenType.String => "a text",
        JsonTokenType.Number => "a number",
        JsonTokenType.True or JsonTokenType.False => "a truth value",
        _ => "null",
    };
}
