using System.Globalization;
using System.Text.Json.Nodes;

namespace Headroom.TestData;

/// <summary>Ranked search results: scores that fall with the rank, a few needles (a UUID) and a few failed rows among them.</summary>
public static class SearchResults
{
    private static readonly string[] Prefixes = ["Guide to", "Notes on", "Inside", "Why", "Debugging"];
    private static readonly string[] Topics = ["caching", "authentication", "rate limits", "database indexes", "deployment"];
    private static readonly string[] Suffixes = ["", " basics", " in production", " at scale", " explained"];
    private static readonly string[] Snippets =
    [
        "Set the limit before the first call.",
        "Errors are retried twice with backoff.",
        "Each worker keeps its own connection pool.",
        "Tokens expire after an hour without use.",
        "The index is built once a night.",
    ];

    private static readonly string[] Sources = ["docs", "wiki", "github", "blog"];
    private static readonly string[] FirstNames = ["Alice", "Bob", "Carol", "David", "Emma", "Frank", "Grace", "Henry"];
    private static readonly string[] LastNames = ["Smith", "Jones", "Brown", "Wilson", "Taylor", "Clark", "Lewis", "Young"];
    private static readonly string[] Categories = ["tutorial", "reference", "guide", "api"];
    private static readonly string[] Errors =
    [
        "Connection timeout after 30s",
        "Index shard 7 unavailable",
        "Permission denied for this document",
        "Malformed document: unexpected end of input",
    ];

    /// <summary>
    /// <paramref name="n"/> rows of id, score, title, snippet and source: about 45 o200k_base tokens a row as spaced JSON. With
    /// <paramref name="metadata"/> each row also has a nested object (author, created_at, category) and two sentences, about 80.
    /// </summary>
    public static Workload Generate(int n, int needles = 2, int errors = 1, ulong seed = 42, bool metadata = false)
    {
        var random = new SeededRandom(seed);
        var chosen = random.Distinct(needles + errors, n);
        var planted = new Dictionary<int, PlantedRow>();
        var rows = new JsonArray();
        for (var i = 0; i < n; i++)
        {
            var id = string.Create(CultureInfo.InvariantCulture, $"doc_{i}");
            var falling = Math.Max(0.1, 1 - (0.8 * i / n));
            var score = Math.Clamp(falling + (0.1 * random.NextDouble()) - 0.05, 0, 1);
            var row = new JsonObject
            {
                ["id"] = id,
                ["score"] = Math.Round(score, 4),
                ["title"] = $"{random.Pick(Prefixes)} {random.Pick(Topics)}{random.Pick(Suffixes)}",
                ["snippet"] = metadata ? $"{random.Pick(Snippets)} {random.Pick(Snippets)}" : random.Pick(Snippets),
                ["source"] = random.Pick(Sources),
            };
            if (metadata)
            {
                row["metadata"] = new JsonObject
                {
                    ["author"] = $"{random.Pick(FirstNames)} {random.Pick(LastNames)}",
                    ["created_at"] = Timestamps.Seconds(Timestamps.Base.AddDays(i).AddMinutes(random.Next(24 * 60))),
                    ["category"] = random.Pick(Categories),
                };
            }

            var place = Array.IndexOf(chosen, i);
            if (place >= needles)
            {
                var error = random.Pick(Errors);
                row["error"] = error;
                row["status"] = "failed";
                planted[i] = new PlantedRow(i, "error", id, error);
            }
            else if (place >= 0)
            {
                var uuid = random.Uuid();
                row["uuid"] = uuid;
                row["is_needle"] = true;
                planted[i] = new PlantedRow(i, "needle", id, uuid);
            }

            rows.Add(row);
        }

        return new Workload($"search results {n}", rows, [.. planted.Values.OrderBy(p => p.Index)]);
    }
}
