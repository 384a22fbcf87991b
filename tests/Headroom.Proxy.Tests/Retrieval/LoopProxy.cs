using System.Text;
using System.Text.Json.Nodes;
using Headroom.Engine.Ccr;
using Microsoft.AspNetCore.Http;

namespace Headroom.Proxy.Tests.Retrieval;

/// <summary>A proxy in front of a model that follows a script, with originals in its store.</summary>
internal sealed class LoopProxy : IAsyncDisposable
{
    private readonly Queue<Script> _turns = new();

    private LoopProxy(TestProxy proxy, string hash) => (Proxy, Hash) = (proxy, hash);

    public const string Original = "alpha\nbeta \u20ac \U0001F600\ngamma\n";

    public static TheoryData<string, bool> Ways => new() { { "/v1/messages", true }, { "/v1/messages", false }, { "/v1/chat/completions", true }, { "/v1/chat/completions", false } };

    public TestProxy Proxy { get; }

    /// <summary>The hash of <see cref="Original"/>.</summary>
    public string Hash { get; }

    public string Arguments => $$"""{"hash":"{{Hash}}"}""";

    public IReadOnlyList<ReceivedRequest> Requests => [.. Proxy.Upstream.Requests];

    public static async Task<LoopProxy> StartAsync(Func<ProxyOptions, ProxyOptions>? with = null, ICcrStore? store = null, TimeProvider? time = null)
    {
        store ??= new MemoryCcrStore();
        var proxy = await TestProxy.StartAsync(with, store, time);
        var loop = new LoopProxy(proxy, await store.PutAsync(Encoding.UTF8.GetBytes(Original), TestContext.Current.CancellationToken));
        proxy.Upstream.Answer = loop.AnswerAsync;
        return loop;
    }

    /// <summary>What the model says next, turn by turn.</summary>
    public void Enqueue(params Script[] turns)
    {
        foreach (var turn in turns)
        {
            _turns.Enqueue(turn);
        }
    }

    public static string Request(string path, bool stream, string? messages = null) =>
        (path == "/v1/messages"
            ? """{"model":"claude-sonnet-4-5","max_tokens":64,"stream":STREAM,"tools":[{"name":"ls","input_schema":{"type":"object"}}],"messages":MESSAGES}"""
            : """{"model":"gpt-4o","stream":STREAM,"stream_options":{"include_usage":true},"tools":[{"type":"function","function":{"name":"ls"}}],"messages":MESSAGES}""")
        .Replace("STREAM", stream ? "true" : "false", StringComparison.Ordinal)
        .Replace("MESSAGES", messages ?? """[{"role":"user","content":"Look."}]""", StringComparison.Ordinal);

    public async Task<byte[]> PostAsync(string path, bool stream, string? messages = null)
    {
        using var response = await Proxy.PostAsync(path, Request(path, stream, messages), ("x-test-id", "7"));
        Assert.Equal(200, (int)response.StatusCode);
        Assert.Equal(stream ? "text/event-stream" : "application/json", response.Content.Headers.ContentType?.MediaType);
        return await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
    }

    public async Task<Answer> AskAsync(string path, bool stream, string? messages = null) =>
        Answer.Read(path, stream, await PostAsync(path, stream, messages));

    /// <summary>The texts that the model was given for its calls in a request, in their order.</summary>
    public static IReadOnlyList<(string Id, string Text)> Results(string path, byte[] body) => path == "/v1/messages"
        ? [.. RequestShape.Messages(body).SelectMany(m => m!["content"] as JsonArray ?? []).Where(b => b!["type"]!.GetValue<string>() == "tool_result").Select(b => (b!["tool_use_id"]!.GetValue<string>(), b["content"]!.GetValue<string>()))]
        : [.. RequestShape.Messages(body).Where(m => m!["tool_call_id"] is not null).Select(m => (m!["tool_call_id"]!.GetValue<string>(), m["content"]!.GetValue<string>()))];

    public ValueTask DisposeAsync() => Proxy.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        var request = Requests[^1];
        var stream = JsonNode.Parse(request.Body)!["stream"]?.GetValue<bool>() ?? false;
        context.Response.ContentType = stream ? "text/event-stream; charset=utf-8" : "application/json";
        await context.Response.Body.WriteAsync(_turns.Dequeue().Body(request.Target, stream));
    }
}
