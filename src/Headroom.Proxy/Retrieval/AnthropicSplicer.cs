using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Headroom.Proxy.Observation;

namespace Headroom.Proxy.Retrieval;

/// <summary>
/// Splices streams of Anthropic messages: one <c>message_start</c>, the blocks of all turns numbered through, one <c>message_delta</c>
/// and one <c>message_stop</c>.
/// </summary>
internal sealed class AnthropicSplicer : AnswerSplicer
{
    private const int MostUnread = 1000;

    // The number that each of the turn's blocks has for the client; null for one that is kept back.
    private readonly Dictionary<int, int?> _numbers = [];
    private readonly List<(ServerSentEvent Read, AnthropicEvent Event)> _held = [];
    private AnthropicTurn _turn = new();
    private int _next;

    protected override bool HasRetrieval => _turn.HasRetrieval;

    public override ModelTurn ToModelTurn() => _turn.ToModelTurn();

    public override void Continue(IBufferWriter<byte> output)
    {
        base.Continue(output);
        _numbers.Clear();
        _held.Clear();
        _turn = new AnthropicTurn();
        _next = 0;
    }

    public override void WriteNote(string text, IBufferWriter<byte> output)
    {
        var quoted = Quoted(text);
        var index = Visible.AddText().ToString(CultureInfo.InvariantCulture);
        Visible.Text.Append(quoted.AsSpan()[1..^1]);
        Write("content_block_start", $$$"""{"type":"content_block_start","index":{{{index}}},"content_block":{"type":"text","text":""}}""");
        Write("content_block_delta", $$$"""{"type":"content_block_delta","index":{{{index}}},"delta":{"type":"text_delta","text":{{{Encoding.UTF8.GetString(quoted)}}}}}""");
        Write("content_block_stop", $$"""{"type":"content_block_stop","index":{{index}}}""");

        void Write(string type, string data) => output.Write(Encoding.UTF8.GetBytes($"event: {type}\ndata: {data}\n\n"));
    }

    public override void WriteEnd(bool isCutShort, IBufferWriter<byte> output)
    {
        foreach (var (read, held) in _held)
        {
            var edits = new ByteEdits(read.Raw);
            if (isCutShort && held.StopReason is not null)
            {
                edits.Replace(InRaw(read, held.StopReasonPlace), "\"end_turn\""u8.ToArray());
            }

            if (Usage.HasBefore && held.Usage.End.Value > 0)
            {
                edits.Replace(InRaw(read, held.Usage), Usage.ForClient(read.Data!.Value.Span[held.Usage]));
            }

            edits.WriteTo(output);
        }

        _held.Clear();
    }

    public override void WriteError(ReadOnlySpan<byte> error, IBufferWriter<byte> output)
    {
        output.Write("event: error\ndata: "u8);
        output.Write(error);
        output.Write("\n\n"u8);
    }

    protected override void AddUnknown() => _turn.AddUnknown();

    protected override void PushData(ServerSentEvent read, IBufferWriter<byte> output)
    {
        if (AnthropicEvent.Read(read.Data!.Value.Span) is not { } sent || !TryTake(read, sent))
        {
            _turn.AddUnknown();
            output.Write(read.Raw.Span);
        }
        else if (sent.Type == "message_start" && IsLater)
        {
            // The answer has begun.
        }
        else if (HoldsEnd && sent.Type is "message_delta" or "message_stop")
        {
            Hold(read, sent);
        }
        else
        {
            Pass(read, sent, output);
        }
    }

    private static Range InRaw(ServerSentEvent read, Range inData) =>
        (read.DataOffset + inData.Start.Value)..(read.DataOffset + inData.End.Value);

    /// <summary>Adds an event to the turn; false when it is not what its type says.</summary>
    private bool TryTake(ServerSentEvent read, AnthropicEvent sent)
    {
        try
        {
            Take(read.Data!.Value.Span, sent);
            return true;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    private void Take(ReadOnlySpan<byte> data, AnthropicEvent sent)
    {
        switch (sent.Type)
        {
            case "message_start":
                Usage.Report(data[sent.Usage]);
                break;
            case "content_block_start" or "content_block_delta" when sent.Index is null:
                throw new JsonException("A block has a number.");
            case "content_block_start" when sent.Index is { } index:
                // What stands between passed without being read: it was too long. No answer has as many blocks as a number can say.
                if (index - _next > MostUnread)
                {
                    throw new JsonException("The number is out of any order.");
                }

                for (; _next < index; _next++)
                {
                    Visible.AddUnread();
                }

                _next = index + 1;

                // As long as nothing was kept back the client gets the provider's own numbers, whatever they are.
                _numbers[index] = Visible.Add(_turn.Begin(index, data[sent.Content])) is { } number ? HoldsEnd ? number : index : null;
                break;
            case "content_block_delta" when sent.Index is { } index:
                Visible.Text.Append(_turn.Add(index, data[sent.Content]));
                break;
            case "message_delta":
                Usage.Report(data[sent.Usage]);
                _turn.StopReason = sent.StopReason ?? _turn.StopReason;
                break;
            case "message_stop":
                IsTurnComplete = true;
                break;
            case "error":
                HasError = true;
                break;
            default:
                break;
        }
    }

    private void Hold(ServerSentEvent read, AnthropicEvent sent)
    {
        // The reader's bytes do not live as long.
        var raw = read.OnOneLine();
        var copy = raw.Raw.ToArray();
        _held.Add((raw with { Raw = copy, Data = copy.AsMemory(raw.DataOffset, raw.Data!.Value.Length) }, sent));
    }

    private void Pass(ServerSentEvent read, AnthropicEvent sent, IBufferWriter<byte> output)
    {
        if (sent.Index is not { } index || !_numbers.TryGetValue(index, out var number) || number == index)
        {
            output.Write(read.Raw.Span);
        }
        else if (number is { } own)
        {
            var line = read.OnOneLine();
            var edits = new ByteEdits(line.Raw);
            edits.Replace(InRaw(line, sent.IndexPlace), Encoding.UTF8.GetBytes(own.ToString(CultureInfo.InvariantCulture)));
            edits.WriteTo(output);
        }
    }
}
