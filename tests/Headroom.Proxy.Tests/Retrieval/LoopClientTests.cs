using System.ClientModel;
using System.Text;
using System.Text.Json;
using Anthropic;
using Anthropic.Core;
using Anthropic.Models.Messages;
using OpenAI;
using OpenAI.Chat;

namespace Headroom.Proxy.Tests.Retrieval;

/// <summary>The providers' own client packages against a model that retrieves: they see one answer and know nothing of the tool.</summary>
public sealed class LoopClientTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Names of cases; see <see cref="Turns"/>.</summary>
    public static TheoryData<string> Cases => ["never", "once", "twice", "mixed", "parallel", "broken", "unknown", "limit"];

    private static Script[] Turns(string name, LoopProxy loop) => name switch
    {
        "never" => [new(new Say("Answer."))],
        "once" => [new(new Say("Ans"), new Call("r1", loop.Arguments)), new(new Say("wer."))],
        "twice" => [new(new Call("r1", loop.Arguments)), new(new Say("Ans"), new Call("r2", loop.Arguments)), new(new Say("wer."))],
        "mixed" => [new(new Say("Answer."), new Call("r1", loop.Arguments), new Call("c1", """{"path":"/x"}""", "ls"))],
        "parallel" => [new(new Call("r1", loop.Arguments), new Call("r2", loop.Arguments), new Call("r3", loop.Arguments)), new(new Say("Answer."))],
        "broken" => [new(new Call("r1", "{\"hash\": 7")), new(new Say("Answer."))],
        "unknown" => [new(new Call("r1", """{"hash":"0123456789abcdef01234567"}""")), new(new Say("Answer."))],
        "limit" => [new(new Say("Ans"), new Call("r1", loop.Arguments)), new(new Call("r2", loop.Arguments)), new(new Call("r3", loop.Arguments)), new(new Say("wer."), new Call("r4", loop.Arguments))],
        _ => throw new ArgumentOutOfRangeException(nameof(name)),
    };

    private static async Task<(LoopProxy Loop, Script[] Turns)> StartAsync(string name)
    {
        var loop = await LoopProxy.StartAsync();
        Script[] turns = [.. Turns(name, loop).Select((t, i) => t with { Number = i + 1 })];
        loop.Enqueue(turns);
        return (loop, turns);
    }

    private static void AssertSent(LoopProxy loop, string path, Script[] turns)
    {
        Assert.Equal(turns.Length, loop.Requests.Count);
        for (var i = 0; i < turns.Length; i++)
        {
            RequestShape.AssertPaired(path, loop.Requests[i].Body);
            Assert.Equal(turns.Take(i).SelectMany(t => t.Calls).Select(c => c.Id), LoopProxy.Results(path, loop.Requests[i].Body).Select(r => r.Id));
            if (i > 0)
            {
                RequestShape.AssertPrefix(loop.Requests[i - 1].Body, loop.Requests[i].Body);
                Assert.Equal(loop.Requests[0].Header("Authorization"), loop.Requests[i].Header("Authorization"));
                Assert.Equal(loop.Requests[0].Header("anthropic-version"), loop.Requests[i].Header("anthropic-version"));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task The_OpenAI_client_sees_one_completion(string name)
    {
        foreach (var stream in (bool[])[false, true])
        {
            var (loop, turns) = await StartAsync(name);
            await using var _ = loop;
            var client = new ChatClient("gpt-4o", new ApiKeyCredential("sk-test"), new OpenAIClientOptions { Endpoint = new Uri(loop.Proxy.Server.Uri, "/v1") });
            var options = new ChatCompletionOptions { Tools = { ChatTool.CreateFunctionTool("ls", "Lists.", BinaryData.FromString("""{"type":"object"}""")) } };
            ChatMessage[] messages = [new UserChatMessage("Look.")];
            var text = new StringBuilder();
            var calls = new Dictionary<int, (string Id, string Name, string Arguments)>();
            var finished = new List<ChatFinishReason>();
            var output = 0;
            if (stream)
            {
                var ids = new HashSet<string>();
                await foreach (var update in client.CompleteChatStreamingAsync(messages, options, Token))
                {
                    ids.Add(update.CompletionId);
                    text.Append(string.Concat(update.ContentUpdate.Select(p => p.Text)));
                    foreach (var call in update.ToolCallUpdates)
                    {
                        var known = calls.GetValueOrDefault(call.Index);
                        calls[call.Index] = (call.ToolCallId ?? known.Id, call.FunctionName ?? known.Name, known.Arguments + call.FunctionArgumentsUpdate);
                    }

                    finished.AddRange(update.FinishReason is { } reason ? [reason] : []);
                    output += update.Usage?.OutputTokenCount ?? 0;
                }

                Assert.Equal(["chatcmpl-1"], ids);
            }
            else
            {
                var completion = (await client.CompleteChatAsync(messages, options, Token)).Value;
                text.Append(string.Concat(completion.Content.Select(p => p.Text)));
                calls = completion.ToolCalls.Select((c, i) => (c, i)).ToDictionary(p => p.i, p => (p.c.Id, p.c.FunctionName, p.c.FunctionArguments.ToString()));
                finished.Add(completion.FinishReason);
                output = completion.Usage.OutputTokenCount;
            }

            Assert.Equal("Answer.", text.ToString());
            Assert.Equal(name == "mixed" ? [(0, ("c1", "ls", """{"path":"/x"}"""))] : [], calls.Select(c => (c.Key, c.Value)));
            Assert.Equal([name == "mixed" ? ChatFinishReason.ToolCalls : ChatFinishReason.Stop], finished);
            Assert.Equal(7 * turns.Length, output);
            AssertSent(loop, "/v1/chat/completions", turns);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task The_Anthropic_client_sees_one_message(string name)
    {
        var parameters = new MessageCreateParams
        {
            Model = "claude-sonnet-4-5",
            MaxTokens = 64,
            Tools = [new Tool { Name = "ls", InputSchema = new InputSchema() }],
            Messages = [new UserMessageParam { Content = "Look." }],
        };
        foreach (var stream in (bool[])[false, true])
        {
            var (loop, turns) = await StartAsync(name);
            await using var _ = loop;
            var client = new AnthropicClient(new ClientOptions { BaseUrl = loop.Proxy.Server.Uri.ToString(), ApiKey = "sk-ant-test", MaxRetries = 0 });
            var text = new StringBuilder();
            var calls = new List<(string Id, string Name)>();
            var arguments = new StringBuilder();
            string? stop = null;
            long output = 0;
            if (stream)
            {
                var (starts, stops, next) = (0, 0, 0L);
                await foreach (var update in client.Messages.CreateStreaming(parameters, Token))
                {
                    if (update.TryPickStart(out RawMessageStartEvent? _))
                    {
                        starts++;
                    }
                    else if (update.TryPickStop(out RawMessageStopEvent? _))
                    {
                        stops++;
                    }
                    else if (update.TryPickContentBlockStart(out var begun))
                    {
                        Assert.Equal(next++, begun.Index);
                        if (begun.ContentBlock.TryPickToolUse(out var use))
                        {
                            calls.Add((use.ID, use.Name));
                        }
                    }
                    else if (update.TryPickContentBlockDelta(out var delta))
                    {
                        Assert.Equal(next - 1, delta.Index);
                        text.Append(delta.Delta.TryPickText(out var piece) ? piece.Text : "");
                        arguments.Append(delta.Delta.TryPickInputJson(out var json) ? json.PartialJson : "");
                    }
                    else if (update.TryPickDelta(out var end))
                    {
                        stop = end.Delta.StopReason?.Raw();
                        output = end.Usage.OutputTokens;
                    }
                }

                Assert.Equal((1, 1), (starts, stops));
            }
            else
            {
                var message = await client.Messages.Create(parameters, Token);
                foreach (var block in message.Content)
                {
                    text.Append(block.TryPickText(out var piece) ? piece.Text : "");
                    if (block.TryPickToolUse(out var use))
                    {
                        calls.Add((use.ID, use.Name));
                        arguments.Append(JsonSerializer.Serialize(use.Input));
                    }
                }

                stop = message.StopReason?.Raw();
                output = message.Usage.OutputTokens;
            }

            Assert.Equal("Answer.", text.ToString());
            Assert.Equal(name == "mixed" ? [("c1", "ls")] : [], calls);
            Assert.Equal(name == "mixed" ? """{"path":"/x"}""" : "", arguments.ToString());
            Assert.Equal(name == "mixed" ? "tool_use" : "end_turn", stop);
            Assert.Equal(7 * turns.Length, output);
            AssertSent(loop, "/v1/messages", turns);
        }
    }
}
