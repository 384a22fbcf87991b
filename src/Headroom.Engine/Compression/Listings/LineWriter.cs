namespace Headroom.Engine.Compression.Listings;

/// <summary>Writes the lines of a decoded text with the ends they had, and forgets the last end where there was none.</summary>
internal sealed class LineWriter(ByteBuffer output, bool isCrLf)
{
    /// <summary>Appends a line of up to four parts and its end.</summary>
    public void Write(
        ReadOnlySpan<byte> first, ReadOnlySpan<byte> second = default, ReadOnlySpan<byte> third = default, ReadOnlySpan<byte> fourth = default)
    {
        output.Append(first);
        output.Append(second);
        output.Append(third);
        output.Append(fourth);
        output.Append(isCrLf ? "\r\n"u8 : "\n"u8);
    }

    /// <summary>The text, with or without the end of its last line.</summary>
    public byte[] Finish(bool endsWithLineFeed)
    {
        if (!endsWithLineFeed && output.Length > 0)
        {
            output.Truncate(output.Length - (isCrLf ? 2 : 1));
        }

        return output.ToArray();
    }
}
