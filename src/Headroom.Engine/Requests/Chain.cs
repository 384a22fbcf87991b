using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Headroom.Engine.Ccr;
using Headroom.Engine.Compression;

namespace Headroom.Engine.Requests;

/// <summary>
/// What a conversation is known by: a hash that rolls over all of its messages, so that each place in it has a name of its own. What clients change without
/// meaning anything by it is no part of it: cache marks, white space and escapes of JSON, the order of a message's members, one string in place of a list
/// with that text. Of an answer counts what clients surely send back: its text without white space, its calls, and parts that are neither text nor thinking.
/// </summary>
/// <remarks>SHA-256 and nothing faster: whoever could make two chains meet would read what was retrieved in another's conversation.</remarks>
internal sealed class Chain
{
    // A client that trims or compacts keeps its last exchanges.
    private const int MostExchanges = 32;
    private const int Size = SHA256.HashSizeInBytes;

    // No byte of UTF-8 is one of these.
    private const byte End = 0xFF;
    private const byte TextFollows = 0xFE;
    private const byte MemberFollows = 0xFD;

    private static readonly SearchValues<byte> WhiteSpace = SearchValues.Create(" \t\r\n"u8);

    // Where each message begins in the chain, and the chain's end.
    private readonly byte[] _points;

    private Chain(byte[] points) => _points = points;

    /// <summary>The place of the answer: behind the last message that is not the model's own.</summary>
    public PinKey Head { get; private init; }

    /// <summary>The head of the request whose answer this one brings back; null when it brings none.</summary>
    public PinKey? Extended { get; private init; }

    /// <summary>
    /// The exchanges that have calls, the latest first: the model's messages with what follows first, most likely the results. Known wherever they stand, in
    /// a history that was trimmed, edited or compacted too. A call's id makes an exchange one of a kind; an answer such as "Done." is not.
    /// </summary>
    public IReadOnlyList<PinKey> Exchanges { get; private init; } = [];

    /// <summary>Names the place of a message.</summary>
    public PinKey Before(int index) => KeyOf(_points.AsSpan(index * Size, Size));

    /// <summary>Reads the chain of a body's messages.</summary>
    /// <param name="format">The format's name, with which every chain begins.</param>
    /// <param name="body">A body that its format has located.</param>
    /// <param name="messages">Its messages.</param>
    public static Chain Read(string format, ReadOnlySpan<byte> body, IReadOnlyList<MessagePlace> messages)
    {
        // 1. Link by link.
        var points = new byte[(messages.Count + 1) * Size];
        var digests = new byte[messages.Count * Size];
        var hasCalls = new bool[messages.Count];
        SHA256.HashData(Encoding.UTF8.GetBytes(format), points);
        var buffer = new ByteBuffer(1 << 12);
        Span<byte> link = stackalloc byte[2 * Size];
        for (var i = 0; i < messages.Count; i++)
        {
            buffer.Truncate(0);
            hasCalls[i] = AppendMessage(buffer, body.Slice(messages[i].Start, messages[i].Length), messages[i].Role == MessageRole.Assistant);
            var digest = digests.AsSpan(i * Size, Size);
            SHA256.HashData(buffer.Written, digest);
            points.AsSpan(i * Size, Size).CopyTo(link);
            digest.CopyTo(link[Size..]);
            SHA256.HashData(link, points.AsSpan((i + 1) * Size, Size));
        }

        // 2. The exchanges, from the end. What the model is to go on with is part of its answer; calls without results are a turn that has ended.
        var head = messages.Count;
        while (head > 0 && messages[head - 1].Role == MessageRole.Assistant && !hasCalls[head - 1])
        {
            head--;
        }

        PinKey? extended = null;
        var exchanges = new List<PinKey>();
        for (var end = head; end > 0 && exchanges.Count < MostExchanges;)
        {
            var answer = end - 1;
            while (answer >= 0 && messages[answer].Role != MessageRole.Assistant)
            {
                answer--;
            }

            var start = answer;
            var isCalling = false;
            for (; start >= 0 && messages[start].Role == MessageRole.Assistant; start--)
            {
                isCalling |= hasCalls[start];
            }

            if (answer < 0)
            {
                break;
            }

            extended ??= KeyOf(points.AsSpan((start + 1) * Size, Size));
            if (isCalling)
            {
                var last = Math.Min(answer + 2, head);
                exchanges.Add(KeyOf(SHA256.HashData(digests.AsSpan((start + 1) * Size, (last - start - 1) * Size))));
            }

            end = start + 1;
        }

        return new Chain(points) { Head = KeyOf(points.AsSpan(head * Size, Size)), Extended = extended, Exchanges = exchanges };
    }

    /// <summary>The hash of values of a body, such as its tools and its system prompt, as the chain reads them.</summary>
    public static byte[] HashOf(ReadOnlySpan<byte> body, params ReadOnlySpan<Range> places)
    {
        var buffer = new ByteBuffer(1 << 12);
        foreach (var place in places)
        {
            if (!place.Equals(default))
            {
                var json = new Utf8JsonReader(body[place]);
                json.Read();
                AppendContent(buffer, ref json, isAnswer: false);
            }

            buffer.Append(End);
        }

        return SHA256.HashData(buffer.Written);
    }

    private static PinKey KeyOf(ReadOnlySpan<byte> hash) => new(Convert.ToHexStringLower(hash));

    // True when the message has calls.
    private static bool AppendMessage(ByteBuffer buffer, ReadOnlySpan<byte> message, bool isAnswer)
    {
        var json = new Utf8JsonReader(message);
        json.Read();
        if (json.TokenType != JsonTokenType.StartObject)
        {
            AppendValue(buffer, ref json);
            return false;
        }

        var hasCalls = false;
        Span<(RequestMember Member, int Start, int Length)> members = stackalloc (RequestMember, int, int)[8];
        var count = 0;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var member = RequestMemberName.Of(json);
            json.Read();
            var start = buffer.Length;
            switch (member)
            {
                case RequestMember.Role or RequestMember.ToolCallId or RequestMember.Name:
                    AppendValue(buffer, ref json);
                    break;
                case RequestMember.Content:
                    hasCalls |= AppendContent(buffer, ref json, isAnswer);
                    break;
                case RequestMember.ToolCalls when json.TokenType == JsonTokenType.StartArray:
                    AppendValue(buffer, ref json);
                    hasCalls |= buffer.Length - start > 2;
                    break;
                default:
                    json.Skip();
                    break;
            }

            if (buffer.Length > start && count < members.Length)
            {
                members[count++] = (member, start, buffer.Length - start);
            }
        }

        // In an order that is not the client's, with their names.
        members = members[..count];
        members.Sort(static (a, b) => a.Member.CompareTo(b.Member));
        for (var i = 1; i < members.Length; i++)
        {
            if (members[i].Start < members[i - 1].Start)
            {
                var written = buffer.ToArray();
                buffer.Truncate(0);
                foreach (var (_, start, length) in members)
                {
                    buffer.Append(written.AsSpan(start, length));
                }

                break;
            }
        }

        foreach (var (member, _, length) in members)
        {
            buffer.Append(MemberFollows);
            buffer.Append((int)member);
            buffer.Append(MemberFollows);
            buffer.Append(length);
        }

        return hasCalls;
    }

    // Content of one string is a list with that text. True when a part is a call.
    private static bool AppendContent(ByteBuffer buffer, ref Utf8JsonReader json, bool isAnswer)
    {
        if (json.TokenType == JsonTokenType.String)
        {
            AppendText(buffer, ref json, isAnswer);
            return false;
        }

        if (json.TokenType != JsonTokenType.StartArray)
        {
            if (json.TokenType != JsonTokenType.Null)
            {
                AppendValue(buffer, ref json);
            }

            return false;
        }

        var hasCalls = false;
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (json.TokenType != JsonTokenType.StartObject)
            {
                AppendValue(buffer, ref json);
                continue;
            }

            switch (KindOf(json, out var text))
            {
                case PartKind.Text:
                    AppendText(buffer, ref text, isAnswer);
                    json.Skip();
                    break;
                case PartKind.Thinking when isAnswer:
                    json.Skip();
                    break;
                case var kind:
                    hasCalls |= kind == PartKind.Call;
                    AppendValue(buffer, ref json);
                    break;
            }
        }

        return hasCalls;
    }

    private static PartKind KindOf(Utf8JsonReader json, out Utf8JsonReader text)
    {
        text = default;
        var hasText = false;
        var kind = PartKind.Other;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var member = RequestMemberName.Of(json);
            json.Read();
            if (member == RequestMember.Text && json.TokenType == JsonTokenType.String)
            {
                text = json;
                hasText = true;
            }
            else if (member == RequestMember.Type && json.TokenType == JsonTokenType.String)
            {
                kind = json.ValueTextEquals("text"u8) ? PartKind.Text
                    : json.ValueTextEquals("thinking"u8) || json.ValueTextEquals("redacted_thinking"u8) ? PartKind.Thinking
                    : json.ValueTextEquals("tool_use"u8) ? PartKind.Call
                    : PartKind.Other;
                if (kind != PartKind.Text)
                {
                    return kind;
                }
            }

            if (kind == PartKind.Text && hasText)
            {
                return kind;
            }

            json.Skip();
        }

        return PartKind.Other;
    }

    private static void AppendText(ByteBuffer buffer, ref Utf8JsonReader json, bool isAnswer)
    {
        if (!isAnswer)
        {
            buffer.Append(TextFollows);
            AppendString(buffer, json);
            buffer.Append(End);
            return;
        }

        // Texts of an answer may be joined, trimmed or left out.
        var start = buffer.Length;
        AppendString(buffer, json);
        if (buffer.Written[start..].IndexOfAny(WhiteSpace) >= 0)
        {
            var text = buffer.Written[start..].ToArray().AsSpan();
            buffer.Truncate(start);
            while (!text.IsEmpty)
            {
                var end = text.IndexOfAny(WhiteSpace);
                buffer.Append(end < 0 ? text : text[..end]);
                text = end < 0 ? default : text[(end + 1)..];
            }
        }
    }

    private static void AppendValue(ByteBuffer buffer, ref Utf8JsonReader json)
    {
        switch (json.TokenType)
        {
            case JsonTokenType.StartObject:
                buffer.Append('{');
                while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
                {
                    var member = RequestMemberName.Of(json);
                    if (member == RequestMember.CacheControl)
                    {
                        json.Skip();
                        continue;
                    }

                    AppendString(buffer, json);
                    buffer.Append(MemberFollows);
                    json.Read();
                    if (member == RequestMember.Content)
                    {
                        AppendContent(buffer, ref json, isAnswer: false);
                    }
                    else
                    {
                        AppendValue(buffer, ref json);
                    }
                }

                buffer.Append('}');
                break;
            case JsonTokenType.StartArray:
                buffer.Append('[');
                while (json.Read() && json.TokenType != JsonTokenType.EndArray)
                {
                    AppendValue(buffer, ref json);
                }

                buffer.Append(']');
                break;
            case JsonTokenType.String:
                buffer.Append(TextFollows);
                AppendString(buffer, json);
                buffer.Append(End);
                break;
            default:
                buffer.Append(json.ValueSpan);
                buffer.Append(End);
                break;
        }
    }

    // What is no text keeps its spelling.
    private static void AppendString(ByteBuffer buffer, in Utf8JsonReader json)
    {
        if (json.ValueIsEscaped)
        {
            using var scratch = new Scratch(json.ValueSpan.Length);
            try
            {
                buffer.Append(scratch.Bytes[..json.CopyString(scratch.Bytes)]);
                return;
            }
            catch (InvalidOperationException)
            {
            }
        }

        buffer.Append(json.ValueSpan);
    }

    private enum PartKind
    {
        Other,
        Text,
        Thinking,
        Call,
    }
}
