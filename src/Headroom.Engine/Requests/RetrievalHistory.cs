using Headroom.Engine.Ccr;

namespace Headroom.Engine.Requests;

/// <summary>The answers in a request's history, each under the key that its trace would have.</summary>
internal sealed class RetrievalHistory
{
    private readonly List<(PinKey Key, int Index, MessageContent Content)> _answers = [];

    private RetrievalHistory()
    {
    }

    /// <summary>The keys to look up.</summary>
    public IReadOnlyCollection<PinKey> Keys => [.. _answers.Select(a => a.Key)];

    /// <summary>Reads the assistant's messages of a conversation.</summary>
    public static RetrievalHistory Read(ReadOnlySpan<byte> body, IReadOnlyList<MessagePlace> messages, Chain chain)
    {
        var history = new RetrievalHistory();
        for (var i = 0; i < messages.Count; i++)
        {
            if (messages[i].Role == MessageRole.Assistant)
            {
                history.Add(body, messages[i], i, chain);
            }
        }

        return history;
    }

    /// <summary>Adds the changes that put back what was hidden in the answers that have a trace.</summary>
    public void PutBack(
        IRetrievalFormat format, ReadOnlySpan<byte> body, IReadOnlyList<MessagePlace> messages, Dictionary<PinKey, Pin> pins, List<Replacement> changes)
    {
        foreach (var (key, index, content) in _answers)
        {
            if (pins.TryGetValue(key, out var pin) && pin.Replacement is { } json && RetrievalTraceJson.Read(json) is { } trace)
            {
                format.PutBack(body, messages, index, content, trace, changes);
            }
        }
    }

    private void Add(ReadOnlySpan<byte> body, MessagePlace message, int index, Chain chain)
    {
        using var buffer = new Scratch(message.Length);
        try
        {
            var content = MessageContent.Read(body, message);
            var length = 0;
            foreach (var part in content.Parts)
            {
                if (part.Kind == ContentPartKind.Text)
                {
                    length += BodySplice.Decode(body[part.Text], buffer.Bytes[length..]);
                }
            }

            _answers.Add((RetrievalTraceKey.Of(chain.Before(index), buffer.Bytes[..length], content.CallIds), index, content));
        }
        catch (InvalidOperationException)
        {
            // Not decodable, so it is no answer that was saved.
        }
    }
}
