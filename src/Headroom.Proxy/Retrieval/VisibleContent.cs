using Headroom.Engine.Requests;

namespace Headroom.Proxy.Retrieval;

/// <summary>What the client has been given of an answer, over all turns.</summary>
internal sealed class VisibleContent
{
    private readonly List<string> _calls = [];
    private bool _hasOther;

    /// <summary>Its content blocks; 0 in a format that has none.</summary>
    public int Parts { get; private set; }

    /// <summary>Its text.</summary>
    public JsonText Text { get; } = new();

    /// <summary>True while there is nothing that a user could read or a client could act on.</summary>
    public bool IsEmpty => _calls.Count == 0 && !_hasOther && Text.IsBlank;

    /// <summary>Counts a content block; returns its place in the answer.</summary>
    public int AddPart() => Parts++;

    /// <summary>Notes a call of one of the client's tools.</summary>
    public void AddCall(string id) => _calls.Add(id);

    /// <summary>Notes content that is neither text nor a call nor thinking.</summary>
    public void AddOther() => _hasOther = true;

    /// <summary>The answer by what the client will send back.</summary>
    public VisibleAnswer ToAnswer() => new(Text.ToString(), [.. _calls]);
}
