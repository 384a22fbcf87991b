using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Headroom.Proxy.Retrieval;

/// <summary>Joins OpenAI chat completions: the text of all turns, and the client's calls of the last.</summary>
internal sealed class OpenAIJoiner : AnswerJoiner
{
    // Members without a meaning here that turns before the last one had.
    private readonly AccumulatedJson _before = new();
    private readonly List<ReadOnlyMemory<byte>> _calls = [];
    private OpenAITurn _turn = new();
    private ReadOnlyMemory<byte> _body;
    private OpenAIChoice _choice;
    private Range _usage;

    public override bool TryAdd(ReadOnlyMemory<byte> body)
    {
        if (OpenAIChunk.Read(body.Span) is not { HasError: false, Choices: [{ Index: 0 } choice] } completion || choice.Content.End.Value == 0)
        {
            return false;
        }

        try
        {
            var turn = new OpenAITurn { FinishReason = choice.FinishReason };
            Take(body, choice.Content, turn);
            (_body, _turn, _choice, _usage) = (body, turn, choice, completion.Usage);
            Usage.Report(body.Span[_usage]);
            return true;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    public override ModelTurn ToModelTurn() => _turn.ToModelTurn();

    public override void Continue()
    {
        base.Continue();
        Add(_before, _turn.Other);
    }

    public override void AddNote(string text) =>
        Visible.Text.Append(JsonSerializer.SerializeToUtf8Bytes(text, LoopJson.Default.String).AsSpan()[1..^1]);

    public override byte[] Join(bool isCutShort)
    {
        var edits = new ByteEdits(_body);
        edits.Replace(_choice.Content, Message());
        if (isCutShort && _choice.FinishReasonPlace.End.Value > 0)
        {
            edits.Replace(_choice.FinishReasonPlace, "\"stop\""u8.ToArray());
        }

        if (Usage.HasBefore && _usage.End.Value > 0)
        {
            edits.Replace(_usage, Usage.ForClient(_body.Span[_usage]));
        }

        return edits.ToArray();
    }

    private static void Add(AccumulatedJson sum, AccumulatedJson value)
    {
        var json = new ArrayBufferWriter<byte>();
        value.WriteTo(json);
        var reader = new Utf8JsonReader(json.WrittenSpan);
        reader.Read();
        sum.Add(string.Empty, ref reader, json.WrittenSpan);
    }

    private void Take(ReadOnlyMemory<byte> body, Range place, OpenAITurn turn)
    {
        var message = body[place];
        var json = JsonPlaces.Object(message.Span);
        while (json.NextMember(out var name, out _))
        {
            if (name.SequenceEqual("tool_calls"u8) && json.TokenType == JsonTokenType.StartArray)
            {
                for (var position = 0; json.NextElement(); position++)
                {
                    var element = message[json.Place()];
                    var call = turn.AddCall(OpenAICallDelta.Read(element.Span) with { Index = null }, position, element.Span);
                    if (!call.IsRetrieval)
                    {
                        Visible.AddCall(call.Id);
                        _calls.Add(element);
                    }
                }
            }
            else if (name.SequenceEqual("content"u8) && json.TokenType is JsonTokenType.String or JsonTokenType.Null)
            {
                var text = json.Escaped();
                turn.AddContent(text);
                Visible.Text.Append(text);
            }
            else if (name.SequenceEqual("role"u8))
            {
                json.Skip();
            }
            else
            {
                // Content that is no string is another dialect's.
                if (name.SequenceEqual("content"u8))
                {
                    turn.AddUnknown();
                }

                turn.AddOther(Encoding.UTF8.GetString(name), ref json, message.Span);
            }
        }
    }

    private byte[] Message()
    {
        var output = new ArrayBufferWriter<byte>();
        var message = _body[_choice.Content].Span;
        var separator = "{"u8;
        var hasContent = false;
        var json = JsonPlaces.Object(message);

        // 1. The members of the last turn's message, those of all turns in place of its own.
        while (json.NextMember(out var name, out var start))
        {
            var text = Encoding.UTF8.GetString(name);
            var value = json.Place();
            var isCalls = name.SequenceEqual("tool_calls"u8);
            if (isCalls && _calls.Count == 0)
            {
                continue;
            }

            output.Write(separator);
            separator = ","u8;
            output.Write(message[start..value.Start.Value]);
            if (isCalls)
            {
                WriteCalls(output);
            }
            else if (text == "content" && Visible.Text.Length > 0)
            {
                hasContent = true;
                Visible.Text.WriteTo(output);
            }
            else if (_before.Members.Any(m => m.Key == text && !m.Value.IsNothing))
            {
                Add(_before.Member(text), message[value], text);
                _before.Member(text).WriteTo(output);
            }
            else
            {
                output.Write(message[value]);
            }
        }

        // 2. What it did not have.
        if (!hasContent && Visible.Text.Length > 0)
        {
            output.Write(separator);
            separator = ","u8;
            output.Write("\"content\":"u8);
            Visible.Text.WriteTo(output);
        }

        output.Write(separator is [(byte)'{'] ? "{}"u8 : "}"u8);
        return output.WrittenSpan.ToArray();
    }

    private static void Add(AccumulatedJson sum, ReadOnlySpan<byte> value, string name)
    {
        var reader = new Utf8JsonReader(value);
        reader.Read();
        sum.Add(name, ref reader, value);
    }

    private void WriteCalls(IBufferWriter<byte> output)
    {
        var separator = "["u8;
        foreach (var call in _calls)
        {
            output.Write(separator);
            separator = ","u8;
            output.Write(call.Span);
        }

        output.Write("]"u8);
    }
}
