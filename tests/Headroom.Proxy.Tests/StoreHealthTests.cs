using System.Net;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Headroom.Engine.Ccr;
using Microsoft.Data.Sqlite;

namespace Headroom.Proxy.Tests;

/// <summary>What <c>/readyz</c> and <c>/health</c> tell of a store that is full, locked or away, to the byte: scripts read it.</summary>
public sealed class StoreHealthTests
{
    private const string Full = "Nothing new can be kept, so new content goes on uncompressed. Make room, or remove what is kept: headroom cache clear, Clear-HeadroomCache.";
    private const string Locked = "Another process holds the store's lock, so new content goes on uncompressed. End that process or wait for it.";
    private const string Away = "The store cannot be used, so content goes on uncompressed. 'headroom cache' with the same --store and --data-dir says why.";

    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly DateTimeOffset Since = new(2026, 3, 4, 5, 6, 7, TimeSpan.Zero);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(CcrFailureKind.Full, "full", Full)]
    [InlineData(CcrFailureKind.Locked, "locked", Locked)]
    [InlineData(CcrFailureKind.Unavailable, "unavailable", Away)]
    public async Task A_store_in_trouble_is_told_with_its_state_since_when_and_what_to_do(CcrFailureKind kind, string state, string advice)
    {
        var store = new FailingStore();
        await using var proxy = await TestProxy.StartAsync(store: store);
        store.Failure = new CcrStoreException("The store /home/somebody/secret/ccr.db has a canary.") { Kind = kind, Since = Since };
        var trouble = $$"""state":"{{state}}","since":"2026-03-04T05:06:07+00:00","advice":"{{advice}}"}""";

        var (status, ready) = await AskAsync(proxy, "/readyz");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Equal(
            """{"service":"headroom-proxy","status":"unhealthy","ready":false,"checks":{"store":{"ready":false,"status":"unhealthy",""" + "\"" + trouble + "}}", Text(ready));

        (status, var health) = await AskAsync(proxy, "/health");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("degraded", health["status"]!.GetValue<string>());
        Assert.Equal("{\"status\":\"unhealthy\",\"" + trouble, Text(health["store"]!));
        Assert.DoesNotContain("canary", Text(ready) + Text(health), StringComparison.Ordinal);

        // As soon as it works, nothing of it is left.
        store.Failure = null;
        (status, ready) = await AskAsync(proxy, "/readyz");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("""{"service":"headroom-proxy","status":"healthy","ready":true,"checks":{"store":{"ready":true,"status":"healthy"}}}""", Text(ready));
        (_, health) = await AskAsync(proxy, "/health");
        Assert.Equal("healthy", health["status"]!.GetValue<string>());
        Assert.Equal("""{"status":"healthy"}""", Text(health["store"]!));
    }

    [Fact]
    public async Task What_a_store_does_not_know_is_told_since_it_was_first_seen_and_anew_when_the_state_is_another()
    {
        var (store, time) = (new FailingStore(), new WallClock());
        await using var proxy = await TestProxy.StartAsync(store: store, time: time);
        store.IsBroken = true;
        var first = await SinceAsync();
        time.Ahead = TimeSpan.FromHours(1);
        Assert.Equal(first, await SinceAsync());
        store.Failure = new CcrStoreException("full") { Kind = CcrFailureKind.Full };
        Assert.True(await SinceAsync() >= first.AddHours(1));

        async Task<DateTimeOffset> SinceAsync() => (await AskAsync(proxy, "/readyz")).Json["checks"]!["store"]!["since"]!.GetValue<DateTimeOffset>();
    }

    [Fact]
    public async Task A_real_file_that_another_process_locks_is_told_as_locked_and_what_was_decided_is_replayed()
    {
        var directory = Directory.CreateTempSubdirectory("headroom-test-").FullName;
        try
        {
            await using var store = new SqliteCcrStore(directory) { BusyTimeout = TimeSpan.FromMilliseconds(20) };
            await using (var proxy = await TestProxy.StartAsync(store: store))
            {
                using var before = await proxy.PostAsync("/v1/chat/completions", TestBodies.OpenAI(TestBodies.Rows()));
                using (var holder = new SqliteConnection($"Data Source={Path.Combine(directory, SqliteCcrStore.FileName)};Pooling=False"))
                {
                    holder.Open();
                    using var command = holder.CreateCommand();
                    command.CommandText = "BEGIN IMMEDIATE";
                    command.ExecuteNonQuery();
                    for (var i = 0; i < 4; i++)
                    {
                        var (status, ready) = await AskAsync(proxy, "/readyz");
                        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
                        Assert.Equal("locked", ready["checks"]!["store"]!["state"]!.GetValue<string>());
                    }

                    using var during = await proxy.PostAsync("/v1/chat/completions", TestBodies.OpenAI(TestBodies.Rows()));
                    Assert.Equal("compressed", during.Headers.GetValues("x-headroom-reason").Single());
                    Assert.Equal(proxy.Upstream.Requests.First().Body, proxy.Upstream.Requests.Last().Body);
                }
            }
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static string Text(JsonNode json) => json.ToJsonString(Plain);

    // Without what is another in each answer.
    private static async Task<(HttpStatusCode Status, JsonObject Json)> AskAsync(TestProxy proxy, string path)
    {
        using var response = await proxy.SendAsync("GET", path);
        var json = JsonNode.Parse(await response.Content.ReadAsStringAsync(Token))!.AsObject();
        foreach (var name in (string[])["version", "timestamp", "uptime_seconds"])
        {
            Assert.True(json.Remove(name));
        }

        return (response.StatusCode, json);
    }

    private sealed class WallClock : TimeProvider
    {
        public TimeSpan Ahead { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Ahead;
    }
}
