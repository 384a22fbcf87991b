using System.ClientModel;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Anthropic;
using Anthropic.Core;
using Anthropic.Models.Messages;
using Microsoft.AspNetCore.Http;
using OpenAI;
using OpenAI.Chat;

namespace Headroom.Proxy.Tests;

/// <summary>The providers' own client packages, pointed at the proxy and otherwise as they come.</summary>
public sealed class ClientTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static ChatClient OpenAI(TestProxy proxy) => new(
        "gpt-4o", new ApiKeyCredential("sk-test"), new OpenAIClientOptions { Endpoint = new Uri(proxy.Server.Uri, "/v1") });

    private static AnthropicClient Anthropic(TestProxy proxy) =>
        new(new ClientOptions { BaseUrl = proxy.Server.Uri.ToString(), ApiKey = "sk-ant-test", MaxRetries = 0 });

    private static ChatMessage[] Chat(string result) =>
    [
        new UserChatMessage("Find the documents."),
        new AssistantChatMessage([ChatToolCall.CreateFunctionToolCall("call_1", "search", BinaryData.FromString("{}"))]),
        new ToolChatMessage("call_1", result),
    ];

    private static MessageCreateParams Messages(string result) => new()
    {
        Model = "claude-sonnet-4-5",
        MaxTokens = 64,
        Messages =
        [
            new UserMessageParam { Content = "Find the documents." },
            new AssistantMessageParam
            {
                Content = new List<ContentBlockParam> { new ToolUseBlockParam { ID = "toolu_1", Name = "search", Input = new Dictionary<string, JsonElement>() } },
            },
            new UserMessageParam { Content = new List<ContentBlockParam> { new ToolResultBlockParam("toolu_1") { Content = result } } },
        ],
    };

    [Fact]
    public async Task OpenAI_client_gets_a_completion_and_the_upstream_a_smaller_request()
    {
        await using var proxy = await TestProxy.StartAsync();
        proxy.Upstream.Answer = context => FakeUpstream.Json(context, 200, """
            {"id":"c","object":"chat.completion","created":1,"model":"gpt-4o","choices":[{"index":0,"message":{"role":"assistant","content":"Found: \u20ac"},"finish_reason":"stop"}],
             "usage":{"prompt_tokens":11,"completion_tokens":3,"total_tokens":14}}
            """);
        var rows = TestBodies.Rows();
        var answer = (await OpenAI(proxy).CompleteChatAsync(Chat(rows), cancellationToken: Token)).Value;
        Assert.Equal("Found: \u20ac", answer.Content[0].Text);
        Assert.Equal(11, answer.Usage.InputTokenCount);
        var received = proxy.Upstream.Single;
        Assert.Equal("/v1/chat/completions", received.Target);
        Assert.Equal("Bearer sk-test", received.Header("Authorization"));
        AssertReplaced(rows, JsonNode.Parse(received.Body)!["messages"]![2]!["content"]!.GetValue<string>());
    }

    [Fact]
    public async Task OpenAI_client_streams()
    {
        await using var proxy = await TestProxy.StartAsync();
        proxy.Upstream.Answer = async context =>
        {
            context.Response.ContentType = "text/event-stream";
            foreach (var piece in (string[])["Fo", "und"])
            {
                await context.Response.WriteAsync(
                    $$$"""data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"gpt-4o","choices":[{"index":0,"delta":{"role":"assistant","content":"{{{piece}}}"},"finish_reason":null}]}""" + "\n\n");
                await context.Response.Body.FlushAsync();
            }

            await context.Response.WriteAsync("data: [DONE]\n\n");
        };
        var text = new StringBuilder();
        await foreach (var update in OpenAI(proxy).CompleteChatStreamingAsync(Chat(TestBodies.Rows()), cancellationToken: Token))
        {
            text.Append(string.Concat(update.ContentUpdate.Select(p => p.Text)));
        }

        Assert.Equal("Found", text.ToString());
    }

    [Fact]
    public async Task OpenAI_client_understands_the_proxys_own_errors()
    {
        await using var proxy = await TestProxy.StartAsync(o => o with { MaxBodyBytes = 10 });
        var error = await Assert.ThrowsAsync<ClientResultException>(() => OpenAI(proxy).CompleteChatAsync(Chat("x"), cancellationToken: Token));
        Assert.Equal(413, error.Status);
        Assert.Contains("request_too_large", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Anthropic_client_gets_a_message_and_the_upstream_a_smaller_request()
    {
        await using var proxy = await TestProxy.StartAsync();
        proxy.Upstream.Answer = context => FakeUpstream.Json(context, 200, """
            {"id":"msg_1","type":"message","role":"assistant","model":"claude-sonnet-4-5","content":[{"type":"text","text":"Found: \u20ac"}],"stop_reason":"end_turn",
             "stop_sequence":null,"usage":{"input_tokens":11,"output_tokens":3,"cache_read_input_tokens":0,"cache_creation_input_tokens":0}}
            """);
        var rows = TestBodies.Rows();
        var answer = await Anthropic(proxy).Messages.Create(Messages(rows), Token);
        Assert.True(answer.Content[0].TryPickText(out var text));
        Assert.Equal("Found: \u20ac", text.Text);
        Assert.Equal(11, answer.Usage.InputTokens);
        var received = proxy.Upstream.Single;
        Assert.Equal("/v1/messages", received.Target);
        Assert.Equal("Bearer sk-ant-test", received.Header("Authorization"));
        Assert.NotNull(received.Header("anthropic-version"));
        AssertReplaced(rows, JsonNode.Parse(received.Body)!["messages"]![2]!["content"]![0]!["content"]!.GetValue<string>());
    }

    [Fact]
    public async Task Anthropic_client_streams()
    {
        await using var proxy = await TestProxy.StartAsync();
        proxy.Upstream.Answer = async context =>
        {
            context.Response.ContentType = "text/event-stream";
            string[] events =
            [
                """{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"claude-sonnet-4-5","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":11,"output_tokens":1}}}""",
                """{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}""",
                """{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Fo"}}""",
                """{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"und"}}""",
                """{"type":"content_block_stop","index":0}""",
                """{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":3}}""",
                """{"type":"message_stop"}""",
            ];
            foreach (var data in events)
            {
                await context.Response.WriteAsync($"event: {JsonNode.Parse(data)!["type"]}\ndata: {data}\n\n");
                await context.Response.Body.FlushAsync();
            }
        };
        var text = new StringBuilder();
        await foreach (var update in Anthropic(proxy).Messages.CreateStreaming(Messages(TestBodies.Rows()), Token))
        {
            if (update.TryPickContentBlockDelta(out var delta) && delta.Delta.TryPickText(out var piece))
            {
                text.Append(piece.Text);
            }
        }

        Assert.Equal("Found", text.ToString());
        Assert.Equal(1, (await proxy.GetJsonAsync("/stats"))["requests"]!["compressed"]!.GetValue<int>());
    }

    [Fact]
    public async Task Anthropic_client_understands_the_proxys_own_errors()
    {
        await using var proxy = await TestProxy.StartAsync(o => o with { MaxBodyBytes = 10 });
        var error = await Assert.ThrowsAnyAsync<Exception>(() => Anthropic(proxy).Messages.Create(Messages("x"), Token));
        Assert.Contains("request_too_large", error.ToString(), StringComparison.Ordinal);
    }

    private static void AssertReplaced(string original, string sent)
    {
        Assert.NotEqual(original, sent);
        Assert.True(sent.Length < original.Length * 0.8);
    }
}
