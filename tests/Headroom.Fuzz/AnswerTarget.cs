using System.Text;
using Headroom.Engine.Requests;
using Headroom.Proxy.Observation;
using Headroom.Proxy.Retrieval;
using Headroom.Proxy.Routing;
using Headroom.Proxy.Tests.Retrieval;
using Headroom.TestData;

namespace Headroom.Fuzz;

/// <summary>Whole answers: what is understood and joined is JSON, what is not is left, and nothing throws.</summary>
internal sealed class AnswerTarget : IFuzzTarget
{
    private static readonly string[] Paths = ["/v1/messages", "/v1/chat/completions"];

    public byte[] Draw(SeededRandom random) => JsonMutation.Of(
        new Script(
            new Say("One \u20ac \U0001F600"), new Think("why"), new Novelty("n"), new Call("r1", """{"hash":"0123456789abcdef01234567"}"""), new Call("c1", "{}", random.Pick(["ls", "headroom_retrieve"])))
        { Stop = random.Chance(0.8) ? null : "max_tokens" }.Body(random.Pick(Paths), stream: false),
        random);

    public Task<string?> RunAsync(byte[] input, SeededRandom random, CancellationToken cancellationToken) => Task.FromResult(Run(input, random));

    private static string? Run(byte[] input, SeededRandom random)
    {
        foreach (var format in (IRetrievalFormat[])[new AnthropicMessagesFormat(), new OpenAIChatFormat()])
        {
            var isAnthropic = format.Provider == "anthropic";
            var observer = new UsageObserver(isAnthropic ? Provider.Anthropic : Provider.OpenAI, "application/json", "");
            observer.Push(input);
            observer.Complete(CancellationToken.None);
            _ = observer.Usage;

            var joiner = AnswerJoiner.For(format);
            if (!joiner.TryAdd(input))
            {
                continue;
            }

            if (joiner.ToModelTurn() is { Message: { } message } && !JsonPieces.IsJson(message))
            {
                return $"no-json: the turn as it goes back, {format.Name}";
            }

            if (random.Chance(0.5))
            {
                joiner.Continue();
                if (!joiner.TryAdd(random.Chance(0.5) ? input : new Script(new Say("After.")) { Number = 2 }.Body(isAnthropic ? Paths[0] : Paths[1], stream: false)))
                {
                    return $"not-taken: a second answer, {format.Name}";
                }
            }

            _ = joiner.Usage.All;
            if (random.Chance(0.3))
            {
                joiner.AddNote("[A note.]");
            }

            _ = joiner.Visible.ToAnswer();
            if (joiner.Join(random.Chance(0.5)) is var joined && !JsonPieces.IsJson(joined))
            {
                return $"no-json: the joined answer, {format.Name}: {Encoding.UTF8.GetString(joined.AsSpan(0, Math.Min(joined.Length, 200)))}";
            }
        }

        return null;
    }
}
