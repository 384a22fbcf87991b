using Headroom.Engine.Ccr;

namespace Headroom.Engine.Retrieval;

/// <summary>
/// The definition of the retrieve tool, the same to the byte wherever it is offered: providers cache tool lists as the first part of a
/// prompt. Changing a character here changes the prefix of every running conversation.
/// </summary>
public static class RetrieveTool
{
    /// <summary>The tool's name.</summary>
    public const string Name = Marker.ToolName;

    /// <summary>What it does, for the model.</summary>
    public const string Description =
        "Returns original content that a [... headroom_retrieve hash=...] marker stands for. Give rows, lines, path or pattern to get only that part.";

    /// <summary>The JSON schema (draft 2020-12) of its arguments, without white space.</summary>
    public const string Schema =
        """{"type":"object","properties":{"hash":{"type":"string","description":"24 hex digits from the marker"},"rows":{"type":"string","description":"e.g. 1-20"},"lines":{"type":"string","description":"e.g. 10-40"},"path":{"type":"string","description":"JSONPath, e.g. $.items[3].name"},"pattern":{"type":"string","description":"text, or /regex/"}},"required":["hash"]}""";
}
