using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Headroom.Proxy.Retrieval;

/// <summary>
/// A JSON value put together from the deltas of a stream, as clients of OpenAI's format do: strings grow, save those that name something,
/// objects are merged, elements of lists by their <c>index</c> where they have one, and of all else the last counts.
/// </summary>
internal sealed class AccumulatedJson
{
    private JsonText? _text;
    private byte[] _plain = "null"u8.ToArray();
    private List<KeyValuePair<string, AccumulatedJson>>? _members;
    private List<AccumulatedJson>? _items;

    /// <summary>True for null, the empty string, and what has no members or elements.</summary>
    public bool IsNothing => _members?.TrueForAll(m => m.Value.IsNothing)
        ?? (_items is not null ? _items.Count == 0 : _text is not null ? _text.Length == 0 : _plain is [(byte)'n', ..]);

    /// <summary>The members of an object, in the order in which they came.</summary>
    public IReadOnlyList<KeyValuePair<string, AccumulatedJson>> Members => _members ?? [];

    /// <summary>Adds a delta.</summary>
    /// <param name="name">The name of the member that this is the value of.</param>
    /// <param name="json">Stands on the delta and is then at its end.</param>
    /// <param name="source">What is read.</param>
    public void Add(string name, ref Utf8JsonReader json, ReadOnlySpan<byte> source)
    {
        switch (json.TokenType)
        {
            case JsonTokenType.Null:
                break;
            case JsonTokenType.String:
                if (name is "id" or "type" or "role" or "name" or "format" && !json.ValueSpan.IsEmpty)
                {
                    _text?.Clear();
                }

                (_text ??= new JsonText()).Append(json.ValueSpan);
                break;
            case JsonTokenType.StartObject:
                _members ??= [];
                while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
                {
                    var member = json.GetString()!;
                    json.Read();
                    Member(member).Add(member, ref json, source);
                }

                break;
            case JsonTokenType.StartArray:
                _items ??= [];
                while (json.NextElement())
                {
                    Item(json, source).Add(string.Empty, ref json, source);
                }

                break;
            default:
                _plain = source[json.Place()].ToArray();
                break;
        }
    }

    /// <summary>The member of an object, which becomes one if it is none.</summary>
    public AccumulatedJson Member(string name)
    {
        _members ??= [];
        foreach (var (has, value) in _members)
        {
            if (has == name)
            {
                return value;
            }
        }

        var added = new AccumulatedJson();
        _members.Add(new(name, added));
        return added;
    }

    /// <summary>Writes the value.</summary>
    public void WriteTo(IBufferWriter<byte> output)
    {
        if (_members is not null)
        {
            var separator = "{"u8;
            foreach (var (name, value) in _members)
            {
                output.Write(separator);
                separator = ","u8;
                output.Write(JsonSerializer.SerializeToUtf8Bytes(name, LoopJson.Default.String));
                output.Write(":"u8);
                value.WriteTo(output);
            }

            output.Write(_members.Count == 0 ? "{}"u8 : "}"u8);
        }
        else if (_items is not null)
        {
            var separator = "["u8;
            foreach (var item in _items)
            {
                output.Write(separator);
                separator = ","u8;
                item.WriteTo(output);
            }

            output.Write(_items.Count == 0 ? "[]"u8 : "]"u8);
        }
        else if (_text is not null)
        {
            _text.WriteTo(output);
        }
        else
        {
            output.Write(_plain);
        }
    }

    private AccumulatedJson Item(Utf8JsonReader json, ReadOnlySpan<byte> source)
    {
        // 1. The number of an element that has one.
        var index = -1;
        if (json.TokenType == JsonTokenType.StartObject)
        {
            while (json.NextMember(out var name, out _))
            {
                var isIndex = name.SequenceEqual("index"u8);
                var place = json.Place();
                if (isIndex && int.TryParse(source[place], NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                {
                    index = number;
                }
            }
        }

        // 2. The element that has this number already.
        if (index >= 0)
        {
            var digits = Encoding.ASCII.GetBytes(index.ToString(CultureInfo.InvariantCulture));
            foreach (var item in _items!)
            {
                if (item.Members.Any(m => m.Key == "index" && m.Value._plain.AsSpan().SequenceEqual(digits)))
                {
                    return item;
                }
            }
        }

        var added = new AccumulatedJson();
        _items!.Add(added);
        return added;
    }
}
