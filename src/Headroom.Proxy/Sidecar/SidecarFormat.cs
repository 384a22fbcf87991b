using Headroom.Engine.Requests;

namespace Headroom.Proxy.Sidecar;

/// <summary>
/// Messages in either provider's shape, as callers of <c>POST /v1/compress</c> send them: the blocks of both formats, which
/// never overlap, and on demand the texts of user messages.
/// </summary>
/// <param name="withUserMessages">Locate user messages too.</param>
internal sealed class SidecarFormat(bool withUserMessages) : IRequestFormat
{
    private static readonly AnthropicMessagesFormat AnthropicMessages = new();

    private readonly OpenAIChatFormat _openAIChat = new() { WithUserTexts = withUserMessages };

    public string Name => "sidecar";

    public string Provider => "none";

    public RequestMap? Locate(ReadOnlySpan<byte> body)
    {
        if (_openAIChat.Locate(body) is not { } openAI || AnthropicMessages.Locate(body) is not { } anthropic)
        {
            return null;
        }

        // The caller adds the retrieve tool to its own request when it sees a marker: that is what it calls this route for.
        // And it asks for all that it sends: gateways keep the latest exchange to themselves, so that a result first comes here when it is history.
        return openAI with
        {
            Blocks = [.. openAI.Blocks.Concat(anthropic.Blocks).OrderBy(b => b.Start).Select(b => b with { IsHistory = false })],
            HasRetrieveTool = true,
        };
    }
}
