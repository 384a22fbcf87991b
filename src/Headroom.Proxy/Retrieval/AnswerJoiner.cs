using Headroom.Engine.Requests;

namespace Headroom.Proxy.Retrieval;

/// <summary>Makes one whole answer for the client out of those of several turns: the last one's, with the content of all.</summary>
internal abstract class AnswerJoiner
{
    /// <summary>What the client will be given.</summary>
    public VisibleContent Visible { get; } = new();

    /// <summary>The provider's reports.</summary>
    public UsageSum Usage { get; } = new();

    /// <summary>The joiner for a format.</summary>
    public static AnswerJoiner For(IRetrievalFormat format) => format is AnthropicMessagesFormat ? new AnthropicJoiner() : new OpenAIJoiner();

    /// <summary>Takes in the answer of a turn; false when it is none that is understood.</summary>
    public abstract bool TryAdd(ReadOnlyMemory<byte> body);

    /// <summary>What the turn means for the loop.</summary>
    public abstract ModelTurn ToModelTurn();

    /// <summary>Says that another turn follows.</summary>
    public virtual void Continue() => Usage.BeginTurn();

    /// <summary>Adds a text of the proxy's own as content.</summary>
    public abstract void AddNote(string text);

    /// <summary>The answer.</summary>
    /// <param name="isCutShort">True when the model waits for results that it will not get in this answer: for the client it has just stopped.</param>
    public abstract byte[] Join(bool isCutShort);
}
