using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Headroom.Proxy.Retrieval;

/// <summary>Joins Anthropic messages: the blocks of all turns in their order, each as the bytes that came.</summary>
internal sealed class AnthropicJoiner : AnswerJoiner
{
    private readonly List<ReadOnlyMemory<byte>> _blocks = [];
    private AnthropicTurn _turn = new();
    private ReadOnlyMemory<byte> _body;
    private Range _content;
    private Range _stopReason;
    private Range _usage;

    public override bool TryAdd(ReadOnlyMemory<byte> body)
    {
        try
        {
            return TryRead(body);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    public override ModelTurn ToModelTurn() => _turn.ToModelTurn();

    public override void AddNote(string text)
    {
        var quoted = JsonSerializer.Serialize(text, LoopJson.Default.String);
        Visible.AddText();
        Visible.Text.Append(Encoding.UTF8.GetBytes(quoted).AsSpan()[1..^1]);
        _blocks.Add(Encoding.UTF8.GetBytes("{\"type\":\"text\",\"text\":" + quoted + "}"));
    }

    public override byte[] Join(bool isCutShort)
    {
        var content = new ArrayBufferWriter<byte>();
        var separator = "["u8;
        foreach (var block in _blocks)
        {
            content.Write(separator);
            separator = ","u8;
            content.Write(block.Span);
        }

        content.Write(_blocks.Count == 0 ? "[]"u8 : "]"u8);
        var edits = new ByteEdits(_body);
        edits.Replace(_content, content.WrittenMemory);
        if (isCutShort && _stopReason.End.Value > 0)
        {
            edits.Replace(_stopReason, "\"end_turn\""u8.ToArray());
        }

        if (Usage.HasBefore && _usage.End.Value > 0)
        {
            edits.Replace(_usage, Usage.ForClient(_body.Span[_usage]));
        }

        return edits.ToArray();
    }

    private bool TryRead(ReadOnlyMemory<byte> body)
    {
        // 1. Find the parts.
        (_content, _stopReason, _usage) = (default, default, default);
        var blocks = new List<Range>();
        var turn = new AnthropicTurn();
        var json = JsonPlaces.Object(body.Span);
        while (json.NextMember(out var name, out _))
        {
            if (name.SequenceEqual("content"u8) && json.TokenType == JsonTokenType.StartArray)
            {
                var start = (int)json.TokenStartIndex;
                while (json.NextElement())
                {
                    blocks.Add(json.Place());
                }

                _content = start..(int)json.BytesConsumed;
            }
            else if (name.SequenceEqual("stop_reason"u8) && json.TokenType == JsonTokenType.String)
            {
                turn.StopReason = json.Text();
                _stopReason = json.Place();
            }
            else if (name.SequenceEqual("usage"u8) && json.TokenType == JsonTokenType.StartObject)
            {
                _usage = json.Place();
            }
            else
            {
                json.Skip();
            }
        }

        if (json.Read() || _content.End.Value == 0)
        {
            return false;
        }

        // 2. Take them in.
        (_body, _turn) = (body, turn);
        foreach (var place in blocks)
        {
            var block = turn.Begin(turn.Count, body.Span[place]);
            if (Visible.Add(block) is not null)
            {
                _blocks.Add(body[place]);
            }
        }

        Usage.Report(body.Span[_usage]);
        return true;
    }
}
