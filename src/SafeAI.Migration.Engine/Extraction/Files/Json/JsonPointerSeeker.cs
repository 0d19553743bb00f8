using System.Globalization;
using System.Text.Json;

namespace SafeAI.Migration.Engine.Extraction.Files.Json;

/// <summary>Follows a JSON Pointer (RFC 6901) through the tokens of a document.</summary>
internal sealed class JsonPointerSeeker
{
    private readonly string[] _segments;
    private int _level;
    private bool _isInArray;
    private long _index = -1;
    private bool _isCandidate = true;

    public JsonPointerSeeker(string pointer) => _segments = pointer.Length == 0
        ? []
        : [.. pointer[1..].Split('/').Select(s => s.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal))];

    /// <summary>Whether the document cannot have the value any more.</summary>
    public bool IsMissing { get; private set; }

    /// <summary>How deep the value lies.</summary>
    public int Depth => _segments.Length;

    /// <summary>Looks at the next token.</summary>
    /// <returns>Whether the value that the pointer names starts here.</returns>
    public bool IsFoundAt(ref Utf8JsonReader reader)
    {
        var depth = reader.CurrentDepth;
        if (reader.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray)
        {
            IsMissing |= depth == _level - 1;
            return false;
        }

        if (depth != _level)
            return false;
        if (reader.TokenType == JsonTokenType.PropertyName)
        {
            _isCandidate = reader.ValueTextEquals(_segments[_level - 1]);
            return false;
        }

        if (_isInArray)
            _isCandidate = (++_index).ToString(CultureInfo.InvariantCulture) == _segments[_level - 1];
        if (!_isCandidate)
            return false;
        if (_level == _segments.Length)
            return true;
        IsMissing = reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray);
        _isInArray = reader.TokenType == JsonTokenType.StartArray;
        _index = -1;
        _isCandidate = false;
        _level++;
        return false;
    }
}
