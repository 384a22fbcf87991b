using System.Text;
using System.Text.Json;
using Headroom.Engine.Ccr;
using Headroom.Engine.Compression;

namespace Headroom.Engine.Requests;

/// <summary>
/// Puts hidden rounds back into OpenAI chat messages. Each round becomes an assistant's message before the client's, with the text that the
/// client was given until then, followed by a message for each result; the client's message keeps the rest.
/// </summary>
internal static class OpenAIHistory
{
    /// <summary>Appends the results of calls, one message each, with commas between them.</summary>
    public static void AppendResultMessages(ByteBuffer json, IReadOnlyList<RetrievalCall> calls)
    {
        for (var i = 0; i < calls.Count; i++)
        {
            json.Append(i == 0 ? "{\"role\":\"tool\",\"tool_call_id\":"u8 : ",{\"role\":\"tool\",\"tool_call_id\":"u8);
            BodySplice.AppendString(json, calls[i].Id);
            json.Append(",\"content\":"u8);
            BodySplice.AppendString(json, calls[i].Result);
            json.Append('}');
        }
    }

    /// <inheritdoc cref="AnthropicHistory.PutBack"/>
    public static void PutBack(
        ReadOnlySpan<byte> body, IReadOnlyList<MessagePlace> messages, int index, MessageContent content, RetrievalTrace trace, List<Replacement> changes)
    {
        var placed = new List<Replacement>();
        if ((trace.IsOpen && (index + 1 >= messages.Count || !TryPutOpenRound(messages[index], content, trace.Rounds[^1].Calls, placed)))
            || !TryPutRounds(body, messages[index], content, trace, placed))
        {
            return;
        }

        changes.AddRange(placed);
    }

    private static bool TryPutRounds(
        ReadOnlySpan<byte> body, MessagePlace message, MessageContent content, RetrievalTrace trace, List<Replacement> changes)
    {
        var continued = trace.Rounds.Count - (trace.IsOpen ? 1 : 0);
        if (continued == 0)
        {
            return true;
        }

        // 1. Deal the text out to the rounds, from its beginning.
        var json = new ByteBuffer(0);
        var texts = content.Parts.Where(p => p.Kind == ContentPartKind.Text).ToArray();
        var isTrimmed = content.MeasureText(body) != trace.AnswerText;
        var (part, from, given) = (0, 1, 0);
        for (var i = 0; i < continued; i++)
        {
            var calls = trace.Rounds[i].Calls;
            var until = isTrimmed ? trace.Rounds[i].VisibleTextWithoutWhiteSpace : trace.Rounds[i].VisibleText;
            var units = until - given;
            given = until;
            json.Append("{\"role\":\"assistant\",\"content\":"u8);
            json.Append(units > 0 ? "\""u8 : "null"u8);
            var hasText = units > 0;
            while (units > 0)
            {
                if (part == texts.Length)
                {
                    return false;
                }

                var rest = body[texts[part].Text][(from - 1)..];
                var at = StringCut.Find(rest, ref units, isTrimmed);
                if (at < 0)
                {
                    return false;
                }

                json.Append(rest[1..at]);
                from += at - 1;
                if (at == rest.Length - 1)
                {
                    Cut(texts[part].Text, from, changes);
                    (part, from) = (part + 1, 1);
                }
            }

            if (units < 0)
            {
                return false;
            }

            json.Append(hasText ? "\",\"tool_calls\":["u8 : ",\"tool_calls\":["u8);
            AppendCalls(json, calls);
            json.Append("]},"u8);
            AppendResultMessages(json, calls);
            json.Append(',');
        }

        // 2. The client's message keeps what is left.
        if (from > 1)
        {
            Cut(texts[part].Text, from, changes);
        }

        changes.Add(new Replacement(message.Start, 0, json.Memory, IsJson: true));
        return true;

        static void Cut(Range text, int from, List<Replacement> changes) =>
            changes.Add(new Replacement(text.Start.Value + 1, from - 1, default, IsJson: true));
    }

    // The calls stand with those of the client, their results before its own.
    private static bool TryPutOpenRound(MessagePlace message, MessageContent content, IReadOnlyList<RetrievalCall> calls, List<Replacement> changes)
    {
        var json = new ByteBuffer(0);
        var (start, end) = (content.ToolCalls.Start.Value, content.ToolCalls.End.Value);
        switch (content.ToolCallsKind)
        {
            case JsonTokenType.None:
                json.Append(",\"tool_calls\":["u8);
                AppendCalls(json, calls);
                json.Append(']');
                changes.Add(new Replacement(message.End - 1, 0, json.Memory, IsJson: true));
                break;
            case JsonTokenType.Null:
                json.Append('[');
                AppendCalls(json, calls);
                json.Append(']');
                changes.Add(new Replacement(start, end - start, json.Memory, IsJson: true));
                break;
            case JsonTokenType.StartArray:
                if (content.ToolCallCount > 0)
                {
                    json.Append(',');
                }

                AppendCalls(json, calls);
                changes.Add(new Replacement(end - 1, 0, json.Memory, IsJson: true));
                break;
            default:
                return false;
        }

        var results = new ByteBuffer(0);
        results.Append(',');
        AppendResultMessages(results, calls);
        changes.Add(new Replacement(message.End, 0, results.Memory, IsJson: true));
        return true;
    }

    private static void AppendCalls(ByteBuffer json, IReadOnlyList<RetrievalCall> calls)
    {
        for (var i = 0; i < calls.Count; i++)
        {
            json.Append(i == 0 ? "{\"id\":"u8 : ",{\"id\":"u8);
            BodySplice.AppendString(json, calls[i].Id);
            json.Append(",\"type\":\"function\",\"function\":{\"name\":\""u8);
            json.Append(Encoding.UTF8.GetBytes(Marker.ToolName));
            json.Append("\",\"arguments\":"u8);
            BodySplice.AppendString(json, calls[i].Arguments);
            json.Append("}}"u8);
        }
    }
}
