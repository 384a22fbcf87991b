using System.Security.Cryptography;
using System.Text;
using Headroom.Engine.Ccr;

namespace Headroom.Engine.Requests;

/// <summary>
/// What a conversation is known by: a hash that rolls over all of its messages, so that each place in it has a name of its own. What clients change without
/// meaning anything by it is no part of it: cache marks, white space and escapes of JSON, the order of a message's members, one string in place of a list
/// with that text. Of an answer counts what clients surely send back: its text without white space, its calls, and parts that are neither text nor thinking.
/// </summary>
/// <remarks>
/// A message's bytes go through a fast hash, for a chain is read at every request: whoever could make two messages meet has to know the other one, and who knows all
/// of another's messages can send these themselves. The links are SHA-256, because they name pins.
/// </remarks>
internal sealed class Chain
{
    // A client that trims or compacts keeps its last exchanges.
    private const int MostExchanges = 32;
    private const int Size = SHA256.HashSizeInBytes;
    private const int DigestSize = MessageDigests.Size;

    // Where each message begins in the chain, and the chain's end.
    private readonly byte[] _points;

    // There are calls before the latest answer.
    private readonly bool _isOneOfAKind;

    private Chain(byte[] points, bool isOneOfAKind) => (_points, _isOneOfAKind) = (points, isOneOfAKind);

    /// <summary>The place of the answer: behind the last message that is not the model's own.</summary>
    public PinKey Head { get; private init; }

    /// <summary>The head of the request whose answer this one brings back; null when it brings none.</summary>
    public PinKey? Extended { get; private init; }

    /// <summary>
    /// The exchanges that have calls, the latest first: the model's messages with what follows first, most likely the results. Known wherever they stand, in
    /// a history that was trimmed, edited or compacted too. A call's id makes an exchange one of a kind; an answer such as "Done." is not.
    /// </summary>
    public IReadOnlyList<PinKey> Exchanges { get; private init; } = [];

    /// <summary>
    /// All that says which conversation this is, the surest first. What other conversations may have begun with, up to the answer that is brought back, says less
    /// than an exchange does.
    /// </summary>
    public IEnumerable<PinKey> Names => Extended is not { } extended ? [Head, .. Exchanges]
        : _isOneOfAKind ? [Head, extended, .. Exchanges]
        : [Head, .. Exchanges, extended];

    /// <summary>Names the place of a message.</summary>
    public PinKey Before(int index) => KeyOf(_points.AsSpan(index * Size, Size));

    /// <summary>The place behind a message, or before the first for -1, as bytes.</summary>
    public byte[] PointBehind(int index) => _points.AsSpan((index + 1) * Size, Size).ToArray();

    /// <summary>The index of the message before which a place is, the count of messages for the place behind all; -1 when this chain has no such place.</summary>
    public int IndexOf(ReadOnlySpan<byte> point)
    {
        for (var i = 0; i < _points.Length; i += Size)
        {
            if (_points.AsSpan(i, Size).SequenceEqual(point))
            {
                return i / Size;
            }
        }

        return -1;
    }

    /// <summary>Reads the chain of a body's messages.</summary>
    /// <param name="format">The format's name, with which every chain begins.</param>
    /// <param name="body">A body that its format has located.</param>
    /// <param name="messages">Its messages.</param>
    /// <param name="known">Remembers what messages come to.</param>
    public static Chain Read(string format, ReadOnlySpan<byte> body, IReadOnlyList<MessagePlace> messages, MessageDigests known)
    {
        // 1. Link by link.
        var points = new byte[(messages.Count + 1) * Size];
        var digests = new byte[messages.Count * DigestSize];
        var hasCalls = new bool[messages.Count];
        SHA256.HashData(Encoding.UTF8.GetBytes(format), points);
        LinkWriter? writer = null;
        Span<byte> link = stackalloc byte[Size + DigestSize];
        for (var i = 0; i < messages.Count; i++)
        {
            var digest = digests.AsSpan(i * DigestSize, DigestSize);
            hasCalls[i] = known.Read(body.Slice(messages[i].Start, messages[i].Length), messages[i].Role == MessageRole.Assistant, ref writer, digest);
            points.AsSpan(i * Size, Size).CopyTo(link);
            digest.CopyTo(link[Size..]);
            SHA256.HashData(link, points.AsSpan((i + 1) * Size, Size));
        }

        // 2. What the model is to go on with is part of its answer; calls without results are a turn that has ended.
        var head = messages.Count;
        while (head > 0 && messages[head - 1].Role == MessageRole.Assistant && !hasCalls[head - 1])
        {
            head--;
        }

        // 3. The exchanges, from the end.
        PinKey? extended = null;
        var isOneOfAKind = false;
        var exchanges = new List<PinKey>();
        for (var end = head; exchanges.Count < MostExchanges;)
        {
            while (end > 0 && messages[end - 1].Role != MessageRole.Assistant)
            {
                end--;
            }

            if (end == 0)
            {
                break;
            }

            var start = end;
            var isCalling = false;
            while (start > 0 && messages[start - 1].Role == MessageRole.Assistant)
            {
                isCalling |= hasCalls[--start];
            }

            isOneOfAKind |= extended is not null && isCalling;
            extended ??= KeyOf(points.AsSpan(start * Size, Size));
            if (isCalling)
            {
                exchanges.Add(KeyOf(SHA256.HashData(digests.AsSpan((start * DigestSize)..(Math.Min(end + 1, head) * DigestSize)))));
            }

            end = start;
        }

        return new Chain(points, isOneOfAKind) { Head = KeyOf(points.AsSpan(head * Size, Size)), Extended = extended, Exchanges = exchanges };
    }

    private static PinKey KeyOf(ReadOnlySpan<byte> hash) => new(Convert.ToHexStringLower(hash));
}
