namespace Headroom.Engine.Compression.Text;

/// <summary>Gives equal lines the same number, in the order in which they first come.</summary>
internal sealed class LineIdentity : IEqualityComparer<ReadOnlyMemory<byte>>
{
    private LineIdentity()
    {
    }

    /// <summary>One number per line.</summary>
    /// <param name="lines">The text.</param>
    /// <param name="distinct">How many numbers there are.</param>
    /// <param name="cancellationToken">Ends the work between lines.</param>
    public static int[] Of(TextLines lines, out int distinct, CancellationToken cancellationToken)
    {
        var numbers = new int[lines.Count];
        var known = new Dictionary<ReadOnlyMemory<byte>, int>(new LineIdentity());
        for (var i = 0; i < numbers.Length; i++)
        {
            if ((i & 0xFFF) == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            var line = lines.Memory(i);
            if (!known.TryGetValue(line, out numbers[i]))
            {
                numbers[i] = known.Count;
                known.Add(line, known.Count);
            }
        }

        distinct = known.Count;
        return numbers;
    }

    public bool Equals(ReadOnlyMemory<byte> x, ReadOnlyMemory<byte> y) => x.Span.SequenceEqual(y.Span);

    public int GetHashCode(ReadOnlyMemory<byte> line)
    {
        var hash = new HashCode();
        hash.AddBytes(line.Span);
        return hash.ToHashCode();
    }
}
