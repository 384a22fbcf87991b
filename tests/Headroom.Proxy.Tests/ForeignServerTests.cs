using System.Text;

namespace Headroom.Proxy.Tests;

/// <summary>Statistics are asked for at an address where something else answers, or something that only says that it is a proxy of ours.</summary>
public sealed class ForeignServerTests
{
    private const string Own = "x-headroom-service: headroom-proxy\r\n";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Bodies =>
    [
        "", "null", "true", "17", "\"text\"", "[]", "[{}]", "{}", "{\"requests\":null}", "{\"requests\":{},\"tokens\":null}", "{\"requests\":[],\"tokens\":{}}",
        "{\"requests\":{\"total\":\"many\"},\"tokens\":{}}", "{\"requests\":{\"total\":1e99},\"tokens\":{}}", "{\"requests\":{},\"tokens\":{\"accuracy\":null}}",
        "{\"requests\":{},\"tokens\":{},\"cost\":null}", "{\"requests\":{},\"tokens\":{},\"reasons\":null}", "{\"requests\":{},\"tokens\":{},\"overhead_ms\":3}",
        "{\"requests\":{\"total\":1}", "{\"service\":\"headroom-proxy\"}", "{\"error\":{\"message\":\"not found\"}}", "<html>hello</html>", "\u0000\u0001", "{\"a\":" + "[[[[[[[[",
        new string('[', 100_000),
    ];

    [Theory]
    [MemberData(nameof(Bodies))]
    [InlineData("""{"requests":{"total":3,"compressed":1,"failed":0},"tokens":{"input":10,"saved":5,"savings_percent":50,"accuracy":"exact"}}""")]
    public async Task Whatever_a_server_without_our_header_sends_it_is_called_foreign(string body)
    {
        foreach (var status in (string[])["200 OK", "302 Found", "401 Unauthorized", "404 Not Found", "500 Oops"])
        {
            foreach (var header in (string[])["", "x-headroom-service: another\r\n", "server: headroom-proxy\r\n", "x-headroom-reason: pass-through\r\n"])
            {
                var failure = await AskAsync(Answer(status, header, body));
                Assert.Equal(RemoteProxyProblem.Foreign, failure.Problem);
                Assert.EndsWith("is not a Headroom proxy.", failure.Message, StringComparison.Ordinal);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task What_claims_to_be_ours_and_sends_something_else_is_said_not_to_be_readable(string body)
    {
        var failure = await AskAsync(Answer("200 OK", Own, body));
        Assert.Equal(RemoteProxyProblem.Refused, failure.Problem);
        Assert.Contains("its statistics cannot be read", failure.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\n" + Own + "Content-Length: 100\r\n\r\n{")]
    [InlineData("SSH-2.0-OpenSSH_9.9\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\n" + Own + "Transfer-Encoding: chunked\r\n\r\nzz\r\n")]
    [InlineData("")]
    public async Task What_breaks_off_or_speaks_something_else_is_no_answer(string bytes) =>
        Assert.Equal(RemoteProxyProblem.NotReachable, (await AskAsync(Encoding.Latin1.GetBytes(bytes))).Problem);

    [Fact]
    public async Task An_answer_that_never_ends_is_given_up_by_its_size_and_by_its_time()
    {
        await using var endless = new LoopbackServer(async (stream, token) =>
        {
            await LoopbackServer.ReadHeadAsync(stream, token);
            await stream.WriteAsync(Encoding.Latin1.GetBytes("HTTP/1.1 200 OK\r\n" + Own + "\r\n"), token);
            var spaces = new byte[1 << 16];
            Array.Fill(spaces, (byte)' ');
            while (true)
            {
                await stream.WriteAsync(spaces, token);
            }
        });
        Assert.Equal(RemoteProxyProblem.NotReachable, (await AskAsync(endless, TimeSpan.FromMinutes(5))).Problem);

        await using var silent = new LoopbackServer(async (stream, token) =>
        {
            await LoopbackServer.ReadHeadAsync(stream, token);
            await stream.WriteAsync(Encoding.Latin1.GetBytes("HTTP/1.1 200 OK\r\n" + Own + "\r\n{"), token);
            await Task.Delay(Timeout.Infinite, token);
        });
        var failure = await AskAsync(silent, TimeSpan.FromMilliseconds(200));
        Assert.Equal(RemoteProxyProblem.NotReachable, failure.Problem);
        Assert.Contains("did not answer within", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_least_that_a_proxy_of_another_version_tells_is_read()
    {
        await using var server = LoopbackServer.Answering(Answer("200 OK", Own, """{"requests":{"total":3},"tokens":{"saved":5},"tomorrow":[1]}"""));
        var (_, statistics) = await RemoteProxy.ReadStatisticsAsync(new Uri($"http://127.0.0.1:{server.Port}"), null, Token);
        Assert.Equal((3, 5, 0), (statistics.Requests.Total, statistics.Tokens.Saved, statistics.Retrievals.Calls));
    }

    private static byte[] Answer(string status, string header, string body) =>
        Encoding.UTF8.GetBytes($"HTTP/1.1 {status}\r\n{header}Content-Type: application/json\r\nLocation: /elsewhere\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\nConnection: close\r\n\r\n{body}");

    private static async Task<RemoteProxyException> AskAsync(byte[] answer)
    {
        await using var server = LoopbackServer.Answering(answer);
        return await AskAsync(server, TimeSpan.FromMinutes(5));
    }

    private static Task<RemoteProxyException> AskAsync(LoopbackServer server, TimeSpan deadline) => Assert.ThrowsAsync<RemoteProxyException>(
        () => RemoteProxy.ReadStatisticsAsync(new Uri($"http://127.0.0.1:{server.Port}"), "a-token", deadline, Token));
}
