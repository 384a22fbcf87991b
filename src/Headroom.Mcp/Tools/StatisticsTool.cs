using System.Text.Json;
using Headroom.Engine.Ccr;
using ModelContextProtocol.Protocol;

namespace Headroom.Mcp.Tools;

/// <summary><c>headroom_stats</c>: what the store holds and what was saved.</summary>
/// <param name="store">The store.</param>
/// <param name="totals">What this server compressed.</param>
/// <param name="proxy">One line on what a proxy has saved; null where there is no proxy.</param>
internal sealed class StatisticsTool(ICcrStore store, CompressionTotals totals, Func<CancellationToken, Task<string>>? proxy)
    : StoreTool(Marker.StatsToolName, "What is stored and what was saved.", """{"type":"object"}""")
{
    /// <inheritdoc/>
    protected override async Task<CallToolResult> AnswerAsync(JsonElement arguments, CancellationToken cancellationToken)
    {
        var held = await store.StatisticsAsync(cancellationToken).ConfigureAwait(false);
        var (calls, before, after) = totals.Sums;
        var share = before == 0 ? 0 : 100.0 * (before - after) / before;
        List<string> lines =
        [
            Line($"stored: {held.Originals:#,0} originals, {held.OriginalBytes:#,0} bytes; {held.Expired:#,0} expired"),
            Line($"compressed here: {calls:#,0} contents, {before - after:#,0} of {before:#,0} tokens saved ({share:0.0} %, {CompressTool.Counter.Name})"),
        ];
        if (proxy is not null)
        {
            lines.Add("proxy: " + await proxy(cancellationToken).ConfigureAwait(false));
        }

        return Text(string.Join('\n', lines));
    }

    private static string Line(FormattableString text) => FormattableString.Invariant(text);
}
