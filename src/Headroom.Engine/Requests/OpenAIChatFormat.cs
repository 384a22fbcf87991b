using System.Text;
using System.Text.Json;
using Headroom.Engine.Compression;

namespace Headroom.Engine.Requests;

/// <summary>
/// OpenAI Chat Completions, <c>POST /v1/chat/completions</c>. Blocks are the contents of <c>tool</c> messages and of the older
/// <c>function</c> messages: the string, or each text part of a list.
/// </summary>
public sealed class OpenAIChatFormat : IRetrievalFormat
{
    private static readonly byte[] Tool = WriteTool();

    /// <inheritdoc/>
    public string Name => "openai-chat";

    /// <inheritdoc/>
    public string Provider => "openai";

    /// <inheritdoc/>
    public ReadOnlySpan<byte> RetrieveTool => Tool;

    /// <inheritdoc/>
    public byte[] AppendTurn(ReadOnlySpan<byte> body, ReadOnlySpan<byte> turn, IReadOnlyList<RetrievalCall> calls)
    {
        ArgumentNullException.ThrowIfNull(calls);
        var results = new ByteBuffer(0);
        OpenAIHistory.AppendResultMessages(results, calls);
        return MessageList.Append(body, turn, results);
    }

    /// <inheritdoc/>
    void IRetrievalFormat.PutBack(
        ReadOnlySpan<byte> body, IReadOnlyList<MessagePlace> messages, int index, MessageContent content, RetrievalTrace trace, List<Replacement> changes) =>
        OpenAIHistory.PutBack(body, messages, index, content, trace, changes);

    /// <summary>The texts of user messages are blocks too.</summary>
    public bool WithUserTexts { get; init; }

    /// <inheritdoc/>
    public RequestMap? Locate(ReadOnlySpan<byte> body) => RequestReader.Read(body, ReadBody);

    private static byte[] WriteTool()
    {
        var json = new ByteBuffer(0);
        json.Append("{\"type\":\"function\",\"function\":{\"name\":"u8);
        BodySplice.AppendString(json, Retrieval.RetrieveTool.Name);
        json.Append(",\"description\":"u8);
        BodySplice.AppendString(json, Retrieval.RetrieveTool.Description);
        json.Append(",\"parameters\":"u8);
        json.Append(Encoding.UTF8.GetBytes(Retrieval.RetrieveTool.Schema));
        json.Append("}}"u8);
        return json.ToArray();
    }

    private void ReadBody(ref RequestReader json)
    {
        var seen = RequestMember.None;
        while (json.NextMember(ref seen, out var member))
        {
            switch (member)
            {
                case RequestMember.AnswerCount:
                    json.ReadAnswerCount();
                    break;
                case RequestMember.Functions:
                    json.ReadFunctions();
                    break;
                case RequestMember.Tools when json.EnterTools():
                    while (json.NextObject())
                    {
                        json.OfferTool(ReadTool(ref json).Call.Name);
                    }

                    json.EndTools();
                    break;
                case RequestMember.Messages when json.EnterArray():
                    while (json.NextMessage())
                    {
                        ReadMessage(ref json);
                    }

                    break;
                default:
                    json.ReadShared(member);
                    break;
            }
        }
    }

    private void ReadMessage(ref RequestReader json)
    {
        var first = json.Candidates;
        string? role = null, callId = null, name = null;
        var seen = RequestMember.None;
        while (json.NextMember(ref seen, out var member))
        {
            switch (member)
            {
                case RequestMember.Role:
                    role = json.Text();
                    break;
                case RequestMember.ToolCallId:
                    callId = json.Text();
                    break;
                case RequestMember.Name:
                    name = json.Text();
                    break;
                case RequestMember.Content when json.TokenType == JsonTokenType.StartArray:
                    while (json.NextObject())
                    {
                        ReadPart(ref json);
                    }

                    break;
                case RequestMember.Content:
                    json.AddCandidate();
                    break;
                case RequestMember.ToolCalls when json.EnterArray():
                    while (json.NextObject())
                    {
                        var (id, call) = ReadTool(ref json);
                        json.AddToolCall(id, call);
                    }

                    break;
                default:
                    json.Skip();
                    break;
            }
        }

        json.EndMessage(role);
        switch (role)
        {
            case "tool":
                json.Keep(first, callId, json.CallOf(callId), isError: false);
                break;
            case "function":
                json.Keep(first, callId: null, new ToolCall(name, default), isError: false);
                break;
            case "user" when WithUserTexts:
                json.Keep(first, callId: null, default, isError: false);
                break;
            default:
                json.Drop(first);
                break;
        }
    }

    private static void ReadPart(ref RequestReader json)
    {
        var first = json.Candidates;
        string? type = null;
        var seen = RequestMember.None;
        while (json.NextMember(ref seen, out var member))
        {
            switch (member)
            {
                case RequestMember.Type:
                    type = json.Text();
                    break;
                case RequestMember.Text:
                    json.AddCandidate();
                    break;
                default:
                    json.Skip();
                    break;
            }
        }

        if (type != "text")
        {
            json.Drop(first);
        }
    }

    // An offered tool and a call to it have the same shape, save for the id.
    private static (string? Id, ToolCall Call) ReadTool(ref RequestReader json)
    {
        string? id = null;
        var call = default(ToolCall);
        var seen = RequestMember.None;
        while (json.NextMember(ref seen, out var member))
        {
            switch (member)
            {
                case RequestMember.Id:
                    id = json.Text();
                    break;
                case RequestMember.Function or RequestMember.Custom when json.EnterObject():
                    call = json.ReadCall() is { Name: not null } read ? read : call;
                    break;
                default:
                    json.Skip();
                    break;
            }
        }

        return (id, call);
    }
}
