using System.Text;
using System.Text.Json;
using Headroom.Engine.Requests;

namespace Headroom.Engine.Tests.Requests;

/// <summary>What a format found, in the terms of a test.</summary>
internal static class LocatedBlocks
{
    public static readonly IRequestFormat OpenAI = new OpenAIChatFormat();
    public static readonly IRequestFormat Anthropic = new AnthropicMessagesFormat();

    public static RequestMap? Map(IRequestFormat format, string body) => format.Locate(Encoding.UTF8.GetBytes(body));

    /// <summary>The blocks' texts, each with its tool's name where there is one.</summary>
    public static string[] Texts(IRequestFormat format, string body) =>
        [.. Map(format, body)!.Blocks.Select(b => (b.ToolName is null ? "" : b.ToolName + ": ") + Text(Encoding.UTF8.GetBytes(body), b))];

    public static string Text(ReadOnlyMemory<byte> body, Block block) =>
        JsonSerializer.Deserialize<string>(body.Span.Slice(block.Start, block.Length))!;

    public static IRequestFormat Format(string name) => name == OpenAI.Name ? OpenAI : Anthropic;
}
