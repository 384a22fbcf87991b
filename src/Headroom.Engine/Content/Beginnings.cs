using System.Text;

namespace Headroom.Engine.Content;

/// <summary>A closed set of beginnings of lines, found by their first byte, the longest first.</summary>
internal sealed class Beginnings
{
    private readonly byte[][][] _byFirstByte = new byte[256][][];

    /// <summary>Takes the beginnings.</summary>
    /// <param name="texts">None is empty.</param>
    public Beginnings(params string[] texts)
    {
        var all = texts.Distinct(StringComparer.Ordinal).Select(Encoding.UTF8.GetBytes).ToLookup(text => text[0]);
        for (var b = 0; b < _byFirstByte.Length; b++)
        {
            _byFirstByte[b] = [.. all[(byte)b].OrderByDescending(text => text.Length)];
        }
    }

    /// <summary>Length of the longest that a line begins with; 0 when it begins with none.</summary>
    public int LengthAt(ReadOnlySpan<byte> line)
    {
        if (!line.IsEmpty)
        {
            foreach (var text in _byFirstByte[line[0]])
            {
                if (line.StartsWith(text))
                {
                    return text.Length;
                }
            }
        }

        return 0;
    }
}
