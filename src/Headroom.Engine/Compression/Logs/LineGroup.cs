namespace Headroom.Engine.Compression.Logs;

/// <summary>Shapes that differ in few words: lines of one statement in a program's source.</summary>
/// <param name="shape">The shape that began it.</param>
/// <param name="varies">One entry per word: it differs between lines.</param>
internal sealed class LineGroup(int shape, bool[] varies)
{
    public List<int> Shapes { get; } = [shape];

    public bool[] Varies => varies;
}
