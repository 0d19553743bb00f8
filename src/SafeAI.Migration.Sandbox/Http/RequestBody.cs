using System.Buffers;
using System.Text.Json;
using SafeAI.Migration.Sandbox.Cypher;
using SafeAI.Migration.Sandbox.Values;

namespace SafeAI.Migration.Sandbox.Http;

/// <summary>The body of a request, read whole.</summary>
internal static class RequestBody
{
    private static readonly JsonReaderOptions s_options = new() { MaxDepth = 128 };

    /// <summary>Reads the body and gives its bytes to a function; they are gone afterwards.</summary>
    public static async Task<T> ReadAsync<T>(HttpContext context, RequestCounts counts, Func<ReadOnlySpan<byte>, T> use)
    {
        var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(context.Request.ContentLength + 1 ?? 16 * 1024, 1024, int.MaxValue / 2));
        var length = 0;
        try
        {
            while (true)
            {
                if (length == buffer.Length)
                {
                    var larger = ArrayPool<byte>.Shared.Rent(checked(buffer.Length * 2));
                    buffer.AsSpan(0, length).CopyTo(larger);
                    ArrayPool<byte>.Shared.Return(buffer);
                    buffer = larger;
                }

                var read = await context.Request.Body.ReadAsync(buffer.AsMemory(length), context.RequestAborted);
                if (read == 0)
                    break;
                length += read;
            }

            counts.SawBody(length);
            return use(buffer.AsSpan(0, length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Reads <c>{"query": …, "parameters": {…}}</c>.</summary>
    public static (string Query, CypherMap Parameters) ParseQuery(ReadOnlySpan<byte> body)
    {
        string? query = null;
        var parameters = CypherMap.Empty;
        try
        {
            var reader = new Utf8JsonReader(body, s_options);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
                throw ApiError.Invalid("The body must be a JSON object with 'query' and 'parameters'");
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("query"u8))
                {
                    reader.Read();
                    query = reader.TokenType == JsonTokenType.String ? reader.GetString() : throw ApiError.Invalid("'query' must be a string");
                }
                else if (reader.ValueTextEquals("parameters"u8))
                {
                    reader.Read();
                    parameters = JsonValueReader.Read(ref reader) switch
                    {
                        null => CypherMap.Empty,
                        CypherMap map => map,
                        _ => throw ApiError.Invalid("'parameters' must be an object"),
                    };
                }
                else
                {
                    throw ApiError.Invalid($"Unknown field '{reader.GetString()}': the body has 'query' and 'parameters'");
                }
            }

            reader.Read();
        }
        catch (JsonException wrong)
        {
            throw ApiError.Invalid("The body is not valid JSON: " + wrong.Message);
        }
        catch (InvalidOperationException wrong)
        {
            // Half of a surrogate pair: JSON can write it, a string cannot hold it.
            throw ApiError.Invalid("The body is not valid JSON: " + wrong.Message);
        }
        catch (CypherException wrong)
        {
            throw ApiError.Of(wrong);
        }

        return (query ?? throw ApiError.Invalid("The body has no 'query'"), parameters);
    }

    /// <summary>Reads a JSON object.</summary>
    public static CypherMap ParseObject(ReadOnlySpan<byte> body)
    {
        try
        {
            var reader = new Utf8JsonReader(body, s_options);
            reader.Read();
            var value = JsonValueReader.Read(ref reader) as CypherMap ?? throw ApiError.Invalid("The body must be a JSON object");
            reader.Read();
            return value;
        }
        catch (Exception wrong) when (wrong is JsonException or InvalidOperationException)
        {
            throw ApiError.Invalid("The body is not valid JSON: " + wrong.Message);
        }
        catch (CypherException wrong)
        {
            throw ApiError.Of(wrong);
        }
    }
}
