using Headroom.Engine.Requests;

namespace Headroom.Proxy.Retrieval;

/// <summary>What the client has been given of an answer, over all turns.</summary>
internal sealed class VisibleContent
{
    private readonly List<string> _calls = [];

    // Where in the text each text block begins.
    private readonly List<int> _textBlocks = [];
    private int _blocks;
    private bool _hasOther;

    /// <summary>
    /// Its content blocks that show something; 0 in a format that has none. Providers send blank texts and refuse to take them back, so that
    /// clients leave them out.
    /// </summary>
    public int Parts => _blocks - _textBlocks.Where((start, i) => Text.IsBlankIn(start..(i + 1 < _textBlocks.Count ? _textBlocks[i + 1] : Text.Escaped.Length))).Count();

    /// <summary>Its text.</summary>
    public JsonText Text { get; } = new();

    /// <summary>True while there is nothing that a user could read or a client could act on.</summary>
    public bool IsEmpty => _calls.Count == 0 && !_hasOther && Text.IsBlank;

    /// <summary>Counts a text block, whose text is added behind; returns its place in the answer.</summary>
    public int AddText()
    {
        _textBlocks.Add(Text.Escaped.Length);
        return _blocks++;
    }

    /// <summary>Counts a block that nobody could read.</summary>
    public void AddUnread() => _blocks++;

    /// <summary>Counts a block that the client gets, with what it begins with.</summary>
    /// <returns>Its place in the answer; null for a call of the retrieve tool, which the client does not get.</returns>
    public int? Add(AnthropicBlock block)
    {
        if (block.IsRetrieval)
        {
            return null;
        }

        if (block.Type == "text")
        {
            var place = AddText();
            Text.Append(block.Text.Escaped);
            return place;
        }

        if (block.IsClientCall)
        {
            AddCall(block.Id ?? string.Empty);
        }
        else
        {
            _hasOther |= block.Type is not ("thinking" or "redacted_thinking");
        }

        return _blocks++;
    }

    /// <summary>Notes a call of one of the client's tools.</summary>
    public void AddCall(string id) => _calls.Add(id);

    /// <summary>The answer by what the client will send back.</summary>
    public VisibleAnswer ToAnswer() => new(Text.ToString(), [.. _calls], Parts);
}
