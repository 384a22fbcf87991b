using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Headroom.Proxy;

namespace Headroom.Cli.Commands;

/// <summary><c>headroom stats</c>: what a running proxy has done.</summary>
internal static class StatsCommand
{
    private static readonly Option<Uri> Url = new("--url")
    {
        Description = "Where the proxy listens.",
        HelpName = "URL",
        DefaultValueFactory = _ => new UriBuilder(Uri.UriSchemeHttp, new ProxyOptions().Host, new ProxyOptions().Port).Uri,
        CustomParser = CommonOptions.ParseUrl,
    };

    private static readonly Option<bool> Json = new("--json") { Description = "Print the proxy's own JSON." };

    public static Command Create()
    {
        var command = new Command("stats", "Show what a running proxy has saved.") { Url, Json };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var url = arguments.GetValue(Url)!;
        var body = await GetAsync(url, cancellationToken);
        if (arguments.GetValue(Json))
        {
            await ByteStreams.WriteAsync(body, cancellationToken);
            return 0;
        }

        foreach (var (name, value) in Rows(Parse(url, body)))
        {
            await Console.Out.WriteLineAsync($"{name,-16}{value,14}".AsMemory(), cancellationToken);
        }

        return 0;
    }

    /// <summary>What a running proxy has done.</summary>
    /// <exception cref="CommandException">No proxy answers there.</exception>
    public static async Task<ProxyStatistics> ReadAsync(Uri url, CancellationToken cancellationToken) => Parse(url, await GetAsync(url, cancellationToken));

    private static ProxyStatistics Parse(Uri url, byte[] body)
    {
        try
        {
            return JsonSerializer.Deserialize<ProxyStatistics>(body) ?? throw new JsonException("null");
        }
        catch (JsonException)
        {
            throw new CommandException($"{url} is not a headroom proxy.");
        }
    }

    private static async Task<byte[]> GetAsync(Uri url, CancellationToken cancellationToken)
    {
        // The proxy is on this machine; an outbound proxy of the environment must not be asked for it.
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = TimeSpan.FromSeconds(10) };
        try
        {
            return await client.GetByteArrayAsync(new Uri(url, "/stats"), cancellationToken);
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException && !cancellationToken.IsCancellationRequested)
        {
            throw new CommandException($"no proxy answers at {url}: {e.Message}");
        }
    }

    private static IEnumerable<(string Name, string Value)> Rows(ProxyStatistics s) =>
    [
        ("requests", Number(s.Requests.Total)),
        ("  compressed", Number(s.Requests.Compressed)),
        ("  failed", Number(s.Requests.Failed)),
        ("input tokens", Number(s.Tokens.Input)),
        ("  saved", Number(s.Tokens.Saved)),
        ("  saved %", s.Tokens.SavingsPercent.ToString("0.0", CultureInfo.InvariantCulture)),
        ("  counted", s.Tokens.Accuracy),
        ("retrievals", Number(s.Retrievals.Calls)),
        ("  continuations", Number(s.Retrievals.Continuations)),
        ("saved USD", s.Cost.TotalSavingsUsd?.ToString("0.00", CultureInfo.InvariantCulture) ?? "unknown"),
        ("overhead ms p50", Milliseconds(s.OverheadMs.P50)),
        ("            p95", Milliseconds(s.OverheadMs.P95)),
        ("            p99", Milliseconds(s.OverheadMs.P99)),
    ];

    private static string Number(long value) => value.ToString("#,0", CultureInfo.InvariantCulture);

    private static string Milliseconds(double value) => value.ToString("0.00", CultureInfo.InvariantCulture);
}
