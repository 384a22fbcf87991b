using System.Text;
using System.Text.Json.Nodes;
using Headroom.Engine.Ccr;
using Headroom.Engine.Requests;
using Headroom.Proxy.Tests.Retrieval;

namespace Headroom.Proxy.Tests.Conversations;

/// <summary>Two optimizers on one store, and a model that answers at once: what a proxy does, without its servers.</summary>
internal sealed class OptimizerRoute : IRoute
{
    private static readonly IRetrievalFormat OpenAI = new OpenAIChatFormat();
    private static readonly IRetrievalFormat Anthropic = new AnthropicMessagesFormat();

    private readonly RequestOptimizer[] _optimizers = new RequestOptimizer[2];
    private MemoryCcrStore _store = new();

    public OptimizerRoute() => Restart();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async Task<Exchanged> SendAsync(Wire wire, int proxy, byte[] body, string? session, ScriptedTurn turn)
    {
        var format = wire.IsAnthropic ? Anthropic : OpenAI;
        var request = await _optimizers[proxy].OptimizeAsync(format, body, session, Token);
        var sent = new List<byte[]> { request.Body.ToArray() };
        var scripts = turn.Scripts(sent[0]);
        if (scripts.SelectMany(s => s.Calls).Any(c => c.IsRetrieval))
        {
            // The rounds, as the proxy's loop runs them.
            Assert.NotNull(request.Conversation);
            var hidden = new List<RetrievalCall>();
            foreach (var call in scripts[0].Calls.Where(c => c.IsRetrieval))
            {
                var original = await _store.GetAsync((string)JsonNode.Parse(call.Arguments)!["hash"]!, Token);
                hidden.Add(new RetrievalCall(call.Id, call.Arguments, original is null ? "not found" : Encoding.UTF8.GetString(original)));
            }

            var shown = turn.IsOpen ? Shown(wire, turn) : new VisibleAnswer("", [], 0);
            var trace = new RetrievalTrace([new RetrievalRound(shown.Parts, shown.Text.Length, hidden)], turn.IsOpen);
            if (!turn.IsOpen)
            {
                sent.Add(format.AppendTurn(sent[0], Encoding.UTF8.GetBytes(wire.Answer(scripts[0].Parts).ToJsonString()), hidden));
            }

            var answer = Shown(wire, turn) with { Parts = wire.IsAnthropic ? turn.Visible.Count : 0 };
            await trace.SaveAsync(_store, request.Conversation, answer, Token);
        }

        return new Exchanged(sent, wire.Answer(turn.Visible));
    }

    public Task RestartAsync(int proxy)
    {
        _optimizers[proxy] = new RequestOptimizer(_store, new RequestOptimizerOptions(), TimeProvider.System);
        return Task.CompletedTask;
    }

    public Task LoseDataAsync()
    {
        _store = new MemoryCcrStore();
        Restart();
        return Task.CompletedTask;
    }

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    private void Restart()
    {
        for (var i = 0; i < _optimizers.Length; i++)
        {
            _ = RestartAsync(i);
        }
    }

    // Up to the calls.
    private static VisibleAnswer Shown(Wire wire, ScriptedTurn turn) => new(
        string.Concat(turn.Visible.OfType<Say>().Select(s => s.Text)),
        [.. turn.Visible.OfType<Call>().Select(c => c.Id)],
        wire.IsAnthropic ? turn.Visible.Count(p => p is not Call) : 0);
}
