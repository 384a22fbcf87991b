using System.Text.Json;
using Headroom.Engine.Ccr;
using Headroom.Engine.Retrieval;
using Microsoft.Extensions.Logging;
using ModelContextProtocol.Protocol;

namespace Headroom.Mcp.Tools;

/// <summary><c>headroom_retrieve</c>: the tool of <see cref="RetrieveTool"/>, to the byte.</summary>
/// <param name="store">Has the originals.</param>
/// <param name="logger">Told when the store fails.</param>
internal sealed class RetrieveOriginalTool(ICcrStore store, ILogger logger) : StoreTool(RetrieveTool.Name, RetrieveTool.Description, RetrieveTool.Schema)
{
    /// <inheritdoc/>
    protected override async Task<CallToolResult> AnswerAsync(JsonElement arguments, CancellationToken cancellationToken)
    {
        var result = await Retriever.ReplyAsync(store, JsonSerializer.SerializeToUtf8Bytes(arguments), cancellationToken, logger).ConfigureAwait(false);
        return result.Status is RetrievalStatus.Found or RetrievalStatus.NoMatch ? Text(result.ToText()) : Problem(result.ToText());
    }
}
