using System.CommandLine;
using System.Globalization;
using Headroom.Proxy;
using Headroom.Proxy.Admission;

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

    private static readonly Option<string?> TokenFile = CommonOptions.TokenFile();

    private static readonly Option<bool> Json = new("--json") { Description = "Print the proxy's own JSON." };

    public static Command Create()
    {
        var command = new Command("stats", "Show what a running proxy has saved.") { Url, TokenFile, Json };
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var url = arguments.GetValue(Url)!;
        var (body, statistics) = await ReadAsync(url, arguments.GetValue(TokenFile), cancellationToken);
        if (arguments.GetValue(Json))
        {
            await ByteStreams.WriteAsync(body, cancellationToken);
            return 0;
        }

        foreach (var (name, value) in Rows(statistics))
        {
            await Console.Out.WriteLineAsync($"{name,-16}{value,14}".AsMemory(), cancellationToken);
        }

        return 0;
    }

    /// <summary>What a running proxy has done.</summary>
    /// <exception cref="CommandException">No proxy answers there, or it does not accept the token.</exception>
    public static async Task<(byte[] Json, ProxyStatistics Statistics)> ReadAsync(Uri url, string? tokenFile, CancellationToken cancellationToken)
    {
        var token = await ProxyCommand.TokenTextAsync(tokenFile, cancellationToken);
        try
        {
            return await RemoteProxy.ReadStatisticsAsync(url, token, cancellationToken);
        }
        catch (RemoteProxyException failure) when (failure.Problem == RemoteProxyProblem.Unauthorized)
        {
            throw new CommandException($"{failure.Message} {ProxyToken.Variable} or --token-file gives it.");
        }
        catch (RemoteProxyException failure)
        {
            throw new CommandException(failure.Message);
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
        ("  cache reads", Number(s.Usage.CacheRead)),
        ("  cache writes", Number(s.Usage.CacheWrite)),
        ("output tokens", Number(s.Usage.Output)),
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
