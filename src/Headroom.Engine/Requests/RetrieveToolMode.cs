namespace Headroom.Engine.Requests;

/// <summary>When the retrieve tool is added to the tools of a conversation.</summary>
public enum RetrieveToolMode
{
    /// <summary>From the first request of each conversation whose client offers tools and not this one.</summary>
    Auto,

    /// <summary>As <see cref="Auto"/>, and also where the client offers no tools at all.</summary>
    Always,

    /// <summary>Never; only a client's own retrieve tool (MCP) allows views.</summary>
    Never,
}
