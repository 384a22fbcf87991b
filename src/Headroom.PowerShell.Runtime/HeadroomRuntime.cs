using System.Collections.Concurrent;
using System.Management.Automation;
using System.Net;
using System.Net.Sockets;
using System.Security;
using Headroom.Engine.Ccr;
using Headroom.Engine.Content;
using Headroom.Engine.Diagnostics;
using Headroom.Engine.Files;
using Headroom.Engine.Rules;
using Headroom.Engine.Tokens;
using Headroom.Mcp;
using Headroom.PowerShell.Isolation;
using Headroom.Proxy;
using Headroom.Proxy.Admission;
using Headroom.Redis;
using Microsoft.Extensions.Logging;

namespace Headroom.PowerShell.Runtime;

/// <summary>The far side of the border: made by the module through reflection, inside its private load context.</summary>
public sealed class HeadroomRuntime : IHeadroomRuntime
{
    private static readonly SharedState Shared = new(
        (server, workspace, time) => new RedisCcrStore(server, workspace, time),
        (server, workspace, prices, time) => new RedisSavingsLedger(server, workspace, prices, time));


    /// <inheritdoc/>
    public IReadOnlyList<string> ModelNames { get; } = [.. ModelRegistry.All.Select(model => model.Name)];

    /// <inheritdoc/>
    public IReadOnlyList<string> EncodingNames => EncodingName.Common;

    /// <inheritdoc/>
    public Task<byte[]> ReadFileAsync(string path, CancellationToken cancellationToken) => InputFile.ReadAsync(path, cancellationToken);

    /// <inheritdoc/>
    public Task<IContentStore> OpenAsync(StoreSettings settings, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var address = StoreOf(settings.Store) ?? CcrStoreAddress.Sqlite;
        if (address.Kind == CcrStoreKind.Memory)
        {
            throw new HeadroomException("HeadroomInvalidOption", ErrorCategory.InvalidArgument, "Store: a store in memory ends with the command; only a proxy can use one.");
        }

        try
        {
            var directory = settings.DataDirectory ?? CcrDataDirectory.Default;
            var workspace = settings.Workspace ?? new ProxyOptions().Workspace;
            var warnings = new ConcurrentQueue<string>();
            return Task.FromResult<IContentStore>(
                new ContentStore(address.Open(directory, workspace, Shared.OpenStore, TimeProvider.System, warnings.Enqueue), address, workspace, directory, warnings));
        }
        catch (CcrStoreException failure)
        {
            throw failure.ToPlain();
        }
    }

    /// <inheritdoc/>
    public async Task<IProxyHandle> StartProxyAsync(ProxySettings settings, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var events = new EventChannel(settings.IsVerbose ? LogLevels.All(LogLevel.Debug) : LevelsOfEnvironment());
        var defaults = new ProxyOptions();
        var options = defaults with
        {
            Host = settings.Address ?? defaults.Host,
            Port = settings.Port,
            Token = TokenOf(settings.Token),
            RequireToken = settings.RequireToken,
            InsecureListen = settings.InsecureListen,
            AllowedHosts = settings.AllowedHosts,
            OpenAIUrl = settings.OpenAIUrl ?? defaults.OpenAIUrl,
            AnthropicUrl = settings.AnthropicUrl ?? defaults.AnthropicUrl,
            AllowHttp = settings.AllowHttp,
            CaFile = settings.CaFile,
            Loggers = events,
            Store = StoreOf(settings.Store) ?? defaults.Store,
            Workspace = settings.Workspace ?? defaults.Workspace,
            Retention = new CcrRetention(AgeOf(settings.CacheMaxAge) ?? defaults.Retention.MaxAge, settings.CacheMaxSize ?? defaults.Retention.MaxBytes),
            DataDirectory = settings.DataDirectory,
            Level = settings.Level.Translated<Engine.Compression.CompressionLevel>(),
            RetrieveTool = settings.CcrTool.Translated<Engine.Requests.RetrieveToolMode>(),
            MaxRetrievalRounds = settings.CcrRounds,
            AllowViews = settings.AllowViews,
            RulesFile = settings.RulesPath,
            Forward = settings.Forward,
            Optimize = settings.Optimize,
        };
        try
        {
            return new ProxyHandle(await ProxyServer.StartAsync(options, Shared, cancellationToken).ConfigureAwait(false), events);
        }
        catch (ArgumentException failure)
        {
            // The message names the option already; .NET appends it once more.
            throw new HeadroomException("HeadroomInvalidOption", ErrorCategory.InvalidArgument,
                failure.Message.Replace($" (Parameter '{failure.ParamName}')", "", StringComparison.Ordinal), failure);
        }
        catch (CompressionRulesException failure)
        {
            throw failure.ToPlain();
        }
        catch (CcrStoreException failure)
        {
            throw failure.ToPlain();
        }
        catch (IOException failure) when (failure.InnerException is CcrStoreException store)
        {
            throw store.ToPlain();
        }
        catch (IOException failure)
        {
            throw SocketErrorOf(failure) switch
            {
                SocketError.AddressAlreadyInUse => new HeadroomException(
                    "HeadroomProxyPortInUse", ErrorCategory.ResourceUnavailable,
                    $"Port {settings.Port} on {options.Host} is already in use. Choose another with -Port, or 0 for any free one; Get-HeadroomProxy lists this session's proxies.",
                    failure),
                SocketError.AccessDenied => new HeadroomException(
                    "HeadroomProxyPortDenied", ErrorCategory.PermissionDenied,
                    $"This user may not listen on port {settings.Port}. Choose one above 1023 with -Port.", failure),
                _ => new HeadroomException("HeadroomProxyNotStarted", ErrorCategory.OpenError, failure.Message, failure),
            };
        }
    }

    /// <inheritdoc/>
    public async Task ServeMcpAsync(StoreSettings settings, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(settings);
        try
        {
            var address = StoreOf(settings.Store) ?? CcrStoreAddress.Sqlite;
            using var events = new EventChannel(LevelsOfEnvironment());
            _ = WriteToStandardErrorAsync(events);
            using var counted = new RepeatedEvents(events, TimeProvider.System);
            await using var store = address.Open(
                settings.DataDirectory, settings.Workspace ?? new ProxyOptions().Workspace, Shared.OpenStore, TimeProvider.System, counted.CreateLogger<HeadroomRuntime>().StoreNoted);
            await store.OpenAsync(cancellationToken).ConfigureAwait(false);
            await new HeadroomMcpServer(store, loggers: counted).RunOverStdioAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (CcrStoreException failure)
        {
            throw failure.ToPlain();
        }
    }

    /// <inheritdoc/>
    public async Task<HeadroomStatistics> ReadStatisticsAsync(Uri uri, SecureString? token, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(uri);
        if (!uri.IsAbsoluteUri || (uri.Scheme != Uri.UriSchemeHttp && uri.Scheme != Uri.UriSchemeHttps))
        {
            throw new HeadroomException("HeadroomInvalidOption", ErrorCategory.InvalidArgument,
                $"'{uri}' is not an http or https address.");
        }

        try
        {
            var text = token is null ? null : new NetworkCredential("", token).Password;
            return (await RemoteProxy.ReadStatisticsAsync(uri, text, cancellationToken).ConfigureAwait(false)).Statistics.ToPlain(uri);
        }
        catch (RemoteProxyException failure)
        {
            throw failure.Problem switch
            {
                RemoteProxyProblem.Unauthorized => new HeadroomException(
                    "HeadroomProxyUnauthorized", ErrorCategory.AuthenticationError, $"{failure.Message} -Token gives it.", failure),
                RemoteProxyProblem.NotReachable => new HeadroomException("HeadroomProxyNotReachable", ErrorCategory.ConnectionError, failure.Message, failure),
                _ => new HeadroomException("HeadroomProxyNotReachable", ErrorCategory.InvalidResult, failure.Message, failure),
            };
        }
    }

    // MCP gives stdout to the protocol and stderr to logs (modelcontextprotocol.io, "Transports").
    private static async Task WriteToStandardErrorAsync(EventChannel events)
    {
        await using var error = new StreamWriter(Console.OpenStandardError()) { AutoFlush = true };
        await foreach (var told in events.Events.ConfigureAwait(false))
        {
            await error.WriteLineAsync($"{told.Level.ToString().ToLowerInvariant()}: {told.Category}[{told.Id}] {told.Message}").ConfigureAwait(false);
        }
    }

    private static LogLevels LevelsOfEnvironment() =>
        Environment.GetEnvironmentVariable(LogLevels.Variable) is not { Length: > 0 } text ? LogLevels.Warnings
        : LogLevels.Parse(text) ?? throw new HeadroomException("HeadroomInvalidOption", ErrorCategory.InvalidArgument,
            $"{LogLevels.Variable}: '{text}' is not {LogLevels.Rule}.");

    private static CcrStoreAddress? StoreOf(string? text) =>
        text is null ? null
        : CcrStoreAddress.TryParse(text, out var address) ? address
        : throw new HeadroomException("HeadroomInvalidOption", ErrorCategory.InvalidArgument,
            $"Store: {CcrStoreAddress.Refusal(text)}");

    private static ProxyToken? TokenOf(SecureString? text) =>
        text is null ? null
        : ProxyToken.TryCreate(new NetworkCredential("", text).Password, out var token) ? token
        : throw new HeadroomException("HeadroomInvalidOption", ErrorCategory.InvalidArgument, $"Token: it is not {ProxyToken.Rule}.");

    // A bare number is that many ticks to PowerShell.
    private static TimeSpan? AgeOf(TimeSpan? age) =>
        age is null || age >= CcrRetention.Grace ? age
        : throw new HeadroomException("HeadroomInvalidOption", ErrorCategory.InvalidArgument,
            $"CacheMaxAge: {age} is below a day; nothing goes earlier. Two weeks are 14.00:00:00.");

    private static SocketError? SocketErrorOf(Exception? failure)
    {
        for (; failure is not null; failure = failure.InnerException)
        {
            if (failure is SocketException socket)
            {
                return socket.SocketErrorCode;
            }
        }

        return null;
    }
}
