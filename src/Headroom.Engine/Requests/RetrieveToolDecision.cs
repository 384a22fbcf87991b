using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Headroom.Engine.Ccr;
using Headroom.Engine.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Headroom.Engine.Requests;

/// <summary>Whether a request has the retrieve tool, and what is still to be stored about that.</summary>
/// <param name="Chain">The request's messages.</param>
/// <param name="IsAdded">True when the tool is added.</param>
/// <param name="IsNew">True when nothing that was decided before says so.</param>
/// <param name="Proposals">To be stored with the request's blocks, the one for the chain's head first; empty when all is there, or the store was not.</param>
/// <param name="SeenFrom">Where in the body the part begins that was first sent through here; what stands before it was cached as the client sent it.</param>
internal sealed record ToolDecision(Chain Chain, bool IsAdded, bool IsNew, IReadOnlyList<PinProposal> Proposals, int SeenFrom = 0);

/// <summary>
/// Decides whether the retrieve tool is added to a request's tools. The list of tools is the first thing that providers cache, so what was decided at a
/// conversation's beginning is inherited along its chain, and where the chain is new, by its exchanges and by the client's own name for its session.
/// </summary>
/// <param name="store">Keeps the decisions.</param>
/// <param name="mode">What the user wants.</param>
/// <param name="logger">Told of what fails.</param>
internal sealed class RetrieveToolDecision(ICcrStore store, RetrieveToolMode mode, ILogger logger)
{
    private const string Added = "tool-added";
    private const string NotAdded = "tool-not-added";

    // What went upstream while the store was away, by the head of its chain, until the store can take it.
    private const int MostUnpinned = 1 << 16;
    private readonly ConcurrentDictionary<PinKey, bool> _unpinned = new();
    private readonly MessageDigests _digests = new();

    /// <summary>What holds for a request; null when the tool could not be added whatever was decided.</summary>
    /// <param name="format">The format's name.</param>
    /// <param name="body">The body.</param>
    /// <param name="map">What it holds.</param>
    /// <param name="session">The client's own name for the session, where it gives one beside the body.</param>
    /// <param name="cancellationToken">The client's own token.</param>
    /// <exception cref="OperationCanceledException">The client has gone.</exception>
    public async ValueTask<ToolDecision?> DecideAsync(
        string format, ReadOnlyMemory<byte> body, RequestMap map, string? session, CancellationToken cancellationToken)
    {
        // 1. What the request itself and the user say needs no pin.
        if (mode == RetrieveToolMode.Never || map.HasRetrieveTool || map.TakesNoTools || map.IsServerHeld || (mode == RetrieveToolMode.Auto && !map.OffersTools)
            || !HasPlaceForTool(body.Span, map) || map.Messages.Count == 0)
        {
            return null;
        }

        // 2. The names under which a decision may be found. A place further up in the chain is none of them: what another conversation that began with the same
        //    words has there says nothing about this one.
        var chain = Chain.Read(format, body.Span, map.Messages, _digests);
        PinKey[] own = [.. chain.Names];
        var named = SessionName.Of(session, body.Span, map) is { } name ? SessionKey(name, body.Span, map) : (PinKey?)null;
        IReadOnlyDictionary<PinKey, Pin> found;
        try
        {
            found = await store.FindPinsAsync([.. own, .. Given(named)], cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not OperationCanceledException || !cancellationToken.IsCancellationRequested)
        {
            EngineInstruments.FailOpen("decide-tool");
            logger.DecidingToolFailed(new Failure(exception));
            Remember(chain.Head, false);
            return new ToolDecision(chain, IsAdded: false, IsNew: false, []);
        }

        // 3. What was decided holds, the surest first. What was not is decided now: only a beginning has no prefix to lose.
        var earlier = own.Where(found.ContainsKey).Select(k => found[k]).FirstOrDefault();
        bool? known = earlier is not null ? earlier.Reason == Added
            : Unpinned(chain.Head) ?? (chain.Extended is { } extended ? Unpinned(extended) : null)
            ?? (named is { } key && found.TryGetValue(key, out earlier) ? earlier.Reason == Added : null);
        var isAdded = known ?? !map.HasCalls;

        // 4. What was there already when the conversation was first seen is known by where it ends, for as long as it is the same.
        var seen = known is null && map.HasCalls ? chain.PointBehind(map.Messages.ToList().FindLastIndex(m => m.Role == MessageRole.Assistant)) : earlier?.Replacement;
        var seenFrom = seen is not null && chain.IndexOf(seen) is > 0 and var index ? map.Messages[index - 1].End : 0;

        // 5. The next request looks for it here.
        PinKey[] kept = [chain.Head, .. chain.Exchanges, .. Given(named)];
        var pin = new Pin { Key = chain.Head, Reason = isAdded ? Added : NotAdded, Replacement = seen };
        return new ToolDecision(
            chain, isAdded, known is null, [.. kept.Where(k => !found.ContainsKey(k)).Select(k => new PinProposal(pin with { Key = k }, default))], seenFrom);
    }

    /// <summary>False when another process was first and has decided something else.</summary>
    /// <param name="decision">The decision.</param>
    /// <param name="inForce">The pins in force, those for its proposals first.</param>
    public bool Holds(ToolDecision decision, IReadOnlyList<Pin> inForce)
    {
        _unpinned.TryRemove(decision.Chain.Head, out _);
        return decision.Proposals.Count == 0 || (inForce[0].Reason == decision.Proposals[0].Pin.Reason
            && inForce[0].Replacement.AsSpan().SequenceEqual(decision.Proposals[0].Pin.Replacement));
    }

    /// <summary>Takes note that a decision could not be stored; false when it then cannot hold: a conversation begins with the tool only where that is known for ever.</summary>
    public bool GoesOn(ToolDecision decision)
    {
        if (decision.Proposals.Count == 0)
        {
            return true;
        }

        var canHold = !decision.IsNew || !decision.IsAdded;
        Remember(decision.Chain.Head, decision.IsAdded && canHold);
        return canHold;
    }

    /// <summary>Adds the tool behind all others.</summary>
    public static Replacement Add(IRetrievalFormat format, ReadOnlySpan<byte> body, RequestMap map)
    {
        var tool = format.RetrieveTool;
        if (map.Tools.Equals(default))
        {
            // Always in the same place, whatever else the client says.
            return new Replacement(map.Start + 1, 0, (byte[])[.. "\"tools\":["u8, .. tool, .. "],"u8], IsJson: true);
        }

        var (start, length) = map.Tools.GetOffsetAndLength(body.Length);
        if (body[start] != (byte)'[')
        {
            return new Replacement(start, length, (byte[])[(byte)'[', .. tool, (byte)']'], IsJson: true);
        }

        var isEmpty = body.Slice(start + 1, length - 2).Trim(" \t\r\n"u8).IsEmpty;
        return new Replacement(start + length - 1, 0, (byte[])[.. isEmpty ? default : ","u8, .. tool], IsJson: true);
    }

    private static bool HasPlaceForTool(ReadOnlySpan<byte> body, RequestMap map) =>
        map.Tools.Equals(default) || body[map.Tools.Start.Value] is (byte)'[' or (byte)'n';

    // Tools and system prompt are part of it: what a client calls one session may hold conversations of several agents.
    private static PinKey SessionKey(string name, ReadOnlySpan<byte> body, RequestMap map)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        sha.AppendData(body[map.Tools]);
        sha.AppendData([0]);
        sha.AppendData(body[map.System]);
        foreach (var message in map.Messages.TakeWhile(m => m.Role == MessageRole.Other))
        {
            sha.AppendData(body[message.Start..message.End]);
        }

        return PinKey.Of([.. sha.GetHashAndReset(), .. Encoding.UTF8.GetBytes(name)], "retrieve-tool-session");
    }

    private static PinKey[] Given(PinKey? key) => key is { } given ? [given] : [];

    private bool? Unpinned(PinKey head) => _unpinned.TryGetValue(head, out var isAdded) ? isAdded : null;

    private void Remember(PinKey head, bool isAdded)
    {
        if (_unpinned.Count < MostUnpinned)
        {
            _unpinned.TryAdd(head, isAdded);
        }
    }
}
