using System.Buffers;
using System.IO.Hashing;
using System.Text.Json;
using Headroom.Engine.Compression;

namespace Headroom.Engine.Requests;

/// <summary>Writes what counts of a message, in one spelling, and hashes it. One after the other; takes any JSON.</summary>
internal sealed class LinkWriter
{
    private static readonly SearchValues<byte> WhiteSpace = SearchValues.Create(" \t\r\n"u8);

    private readonly ByteBuffer _role = new(0);
    private readonly ByteBuffer _name = new(0);
    private readonly ByteBuffer _callId = new(0);
    private readonly ByteBuffer _calls = new(0);
    private readonly ByteBuffer _content = new(1 << 12);
    private readonly ByteBuffer _said = new(0);
    private readonly XxHash128 _hash = new();

    /// <summary>Writes a message; true when it has calls.</summary>
    /// <param name="message">Its bytes.</param>
    /// <param name="isAnswer">True for one of the model's.</param>
    /// <param name="digest">Takes its hash.</param>
    public bool Write(ReadOnlySpan<byte> message, bool isAnswer, Span<byte> digest)
    {
        ByteBuffer[] parts = [_role, _name, _callId, _calls, _content, _said];
        foreach (var part in parts)
        {
            part.Truncate(0);
        }

        var json = new Utf8JsonReader(message);
        json.Read();
        var hasCalls = false;
        if (json.TokenType != JsonTokenType.StartObject)
        {
            AppendValue(_content, ref json);
        }
        else
        {
            hasCalls = ReadMembers(ref json, isAnswer);
        }

        // In an order that is not the client's.
        foreach (var part in parts)
        {
            _hash.Append(BitConverter.GetBytes(part.Length));
            _hash.Append(part.Written);
        }

        _hash.GetHashAndReset(digest);
        return hasCalls;
    }

    private bool ReadMembers(ref Utf8JsonReader json, bool isAnswer)
    {
        var hasCalls = false;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var member = RequestMemberName.Of(json);
            json.Read();
            switch (member)
            {
                case RequestMember.Role:
                    AppendValue(_role, ref json);
                    break;
                case RequestMember.Name:
                    AppendValue(_name, ref json);
                    break;
                case RequestMember.ToolCallId:
                    AppendValue(_callId, ref json);
                    break;
                case RequestMember.Content:
                    hasCalls |= AppendContent(_content, ref json, isAnswer ? _said : null);
                    break;
                case RequestMember.ToolCalls when json.TokenType == JsonTokenType.StartArray:
                    // No list, an empty one and null say the same.
                    AppendValue(_calls, ref json);
                    var isEmpty = _calls.Length == "[]".Length;
                    _calls.Truncate(isEmpty ? 0 : _calls.Length);
                    hasCalls |= !isEmpty;
                    break;
                default:
                    json.Skip();
                    break;
            }
        }

        return hasCalls;
    }

    // Content of one string is a list with that text. True when a part is a call. The text of an answer is gathered apart, because clients join, trim and leave out.
    private static bool AppendContent(ByteBuffer buffer, ref Utf8JsonReader json, ByteBuffer? said)
    {
        switch (json.TokenType)
        {
            case JsonTokenType.Null:
                return false;
            case JsonTokenType.String:
                AppendText(buffer, json, said);
                return false;
            case JsonTokenType.StartArray:
                break;
            default:
                AppendValue(buffer, ref json);
                return false;
        }

        var hasCalls = false;
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            switch (KindOf(json, out var text))
            {
                case PartKind.Text:
                    AppendText(buffer, text, said);

                    // To the end of the part, without reading the text again.
                    for (json = text; json.Read() && json.TokenType == JsonTokenType.PropertyName;)
                    {
                        json.Skip();
                    }

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
        var text = TryDecode(json, scratch.Bytes, out var decoded) ? decoded : json.ValueSpan;
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
                        buffer.Append('(');
                        AppendContent(buffer, ref json, said: null);
                        buffer.Append(')');
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
                buffer.Append(json.ValueSpan);
                buffer.Append(';');
                break;
        }
    }

    // In the least of escapes, which is what most clients write: then there is nothing to decode.
    private static void AppendString(ByteBuffer buffer, in Utf8JsonReader json)
    {
        var raw = json.ValueSpan;
        if (!json.ValueIsEscaped || (raw.IndexOf("\\u"u8) < 0 && raw.IndexOf("\\/"u8) < 0))
        {
            buffer.Append('"');
            buffer.Append(raw);
            buffer.Append('"');
            return;
        }

        using var scratch = new Scratch(raw.Length);
        if (TryDecode(json, scratch.Bytes, out var text))
        {
            BodySplice.AppendString(buffer, text);
            return;
        }

        // What stands for no text keeps its spelling.
        buffer.Append('\'');
        buffer.Append(raw);
        buffer.Append('"');
    }

    private static bool TryDecode(in Utf8JsonReader json, Span<byte> scratch, out ReadOnlySpan<byte> text)
    {
        text = json.ValueSpan;
        if (!json.ValueIsEscaped)
        {
            return true;
        }

        try
        {
            text = scratch[..json.CopyString(scratch)];
            return true;
        }
        catch (InvalidOperationException)
        {
            return false;
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
