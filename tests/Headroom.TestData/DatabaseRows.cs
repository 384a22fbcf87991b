using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Headroom.TestData;

/// <summary>Which table <see cref="DatabaseRows"/> come from.</summary>
public enum DatabaseTable
{
    /// <summary>Accounts: id, username, email, created_at, status, login_count, is_verified (true, false or null).</summary>
    Users,

    /// <summary>Measurements: id, metric_name, value (about 100 ± 15), timestamp, host, region; anomalies planted.</summary>
    Metrics,

    /// <summary>Bookings: id, user_id, amount, currency, status, created_at, reference.</summary>
    Transactions,

    /// <summary>A random one of the three for each row.</summary>
    Mixed,
}

/// <summary>Rows of a database query.</summary>
public static class DatabaseRows
{
    private static readonly string[] AccountStates = ["active", "inactive", "suspended"];
    private static readonly string[] MetricNames = ["cpu_usage", "memory_usage", "request_latency", "error_rate"];
    private static readonly string[] Regions = ["us-east-1", "eu-west-1", "ap-south-1"];
    private static readonly string[] Currencies = ["USD", "EUR", "GBP"];
    private static readonly string[] BookingStates = ["completed", "pending", "failed"];

    /// <summary>
    /// <paramref name="n"/> rows. With more than 20, the rows nearest to n/4, n/2 and 3n/4 that have a value get one about 60 off and
    /// <c>is_anomaly: true</c>; these are planted.
    /// </summary>
    public static Workload Generate(int n, DatabaseTable table, ulong seed = 42)
    {
        var random = new SeededRandom(seed);
        var rows = new JsonArray();
        for (var i = 0; i < n; i++)
        {
            rows.Add((table is DatabaseTable.Mixed ? (DatabaseTable)random.Next(3) : table) switch
            {
                DatabaseTable.Users => User(random, i),
                DatabaseTable.Metrics => Metric(random, i),
                _ => Transaction(random, i),
            });
        }

        var planted = ImmutableArray.CreateBuilder<PlantedRow>();
        for (var quarter = 1; n > 20 && quarter <= 3; quarter++)
        {
            var index = n * quarter / 4;
            while (index < n && !((JsonObject)rows[index]!).ContainsKey("value"))
            {
                index++;
            }

            if (index < n && rows[index] is JsonObject row && !row.ContainsKey("is_anomaly"))
            {
                var value = Math.Round(random.Chance(0.5) ? 160 + random.NextDouble() : 40 - random.NextDouble(), 2);
                row["value"] = value;
                row["is_anomaly"] = true;
                planted.Add(new PlantedRow(index, "anomaly", row["id"]!.ToJsonString(), value.ToString(CultureInfo.InvariantCulture)));
            }
        }

        return new Workload($"database {table} {n}".ToLowerInvariant(), rows, planted.ToImmutable());
    }

    private static JsonObject User(SeededRandom random, int i)
    {
        var verified = random.Next(3);
        return new JsonObject
        {
            ["id"] = i + 1,
            ["username"] = string.Create(CultureInfo.InvariantCulture, $"user_{i}"),
            ["email"] = string.Create(CultureInfo.InvariantCulture, $"user_{i}@example.com"),
            ["created_at"] = Timestamps.Seconds(Timestamps.Base.AddHours(-random.Next(20_000))),
            ["status"] = random.Pick(AccountStates),
            ["login_count"] = random.Next(1001),
            ["is_verified"] = verified == 2 ? null : JsonValue.Create(verified == 1),
        };
    }

    private static JsonObject Metric(SeededRandom random, int i) => new()
    {
        ["id"] = i + 1,
        ["metric_name"] = random.Pick(MetricNames),
        ["value"] = Math.Round(random.NextGaussian(100, 15), 2),
        ["timestamp"] = 1_735_732_800 + (i * 100),
        ["host"] = string.Create(CultureInfo.InvariantCulture, $"server-{random.Next(1, 21):00}"),
        ["region"] = random.Pick(Regions),
    };

    private static JsonObject Transaction(SeededRandom random, int i) => new()
    {
        ["id"] = i + 1,
        ["user_id"] = random.Next(1, 1001),
        ["amount"] = Math.Round((random.NextDouble() * 2000) - 1000, 2),
        ["currency"] = random.Pick(Currencies),
        ["status"] = random.Pick(BookingStates),
        ["created_at"] = Timestamps.Seconds(Timestamps.Base.AddSeconds(-random.Next(5_000_000))),
        ["reference"] = $"TXN-{random.Hex(8).ToUpperInvariant()}",
    };
}
