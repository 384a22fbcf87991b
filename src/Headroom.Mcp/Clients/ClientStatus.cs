namespace Headroom.Mcp.Clients;

/// <summary>Whether the server is in a client's configuration.</summary>
public enum ClientStatus
{
    /// <summary>It is not.</summary>
    NotInstalled,

    /// <summary>It is, and an installation put it there.</summary>
    Installed,

    /// <summary>An entry of its name is there that no installation wrote, or that was changed since.</summary>
    ForeignEntry,
}
