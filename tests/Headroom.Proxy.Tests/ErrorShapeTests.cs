using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using Headroom.Proxy.Admission;
using Headroom.Proxy.Routing;

namespace Headroom.Proxy.Tests;

/// <summary>Every error that the proxy makes itself, in the shape and with the type that the client's SDK knows for the status.</summary>
public sealed class ErrorShapeTests
{
    private const string Messages = "/v1/messages";

    // The types of Anthropic's API reference, section "Errors"; OpenAI's SDKs go by the status and show type and code.
    private static readonly (int Status, string Anthropic, string OpenAI)[] Types =
    [
        (400, "invalid_request_error", "invalid_request_error"),
        (401, "authentication_error", "invalid_request_error"),
        (403, "permission_error", "invalid_request_error"),
        (404, "not_found_error", "invalid_request_error"),
        (405, "invalid_request_error", "invalid_request_error"),
        (413, "request_too_large", "invalid_request_error"),
        (500, "api_error", "server_error"),
        (501, "api_error", "server_error"),
        (502, "api_error", "server_error"),
        (503, "api_error", "server_error"),
        (504, "timeout_error", "server_error"),
    ];

    public static TheoryData<string, string, string, int, string> Causes
    {
        get
        {
            var causes = new (string Set, string Headers, int Status, string Code)[]
            {
                ("", "Origin: http://evil.example\r\n", 403, "forbidden_origin"),
                ("token", "", 401, "unauthorized"),
                ("", "x-headroom-workspace: a/b\r\n", 400, "invalid_workspace"),
                ("official", "x-goog-api-key: k\r\n", 400, "credential_mismatch"),
                ("small", "", 413, "request_too_large"),
                ("nobody", "", 502, "upstream_connection_refused"),
                ("closed", "", 404, "not_found"),
                ("", "Transfer-Encoding: gzip, chunked\r\n", 501, "not_implemented"),
                ("draining", "", 503, "shutting_down"),
            };
            return [.. from path in (string[])[Messages, "/v1/chat/completions"] from c in causes select (path, c.Set, c.Headers, c.Status, c.Code)];
        }
    }

    public static TheoryData<int> Statuses => [.. Types.Select(t => t.Status)];

    [Theory]
    [MemberData(nameof(Statuses))]
    public void A_status_has_the_types_that_clients_know(int status)
    {
        foreach (var provider in Enum.GetValues<Provider>())
        {
            AssertShape(provider == Provider.Anthropic, status, "the_code", System.Text.Encoding.UTF8.GetString(ErrorReply.Json(provider, status, "the_code", "One \"sentence\".")));
        }

        var own = JsonNode.Parse(ErrorReply.Json(null, status, "the_code", "m"))!["error"]!;
        Assert.Equal(("the_code", "m"), (own["type"]!.GetValue<string>(), own["message"]!.GetValue<string>()));
    }

    [Theory]
    [MemberData(nameof(Causes))]
    public async Task An_error_of_the_proxys_own_has_the_clients_shape(string path, string set, string headers, int status, string code)
    {
        Assert.True(ProxyToken.TryCreate(new string('s', 32), out var token));
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        var nobody = new Uri($"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}");
        probe.Stop();
        await using var proxy = await TestProxy.StartAsync(o => set switch
        {
            "token" => o with { Token = token, RequireToken = true },
            "official" => o with { OpenAIUrl = new ProxyOptions().OpenAIUrl, AnthropicUrl = new ProxyOptions().AnthropicUrl },
            "small" => o with { MaxBodyBytes = 1 },
            "nobody" => o with { OpenAIUrl = nobody, AnthropicUrl = nobody },
            "closed" => o with { Forward = false },
            _ => o,
        });
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var running = Task.CompletedTask;
        var stopping = Task.CompletedTask;
        if (set == "draining")
        {
            var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            proxy.Upstream.Answer = async context =>
            {
                arrived.SetResult();
                await release.Task;
                await FakeUpstream.Json(context, 200, "{}");
            };
            running = proxy.SendAsync("GET", "/v1/models");
            await arrived.Task;
            stopping = proxy.Server.StopAsync(TimeSpan.FromHours(1));
        }

        var framing = headers.StartsWith("Transfer", StringComparison.Ordinal) ? "\r\n0\r\n\r\n" : "Content-Length: 2\r\n\r\n{}";
        var response = await RawConnection.ExchangeAsync(proxy, $"POST {path} HTTP/1.1\r\nHost: HOST\r\n{headers}{framing}");
        Assert.Equal(status, response.Status);
        Assert.Equal("application/json", response.Header("Content-Type"));
        Assert.Equal("no-store", response.Header("Cache-Control"));
        AssertShape(path == Messages, status, code, response.Body);
        release.SetResult();
        await running;
        await stopping;
    }

    private static void AssertShape(bool isAnthropic, int status, string code, string body)
    {
        var (_, anthropic, openAI) = Types.Single(t => t.Status == status);
        var whole = JsonNode.Parse(body)!.AsObject();
        var error = whole["error"]!.AsObject();
        Assert.False(string.IsNullOrEmpty(error["message"]!.GetValue<string>()));
        Assert.Equal(isAnthropic ? anthropic : openAI, error["type"]!.GetValue<string>());
        if (isAnthropic)
        {
            Assert.Equal("error", whole["type"]!.GetValue<string>());
        }
        else
        {
            Assert.Equal(["error"], whole.Select(m => m.Key));
            Assert.Equal(code, error["code"]!.GetValue<string>());
            Assert.True(error.ContainsKey("param"));
        }
    }
}
