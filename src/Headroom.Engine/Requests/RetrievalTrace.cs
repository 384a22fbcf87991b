using System.Text;
using Headroom.Engine.Ccr;

namespace Headroom.Engine.Requests;

/// <summary>One call of the retrieve tool that a model made and the client never saw.</summary>
/// <param name="Id">The provider's id of the call.</param>
/// <param name="Arguments">The arguments as the model wrote them; text that is not JSON is possible.</param>
/// <param name="Result">The text that the model was given.</param>
public sealed record RetrievalCall(string Id, string Arguments, string Result);

/// <summary>A model's turn that ended with calls of the retrieve tool.</summary>
/// <param name="VisibleParts">How many content parts (Anthropic: content blocks; OpenAI: 0) of the answer the client had been given when this turn ended, counted from the answer's beginning; text blocks of nothing but white space may be left out, in all counts of an answer alike.</param>
/// <param name="VisibleText">The length in UTF-16 units of the text that the client had been given when this turn ended, counted from the answer's beginning.</param>
/// <param name="Calls">The hidden calls in their order, at least one.</param>
public sealed record RetrievalRound(int VisibleParts, int VisibleText, IReadOnlyList<RetrievalCall> Calls)
{
    /// <summary>How much of the text before the turn's end is no white space; set when the trace is saved.</summary>
    internal int VisibleTextWithoutWhiteSpace { get; init; }
}

/// <summary>
/// What was hidden from the client in one answer. The client sees the turns of all rounds as one message; in its next requests the hidden
/// calls and their results are put back, so that the provider sees the history that it wrote itself and the prefix stays what it was.
/// </summary>
/// <param name="Rounds">The rounds in their order.</param>
/// <param name="IsOpen">
/// True when the last round was not continued: the model called the client's tools beside the retrieve tool (or the limit of rounds was
/// reached), so the results of the last round belong before the client's own in its next message.
/// </param>
public sealed record RetrievalTrace(IReadOnlyList<RetrievalRound> Rounds, bool IsOpen)
{
    /// <summary>How many content parts the whole answer had; set when it is saved.</summary>
    internal int AnswerParts { get; init; }

    /// <summary>The length of the text of the whole answer in UTF-16 units; set when it is saved.</summary>
    internal int AnswerText { get; init; }

    /// <summary>
    /// Stores the trace so that the next request finds it. Where two conversations are the same, message for message, and so are their answers, the later trace
    /// holds. Must have completed before the client can see the answer's end.
    /// </summary>
    /// <param name="store">Keeps it like a pin: shared, replayed, expiring with its use.</param>
    /// <param name="conversation">The conversation that the answer belongs to.</param>
    /// <param name="answer">What the client was given.</param>
    /// <param name="cancellationToken">The client has gone.</param>
    /// <exception cref="CcrStoreException">The store could not keep it: the next request goes without the rounds.</exception>
    public async ValueTask SaveAsync(ICcrStore store, RetrieveConversation conversation, VisibleAnswer answer, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(conversation);
        ArgumentNullException.ThrowIfNull(answer);
        var pin = new Pin
        {
            Key = RetrievalTraceKey.Of(conversation.Head, Encoding.UTF8.GetBytes(answer.Text), answer.CallIds),
            Replacement = RetrievalTraceJson.Write(Measured(answer)),
            Reason = "retrieval-trace",
        };
        await store.PinAsync([new PinProposal(pin, default) { Replaces = true }], cancellationToken).ConfigureAwait(false);
    }

    private RetrievalTrace Measured(VisibleAnswer answer) => this with
    {
        AnswerParts = answer.Parts,
        AnswerText = answer.Text.Length,
        Rounds =
        [
            .. Rounds.Select(r => r with
            {
                VisibleTextWithoutWhiteSpace = StringCut.MeasureWithoutWhiteSpace(answer.Text.AsSpan(0, Math.Min(r.VisibleText, answer.Text.Length))),
            }),
        ],
    };
}

/// <summary>An answer as a client was given it, by what it will surely send back.</summary>
/// <param name="Text">All text of the answer, joined.</param>
/// <param name="CallIds">The ids of the calls that the client was given, in their order.</param>
/// <param name="Parts">How many content parts the client was given (Anthropic: content blocks; OpenAI: 0), as <see cref="RetrievalRound.VisibleParts"/> counts them.</param>
public sealed record VisibleAnswer(string Text, IReadOnlyList<string> CallIds, int Parts);

/// <summary>A conversation to which the retrieve tool was added.</summary>
/// <param name="Head">Names the place that the answer takes, by all messages before it.</param>
public sealed record RetrieveConversation(PinKey Head);
