using System.Text.Json;
using Headroom.Engine.Ccr;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;

namespace Headroom.Mcp.Tools;

/// <summary>
/// A tool as models see it: name, description and schema of its arguments, and nothing more, because every conversation of every client
/// pays for each word. What goes wrong in a call is told to the model as text, so that it can mend the call; only a cancellation is thrown.
/// </summary>
internal abstract class StoreTool : McpServerTool
{
    private static readonly JsonElement NoArguments = JsonElement.Parse("{}");

    protected StoreTool(string name, string description, string schema) =>
        ProtocolTool = new Tool { Name = name, Description = description, InputSchema = JsonElement.Parse(schema) };

    /// <inheritdoc/>
    public override Tool ProtocolTool { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<object> Metadata => [];

    /// <inheritdoc/>
    public override async ValueTask<CallToolResult> InvokeAsync(
        RequestContext<CallToolRequestParams> request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        var arguments = request.Params?.Arguments is { } given ? JsonSerializer.SerializeToElement(given, ArgumentsJson.Default.IDictionaryStringJsonElement) : NoArguments;
        try
        {
            // Whoever reads the client's messages must stay free for the one that cancels this call.
            return await Task.Run(() => AnswerAsync(arguments, cancellationToken), cancellationToken).ConfigureAwait(false);
        }
        catch (CcrStoreException failure)
        {
            return Problem(failure.Message);
        }
    }

    /// <summary>Answers one call.</summary>
    /// <param name="arguments">An object, whose members are as the model wrote them.</param>
    /// <param name="cancellationToken">The client has given up.</param>
    protected abstract Task<CallToolResult> AnswerAsync(JsonElement arguments, CancellationToken cancellationToken);

    /// <summary>What the model reads.</summary>
    protected static CallToolResult Text(string text) => new() { Content = [new TextContentBlock { Text = text }] };

    /// <summary>What the model reads of a call that could not be answered.</summary>
    protected static CallToolResult Problem(string text) => new() { Content = [new TextContentBlock { Text = text }], IsError = true };
}
