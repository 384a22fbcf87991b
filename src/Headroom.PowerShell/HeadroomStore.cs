namespace Headroom.PowerShell;

/// <summary>Where a proxy keeps originals and decisions. The names are those of the proxy's stores.</summary>
public enum HeadroomStore
{
    /// <summary>A file in the data directory.</summary>
    Sqlite,

    /// <summary>Memory only: a restart forgets them.</summary>
    Memory,
}
