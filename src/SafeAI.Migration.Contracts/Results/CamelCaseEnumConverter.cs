using System.Text.Json;
using System.Text.Json.Serialization;

namespace SafeAI.Migration;

/// <summary>An enumeration in JSON: its values' names, which begin with a small letter.</summary>
/// <typeparam name="T">The enumeration.</typeparam>
public sealed class CamelCaseEnumConverter<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.CamelCase)
    where T : struct, Enum;
