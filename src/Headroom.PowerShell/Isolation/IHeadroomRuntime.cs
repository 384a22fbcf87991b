using System.Security;

namespace Headroom.PowerShell.Isolation;

/// <summary>
/// The border between the module that PowerShell loads and the engine and proxy that live in a context of their own. Only
/// types of this assembly and of the base library cross it. Every failure that a user can do something about arrives as a
/// <see cref="HeadroomException"/>.
/// </summary>
public interface IHeadroomRuntime
{
    /// <summary>Names of models whose tokens can be counted.</summary>
    IReadOnlyList<string> ModelNames { get; }

    /// <summary>Names of encodings to offer; others are taken as well.</summary>
    IReadOnlyList<string> EncodingNames { get; }

    /// <summary>
    /// All bytes of a file; what could make a reader wait or read for ever, such as a named pipe or a device, is refused. Throws what reading a file throws.
    /// </summary>
    /// <param name="path">Full path of the file.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<byte[]> ReadFileAsync(string path, CancellationToken cancellationToken);

    /// <summary>Opens the store of originals.</summary>
    /// <param name="settings">Which store.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<IContentStore> OpenAsync(StoreSettings settings, CancellationToken cancellationToken);

    /// <summary>Starts a proxy; its port is bound when the task completes.</summary>
    /// <param name="settings">What the user asked for.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<IProxyHandle> StartProxyAsync(ProxySettings settings, CancellationToken cancellationToken);

    /// <summary>Serves one MCP client over this process's stdin and stdout, until stdin ends or the token is cancelled.</summary>
    /// <param name="settings">The store; one in memory ends with the call.</param>
    /// <param name="cancellationToken">Ends the service.</param>
    Task ServeMcpAsync(StoreSettings settings, CancellationToken cancellationToken);

    /// <summary>Asks any Headroom proxy for its statistics over HTTP.</summary>
    /// <param name="uri">The proxy's base address.</param>
    /// <param name="token">The token that it asks for, or null.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<HeadroomStatistics> ReadStatisticsAsync(Uri uri, SecureString? token, CancellationToken cancellationToken);
}
