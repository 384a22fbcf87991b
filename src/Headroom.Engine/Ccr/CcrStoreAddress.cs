using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Headroom.Engine.Ccr;

/// <summary>The kinds of store.</summary>
public enum CcrStoreKind
{
    /// <summary>A SQLite file in the data directory, shared by several processes of one user.</summary>
    Sqlite,

    /// <summary>Memory only: nothing on the disk, and a restart forgets originals and pins.</summary>
    Memory,

    /// <summary>A Redis server, shared by several machines.</summary>
    Redis,
}

/// <summary>Which store to use, as users write it: <c>sqlite</c>, <c>memory</c>, <c>redis://host:6379/0</c> or <c>rediss://...</c> (TLS).</summary>
/// <param name="Kind">The kind of store.</param>
/// <param name="Server">The Redis server; null for the others.</param>
public sealed record CcrStoreAddress(CcrStoreKind Kind, Uri? Server = null)
{
    /// <summary>The SQLite store.</summary>
    public static CcrStoreAddress Sqlite { get; } = new(CcrStoreKind.Sqlite);

    /// <summary>The store in memory.</summary>
    public static CcrStoreAddress Memory { get; } = new(CcrStoreKind.Memory);

    /// <summary>Reads an address; false when it is none.</summary>
    /// <param name="text">The address; upper and lower case are equal in the kind.</param>
    /// <param name="address">The address.</param>
    public static bool TryParse(string? text, [NotNullWhen(true)] out CcrStoreAddress? address)
    {
        address = text switch
        {
            _ when string.Equals(text, "sqlite", StringComparison.OrdinalIgnoreCase) => Sqlite,
            _ when string.Equals(text, "memory", StringComparison.OrdinalIgnoreCase) => Memory,
            _ when Uri.TryCreate(text, UriKind.Absolute, out var server) && IsRedis(server) => new CcrStoreAddress(CcrStoreKind.Redis, server),
            _ => null,
        };
        return address is not null;
    }

    /// <summary>What to tell a user whose text is no address. A password in it is not repeated.</summary>
    /// <param name="text">The text.</param>
    public static string Refusal(string? text) =>
        (text is null || text.Contains('@', StringComparison.Ordinal) ? "That" : $"'{text}'")
        + " is no store; one of: sqlite, memory, redis://host:port/database, rediss://host:port/database.";

    /// <summary>The store at this address; nothing is opened before its first call.</summary>
    /// <param name="dataDirectory">Directory of the SQLite file; null takes <see cref="CcrDataDirectory.Default"/>.</param>
    /// <param name="workspace">Originals and pins of other workspaces are out of reach.</param>
    /// <param name="redis">Makes the store on a Redis server for the workspace.</param>
    /// <param name="time">The clock behind times of use.</param>
    /// <param name="log">Takes what the user should know of the store, a line at a time.</param>
    public ICcrStore Open(
        string? dataDirectory, string workspace, Func<Uri, string, TimeProvider, ICcrStore> redis, TimeProvider time, Action<string>? log = null)
    {
        ArgumentNullException.ThrowIfNull(redis);
        return Kind switch
        {
            CcrStoreKind.Memory => new MemoryCcrStore(workspace, time),
            CcrStoreKind.Redis => redis(Server!, workspace, time),
            _ => new SqliteCcrStore(dataDirectory ?? CcrDataDirectory.Default, workspace, time, log),
        };
    }

    /// <summary>The address without a password.</summary>
    public override string ToString() => Server is { } server
        ? new UriBuilder(server) { UserName = "", Password = "" }.Uri.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped).TrimEnd('/')
        : Kind.ToString().ToLowerInvariant();

    // redis://[user:password@]host[:port][/database]
    private static bool IsRedis(Uri server) =>
        server.Scheme is "redis" or "rediss"
        && server.Host.Length > 0
        && server.Query.Length + server.Fragment.Length == 0
        && (server.AbsolutePath is "" or "/" || (server.AbsolutePath[0] == '/' && ushort.TryParse(server.AbsolutePath.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out _)));
}
