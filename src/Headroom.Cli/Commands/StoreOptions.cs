using Headroom.Engine.Ccr;
using Headroom.Proxy;
using Headroom.Redis;

namespace Headroom.Cli.Commands;

/// <summary>Opens the store that a command's options name; every command with a store does it here.</summary>
internal static class StoreOptions
{
    /// <summary>What proxies share on a server.</summary>
    public static SharedState Shared { get; } = new(
        (server, workspace, time) => new RedisCcrStore(server, workspace, time),
        (server, workspace, prices, time) => new RedisSavingsLedger(server, workspace, prices, time));

    /// <summary>The store; nothing is opened or connected before its first call.</summary>
    /// <param name="address">The value of <see cref="CommonOptions.Store"/>.</param>
    /// <param name="dataDirectory">The value of <see cref="CommonOptions.DataDirectory"/>.</param>
    /// <param name="workspace">The value of <see cref="CommonOptions.Workspace"/>.</param>
    public static ICcrStore Open(CcrStoreAddress address, string? dataDirectory, string workspace) =>
        address.Open(dataDirectory, workspace, Shared.OpenStore, TimeProvider.System, ExitCode.Tell);
}
