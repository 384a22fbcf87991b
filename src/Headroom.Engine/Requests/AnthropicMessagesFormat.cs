using System.Text.Json;

namespace Headroom.Engine.Requests;

/// <summary>
/// Anthropic Messages, <c>POST /v1/messages</c>. Blocks are the contents of <c>tool_result</c> blocks in user messages: the
/// string, or each text block of a list. Results of tools that run at the provider are of other types and stay as they are.
/// </summary>
public sealed class AnthropicMessagesFormat : IRetrievalFormat
{
    /// <inheritdoc/>
    public string Name => "anthropic-messages";

    /// <inheritdoc/>
    public string Provider => "anthropic";

    /// <inheritdoc/>
    public ReadOnlySpan<byte> RetrieveTool => throw new NotImplementedException();

    /// <inheritdoc/>
    public byte[] AppendTurn(ReadOnlySpan<byte> body, ReadOnlySpan<byte> turn, IReadOnlyList<RetrievalCall> calls) => throw new NotImplementedException();

    /// <inheritdoc/>
    public RequestMap? Locate(ReadOnlySpan<byte> body) => RequestReader.Read(body, ReadBody);

    private static void ReadBody(ref RequestReader json)
    {
        var isMarked = false;
        var seen = RequestMember.None;
        while (json.NextMember(ref seen, out var member))
        {
            switch (member)
            {
                case RequestMember.Model:
                    json.ReadModel();
                    break;
                case RequestMember.Stream:
                    json.ReadStream();
                    break;
                case RequestMember.CacheControl:
                    isMarked = json.IsSet();
                    break;
                case RequestMember.Tools when json.EnterArray():
                    while (json.NextObject())
                    {
                        json.OfferTool(json.ReadCall().Name);
                    }

                    break;
                case RequestMember.Messages when json.EnterArray():
                    while (json.NextObject())
                    {
                        ReadMessage(ref json);
                    }

                    break;
                default:
                    json.Skip();
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

        if (role == "assistant")
        {
            json.EndAssistantMessage();
        }

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
