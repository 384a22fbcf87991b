using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Headroom.Engine.Ccr;
using Headroom.Engine.Compression;
using Headroom.Engine.Tokens;
using ModelContextProtocol.Protocol;

namespace Headroom.Mcp.Tools;

/// <summary>
/// <c>headroom_compress</c>: a text in, a shorter form of it out; where parts are left out the form ends with a marker for the retrieve
/// tool, which every reader of this server has. The original of whatever is changed is stored first. Its hash and the counts are in the
/// result's <c>_meta</c>, which programs can read and no model pays for.
/// </summary>
/// <param name="store">Keeps the originals.</param>
/// <param name="totals">Counts what was saved.</param>
internal sealed class CompressTool(ICcrStore store, CompressionTotals totals) : StoreTool(Marker.CompressToolName, Description, Schema)
{
    /// <summary>The longest content that is taken, in bytes of UTF-8.</summary>
    public const int MaxBytes = 50 << 20;

    // As long as the proxy's own route for compression takes.
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    /// <summary>Who counts: the model behind a client is not known here, so the counter of the most widely used encoding does.</summary>
    internal static readonly ITokenCounter Counter = TokenCounters.O200kBase;

    private const string Description = "Shortens long tool output (JSON, tables, logs, builds, diffs, ...). What a view leaves out can be retrieved.";

    private const string Schema =
        """{"type":"object","properties":{"content":{"type":"string"},"query":{"type":"string","description":"words whose matches to keep"},"budget":{"type":"integer","description":"most tokens of a view"},"level":{"enum":["lossless","balanced","aggressive"]}},"required":["content"]}""";

    /// <inheritdoc/>
    protected override async Task<CallToolResult> AnswerAsync(JsonElement arguments, CancellationToken cancellationToken)
    {
        // 1. Read the arguments.
        if (Read(arguments, out var original, out var problem) is not { } options)
        {
            return Problem(problem);
        }

        // 2. Compress; the exact count has the last word on what is smaller.
        CompressionResult result;
        try
        {
            result = await CompressionWorkers.Shared.RunAsync(
                token => ContentRouter
                    .Compress(original, options with { Marker = missing => Marker.Write(missing, store.HashOf(original.Span)) }, token)
                    .CountedBy(original, Counter),
                original.Length,
                Deadline,
                TimeProvider.System,
                cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // Like everything that finds no shorter form: the text as it is.
            return Text(Encoding.UTF8.GetString(original.Span));
        }

        var (before, after) = (result.TokensBefore, result.TokensAfter);
        if (result.Rung == Rung.Original)
        {
            totals.Add(before, before);
            return Text(Encoding.UTF8.GetString(original.Span));
        }

        // 3. Nothing that replaces an original leaves before the original is safe.
        var hash = await store.PutAsync(original, cancellationToken).ConfigureAwait(false);
        totals.Add(before, after);
        var answer = Text(Encoding.UTF8.GetString(result.Output.Span));
        answer.Meta = new JsonObject
        {
            ["headroom/hash"] = hash,
            ["headroom/strategy"] = result.Strategy,
            ["headroom/tokensBefore"] = before,
            ["headroom/tokensAfter"] = after,
        };
        return answer;
    }

    private static CompressionOptions? Read(JsonElement arguments, out ReadOnlyMemory<byte> content, out string problem)
    {
        content = default;
        problem = "";
        var options = new CompressionOptions();
        foreach (var argument in arguments.EnumerateObject())
        {
            switch (argument.Name)
            {
                case "content" when TextOf(argument.Value) is { } text:
                    var length = Encoding.UTF8.GetByteCount(text);
                    if (length > MaxBytes)
                    {
                        problem = string.Create(CultureInfo.InvariantCulture, $"content has {length:#,0} bytes; the most is {MaxBytes:#,0}.");
                        return null;
                    }

                    content = Encoding.UTF8.GetBytes(text);
                    break;
                case "content":
                    problem = "content is not a text.";
                    return null;
                case "query" when TextOf(argument.Value) is { } query:
                    options = options with { Query = query };
                    break;
                case "budget" when argument.Value.ValueKind == JsonValueKind.Number && argument.Value.TryGetInt32(out var budget) && budget > 0:
                    options = options with { Budget = budget };
                    break;
                case "level" when TextOf(argument.Value) is { } name && LevelOf(name) is { } level:
                    options = options with { Level = level };
                    break;
                case "query" or "budget" or "level" when argument.Value.ValueKind != JsonValueKind.Null:
                    problem = argument.Name switch
                    {
                        "query" => "query is not a text.",
                        "budget" => "budget is not a positive whole number.",
                        _ => "level is none of lossless, balanced, aggressive.",
                    };
                    return null;
            }
        }

        if (!arguments.TryGetProperty("content", out _))
        {
            problem = "content is missing.";
            return null;
        }

        return options;
    }

    private static CompressionLevel? LevelOf(string name)
    {
        foreach (var level in Enum.GetValues<CompressionLevel>())
        {
            if (string.Equals(level.ToString(), name, StringComparison.OrdinalIgnoreCase))
            {
                return level;
            }
        }

        return null;
    }

    /// <summary>The text of a JSON string; null for any other value, and for one with half a surrogate pair, which is no text.</summary>
    private static string? TextOf(JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.String)
        {
            return null;
        }

        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }
}
