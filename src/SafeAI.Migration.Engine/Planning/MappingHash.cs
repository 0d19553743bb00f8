using System.Security.Cryptography;
using System.Text;

namespace SafeAI.Migration.Engine.Planning;

/// <summary>A hash over the texts of a run's mappings, so that a changed one is noticed.</summary>
internal sealed class MappingHash
{
    private readonly StringBuilder _text = new();

    public void Add(string mapping) => _text.Append(mapping.Length).Append(':').Append(mapping);

    public override string ToString() => "sha256:" + Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(_text.ToString()))).ToLowerInvariant();
}
