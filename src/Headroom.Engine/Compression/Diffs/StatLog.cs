namespace Headroom.Engine.Compression.Diffs;

/// <summary>What <c>git log --stat</c> prints: commits, and for each the files that it changed with their counts.</summary>
internal sealed class StatLog
{
    private const int LeastRows = 3;

    private StatLog(TextLines lines, List<Block> blocks) => (Lines, Blocks) = (lines, blocks);

    /// <summary>Rows that follow each other.</summary>
    /// <param name="Line">The first.</param>
    /// <param name="Rows">Each of them.</param>
    public sealed record Block(int Line, IReadOnlyList<StatRow> Rows);

    public TextLines Lines { get; }

    public List<Block> Blocks { get; }

    /// <summary>Reads a text once; null when it has hardly a row, or Windows' line ends.</summary>
    public static StatLog? Read(ReadOnlyMemory<byte> utf8, CancellationToken cancellationToken)
    {
        var lines = TextLines.Read(utf8);
        var blocks = new List<Block>();
        var rows = new List<StatRow>();
        var all = 0;
        for (var line = 0; line <= lines.Count && !lines.IsCrLf; line++)
        {
            if ((line & 0xFFF) == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            if (line < lines.Count && StatRow.TryRead(lines.Memory(line), out var row))
            {
                rows.Add(row);
            }
            else if (rows.Count > 0)
            {
                all += rows.Count;
                blocks.Add(new Block(line - rows.Count, rows));
                rows = [];
            }
        }

        return all < LeastRows ? null : new StatLog(lines, blocks);
    }
}
