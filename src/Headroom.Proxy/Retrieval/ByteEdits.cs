using System.Buffers;

namespace Headroom.Proxy.Retrieval;

/// <summary>Bytes with some ranges replaced; all others stay what they are.</summary>
/// <param name="source">The bytes.</param>
internal sealed class ByteEdits(ReadOnlyMemory<byte> source)
{
    private readonly List<(int Start, int Length, ReadOnlyMemory<byte> With)> _edits = [];

    /// <summary>True while nothing is replaced.</summary>
    public bool IsEmpty => _edits.Count == 0;

    /// <summary>Replaces a range that overlaps no other; an empty range inserts.</summary>
    public void Replace(Range range, ReadOnlyMemory<byte> with)
    {
        var (start, length) = range.GetOffsetAndLength(source.Length);
        _edits.Add((start, length, with));
    }

    /// <summary>Writes the bytes as they are now.</summary>
    public void WriteTo(IBufferWriter<byte> output)
    {
        var at = 0;
        foreach (var (start, length, with) in _edits.OrderBy(e => e.Start))
        {
            output.Write(source.Span[at..start]);
            output.Write(with.Span);
            at = start + length;
        }

        output.Write(source.Span[at..]);
    }

    /// <summary>The bytes as they are now.</summary>
    public byte[] ToArray()
    {
        var output = new ArrayBufferWriter<byte>(source.Length + 64);
        WriteTo(output);
        return output.WrittenSpan.ToArray();
    }
}
