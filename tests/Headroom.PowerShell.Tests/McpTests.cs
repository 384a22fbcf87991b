using System.Management.Automation;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Headroom.PowerShell.Tests;

public class McpTests
{
    private static readonly HttpClient Http = new();

    [Theory]
    [InlineData("Start-HeadroomMcpServer -Http -Port 0 -Store memory")]
    [InlineData("Start-HeadroomProxy -Port 0 -Store memory")]
    public async Task A_job_serves_mcp_at_its_mcp_uri(string command)
    {
        using var session = new HostedSession();
        var uri = (Uri)session.One($"$job = {command}; $job.McpUri").BaseObject;
        Assert.Equal("/mcp", uri.AbsolutePath);
        var tools = await CallAsync(uri, """{"jsonrpc":"2.0","id":1,"method":"tools/list"}""");
        Assert.Equal(3, tools.GetProperty("result").GetProperty("tools").GetArrayLength());
        var answer = await CallAsync(
            uri, """{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"headroom_compress","arguments":{"content":"short"}}}""");
        Assert.Equal("short", answer.GetProperty("result").GetProperty("content")[0].GetProperty("text").GetString());
        session.Run("Stop-Job $job");
    }

    [Fact]
    public async Task A_server_is_a_job_that_forwards_nothing()
    {
        using var session = new HostedSession();
        session.Run("$job = Start-HeadroomMcpServer -Http -Port 0 -Name mcp");
        Assert.Same(session.One("$job").BaseObject, session.One("Get-Job -Name mcp").BaseObject);
        Assert.Equal("Start-HeadroomMcpServer -Http -Port 0", session.One("$job.Command").BaseObject);
        using var response = await Http.PostAsync(
            new Uri((Uri)session.One("$job.Uri").BaseObject, "/v1/chat/completions"), new StringContent("{}"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        session.Run("Stop-Job $job; Remove-Job $job");
        Assert.Empty(session.Run("Get-Job"));
    }

    [Fact]
    public void What_if_starts_nothing_and_bad_options_are_named()
    {
        using var session = new HostedSession();
        Assert.Empty(session.Run("Start-HeadroomMcpServer -WhatIf; Start-HeadroomMcpServer -Http -WhatIf"));
        Assert.Equal(("HeadroomInvalidOption", ErrorCategory.InvalidArgument), session.Try("Start-HeadroomMcpServer -Store nowhere").Error);
        Assert.Equal(("HeadroomInvalidOption", ErrorCategory.InvalidArgument), session.Try("Start-HeadroomMcpServer -Http -Port 0 -Store nowhere").Error);
        session.Set("file", Path.GetTempFileName());
        Assert.Equal("HeadroomStoreUnavailable", session.Try("Start-HeadroomMcpServer -DataDirectory $file").Error.Id);
    }

    private static async Task<JsonElement> CallAsync(Uri uri, string message)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, uri) { Content = new StringContent(message, Encoding.UTF8, "application/json") };
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("text/event-stream"));
        using var response = await Http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return JsonElement.Parse(text.Split('\n').Single(line => line.StartsWith("data: ", StringComparison.Ordinal))["data: ".Length..]);
    }
}
