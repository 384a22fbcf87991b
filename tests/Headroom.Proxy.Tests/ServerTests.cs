using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Headroom.Engine.Ccr;
using Headroom.Engine.Rules;
using Headroom.Proxy.Admission;
using Headroom.TestData;

namespace Headroom.Proxy.Tests;

public sealed class ServerTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static ProxyToken Secret => ProxyToken.TryCreate(new string('s', 32), out var token) ? token : throw new InvalidOperationException();

    public static TheoryData<string, ProxyOptions> BadOptions => new()
    {
        { nameof(ProxyOptions.Token), new ProxyOptions { Host = "0.0.0.0", InsecureListen = true } },
        { nameof(ProxyOptions.Token), new ProxyOptions { Host = "::" } },
        { nameof(ProxyOptions.InsecureListen), new ProxyOptions { Host = "192.0.2.1", Token = Secret } },
        { nameof(ProxyOptions.RequireToken), new ProxyOptions { RequireToken = true } },
        { nameof(ProxyOptions.AllowedHosts), new ProxyOptions { AllowedHosts = ["*.example"] } },
        { nameof(ProxyOptions.AllowedHosts), new ProxyOptions { AllowedHosts = ["http://host"] } },
        { nameof(ProxyOptions.AllowedHosts), new ProxyOptions { AllowedHosts = ["host:80"] } },
        { nameof(ProxyOptions.Host), new ProxyOptions { Host = "example.com" } },
        { nameof(ProxyOptions.Host), new ProxyOptions { Host = "" } },
        { nameof(ProxyOptions.Port), new ProxyOptions { Port = -1 } },
        { nameof(ProxyOptions.Port), new ProxyOptions { Port = 65536 } },
        { nameof(ProxyOptions.OpenAIUrl), new ProxyOptions { OpenAIUrl = new Uri("http://api.openai.com") } },
        { nameof(ProxyOptions.OpenAIUrl), new ProxyOptions { OpenAIUrl = new Uri("/v1", UriKind.Relative) } },
        { nameof(ProxyOptions.OpenAIUrl), new ProxyOptions { OpenAIUrl = null! } },
        { nameof(ProxyOptions.AnthropicUrl), new ProxyOptions { AnthropicUrl = new Uri("ftp://127.0.0.1") } },
        { nameof(ProxyOptions.AnthropicUrl), new ProxyOptions { AnthropicUrl = new Uri("https://user:pw@host") } },
        { nameof(ProxyOptions.AnthropicUrl), new ProxyOptions { AnthropicUrl = new Uri("https://host/?key=1") } },
        { nameof(ProxyOptions.MaxBodyBytes), new ProxyOptions { MaxBodyBytes = 0 } },
        { nameof(ProxyOptions.Workspace), new ProxyOptions { Workspace = "" } },
        { nameof(ProxyOptions.Retention), new ProxyOptions { Retention = new CcrRetention(TimeSpan.FromHours(1), 1) } },
        { nameof(ProxyOptions.Retention), new ProxyOptions { Retention = CcrRetention.Default with { MaxBytes = 0 } } },
        { nameof(ProxyOptions.DataDirectory), new ProxyOptions { DataDirectory = " " } },
        { nameof(ProxyOptions.RulesFile), new ProxyOptions { RulesFile = " " } },
    };

    [Theory]
    [MemberData(nameof(BadOptions))]
    public async Task An_option_out_of_range_is_named(string option, ProxyOptions options)
    {
        var error = await Assert.ThrowsAsync<ArgumentException>(() => ProxyServer.StartAsync(options, Token));
        Assert.Equal(option, error.ParamName);
        Assert.StartsWith(option + ": ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_rule_is_told_at_the_start_with_its_place()
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, "{ \"rules\": [\n  { \"tool\": \"Bash\", \"level\": \"tiny\" }\n] }", Token);
            var error = await Assert.ThrowsAsync<CompressionRulesException>(
                () => ProxyServer.StartAsync(new ProxyOptions { Port = 0, Store = CcrStoreAddress.Memory, RulesFile = file }, Token));
            Assert.StartsWith($"{file}(2,30): ", error.Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("Bash", "cat big.json", "excluded-tool")]
    [InlineData("Bash", "curl x", "compressed")]
    [InlineData("Read", "cat big.json", "excluded-tool")]
    [InlineData("Fetch", "", "compressed")]
    public async Task Rules_and_tool_classes_decide_what_is_touched(string tool, string command, string reason)
    {
        var directory = Directory.CreateTempSubdirectory("headroom-rules-").FullName;
        try
        {
            await File.WriteAllTextAsync(
                Path.Combine(directory, "headroom.rules.json"), "{ \"rules\": [{ \"tool\": \"Bash\", \"command\": \"cat *\", \"exclude\": true }] }", Token);
            await using var proxy = await TestProxy.StartAsync(o => o with { DataDirectory = directory });
            var arguments = JsonSerializer.Serialize(new { command });
            var body = JsonSerializer.Serialize(new
            {
                model = "gpt-4o",
                messages = new object[]
                {
                    new { role = "assistant", tool_calls = new[] { new { id = "c", type = "function", function = new { name = tool, arguments } } } },
                    new { role = "tool", tool_call_id = "c", content = SearchResults.Generate(100).Json(JsonLayout.Spaced) },
                },
            });
            using var response = await proxy.PostAsync("/v1/chat/completions", body);
            Assert.Equal(reason, Assert.Single(response.Headers.GetValues("x-headroom-reason")));
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    [Fact]
    public async Task An_occupied_port_is_told_in_one_line_with_address_and_port()
    {
        using var occupant = new TcpListener(IPAddress.Loopback, 0);
        occupant.Start();
        var port = ((IPEndPoint)occupant.LocalEndpoint).Port;
        var error = await Assert.ThrowsAsync<IOException>(
            () => ProxyServer.StartAsync(new ProxyOptions { Port = port, Store = CcrStoreAddress.Memory }, Token));
        Assert.Equal($"Cannot listen on 127.0.0.1:{port}: the port is already in use.", error.Message);
    }

    [Fact]
    public async Task A_store_that_cannot_be_opened_is_told_at_the_start()
    {
        var file = Path.GetTempFileName();
        try
        {
            var error = await Assert.ThrowsAsync<IOException>(
                () => ProxyServer.StartAsync(new ProxyOptions { Port = 0, DataDirectory = file }, Token));
            Assert.Contains(file, error.Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("127.0.0.2")]
    [InlineData("localhost")]
    [InlineData("::1")]
    public async Task It_serves_where_its_uri_says(string host)
    {
        Assert.SkipWhen(host == "::1" && !Socket.OSSupportsIPv6, "no IPv6");
        Assert.SkipWhen(host == "127.0.0.2" && !OperatingSystem.IsLinux(), "only Linux has all of 127.0.0.0/8");
        await using var proxy = await TestProxy.StartAsync(o => o with { Host = host });
        Assert.NotEqual(0, proxy.Server.Uri.Port);
        using var response = await proxy.SendAsync("GET", "/livez");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task Stopping_lets_a_running_request_finish_and_frees_the_port()
    {
        await using var proxy = await TestProxy.StartAsync();
        var (arrived, release) = (Signal(), Signal());
        proxy.Upstream.Answer = async context =>
        {
            arrived.SetResult();
            await release.Task;
            await FakeUpstream.Json(context, 200, "{}");
        };
        var sending = proxy.PostAsync("/v1/messages", """{"messages":[]}""");
        await arrived.Task;
        var stopping = proxy.Server.StopAsync(TimeSpan.FromMinutes(1));
        Assert.False(proxy.Server.Completion.IsCompleted);
        release.SetResult();
        using var response = await sending;
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await stopping;
        await proxy.Server.Completion;
        await Assert.ThrowsAsync<HttpRequestException>(() => proxy.SendAsync("GET", "/livez"));
        Assert.Equal(1, (await proxy.Server.StatisticsAsync(Token)).Requests.Total);
    }

    [Fact]
    public async Task Stopping_aborts_what_does_not_finish_in_time()
    {
        await using var proxy = await TestProxy.StartAsync();
        var (arrived, cancelled) = (Signal(), Signal());
        proxy.Upstream.Answer = async context =>
        {
            context.RequestAborted.Register(cancelled.SetResult);
            arrived.SetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        };
        var sending = proxy.PostAsync("/v1/messages", """{"messages":[]}""");
        await arrived.Task;
        await proxy.Server.StopAsync(TimeSpan.Zero);
        await Assert.ThrowsAsync<HttpRequestException>(() => sending);
        await cancelled.Task;
        await proxy.Server.StopAsync(TimeSpan.Zero);
        await proxy.Server.Completion;
    }

    [Fact]
    public async Task Two_servers_run_side_by_side()
    {
        await using var first = await TestProxy.StartAsync();
        await using var second = await TestProxy.StartAsync();
        Assert.NotEqual(first.Server.Uri, second.Server.Uri);
        using var response = await second.SendAsync("GET", "/v1/models");
        Assert.Empty(first.Upstream.Requests);
        Assert.Single(second.Upstream.Requests);
    }

    [Fact]
    public async Task Livez_is_answered_while_large_bodies_are_compressed()
    {
        await using var proxy = await TestProxy.StartAsync(o => o with { AllowViews = true });
        var big = TestBodies.OpenAI(TestBodies.Rows(20_000));
        var sends = Enumerable.Range(0, 3).Select(i => proxy.PostAsync("/v1/chat/completions", big.Replace("c1", $"c{i}", StringComparison.Ordinal))).ToArray();
        var all = Task.WhenAll(sends);
        var polls = 0;
        do
        {
            using var alive = await proxy.Client.SendAsync(proxy.Request("GET", "/livez"), Token);
            Assert.Equal(HttpStatusCode.OK, alive.StatusCode);
            polls++;
        }
        while (!all.IsCompleted);

        foreach (var response in await all)
        {
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            response.Dispose();
        }

        Assert.True(polls > 3, $"only {polls} polls were answered meanwhile");
    }

    [Fact]
    public async Task Readyz_follows_the_store_and_requests_go_on_without_it()
    {
        var store = new FailingStore();
        await using var proxy = await TestProxy.StartAsync(store: store);
        using (var ready = await proxy.SendAsync("GET", "/readyz"))
        {
            Assert.Equal(HttpStatusCode.OK, ready.StatusCode);
        }

        store.IsBroken = true;
        using (var unready = await proxy.SendAsync("GET", "/readyz"))
        {
            Assert.Equal(HttpStatusCode.ServiceUnavailable, unready.StatusCode);
        }

        var body = TestBodies.OpenAI(TestBodies.Rows());
        using var response = await proxy.PostAsync("/v1/chat/completions", body);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("store-unavailable", response.Headers.GetValues("x-headroom-reason").Single());
        Assert.Equal(body, System.Text.Encoding.UTF8.GetString(proxy.Upstream.Single.Body));
        using var retrieve = await proxy.SendAsync("GET", "/v1/retrieve/0123456789abcdef01234567");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, retrieve.StatusCode);
    }

    private static TaskCompletionSource Signal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
