using System.Text;
using System.Text.Json;
using Headroom.Engine.Ccr;
using Headroom.Engine.Retrieval;

namespace Headroom.Engine.Tests.Retrieval;

/// <summary>Asks a store of its own for parts of one original.</summary>
internal static class Originals
{
    public static RetrievalResult Ask(string original, RetrievalRequest request) => Ask(Encoding.UTF8.GetBytes(original), request);

    /// <summary>The hash of the request is put in here.</summary>
    public static RetrievalResult Ask(byte[] original, RetrievalRequest request)
    {
        var store = new MemoryCcrStore();
        var hash = store.PutAsync(original, CancellationToken.None).AsTask().Result;
        return Retriever.RetrieveAsync(store, request with { Hash = hash }, CancellationToken.None).AsTask().Result;
    }

    public static RetrievalRequest Rows(long first, long last) => new() { Hash = "", Rows = new RetrievalRequest.Span(first, last) };

    public static RetrievalRequest Lines(long first, long last) => new() { Hash = "", Lines = new RetrievalRequest.Span(first, last) };

    public static RetrievalRequest Path(string path) => new() { Hash = "", Path = path };

    public static RetrievalRequest Pattern(string pattern) => new() { Hash = "", Pattern = pattern };

    /// <summary>A model's answer to arguments of one member beside the hash.</summary>
    public static string Answer(byte[] original, string? member = null, object? value = null)
    {
        var store = new MemoryCcrStore();
        var arguments = new Dictionary<string, object?> { ["hash"] = store.PutAsync(original, CancellationToken.None).AsTask().Result };
        if (member is not null)
        {
            arguments[member] = value;
        }

        return Retriever.AnswerAsync(store, JsonSerializer.SerializeToUtf8Bytes(arguments), CancellationToken.None).AsTask().Result;
    }

    public static string Text(this RetrievalResult result) => Encoding.UTF8.GetString(result.Content.Span);
}
