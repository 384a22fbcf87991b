using System.Net;
using Headroom.Engine.Ccr;
using Headroom.Engine.Compression;
using Headroom.Engine.Requests;
using Headroom.Proxy.Admission;

namespace Headroom.Proxy.Hosting;

/// <summary>What a proxy's options must satisfy before anything is opened or bound.</summary>
internal static class ProxyOptionsRules
{
    /// <summary>Throws for the first option that is out of its range.</summary>
    /// <exception cref="ArgumentException">The message and the parameter name say which option.</exception>
    public static void Check(ProxyOptions options, SharedState? shared)
    {
        Require(IsLoopback(options.Host) || IPAddress.TryParse(options.Host, out _), nameof(options.Host), $"'{options.Host}' is neither an IP address nor localhost.");
        if (!IsLoopback(options.Host))
        {
            Require(options.Token is not null, nameof(options.Token), $"'{options.Host}' is within reach of other machines, which need a token; there is none. -Token gives it to Start-HeadroomProxy, {ProxyToken.Variable} or --token-file to headroom proxy.");
            Require(options.InsecureListen, nameof(options.InsecureListen), $"there is no TLS, so tokens, keys and content would cross the network to '{options.Host}' in clear text; say that this is wanted, or listen on loopback behind a TLS proxy.");
        }

        Require(!options.RequireToken || options.Token is not null, nameof(options.RequireToken), "there is no token to require.");
        foreach (var name in options.AllowedHosts)
        {
            Require(Uri.CheckHostName(name) != UriHostNameType.Unknown, nameof(options.AllowedHosts), $"'{name}' is not a host name or an IP address; scheme, port and wildcards do not belong here.");
        }

        Require(options.Port is >= 0 and <= IPEndPoint.MaxPort, nameof(options.Port), $"{options.Port} is not between 0 and {IPEndPoint.MaxPort}.");
        CheckUpstream(options.OpenAIUrl, nameof(options.OpenAIUrl), options.AllowHttp);
        CheckUpstream(options.AnthropicUrl, nameof(options.AnthropicUrl), options.AllowHttp);
        Require(options.CaFile is null || !string.IsNullOrWhiteSpace(options.CaFile), nameof(options.CaFile), "it is empty.");
        Require(options.Workspace.Length > 0 && !options.Workspace.Contains('\0', StringComparison.Ordinal), nameof(options.Workspace), "it is empty or holds a zero character.");
        Require(options.Store.Server is null || shared is not null, nameof(options.Store), $"this host has no client for {options.Store}.");
        Require(options.Retention.MaxAge >= CcrRetention.Grace, nameof(options.Retention), $"an age of {options.Retention.MaxAge} is below a day; nothing goes earlier.");
        Require(options.Retention.MaxBytes > 0, nameof(options.Retention), $"{options.Retention.MaxBytes} is not a positive number of bytes.");
        Require(options.DataDirectory is null || !string.IsNullOrWhiteSpace(options.DataDirectory), nameof(options.DataDirectory), "it is empty.");
        Require(Enum.IsDefined(options.Level), nameof(options.Level), $"{options.Level} is not a {nameof(CompressionLevel)}.");
        Require(Enum.IsDefined(options.RetrieveTool), nameof(options.RetrieveTool), $"{options.RetrieveTool} is not a {nameof(RetrieveToolMode)}.");
        Require(options.MaxRetrievalRounds is >= 0 and <= 10, nameof(options.MaxRetrievalRounds), $"{options.MaxRetrievalRounds} is not between 0 and 10.");
        Require(options.RulesFile is null || !string.IsNullOrWhiteSpace(options.RulesFile), nameof(options.RulesFile), "it is empty.");
        Require(options.MaxBodyBytes > 0 && options.MaxBodyBytes <= Array.MaxLength, nameof(options.MaxBodyBytes), $"{options.MaxBodyBytes} is not between 1 and {Array.MaxLength}.");
    }

    /// <summary>True for <c>localhost</c> and literal addresses of 127.0.0.0/8 and ::1.</summary>
    public static bool IsLoopback(string? host) =>
        string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));

    private static void CheckUpstream(Uri? url, string option, bool allowHttp)
    {
        Require(url is { IsAbsoluteUri: true } && (url.Scheme == Uri.UriSchemeHttps || url.Scheme == Uri.UriSchemeHttp), option, $"'{url}' is not an absolute http or https URL.");
        Require(url!.UserInfo.Length == 0 && url.Query.Length == 0 && url.Fragment.Length == 0, option, "a base URL has no user name, query or fragment.");
        Require(url.Scheme == Uri.UriSchemeHttps || url.IsLoopback || allowHttp, option, $"'{url}' would carry credentials in clear text; use https, or say that http in your own network is wanted with --allow-http (-AllowHttp).");
        Require(url.Scheme == Uri.UriSchemeHttps || !IsPublic(url), option, $"'{url}' is not in your own network; credentials do not go there in clear text.");
    }

    // RFC 1918, 3927, 4193 and 6598: what no router of the internet passes on. Where a name leads is for the user to know.
    private static bool IsPublic(Uri url) =>
        IPAddress.TryParse(url.DnsSafeHost, out var address)
        && !IPAddress.IsLoopback(address)
        && (address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).GetAddressBytes() is not (
            [10, _, _, _] or [172, >= 16 and < 32, _, _] or [192, 168, _, _] or [169, 254, _, _] or [100, >= 64 and < 128, _, _]
            or [0xFE, >= 0x80 and < 0xC0, .., _, _, _, _] or [0xFC or 0xFD, .., _, _, _, _]);

    private static void Require(bool holds, string option, string message)
    {
        if (!holds)
        {
            throw new ArgumentException($"{option}: {message}", option);
        }
    }
}
