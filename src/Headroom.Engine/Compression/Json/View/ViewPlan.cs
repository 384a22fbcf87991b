namespace Headroom.Engine.Compression.Json.View;

/// <summary>What a view of a document shows: everything but the rows not chosen, and long strings in a shorter form.</summary>
internal sealed class ViewPlan
{
    private readonly List<RowSelection> _selections = [];
    private readonly List<string> _notes = [];

    /// <summary>The sets of rows of which not all are shown, in document order.</summary>
    public IReadOnlyList<RowSelection> Selections => _selections;

    /// <summary>Per string node the text that stands for it.</summary>
    public Dictionary<int, byte[]> Strings { get; } = [];

    /// <summary>The names in rows that are not shown, and their values with them.</summary>
    public HashSet<int> HiddenKeys { get; } = [];

    /// <summary>Lines about rows, keys and strings that are not shown.</summary>
    public IEnumerable<string> Profile => _selections.SelectMany(s => s.Profile).Concat(_notes);

    /// <summary>Rows that are not shown.</summary>
    public int HiddenRows { get; private set; }

    /// <summary>Rows in sets of which not all are shown.</summary>
    public int Rows { get; private set; }

    /// <summary>Strings that are not shown as they are.</summary>
    public int ShortStrings { get; private set; }

    /// <summary>Different keys of wide rows, and how many of them are not shown.</summary>
    public (int Hidden, int All) Keys { get; private set; }

    public bool IsEmpty => HiddenRows == 0 && ShortStrings == 0 && Keys.Hidden == 0;

    /// <summary>Leaves keys out of rows.</summary>
    /// <param name="names">Where they stand.</param>
    /// <param name="hidden">How many different ones these are.</param>
    /// <param name="all">How many different ones the rows have.</param>
    /// <param name="note">Which.</param>
    public void Hide(IEnumerable<int> names, int hidden, int all, string note)
    {
        HiddenKeys.UnionWith(names);
        Keys = (Keys.Hidden + hidden, Keys.All + all);
        _notes.Add(note);
    }

    public void Add(RowSelection selection)
    {
        _selections.Add(selection);
        Rows += selection.Total;
        HiddenRows += selection.Total - selection.Rows.Length;
    }

    /// <summary>Lets a text stand for a string.</summary>
    /// <param name="node">The string.</param>
    /// <param name="text">The text.</param>
    /// <param name="notes">What it leaves out, where it does not say so itself.</param>
    public void Add(int node, byte[] text, IEnumerable<string> notes)
    {
        Strings[node] = text;
        ShortStrings++;
        _notes.AddRange(notes);
    }

    /// <summary>Lets the view of a document inside a string stand for it.</summary>
    public void Add(int node, byte[] text, ViewPlan inner, string place)
    {
        Strings[node] = text;
        _notes.AddRange(inner.Profile.Select(line => $"{place}: {line}"));
        Keys = (Keys.Hidden + inner.Keys.Hidden, Keys.All + inner.Keys.All);
        Rows += inner.Rows;
        HiddenRows += inner.HiddenRows;
        ShortStrings += inner.ShortStrings;
    }

    /// <summary>Takes in what was planned for a part of the same document.</summary>
    public void Add(ViewPlan part)
    {
        part._selections.ForEach(Add);
        foreach (var (node, text) in part.Strings)
        {
            Strings[node] = text;
        }

        HiddenKeys.UnionWith(part.HiddenKeys);
        Keys = (Keys.Hidden + part.Keys.Hidden, Keys.All + part.Keys.All);
        ShortStrings += part.ShortStrings;
        _notes.AddRange(part._notes);
    }

    /// <summary>What is missing, for the marker.</summary>
    public string Statement()
    {
        var parts = new List<string>();
        if (HiddenRows > 0)
        {
            parts.Add(FormattableString.Invariant($"{HiddenRows} of {Rows} rows not shown"));
        }

        if (Keys.Hidden > 0)
        {
            parts.Add(FormattableString.Invariant($"{Keys.Hidden} of {Keys.All} keys not shown"));
        }

        if (ShortStrings > 0)
        {
            parts.Add(FormattableString.Invariant($"{ShortStrings} long {(ShortStrings == 1 ? "string" : "strings")} shortened"));
        }

        return string.Join(", ", parts);
    }
}
