namespace Headroom.Engine.Rules;

/// <summary>What an agent needs of a tool's result, told by the meaning of the tool's name.</summary>
internal enum ToolClass
{
    /// <summary>The exact text: what reads, writes and edits files.</summary>
    Exact,

    /// <summary>Every entry: what searches and lists files.</summary>
    Listing,
}
