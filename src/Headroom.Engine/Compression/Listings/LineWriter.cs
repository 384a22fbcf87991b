namespace Headroom.Engine.Compression.Listings;

/// <summary>Writes the lines of a decoded text with the ends they had, and forgets the last end where there was none.</summary>
internal sealed class LineWriter(DecodeLimit limit, int capacity, bool isCrLf)
{
    private readonly ByteBuffer _output = limit.Buffer(capacity);

    /// <summary>A buffer for parts of a line, under the same limit.</summary>
    public ByteBuffer Part() => limit.Buffer(256);

    /// <summary>Appends a line of up to four parts and its end.</summary>
    public void Write(
        ReadOnlySpan<byte> first, ReadOnlySpan<byte> second = default, ReadOnlySpan<byte> third = default, ReadOnlySpan<byte> fourth = default)
    {
        _output.Append(first);
        _output.Append(second);
        _output.Append(third);
        _output.Append(fourth);
        _output.Append(isCrLf ? "\r\n"u8 : "\n"u8);
    }

    /// <summary>The text, with or without the end of its last line.</summary>
    public byte[] Finish(bool endsWithLineFeed)
    {
        if (!endsWithLineFeed)
        {
            _output.TruncateBy(isCrLf ? 2 : 1);
        }

        return _output.ToArray();
    }
}
