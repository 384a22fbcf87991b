using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Headroom.Proxy;
using Headroom.TestData;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Headroom.Benchmarks;

/// <summary>
/// What the proxy adds to a request: client to proxy to a local upstream against client to upstream, in turn in one process.
/// First sight: every request carries a block that was never seen. Replay: the same request again.
/// </summary>
internal static class ProxyLatency
{
    private const int Rounds = 300;

    public static async Task PrintAsync(TextWriter output)
    {
        await using var upstream = await StartUpstreamAsync().ConfigureAwait(false);
        var upstreamUri = new Uri(upstream.Urls.First());
        var directory = Directory.CreateTempSubdirectory("headroom-bench-").FullName;
        try
        {
            await using var proxy = await ProxyServer.StartAsync(
                new ProxyOptions { Port = 0, OpenAIUrl = upstreamUri, DataDirectory = directory, AllowViews = true }).ConfigureAwait(false);
            using var client = new HttpClient();
            await output.WriteLineAsync("\n## Latency added by the proxy\n").ConfigureAwait(false);
            await output.WriteLineAsync("Milliseconds, client to proxy to a local upstream less client to the same upstream; SQLite store; one request at a time.\n").ConfigureAwait(false);
            await output.WriteLineAsync("| Body | Case | Direct p50 | p95 | p99 | Added p50 | p95 | p99 |").ConfigureAwait(false);
            await output.WriteLineAsync("|---|---|--:|--:|--:|--:|--:|--:|").ConfigureAwait(false);
            foreach (var kilobytes in new[] { 1, 64, 1024 })
            {
                var direct = await MeasureAsync(client, upstreamUri, null, kilobytes, isFirstSight: false).ConfigureAwait(false);
                foreach (var isFirstSight in new[] { true, false })
                {
                    var through = await MeasureAsync(client, proxy.Uri, proxy, kilobytes, isFirstSight).ConfigureAwait(false);
                    var added = new[] { 0.50, 0.95, 0.99 }.Select(p => At(through, p) - At(direct, p)).ToArray();
                    await output.WriteLineAsync(FormattableString.Invariant(
                        $"| {kilobytes} KB | {(isFirstSight ? "first sight" : "replay")} | {At(direct, 0.50):F2} | {At(direct, 0.95):F2} | {At(direct, 0.99):F2} | {added[0]:F2} | {added[1]:F2} | {added[2]:F2} |")).ConfigureAwait(false);
                }
            }
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static double At(double[] sorted, double share) => sorted[Math.Min(sorted.Length - 1, (int)(sorted.Length * share))];

    private static async Task<double[]> MeasureAsync(
        HttpClient client, Uri server, ProxyServer? proxy, int kilobytes, bool isFirstSight)
    {
        var rounds = kilobytes >= 1024 ? Rounds / 3 : Rounds;
        var times = new double[rounds];
        for (var round = -rounds / 3; round < rounds; round++)
        {
            using var content = new ByteArrayContent(Body(kilobytes, isFirstSight ? Interlocked.Increment(ref _serial) : -1));
            content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            var start = Stopwatch.GetTimestamp();
            using var response = await client.PostAsync(new Uri(server, "/v1/chat/completions"), content).ConfigureAwait(false);
            await response.Content.ReadAsByteArrayAsync().ConfigureAwait(false);
            var elapsed = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
            response.EnsureSuccessStatusCode();
            if (round >= 0)
            {
                times[round] = elapsed;
            }

            // Exact counting goes on after the answer; agents leave more time between requests than this loop would.
            _sent += proxy is null ? 0 : 1;
            while (proxy is not null && (await proxy.StatisticsAsync().ConfigureAwait(false)).Requests.Total < _sent)
            {
                await Task.Delay(1).ConfigureAwait(false);
            }
        }

        Array.Sort(times);
        return times;
    }

    private static readonly JsonSerializerOptions AsClientsWrite = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static int _serial;
    private static long _sent;

    // A chat whose bulk is tool results of about 60 KB each, as agents have them.
    private static byte[] Body(int kilobytes, int serial)
    {
        var text = new StringBuilder("""{"model":"gpt-4o","messages":[{"role":"user","content":"Which of these matter?"}""");
        var size = 0;
        for (var call = 0; size < kilobytes * 1024; call++)
        {
            var rows = Math.Min(400, Math.Max(3, ((kilobytes * 1024) - size) / 150));
            if (!Results.TryGetValue((rows, call), out var result))
            {
                Results[(rows, call)] = result = SearchResults.Generate(rows, needles: 1, errors: 1, seed: (ulong)call + 1).Json(JsonLayout.Spaced);
            }

            // The serial makes the block new without changing its size.
            var own = serial < 0 ? result : string.Concat(result.AsSpan(0, result.Length - 1), ", {\"id\": \"doc_", serial.ToString("D9", CultureInfo.InvariantCulture), "\"}]");
            text.Append(CultureInfo.InvariantCulture, $$$""",{"role":"assistant","content":null,"tool_calls":[{"id":"call_{{{call}}}","type":"function","function":{"name":"search","arguments":"{}"}}]}""");
            text.Append(CultureInfo.InvariantCulture, $$$""",{"role":"tool","tool_call_id":"call_{{{call}}}","content":{{{JsonSerializer.Serialize(own, AsClientsWrite)}}}}""");
            size += own.Length;
        }

        return Encoding.UTF8.GetBytes(text.Append("]}").ToString());
    }

    private static readonly Dictionary<(int Rows, int Call), string> Results = [];

    private static async Task<WebApplication> StartUpstreamAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0").ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = null);
        var upstream = builder.Build();
        upstream.Run(async context =>
        {
            await context.Request.Body.CopyToAsync(Stream.Null, context.RequestAborted).ConfigureAwait(false);
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync("""{"id":"x","object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"ok"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}""").ConfigureAwait(false);
        });
        await upstream.StartAsync().ConfigureAwait(false);
        return upstream;
    }
}
