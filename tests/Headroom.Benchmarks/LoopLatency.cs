using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using Headroom.Engine.Requests;
using Headroom.Proxy;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Headroom.Benchmarks;

/// <summary>
/// What the proxy adds until a stream's first text: client to proxy to a local scripted upstream against client to the same upstream, in
/// turn in one process. Armed: the retrieve tool was added, so that the answer goes through the retrieval loop.
/// </summary>
internal static class LoopLatency
{
    private const int Rounds = 400;
    private const int Warm = 100;

    private static readonly (string Path, string Body, string[] Events, string Mark)[] Formats =
    [
        (
            "/v1/messages",
            """{"model":"claude-sonnet-4-5","max_tokens":64,"stream":true,"tools":[{"name":"ls","input_schema":{"type":"object"}}],"messages":[{"role":"user","content":"Look at SERIAL."}]}""",
            [
                """event: message_start|{"type":"message_start","message":{"id":"m","type":"message","role":"assistant","model":"claude-sonnet-4-5","content":[],"stop_reason":null,"usage":{"input_tokens":9,"output_tokens":1}}}""",
                """event: content_block_start|{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}""",
                .. Enumerable.Repeat("""event: content_block_delta|{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"some words "}}""", 40),
                """event: content_block_stop|{"type":"content_block_stop","index":0}""",
                """event: message_delta|{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":9}}""",
                """event: message_stop|{"type":"message_stop"}""",
            ],
            "text_delta"),
        (
            "/v1/chat/completions",
            """{"model":"gpt-4o","stream":true,"tools":[{"type":"function","function":{"name":"ls"}}],"messages":[{"role":"user","content":"Look at SERIAL."}]}""",
            [
                .. Enumerable.Repeat("""|{"id":"c","object":"chat.completion.chunk","created":1,"model":"gpt-4o","choices":[{"index":0,"delta":{"role":"assistant","content":"some words "},"finish_reason":null}]}""", 40),
                """|{"id":"c","object":"chat.completion.chunk","created":1,"model":"gpt-4o","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}""",
                "|[DONE]",
            ],
            "some words"),
    ];

    private static int _serial;

    public static async Task PrintAsync(TextWriter output)
    {
        await using var upstream = await StartUpstreamAsync().ConfigureAwait(false);
        var upstreamUri = new Uri(upstream.Urls.First());
        var directory = Directory.CreateTempSubdirectory("headroom-bench-").FullName;
        try
        {
            var options = new ProxyOptions { Port = 0, OpenAIUrl = upstreamUri, AnthropicUrl = upstreamUri, DataDirectory = directory };
            await using var armed = await ProxyServer.StartAsync(options).ConfigureAwait(false);
            await using var unarmed = await ProxyServer.StartAsync(options with { RetrieveTool = RetrieveToolMode.Never }).ConfigureAwait(false);
            using var client = new HttpClient();
            await output.WriteLineAsync("\n## Time to the first text through the retrieval loop\n").ConfigureAwait(false);
            await output.WriteLineAsync("Milliseconds from sending a request to its first text delta; a local upstream that streams; SQLite store; direct, unarmed and armed in turn.\n").ConfigureAwait(false);
            await output.WriteLineAsync("| Path | Way | p50 | p95 | Added p50 | p95 |").ConfigureAwait(false);
            await output.WriteLineAsync("|---|---|--:|--:|--:|--:|").ConfigureAwait(false);
            foreach (var (path, body, _, mark) in Formats)
            {
                (string Name, Uri Server)[] ways = [("direct", upstreamUri), ("without the tool", unarmed.Uri), ("through the loop", armed.Uri)];
                var times = ways.Select(_ => new double[Rounds]).ToArray();
                for (var round = -Warm; round < Rounds; round++)
                {
                    for (var way = 0; way < ways.Length; way++)
                    {
                        var time = await FirstTextAsync(client, new Uri(ways[way].Server, path), body, mark).ConfigureAwait(false);
                        if (round >= 0)
                        {
                            times[way][round] = time;
                        }
                    }
                }

                foreach (var sorted in times)
                {
                    Array.Sort(sorted);
                }

                for (var way = 0; way < ways.Length; way++)
                {
                    var added = way == 0 ? "| |" : FormattableString.Invariant($"| {At(times[way], 0.5) - At(times[0], 0.5):F2} | {At(times[way], 0.95) - At(times[0], 0.95):F2} |");
                    await output.WriteLineAsync(FormattableString.Invariant(
                        $"| {path} | {ways[way].Name} | {At(times[way], 0.5):F2} | {At(times[way], 0.95):F2} {added}")).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static double At(double[] sorted, double share) => sorted[Math.Min(sorted.Length - 1, (int)(sorted.Length * share))];

    private static async Task<double> FirstTextAsync(HttpClient client, Uri url, string body, string mark)
    {
        // A conversation of its own each time, as the first request of an agent has it.
        using var content = new StringContent(body.Replace("SERIAL", Interlocked.Increment(ref _serial).ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = content };
        var start = Stopwatch.GetTimestamp();
        using var response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead).ConfigureAwait(false);
        response.EnsureSuccessStatusCode();
        var stream = await response.Content.ReadAsStreamAsync().ConfigureAwait(false);
        var seen = new byte[64 << 10];
        var (count, first) = (0, 0.0);
        while (await stream.ReadAsync(seen.AsMemory(count)).ConfigureAwait(false) is var read and > 0)
        {
            count += read;
            if (first == 0 && seen.AsSpan(0, count).IndexOf(Encoding.UTF8.GetBytes(mark)) >= 0)
            {
                first = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            }
        }

        return first;
    }

    private static async Task<WebApplication> StartUpstreamAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var upstream = builder.Build();
        upstream.Run(async context =>
        {
            await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted).ConfigureAwait(false);
            context.Response.ContentType = "text/event-stream";
            foreach (var sent in Formats.First(f => f.Path == context.Request.Path.Value).Events)
            {
                var (name, data) = (sent[..sent.IndexOf('|', StringComparison.Ordinal)], sent[(sent.IndexOf('|', StringComparison.Ordinal) + 1)..]);
                await context.Response.WriteAsync($"{(name.Length > 0 ? name + "\n" : "")}data: {data}\n\n").ConfigureAwait(false);
                await context.Response.Body.FlushAsync().ConfigureAwait(false);
            }
        });
        await upstream.StartAsync().ConfigureAwait(false);
        return upstream;
    }
}
