using Headroom.Engine.Retrieval;

namespace Headroom.Proxy.Retrieval;

/// <summary>A call in an OpenAI turn, as far as it has come.</summary>
internal sealed class OpenAICall
{
    /// <summary>The provider's id of it.</summary>
    public string Id { get; set; } = string.Empty;

    /// <summary>The tool; empty as long as it is not known whose call this is.</summary>
    public string Name { get; set; } = string.Empty;

    /// <summary>The arguments, which are a string in this format.</summary>
    public JsonText Arguments { get; } = new();

    /// <summary>The number that the call has for the client; null while the client knows nothing of it.</summary>
    public int? Number { get; set; }

    /// <summary>Elements that came before the name, each with the place of its number.</summary>
    public List<(byte[] Element, Range Index)> Pending { get; } = [];

    /// <summary>True for a call of the retrieve tool.</summary>
    public bool IsRetrieval => Name == RetrieveTool.Name;
}
