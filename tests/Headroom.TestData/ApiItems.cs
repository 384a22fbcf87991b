using System.Globalization;
using System.Text.Json.Nodes;

namespace Headroom.TestData;

/// <summary>Items of a JSON:API-like response: five types with attributes of their own, links, dates, some with relationships.</summary>
public static class ApiItems
{
    private static readonly string[] Types = ["user", "product", "order", "event", "metric"];
    private static readonly string[] Cities = ["Berlin", "Lyon", "Osaka", "Toronto"];
    private static readonly string[] Products = ["Desk lamp", "Office chair", "Keyboard", "Monitor arm", "Notebook"];
    private static readonly string[] States = ["pending", "paid", "shipped", "delivered"];
    private static readonly string[] Events = ["page_view", "sign_up", "checkout", "log_out"];

    /// <summary><paramref name="n"/> items with ids 1 to n; every one is different and none is planted.</summary>
    public static Workload Generate(int n, ulong seed = 42)
    {
        var random = new SeededRandom(seed);
        var rows = new JsonArray();
        for (var id = 1; id <= n; id++)
        {
            var type = random.Pick(Types);
            var created = Timestamps.Base.AddMinutes(random.Next(200_000));
            var row = new JsonObject
            {
                ["id"] = id,
                ["type"] = type,
                ["attributes"] = Attributes(random, type, id),
                ["links"] = new JsonObject { ["self"] = string.Create(CultureInfo.InvariantCulture, $"https://api.example.com/v1/{type}s/{id}") },
                ["meta"] = new JsonObject
                {
                    ["created"] = Timestamps.Seconds(created),
                    ["updated"] = Timestamps.Seconds(created.AddMinutes(random.Next(1, 50_000))),
                },
            };
            if (random.Chance(0.3))
            {
                row["relationships"] = new JsonObject { ["owner"] = new JsonObject { ["id"] = random.Next(1, n + 1), ["type"] = "user" } };
            }

            rows.Add(row);
        }

        return new Workload($"API items {n}", rows, []);
    }

    private static JsonObject Attributes(SeededRandom random, string type, int id) => type switch
    {
        "user" => new JsonObject
        {
            ["name"] = string.Create(CultureInfo.InvariantCulture, $"User {id}"),
            ["email"] = string.Create(CultureInfo.InvariantCulture, $"user{id}@example.com"),
            ["city"] = random.Pick(Cities),
            ["active"] = random.Chance(0.8),
        },
        "product" => new JsonObject
        {
            ["name"] = random.Pick(Products),
            ["sku"] = $"SKU-{random.Hex(6).ToUpperInvariant()}",
            ["price"] = Math.Round(5 + (random.NextDouble() * 495), 2),
            ["stock"] = random.Next(0, 400),
        },
        "order" => new JsonObject
        {
            ["number"] = string.Create(CultureInfo.InvariantCulture, $"ORD-{100_000 + id}"),
            ["total"] = Math.Round(10 + (random.NextDouble() * 990), 2),
            ["state"] = random.Pick(States),
            ["items"] = random.Next(1, 9),
        },
        "event" => new JsonObject
        {
            ["name"] = random.Pick(Events),
            ["session"] = random.Uuid(),
            ["duration_ms"] = random.Next(1, 90_000),
        },
        _ => new JsonObject
        {
            ["name"] = "cpu_load",
            ["value"] = Math.Round(random.NextDouble() * 100, 3),
            ["unit"] = "percent",
        },
    };
}
