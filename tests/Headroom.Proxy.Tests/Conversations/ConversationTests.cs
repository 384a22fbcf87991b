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
