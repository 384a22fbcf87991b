using System.Globalization;
using System.Text.Json.Nodes;
using Headroom.TestData;

namespace Headroom.Engine.Tests.Json.View;

/// <summary>Rows are left out only where a profile can stand for them or something says which matter.</summary>
public sealed class RedundancyTests
{
    private static readonly string[] First = ["Alva", "Bram", "Chloe", "Dina", "Edvin", "Farah", "Goran", "Hedda", "Ivo", "Jana", "Kofi", "Lior"];
    private static readonly string[] Family = ["Abara", "Berg", "Castro", "Dubois", "Eriksen", "Fischer", "Garcia", "Haddad", "Ito", "Jensen"];

    public static JsonArray People(int count)
    {
        var random = new SeededRandom(5);
        return Views.Rows(count, i =>
        {
            var (first, family) = (random.Pick(First), random.Pick(Family));
            return new JsonObject
            {
                ["id"] = i + 1,
                ["name"] = $"{first} {family}",
                ["email"] = Invariant($"{first}.{family}.{random.Hex(3)}@example.com").ToLowerInvariant(),
                ["badge"] = Invariant($"P-{i}"),
                ["department"] = random.Pick(["Sales", "Legal", "Research"]),
                ["salary"] = random.Next(40_000, 120_000),
                ["active"] = random.Chance(0.8),
            };
        });
    }

    [Theory]
    [InlineData(60)]
    [InlineData(1000)]
    public void People_stay_whole(int count) => Assert.Null(Views.Plan(JsonLayouts.Write(People(count), JsonLayout.Compact), 500));

    [Fact]
    public void One_outlier_does_not_license_leaving_people_out()
    {
        var rows = People(100);
        rows[40]!["salary"] = 9_999_999;
        Assert.Null(Views.Plan(JsonLayouts.Write(rows, JsonLayout.Compact), 500));
    }

    [Fact]
    public void Free_text_stays_whole()
    {
        var random = new SeededRandom(6);
        var rows = Views.Rows(80, i => new JsonObject
        {
            ["rating"] = random.Next(1, 6),
            ["review"] = string.Join(' ', Enumerable.Range(0, 20).Select(_ => random.Hex(6).Replace('0', 'g').Replace('1', 'h').Replace('2', 'i').Replace('3', 'j')
                .Replace('4', 'k').Replace('5', 'l').Replace('6', 'm').Replace('7', 'n').Replace('8', 'o').Replace('9', 'p'))),
        });
        Assert.Null(Views.Plan(JsonLayouts.Write(rows, JsonLayout.Compact), 500));
    }

    [Fact]
    public void Rows_of_nothing_but_identifiers_stay_whole()
    {
        var random = new SeededRandom(7);
        Assert.Null(Views.Plan(JsonLayouts.Write(Views.Rows(200, _ => new JsonObject { ["id"] = random.Uuid(), ["owner"] = random.Uuid() }), JsonLayout.Compact), 500));
        Assert.Null(Views.Plan(JsonLayouts.Write(DatabaseRows.Generate(200, DatabaseTable.Users).Rows, JsonLayout.Compact), 500));
    }

    [Fact]
    public void Distinct_texts_in_nested_objects_count_as_well()
    {
        var rows = Views.Rows(100, i => new JsonObject { ["kind"] = "item", ["attributes"] = People(100)[i]!.DeepClone() });
        Assert.Null(Views.Plan(JsonLayouts.Write(rows, JsonLayout.Compact), 500));
    }

    [Fact]
    public void A_series_in_time_may_be_cut()
    {
        var random = new SeededRandom(8);
        var rows = Views.Rows(365, i => new JsonObject
        {
            ["date"] = new DateOnly(2025, 1, 1).AddDays(i).ToString("O", CultureInfo.InvariantCulture),
            ["views"] = random.Next(2000, 9000),
            ["revenue"] = Math.Round(random.NextDouble() * 9000, 2),
        });
        Assert.NotNull(Views.Plan(JsonLayouts.Write(rows, JsonLayout.Compact), 500));
    }

    [Fact]
    public void Errors_or_a_rare_key_license_leaving_people_out()
    {
        var rows = People(100);
        rows[40]!["sync"] = "failed";
        Assert.Contains(40, Views.Shown(rows, 500));
        Assert.True(Views.Shown(rows, 500).Count < 60);
    }

    [Fact]
    public void Events_with_levels_may_be_cut_and_rankings_too()
    {
        Assert.NotNull(Views.Plan(LogEntries.Generate(200, 0, 0).Json(JsonLayout.Compact), 500));
        Assert.NotNull(Views.Plan(SearchResults.Generate(200, 0, 0).Json(JsonLayout.Compact), 500));
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
