using System.Text;

namespace Headroom.Mcp.Clients;

/// <summary>Insertions and removals in a text that are made all at once, so that positions mean the untouched text.</summary>
/// <param name="file">The untouched bytes.</param>
/// <param name="offset">Where position 0 is in them.</param>
internal sealed class ByteEdit(ReadOnlyMemory<byte> file, int offset)
{
    private readonly List<(int Start, int End, byte[] Text)> _changes = [];

    public void Insert(int position, string text) => _changes.Add((position + offset, position + offset, Encoding.UTF8.GetBytes(text)));

    public void Remove(int start, int end) => _changes.Add((start + offset, end + offset, []));

    /// <summary>The changed bytes. Changes may touch but not overlap; those at one place stand in the order in which they were made.</summary>
    public byte[] Apply()
    {
        using var result = new MemoryStream(file.Length);
        var position = 0;
        foreach (var (start, end, text) in _changes.OrderBy(c => c.Start))
        {
            result.Write(file.Span[position..start]);
            result.Write(text);
            position = end;
        }

        result.Write(file.Span[position..]);
        return result.ToArray();
    }
}
