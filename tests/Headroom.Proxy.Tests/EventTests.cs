using System.Text;
using Headroom.Engine.Tests.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Headroom.Proxy.Tests;

/// <summary>What lets the original pass is told, once, without what was in it.</summary>
public sealed class EventTests
{
    private const string Canary = "canary-7f3a";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_store_that_is_away_is_told_once_however_many_requests_meet_it()
    {
        var (store, events) = (new FailingStore(), new RecordedEvents());
        await using (var proxy = await TestProxy.StartAsync(o => o with { Loggers = events }, store))
        {
            store.IsBroken = true;
            for (var i = 0; i < 3; i++)
            {
                var body = TestBodies.Anthropic($"{TestBodies.Rows()} {Canary}{i}");
                using var response = await proxy.PostAsync("/v1/messages", body, ("x-api-key", Canary));
                Assert.Equal(Encoding.UTF8.GetBytes(body), proxy.Upstream.Requests.Last().Body);
            }

            Assert.Single(events.All, e => e.Id == 1002);
        }

        // What was counted since is told when the proxy stops.
        var failed = events.All.Where(e => e.Id == 1002).ToArray();
        Assert.Equal(2, failed.Length);
        Assert.All(failed, e => Assert.Equal(LogLevel.Warning, e.Level));
        Assert.Contains("InvalidOperationException", failed[0].Message, StringComparison.Ordinal);
        Assert.Contains("(1 blocks)", failed[0].Message, StringComparison.Ordinal);
        Assert.EndsWith("(2 more within 60 s)", failed[1].Message, StringComparison.Ordinal);
        Assert.Contains(events.All, e => e.Id == 2001 && e.Level == LogLevel.Debug);
        Assert.DoesNotContain(events.All, e => (e.Message + e.Values).Contains(Canary, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_store_that_does_not_answer_a_probe_is_told()
    {
        var (store, events) = (new FailingStore(), new RecordedEvents());
        await using var proxy = await TestProxy.StartAsync(o => o with { Loggers = events }, store);
        store.IsBroken = true;
        using var response = await proxy.SendAsync("GET", "/readyz");
        Assert.Equal(503, (int)response.StatusCode);
        Assert.Single(events.All, e => e.Id == 2901);
        using var retrieved = await proxy.SendAsync("GET", "/v1/retrieve/" + new string('0', Headroom.Engine.Ccr.Marker.HashLength));
        Assert.Equal(503, (int)retrieved.StatusCode);
        Assert.Single(events.All, e => e.Id == 2801);
    }
}
