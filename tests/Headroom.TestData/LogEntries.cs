using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Headroom.TestData;

/// <summary>Structured log entries of one service on ten workers, shuffled; errors and critical ones carry an exception.</summary>
public static class LogEntries
{
    private static readonly string[] Normal =
    [
        "Request completed for {user} in {ms}ms",
        "Cache hit for key {key}",
        "Cache miss for key {key}",
        "User {user} logged in",
        "Scheduled job {job} finished in {ms}ms",
        "Processed {count} records",
        "Health check passed for {service}",
        "Connection to {service} established",
    ];

    private static readonly string[] Failing =
    [
        "Request to {service} failed with status {status}",
        "Timeout after {ms}ms waiting for {service}",
        "Retry {count} for job {job}",
        "Could not read key {key}",
        "Validation failed for {user}",
    ];

    private static readonly string[] Critical =
    [
        "Out of memory in job {job}",
        "Database {service} is unreachable",
        "Disk full: {count} writes lost",
        "Data corruption found under key {key}",
    ];

    private static readonly string[] Loggers = ["api.handler", "db.pool", "cache.client", "worker.scheduler"];
    private static readonly string[] Services = ["billing", "inventory", "search", "sessions"];
    private static readonly string[] Jobs = ["reindex", "export", "cleanup", "sync"];
    private static readonly string[] Exceptions = ["ConnectionError", "TimeoutError", "ValueError", "MemoryError"];

    /// <summary><paramref name="n"/> entries, half a second apart before they are shuffled. Planted: the ERROR and CRITICAL ones.</summary>
    public static Workload Generate(int n, int errors = 5, int critical = 1, ulong seed = 42)
    {
        var random = new SeededRandom(seed);
        var entries = new List<(JsonObject Row, string Level)>(n);
        for (var i = 0; i < n; i++)
        {
            var share = random.NextDouble();
            var level = i < critical ? "CRITICAL" : i < critical + errors ? "ERROR" : share < 0.1 ? "WARNING" : share < 0.2 ? "DEBUG" : "INFO";
            var templates = level switch
            {
                "CRITICAL" => Critical,
                "ERROR" or "WARNING" => Failing,
                _ => Normal,
            };
            var message = Fill(random, random.Pick(templates));
            var row = new JsonObject
            {
                ["timestamp"] = Timestamps.Milliseconds(Timestamps.Base.AddMilliseconds(500.0 * i)),
                ["level"] = level,
                ["message"] = message,
                ["logger"] = random.Pick(Loggers),
                ["service"] = "order-service",
                ["hostname"] = string.Create(CultureInfo.InvariantCulture, $"worker-{random.Next(1, 11):00}"),
                ["trace_id"] = $"trace_{random.Hex(16)}",
            };
            if (level is "ERROR" or "CRITICAL")
            {
                row["exception"] = new JsonObject
                {
                    ["type"] = random.Pick(Exceptions),
                    ["message"] = message,
                    ["stacktrace"] = string.Join('\n', Enumerable.Range(0, random.Next(3, 7)).Select(_ => string.Create(
                        CultureInfo.InvariantCulture,
                        $"  File \"/app/{random.Pick(Services)}/{random.Pick(Jobs)}.py\", line {random.Next(10, 900)}, in {random.Pick(Jobs)}_{random.Pick(Services)}"))),
                };
            }

            entries.Add((row, level));
        }

        random.Shuffle(entries);
        var planted = ImmutableArray.CreateBuilder<PlantedRow>();
        foreach (var (index, (row, level)) in entries.Index())
        {
            if (level is "ERROR" or "CRITICAL")
            {
                planted.Add(new PlantedRow(index, level is "ERROR" ? "error" : "critical", row["trace_id"]!.GetValue<string>(), row["message"]!.GetValue<string>()));
            }
        }

        return new Workload($"log entries {n}", [.. entries.Select(e => e.Row)], planted.ToImmutable());
    }

    private static string Fill(SeededRandom random, string template) => template
        .Replace("{user}", string.Create(CultureInfo.InvariantCulture, $"user_{random.Next(1000, 9999)}"), StringComparison.Ordinal)
        .Replace("{ms}", random.Next(1, 5000).ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
        .Replace("{key}", $"session:{random.Hex(8)}", StringComparison.Ordinal)
        .Replace("{service}", random.Pick(Services), StringComparison.Ordinal)
        .Replace("{status}", random.Pick<string>(["500", "502", "503", "504"]), StringComparison.Ordinal)
        .Replace("{job}", random.Pick(Jobs), StringComparison.Ordinal)
        .Replace("{count}", random.Next(1, 500).ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
}
