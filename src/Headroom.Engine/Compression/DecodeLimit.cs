using Headroom.Engine.Compression.Json;

namespace Headroom.Engine.Compression;

/// <summary>
/// What the decoding of one form may take. A form says with few bytes how much there is of something, so nothing that decodes takes memory but
/// through this.
/// </summary>
/// <param name="bytes">The most bytes of a text, and of all that a form's headers stand for.</param>
/// <param name="cancellationToken">Ends the work between writes.</param>
internal sealed class DecodeLimit(int bytes, CancellationToken cancellationToken)
{
    // What a node of a tape takes, of a container with its shape.
    private const int NodeBytes = 8;
    private const int ContainerBytes = 16;

    private long _taken;

    public int Bytes => bytes;

    public CancellationToken CancellationToken => cancellationToken;

    /// <summary>The limit for a form that was made here and is held against its source: what an array can have.</summary>
    public static DecodeLimit OfOwnForm(CancellationToken cancellationToken) => new(Array.MaxLength, cancellationToken);

    /// <summary>A buffer that throws <see cref="ContentTooLargeException"/> beyond the limit.</summary>
    public ByteBuffer Buffer(int capacity) => new(capacity, this);

    /// <summary>Counts bytes that stand beside the text: constants, words, documents inside strings. In a form of ours each stands in the text at least once.</summary>
    public void Take(int count)
    {
        _taken += count;
        if (_taken > bytes)
        {
            throw new ContentTooLargeException(bytes);
        }
    }

    /// <summary>Reads a decoded document; null when it is none.</summary>
    public JsonTape? Read(ReadOnlyMemory<byte> json)
    {
        // A tape of [0,0,0] is many times its source. Signs inside strings count as well, which is no matter.
        var text = json.Span;
        var containers = text.Count((byte)'{') + (long)text.Count((byte)'[');
        var nodes = containers + text.Count((byte)',') + text.Count((byte)':');
        return (nodes * NodeBytes) + (containers * ContainerBytes) > bytes ? throw new ContentTooLargeException(bytes) : JsonTape.Read(json, cancellationToken);
    }
}
