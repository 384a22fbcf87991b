using System.Buffers;
using System.Text;
using Headroom.Engine.Ccr;
using Headroom.Engine.Compression;

namespace Headroom.Engine.Requests;

/// <summary>Names the trace of an answer by the chain of messages before it and by what a client surely sends back of it: its text and the ids of its calls.</summary>
internal static class RetrievalTraceKey
{
    private const string UseClass = "retrieval-trace";

    private static readonly SearchValues<byte> WhiteSpace = SearchValues.Create(" \t\r\n"u8);

    // No byte of UTF-8 is this one.
    private const byte Separator = 0xFF;

    /// <summary>The key of an answer's trace.</summary>
    /// <param name="before">The answer's place in its chain.</param>
    /// <param name="text">All text of the answer, joined; its white space does not count.</param>
    /// <param name="callIds">The ids of the calls in it.</param>
    public static PinKey Of(PinKey before, ReadOnlySpan<byte> text, IReadOnlyList<string> callIds)
    {
        var answer = new ByteBuffer(text.Length + 512);
        answer.Append(Encoding.ASCII.GetBytes(before.Hex));
        answer.Append(Separator);

        // Clients trim what they were given and leave out parts that show nothing.
        while (!text.IsEmpty)
        {
            var end = text.IndexOfAny(WhiteSpace);
            answer.Append(end < 0 ? text : text[..end]);
            text = end < 0 ? default : text[(end + 1)..];
        }

        foreach (var id in callIds)
        {
            answer.Append(Separator);
            answer.Append(Encoding.UTF8.GetBytes(id));
        }

        return PinKey.Of(answer.Written, UseClass);
    }
}
