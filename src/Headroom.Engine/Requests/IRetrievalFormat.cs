namespace Headroom.Engine.Requests;

/// <summary>A wire format in which the retrieve tool can be offered to a model and its calls be answered.</summary>
public interface IRetrievalFormat : IRequestFormat
{
    /// <summary>The retrieve tool as this format's tool lists spell it: one JSON object, always the same bytes.</summary>
    ReadOnlySpan<byte> RetrieveTool { get; }

    /// <summary>
    /// A request that continues after calls of the retrieve tool: the body with a model's turn and the results of all its calls put behind
    /// its last message.
    /// </summary>
    /// <param name="body">The body that was sent last.</param>
    /// <param name="turn">The model's turn as a JSON object of this format, with everything that the provider sent, thinking included.</param>
    /// <param name="calls">The calls of the turn.</param>
    byte[] AppendTurn(ReadOnlySpan<byte> body, ReadOnlySpan<byte> turn, IReadOnlyList<RetrievalCall> calls);

    /// <summary>Adds the changes that put the hidden rounds of one answer back into the history that a client sends.</summary>
    /// <param name="body">The client's body.</param>
    /// <param name="messages">Its messages.</param>
    /// <param name="index">The assistant's message that the answer became.</param>
    /// <param name="content">What this message holds.</param>
    /// <param name="trace">What was hidden.</param>
    /// <param name="changes">Takes the changes, in any order; those at one place in their order. None when the rounds cannot be placed for sure.</param>
    internal void PutBack(
        ReadOnlySpan<byte> body, IReadOnlyList<MessagePlace> messages, int index, MessageContent content, RetrievalTrace trace, List<Replacement> changes);
}
