using System.Text.Json;
using Headroom.Engine.Ccr;
using Headroom.Engine.Retrieval;
using ModelContextProtocol.Protocol;

namespace Headroom.Mcp.Tools;

/// <summary><c>headroom_retrieve</c>: the tool of <see cref="RetrieveTool"/>, to the byte.</summary>
/// <param name="store">Has the originals.</param>
internal sealed class RetrieveOriginalTool(ICcrStore store) : StoreTool(RetrieveTool.Name, RetrieveTool.Description, RetrieveTool.Schema)
{
    /// <inheritdoc/>
    protected override async Task<CallToolResult> AnswerAsync(JsonElement arguments, CancellationToken cancellationToken)
    {
        var result = await Retriever.ReplyAsync(store, JsonSerializer.SerializeToUtf8Bytes(arguments), cancellationToken).ConfigureAwait(false);
        return result.Status is RetrievalStatus.Found or RetrievalStatus.NoMatch ? Text(result.ToText()) : Problem(result.ToText());
    }
}
