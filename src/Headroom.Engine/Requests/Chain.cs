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

    private static readonly SearchValues<byte> WhiteSpace = SearchValues.Create(" \t\r\n"u8);

    // Where each message begins in the chain, and the chain's end.
    private readonly byte[] _points;

    // There are calls before the latest answer.
    private readonly bool _isOneOfAKind;

    private Chain(byte[] points, bool isOneOfAKind) => (_points, _isOneOfAKind) = (points, isOneOfAKind);

    /// <summary>The place of the answer: behind the last message that is not the model's own.</summary>
    public PinKey Head { get; private init; }

    /// <summary>The head of the request whose answer this one brings back; null when it brings none.</summary>
    public PinKey? Extended { get; private init; }

    /// <summary>
    /// The exchanges that have calls, the latest first: the model's messages with what follows first, most likely the results. Known wherever they stand, in
    /// a history that was trimmed, edited or compacted too. A call's id makes an exchange one of a kind; an answer such as "Done." is not.
    /// </summary>
    public IReadOnlyList<PinKey> Exchanges { get; private init; } = [];

    /// <summary>
    /// All that says which conversation this is, the surest first. What other conversations may have begun with, up to the answer that is brought back, says less
    /// than an exchange does.
    /// </summary>
    public IEnumerable<PinKey> Names => Extended is not { } extended ? [Head, .. Exchanges]
        : _isOneOfAKind ? [Head, extended, .. Exchanges]
        : [Head, .. Exchanges, extended];

    /// <summary>Names the place of a message.</summary>
    public PinKey Before(int index) => KeyOf(_points.AsSpan(index * Size, Size));

    /// <summary>The place behind a message, or before the first for -1, as bytes.</summary>
    public byte[] PointBehind(int index) => _points.AsSpan((index + 1) * Size, Size).ToArray();

    /// <summary>The index of the message before which a place is, the count of messages for the place behind all; -1 when this chain has no such place.</summary>
    public int IndexOf(ReadOnlySpan<byte> point)
    {
        for (var i = 0; i < _points.Length; i += Size)
        {
            if (_points.AsSpan(i, Size).SequenceEqual(point))
            {
                return i / Size;
            }
        }

        return -1;
    }

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

        // 2. What the model is to go on with is part of its answer; calls without results are a turn that has ended.
        var head = messages.Count;
        while (head > 0 && messages[head - 1].Role == MessageRole.Assistant && !hasCalls[head - 1])
        {
            head--;
        }

        // 3. The exchanges, from the end.
        PinKey? extended = null;
        var isOneOfAKind = false;
        var exchanges = new List<PinKey>();
        for (var end = head; exchanges.Count < MostExchanges;)
        {
            while (end > 0 && messages[end - 1].Role != MessageRole.Assistant)
            {
                end--;
            }

            if (end == 0)
            {
                break;
            }

            var start = end;
            var isCalling = false;
            while (start > 0 && messages[start - 1].Role == MessageRole.Assistant)
            {
                isCalling |= hasCalls[--start];
            }

            isOneOfAKind |= extended is not null && isCalling;
            extended ??= KeyOf(points.AsSpan(start * Size, Size));
            if (isCalling)
            {
                exchanges.Add(KeyOf(SHA256.HashData(digests.AsSpan((start * Size)..(Math.Min(end + 1, head) * Size)))));
            }

            end = start;
        }

        return new Chain(points, isOneOfAKind) { Head = KeyOf(points.AsSpan(head * Size, Size)), Extended = extended, Exchanges = exchanges };
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

        // In an order that is not the client's.
        Utf8JsonReader role = default, name = default, callId = default, content = default, calls = default;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var member = RequestMemberName.Of(json);
            json.Read();
            switch (member)
            {
                case RequestMember.Role:
                    role = json;
                    break;
                case RequestMember.Name:
                    name = json;
                    break;
                case RequestMember.ToolCallId:
                    callId = json;
                    break;
                case RequestMember.Content:
                    content = json;
                    break;
                case RequestMember.ToolCalls:
                    calls = json;
                    break;
                default:
                    break;
            }

            json.Skip();
        }

        AppendValue(buffer, ref role);
        AppendValue(buffer, ref name);
        AppendValue(buffer, ref callId);
        var hasCalls = false;
        var start = buffer.Length;
        if (calls.TokenType == JsonTokenType.StartArray)
        {
            AppendValue(buffer, ref calls);
            hasCalls = buffer.Length - start > "[]".Length;
        }

        // No list, an empty one and null say the same.
        buffer.Truncate(hasCalls ? buffer.Length : start);
        var said = isAnswer ? new ByteBuffer(0) : null;
        hasCalls |= AppendContent(buffer, ref content, said);
        buffer.Append(said is null ? default : said.Written);
        return hasCalls;
    }

    // Content of one string is a list with that text. True when a part is a call. The text of an answer is gathered apart, because clients join, trim and leave out.
    private static bool AppendContent(ByteBuffer buffer, ref Utf8JsonReader json, ByteBuffer? said)
    {
        var hasCalls = false;
        buffer.Append('(');
        switch (json.TokenType)
        {
            case JsonTokenType.None or JsonTokenType.Null:
                break;
            case JsonTokenType.String:
                AppendText(buffer, json, said);
                break;
            case JsonTokenType.StartArray:
                while (json.Read() && json.TokenType != JsonTokenType.EndArray)
                {
                    switch (KindOf(json, out var text))
                    {
                        case PartKind.Text:
                            AppendText(buffer, text, said);
                            json.Skip();
                            break;
                        case PartKind.Thinking when said is not null:
                            json.Skip();
                            break;
                        case var kind:
                            hasCalls |= kind == PartKind.Call;
                            AppendValue(buffer, ref json);
                            break;
                    }
                }

                break;
            default:
                AppendValue(buffer, ref json);
                break;
        }

        buffer.Append(')');
        return hasCalls;
    }

    private static PartKind KindOf(Utf8JsonReader json, out Utf8JsonReader text)
    {
        text = default;
        var kind = PartKind.Other;
        if (json.TokenType != JsonTokenType.StartObject)
        {
            return kind;
        }

        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var member = RequestMemberName.Of(json);
            json.Read();
            if (member == RequestMember.Text && json.TokenType == JsonTokenType.String)
            {
                text = json;
            }
            else if (member == RequestMember.Type)
            {
                kind = Says(json, "text"u8) ? PartKind.Text
                    : Says(json, "thinking"u8) || Says(json, "redacted_thinking"u8) ? PartKind.Thinking
                    : Says(json, "tool_use"u8) ? PartKind.Call
                    : PartKind.Other;
                if (kind != PartKind.Text)
                {
                    return kind;
                }
            }

            if (kind == PartKind.Text && text.TokenType == JsonTokenType.String)
            {
                return kind;
            }

            json.Skip();
        }

        return PartKind.Other;
    }

    private static void AppendText(ByteBuffer buffer, in Utf8JsonReader json, ByteBuffer? said)
    {
        if (said is null)
        {
            AppendString(buffer, json);
            return;
        }

        using var scratch = new Scratch(json.ValueIsEscaped ? json.ValueSpan.Length : 0);
        var text = Decode(json, scratch.Bytes);
        while (!text.IsEmpty)
        {
            var end = text.IndexOfAny(WhiteSpace);
            said.Append(end < 0 ? text : text[..end]);
            text = end < 0 ? default : text[(end + 1)..];
        }
    }

    // No value is the beginning of another.
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
                    json.Read();
                    if (member == RequestMember.Content)
                    {
                        AppendContent(buffer, ref json, said: null);
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
                AppendString(buffer, json);
                break;
            default:
                // A number, a word, or nothing where there is no such member.
                buffer.Append('=');
                buffer.Append(json.ValueSpan);
                buffer.Append(';');
                break;
        }
    }

    private static void AppendString(ByteBuffer buffer, in Utf8JsonReader json)
    {
        using var scratch = new Scratch(json.ValueIsEscaped ? json.ValueSpan.Length : 0);
        var text = Decode(json, scratch.Bytes);
        buffer.Append(text.Length);
        buffer.Append(':');
        buffer.Append(text);
    }

    // What stands for no text keeps its spelling; no text has the byte before it.
    private static ReadOnlySpan<byte> Decode(in Utf8JsonReader json, Span<byte> scratch)
    {
        if (!json.ValueIsEscaped)
        {
            return json.ValueSpan;
        }

        try
        {
            return scratch[..json.CopyString(scratch)];
        }
        catch (InvalidOperationException)
        {
            return (byte[])[0xFF, .. json.ValueSpan];
        }
    }

    private static bool Says(in Utf8JsonReader json, ReadOnlySpan<byte> text)
    {
        try
        {
            return json.TokenType == JsonTokenType.String && json.ValueTextEquals(text);
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private enum PartKind
    {
        Other,
        Text,
        Thinking,
        Call,
    }
}
