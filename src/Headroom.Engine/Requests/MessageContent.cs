using System.Text.Json;

namespace Headroom.Engine.Requests;

/// <summary>The kinds of content parts that matter here.</summary>
internal enum ContentPartKind
{
    /// <summary>Anything else: images, thinking, results, what the future brings.</summary>
    Other,

    /// <summary>Text.</summary>
    Text,

    /// <summary>A call of a client's tool (Anthropic).</summary>
    ToolUse,
}

/// <summary>A part of a message's content; content that is one string is one part.</summary>
/// <param name="Place">Where the part stands in the body.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Type">Its type as it is written; null when it has none.</param>
/// <param name="Text">Where the string of its text stands, with both quotes; empty when it has none.</param>
internal readonly record struct ContentPart(Range Place, ContentPartKind Kind, string? Type, Range Text);

/// <summary>
/// What one message holds, by place. Read for the few messages where it matters, after <see cref="IRequestFormat.Locate"/> has found the
/// body readable.
/// </summary>
internal sealed class MessageContent
{
    private readonly List<ContentPart> _parts = [];
    private readonly List<string> _callIds = [];

    private MessageContent()
    {
    }

    /// <summary>Where the value of <c>content</c> stands; empty when there is none.</summary>
    public Range Place { get; private set; }

    /// <summary>The first token of <c>content</c>; <see cref="JsonTokenType.None"/> when there is none.</summary>
    public JsonTokenType Kind { get; private set; }

    /// <summary>The parts in their order; elements that are no objects count.</summary>
    public IReadOnlyList<ContentPart> Parts => _parts;

    /// <summary>True when <c>role</c> stands before <c>content</c>.</summary>
    public bool IsRoleFirst { get; private set; }

    /// <summary>Where the value of <c>tool_calls</c> stands (OpenAI); empty when there is none.</summary>
    public Range ToolCalls { get; private set; }

    /// <summary>The first token of <c>tool_calls</c>; <see cref="JsonTokenType.None"/> when there is none.</summary>
    public JsonTokenType ToolCallsKind { get; private set; }

    /// <summary>The number of elements of <c>tool_calls</c>.</summary>
    public int ToolCallCount { get; private set; }

    /// <summary>The ids of the calls in a message of the assistant, in their order.</summary>
    public IReadOnlyList<string> CallIds => _callIds;

    /// <summary>Reads a message that is an object.</summary>
    /// <exception cref="InvalidOperationException">A type or an id is not decodable text.</exception>
    public static MessageContent Read(ReadOnlySpan<byte> body, MessagePlace message)
    {
        var content = new MessageContent();
        var json = new Utf8JsonReader(body.Slice(message.Start, message.Length));
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var member = RequestMemberName.Of(json);
            content.IsRoleFirst |= content.Kind == JsonTokenType.None && member == RequestMember.Role;
            json.Read();
            var start = message.Start + (int)json.TokenStartIndex;
            if (member == RequestMember.Content)
            {
                content.Kind = json.TokenType;
                content.ReadParts(ref json, message.Start);
                content.Place = start..(message.Start + (int)json.BytesConsumed);
            }
            else if (member == RequestMember.ToolCalls)
            {
                content.ToolCallsKind = json.TokenType;
                content.ReadCalls(ref json);
                content.ToolCalls = start..(message.Start + (int)json.BytesConsumed);
            }
            else
            {
                json.Skip();
            }
        }

        return content;
    }

    /// <summary>The length of all text in UTF-16 units.</summary>
    /// <param name="body">The body that was read.</param>
    public int MeasureText(ReadOnlySpan<byte> body)
    {
        var units = 0;
        foreach (var part in _parts)
        {
            units += part.Kind == ContentPartKind.Text ? StringCut.Measure(body[part.Text], isWhiteSpaceFree: false) : 0;
        }

        return units;
    }

    /// <summary>The places of the parts that show something: all but texts of white space.</summary>
    /// <param name="body">The body that was read.</param>
    public IReadOnlyList<int> ShownParts(ReadOnlySpan<byte> body)
    {
        var shown = new List<int>();
        for (var i = 0; i < _parts.Count; i++)
        {
            if (_parts[i].Kind != ContentPartKind.Text || StringCut.Measure(body[_parts[i].Text], isWhiteSpaceFree: true) > 0)
            {
                shown.Add(i);
            }
        }

        return shown;
    }

    private void ReadParts(ref Utf8JsonReader json, int offset)
    {
        if (json.TokenType == JsonTokenType.String)
        {
            var text = (offset + (int)json.TokenStartIndex)..(offset + (int)json.BytesConsumed);
            _parts.Add(new ContentPart(text, ContentPartKind.Text, null, text));
            return;
        }

        if (json.TokenType != JsonTokenType.StartArray)
        {
            json.Skip();
            return;
        }

        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            ReadPart(ref json, offset);
        }
    }

    private void ReadPart(ref Utf8JsonReader json, int offset)
    {
        var start = offset + (int)json.TokenStartIndex;
        string? type = null, id = null;
        var text = default(Range);
        if (json.TokenType == JsonTokenType.StartObject)
        {
            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                var member = RequestMemberName.Of(json);
                json.Read();
                switch (member)
                {
                    case RequestMember.Type when json.TokenType == JsonTokenType.String:
                        type = json.GetString();
                        break;
                    case RequestMember.Id when json.TokenType == JsonTokenType.String:
                        id = json.GetString();
                        break;
                    case RequestMember.Text when json.TokenType == JsonTokenType.String:
                        text = (offset + (int)json.TokenStartIndex)..(offset + (int)json.BytesConsumed);
                        break;
                    default:
                        json.Skip();
                        break;
                }
            }
        }
        else
        {
            json.Skip();
        }

        var kind = type switch
        {
            "text" when !text.Equals(default) => ContentPartKind.Text,
            "tool_use" => ContentPartKind.ToolUse,
            _ => ContentPartKind.Other,
        };
        _parts.Add(new ContentPart(start..(offset + (int)json.BytesConsumed), kind, type, kind == ContentPartKind.Text ? text : default));
        if (kind == ContentPartKind.ToolUse && id is not null)
        {
            _callIds.Add(id);
        }
    }

    private void ReadCalls(ref Utf8JsonReader json)
    {
        if (json.TokenType != JsonTokenType.StartArray)
        {
            json.Skip();
            return;
        }

        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            ToolCallCount++;
            if (json.TokenType != JsonTokenType.StartObject)
            {
                json.Skip();
                continue;
            }

            while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
            {
                var member = RequestMemberName.Of(json);
                json.Read();
                if (member == RequestMember.Id && json.TokenType == JsonTokenType.String)
                {
                    _callIds.Add(json.GetString()!);
                }

                json.Skip();
            }
        }
    }
}
