using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Headroom.Proxy.Observation;

namespace Headroom.Proxy.Retrieval;

/// <summary>
/// Splices streams of OpenAI chat completions: one id, the role once, calls numbered without gaps, one finish, one usage report, one
/// <c>[DONE]</c>.
/// </summary>
internal sealed class OpenAISplicer : AnswerSplicer
{
    private readonly Dictionary<string, byte[]> _identity = new(StringComparer.Ordinal);
    private readonly List<HeldChunk> _held = [];
    private OpenAITurn _turn = new();
    private int _clientCalls;

    protected override bool HasRetrieval => _turn.HasRetrieval;

    public override ModelTurn ToModelTurn() => _turn.ToModelTurn();

    // Some providers end the stream without saying so.
    public override bool TryEndTurn() => IsTurnComplete |= _turn.FinishReason is not null && !HasError;

    public override void Continue(IBufferWriter<byte> output)
    {
        WriteWaiting(output);
        foreach (var held in _held)
        {
            if (held.HasContent)
            {
                Replace(held.Edits, held.FinishReason, "null"u8.ToArray());
                Replace(held.Edits, held.Usage, "null"u8.ToArray());
                held.Edits.WriteTo(output);
            }
        }

        base.Continue(output);
        _held.Clear();
        _turn = new OpenAITurn();
    }

    public override void WriteNote(string text, IBufferWriter<byte> output)
    {
        var quoted = Quoted(text);
        Visible.Text.Append(quoted.AsSpan()[1..^1]);
        WriteChunk("\"content\":"u8, quoted, output);
    }

    public override void WriteEnd(bool isCutShort, IBufferWriter<byte> output)
    {
        WriteWaiting(output);
        foreach (var held in _held)
        {
            if (isCutShort)
            {
                Replace(held.Edits, held.FinishReason, "\"stop\""u8.ToArray());
            }

            if (Usage.HasBefore)
            {
                Replace(held.Edits, held.Usage, Usage.ForClient(held.Raw.Span[held.Usage]));
            }

            held.Edits.WriteTo(output);
        }

        _held.Clear();
    }

    // Pieces of calls whose name has not come.
    public override void WriteWaiting(IBufferWriter<byte> output)
    {
        var kept = new ArrayBufferWriter<byte>();
        foreach (var (index, call) in _turn.Calls)
        {
            if (call.Pending.Count > 0)
            {
                Write(call, index, kept);
            }
        }

        if (kept.WrittenCount > 0)
        {
            kept.Write("]"u8);
            WriteChunk("\"tool_calls\":"u8, kept.WrittenSpan, output);
        }
    }

    public override void WriteError(ReadOnlySpan<byte> error, IBufferWriter<byte> output)
    {
        output.Write("data: "u8);
        output.Write(error);
        output.Write("\n\n"u8);
    }

    protected override void AddUnknown() => _turn.AddUnknown();

    protected override void PushData(ServerSentEvent read, IBufferWriter<byte> output)
    {
        // 1. What is no chunk.
        var line = read.OnOneLine();
        var data = line.Data!.Value.Span;
        if (data.SequenceEqual("[DONE]"u8))
        {
            IsTurnComplete = true;
            WriteWaiting(output);
            var end = new HeldChunk(read.Raw.ToArray());
            PassOrHold(HoldsEnd, end, read, output);
            return;
        }

        if (OpenAIChunk.Read(data) is not { } chunk)
        {
            _turn.AddUnknown();
            output.Write(read.Raw.Span);
            return;
        }

        if (chunk.HasError)
        {
            HasError = true;
            output.Write(read.Raw.Span);
            return;
        }

        // 2. What the chunk adds to the turn, and what of it the client gets.
        var hasEnded = _turn.FinishReason is not null;
        var raw = line.Raw.ToArray();
        var held = new HeldChunk(raw);
        try
        {
            foreach (var choice in chunk.Choices)
            {
                Take(line, choice, held);
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            _turn.AddUnknown();
            output.Write(read.Raw.Span);
            return;
        }

        if (chunk.Choices.Count > 0 && !IsLater && _identity.Count == 0)
        {
            foreach (var (name, place) in chunk.Names)
            {
                _identity[name] = data[place].ToArray();
            }
        }

        if (IsLater)
        {
            foreach (var (name, place) in chunk.Names)
            {
                if (_identity.TryGetValue(name, out var first) && !data[place].SequenceEqual(first))
                {
                    held.Edits.Replace(InRaw(line, place), first);
                }
            }
        }

        if (chunk.Usage.End.Value > 0)
        {
            Usage.Report(data[chunk.Usage]);
            held.Usage = InRaw(line, chunk.Usage);
        }

        // 3. Now, later or never.
        hasEnded |= _turn.FinishReason is not null;
        if (hasEnded)
        {
            WriteWaiting(output);
        }

        var hasSomething = held.HasContent || held.Usage.End.Value > 0 || held.FinishReason.End.Value > 0 || !held.IsEmptied;
        if (HoldsEnd && hasEnded)
        {
            held.HasContent |= chunk.Choices.Count == 0 && held.Usage.End.Value == 0;
            _held.Add(held);
        }
        else if (hasSomething)
        {
            if (Usage.HasBefore)
            {
                Replace(held.Edits, held.Usage, chunk.Usage.End.Value > 0 ? Usage.ForClient(data[chunk.Usage]) : default);
            }

            PassOrHold(false, held, read, output);
        }
    }

    private static Range InRaw(ServerSentEvent line, Range inData) =>
        (line.DataOffset + inData.Start.Value)..(line.DataOffset + inData.End.Value);

    private static void Replace(ByteEdits edits, Range range, ReadOnlyMemory<byte> with)
    {
        if (range.End.Value > 0)
        {
            edits.Replace(range, with);
        }
    }

    /// <summary>Writes a chunk of our own with one member in its delta.</summary>
    private void WriteChunk(ReadOnlySpan<byte> name, ReadOnlySpan<byte> value, IBufferWriter<byte> output)
    {
        output.Write("data: {"u8);
        foreach (var (member, known) in _identity)
        {
            output.Write(Encoding.ASCII.GetBytes($"\"{member}\":"));
            output.Write(known);
            output.Write(","u8);
        }

        output.Write("\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{"u8);
        output.Write(name);
        output.Write(value);
        output.Write("},\"finish_reason\":null}]}\n\n"u8);
    }

    private void PassOrHold(bool holds, HeldChunk chunk, ServerSentEvent read, IBufferWriter<byte> output)
    {
        if (holds)
        {
            _held.Add(chunk);
        }
        else if (chunk.Edits.IsEmpty)
        {
            output.Write(read.Raw.Span);
        }
        else
        {
            chunk.Edits.WriteTo(output);
        }
    }

    private void Take(ServerSentEvent line, OpenAIChoice choice, HeldChunk held)
    {
        if (choice.Index != 0)
        {
            // A client that wants several answers is not offered the tool.
            _turn.AddUnknown();
            held.HasContent = true;
            return;
        }

        if (choice.Content.End.Value > 0)
        {
            var kept = new ArrayBufferWriter<byte>();
            if (!TakeDelta(line.Data!.Value.Span[choice.Content], kept, held))
            {
                held.IsEmptied = !held.HasContent;
                held.Edits.Replace(InRaw(line, choice.Content), kept.WrittenMemory);
            }
        }

        if (choice.FinishReason is not null)
        {
            _turn.FinishReason = choice.FinishReason;
            held.FinishReason = InRaw(line, choice.FinishReasonPlace);
        }
    }

    /// <summary>Adds a delta to the turn and writes the client's version of it; true when that is the same.</summary>
    private bool TakeDelta(ReadOnlySpan<byte> delta, ArrayBufferWriter<byte> kept, HeldChunk held)
    {
        var isSame = true;
        var separator = "{"u8;
        var json = JsonPlaces.Object(delta);
        while (json.NextMember(out var name, out var start))
        {
            var value = (int)json.TokenStartIndex;
            if (name.SequenceEqual("tool_calls"u8) && json.TokenType == JsonTokenType.StartArray)
            {
                var calls = new ArrayBufferWriter<byte>();
                var isSameList = TakeCalls(ref json, delta, calls);
                isSame &= isSameList;
                if (calls.WrittenCount == 0)
                {
                    continue;
                }

                held.HasContent = true;
                kept.Write(separator);
                kept.Write(delta[start..value]);
                kept.Write(isSameList ? delta[value..(int)json.BytesConsumed] : calls.WrittenSpan);
            }
            else
            {
                var isRole = name.SequenceEqual("role"u8);
                if (name.SequenceEqual("content"u8) && json.TokenType == JsonTokenType.String)
                {
                    var text = json.Escaped();
                    _turn.AddContent(text);
                    Visible.Text.Append(text);
                    held.HasContent |= !text.IsEmpty;
                }
                else if (isRole || json.TokenType == JsonTokenType.Null)
                {
                    json.Skip();
                }
                else
                {
                    held.HasContent |= !json.ValueSpan.IsEmpty;
                    // Content that is no string is another dialect's.
                    if (name.SequenceEqual("content"u8))
                    {
                        _turn.AddUnknown();
                    }

                    _turn.AddOther(Encoding.UTF8.GetString(name), ref json, delta);
                }

                // The role is said once in an answer.
                if (isRole && IsLater)
                {
                    isSame = false;
                    continue;
                }

                held.HasContent |= isRole;
                kept.Write(separator);
                kept.Write(delta[start..(int)json.BytesConsumed]);
            }

            separator = ","u8;
        }

        kept.Write(kept.WrittenCount == 0 ? "{}"u8 : "}"u8);
        return isSame;
    }

    /// <summary>Adds the elements of a list of calls to the turn and writes those of the client's calls; true when that is the same list.</summary>
    private bool TakeCalls(ref Utf8JsonReader json, ReadOnlySpan<byte> delta, ArrayBufferWriter<byte> kept)
    {
        var isSame = true;
        for (var position = 0; json.NextElement(); position++)
        {
            var element = delta[json.Place()];
            var read = OpenAICallDelta.Read(element);
            var call = _turn.AddCall(read, position, element);
            if (call.IsRetrieval)
            {
                isSame = false;
                continue;
            }

            call.Pending.Add((element.ToArray(), read.IndexPlace));
            if (call.Name.Length == 0)
            {
                isSame = false;
                continue;
            }

            isSame &= call.Pending.Count == 1;
            Write(call, read.Index ?? position, kept);
            isSame &= (read.Index ?? call.Number) == call.Number;
        }

        if (kept.WrittenCount > 0)
        {
            kept.Write("]"u8);
        }

        return isSame;
    }

    /// <summary>Writes what there is of a client's call into a list of calls, under the number that the call has for the client.</summary>
    private void Write(OpenAICall call, int index, ArrayBufferWriter<byte> list)
    {
        if (call.Number is null)
        {
            // As long as nothing was kept back the client gets the provider's own numbers, whatever they are.
            call.Number = HoldsEnd ? _clientCalls : index;
            _clientCalls = Math.Max(_clientCalls, call.Number.Value + 1);
            Visible.AddCall(call.Id);
        }

        foreach (var (piece, place) in call.Pending)
        {
            var edits = new ByteEdits(piece);
            Replace(edits, place, Encoding.ASCII.GetBytes(call.Number.Value.ToString(CultureInfo.InvariantCulture)));
            list.Write(list.WrittenCount == 0 ? "["u8 : ","u8);
            edits.WriteTo(list);
        }

        call.Pending.Clear();
    }

    /// <summary>A chunk on its way to the client, now or when it is known how the turn ends.</summary>
    private sealed class HeldChunk(ReadOnlyMemory<byte> raw)
    {
        public ReadOnlyMemory<byte> Raw => raw;

        public ByteEdits Edits { get; } = new(raw);

        /// <summary>Where the finish reason stands.</summary>
        public Range FinishReason { get; set; }

        /// <summary>Where the usage report stands.</summary>
        public Range Usage { get; set; }

        /// <summary>True when it holds something for the client besides the end.</summary>
        public bool HasContent { get; set; }

        /// <summary>True when all that it held was kept back.</summary>
        public bool IsEmptied { get; set; }
    }
}
