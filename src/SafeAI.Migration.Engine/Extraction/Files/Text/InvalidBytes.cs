using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Unicode;

namespace SafeAI.Migration.Engine.Extraction.Files.Text;

/// <summary>
/// Bytes that are not valid in their encoding. In UTF-8 they are found as they are; a text in another encoding is
/// transcoded, and two characters that Unicode keeps free of meaning then stand for each such byte.
/// </summary>
internal static class InvalidBytes
{
    private const char High = '\uFDD0';
    private const char Low = '\uFDE0';

    // U+FDD0 to U+FDDF and U+FDE0 to U+FDEF in UTF-8.
    private const int MarkerLength = 6;

    /// <summary>Finds the first in a text in UTF-8.</summary>
    /// <param name="text">The text.</param>
    /// <param name="hasMarkers">Whether markers may occur in it.</param>
    /// <param name="value">The byte.</param>
    /// <param name="length">How many bytes of the text stand for it.</param>
    /// <returns>Where it is, or -1.</returns>
    public static int Find(ReadOnlySpan<byte> text, bool hasMarkers, out byte value, out int length)
    {
        (value, length) = (0, 0);
        return hasMarkers ? FindMarker(text, out value, out length)
            : Utf8.IsValid(text) ? -1
            : FindInvalid(text, out value, out length);
    }

    /// <summary>The text with invalid bytes written as <c>\xE9</c>.</summary>
    public static string Show(ReadOnlySpan<byte> text, bool hasMarkers)
    {
        var index = Find(text, hasMarkers, out var value, out var length);
        if (index < 0)
            return Encoding.UTF8.GetString(text);
        var shown = new StringBuilder(text.Length);
        for (; index >= 0; index = Find(text, hasMarkers, out value, out length))
        {
            shown.Append(Encoding.UTF8.GetString(text[..index])).Append(CultureInfo.InvariantCulture, $"\\x{value:X2}");
            text = text[(index + length)..];
        }

        return shown.Append(Encoding.UTF8.GetString(text)).ToString();
    }

    /// <summary>A decoder that writes markers and reports that it did.</summary>
    public static Decoder DecoderFor(Encoding encoding, Action onInvalid)
    {
        var decoder = encoding.GetDecoder();
        decoder.Fallback = new MarkerFallback(onInvalid);
        return decoder;
    }

    private static int FindInvalid(ReadOnlySpan<byte> text, out byte value, out int length)
    {
        for (var i = 0; i < text.Length;)
        {
            if (text[i] < 0x80)
            {
                var next = text[i..].IndexOfAnyInRange((byte)0x80, (byte)0xFF);
                if (next < 0)
                    break;
                i += next;
            }

            if (Rune.DecodeFromUtf8(text[i..], out _, out var consumed) != OperationStatus.Done)
            {
                (value, length) = (text[i], 1);
                return i;
            }

            i += consumed;
        }

        (value, length) = (0, 0);
        return -1;
    }

    private static int FindMarker(ReadOnlySpan<byte> text, out byte value, out int length)
    {
        var start = 0;
        while (text[start..].IndexOf([(byte)0xEF, (byte)0xB7]) is >= 0 and var index)
        {
            start += index;
            if (start + MarkerLength <= text.Length
                && text[start + 2] is >= 0x90 and <= 0x9F
                && text[start + 3] == 0xEF && text[start + 4] == 0xB7 && text[start + 5] is >= 0xA0 and <= 0xAF)
            {
                value = (byte)(((text[start + 2] & 0xF) << 4) | (text[start + 5] & 0xF));
                length = MarkerLength;
                return start;
            }

            start += 2;
        }

        (value, length) = (0, 0);
        return -1;
    }

    private sealed class MarkerFallback(Action onInvalid) : DecoderFallback
    {
        public override int MaxCharCount => 16;

        public override DecoderFallbackBuffer CreateFallbackBuffer() => new Buffer(onInvalid);

        private sealed class Buffer(Action onInvalid) : DecoderFallbackBuffer
        {
            private readonly char[] _chars = new char[16];
            private int _length;
            private int _position;

            public override int Remaining => _length - _position;

            public override bool Fallback(byte[] bytesUnknown, int index)
            {
                Reset();
                foreach (var value in bytesUnknown.AsSpan(0, Math.Min(bytesUnknown.Length, 8)))
                {
                    _chars[_length++] = (char)(High + (value >> 4));
                    _chars[_length++] = (char)(Low + (value & 0xF));
                }

                onInvalid();
                return true;
            }

            public override char GetNextChar() => _position < _length ? _chars[_position++] : '\0';

            public override bool MovePrevious()
            {
                if (_position == 0)
                    return false;
                _position--;
                return true;
            }

            public override void Reset() => _length = _position = 0;
        }
    }
}
