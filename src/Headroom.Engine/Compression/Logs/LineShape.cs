namespace Headroom.Engine.Compression.Logs;

/// <summary>Lines that are the same but for their timestamp and their words with digits.</summary>
/// <param name="first">The first of them.</param>
/// <param name="skeleton">A hash of everything but the words.</param>
internal sealed class LineShape(int first, ulong skeleton)
{
    public int First => first;

    public ulong Skeleton => skeleton;

    public int Last { get; set; }

    public int Count { get; set; }
}
