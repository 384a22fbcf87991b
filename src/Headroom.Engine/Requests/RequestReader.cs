using System.Runtime.InteropServices;
using System.Text.Json;
using Headroom.Engine.Ccr;

namespace Headroom.Engine.Requests;

/// <summary>
/// Walks a request body forward once and gathers the blocks that a format's grammar points out. Members come in any order,
/// so a string is first noted as a candidate and kept or dropped when the object around it ends.
/// </summary>
/// <exception cref="JsonException">Any method: the body is not valid JSON, nests too deeply or repeats a member that matters.</exception>
/// <exception cref="InvalidOperationException">Any method: a name or an id is not decodable text.</exception>
internal ref struct RequestReader
{
    private const int MaxDepth = 64;

    // They say something about a conversation, and nothing about what may be changed.
    private const RequestMember Repeatable = RequestMember.System | RequestMember.Metadata | RequestMember.PromptCacheKey
        | RequestMember.Thread | RequestMember.PreviousResponseId | RequestMember.Conversation;

    private readonly ReadOnlySpan<byte> _body;
    private readonly List<Candidate> _candidates = [];
    private readonly Dictionary<string, ToolCall> _toolCalls = new(StringComparer.Ordinal);
    private Utf8JsonReader _json;
    private string? _model;
    private bool _isStreaming;
    private readonly List<MessagePlace> _messages = [];
    private readonly int _start;
    private Range _tools;
    private bool _offersTools;
    private bool _hasRetrieveTool;
    private bool _hasCalls;
    private bool _isServerHeld;
    private Range _system;
    private Range _metadata;
    private Range _promptCacheKey;
    private bool _takesNoTools;
    private long _lastAssistantEnd;
    private long _lastCacheMarkEnd;

    public RequestReader(ReadOnlySpan<byte> body)
    {
        _body = body;
        _json = new Utf8JsonReader(body, new JsonReaderOptions { MaxDepth = MaxDepth });
        if (!_json.Read() || _json.TokenType != JsonTokenType.StartObject)
        {
            throw new JsonException("A request body is a JSON object.");
        }

        _start = (int)_json.TokenStartIndex;
    }

    /// <summary>Reads what matters of a body's members; called at its first.</summary>
    public delegate void Grammar(ref RequestReader json);

    /// <summary>Reads a body by a format's grammar; null when it must be forwarded as it is.</summary>
    public static RequestMap? Read(ReadOnlySpan<byte> body, Grammar grammar)
    {
        try
        {
            var json = new RequestReader(body);
            grammar(ref json);
            return json.End();
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>The kind of the current value.</summary>
    public readonly JsonTokenType TokenType => _json.TokenType;

    /// <summary>The number of candidates so far; marks where those of an object begin.</summary>
    public readonly int Candidates => _candidates.Count;

    /// <summary>Goes to the value of the next member of the current object; false at the object's end.</summary>
    /// <param name="seen">The members that the object has had.</param>
    /// <param name="member">The member, or <see cref="RequestMember.None"/> for one without a meaning here.</param>
    public bool NextMember(ref RequestMember seen, out RequestMember member)
    {
        Read();
        if (_json.TokenType == JsonTokenType.EndObject)
        {
            member = RequestMember.None;
            return false;
        }

        member = RequestMemberName.Of(_json);
        if ((seen & member & ~Repeatable) != 0)
        {
            // Parsers differ in which of the two they believe; only the provider's own parser may choose.
            throw new JsonException("A member that matters is repeated.");
        }

        seen |= member;
        Read();
        return true;
    }

    /// <summary>Goes to the next element of the current array that is an object, past all others; false at the array's end.</summary>
    public bool NextObject()
    {
        for (Read(); _json.TokenType != JsonTokenType.EndArray; Read())
        {
            if (_json.TokenType == JsonTokenType.StartObject)
            {
                return true;
            }

            Skip();
        }

        return false;
    }

    /// <summary>Goes to the next message that is an object; false at the end of the list. All elements count as messages.</summary>
    public bool NextMessage()
    {
        for (Read(); _json.TokenType != JsonTokenType.EndArray; Read())
        {
            _messages.Add(new MessagePlace((int)_json.TokenStartIndex, 0, MessageRole.Other));
            if (_json.TokenType == JsonTokenType.StartObject)
            {
                return true;
            }

            Skip();
            EndMessage(null);
        }

        return false;
    }

    /// <summary>Notes the end of the message that <see cref="NextMessage"/> has gone to.</summary>
    public void EndMessage(string? role)
    {
        var end = (int)_json.BytesConsumed;
        ref var message = ref CollectionsMarshal.AsSpan(_messages)[^1];
        message = new MessagePlace(message.Start, end - message.Start, role switch
        {
            "user" => MessageRole.User,
            "assistant" => MessageRole.Assistant,
            _ => MessageRole.Other,
        });
        if (message.Role == MessageRole.Assistant)
        {
            _lastAssistantEnd = end;
        }
    }

    /// <summary>True when the current value, the list of tools, is an array; anything else is skipped.</summary>
    public bool EnterTools()
    {
        var start = (int)_json.TokenStartIndex;
        var isArray = EnterArray();
        _tools = start..(int)_json.BytesConsumed;
        return isArray;
    }

    /// <summary>Notes the end of the list that <see cref="EnterTools"/> has gone into.</summary>
    public void EndTools() => _tools = _tools.Start..(int)_json.BytesConsumed;

    /// <summary>True when the current value is an array; anything else is skipped.</summary>
    public bool EnterArray() => Enter(JsonTokenType.StartArray);

    /// <summary>True when the current value is an object; anything else is skipped.</summary>
    public bool EnterObject() => Enter(JsonTokenType.StartObject);

    /// <summary>Goes to the end of the current value.</summary>
    public void Skip() => _json.Skip();

    /// <summary>The current value if it is a string; anything else is skipped.</summary>
    public string? Text()
    {
        if (_json.TokenType == JsonTokenType.String)
        {
            return _json.ValueIsEscaped ? _json.GetString() : Known(_json.ValueSpan) ?? _json.GetString();
        }

        Skip();
        return null;
    }

    /// <summary>The <c>name</c> of the current object and where its <c>arguments</c> are; goes to the object's end.</summary>
    public ToolCall ReadCall()
    {
        var call = default(ToolCall);
        var seen = RequestMember.None;
        while (NextMember(ref seen, out var member))
        {
            switch (member)
            {
                case RequestMember.Name:
                    call = call with { Name = Text() };
                    break;
                case RequestMember.Arguments or RequestMember.Input:
                    call = call with { Arguments = Place() };
                    break;
                default:
                    Skip();
                    break;
            }
        }

        return call;
    }

    /// <summary>Where the current value stands in the body; goes to its end.</summary>
    public Range Place()
    {
        var start = (int)_json.TokenStartIndex;
        Skip();
        return start..(int)_json.BytesConsumed;
    }

    /// <summary>Skips the current value and tells whether it says yes: anything but <c>false</c> and <c>null</c> does.</summary>
    public bool IsSet()
    {
        var isSet = _json.TokenType is not (JsonTokenType.False or JsonTokenType.Null);
        Skip();
        return isSet;
    }

    /// <summary>Notes the current value as a candidate if it is a string; goes to its end.</summary>
    public void AddCandidate()
    {
        if (_json.TokenType == JsonTokenType.String)
        {
            var start = (int)_json.TokenStartIndex;
            _candidates.Add(new Candidate(start, (int)_json.BytesConsumed - start));
        }

        Skip();
    }

    /// <summary>Forgets the candidates from <paramref name="first"/> on.</summary>
    public readonly void Drop(int first) => _candidates.RemoveRange(first, _candidates.Count - first);

    /// <summary>Keeps the candidates from <paramref name="first"/> on as one tool result, save those that are not decodable text.</summary>
    public void Keep(int first, string? callId, ToolCall call, bool isError)
    {
        _hasCalls = true;
        for (var i = _candidates.Count - 1; i >= first; i--)
        {
            ref var candidate = ref CollectionsMarshal.AsSpan(_candidates)[i];
            if (BodySplice.IsDecodable(_body.Slice(candidate.Start, candidate.Length)))
            {
                candidate = candidate with { CallId = callId, Call = call, IsError = isError };
            }
            else
            {
                _candidates.RemoveAt(i);
            }
        }
    }

    /// <summary>Notes that the model has called a tool.</summary>
    public void NoteCall() => _hasCalls = true;

    /// <summary>Remembers a call; a later call with the same id takes the id over.</summary>
    public void AddToolCall(string? callId, ToolCall call)
    {
        _hasCalls = true;
        if (callId is not null)
        {
            _toolCalls[callId] = call;
        }
    }

    /// <summary>The latest call with this id; empty when there was none.</summary>
    public readonly ToolCall CallOf(string? callId) => callId is null ? default : _toolCalls.GetValueOrDefault(callId);

    /// <summary>Notes the name of a tool that the request offers.</summary>
    public void OfferTool(string? name)
    {
        _offersTools = true;
        _hasRetrieveTool |= name is not null && Marker.IsRetrieveTool(name);
    }

    /// <summary>Notes that the object which ends here carries a <c>cache_control</c> mark.</summary>
    public void EndCacheMark() => _lastCacheMarkEnd = _json.BytesConsumed;

    /// <summary>Reads a member of the body that means the same in all formats, and skips any other.</summary>
    public void ReadShared(RequestMember member)
    {
        switch (member)
        {
            case RequestMember.Model:
                _model = Text();
                break;
            case RequestMember.Stream:
                _isStreaming = _json.TokenType == JsonTokenType.True;
                Skip();
                break;
            case RequestMember.System:
                _system = Place();
                break;
            case RequestMember.Metadata:
                _metadata = Place();
                break;
            case RequestMember.PromptCacheKey:
                _promptCacheKey = Place();
                break;
            case RequestMember.Thread or RequestMember.PreviousResponseId or RequestMember.Conversation:
                // Where it is set, the provider holds the conversation.
                _isServerHeld |= IsSet();
                break;
            default:
                Skip();
                break;
        }
    }

    /// <summary>Reads how many answers the client wants.</summary>
    public void ReadAnswerCount()
    {
        _takesNoTools |= _json.TokenType != JsonTokenType.Null
            && !(_json.TokenType == JsonTokenType.Number && _json.TryGetInt32(out var count) && count == 1);
        Skip();
    }

    /// <summary>Skips the functions that a client offers in the way that came before tools; the two cannot be mixed.</summary>
    public void ReadFunctions() => _takesNoTools |= IsSet();

    /// <summary>Makes sure that nothing follows the body's object and gives what was found.</summary>
    public RequestMap End()
    {
        // Throws on anything but white space.
        _json.Read();

        var blocks = new Block[_candidates.Count];
        for (var i = 0; i < blocks.Length; i++)
        {
            var candidate = _candidates[i];
            blocks[i] = new Block
            {
                Start = candidate.Start,
                Length = candidate.Length,
                CallId = candidate.CallId,
                ToolName = candidate.Call.Name,
                Arguments = candidate.Call.Arguments,
                IsError = candidate.IsError,
                IsHistory = candidate.Start < _lastAssistantEnd,
                IsBeforeCacheMark = candidate.Start < _lastCacheMarkEnd,
            };
        }

        return new RequestMap
        {
            Blocks = blocks,
            Model = _model,
            IsStreaming = _isStreaming,
            HasRetrieveTool = _hasRetrieveTool,
            Start = _start,
            Tools = _tools,
            OffersTools = _offersTools,
            TakesNoTools = _takesNoTools,
            Messages = _messages,
            HasCalls = _hasCalls,
            IsServerHeld = _isServerHeld,
            System = _system,
            Metadata = _metadata,
            PromptCacheKey = _promptCacheKey,
        };
    }

    // Most strings that are read are one of these, and a long conversation has thousands of them.
    private static string? Known(ReadOnlySpan<byte> text) => text switch
    {
        _ when text.SequenceEqual("user"u8) => "user",
        _ when text.SequenceEqual("assistant"u8) => "assistant",
        _ when text.SequenceEqual("tool"u8) => "tool",
        _ when text.SequenceEqual("text"u8) => "text",
        _ when text.SequenceEqual("tool_use"u8) => "tool_use",
        _ when text.SequenceEqual("tool_result"u8) => "tool_result",
        _ => null,
    };

    private void Read()
    {
        if (!_json.Read())
        {
            throw new JsonException("The body ends early.");
        }
    }

    private bool Enter(JsonTokenType start)
    {
        if (_json.TokenType == start)
        {
            return true;
        }

        Skip();
        return false;
    }

    private readonly record struct Candidate(int Start, int Length, string? CallId = null, ToolCall Call = default, bool IsError = false);
}
