using System.IO.Compression;
using System.Text.Encodings.Web;
using System.Text.Json;
using Headroom.TestData;
using ZstdSharp;

namespace Headroom.Proxy.Tests;

/// <summary>Request bodies that tests send.</summary>
internal static class TestBodies
{
    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Rows that the lossless table makes much smaller.</summary>
    public static string Rows(int count = 60, ulong seed = 7) => SearchResults.Generate(count, seed: seed).Json(JsonLayout.Spaced);

    /// <summary>A JSON string with the escapes that clients in other languages use.</summary>
    public static string Quote(string text) => JsonSerializer.Serialize(text, Relaxed);

    public static string OpenAI(string toolResult, string tool = "search_documents", bool stream = false) => $$$"""
        {"model": "gpt-4o", "temperature": 1.0, "stream": {{{(stream ? "true" : "false")}}}, "messages": [{"role":"user","content":"look \u00e9 up"},
         {"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"{{{tool}}}","arguments":"{\"n\":1e2}"}}]},
         {"role":"tool","tool_call_id":"c1","content":{{{Quote(toolResult)}}}}]}
        """;

    public static string Anthropic(string toolResult, string tool = "search_documents", bool stream = false) => $$$"""
        {"model": "claude-sonnet-4-5", "max_tokens": 16, "stream": {{{(stream ? "true" : "false")}}}, "messages": [{"role":"user","content":"look \u00e9 up"},
         {"role":"assistant","content":[{"type":"tool_use","id":"t1","name":"{{{tool}}}","input":{"n":1e2} }]},
         {"role":"user","content":[{"type":"tool_result","tool_use_id":"t1","content":[{"type":"text","text":{{{Quote(toolResult)}}}}]}]}]}
        """;

    public static byte[] Encode(byte[] plain, string coding, CompressionLevel level = CompressionLevel.Fastest)
    {
        using var encoded = new MemoryStream();
        using (Stream encoder = coding switch
        {
            "gzip" => new GZipStream(encoded, level, leaveOpen: true),
            "br" => new BrotliStream(encoded, level, leaveOpen: true),
            "deflate" => new ZLibStream(encoded, level, leaveOpen: true),
            "zstd" => new CompressionStream(encoded, leaveOpen: true),
            _ => throw new ArgumentOutOfRangeException(nameof(coding)),
        })
        {
            encoder.Write(plain);
        }

        return encoded.ToArray();
    }
}
