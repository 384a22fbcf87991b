using System.Buffers.Text;

namespace Headroom.Engine.Compression.Diffs;

/// <summary>
/// One row of git's <c>--stat</c>: <c> src/a.cs | 12 ++++++---</c>, or <c> a.png | Bin 0 -> 12 bytes</c>. The bar has a sign for each changed line unless git
/// scaled it down to the width of a terminal.
/// </summary>
/// <param name="Name">The path as printed, without its padding.</param>
/// <param name="Count">Changed lines; -1 of a binary file.</param>
/// <param name="Plus">Pluses in the bar.</param>
/// <param name="Minus">Minuses in the bar.</param>
/// <param name="Sizes">Of a binary file what follows <c>Bin</c>.</param>
internal readonly record struct StatRow(ReadOnlyMemory<byte> Name, int Count, int Plus, int Minus, ReadOnlyMemory<byte> Sizes)
{
    public const int LongestBar = 1024;

    /// <summary>As long as a path can be.</summary>
    public const int LongestName = 4096;

    private static ReadOnlySpan<byte> Bar => " | "u8;

    /// <summary>The bar does not say how many lines were added.</summary>
    public bool IsScaled => Count > 0 && Plus + Minus != Count;

    public static bool TryRead(ReadOnlyMemory<byte> line, out StatRow row)
    {
        row = default;
        var text = line.Span;
        if (text.Length < 6 || text[0] != (byte)' ' || text.LastIndexOf(Bar) is not (> 1 and var bar))
        {
            return false;
        }

        // :: Step 1: the name; its padding is counted in columns, which are bytes only in ASCII.
        var name = line[1..bar];
        name = name[..(name.Span.LastIndexOfAnyExcept((byte)' ') + 1)];
        if (name.Length > LongestName || !DirectoryOutline.CanWrite(name.Span) || !System.Text.Ascii.IsValid(name.Span))
        {
            return false;
        }

        // :: Step 2: the number and the bar.
        var rest = line[(bar + Bar.Length)..];
        rest = rest[Math.Max(0, rest.Span.IndexOfAnyExcept((byte)' '))..];
        if (rest.Span.StartsWith("Bin "u8) && rest.Span.EndsWith(" bytes"u8) && rest.Span["Bin "u8.Length..].IndexOf(" bytes"u8) == rest.Length - "Bin  bytes".Length)
        {
            row = new StatRow(name, -1, 0, 0, rest["Bin ".Length..]);
            return true;
        }

        if (!Utf8Parser.TryParse(rest.Span, out int count, out var digits) || count < 0 || !char.IsAsciiDigit((char)rest.Span[0]))
        {
            return false;
        }

        var signs = rest.Span[digits..];
        var plus = signs.IsEmpty ? 0 : Math.Max(0, signs[1..].IndexOfAnyExcept((byte)'+') is < 0 ? signs.Length - 1 : signs[1..].IndexOfAnyExcept((byte)'+'));
        var minus = signs.IsEmpty ? 0 : signs.Length - 1 - plus;
        row = new StatRow(name, count, plus, minus, default);
        return (signs.IsEmpty || (signs[0] == (byte)' ' && !signs[(1 + plus)..].ContainsAnyExcept((byte)'-')))
            && (count == 0) == (plus + minus == 0) && plus + minus <= Math.Min(count, LongestBar);
    }

    /// <summary>Appends rows of one commit as git draws them, and below them their sum where the bars say it.</summary>
    public static void Draw(IReadOnlyList<StatRow> rows, ByteBuffer output)
    {
        var nameWidth = rows.Max(row => row.Name.Length);
        var numberWidth = Math.Max(Digits(rows.Max(row => row.Count)), rows.Any(row => row.Count < 0) ? 3 : 0);
        foreach (var row in rows)
        {
            output.Append((byte)' ');
            output.Append(row.Name.Span);
            output.AppendRepeated(' ', nameWidth - row.Name.Length);
            output.Append(Bar);
            output.AppendRepeated(' ', numberWidth - Digits(row.Count));
            if (row.Count < 0)
            {
                output.Append("Bin "u8);
                output.Append(row.Sizes.Span);
            }
            else
            {
                output.Append(row.Count);
                output.AppendRepeated(' ', row.Count > 0 ? 1 : 0);
                output.AppendRepeated('+', row.Plus);
                output.AppendRepeated('-', row.Minus);
            }

            output.Append((byte)'\n');
        }

        if (!rows.Any(row => row.IsScaled))
        {
            DrawSum(rows.Count, rows.Sum(row => (long)row.Plus), rows.Sum(row => (long)row.Minus), output);
        }
    }

    // git leaves out the side without lines, unless both are.
    private static void DrawSum(int files, long plus, long minus, ByteBuffer output)
    {
        output.Append((byte)' ');
        output.Append(files);
        output.Append(files == 1 ? " file changed"u8 : " files changed"u8);
        if (plus > 0 || minus == 0)
        {
            output.Append(", "u8);
            output.Append((int)Math.Min(plus, int.MaxValue));
            output.Append(plus == 1 ? " insertion(+)"u8 : " insertions(+)"u8);
        }

        if (minus > 0 || plus == 0)
        {
            output.Append(", "u8);
            output.Append((int)Math.Min(minus, int.MaxValue));
            output.Append(minus == 1 ? " deletion(-)"u8 : " deletions(-)"u8);
        }

        output.Append((byte)'\n');
    }

    // Of a binary file those of "Bin".
    private static int Digits(int count)
    {
        var digits = count < 0 ? 3 : 1;
        for (; count >= 10; count /= 10)
        {
            digits++;
        }

        return digits;
    }
}
