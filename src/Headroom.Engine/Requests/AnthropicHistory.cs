using System.Text;
using System.Text.Json;
using Headroom.Engine.Ccr;
using Headroom.Engine.Compression;

namespace Headroom.Engine.Requests;

/// <summary>
/// Puts hidden rounds back into Anthropic messages. The client's message is divided where a round ended: the calls close the part before,
/// the results follow as a user message, and the rest is a message of its own. The client's blocks keep their bytes.
/// </summary>
internal static class AnthropicHistory
{
    /// <summary>Appends the results of calls as one user message.</summary>
    public static void AppendResultMessage(ByteBuffer json, IReadOnlyList<RetrievalCall> calls)
    {
        json.Append("{\"role\":\"user\",\"content\":["u8);
        AppendResults(json, calls);
        json.Append("]}"u8);
    }

    /// <summary>
    /// Adds what has to change in the body so that the rounds of a trace are in it again. Adds nothing when they cannot be placed: a history
    /// without them is valid, one with a call in the wrong place is not.
    /// </summary>
    /// <param name="body">The client's body.</param>
    /// <param name="messages">Its messages.</param>
    /// <param name="index">The assistant's message that the trace belongs to.</param>
    /// <param name="content">What this message holds.</param>
    /// <param name="trace">The trace.</param>
    /// <param name="changes">Takes the changes.</param>
    public static void PutBack(
        ReadOnlySpan<byte> body, IReadOnlyList<MessagePlace> messages, int index, MessageContent content, RetrievalTrace trace, List<Replacement> changes)
    {
        if (content.Kind is not (JsonTokenType.String or JsonTokenType.StartArray) || Cuts(body, content, trace) is not { } cuts)
        {
            return;
        }

        // 1. The results of an open round stand before the client's own in its next message.
        var open = trace.IsOpen ? trace.Rounds[^1].Calls : null;
        if (open is not null)
        {
            if (ResultsBefore(body, messages, index + 1, open) is not { } results)
            {
                return;
            }

            changes.Add(results);
        }

        // 2. The message itself.
        var isNothingLeft = content.Kind == JsonTokenType.String
            ? PutIntoString(body, content, cuts, trace, open, changes)
            : PutIntoList(body, content, cuts, trace, open, changes);

        // 3. A continuation that gave the client nothing leaves no message behind that could be sent; its results stand alone.
        if (isNothingLeft)
        {
            var json = new ByteBuffer(0);
            json.Append(',');
            AppendResultMessage(json, trace.Rounds[^1].Calls);
            changes.Add(new Replacement(messages[index].End, 0, json.Memory, IsJson: true));
        }
    }

    private static bool PutIntoList(
        ReadOnlySpan<byte> body, MessageContent content, Cut[] cuts, RetrievalTrace trace, IReadOnlyList<RetrievalCall>? open, List<Replacement> changes)
    {
        var parts = content.Parts;
        var end = content.Place.End.Value - 1;
        var isNothingLeft = false;
        var last = default(Cut);
        for (var i = 0; i < cuts.Length; i++)
        {
            var cut = cuts[i];
            var isEnd = cut.Part == parts.Count;
            var json = new ByteBuffer(0);
            if (cut.Offset > 0)
            {
                // The first piece of the text becomes a block of its own; the client's block, with its marks, keeps the rest.
                var (text, length) = parts[cut.Part].Text.GetOffsetAndLength(body.Length);
                var from = last.Part == cut.Part ? Math.Max(1, last.Offset) : 1;
                if (TryAppendText(json, body[(text + from)..(text + cut.Offset)]))
                {
                    json.Append(',');
                }

                if (i + 1 == cuts.Length || cuts[i + 1].Part != cut.Part)
                {
                    changes.Add(new Replacement(text + 1, cut.Offset - 1, default, IsJson: true));
                }
            }
            else if (isEnd && last.Part < parts.Count)
            {
                json.Append(',');
            }

            AppendCalls(json, trace.Rounds[i].Calls);
            isNothingLeft = isEnd && i + 1 == cuts.Length && open is null;
            if (!isNothingLeft)
            {
                AppendBetween(json, content, trace.Rounds[i].Calls);
            }

            changes.Add(new Replacement(isEnd ? end : parts[cut.Part].Place.Start.Value, 0, json.Memory, IsJson: true));
            last = cut;
        }

        if (open is not null)
        {
            var json = new ByteBuffer(0);
            if (last.Part < parts.Count)
            {
                json.Append(',');
            }

            AppendCalls(json, open);
            changes.Add(new Replacement(end, 0, json.Memory, IsJson: true));
        }

        return isNothingLeft;
    }

    private static bool PutIntoString(
        ReadOnlySpan<byte> body, MessageContent content, Cut[] cuts, RetrievalTrace trace, IReadOnlyList<RetrievalCall>? open, List<Replacement> changes)
    {
        var quoted = body[content.Place];
        var isNothingLeft = false;
        var from = 1;
        var json = new ByteBuffer(quoted.Length);
        json.Append('[');
        for (var i = 0; i < cuts.Length; i++)
        {
            var to = cuts[i].Part > 0 ? quoted.Length - 1 : Math.Max(1, cuts[i].Offset);
            if (TryAppendText(json, quoted[from..to]))
            {
                json.Append(',');
            }

            from = to;
            AppendCalls(json, trace.Rounds[i].Calls);
            isNothingLeft = IsBlank(quoted[from..^1]) && i + 1 == cuts.Length && open is null;
            if (!isNothingLeft)
            {
                AppendBetween(json, content, trace.Rounds[i].Calls);
            }
        }

        var hasRest = TryAppendText(json, quoted[from..^1]);
        if (open is not null)
        {
            if (hasRest)
            {
                json.Append(',');
            }

            AppendCalls(json, open);
        }

        json.Append(']');
        changes.Add(new Replacement(content.Place.Start.Value, quoted.Length, json.Memory, IsJson: true));
        return isNothingLeft;
    }

    // Ends the assistant's message behind the calls of a round and begins the one that follows their results.
    private static void AppendBetween(ByteBuffer json, MessageContent content, IReadOnlyList<RetrievalCall> calls)
    {
        json.Append(content.IsRoleFirst ? "]},"u8 : "],\"role\":\"assistant\"},"u8);
        AppendResultMessage(json, calls);
        json.Append(content.IsRoleFirst ? ",{\"role\":\"assistant\",\"content\":["u8 : ",{\"content\":["u8);
    }

    // Where each round that was continued ended; null when that cannot be told for sure.
    private static Cut[]? Cuts(ReadOnlySpan<byte> body, MessageContent content, RetrievalTrace trace)
    {
        var parts = content.Parts;
        var cuts = new Cut[trace.Rounds.Count - (trace.IsOpen ? 1 : 0)];
        var ends = PartEnds(body, content, trace);
        if (ends is null && parts.Any(p => p.Kind == ContentPartKind.Other))
        {
            // Thinking belongs to one side of a cut, and the length of the text does not say to which.
            return null;
        }

        var isTrimmed = ends is null && content.MeasureText(body) != trace.AnswerText;
        for (var i = 0; i < cuts.Length; i++)
        {
            var round = trace.Rounds[i];
            var cut = ends is null
                ? CutAt(body, parts, isTrimmed ? round.VisibleTextWithoutWhiteSpace : round.VisibleText, isTrimmed)
                : new Cut(round.VisibleParts >= 0 && round.VisibleParts < ends.Count ? ends[round.VisibleParts] : -1, 0);
            var isAfterLast = i == 0 || cut.Part > cuts[i - 1].Part || (cut.Part == cuts[i - 1].Part && cut.Offset >= cuts[i - 1].Offset);
            if (cut.Part < 0 || !isAfterLast)
            {
                return null;
            }

            cuts[i] = cut;
        }

        // A round with a call of the client's was not continued.
        return cuts.Length > 0 && parts.Take(cuts[^1].Part).Any(p => p.Kind == ContentPartKind.ToolUse) ? null : cuts;
    }

    // By the number of parts that were counted, where they end; null when the message has others than the answer had.
    private static IReadOnlyList<int>? PartEnds(ReadOnlySpan<byte> body, MessageContent content, RetrievalTrace trace)
    {
        if (content.Kind != JsonTokenType.StartArray)
        {
            return null;
        }

        if (content.Parts.Count == trace.AnswerParts)
        {
            return [.. Enumerable.Range(0, trace.AnswerParts + 1)];
        }

        var shown = content.ShownParts(body);
        return shown.Count == trace.AnswerParts ? [0, .. shown.Select(i => i + 1)] : null;
    }

    private static Cut CutAt(ReadOnlySpan<byte> body, IReadOnlyList<ContentPart> parts, int units, bool isWhiteSpaceFree)
    {
        for (var i = 0; i < parts.Count && units > 0; i++)
        {
            if (parts[i].Kind != ContentPartKind.Text)
            {
                continue;
            }

            var quoted = body[parts[i].Text];
            var at = StringCut.Find(quoted, ref units, isWhiteSpaceFree);
            if (at < 0)
            {
                return new Cut(-1, 0);
            }

            if (units == 0)
            {
                return IsBlank(quoted[at..^1]) ? new Cut(i + 1, 0) : new Cut(i, at);
            }
        }

        return units == 0 ? default : new Cut(-1, 0);
    }

    private static Replacement? ResultsBefore(
        ReadOnlySpan<byte> body, IReadOnlyList<MessagePlace> messages, int index, IReadOnlyList<RetrievalCall> calls)
    {
        if (index >= messages.Count || messages[index].Role != MessageRole.User)
        {
            return null;
        }

        var content = MessageContent.Read(body, messages[index]);
        var (start, length) = content.Place.GetOffsetAndLength(body.Length);
        var json = new ByteBuffer(0);
        switch (content.Kind)
        {
            case JsonTokenType.StartArray:
                AppendResults(json, calls);
                if (content.Parts.Count > 0)
                {
                    json.Append(',');
                }

                return new Replacement(start + 1, 0, json.Memory, IsJson: true);
            case JsonTokenType.String:
                json.Append('[');
                AppendResults(json, calls);
                if (!IsBlank(body.Slice(start + 1, length - 2)))
                {
                    json.Append(',');
                    TryAppendText(json, body.Slice(start + 1, length - 2));
                }

                json.Append(']');
                return new Replacement(start, length, json.Memory, IsJson: true);
            default:
                return null;
        }
    }

    private static void AppendCalls(ByteBuffer json, IReadOnlyList<RetrievalCall> calls)
    {
        for (var i = 0; i < calls.Count; i++)
        {
            json.Append(i == 0 ? "{\"type\":\"tool_use\",\"id\":"u8 : ",{\"type\":\"tool_use\",\"id\":"u8);
            BodySplice.AppendString(json, calls[i].Id);
            json.Append(",\"name\":\""u8);
            json.Append(Encoding.UTF8.GetBytes(Marker.ToolName));
            json.Append("\",\"input\":"u8);
            var input = Encoding.UTF8.GetBytes(calls[i].Arguments);
            json.Append(IsObject(input) ? input : "{}"u8);
            json.Append('}');
        }
    }

    private static void AppendResults(ByteBuffer json, IReadOnlyList<RetrievalCall> calls)
    {
        for (var i = 0; i < calls.Count; i++)
        {
            json.Append(i == 0 ? "{\"type\":\"tool_result\",\"tool_use_id\":"u8 : ",{\"type\":\"tool_result\",\"tool_use_id\":"u8);
            BodySplice.AppendString(json, calls[i].Id);
            json.Append(",\"content\":"u8);
            BodySplice.AppendString(json, calls[i].Result);
            json.Append('}');
        }
    }

    // The provider refuses text of nothing but white space.
    private static bool TryAppendText(ByteBuffer json, ReadOnlySpan<byte> escaped)
    {
        if (IsBlank(escaped))
        {
            return false;
        }

        json.Append("{\"type\":\"text\",\"text\":\""u8);
        json.Append(escaped);
        json.Append("\"}"u8);
        return true;
    }

    private static bool IsBlank(ReadOnlySpan<byte> escaped) =>
        escaped.IsEmpty || StringCut.Measure([(byte)'"', .. escaped, (byte)'"'], isWhiteSpaceFree: true) == 0;

    // The provider takes nothing else for an input.
    private static bool IsObject(ReadOnlySpan<byte> arguments)
    {
        try
        {
            var json = new Utf8JsonReader(arguments);
            json.Read();
            if (json.TokenType != JsonTokenType.StartObject)
            {
                return false;
            }

            json.Skip();
            return !json.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <param name="Part">The part that the cut stands before, or in.</param>
    /// <param name="Offset">0 before the part; else the offset in the quoted string of its text.</param>
    private readonly record struct Cut(int Part, int Offset);
}
