using System.Globalization;
using System.Text;
using Headroom.Engine.Ccr;
using Headroom.Engine.Diagnostics;
using Headroom.Engine.Requests;
using Headroom.Engine.Retrieval;
using Headroom.Engine.Tokens;
using Microsoft.Extensions.Logging;

namespace Headroom.Proxy.Retrieval;

/// <summary>
/// The rounds of one answer: answers the calls of a turn, decides what follows, and keeps what was hidden for the client's next request.
/// </summary>
/// <param name="store">Holds originals and traces.</param>
/// <param name="format">The wire format.</param>
/// <param name="conversation">The conversation that the answer belongs to.</param>
/// <param name="limit">How often an answer may be continued.</param>
/// <param name="body">The body that was sent first.</param>
/// <param name="time">Measures how long the store may take.</param>
/// <param name="logger">Told of what fails.</param>
internal sealed class RetrievalRounds(
    ICcrStore store, IRetrievalFormat format, RetrieveConversation conversation, int limit, ReadOnlyMemory<byte> body, TimeProvider time, ILogger logger)
{
    // A store that does not answer must not keep the end of an answer from its client.
    private static readonly TimeSpan SavingTime = TimeSpan.FromSeconds(5);

    private readonly List<RetrievalRound> _rounds = [];
    private ReadOnlyMemory<byte> _body = body;
    private bool _isOpen;
    private long? _firstInput;
    private long _estimatedInput;
    private UsageSum? _usage;

    /// <summary>What came of them so far.</summary>
    public RetrievalAccount Account => new(_rounds.Sum(r => r.Calls.Count), Continuations, _firstInput, _estimatedInput, _usage?.All);

    private int Continuations { get; set; }

    /// <summary>Answers the calls of a turn that has ended.</summary>
    /// <param name="turn">The turn.</param>
    /// <param name="visible">What the client has been given until now.</param>
    /// <param name="usage">What the provider has reported until now.</param>
    /// <param name="cancellationToken">The client has gone.</param>
    public async ValueTask<RoundOutcome> AnswerAsync(ModelTurn turn, VisibleContent visible, UsageSum usage, CancellationToken cancellationToken)
    {
        _usage = usage;
        _firstInput = Continuations == 0 ? usage.Input : _firstInput;

        // 1. A turn without calls, or cut off in the middle of one, ends as it says.
        if (turn.Calls.Count == 0)
        {
            return default;
        }

        if (!turn.AwaitsResults)
        {
            return new RoundOutcome(null, IsCutShort: false, "[The answer was cut off while the model asked for stored content.]");
        }

        // 2. Answer the calls, all at once.
        var isAtLimit = !turn.HasClientCalls && Continuations >= limit;
        var results = await Task.WhenAll(turn.Calls.Select(async c => new RetrievalCall(c.Id, c.Arguments, isAtLimit
            ? string.Create(CultureInfo.InvariantCulture, $"[Not retrieved: one answer may be continued {limit} times. Ask again in the next turn.]")
            : await Retriever.AnswerAsync(store, Encoding.UTF8.GetBytes(c.Arguments), cancellationToken, logger))));
        _rounds.Add(new RetrievalRound(visible.Parts, visible.Text.Length, results));

        // 3. Go on, or leave it to the client's next request.
        if (turn.Message is { } message && !isAtLimit)
        {
            var next = format.AppendTurn(_body.Span, message, results);
            _body = next;
            Continuations++;
            _estimatedInput += TokenEstimator.Instance.Sample(next);
            return new RoundOutcome(next, IsCutShort: false, null);
        }

        _isOpen = true;
        return turn.HasClientCalls ? default : new RoundOutcome(null, IsCutShort: true, isAtLimit
            ? string.Create(CultureInfo.InvariantCulture, $"[No answer: the model went on asking for stored content, and the limit of {limit} continuations for one answer was reached.]")
            : "[No answer: the model asked for stored content in a turn that could not be continued.]");
    }

    /// <summary>Stores what was hidden. To be done before the client can see the end of its answer.</summary>
    /// <param name="visible">What the client was given, without its end.</param>
    /// <param name="cancellationToken">The client has gone.</param>
    public async ValueTask SaveAsync(VisibleContent visible, CancellationToken cancellationToken)
    {
        if (_rounds.Count == 0)
        {
            return;
        }

        using var patience = new CancellationTokenSource(SavingTime, time);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellationToken);
        try
        {
            await new RetrievalTrace(_rounds, _isOpen).SaveAsync(store, conversation, visible.ToAnswer(), deadline.Token);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            logger.RoundsNotSaved(new Failure(e));

            // The next request then goes without the hidden rounds, which is a valid history too.
        }
    }
}
