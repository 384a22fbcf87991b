using System.Buffers;
using System.Text.Json;
using Headroom.Engine.Requests;
using Headroom.Proxy.Observation;

namespace Headroom.Proxy.Retrieval;

/// <summary>
/// Makes one stream for the client out of the streams of several turns. What does not concern the retrieve tool passes as the bytes that
/// came; its calls are kept back; what must be one in an answer (beginning, numbering, end, usage) is made one.
/// </summary>
internal abstract class AnswerSplicer
{
    /// <summary>The most bytes of a turn that are kept to send it back. A larger turn passes and cannot be continued.</summary>
    public const int MaximumTurnBytes = 32 << 20;

    private bool _isLater;

    /// <summary>What the client has been given.</summary>
    public VisibleContent Visible { get; } = new();

    /// <summary>The provider's reports.</summary>
    public UsageSum Usage { get; } = new();

    /// <summary>True when the turn has said that it is complete.</summary>
    public bool IsTurnComplete { get; protected set; }

    /// <summary>True when the stream carried an error.</summary>
    public bool HasError { get; protected set; }

    /// <summary>True when the end of this turn is not the end that the client gets, so that it is held until that is known.</summary>
    public bool HoldsEnd => _isLater || HasRetrieval;

    /// <summary>True when the current turn calls the retrieve tool.</summary>
    protected abstract bool HasRetrieval { get; }

    /// <summary>True from the second turn on.</summary>
    protected bool IsLater => _isLater;

    /// <summary>The splicer for a format.</summary>
    public static AnswerSplicer For(IRetrievalFormat format) => format is AnthropicMessagesFormat ? new AnthropicSplicer() : new OpenAISplicer();

    /// <summary>Takes in an event and writes what of it is for the client now.</summary>
    /// <param name="read">The event.</param>
    /// <param name="output">Written last, so that nothing was when this throws.</param>
    public void Push(ServerSentEvent read, IBufferWriter<byte> output)
    {
        if (read is { Data: null, IsWhole: false } && HoldsEnd)
        {
            throw new InvalidDataException("An event is too long to be fitted in.");
        }

        if (read.Data is null)
        {
            if (!read.IsWhole)
            {
                // Within this event nothing can be written, and behind it there may be no other.
                WriteWaiting(output);
                AddUnknown();
            }

            output.Write(read.Raw.Span);
            return;
        }

        PushData(read, output);
    }

    /// <summary>What the turn means for the loop.</summary>
    public abstract ModelTurn ToModelTurn();

    /// <summary>Says that the stream has ended; true when that completes the turn.</summary>
    public virtual bool TryEndTurn() => IsTurnComplete;

    /// <summary>Gives up the current turn's end: another turn follows.</summary>
    /// <param name="output">Gets what stood in the end and is content.</param>
    public virtual void Continue(IBufferWriter<byte> output)
    {
        _isLater = true;
        IsTurnComplete = false;
        Usage.BeginTurn();
    }

    /// <summary>Writes a text of the proxy's own as content.</summary>
    public abstract void WriteNote(string text, IBufferWriter<byte> output);

    /// <summary>Writes the end.</summary>
    /// <param name="isCutShort">True when the model waits for results that it will not get in this answer: for the client it has just stopped.</param>
    /// <param name="output">Gets the end.</param>
    public abstract void WriteEnd(bool isCutShort, IBufferWriter<byte> output);

    /// <summary>Writes an error event.</summary>
    /// <param name="error">A JSON object in the provider's shape of errors.</param>
    /// <param name="output">Gets the event.</param>
    public abstract void WriteError(ReadOnlySpan<byte> error, IBufferWriter<byte> output);

    /// <summary>Writes what waits for something that cannot come any more, since the turn or the stream is over.</summary>
    /// <param name="output">Gets the events.</param>
    public virtual void WriteWaiting(IBufferWriter<byte> output)
    {
    }

    /// <summary>Says that something came which is not understood.</summary>
    protected abstract void AddUnknown();

    /// <summary>Takes in an event that has data.</summary>
    protected abstract void PushData(ServerSentEvent read, IBufferWriter<byte> output);

    /// <summary>A text as a JSON string.</summary>
    protected static byte[] Quoted(string text) => JsonSerializer.SerializeToUtf8Bytes(text, LoopJson.Default.String);
}
