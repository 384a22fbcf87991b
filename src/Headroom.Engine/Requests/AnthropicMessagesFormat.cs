using System.Text;
using System.Text.Json;
using Headroom.Engine.Compression;

namespace Headroom.Engine.Requests;

/// <summary>
/// Anthropic Messages, <c>POST /v1/messages</c>. Blocks are the contents of <c>tool_result</c> blocks in user messages: the
/// string, or each text block of a list. Results of tools that run at the provider are of other types and stay as they are.
/// </summary>
public sealed class AnthropicMessagesFormat : IRetrievalFormat
{
    private static readonly byte[] Tool = WriteTool();

    /// <inheritdoc/>
    public string Name => "anthropic-messages";

    /// <inheritdoc/>
    public string Provider => "anthropic";

    /// <inheritdoc/>
    public ReadOnlySpan<byte> RetrieveTool => Tool;

    /// <inheritdoc/>
    public byte[] AppendTurn(ReadOnlySpan<byte> body, ReadOnlySpan<byte> turn, IReadOnlyList<RetrievalCall> calls)
    {
        ArgumentNullException.ThrowIfNull(calls);
        var results = new ByteBuffer(0);
        AnthropicHistory.AppendResultMessage(results, calls);
        return MessageList.Append(body, turn, results);
    }

    /// <inheritdoc/>
    void IRetrievalFormat.PutBack(
        ReadOnlySpan<byte> body, IReadOnlyList<MessagePlace> messages, int index, MessageContent content, RetrievalTrace trace, List<Replacement> changes) =>
        AnthropicHistory.PutBack(body, messages, index, content, trace, changes);

    /// <inheritdoc/>
    public RequestMap? Locate(ReadOnlySpan<byte> body) => RequestReader.Read(body, ReadBody);

    private static byte[] WriteTool()
    {
        var json = new ByteBuffer(0);
        json.Append("{\"name\":"u8);
        BodySplice.AppendString(json, Retrieval.RetrieveTool.Name);
        json.Append(",\"description\":"u8);
        BodySplice.AppendString(json, Retrieval.RetrieveTool.Description);
        json.Append(",\"input_schema\":"u8);
        json.Append(Encoding.UTF8.GetBytes(Retrieval.RetrieveTool.Schema));
        json.Append("}"u8);
        return json.ToArray();
    }

    private static void ReadBody(ref RequestReader json)
    {
        var isMarked = false;
        var seen = RequestMember.None;
        while (json.NextMember(ref seen, out var member))
        {
            switch (member)
            {
                case RequestMember.CacheControl:
                    isMarked = json.IsSet();
                    break;
                case RequestMember.Tools when json.EnterTools():
                    while (json.NextObject())
                    {
                        json.OfferTool(json.ReadCall().Name);
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

        if (isMarked)
        {
            // On the body itself the mark stands for one on the last block.
            json.EndCacheMark();
        }
    }

    private static void ReadMessage(ref RequestReader json)
    {
        var first = json.Candidates;
        string? role = null;
        var isMarked = false;
        var seen = RequestMember.None;
        while (json.NextMember(ref seen, out var member))
        {
            switch (member)
            {
                case RequestMember.Role:
                    role = json.Text();
                    break;
                case RequestMember.CacheControl:
                    isMarked = json.IsSet();
                    break;
                case RequestMember.Content when json.EnterArray():
                    while (json.NextObject())
                    {
                        ReadContentBlock(ref json);
                    }

                    break;
                default:
                    json.Skip();
                    break;
            }
        }

        if (isMarked)
        {
            json.EndCacheMark();
        }

        json.EndMessage(role);
        if (role != "user")
        {
            json.Drop(first);
        }
    }

    private static void ReadContentBlock(ref RequestReader json)
    {
        var first = json.Candidates;
        string? type = null, id = null, toolUseId = null;
        var call = default(ToolCall);
        bool isError = false, isMarked = false;
        var seen = RequestMember.None;
        while (json.NextMember(ref seen, out var member))
        {
            switch (member)
            {
                case RequestMember.Type:
                    type = json.Text();
                    break;
                case RequestMember.Id:
                    id = json.Text();
                    break;
                case RequestMember.Name:
                    call = call with { Name = json.Text() };
                    break;
                case RequestMember.Input:
                    call = call with { Arguments = json.Place() };
                    break;
                case RequestMember.ToolUseId:
                    toolUseId = json.Text();
                    break;
                case RequestMember.IsError:
                    isError = json.IsSet();
                    break;
                case RequestMember.CacheControl:
                    isMarked = json.IsSet();
                    break;
                case RequestMember.Content when json.TokenType == JsonTokenType.StartArray:
                    while (json.NextObject())
                    {
                        ReadResultPart(ref json);
                    }

                    break;
                case RequestMember.Content:
                    json.AddCandidate();
                    break;
                default:
                    json.Skip();
                    break;
            }
        }

        if (isMarked)
        {
            json.EndCacheMark();
        }

        switch (type)
        {
            case "tool_result":
                json.Keep(first, toolUseId, json.CallOf(toolUseId), isError);
                break;
            case "tool_use":
                json.Drop(first);
                json.AddToolCall(id, call);
                break;
            case not null when type.EndsWith("_tool_use", StringComparison.Ordinal) || type.EndsWith("_tool_result", StringComparison.Ordinal):
                // Of tools that run at the provider.
                json.Drop(first);
                json.NoteCall();
                break;
            default:
                json.Drop(first);
                break;
        }
    }

    private static void ReadResultPart(ref RequestReader json)
    {
        var first = json.Candidates;
        string? type = null;
        var isMarked = false;
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
                case RequestMember.CacheControl:
                    isMarked = json.IsSet();
                    break;
                default:
                    json.Skip();
                    break;
            }
        }

        if (isMarked)
        {
            json.EndCacheMark();
        }

        if (type != "text")
        {
            json.Drop(first);
        }
    }
}
