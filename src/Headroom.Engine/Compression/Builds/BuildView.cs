using System.Globalization;
using System.Text;
using Headroom.Engine.Tokens;

namespace Headroom.Engine.Compression.Builds;

/// <summary>
/// The view: what failed with its message, every error once, warnings by kind, totals, the head and the end, verbatim and in order; everything
/// else as counts where it stood.
/// </summary>
internal static class BuildView
{
    // What failed is shown whatever the budget, up to so many tokens.
    private const int MostErrors = 4_000;

    // A line between two gaps costs about one note more.
    private const int NoteTokens = 6;
    private const int FrameTokens = 100;
    private const int MostSuites = 256;
    private const int ListedSuites = 5;
    private const int LongestLine = 2_000;
    private const int ListedPlaces = 150;
    private const int PlaceTokens = 5;

    // Codes are listed for at most half of the budget, but always so many.
    private const int LeastCodes = 40;
    private const int MostCodes = 200;
    private const int CodeTokens = 6;

    /// <summary>Writes the view of a report; null when nothing says what matters or nothing would be hidden.</summary>
    public static ContentForm? Write(TextLines lines, ViewRequest request, CancellationToken cancellationToken)
    {
        var report = BuildReport.Read(lines, cancellationToken);
        if (!report.HasSigns)
        {
            return null;
        }

        // :: Step 1: choose.
        var isShown = Choose(report, request, cancellationToken);
        var hidden = isShown.AsSpan().Count(false);
        if (hidden == 0)
        {
            return null;
        }

        // :: Step 2: write what is shown, and a note for each gap. No line of the text begins as a note does.
        var note = "[..";
        do
        {
            note += ".";
        }
        while (BeginsWith(lines, Encoding.UTF8.GetBytes(note + " ")));

        var output = new ByteBuffer(request.Budget * 8);
        new NotationHeader(BuildCompressor.Name, lines.Count, true, $"{note} notes stand for lines left out").Write(output);
        var places = ListedPlaces;
        for (var i = 0; i < lines.Count;)
        {
            if (isShown[i])
            {
                WriteLine(report, i++, note, ref places, output);
                continue;
            }

            var from = i;
            while (i < lines.Count && !isShown[i])
            {
                i++;
            }

            WriteGap(report, from, i, note, output);
        }

        // :: Step 3: what is left out, and how to get it back.
        WriteProfile(report, isShown, note, ListedCodes(request), output, cancellationToken);
        var marker = Encoding.UTF8.GetBytes(request.Marker(string.Create(CultureInfo.InvariantCulture, $"{hidden} of {lines.Count} lines not shown")));
        output.Append(marker);
        return new ContentForm(output.ToArray(), "view", marker.Length);
    }

    private static bool[] Choose(BuildReport report, ViewRequest request, CancellationToken cancellationToken)
    {
        var lines = report.Lines;
        var (ranks, values) = (report.Ranks, report.Values);

        // :: Step 1: what the caller asked for.
        if (!request.Relevance.IsEmpty)
        {
            var ranking = request.Relevance.Rank(lines.Count, lines.Memory, cancellationToken: cancellationToken);
            for (var i = 0; i < lines.Count; i++)
            {
                ranks[i] = ranking.IsMust[i] ? (byte)0 : ranking.Scores[i] > 0 ? Math.Min(ranks[i], BuildReport.ByValue) : ranks[i];
                values[i] += 20 * (float)ranking.Scores[i];
            }
        }

        // :: Step 2: whether what failed is shown always. What is counted stops where that is sure.
        var (failing, candidates) = (0L, 0);
        for (var i = 0; i < lines.Count; i++)
        {
            candidates += ranks[i] <= BuildReport.ByValue ? 1 : 0;
            if (ranks[i] == BuildReport.Failing && failing <= MostErrors)
            {
                failing += Tokens(report, i);
            }
        }

        cancellationToken.ThrowIfCancellationRequested();
        var musts = failing <= MostErrors ? BuildReport.Failing : 0;

        // :: Step 3: fill the budget; ranks that are not always shown come before all other lines. A token is about four bytes.
        var isMust = new bool[lines.Count];
        var order = new (int Line, (bool, double, int) Priority)[candidates];
        for (var (i, next) = (0, 0); i < lines.Count; i++)
        {
            if (ranks[i] <= BuildReport.ByValue)
            {
                var worth = ranks[i] < BuildReport.ByValue ? 1000.0 * (BuildReport.ByValue - ranks[i]) : values[i];
                isMust[i] = ranks[i] <= musts;
                order[next++] = (i, (!isMust[i], -worth / (NoteTokens + (Shown(lines[i]).Length / 4)), i));
            }
        }

        var codes = ListedCodes(request);
        var codeTokens = CodeTokens * (Math.Min(codes, Codes(report, BuildLineKind.Error).Count) + Math.Min(codes, Codes(report, BuildLineKind.Warning).Count));
        var isShown = BudgetSolver.Fill(
            isMust, request.Budget - FrameTokens - codeTokens, Descending(order), line => Tokens(report, line), cancellationToken);

        // A blank line between two that are shown costs less than a note.
        for (var i = 1; i < lines.Count - 1; i++)
        {
            isShown[i] |= report.Kinds[i] == BuildLineKind.Blank && isShown[i - 1] && isShown[i + 1];
        }

        return isShown;
    }

    // From the most to the least worth showing, sorted as far as they are asked for.
    private static IEnumerable<int> Descending((int Line, (bool, double, int) Priority)[] lines)
    {
        for (var queue = new PriorityQueue<int, (bool, double, int)>(lines); queue.TryDequeue(out var line, out _);)
        {
            yield return line;
        }
    }

    private static int Tokens(BuildReport report, int line) =>
        TokenEstimator.Instance.Count(Shown(report.Lines[line])) + 1 + (report.Ranks[line] == 0 ? 0 : NoteTokens)
        + (report.Again.TryGetValue(line, out var again) ? NoteTokens + (again.Places.Count * PlaceTokens) : 0);

    private static ReadOnlySpan<byte> Shown(ReadOnlySpan<byte> line) => line.Length <= LongestLine ? line : line[..LongestLine];

    private static void WriteLine(BuildReport report, int line, string note, ref int places, ByteBuffer output)
    {
        var text = report.Lines[line];
        if (text.Length <= LongestLine)
        {
            output.Append(text);
        }
        else
        {
            var cut = LongestLine;
            while ((text[cut] & 0xC0) == 0x80 && cut > LongestLine - 4)
            {
                cut--;
            }

            output.Append(text[..cut]);
            Append(output, $"\n{note} {text.Length - cut} bytes of this line]");
        }

        output.Append((byte)'\n');
        if (report.SameAs.TryGetValue(line, out var same))
        {
            Append(output, $"{note} message as below line {same + 1}]\n");
        }

        if (report.Again.TryGetValue(line, out var again))
        {
            Append(output, $"{note} {again.Count} more like it");
            var listed = Math.Min(again.Places.Count, places);
            places -= listed;
            for (var i = 0; i < listed; i++)
            {
                output.Append(i == 0 ? ": "u8 : ", "u8);
                output.Append(again.Places[i].Span);
            }

            output.Append(listed > 0 && again.Count > listed ? ", and others]\n"u8 : "]\n"u8);
        }
    }

    private static void WriteGap(BuildReport report, int from, int to, string note, ByteBuffer output)
    {
        Span<int> counts = stackalloc int[Enum.GetValues<BuildLineKind>().Length];
        for (var i = from; i < to; i++)
        {
            counts[(int)report.Kinds[i]]++;
        }

        if (counts[(int)BuildLineKind.Blank] == to - from)
        {
            output.Append((byte)'\n');
            return;
        }

        Append(output, to - from == 1 ? (FormattableString)$"{note} {to}" : $"{note} {from + 1}-{to}");
        var separator = ": ";
        foreach (var (kind, name) in Names)
        {
            if (counts[(int)kind] > 0)
            {
                Append(output, $"{separator}{counts[(int)kind]} {name}");
                separator = ", ";
            }
        }

        output.Append("]\n"u8);
    }

    private static readonly (BuildLineKind Kind, string Name)[] Names =
    [
        (BuildLineKind.Passed, "passed"), (BuildLineKind.Skipped, "skipped"), (BuildLineKind.Progress, "steps"), (BuildLineKind.Warning, "warnings"),
        (BuildLineKind.Error, "errors"), (BuildLineKind.Frame, "frames"),
    ];

    // All that is hidden, passed tests by suite.
    private static void WriteProfile(BuildReport report, bool[] isShown, string note, int listedCodes, ByteBuffer output, CancellationToken cancellationToken)
    {
        var counts = new int[Enum.GetValues<BuildLineKind>().Length];
        var suites = new Dictionary<ulong, (int Count, ReadOnlyMemory<byte> Name)>();
        var order = new List<ulong>();
        for (var i = 0; i < isShown.Length; i++)
        {
            if (isShown[i])
            {
                continue;
            }

            if ((i & 0xFFF) == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            counts[(int)report.Kinds[i]]++;
            if (report.Kinds[i] is BuildLineKind.Passed or BuildLineKind.Progress && SuiteOf(report, i) is { Length: > 0 } name)
            {
                var key = TextIndex.HashOf(name.Span);
                if (suites.TryGetValue(key, out var suite))
                {
                    suites[key] = (suite.Count + 1, name);
                }
                else if (suites.Count < MostSuites)
                {
                    suites.Add(key, (1, name));
                    order.Add(key);
                }
            }
        }

        output.Append(Encoding.UTF8.GetBytes(note + " not shown: "));
        var separator = "";
        foreach (var (kind, name) in Names)
        {
            if (counts[(int)kind] > 0)
            {
                Append(output, $"{separator}{counts[(int)kind]} {name}");
                separator = ", ";
            }
        }

        var rest = isShown.AsSpan().Count(false) - Names.Sum(name => counts[(int)name.Kind]);
        if (rest > 0)
        {
            Append(output, $"{separator}{rest} other lines");
        }

        var largest = order.Where(key => suites[key].Count > 1).OrderByDescending(key => suites[key].Count).Take(ListedSuites).ToList();
        for (var i = 0; i < largest.Count; i++)
        {
            output.Append(i == 0 ? "; "u8 : ", "u8);
            output.Append(suites[largest[i]].Name.Span);
            Append(output, $" {suites[largest[i]].Count}");
        }

        WriteCodes(report, isShown, BuildLineKind.Error, " errors by code: ", listedCodes, output);
        WriteCodes(report, isShown, BuildLineKind.Warning, " warnings by code: ", listedCodes, output);
        output.Append("]\n"u8);
    }

    // How often each code stands in the whole, where messages of a severity are left out that are not shown elsewhere.
    private static void WriteCodes(BuildReport report, bool[] isShown, BuildLineKind kind, string title, int listed, ByteBuffer output)
    {
        var isHidden = false;
        for (var i = 0; i < isShown.Length && !isHidden; i++)
        {
            isHidden = !isShown[i] && report.Kinds[i] == kind && report.Ranks[i] < BuildReport.Counted;
        }

        if (!isHidden)
        {
            return;
        }

        var codes = Codes(report, kind);
        var separator = ";" + title;
        foreach (var (count, first) in codes.Values.OrderByDescending(code => code.Count).ThenBy(code => code.First).Take(listed))
        {
            Append(output, $"{separator}");
            output.Append(CodeOf(report, first));
            Append(output, $" {count}");
            separator = ", ";
        }

        if (codes.Count > listed)
        {
            Append(output, $" and {codes.Count - listed} other codes");
        }
    }

    private static int ListedCodes(ViewRequest request) => Math.Clamp(request.Budget / (2 * CodeTokens), LeastCodes, MostCodes);

    private static Dictionary<ulong, (int Count, int First)> Codes(BuildReport report, BuildLineKind kind)
    {
        var codes = new Dictionary<ulong, (int Count, int First)>();
        for (var i = 0; i < report.Lines.Count; i++)
        {
            if (report.Kinds[i] == kind && CodeOf(report, i) is { IsEmpty: false } code)
            {
                var key = TextIndex.HashOf(code);
                codes[key] = codes.TryGetValue(key, out var known) ? (known.Count + 1, known.First) : (1, i);
            }
        }

        return codes;
    }

    private static ReadOnlySpan<byte> CodeOf(BuildReport report, int line)
    {
        var (start, end) = report.Names[line];
        return BuildLineReader.CodeOf(report.Lines[line][start..end]);
    }

    // The name of a test up to its last part, or the verb of a step.
    private static ReadOnlyMemory<byte> SuiteOf(BuildReport report, int line)
    {
        var (start, length) = report.Names[line];
        var name = report.Lines.Memory(line)[start..length];
        if (report.Kinds[line] == BuildLineKind.Progress)
        {
            var verb = name.Span.IndexOfAny((byte)' ', (byte)':');
            return verb is > 1 and < 24 ? name[..verb] : default;
        }

        var end = name.Span.IndexOf((byte)' ');
        var head = name.Span.IndexOf(" > "u8) is > 0 and var arrow ? name[..name.Span.LastIndexOf(" > "u8)] : end > 0 ? name[..end] : name;
        var cut = name.Span.IndexOf(" > "u8) > 0 ? head.Length : Math.Max(head.Span.LastIndexOf("::"u8), Math.Max(head.Span.LastIndexOf((byte)'.'), head.Span.LastIndexOf((byte)'/')));
        return cut is > 1 and < 160 ? head[..cut] : default;
    }

    private static bool BeginsWith(TextLines lines, byte[] sign) =>
        lines.Source.Span.StartsWith(sign) || lines.Source.Span.IndexOf([(byte)'\n', .. sign]) >= 0;

    private static void Append(ByteBuffer output, FormattableString text) =>
        output.Append(Encoding.UTF8.GetBytes(text.ToString(CultureInfo.InvariantCulture)));
}
