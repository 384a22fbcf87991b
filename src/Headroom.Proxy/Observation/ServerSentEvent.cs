using System.Buffers;

namespace Headroom.Proxy.Observation;

/// <summary>One server-sent event as it came, or a piece of one that is too long. Its bytes are good until the reader gets more.</summary>
/// <param name="Raw">All its bytes, with the blank line that ends it.</param>
/// <param name="Data">Its data lines, joined by LF; null for an event without any, and for a piece.</param>
/// <param name="DataOffset">Where the data stand in <paramref name="Raw"/>; -1 when they are on several lines.</param>
/// <param name="IsWhole">False for a piece of an event beyond the reader's limit, and for what a stream ends with before its blank line.</param>
internal readonly record struct ServerSentEvent(
    ReadOnlyMemory<byte> Raw, ReadOnlyMemory<byte>? Data, int DataOffset, bool IsWhole)
{
    /// <summary>The same event with its data on one line, so that what replaces a part of them needs no line breaks. For JSON only: a line break in it is white space.</summary>
    public ServerSentEvent OnOneLine()
    {
        if (DataOffset >= 0 || Data is not { } data)
        {
            return this;
        }

        // 1. Keep the lines that are not data.
        var raw = new ArrayBufferWriter<byte>(Raw.Length + 8);
        for (var rest = Raw.Span; rest.IndexOfAny("\r\n"u8) is var end and >= 0; rest = rest[(end + 1)..])
        {
            if (end > 0 && !rest.StartsWith("data:"u8))
            {
                raw.Write(rest[..end]);
                raw.Write("\n"u8);
            }
        }

        // 2. Put the data behind them.
        raw.Write("data: "u8);
        var offset = raw.WrittenCount;
        var line = raw.GetSpan(data.Length)[..data.Length];
        data.Span.CopyTo(line);
        line.Replace((byte)'\n', (byte)' ');
        raw.Advance(data.Length);
        raw.Write("\n\n"u8);
        return new ServerSentEvent(raw.WrittenMemory, raw.WrittenMemory.Slice(offset, data.Length), offset, IsWhole);
    }
}
