using System.Text.Json;
using Headroom.Engine.Requests;

namespace Headroom.Proxy.Sidecar;

/// <summary>
/// Messages in either provider's shape, as callers of <c>POST /v1/compress</c> send them: the blocks of both formats, which
/// never overlap, and on demand the texts of user messages.
/// </summary>
/// <param name="withUserMessages">Locate user messages too.</param>
internal sealed class SidecarFormat(bool withUserMessages) : IRequestFormat
{
    private static readonly OpenAIChatFormat OpenAIChat = new();
    private static readonly AnthropicMessagesFormat AnthropicMessages = new();

    public string Name => "sidecar";

    public string Provider => "none";

    public RequestMap? Locate(ReadOnlySpan<byte> body)
    {
        if (OpenAIChat.Locate(body) is not { } openAI || AnthropicMessages.Locate(body) is not { } anthropic)
        {
            return null;
        }

        IEnumerable<Block> blocks = [.. openAI.Blocks, .. anthropic.Blocks];
        if (withUserMessages)
        {
            blocks = blocks.Concat(UserTexts(body));
        }

        // The caller adds the retrieve tool to its own request when it sees a marker: that is what it calls this route for.
        return openAI with { Blocks = [.. blocks.OrderBy(b => b.Start)], HasRetrieveTool = true };
    }

    /// <summary>The strings of user messages: the content itself, or the text of its text parts.</summary>
    private static List<Block> UserTexts(ReadOnlySpan<byte> body)
    {
        var blocks = new List<Block>();
        if (SidecarRequest.Read(body, out _) is not { } request)
        {
            return blocks;
        }

        var json = new Utf8JsonReader(body.Slice(request.Messages.Start, request.Messages.Length));
        json.Read();
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (json.TokenType == JsonTokenType.StartObject)
            {
                ReadMessage(ref json, request.Messages.Start, blocks);
            }
            else
            {
                json.Skip();
            }
        }

        return blocks;
    }

    private static void ReadMessage(ref Utf8JsonReader json, int offset, List<Block> blocks)
    {
        var isUser = false;
        var texts = new List<Block>();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var (isRole, isContent) = (json.ValueTextEquals("role"u8), json.ValueTextEquals("content"u8));
            json.Read();
            if (isRole && json.TokenType == JsonTokenType.String)
            {
                isUser = json.ValueTextEquals("user"u8);
            }
            else if (isContent && json.TokenType == JsonTokenType.String)
            {
                AddText(ref json, offset, texts);
            }
            else if (isContent && json.TokenType == JsonTokenType.StartArray)
            {
                while (json.Read() && json.TokenType != JsonTokenType.EndArray)
                {
                    if (json.TokenType == JsonTokenType.StartObject)
                    {
                        ReadPart(ref json, offset, texts);
                    }
                    else
                    {
                        json.Skip();
                    }
                }
            }
            else
            {
                json.Skip();
            }
        }

        if (isUser)
        {
            blocks.AddRange(texts);
        }
    }

    private static void ReadPart(ref Utf8JsonReader json, int offset, List<Block> texts)
    {
        var isText = false;
        var found = new List<Block>();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var (isType, isTextMember) = (json.ValueTextEquals("type"u8), json.ValueTextEquals("text"u8));
            json.Read();
            if (isType && json.TokenType == JsonTokenType.String)
            {
                isText = json.ValueTextEquals("text"u8);
            }
            else if (isTextMember && json.TokenType == JsonTokenType.String)
            {
                AddText(ref json, offset, found);
            }
            else
            {
                json.Skip();
            }
        }

        if (isText)
        {
            texts.AddRange(found);
        }
    }

    private static void AddText(ref Utf8JsonReader json, int offset, List<Block> texts)
    {
        var length = (int)(json.BytesConsumed - json.TokenStartIndex);

        // A lone surrogate has no text that could be compressed.
        try
        {
            json.CopyString(new byte[length]);
        }
        catch (InvalidOperationException)
        {
            return;
        }

        texts.Add(new Block { Start = offset + (int)json.TokenStartIndex, Length = length });
    }
}
