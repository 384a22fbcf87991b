using System.Diagnostics;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using Headroom.Engine.Ccr;
using Headroom.Engine.Requests;
using Headroom.Proxy;

namespace Headroom.Cli.Demo;

/// <summary>One request of a session, at both ends of the proxy.</summary>
/// <param name="ClientTokens">Tokens of what the client sent.</param>
/// <param name="ClientBytes">Its bytes.</param>
/// <param name="ProviderTokens">Tokens of what the provider got.</param>
/// <param name="ProviderBytes">Its bytes.</param>
/// <param name="IsPrefixUnchanged">What the provider got in the turn before stands at the start of this one, byte for byte; null in the first.</param>
/// <param name="IsAnswerUnchanged">The client got the provider's answer byte for byte.</param>
/// <param name="Added">How much later the request was at the provider than the same request sent directly.</param>
internal sealed record DemoTurn(
    int ClientTokens,
    int ClientBytes,
    int ProviderTokens,
    int ProviderBytes,
    bool? IsPrefixUnchanged,
    bool IsAnswerUnchanged,
    TimeSpan Added);

/// <summary>A tool result that was replaced.</summary>
/// <param name="Original">What the client sent.</param>
/// <param name="Replacement">What the provider got.</param>
internal sealed record DemoReplacement(string Original, string Replacement);

/// <summary>A session driven through a proxy of its own, turn by turn.</summary>
internal sealed class DemoRun : IAsyncDisposable
{
    private readonly ProxyServer _proxy;
    private readonly HttpClient _client;
    private readonly StandInProvider _provider;
    private readonly AgentSession _session;
    private readonly WireShape _shape;
    private readonly TextTokens _tokens;
    private ReadOnlyMemory<byte> _previous;
    private (byte[] Sent, byte[] Received) _last;

    private DemoRun(
        ProxyServer proxy, HttpClient client, StandInProvider provider, AgentSession session, WireShape shape, TextTokens tokens) =>
        (_proxy, _client, _provider, _session, _shape, _tokens) = (proxy, client, provider, session, shape, tokens);

    public static async Task<DemoRun> StartAsync(
        StandInProvider provider,
        AgentSession session,
        WireShape shape,
        RetrieveToolMode retrieveTool,
        TextTokens tokens,
        CancellationToken cancellationToken)
    {
        var options = new ProxyOptions
        {
            Port = 0,
            Store = CcrStoreAddress.Memory,
            RetrieveTool = retrieveTool,
            OpenAIUrl = provider.Uri,
            AnthropicUrl = provider.Uri,
        };
        var proxy = await ProxyServer.StartAsync(options, cancellationToken);
        return new DemoRun(proxy, new HttpClient(new SocketsHttpHandler { UseProxy = false }), provider, session, shape, tokens);
    }

    /// <summary>Sends request <paramref name="turn"/> (from 0) directly, then through the proxy, and compares what arrives.</summary>
    public async Task<DemoTurn> TurnAsync(int turn, CancellationToken cancellationToken)
    {
        var body = _shape.Request(_session, turn);
        var (_, direct, _) = await SendAsync(_provider.Uri, body, cancellationToken);
        var (received, proxied, answer) = await SendAsync(_proxy.Uri, body, cancellationToken);

        bool? isPrefixUnchanged = turn == 0 ? null : received.Body.AsSpan().StartsWith(_previous.Span);
        _previous = UpToLastMessage(received.Body);
        _last = (body, received.Body);
        return new DemoTurn(
            _tokens.Count(body),
            body.Length,
            _tokens.Count(received.Body),
            received.Body.Length,
            isPrefixUnchanged,
            answer.AsSpan().SequenceEqual(received.Answer),
            proxied - direct);
    }

    /// <summary>What was replaced in the last request, in its order.</summary>
    public IReadOnlyList<DemoReplacement> Replacements()
    {
        using var sent = JsonDocument.Parse(_last.Sent);
        using var received = JsonDocument.Parse(_last.Received);
        return [.. TextTokens.Strings(sent.RootElement.GetProperty("messages"))
            .Zip(TextTokens.Strings(received.RootElement.GetProperty("messages")), (original, replacement) => new DemoReplacement(original, replacement))
            .Where(r => r.Original != r.Replacement)];
    }

    /// <summary>The original that the proxy gives back for the marker in a view; null when it knows none.</summary>
    public async Task<string?> RetrieveAsync(string view, CancellationToken cancellationToken)
    {
        foreach (var hash in Marker.HashesIn(view))
        {
            using var response = await _client.GetAsync(new Uri(_proxy.Uri, $"/v1/retrieve/{hash}"), cancellationToken);
            if (response.IsSuccessStatusCode)
            {
                var found = await JsonNode.ParseAsync(await response.Content.ReadAsStreamAsync(cancellationToken), cancellationToken: cancellationToken);
                return (string?)found?["original_content"];
            }
        }

        return null;
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _proxy.DisposeAsync();
    }

    private async Task<(ReceivedRequest Received, TimeSpan Arrival, byte[] Answer)> SendAsync(
        Uri to, byte[] body, CancellationToken cancellationToken)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        var start = Stopwatch.GetTimestamp();
        using var response = await _client.PostAsync(new Uri(to, _shape.Path), content, cancellationToken);
        var answer = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        response.EnsureSuccessStatusCode();
        var received = _provider.Last;
        return (received, Stopwatch.GetElapsedTime(start, received.Timestamp), answer);
    }

    /// <summary>The body without the brackets that close the list of messages and the request: the messages are its last member.</summary>
    private static ReadOnlyMemory<byte> UpToLastMessage(byte[] body) => body.AsMemory(..^"]}"u8.Length);
}
