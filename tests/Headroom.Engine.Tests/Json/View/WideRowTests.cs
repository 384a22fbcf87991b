using System.Globalization;
using System.Text;
using Headroom.Engine.Compression;
using Headroom.TestData;

namespace Headroom.Engine.Tests.Json.View;

/// <summary>Rows that take the budget by their keys or items alone: what stands out stays, and what is cut says so.</summary>
public sealed class WideRowTests
{
    private static readonly SeededRandom Random = new(7);

    [Fact]
    public void The_same_keys_of_every_row_are_shown_with_what_names_it_and_what_failed()
    {
        var rows = Rows(40, row => $"{{\"name\":\"host-{row}-{Random.NextUInt64() % 1_000}\",{Keys(900, key => row == 17 && key == 500 ? "\"ERROR: disk is full\"" : $"\"{(char)('a' + (Random.NextUInt64() % 3))}\"")}}}");
        var view = View(rows, 300);
        Assert.Contains("host-17-", view, StringComparison.Ordinal);
        Assert.Contains("ERROR: disk is full", view, StringComparison.Ordinal);
        Assert.Contains("key500", view, StringComparison.Ordinal);
        Assert.Matches("(?m)^keys not shown: key0?[0-9]+, .* and [0-9]+ more$", view);
        Assert.Matches("[0-9]+ of 901 keys not shown; ", view);
    }

    [Fact]
    public void An_asked_for_row_is_whole_and_the_others_are_said_not_to_be()
    {
        var rows = Rows(40, row => $"{{\"id\":{row},{Keys(300, key => row == 9 && key == 250 ? "\"the needle\"" : $"{Random.NextUInt64() % 5}")}}}");
        var view = View(rows, 300, "needle");
        Assert.Contains("the needle", view, StringComparison.Ordinal);
        Assert.Contains("keys not shown but in rows asked for: ", view, StringComparison.Ordinal);
        Assert.Contains("key299", view, StringComparison.Ordinal);
    }

    [Fact]
    public void A_value_asked_for_in_columns_side_by_side_is_shown()
    {
        var columns = $"{{{Keys(600, key => $"[{string.Join(',', Enumerable.Range(0, 60).Select(row => key == 333 && row == 44 ? "\"the needle\"" : $"{Random.NextUInt64() % 90}"))}]")}}}";
        Assert.Contains("the needle", View(columns, 300, "needle"), StringComparison.Ordinal);
    }

    [Fact]
    public void Items_of_a_cut_array_keep_their_numbers()
    {
        var rows = Rows(40, row => $"[{row},{string.Join(',', Enumerable.Range(0, 600).Select(i => 20 + (i % 7)))},{7_000 + row}]");
        var view = View(rows, 5_000);
        Assert.Matches(@"\[[0-9]+ of 602\]\(0:0,", view);
        Assert.Contains("601:70", view, StringComparison.Ordinal);
    }

    private static string Rows(int count, Func<int, string> row) => $"[{string.Join(',', Enumerable.Range(0, count).Select(row))}]";

    private static string Keys(int count, Func<int, string> value) =>
        string.Join(',', Enumerable.Range(0, count).Select(key => string.Create(CultureInfo.InvariantCulture, $"\"key{key}\":{value(key)}")));

    private static string View(string json, int budget, string? query = null)
    {
        var result = ContentRouter.Compress(
            Encoding.UTF8.GetBytes(json), new CompressionOptions { Budget = budget, Query = query, Marker = missing => $"[{missing}; hash=x]" }, TestContext.Current.CancellationToken);
        Assert.Equal(Rung.View, result.Rung);
        Assert.InRange(result.TokensAfter, 1, query is null ? budget * 1.4 : result.TokensBefore * 0.3);
        return Encoding.UTF8.GetString(result.Output.Span);
    }
}
