namespace Headroom.PowerShell;

/// <summary>When the proxy adds the tool headroom_retrieve to the tools of a conversation. The names are those of the engine's modes.</summary>
public enum HeadroomCcrTool
{
    /// <summary>From the first request of each conversation whose client offers tools and not this one.</summary>
    Auto,

    /// <summary>Also where the client offers no tools at all.</summary>
    Always,

    /// <summary>Never.</summary>
    Never,
}
