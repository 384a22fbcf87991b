using System.Text.Json;

namespace Headroom.Engine.Compression.Json;

/// <summary>Makes a <see cref="JsonTape"/>, node by node in the order of the source.</summary>
/// <param name="expectedBytes">Length of the source, as far as it is known.</param>
internal sealed class JsonTapeBuilder(long expectedBytes)
{
    private const int FirstNodes = 64;
    private const int SampleNodes = 4096;

    private readonly JsonShapes _shapes = new();
    // Documents in the strings of another are many and small.
    private int[] _open = new int[8];
    private JsonTapeEntry[] _entries = new JsonTapeEntry[Math.Clamp(expectedBytes / 4, 4, FirstNodes)];
    private JsonContainer[] _containers = new JsonContainer[Math.Clamp(expectedBytes / 32, 2, FirstNodes / 8)];
    private int _count;
    private int _containerCount;
    private int _depth = -1;
    private int _furthest;
    private bool _isTooLong;

    /// <summary>Begins an object or array.</summary>
    public void Begin(JsonNodeKind kind, int start)
    {
        CountItem();
        if (++_depth == _open.Length)
        {
            Array.Resize(ref _open, _depth * 2);
        }

        _open[_depth] = _count;
        if (_containerCount == _containers.Length)
        {
            Grow(ref _containers);
        }

        Add(new JsonTapeEntry(start, kind, false, _containerCount), start);
        _containers[_containerCount++] = default;
        _isTooLong |= _containerCount > JsonTapeEntry.MaxDetail;
    }

    /// <summary>Ends the container begun last.</summary>
    /// <param name="end">Offset after its last byte.</param>
    public void End(int end)
    {
        var entry = _entries[_open[_depth--]];
        ref var container = ref _containers[entry.Detail];
        container.Length = end - entry.Start;
        container.End = _count;
        _shapes.Close(container.Shape);
    }

    /// <summary>Adds the name of a member.</summary>
    /// <param name="start">Where it stands in the source.</param>
    /// <param name="name">Its bytes, with quotes; kept.</param>
    /// <param name="isEscaped">It holds a backslash.</param>
    public void Name(int start, ReadOnlyMemory<byte> name, bool isEscaped)
    {
        AddScalar(JsonNodeKind.Name, start, name.Length, isEscaped);
        ref var parent = ref _containers[_entries[_open[_depth]].Detail];
        parent.Shape = _shapes.Next(parent.Shape, name, isEscaped);
    }

    /// <summary>Adds a string, number or literal.</summary>
    public void Scalar(JsonNodeKind kind, int start, int length, bool isEscaped)
    {
        CountItem();
        AddScalar(kind, start, length, isEscaped);
    }

    /// <summary>Reads one value and adds its nodes; throws a <see cref="JsonException"/> when it is none, and has added nothing then.</summary>
    /// <param name="source">The source.</param>
    /// <param name="start">Where the value begins.</param>
    /// <param name="length">Its length.</param>
    /// <param name="cancellationToken">Ends the work between nodes.</param>
    public void Read(ReadOnlyMemory<byte> source, int start, int length, CancellationToken cancellationToken)
    {
        var (count, containers, depth) = (_count, _containerCount, _depth);
        try
        {
            ReadNodes(source, start, length, cancellationToken);
        }
        catch (JsonException)
        {
            if (depth >= 0 && _count > count)
            {
                _containers[_entries[_open[depth]].Detail].Count--;
            }

            (_count, _containerCount, _depth) = (count, containers, depth);
            throw;
        }
    }

    /// <summary>The tape; null when a node is too long for it.</summary>
    public JsonTape? Build(ReadOnlyMemory<byte> source) => _isTooLong ? null : new JsonTape(source, _entries, _count, _containers, _shapes);

    private void ReadNodes(ReadOnlyMemory<byte> source, int start, int length, CancellationToken cancellationToken)
    {
        var reader = new Utf8JsonReader(
            source.Span.Slice(start, length), new JsonReaderOptions { MaxDepth = JsonTape.MaxDepth - 1 - _depth });
        var sinceCheck = 0;
        while (reader.Read())
        {
            if (++sinceCheck == 1 << 15)
            {
                cancellationToken.ThrowIfCancellationRequested();
                sinceCheck = 0;
            }

            var at = start + (int)reader.TokenStartIndex;
            switch (reader.TokenType)
            {
                case JsonTokenType.StartObject:
                    Begin(JsonNodeKind.Object, at);
                    break;
                case JsonTokenType.StartArray:
                    Begin(JsonNodeKind.Array, at);
                    break;
                case JsonTokenType.EndObject:
                case JsonTokenType.EndArray:
                    End(at + 1);
                    break;
                case JsonTokenType.PropertyName:
                    // The reader has consumed the colon and white space after a name; its value span has no quotes.
                    Name(at, source.Slice(at, reader.ValueSpan.Length + 2), reader.ValueIsEscaped);
                    break;
                default:
                    var kind = reader.TokenType switch
                    {
                        JsonTokenType.String => JsonNodeKind.String,
                        JsonTokenType.Number => JsonNodeKind.Number,
                        JsonTokenType.True => JsonNodeKind.True,
                        JsonTokenType.False => JsonNodeKind.False,
                        _ => JsonNodeKind.Null,
                    };
                    Scalar(kind, at, start + (int)reader.BytesConsumed - at, reader.ValueIsEscaped);
                    break;
            }
        }
    }

    private void AddScalar(JsonNodeKind kind, int start, int length, bool isEscaped)
    {
        _isTooLong |= length > JsonTapeEntry.MaxDetail;
        Add(new JsonTapeEntry(start, kind, isEscaped, length), start);
    }

    private void CountItem()
    {
        if (_depth >= 0)
        {
            _containers[_entries[_open[_depth]].Detail].Count++;
        }
    }

    private void Add(JsonTapeEntry entry, int start)
    {
        // Names that all rows share stand at the front, wherever the row is.
        _furthest = Math.Max(_furthest, start);
        if (_count == _entries.Length)
        {
            Grow(ref _entries);
        }

        _entries[_count++] = entry;
    }

    // A document is much the same all over: what its first part took says what the whole will take.
    private void Grow<T>(ref T[] items)
    {
        var expected = items.Length * 1.02 * expectedBytes / (_furthest + 1);
        var most = items.Length < SampleNodes ? items.Length * 4.0 : Array.MaxLength;
        Array.Resize(ref items, (int)Math.Min(Math.Max(Math.Min(expected, most), (items.Length * 1.5) + 1), Array.MaxLength));
    }
}
