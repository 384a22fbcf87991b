namespace Headroom.Engine.Compression.Logs;

/// <summary>Shapes that differ in few words: lines of one statement in a program's source.</summary>
/// <param name="shape">The shape that began it.</param>
/// <param name="varies">One entry per word: it differs between lines.</param>
/// <param name="kinds">One entry per word: a hash of it; 0 for one that varies, which any word with a digit is like.</param>
internal sealed class LineGroup(int shape, bool[] varies, ulong[] kinds)
{
    public List<int> Shapes { get; } = [shape];

    public bool[] Varies => varies;

    public ulong[] Kinds => kinds;
}
