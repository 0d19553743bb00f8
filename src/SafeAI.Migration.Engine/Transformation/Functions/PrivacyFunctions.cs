using System.Security.Cryptography;
using System.Text;

namespace SafeAI.Migration.Engine.Transformation;

/// <summary>Functions that take personal data out of a value. Values that pass one are masked in messages and logs.</summary>
internal static class PrivacyFunctions
{
    // 100 bits: a million million values still have different tokens.
    private const int TokenLength = 20;
    private const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

    public static IReadOnlyList<FunctionDefinition> All { get; } =
    [
        new("hmac", "Replaces a value by its keyed hash (HMAC-SHA256) in hexadecimal digits, the same wherever the key is the same; 'length' shortens it.",
            [new("key", ArgumentKind.Key, false), new("length", ArgumentKind.Count, false)], a => Hash(a.Key(), a.Count("length", 64)))
        {
            IsPrivacy = true,
            Check = a => a.Count("length", 64) is >= 1 and <= 64 ? null : "A keyed hash has 64 digits; at least one must be left.",
        },
        new("tokenise", "Replaces a value by a token of 20 letters and digits, the same in every file wherever the key is the same; 'prefix' stands before it.",
            [new("key", ArgumentKind.Key, false), new("prefix", ArgumentKind.Text, false)], a => Tokenise(a.Key(), a.Text("prefix"))) { IsPrivacy = true },
        TextFunctions.Define("mask", "Replaces every character by an asterisk, or the given text, but keeps so many at the start and at the end.",
            [new("keepStart", ArgumentKind.Count, false), new("keepEnd", ArgumentKind.Count, false), new("with", ArgumentKind.Text, false)],
            a => Mask(a.Count("keepStart"), a.Count("keepEnd"), a.Text("with", "*"))).AsPrivacy(),
        TextFunctions.Define("truncate", "Keeps so many characters from the start, and so makes a value less exact: a postcode, an ISO date.",
            [new("length", ArgumentKind.Count)], a => Truncate(a.Count("length"))).AsPrivacy(),
        new("drop", "Removes the value.", [], _ => (_, _) => null) { IsPrivacy = true },
    ];

    private static ValueStep Hash(byte[] key, int length) => TextFunctions.Lift(text =>
    {
        var hash = Convert.ToHexString(HMACSHA256.HashData(key, BytesOf(text))).ToLowerInvariant();
        return length < hash.Length ? hash[..length] : hash;
    }, textOnly: false);

    private static ValueStep Tokenise(byte[] key, string prefix)
    {
        // A key of its own, so that tokens say nothing about hashes.
        var tokenKey = HMACSHA256.HashData(key, "token"u8);
        return TextFunctions.Lift(text =>
        {
            if (text.Length == 0)
                return text;
            var hash = HMACSHA256.HashData(tokenKey, BytesOf(text));
            return prefix + string.Create(TokenLength, hash, (token, bytes) =>
            {
                for (var i = 0; i < token.Length; i++)
                    token[i] = Alphabet[bytes[i] & 31];
            });
        }, textOnly: false);
    }

    // Of halves of surrogate pairs, UTF-8 would make one and the same character; the byte at the end occurs in none of its texts.
    private static byte[] BytesOf(string text) => GraphValue.HasLoneSurrogate(text)
        ? [.. System.Runtime.InteropServices.MemoryMarshal.AsBytes(text.AsSpan()), 0xff]
        : Encoding.UTF8.GetBytes(text);

    private static Func<string, string?> Mask(int keepStart, int keepEnd, string with) => text =>
    {
        var count = TextUnits.Count(text);

        // What is too short to hide anything behind what is kept is hidden whole.
        return keepStart + keepEnd >= count
            ? Repeat(with, count)
            : TextUnits.Slice(text, 0, keepStart) + Repeat(with, count - keepStart - keepEnd) + TextUnits.Slice(text, count - keepEnd, keepEnd);
    };

    private static Func<string, string?> Truncate(int length) => text => TextUnits.Slice(text, 0, length);

    private static string Repeat(string text, int count) => string.Concat(Enumerable.Repeat(text, count));
}
