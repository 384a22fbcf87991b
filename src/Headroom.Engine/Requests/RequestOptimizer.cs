using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Diagnostics;
using System.Text.Unicode;
using Headroom.Engine.Ccr;
using Headroom.Engine.Compression;
using Headroom.Engine.Content;
using Headroom.Engine.Diagnostics;
using Headroom.Engine.Rules;
using Headroom.Engine.Tokens;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Headroom.Engine.Requests;

/// <summary>Settings that are frozen when the optimizer is made, so that the same block always meets the same rules.</summary>
public sealed record RequestOptimizerOptions
{
    /// <summary>How far blocks may be compressed.</summary>
    public CompressionLevel Level { get; init; } = CompressionLevel.Balanced;

    /// <summary>Allow views also where the model cannot reach the retrieve tool.</summary>
    public bool AllowViews { get; init; }

    /// <summary>When to add the retrieve tool to a conversation's tools.</summary>
    public RetrieveToolMode RetrieveTool { get; init; } = RetrieveToolMode.Auto;

    /// <summary>What holds for the results of single tools and commands; the first rule that matches decides.</summary>
    public CompressionRules Rules { get; init; } = CompressionRules.ToolClasses;

    /// <summary>The most tokens that a view should take; null takes the level's default.</summary>
    public int? Budget { get; init; }

    /// <summary>
    /// The time that one block's compression may take, and once more for each MiB that the block has. All blocks of a request that are new
    /// together may take as long as one block of their size, and once this time more. What is not decided by then goes on as it is.
    /// </summary>
    public TimeSpan BlockDeadline { get; init; } = TimeSpan.FromSeconds(2);
}

/// <summary>What was decided about one block of a request.</summary>
/// <param name="Block">The block.</param>
/// <param name="Pin">The decision in force; null when none was made (the block was not eligible).</param>
/// <param name="Reason">Why the block was changed or left alone.</param>
/// <param name="IsReplay">True when the decision was made by an earlier request.</param>
public sealed record BlockOutcome(Block Block, Pin? Pin, Reason Reason, bool IsReplay);

/// <summary>A request on its way upstream.</summary>
/// <param name="Body">The bytes to send: the client's own array when nothing was changed.</param>
/// <param name="Map">What was located; null when the body could not be read.</param>
/// <param name="Outcomes">One entry per block.</param>
/// <param name="Reason">The request's reason code.</param>
/// <param name="TokensBefore">Estimated tokens of the client's body; decided blocks count as the text that they are, without its escapes.</param>
/// <param name="TokensAfter">Estimated tokens of <paramref name="Body"/>: before minus what the blocks saved.</param>
public sealed record OptimizedRequest(
    ReadOnlyMemory<byte> Body,
    RequestMap? Map,
    IReadOnlyList<BlockOutcome> Outcomes,
    Reason Reason,
    int TokensBefore,
    int TokensAfter)
{
    /// <summary>The conversation, when the retrieve tool was added to this request, so that its answer may hold calls for us; else null.</summary>
    public RetrieveConversation? Conversation { get; init; }

    /// <summary>Estimated tokens that were added: the retrieve tool and what was put back of earlier retrievals. Part of <see cref="TokensAfter"/>.</summary>
    public int TokensAdded { get; init; }
}

/// <summary>
/// Makes a request smaller without moving a byte that is not a block's: locate, look pins up, compress what has none, store,
/// splice. Fails open.
/// </summary>
public sealed class RequestOptimizer
{
    private static readonly FrozenDictionary<string, Reason> Reasons =
        Enum.GetValues<Reason>().ToFrozenDictionary(r => r.Code(), StringComparer.Ordinal);

    // What the store could not pin went upstream as it was; this keeps that decision until the store can take it.
    private const int MostUnpinned = 1 << 16;
    private readonly ConcurrentDictionary<PinKey, bool> _sentUnpinned = new();
    private readonly RetrieveToolDecision _retrieveTool;
    private readonly ICcrStore _store;
    private readonly RequestOptimizerOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Treatments _retrievable;
    private readonly Treatments _unretrievable;
    private readonly CompressionWorkers _workers;
    private readonly Func<ReadOnlyMemory<byte>, CompressionOptions, CancellationToken, CompressionResult> _compress;

    /// <summary>An optimizer over a store.</summary>
    /// <param name="store">Keeps pins and originals; not disposed here.</param>
    /// <param name="options">The frozen settings.</param>
    /// <param name="time">Measures deadlines.</param>
    /// <param name="logger">Told of what fails.</param>
    public RequestOptimizer(ICcrStore store, RequestOptimizerOptions options, TimeProvider time, ILogger? logger = null)
        : this(store, options, time, ContentRouter.Compress, logger: logger)
    {
    }

    internal RequestOptimizer(
        ICcrStore store,
        RequestOptimizerOptions options,
        TimeProvider time,
        Func<ReadOnlyMemory<byte>, CompressionOptions, CancellationToken, CompressionResult> compress,
        CompressionWorkers? workers = null,
        ILogger? logger = null)
    {
        _store = store;
        _options = options;
        _time = time;
        _logger = logger ?? NullLogger.Instance;
        _compress = compress;
        _workers = workers ?? CompressionWorkers.Shared;
        _retrievable = Treatments.Of(options, canRetrieve: true);
        _unretrievable = Treatments.Of(options, canRetrieve: false);

        // Where no setting and no rule allows a view, there would be nothing to retrieve.
        _retrieveTool = new RetrieveToolDecision(store, _retrievable.MayView ? options.RetrieveTool : RetrieveToolMode.Never, _logger);
    }

    /// <summary>Optimizes one request body.</summary>
    /// <param name="format">The wire format that the path stands for.</param>
    /// <param name="body">The client's bytes.</param>
    /// <param name="cancellationToken">The client's own token; a cancellation is the only exception that leaves this method.</param>
    public ValueTask<OptimizedRequest> OptimizeAsync(IRequestFormat format, ReadOnlyMemory<byte> body, CancellationToken cancellationToken) =>
        OptimizeAsync(format, body, session: null, cancellationToken);

    /// <summary>Optimizes one request body.</summary>
    /// <param name="format">The wire format that the path stands for.</param>
    /// <param name="body">The client's bytes.</param>
    /// <param name="session">The client's own name for its session, where it gives one beside the body.</param>
    /// <param name="cancellationToken">The client's own token; a cancellation is the only exception that leaves this method.</param>
    public async ValueTask<OptimizedRequest> OptimizeAsync(
        IRequestFormat format, ReadOnlyMemory<byte> body, string? session, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(format);
        cancellationToken.ThrowIfCancellationRequested();

        using var activity = EngineInstruments.Activities.StartActivity("headroom.optimize");
        OptimizedRequest request;
        try
        {
            request = await DecideAndSpliceAsync(format, body, session, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (!IsClientsOwn(exception, cancellationToken))
        {
            EngineInstruments.FailOpen("optimize");
            _logger.OptimizingFailed(new Failure(exception), body.Length, format.Name);
            request = Unchanged(body, null, [], Reason.CompressorFailed);
        }

        var tokens = TokensOf(body.Span, request.Outcomes);
        request = request with
        {
            TokensBefore = tokens,
            TokensAfter = Math.Max(0, tokens - SavedBy(request.Outcomes)) + request.TokensAdded,
        };
        Measure(request, activity);
        return request;
    }

    private static void Measure(OptimizedRequest request, Activity? activity)
    {
        if (EngineInstruments.Requests.Enabled || EngineInstruments.Blocks.Enabled)
        {
            EngineInstruments.Requests.Add(1, new KeyValuePair<string, object?>("reason", request.Reason.Code()));
            foreach (var outcome in request.Outcomes)
            {
                EngineInstruments.Blocks.Add(1, new KeyValuePair<string, object?>("reason", outcome.Reason.Code()));
            }
        }

        EngineInstruments.TokensBefore.Add(request.TokensBefore);
        EngineInstruments.TokensAfter.Add(request.TokensAfter);
        activity?.SetTag("headroom.reason", request.Reason.Code())
            .SetTag("headroom.blocks", request.Outcomes.Count)
            .SetTag("headroom.tokens.before", request.TokensBefore)
            .SetTag("headroom.tokens.after", request.TokensAfter);
    }

    // What a decided block takes was estimated over its text when it was decided; its escapes in the body are nobody's tokens.
    private static int TokensOf(ReadOnlySpan<byte> body, IReadOnlyList<BlockOutcome> outcomes)
    {
        var tokens = 0;
        var at = 0;
        foreach (var (block, pin, _, _) in outcomes)
        {
            if (pin is not null)
            {
                tokens += TokenEstimator.Instance.Sample(body[at..block.Start]) + pin.TokensBefore;
                at = block.Start + block.Length;
            }
        }

        return tokens + TokenEstimator.Instance.Sample(body[at..]);
    }

    private async ValueTask<OptimizedRequest> DecideAndSpliceAsync(
        IRequestFormat format, ReadOnlyMemory<byte> body, string? session, CancellationToken cancellationToken, bool isAgain = false)
    {
        // 1. Locate.
        var map = format.Locate(body.Span);
        if (map is null)
        {
            return Unchanged(body, null, [], Reason.InvalidRequest);
        }

        // 2. May the model retrieve? What is decided about blocks depends on it.
        var decision = format is IRetrievalFormat
            ? await _retrieveTool.DecideAsync(format.Name, body, map, session, cancellationToken).ConfigureAwait(false)
            : null;
        var conversation = decision is { IsAdded: true } ? new RetrieveConversation(decision.Chain.Head) : null;
        IReadOnlyList<PinProposal> undecided = decision?.Proposals ?? [];
        if (map.Blocks.Count == 0 && conversation is null && undecided.Count == 0)
        {
            return Unchanged(body, map, [], Reason.NoEligibleBlock);
        }

        // 3. Set aside what the request itself says must stay; name the rest by its bytes.
        var subjects = Classify(map.Blocks, body.Span, !map.IsServerHeld && (_options.AllowViews || map.HasRetrieveTool || conversation is not null));
        var groups = subjects.Where(s => s.Untouched is null).GroupBy(s => s.Key).ToArray();
        var history = conversation is null ? null : RetrievalHistory.Read(body.Span, map.Messages, decision!.Chain);

        // 4. Look up what was decided before.
        var pins = new Dictionary<PinKey, Pin>();
        var replayed = new HashSet<PinKey>();
        var isStoreAvailable = true;
        if (groups.Length > 0 || history is { Keys.Count: > 0 })
        {
            try
            {
                var keys = groups.Select(g => g.Key).Concat(history?.Keys ?? []).ToArray();
                var found = await _store.FindPinsAsync(keys, cancellationToken).ConfigureAwait(false);
                foreach (var (key, pin) in found)
                {
                    pins[key] = pin;
                    replayed.Add(key);
                    _sentUnpinned.TryRemove(key, out _);
                }
            }
            catch (Exception exception) when (!IsClientsOwn(exception, cancellationToken))
            {
                EngineInstruments.FailOpen("find-pins");
                _logger.FindingPinsFailed(new Failure(exception), groups.Length);
                isStoreAvailable = false;
            }
        }

        var fresh = groups.Where(g => !pins.ContainsKey(g.Key)).Select(Fresh).ToArray();
        EngineInstruments.StoreMisses.Add(isStoreAvailable ? fresh.Length : 0, new KeyValuePair<string, object?>("kind", "pin"));
        if (isStoreAvailable && fresh.Length + undecided.Count > 0)
        {
            try
            {
                // 5. Decide what is new. A block that the request holds twice is decided once.
                PinProposal[] proposals = [];
                if (fresh.Length > 0)
                {
                    using var run = new BlockRun(_workers, _time, _options.BlockDeadline, fresh, body, Decide, cancellationToken);
                    proposals = await run.RunAsync(Keep).ConfigureAwait(false);
                }

                // 6. Store originals and decisions before anything that rests on them can leave; who came first wins.
                var inForce = await _store.PinAsync([.. undecided, .. proposals], cancellationToken).ConfigureAwait(false);
                if (decision is not null && !_retrieveTool.Holds(decision, inForce) && !isAgain)
                {
                    // What was decided about the blocks depends on it.
                    return await DecideAndSpliceAsync(format, body, session, cancellationToken, isAgain: true).ConfigureAwait(false);
                }

                foreach (var pin in inForce.Skip(undecided.Count))
                {
                    pins[pin.Key] = pin;
                    _sentUnpinned.TryRemove(pin.Key, out _);
                }
            }
            catch (Exception exception) when (!IsClientsOwn(exception, cancellationToken))
            {
                EngineInstruments.FailOpen("pin");
                _logger.PinningFailed(new Failure(exception), fresh.Length);
                isStoreAvailable = false;
            }
        }

        if (!isStoreAvailable)
        {
            if (decision is not null && !_retrieveTool.GoesOn(decision) && !isAgain)
            {
                return await DecideAndSpliceAsync(format, body, session, cancellationToken, isAgain: true).ConfigureAwait(false);
            }

            foreach (var block in fresh.Take(MostUnpinned - _sentUnpinned.Count))
            {
                _sentUnpinned.TryAdd(block.Key, true);
            }
        }

        // 7. Splice. What was pinned earlier is replayed even when the store failed for the rest: the provider has cached it so.
        var outcomes = new BlockOutcome[subjects.Length];
        var changes = new List<Replacement>();
        for (var i = 0; i < outcomes.Length; i++)
        {
            var (block, untouched, key, _) = subjects[i];
            if (block.Start < (decision?.SeenFrom ?? 0))
            {
                // Another conversation may have pinned the same text.
                untouched ??= Reason.CachedHistory;
            }

            var pin = untouched is null ? pins.GetValueOrDefault(key) : null;
            outcomes[i] = new BlockOutcome(block, pin, untouched ?? ReasonOf(pin), replayed.Contains(key));
            if (pin?.Replacement is { } replacement)
            {
                changes.Add(new Replacement(block.Start, block.Length, replacement));
            }
        }

        var reason = changes.Count > 0 ? Reason.Compressed : outcomes.MaxBy(o => o.Block.Length)?.Reason ?? Reason.NoEligibleBlock;
        var added = 0;
        if (format is IRetrievalFormat retrieval && conversation is not null)
        {
            // 8. Add the tool, and what was hidden from the client in earlier answers.
            var additions = new List<Replacement> { RetrieveToolDecision.Add(retrieval, body.Span, map) };
            history!.PutBack(retrieval, body.Span, map.Messages, pins, additions);
            added = additions.Sum(a => TokenEstimator.Instance.Count(a.Text.Span));
            changes.AddRange(additions);
        }

        return changes.Count == 0
            ? Unchanged(body, map, outcomes, reason)
            : new OptimizedRequest(BodySplice.Splice(body.Span, [.. changes.OrderBy(c => c.Start)]), map, outcomes, reason, 0, 0)
            {
                Conversation = conversation,
                TokensAdded = added,
            };
    }

    private static OptimizedRequest Unchanged(
        ReadOnlyMemory<byte> body, RequestMap? map, IReadOnlyList<BlockOutcome> outcomes, Reason reason) =>
        new(body, map, outcomes, reason, 0, 0);

    private static int SavedBy(IReadOnlyList<BlockOutcome> outcomes) =>
        outcomes.Sum(o => o.Pin is { Replacement: not null } pin ? pin.TokensBefore - pin.TokensAfter : 0);

    private Subject[] Classify(IReadOnlyList<Block> blocks, ReadOnlySpan<byte> body, bool canRetrieve)
    {
        var (plain, byRule) = canRetrieve ? _retrievable : _unretrievable;
        if (blocks.Count == 0)
        {
            return [];
        }

        var subjects = new Subject[blocks.Count];
        using var buffer = new Scratch(blocks.Max(b => b.Length));
        for (var i = 0; i < subjects.Length; i++)
        {
            var block = blocks[i];
            var rule = _options.Rules.Find(block.ToolName, _options.Rules.NeedCommands ? ToolCall.CommandIn(body[block.Arguments]) : null);
            var treatment = rule is null ? plain : byRule[rule];
            subjects[i] = new Subject(block, null, default, treatment);
            if (block.ToolName is { } tool && Marker.IsOwnTool(tool))
            {
                subjects[i] = subjects[i] with { Untouched = Reason.RetrievedContent };
            }
            else if (block.IsError)
            {
                subjects[i] = subjects[i] with { Untouched = Reason.ErrorResult };
            }
            else if (rule is { Exclude: true })
            {
                subjects[i] = subjects[i] with { Untouched = Reason.ExcludedTool };
            }
            else
            {
                var original = buffer.Bytes[..BodySplice.Decode(body.Slice(block.Start, block.Length), buffer.Bytes)];
                subjects[i] = original.Length < ContentRouter.MinimumBytes
                    ? subjects[i] with { Untouched = Reason.TooSmall }
                    : subjects[i] with { Key = PinKey.Of(original, treatment.UseClass) };
            }
        }

        return subjects;
    }

    // History that is not known was sent as it is, in a turn that did not come through here or before the store lost its data. Providers cache what they were sent,
    // whether marks say so or not; editing that now would throw the cache away, with all that follows it.
    private static FreshBlock Fresh(IGrouping<PinKey, Subject> group) =>
        new(group.Key, group.First().Block, group.First().Treatment, group.Any(s => s.Block.IsHistory));

    private PinProposal Decide(OpenBlock block)
    {
        var ((key, _, treatment, isCached), original) = (block.Block, block.Original);
        if (_sentUnpinned.ContainsKey(key))
        {
            return Keep(key, original, Reason.StoreUnavailable);
        }

        if (isCached)
        {
            return Keep(key, original, Reason.CachedHistory);
        }

        var hash = _store.HashOf(original.Span);
        var started = Stopwatch.GetTimestamp();
        try
        {
            var result = _compress(
                original,
                treatment.Options with { Marker = treatment.MayView ? missing => Marker.Write(missing, hash) : null },
                block.Token);
            if (result.Rung == Rung.Original)
            {
                return Keep(key, original, result.Reason);
            }

            if (result.TokensAfter >= result.TokensBefore)
            {
                return Keep(key, original, Reason.NotSmaller);
            }

            // Providers refuse empty content with an error that the client would not understand.
            if (result.Output.Span.Trim(" \t\r\n"u8).IsEmpty || !Utf8.IsValid(result.Output.Span))
            {
                EngineInstruments.FailOpen("compress");
                _logger.UnusableForm(result.Strategy, result.Kind.Code(), original.Length);
                return Keep(key, original, Reason.CompressorFailed);
            }

            var pin = new Pin
            {
                Key = key,
                Replacement = result.Output.ToArray(),
                Hash = hash,
                Reason = result.Reason.Code(),
                Strategy = result.Strategy,
                TokensBefore = result.TokensBefore,
                TokensAfter = result.TokensAfter,
            };
            return new PinProposal(pin, original);
        }
        catch (OperationCanceledException)
        {
            return Keep(key, original, Reason.Timeout);
        }
        catch (Exception exception)
        {
            EngineInstruments.FailOpen("compress");
            var kind = KindOf(original.Span);
            _logger.CompressingFailed(new Failure(exception), kind, original.Length);
            return Keep(key, original, Reason.CompressorFailed);
        }
        finally
        {
            if (EngineInstruments.Compression.Enabled)
            {
                EngineInstruments.Compression.Record(Stopwatch.GetElapsedTime(started).TotalSeconds);
            }
        }
    }

    private static string KindOf(ReadOnlySpan<byte> original)
    {
        try
        {
            return ContentDetector.Detect(original).Code();
        }
        catch (Exception)
        {
            // Untold: the failure that this is part of is being told.
            return "unknown";
        }
    }

    private static bool IsClientsOwn(Exception exception, CancellationToken client) =>
        exception is OperationCanceledException && client.IsCancellationRequested;

    private static PinProposal Keep(PinKey key, ReadOnlyMemory<byte> original, Reason reason)
    {
        var tokens = TokenEstimator.Instance.Sample(original.Span);
        return new PinProposal(
            new Pin { Key = key, Reason = reason.Code(), TokensBefore = tokens, TokensAfter = tokens }, original);
    }

    private static Reason ReasonOf(Pin? pin) => pin switch
    {
        null => Reason.StoreUnavailable,
        _ when Reasons.TryGetValue(pin.Reason, out var reason) => reason,
        // Another version of the product may have pinned it.
        { Replacement: null } => Reason.NotSmaller,
        _ => Reason.Compressed,
    };

    /// <param name="Block">The block.</param>
    /// <param name="Untouched">Why it must stay as it is; null when that is for a pin to say.</param>
    /// <param name="Key">Names the pin.</param>
    /// <param name="Treatment">What may be done to it.</param>
    private readonly record struct Subject(Block Block, Reason? Untouched, PinKey Key, Treatment Treatment);

    /// <param name="Plain">For blocks without a rule.</param>
    /// <param name="ByRule">For those with one.</param>
    private readonly record struct Treatments(Treatment Plain, Dictionary<CompressionRule, Treatment> ByRule)
    {
        public bool MayView => Plain.MayView || ByRule.Values.Any(t => t.MayView);

        public static Treatments Of(RequestOptimizerOptions options, bool canRetrieve)
        {
            var byRule = new Dictionary<CompressionRule, Treatment>(ReferenceEqualityComparer.Instance);
            foreach (var rule in options.Rules.All)
            {
                byRule[rule] = Treatment.Of(options, rule, canRetrieve);
            }

            return new Treatments(Treatment.Of(options, null, canRetrieve), byRule);
        }
    }
}
