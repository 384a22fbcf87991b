using System.Buffers;
using System.Text;
using System.Text.Json;
using Headroom.Engine.Retrieval;

namespace Headroom.Proxy.Retrieval;

/// <summary>
/// A content block of an Anthropic message: the object that began it and what its deltas added. What no delta touched is written as
/// the bytes that came, because the provider checks some blocks (thinking) against what it sent.
/// </summary>
internal sealed class AnthropicBlock
{
    private readonly byte[] _start;
    private readonly JsonText _text = new();
    private readonly JsonText _thinking = new();
    private readonly JsonText _summary = new();
    private readonly JsonText _partialInput = new();
    private readonly List<byte[]> _citations = [];
    private byte[]? _signature;
    private byte[]? _encrypted;

    /// <param name="start">The block's object: of a stream as <c>content_block_start</c> gives it, else whole.</param>
    /// <exception cref="JsonException">It is not an object.</exception>
    public AnthropicBlock(ReadOnlySpan<byte> start)
    {
        _start = start.ToArray();
        var json = JsonPlaces.Object(start);
        while (json.NextMember(out var name, out _))
        {
            if (name.SequenceEqual("type"u8))
            {
                Type = json.Text();
            }
            else if (name.SequenceEqual("id"u8))
            {
                Id = json.Text();
            }
            else if (name.SequenceEqual("name"u8))
            {
                Name = json.Text();
            }
            else if (name.SequenceEqual("text"u8))
            {
                _text.Append(json.Escaped());
            }
            else if (name.SequenceEqual("input"u8))
            {
                Input = json.Place();
            }
            else
            {
                json.Skip();
            }
        }
    }

    public string? Type { get; }

    public string? Id { get; }

    public string? Name { get; }

    /// <summary>True for a call of the retrieve tool.</summary>
    public bool IsRetrieval => Type == "tool_use" && Name == RetrieveTool.Name;

    /// <summary>True for a call of one of the client's tools.</summary>
    public bool IsClientCall => Type == "tool_use" && !IsRetrieval;

    /// <summary>The text of a text block.</summary>
    public JsonText Text => _text;

    /// <summary>A call's arguments as the model wrote them.</summary>
    public string Arguments => _partialInput.IsBlank
        ? Encoding.UTF8.GetString(Input is { } given ? _start.AsSpan(given) : "{}"u8)
        : _partialInput.ToString();

    private Range? Input { get; }

    /// <summary>Adds a delta; false when its kind is not known here, so that the block cannot be written.</summary>
    /// <exception cref="JsonException">It is not an object.</exception>
    public bool Add(ReadOnlySpan<byte> delta)
    {
        // 1. Read what any kind of delta has.
        var json = JsonPlaces.Object(delta);
        string? type = null;
        ReadOnlySpan<byte> text = [], thinking = [], partial = [], content = [];
        byte[]? signature = null, citation = null, encrypted = null;
        while (json.NextMember(out var name, out _))
        {
            if (name.SequenceEqual("type"u8))
            {
                type = json.Text();
            }
            else if (name.SequenceEqual("text"u8))
            {
                text = json.Escaped();
            }
            else if (name.SequenceEqual("partial_json"u8))
            {
                partial = json.Escaped();
            }
            else if (name.SequenceEqual("thinking"u8))
            {
                thinking = json.Escaped();
            }
            else if (name.SequenceEqual("signature"u8))
            {
                signature = delta[json.Place()].ToArray();
            }
            else if (name.SequenceEqual("citation"u8))
            {
                citation = delta[json.Place()].ToArray();
            }
            else if (name.SequenceEqual("content"u8))
            {
                content = json.Escaped();
            }
            else if (name.SequenceEqual("encrypted_content"u8))
            {
                encrypted = delta[json.Place()].ToArray();
            }
            else
            {
                json.Skip();
            }
        }

        // 2. Put it where its kind belongs.
        switch (type)
        {
            case "text_delta":
                _text.Append(text);
                return true;
            case "input_json_delta":
                _partialInput.Append(partial);
                return true;
            case "thinking_delta":
                _thinking.Append(thinking);
                return true;
            case "signature_delta" when signature is not null:
                _signature = signature;
                return true;
            case "citations_delta" when citation is not null:
                _citations.Add(citation);
                return true;
            case "compaction_delta":
                _summary.Append(content);
                _encrypted = encrypted ?? _encrypted;
                return true;
            default:
                return false;
        }
    }

    /// <summary>Writes the block as the provider wants it back.</summary>
    public void WriteTo(IBufferWriter<byte> output)
    {
        if (IsRetrieval)
        {
            WriteRetrievalTo(output);
            return;
        }

        // 1. What the deltas changed.
        var changed = new Dictionary<string, byte[]>(StringComparer.Ordinal);
        if (Type == "text" && _text.Length > 0)
        {
            changed["text"] = Quoted([], _text);
        }

        if (_thinking.Length > 0)
        {
            changed["thinking"] = Quoted(StringOf("thinking"), _thinking);
        }

        if (_summary.Length > 0)
        {
            changed["content"] = Quoted(StringOf("content"), _summary);
        }

        if (_signature is not null)
        {
            changed["signature"] = _signature;
        }

        if (_encrypted is not null)
        {
            changed["encrypted_content"] = _encrypted;
        }

        if (_citations.Count > 0)
        {
            changed["citations"] = Joined(_citations);
        }

        if (!_partialInput.IsBlank)
        {
            changed["input"] = InputOf(_partialInput.ToString());
        }

        // 2. The members of the start in their order, then what it did not have.
        var json = JsonPlaces.Object(_start);
        var separator = "{"u8;
        while (json.NextMember(out var name, out var start))
        {
            output.Write(separator);
            separator = ","u8;
            var value = json.Place();
            if (changed.Remove(Encoding.UTF8.GetString(name), out var other))
            {
                output.Write(_start.AsSpan(start..value.Start.Value));
                output.Write(other);
            }
            else
            {
                output.Write(_start.AsSpan(start..value.End.Value));
            }
        }

        foreach (var (name, value) in changed)
        {
            output.Write(separator);
            separator = ","u8;
            output.Write(Encoding.UTF8.GetBytes($"\"{name}\":"));
            output.Write(value);
        }

        output.Write(separator is [(byte)'{'] ? "{}"u8 : "}"u8);
    }

    // Written as it will be put back into the client's history, so that the provider meets the same call both times.
    private void WriteRetrievalTo(IBufferWriter<byte> output)
    {
        using (var json = new Utf8JsonWriter(output))
        {
            json.WriteStartObject();
            json.WriteString("type", Type);
            json.WriteString("id", Id);
            json.WriteString("name", Name);
            json.WritePropertyName("input");
            json.WriteRawValue(InputOf(Arguments), skipInputValidation: true);
            json.WriteEndObject();
        }
    }

    // The provider asks for an object. Of a call with anything else the model is told what is wrong in the result.
    private static byte[] InputOf(string arguments)
    {
        var input = Encoding.UTF8.GetBytes(arguments);
        return IsObject(input) ? input : "{}"u8.ToArray();
    }

    private static bool IsObject(ReadOnlySpan<byte> json)
    {
        try
        {
            var reader = JsonPlaces.Object(json);
            reader.Skip();
            return !reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static byte[] Quoted(ReadOnlySpan<byte> before, JsonText added)
    {
        var output = new ArrayBufferWriter<byte>(before.Length + added.Escaped.Length + 2);
        output.Write("\""u8);
        output.Write(before);
        output.Write(added.Escaped);
        output.Write("\""u8);
        return output.WrittenSpan.ToArray();
    }

    private byte[] Joined(IEnumerable<byte[]> added)
    {
        var output = new ArrayBufferWriter<byte>();
        var separator = "["u8;
        foreach (var item in ItemsOf("citations").Concat(added))
        {
            output.Write(separator);
            separator = ","u8;
            output.Write(item);
        }

        output.Write("]"u8);
        return output.WrittenSpan.ToArray();
    }

    private byte[] StringOf(string member)
    {
        var json = JsonPlaces.Object(_start);
        while (json.NextMember(out var name, out _))
        {
            var value = json.Escaped();
            if (name.SequenceEqual(Encoding.UTF8.GetBytes(member)))
            {
                return value.ToArray();
            }
        }

        return [];
    }

    private List<byte[]> ItemsOf(string member)
    {
        var items = new List<byte[]>();
        var json = JsonPlaces.Object(_start);
        while (json.NextMember(out var name, out _))
        {
            if (json.TokenType != JsonTokenType.StartArray || !name.SequenceEqual(Encoding.UTF8.GetBytes(member)))
            {
                json.Skip();
                continue;
            }

            while (json.NextElement())
            {
                items.Add(_start[json.Place()]);
            }
        }

        return items;
    }
}
