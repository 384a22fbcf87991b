namespace Headroom.Engine.Compression.Json.View;

/// <summary>
/// The distinct strings of a column by their form: a template, where each run of letters and digits that holds a digit is one blank (as
/// the preprocessing step of log template miners such as Drain has it, He et al. 2017); an outline, where every run is a blank; and the
/// words, with the number of cells each is in.
/// </summary>
internal sealed class ValueForms
{
    private const double TemplatedShare = 0.75;
    private readonly List<int> _words = [];
    private readonly List<int> _starts = [];
    private readonly List<int> _cellsOfWord = [];

    private ValueForms(int count)
    {
        Templates = new ulong[count];
        Outlines = new ulong[count];
    }

    /// <summary>For each distinct value a hash of its template.</summary>
    public ulong[] Templates { get; }

    /// <summary>For each distinct value a hash of its outline.</summary>
    public ulong[] Outlines { get; }

    /// <summary>Number of different templates.</summary>
    public int TemplateCount { get; private set; }

    /// <summary>How many spaces a value has on average, counted over cells.</summary>
    public double Spaces { get; private set; }

    /// <summary><see cref="ColumnKind.Identifier"/>, <see cref="ColumnKind.TemplatedText"/> or <see cref="ColumnKind.Distinctive"/>.</summary>
    public ColumnKind Kind { get; private set; }

    /// <summary>The words of a distinct value.</summary>
    public ReadOnlySpan<int> Words(int value)
    {
        var start = _starts[value];
        var end = value + 1 < _starts.Count ? _starts[value + 1] : _words.Count;
        return System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_words)[start..end];
    }

    /// <summary>In how many cells a word is.</summary>
    public int CellsOf(int word) => _cellsOfWord[word];

    /// <summary>Reads the strings among a column's distinct values.</summary>
    public static ValueForms Read(JsonTape tape, ReadOnlySpan<Cell> cells, ColumnValue[] values)
    {
        var forms = new ValueForms(values.Length);
        var ids = new Dictionary<ulong, int>();
        var latest = new List<int>();
        long spaces = 0;
        for (var value = 0; value < values.Length; value++)
        {
            forms._starts.Add(forms._words.Count);
            var raw = tape.Raw(cells[values[value].FirstCell].Node);
            spaces += raw.Count((byte)' ') * (long)values[value].Count;
            forms.Read(raw, value, values[value].Count, ids, latest);
        }

        forms.TemplateCount = forms.Templates.Distinct().Count();
        forms.Spaces = spaces / (double)cells.Length;
        forms.Kind = forms.Classify(cells.Length, values);
        return forms;
    }

    /// <summary>The template of a string's source bytes as text, for the profile.</summary>
    public static string Template(ReadOnlySpan<byte> inner)
    {
        var text = new System.Text.StringBuilder();
        var start = 0;
        for (var i = 0; i <= inner.Length; i++)
        {
            if (i < inner.Length && IsWordByte(inner[i]))
            {
                continue;
            }

            var run = inner[start..i];
            text.Append(run.ContainsAnyInRange((byte)'0', (byte)'9') ? "#" : System.Text.Encoding.UTF8.GetString(run));
            if (i < inner.Length)
            {
                text.Append((char)inner[i]);
            }

            start = i + 1;
        }

        return text.ToString();
    }

    private void Read(ReadOnlySpan<byte> raw, int value, int count, Dictionary<ulong, int> ids, List<int> latest)
    {
        const ulong Prime = 1099511628211UL;
        var (template, outline) = (14695981039346656037UL, 14695981039346656037UL);
        var word = 0UL;
        var (length, hasDigit) = (0, false);
        for (var i = 0; i <= raw.Length; i++)
        {
            var b = i < raw.Length ? raw[i] : (byte)0;
            if (IsWordByte(b))
            {
                hasDigit |= b is >= (byte)'0' and <= (byte)'9';
                word = (word ^ (b is >= (byte)'A' and <= (byte)'Z' ? (uint)(b | 0x20) : b)) * Prime;
                length++;
                continue;
            }

            if (length > 0)
            {
                template = (template ^ (hasDigit ? 1 : word)) * Prime;
                outline = (outline ^ 1) * Prime;
                if (!hasDigit && length > 1)
                {
                    Count(word, value, count, ids, latest);
                }

                (word, length, hasDigit) = (0, 0, false);
            }

            template = (template ^ b) * Prime;
            outline = (outline ^ b) * Prime;
            if (b == '\\')
            {
                // The letter after it belongs to the escape, not to the next word.
                i++;
            }
        }

        Templates[value] = template;
        Outlines[value] = outline;
    }

    private void Count(ulong hash, int value, int count, Dictionary<ulong, int> ids, List<int> latest)
    {
        if (!ids.TryGetValue(hash, out var id))
        {
            id = ids.Count;
            ids.Add(hash, id);
            _cellsOfWord.Add(0);
            latest.Add(-1);
        }

        if (latest[id] != value)
        {
            latest[id] = value;
            _cellsOfWord[id] += count;
            _words.Add(id);
        }
    }

    private ColumnKind Classify(int cells, ColumnValue[] values)
    {
        if (Spaces < 1)
        {
            var common = Outlines.CountBy(o => o).Max(o => o.Value);
            return common >= 0.9 * values.Length && TemplateCount <= Math.Max(2, 0.15 * values.Length) ? ColumnKind.Identifier : ColumnKind.Distinctive;
        }

        if (TemplateCount <= Math.Max(2, 0.2 * values.Length))
        {
            return ColumnKind.TemplatedText;
        }

        // Names are one to three words: their words come back, but not together.
        if (Spaces < 2)
        {
            return ColumnKind.Distinctive;
        }

        var repeating = Math.Max(3, cells / 50);
        long all = 0;
        long repeated = 0;
        for (var value = 0; value < values.Length; value++)
        {
            foreach (var word in Words(value))
            {
                all += values[value].Count;
                repeated += CellsOf(word) >= repeating ? values[value].Count : 0;
            }
        }

        return repeated >= TemplatedShare * all ? ColumnKind.TemplatedText : ColumnKind.Distinctive;
    }

    private static bool IsWordByte(byte b) =>
        b is >= (byte)'a' and <= (byte)'z' or >= (byte)'A' and <= (byte)'Z' or >= (byte)'0' and <= (byte)'9' or >= 0x80;
}
