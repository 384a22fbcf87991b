using System.Text;
using System.Text.Json.Nodes;
using Headroom.Engine.Compression;
using Headroom.Engine.Compression.Json;
using Headroom.Engine.Compression.Json.View;
using Headroom.TestData;

namespace Headroom.Engine.Tests.Json.View;

/// <summary>Plans views of test documents.</summary>
internal static class Views
{
    public const int Balanced = 2000;

    public static JsonTape Tape(string json) => JsonTape.Read(Encoding.UTF8.GetBytes(json), CancellationToken.None)!;

    public static IReadOnlyList<RowSelection>? Plan(string json, int budget = Balanced, string? query = null) =>
        ViewPlanner.Plan(Tape(json), budget, new Relevance(query, []), TestContext.Current.CancellationToken)?.Selections;

    /// <summary>The rows that a view of a document that is one array shows; all of them when none is left out.</summary>
    public static HashSet<int> Shown(JsonArray rows, int budget = Balanced, string? query = null)
    {
        var plan = Plan(JsonLayouts.Write(rows, JsonLayout.Compact), budget, query);
        return plan is null ? [.. Enumerable.Range(0, rows.Count)] : [.. Assert.Single(plan).Rows];
    }

    /// <summary>The profile of a document that is one array and of which something is left out.</summary>
    public static string[] Profile(JsonArray rows, int budget = Balanced) =>
        Assert.Single(Plan(JsonLayouts.Write(rows, JsonLayout.Compact), budget)!).Profile;

    /// <summary>An array of <paramref name="count"/> objects.</summary>
    public static JsonArray Rows(int count, Func<int, JsonObject> row) => [.. Enumerable.Range(0, count).Select(row)];
}
