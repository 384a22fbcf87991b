namespace Headroom.Engine.Compression.Diffs;

/// <summary>The header of a hunk as git writes it, from the numbers that it is made of.</summary>
internal static class HunkHeader
{
    /// <summary>Appends <c>@@ -1,2 +3,4 @@</c>; a count of one is not written.</summary>
    public static void Write(ByteBuffer output, int oldStart, int oldCount, int newStart, int newCount)
    {
        output.Append("@@ -"u8);
        WriteRange(output, oldStart, oldCount);
        output.Append(" +"u8);
        WriteRange(output, newStart, newCount);
        output.Append(" @@"u8);
    }

    /// <summary>The start on the old side, if nothing between the last hunk and this one changed.</summary>
    /// <param name="newStart">As printed.</param>
    /// <param name="oldCount">Lines on the old side.</param>
    /// <param name="newCount">Lines on the new side.</param>
    /// <param name="growth">By how many lines the hunks before made the file longer.</param>
    public static long OldStart(int newStart, int oldCount, int newCount, long growth)
    {
        // A side without lines gives the line before the place.
        var place = newStart + (newCount == 0 ? 1L : 0) - growth;
        return place - (oldCount == 0 ? 1 : 0);
    }

    private static void WriteRange(ByteBuffer output, int start, int count)
    {
        output.Append(start);
        if (count != 1)
        {
            output.Append((byte)',');
            output.Append(count);
        }
    }
}
