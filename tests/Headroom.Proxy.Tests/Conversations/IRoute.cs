using System.Text.Json.Nodes;

namespace Headroom.Proxy.Tests.Conversations;

/// <summary>What became of a request.</summary>
/// <param name="Sent">The bodies that the provider was sent: the client's own request as it went on, then what went on after hidden calls.</param>
/// <param name="Answer">The message that the client has of the answer.</param>
internal sealed record Exchanged(IReadOnlyList<byte[]> Sent, JsonObject Answer);

/// <summary>The way of a request to a scripted model and back.</summary>
internal interface IRoute : IAsyncDisposable
{
    /// <summary>Sends a request.</summary>
    /// <param name="wire">The format.</param>
    /// <param name="proxy">Which of the two proxies it goes through.</param>
    /// <param name="body">The client's bytes.</param>
    /// <param name="session">The client's own name for its session, where it gives one beside the body.</param>
    /// <param name="turn">What the model says to it.</param>
    Task<Exchanged> SendAsync(Wire wire, int proxy, byte[] body, string? session, ScriptedTurn turn);

    /// <summary>Ends a proxy and starts it again on the same data.</summary>
    Task RestartAsync(int proxy);

    /// <summary>Restarts both, without their data.</summary>
    Task LoseDataAsync();
}
