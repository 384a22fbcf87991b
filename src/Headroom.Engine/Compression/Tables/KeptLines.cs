using System.Buffers.Text;

namespace Headroom.Engine.Compression.Tables;

/// <summary>
/// The lines of a table that are none of its rows (titles, rules, totals, ragged or broken rows), verbatim. In a form they stand before the rows,
/// each with its number: <c>17: text</c>.
/// </summary>
internal sealed class KeptLines
{
    private const string Suffix = " other lines first";

    private readonly List<(int Number, ReadOnlyMemory<byte> Text)> _lines = [];

    public int Count => _lines.Count;

    /// <summary>Their numbers.</summary>
    public IEnumerable<int> Numbers => _lines.Select(line => line.Number);

    /// <summary>Adds a line, without its end.</summary>
    /// <param name="number">From 1, counting rows and lines of the text in their order.</param>
    /// <param name="text">One line.</param>
    public void Add(int number, ReadOnlyMemory<byte> text) => _lines.Add((number, text));

    /// <summary>The word of the legend that says how many there are; null for none.</summary>
    public string? Legend => _lines.Count == 0 ? null : FormattableString.Invariant($"{_lines.Count}{Suffix}");

    /// <summary>Writes the lines, at most so many; says how many more there are.</summary>
    public void Write(ByteBuffer output, int most)
    {
        foreach (var (number, text) in _lines.Take(most))
        {
            output.Append(number);
            output.Append(text.IsEmpty ? ":"u8 : ": "u8);
            output.Append(text.Span);
            output.Append('\n');
        }

        if (_lines.Count > most)
        {
            output.Append("... "u8);
            output.Append(_lines.Count - most);
            output.Append(" more of them\n"u8);
        }
    }

    /// <summary>The bytes of one line in a form, to tell what a view of them takes.</summary>
    public int Length(int index) => _lines[index].Text.Length + 6;

    /// <summary>Reads the lines from the start of a form's body.</summary>
    /// <param name="words">The words of the legend.</param>
    /// <param name="body">The body; what follows the lines when done.</param>
    /// <returns>Null when the form is damaged.</returns>
    public static KeptLines? Read(IEnumerable<string> words, ref ReadOnlySpan<byte> body)
    {
        var kept = new KeptLines();
        var word = words.FirstOrDefault(w => w.EndsWith(Suffix, StringComparison.Ordinal));
        var count = 0;
        if (word is not null && !int.TryParse(word.AsSpan(0, word.Length - Suffix.Length), System.Globalization.NumberStyles.None,
            System.Globalization.CultureInfo.InvariantCulture, out count))
        {
            return null;
        }

        for (var i = 0; i < count; i++)
        {
            var end = body.IndexOf((byte)'\n');
            if (end < 0 || !Utf8Parser.TryParse(body[..end], out int number, out var digits) || digits >= end || body[digits] != (byte)':')
            {
                return null;
            }

            var text = body[(digits + 1)..end];
            if (!text.IsEmpty && text[0] != (byte)' ')
            {
                return null;
            }

            kept.Add(number, text.IsEmpty ? default : text[1..].ToArray());
            body = body[(end + 1)..];
        }

        return kept;
    }

    /// <summary>Puts the lines back between rows.</summary>
    /// <param name="output">Receives them.</param>
    /// <param name="lineEnd">After each line.</param>
    public Weaver Weave(ByteBuffer output, byte[] lineEnd) => new(_lines, output, lineEnd);

    /// <summary>Writes rows in order and each kept line where it belongs.</summary>
    public sealed class Weaver(List<(int Number, ReadOnlyMemory<byte> Text)> lines, ByteBuffer output, byte[] lineEnd)
    {
        private int _next;
        private int _number = 1;

        /// <summary>Writes the kept lines whose turn it is, up to the next row.</summary>
        public void BeforeRow()
        {
            for (; _next < lines.Count && lines[_next].Number == _number; _next++, _number++)
            {
                output.Append(lines[_next].Text.Span);
                output.Append(lineEnd);
            }

            _number++;
        }

        /// <summary>Writes what follows the last row. False when a line's turn never came: the form is damaged.</summary>
        public bool End()
        {
            BeforeRow();
            return _next == lines.Count;
        }
    }
}
