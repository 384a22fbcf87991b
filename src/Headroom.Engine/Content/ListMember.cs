namespace Headroom.Engine.Content;

/// <summary>The grammar of records that are listed one member a line: <c>Name : value</c>, the colons of a record below each other.</summary>
internal static class ListMember
{
    /// <summary>Reads a line.</summary>
    /// <param name="line">Without its end.</param>
    /// <param name="name">Length of the name.</param>
    /// <param name="colon">Where the colon stands, one space after the widest name.</param>
    /// <returns>False when it is no such line.</returns>
    public static bool TryRead(ReadOnlySpan<byte> line, out int name, out int colon)
    {
        name = 0;
        colon = line.IndexOf(" :"u8) + 1;
        if (colon <= 1 || line[0] == (byte)' ' || (colon + 1 < line.Length && line[colon + 1] != (byte)' '))
        {
            return false;
        }

        name = line[..colon].TrimEnd((byte)' ').Length;
        return true;
    }
}
