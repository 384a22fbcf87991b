using System.Globalization;
using System.Management.Automation;
using System.Net;
using System.Net.Sockets;
using System.Reflection;
using System.Runtime.Loader;
using System.Text;
using System.Text.Json;

namespace Headroom.PowerShell.Tests;

public class ProxyTests
{
    private const string Answer = """{"id":"x","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"ok"},"finish_reason":"stop"}],"usage":{"prompt_tokens":10,"completion_tokens":1,"total_tokens":11}}""";

    private static readonly HttpClient Http = new();

    private static string Rows(int count) =>
        JsonSerializer.Serialize(Enumerable.Range(0, count).Select(i => new
        {
            id = i,
            name = string.Create(CultureInfo.InvariantCulture, $"service-{i * 7919 % 1009}"),
            status = i % 3 == 0 ? "ready" : "pending",
        }));

    private static string ChatRequest(string toolResult) => JsonSerializer.Serialize(new
    {
        model = "gpt-4o",
        messages = new object[]
        {
            new { role = "user", content = "Which services are pending?" },
            new
            {
                role = "assistant",
                tool_calls = new[] { new { id = "call_1", type = "function", function = new { name = "list_services", arguments = "{}" } } },
            },
            new { role = "tool", tool_call_id = "call_1", content = toolResult },
        },
    });

    [Fact]
    public async Task A_request_through_a_proxy_of_this_session_arrives_smaller_and_its_answer_unchanged()
    {
        using var upstream = new FakeUpstream(Answer);
        using var session = new HostedSession();
        session.Set("upstream", upstream.Uri);
        var job = session.One("$job = Start-HeadroomProxy -Port 0 -OpenAIUrl $upstream -Name mine; $job");
        var uri = (Uri)job.Properties["Uri"].Value;
        Assert.NotEqual(0, uri.Port);

        var request = ChatRequest(Rows(200));
        var cancel = TestContext.Current.CancellationToken;
        using var response = await Http.PostAsync(
            new Uri(uri, "v1/chat/completions"), new StringContent(request, Encoding.UTF8, "application/json"), cancel);
        Assert.Equal(Answer, await response.Content.ReadAsStringAsync(cancel));
        var sent = await upstream.NextBodyAsync();
        Assert.True(sent.Length < request.Length * 0.8, $"{sent.Length} of {request.Length}");

        // The record of a request is written a moment after its answer has ended.
        PSObject statistics;
        do
        {
            statistics = session.One("Get-HeadroomStats");
            await Task.Yield();
        }
        while ((long)statistics.Properties["Requests"].Value == 0 && !cancel.IsCancellationRequested);
        Assert.Equal(1L, statistics.Properties["Compressed"].Value);
        Assert.True((long)statistics.Properties["TokensSaved"].Value > 0);
        Assert.Equal(statistics.BaseObject.ToString(), session.One("Get-HeadroomStats -Uri $job.Uri").BaseObject.ToString());
        Assert.Equal(statistics.BaseObject.ToString(), session.One("Get-HeadroomProxy mine | Get-HeadroomStats").BaseObject.ToString());
    }

    [Fact]
    public void Nothing_of_asp_net_core_is_loaded_where_other_modules_would_see_it()
    {
        using var session = new HostedSession();
        session.Run("Start-HeadroomProxy -Port 0 | Stop-HeadroomProxy");
        Assert.DoesNotContain(AssemblyLoadContext.Default.Assemblies, IsOurs);
        Assert.Contains(AssemblyLoadContext.All.Single(c => c.Name == "Headroom").Assemblies, IsOurs);

        static bool IsOurs(Assembly assembly) =>
            assembly.GetName().Name is { } name
            && (name.StartsWith("Microsoft.AspNetCore", StringComparison.Ordinal)
                || name.StartsWith("Microsoft.Extensions.Hosting", StringComparison.Ordinal)
                || name.StartsWith("Yarp.", StringComparison.Ordinal)
                || name.StartsWith("Microsoft.Data.Sqlite", StringComparison.Ordinal)
                || name is "Headroom.Engine" or "Headroom.Proxy");
    }

    [Fact]
    public async Task A_proxy_is_a_job_that_the_job_commands_handle()
    {
        using var session = new HostedSession();
        session.Run("$job = Start-HeadroomProxy -Port 0 -Name mine");
        Assert.Same(session.One("$job").BaseObject, session.One("Get-Job -Name mine").BaseObject);
        var columns = session.One("$job.PSJobTypeName, $job.State, $job.Location, $job.Command -join ' '");
        Assert.Equal($"HeadroomProxy Running 127.0.0.1:{session.One("$job.Port")} Start-HeadroomProxy -Port 0", columns.BaseObject);
        Assert.Equal(HttpStatusCode.OK, await StatusOf(session.One("$job.Uri")));

        Assert.Empty(session.Run("Receive-Job $job 6>$null"));
        Assert.Equal("JobObjectNotFinishedCannotBeRemoved", session.Try("Remove-Job $job").Error.Id);
        Assert.Empty(session.Run("Wait-Job $job -Timeout 0"));

        session.Run("Stop-Job $job; Stop-Job $job");
        Assert.Equal("Stopped", session.One("$job.State").BaseObject.ToString());
        Assert.Same(session.One("$job").BaseObject, session.One("Wait-Job $job").BaseObject);
        await Assert.ThrowsAsync<HttpRequestException>(() => StatusOf(session.One("$job.Uri")));

        session.Run("Remove-Job $job");
        Assert.Empty(session.Run("Get-Job"));
        Assert.Empty(session.Run("Get-HeadroomProxy"));
    }

    [Fact]
    public void Receive_job_shows_the_life_of_the_proxy_and_drains_it()
    {
        using var session = new HostedSession();
        session.Run("$job = Start-HeadroomProxy -Port 0 -Name mine");
        Assert.Contains("Listening on http://127.0.0.1:", session.One("Receive-Job $job 6>&1").ToString(), StringComparison.Ordinal);
        Assert.False((bool)session.One("$job.HasMoreData").BaseObject);
        session.Run("Stop-Job $job");
        Assert.Contains("Stopped", session.One("Receive-Job $job 6>&1").ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_fails_is_in_the_warnings_of_the_job_and_requests_only_where_they_are_wanted()
    {
        using var session = new HostedSession();
        var nobody = FreePort();
        foreach (var isVerbose in (bool[])[false, true])
        {
            session.Set("upstream", new Uri($"http://127.0.0.1:{nobody}"));
            var uri = (Uri)session.One($"$job = Start-HeadroomProxy -Port 0 -OpenAIUrl $upstream -Name mine {(isVerbose ? "-Verbose" : "")} 4>$null; $job.Uri").BaseObject;
            using var response = await Http.PostAsync(
                new Uri(uri, "v1/chat/completions"), new StringContent(ChatRequest("short"), Encoding.UTF8, "application/json"), TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
            session.Run("Stop-Job $job");
            var warning = session.One("Receive-Job $job -Keep 3>&1 6>$null 4>$null").ToString();
            Assert.Equal($"mine: connection_refused: The connection was refused: at 127.0.0.1:{nobody}, the address of the provider, nothing listens. [Headroom.Proxy.Forwarding.Upstreams 2101]", warning);
            var verbose = session.Run("$job.Verbose").Select(v => v.ToString()).ToArray();
            Assert.Equal(isVerbose, verbose.Any(v => v.Contains("status 502", StringComparison.Ordinal)));
            session.Run("Remove-Job $job");
        }
    }

    [Fact]
    public void A_file_of_authorities_that_is_none_is_an_error_of_the_command()
    {
        using var session = new HostedSession();
        var outcome = session.Try("Start-HeadroomProxy -Port 0 -CaFile ./README.md");
        Assert.Equal("HeadroomInvalidOption", outcome.Error.Id);
        Assert.StartsWith("CaFile: ", Assert.Single(outcome.Errors).Exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_store_may_keep_can_be_said()
    {
        using var session = new HostedSession();
        var uri = (Uri)session.One("(Start-HeadroomProxy -Port 0 -CacheMaxAge 2.12:00:00 -CacheMaxSize 10MB).Uri").BaseObject;
        var config = JsonElement.Parse(await Http.GetStringAsync(new Uri(uri, "health"), TestContext.Current.CancellationToken)).GetProperty("config");
        Assert.Equal(2.5, config.GetProperty("store_max_age_days").GetDouble());
        Assert.Equal(10 << 20, config.GetProperty("store_max_bytes").GetInt64());
    }

    [Fact]
    public void Remove_job_by_force_stops_the_proxy()
    {
        using var session = new HostedSession();
        var uri = (Uri)session.One("$job = Start-HeadroomProxy -Port 0; $job.Uri").BaseObject;
        session.Run("Remove-Job $job -Force");
        Assert.False(IsListening(uri));
        Assert.Empty(session.Run("Get-HeadroomProxy"));
    }

    [Fact]
    public void Proxies_are_stopped_by_job_id_name_and_port()
    {
        using var session = new HostedSession();
        session.Run("$a = Start-HeadroomProxy -Port 0 -Name a1; $b = Start-HeadroomProxy -Port 0 -Name b1; $c = Start-HeadroomProxy -Port 0; $d = Start-HeadroomProxy -Port 0");
        session.Run("Stop-HeadroomProxy -Name a*; Stop-HeadroomProxy -Id $b.Id; Stop-HeadroomProxy -Port $c.Port -Confirm:$false");
        Assert.Equal("Stopped Stopped Stopped Running", session.One("\"$($a.State) $($b.State) $($c.State) $($d.State)\"").BaseObject);
        session.Run("$d | Stop-HeadroomProxy -WhatIf");
        Assert.Equal("Running", session.One("[string]$d.State").BaseObject);
        Assert.Same(session.One("$d").BaseObject, session.One("Get-HeadroomProxy | Stop-HeadroomProxy -PassThru | Where-Object Id -eq $d.Id").BaseObject);
        Assert.Equal("Stopped", session.One("[string]$d.State").BaseObject);
        Assert.Equal(("HeadroomProxyNotFound", ErrorCategory.ObjectNotFound), session.Try("Stop-HeadroomProxy -Name nobody").Error);
        Assert.Equal(("HeadroomProxyNotFound", ErrorCategory.ObjectNotFound), session.Try("Stop-HeadroomProxy -Port 1").Error);
    }

    [Fact]
    public void What_if_starts_nothing()
    {
        using var session = new HostedSession();
        Assert.Empty(session.Run("Start-HeadroomProxy -WhatIf"));
        Assert.Empty(session.Run("Get-Job"));
    }

    [Fact]
    public void An_occupied_port_is_a_clear_terminating_error()
    {
        using var session = new HostedSession();
        using var occupant = new TcpListener(IPAddress.Loopback, 0);
        occupant.Start();
        var port = ((IPEndPoint)occupant.LocalEndpoint).Port;
        session.Set("port", port);
        var outcome = session.Try("try { Start-HeadroomProxy -Port $port; 'not reached' } catch { throw }");
        Assert.True(outcome.Terminated);
        Assert.Equal(("HeadroomProxyPortInUse", ErrorCategory.ResourceUnavailable), outcome.Error);
        Assert.Contains(port.ToString(CultureInfo.InvariantCulture), outcome.Errors[0].ToString(), StringComparison.Ordinal);
        Assert.Empty(session.Run("Get-Job"));
    }

    [Theory]
    [InlineData("-OpenAIUrl http://example.org")]
    [InlineData("-AnthropicUrl relative")]
    [InlineData("-Address example.org")]
    [InlineData("-AllowedHost http://example.org")]
    [InlineData("-RequireToken")]
    [InlineData("-CacheMaxAge 7")]
    public void A_bad_option_is_named(string option)
    {
        using var session = new HostedSession();
        var outcome = session.Try($"Start-HeadroomProxy -Port 0 {option}");
        Assert.Equal(("HeadroomInvalidOption", ErrorCategory.InvalidArgument), outcome.Error);
        Assert.Contains(option.Split(' ')[0][1..], outcome.Errors[0].ToString(), StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("(Parameter", outcome.Errors[0].ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-Address 0.0.0.0 -InsecureListen", "Token: ")]
    [InlineData("-Address 0.0.0.0 -Token $token", "InsecureListen: ")]
    [InlineData("-Address 0.0.0.0 -InsecureListen -Token $short", "Token: it is not at least 32")]
    public void Other_machines_are_let_in_only_with_a_token_and_a_word_about_clear_text(string options, string error)
    {
        using var session = new HostedSession();
        session.Set("token", new NetworkCredential("", "canary-0123456789abcdef0123456789").SecurePassword);
        session.Set("short", new NetworkCredential("", "canary").SecurePassword);
        var outcome = session.Try($"Start-HeadroomProxy -Port 0 {options}");
        Assert.Equal(("HeadroomInvalidOption", ErrorCategory.InvalidArgument), outcome.Error);
        Assert.StartsWith(error, outcome.Errors[0].ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("canary", outcome.Errors[0].ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_proxy_for_other_machines_asks_for_its_token_and_never_tells_it()
    {
        const string Secret = "canary-0123456789abcdef0123456789";
        using var session = new HostedSession();
        session.Set("secret", new NetworkCredential("", Secret).SecurePassword);
        var uri = (Uri)session.One("$job = Start-HeadroomProxy -Port 0 -Address 0.0.0.0 -Token $secret -RequireToken -InsecureListen -AllowedHost box; $job.Uri").BaseObject;
        Assert.Equal("127.0.0.1", uri.Host);
        foreach (var (token, host, status) in ((string?, string, HttpStatusCode)[])[(null, "box", HttpStatusCode.Unauthorized), (Secret, "box", HttpStatusCode.OK), (Secret, "other", HttpStatusCode.Forbidden)])
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(uri, "stats")) { Headers = { Host = host } };
            request.Headers.TryAddWithoutValidation("x-headroom-token", token);
            using var response = await Http.SendAsync(request, TestContext.Current.CancellationToken);
            Assert.Equal(status, response.StatusCode);
        }

        var shown = session.One("(@($job.PSObject.Properties.Value) + @(Receive-Job $job *>&1)) -join ' '").ToString();
        Assert.Contains("Start-HeadroomProxy", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", shown, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_name_a_proxy_is_named_after_its_port_and_is_stopped_by_what_stop_job_takes()
    {
        using var session = new HostedSession();
        session.Run("$a, $b, $c = 1..3 | ForEach-Object { Start-HeadroomProxy -Port 0 }");
        Assert.Equal(session.One("\"Headroom$($a.Port)\"").BaseObject, session.One("$a.Name").BaseObject);
        session.Run("Stop-HeadroomProxy $a.Id; Stop-HeadroomProxy $b.Name; Stop-HeadroomProxy $c");
        Assert.Equal("Stopped Stopped Stopped", session.One("\"$($a.State) $($b.State) $($c.State)\"").BaseObject);
    }

    [Fact]
    public void Removing_the_module_ends_the_proxies_of_its_own_runspace_only()
    {
        using var mine = new HostedSession();
        using var other = new HostedSession();
        var ending = (Uri)mine.One("(Start-HeadroomProxy -Port 0).Uri").BaseObject;
        var staying = (Uri)other.One("(Start-HeadroomProxy -Port 0).Uri").BaseObject;
        mine.Run("Remove-Module Headroom");
        Assert.False(IsListening(ending));
        Assert.Empty(mine.Run("Get-Job"));
        Assert.True(IsListening(staying));
        Assert.Single(other.Run("Get-HeadroomProxy"));
    }

    [Fact]
    public void A_forced_import_ends_the_proxies_and_new_ones_can_be_started()
    {
        using var session = new HostedSession();
        var uri = (Uri)session.One("(Start-HeadroomProxy -Port 0).Uri").BaseObject;
        session.Run("Import-Module $module -Force");
        Assert.False(IsListening(uri));
        Assert.Empty(session.Run("Get-Job"));
        Assert.True(IsListening((Uri)session.One("(Start-HeadroomProxy -Port 0).Uri").BaseObject));
    }

    [Fact]
    public void Closing_the_session_ends_its_proxies()
    {
        Uri uri;
        using (var session = new HostedSession())
        {
            uri = (Uri)session.One("(Start-HeadroomProxy -Port 0).Uri").BaseObject;
            Assert.True(IsListening(uri));
        }

        Assert.False(IsListening(uri));
    }

    [Fact]
    public void A_proxy_outlives_the_interrupted_pipeline_that_started_it()
    {
        using var session = new HostedSession();
        using var shell = System.Management.Automation.PowerShell.Create(session.Runspace);
        using var started = new ManualResetEventSlim();
        session.Set("started", started);
        shell.AddScript("$job = Start-HeadroomProxy -Port 0; $started.Set(); while ($true) { }");
        var running = shell.BeginInvoke();
        started.Wait(TestContext.Current.CancellationToken);
        shell.Stop();
        Assert.Throws<PipelineStoppedException>(() => shell.EndInvoke(running));
        Assert.True(IsListening((Uri)session.One("$job.Uri").BaseObject));
    }

    [Fact]
    public async Task Ctrl_c_during_the_start_leaves_either_a_job_or_a_free_port()
    {
        using var session = new HostedSession();
        session.Run("'loads the runtime' | Compress-HeadroomContent");
        for (var attempt = 0; attempt < 10; attempt++)
        {
            var port = FreePort();
            using var shell = System.Management.Automation.PowerShell.Create(session.Runspace);
            shell.AddCommand("Start-HeadroomProxy").AddParameter("Port", port).AddParameter("Store", "Memory");
            var running = shell.BeginInvoke();
            for (var spin = 0; spin < attempt * 20; spin++)
            {
                await Task.Yield();
            }

            shell.Stop();
            try
            {
                shell.EndInvoke(running);
            }
            catch (PipelineStoppedException)
            {
                // As wanted.
            }

            var uri = new Uri($"http://127.0.0.1:{port}");
            if (session.Run("Get-HeadroomProxy").Count == 1)
            {
                Assert.True(IsListening(uri));
                session.Run("Get-Job | Remove-Job -Force");
            }

            // A server that came up too late is taken down by and by.
            while (IsListening(uri))
            {
                TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
                await Task.Yield();
            }
        }
    }

    [Fact]
    public async Task Ctrl_c_ends_the_wait_for_an_address_that_does_not_answer()
    {
        using var silent = new FakeUpstream(answer: null);
        using var session = new HostedSession();
        using var shell = System.Management.Automation.PowerShell.Create(session.Runspace);
        shell.AddCommand("Get-HeadroomStats").AddParameter("Uri", silent.Uri);
        var running = shell.BeginInvoke();
        await silent.NextBodyAsync();
        shell.Stop();
        Assert.Throws<PipelineStoppedException>(() => shell.EndInvoke(running));
    }

    [Fact]
    public void Statistics_of_an_address_without_a_proxy_are_an_error()
    {
        using var session = new HostedSession();
        session.Set("uri", new Uri($"http://127.0.0.1:{FreePort()}"));
        Assert.Equal(("HeadroomProxyNotReachable", ErrorCategory.ConnectionError), session.Try("Get-HeadroomStats -Uri $uri").Error);
        using var other = new FakeUpstream("[]");
        session.Set("uri", other.Uri);
        Assert.Equal(("HeadroomProxyNotReachable", ErrorCategory.InvalidResult), session.Try("Get-HeadroomStats -Uri $uri").Error);
        Assert.Equal("HeadroomInvalidOption", session.Try("Get-HeadroomStats -Uri nonsense").Error.Id);
    }

    [Theory]
    [InlineData("Stop-HeadroomProxy $job", 300)]
    [InlineData("Stop-Job $job", 300)]
    [InlineData("Stop-HeadroomProxy $job", 0)]
    [InlineData("Stop-Job $job", 0)]
    public async Task Stopping_lets_a_running_request_finish_for_as_long_as_was_said(string stop, int seconds)
    {
        var cancel = TestContext.Current.CancellationToken;
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var upstream = new FakeUpstream(Answer) { Held = release.Task };
        using var session = new HostedSession();
        session.Set("upstream", upstream.Uri);
        session.Set("seconds", seconds);
        var uri = (Uri)session.One("$job = Start-HeadroomProxy -Port 0 -OpenAIUrl $upstream -DrainTimeout $seconds; $job").Properties["Uri"].Value;
        using var body = new StringContent("{}");
        var running = Http.PostAsync(new Uri(uri, "v1/chat/completions"), body, cancel);
        await upstream.NextBodyAsync();
        var stopping = Task.Run(() => session.Run(stop), cancel);
        if (seconds == 0)
        {
            await stopping;
            await Assert.ThrowsAsync<HttpRequestException>(() => running);
            return;
        }

        while (true)
        {
            using var ready = await Http.GetAsync(new Uri(uri, "readyz"), cancel);
            if (ready.StatusCode == HttpStatusCode.ServiceUnavailable)
            {
                break;
            }
        }

        Assert.False(stopping.IsCompleted);
        release.SetResult();
        using var response = await running;
        Assert.Equal(Answer, await response.Content.ReadAsStringAsync(cancel));
        await stopping;
        Assert.Equal("Stopped", session.One("[string]$job.State").BaseObject.ToString());
    }

    [Fact]
    public void A_proxy_that_fails_says_why_to_whoever_receives_its_job()
    {
        using var session = new HostedSession();
        session.Run("Start-HeadroomProxy -Port 0 | Remove-Job -Force");
        var job = FailingProxy.JobIn(session);
        session.Set("job", job);
        Assert.Equal("Failed", session.One("[string](Wait-Job $job).State").BaseObject);
        var outcome = session.Try("Receive-Job $job");
        Assert.Equal("HeadroomProxyFailed", outcome.Error.Id);
        Assert.Contains("the listener died", outcome.Errors[0].ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Names_ids_and_ports_of_proxies_complete()
    {
        using var session = new HostedSession();
        session.Run("$job = Start-HeadroomProxy -Port 0 -Name \"it's mine\"");
        Assert.Equal("'it''s mine'", Complete("Stop-HeadroomProxy -Name i"));
        Assert.Equal(session.One("[string]$job.Id").BaseObject, Complete("Stop-HeadroomProxy -Id "));
        Assert.Equal(session.One("[string]$job.Port").BaseObject, Complete("Stop-HeadroomProxy -Port "));

        string Complete(string input)
        {
            using var shell = System.Management.Automation.PowerShell.Create(session.Runspace);
            return Assert.Single(CommandCompletion.CompleteInput(input, input.Length, null, shell).CompletionMatches).CompletionText;
        }
    }

    private static async Task<HttpStatusCode> StatusOf(PSObject uri)
    {
        using var response = await Http.GetAsync(new Uri((Uri)uri.BaseObject, "livez"), TestContext.Current.CancellationToken);
        return response.StatusCode;
    }

    private static bool IsListening(Uri uri)
    {
        using var client = new TcpClient();
        try
        {
            client.Connect(IPAddress.Loopback, uri.Port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

/// <summary>A proxy behind the border that ends by a failure of its own.</summary>
public class FailingProxy : DispatchProxy
{
    /// <summary>The job of such a proxy in a session.</summary>
    internal static Job JobIn(HostedSession session)
    {
        var command = (CmdletInfo)session.One("Get-Command Start-HeadroomProxy").BaseObject;
        var assembly = command.ImplementingType.Assembly;
        var handle = Create(assembly.GetType("Headroom.PowerShell.Isolation.IProxyHandle", throwOnError: true)!, typeof(FailingProxy));
        var type = assembly.GetType("Headroom.PowerShell.Jobs.HeadroomProxyJob", throwOnError: true)!;
        var constructor = Assert.Single(type.GetConstructors(BindingFlags.Instance | BindingFlags.NonPublic));
        var repository = session.One("function repository { [CmdletBinding()] param() , $PSCmdlet.JobRepository } repository").BaseObject;
        return (Job)constructor.Invoke(["Start-HeadroomProxy", "failing", handle, repository, null]);
    }

    /// <inheritdoc/>
    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => targetMethod?.Name switch
    {
        "get_Uri" => new Uri("http://127.0.0.1:1"),
        "get_Completion" => Task.FromException(new IOException("the listener died")),
        _ => Task.CompletedTask,
    };
}
