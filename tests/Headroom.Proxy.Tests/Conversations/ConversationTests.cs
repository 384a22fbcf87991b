using System.Text;
using Headroom.TestData;

namespace Headroom.Proxy.Tests.Conversations;

/// <summary>Sessions side by side over one store: none meets another, and the provider's cache holds of each what it would hold without a proxy.</summary>
public sealed class ConversationTests
{
    [Theory]
    [InlineData(1, 16, false)]
    [InlineData(2, 16, false)]
    [InlineData(3, 16, false)]
    [InlineData(4, 16, false)]
    [InlineData(5, 12, true)]
    public async Task Sessions_stay_apart_and_keep_their_prefix(int world, int sessions, bool isLost)
    {
        await using var route = new OptimizerRoute();
        await RunAsync(route, world, sessions, isLost);
    }

    [Theory]
    [InlineData(6, 12, false)]
    [InlineData(7, 8, true)]
    public async Task Sessions_through_real_servers_stay_apart_and_keep_their_prefix(int world, int sessions, bool isLost)
    {
        await using var route = await ServerRoute.StartAsync();
        await RunAsync(route, world, sessions, isLost);
    }

    [Theory]
    [InlineData("X-Claude-Code-Session-Id", true)]
    [InlineData("session-id", true)]
    [InlineData("session_id", true)]
    [InlineData("thread-id", true)]
    [InlineData("x-session-id", true)]
    [InlineData("x-request-id", false)]
    public async Task A_session_is_known_by_the_header_that_its_client_names_it_in(string header, bool isName)
    {
        await using var proxy = await TestProxy.StartAsync();
        async Task<bool> HasToolAsync(string messages)
        {
            var body = $$$"""{"model":"m","tools":[{"type":"function","function":{"name":"f"}}],"messages":[{{{messages}}}]}""";
            using var response = await proxy.PostAsync("/v1/chat/completions", body, (header, "01a22eae-654b-7c50-9409-6c7754bcde8b"));
            return Encoding.UTF8.GetString(proxy.Upstream.Requests.Last().Body).Contains("headroom_retrieve", StringComparison.Ordinal);
        }

        // What came late is compacted, and goes on as it was where it says who it is.
        Assert.False(await HasToolAsync("""{"role":"user","content":"go"},{"role":"assistant","tool_calls":[{"id":"c1","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c1","content":"ok"}"""));
        Assert.Equal(!isName, await HasToolAsync("""{"role":"user","content":"a summary"}"""));
    }

    private static async Task RunAsync(IRoute route, int world, int count, bool isLost)
    {
        var random = new SeededRandom((ulong)world);
        var sessions = Enumerable.Range(0, count).Select(i => new SimulatedSession((100 * world) + i)).ToArray();
        var words = sessions.Select(s => s.Word).ToArray();
        for (var step = 0; sessions.Where(s => !s.IsDone).ToArray() is { Length: > 0 } going; step++)
        {
            if (isLost && step == 4 * count)
            {
                await route.LoseDataAsync();
                Array.ForEach(sessions, s => s.LoseData());
            }

            if (random.Chance(0.05))
            {
                await route.RestartAsync(random.Next(2));
            }

            var session = random.Pick(going);
            await session.StepAsync(route, [.. words.Where(w => w != session.Word)]);
        }

        // What is sent again later goes out as it did.
        await route.RestartAsync(0);
        foreach (var session in sessions)
        {
            await session.ReplayAsync(route);
        }

        Assert.True(sessions.Sum(s => s.Counts.Requests) > 4 * count);
        Assert.True(sessions.Sum(s => s.Counts.Hidden) > count / 4, $"{sessions.Sum(s => s.Counts.Hidden)} hidden rounds");
    }
}
