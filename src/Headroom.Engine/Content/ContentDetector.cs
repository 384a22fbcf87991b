namespace Headroom.Engine.Content;

/// <summary>
/// Tells the kind of a piece of content from its structure: the outermost bytes, then what lines from its start, its middle and its end
/// look like. Bounded in time whatever the length, deterministic and without a model. In doubt content is text, which passes as it is.
/// </summary>
public static class ContentDetector
{
    private const int LookedBytes = 8 << 10;
    private const int ShortestBase64 = 100;

    // Lines of one kind in a row that make a part of their own.
    private const int PartLines = 3;
    private const int SmallestDocument = 150;
    private const int TitleLines = 6;

    /// <summary>Looks at a bounded number of bytes only; the compressor for that kind makes sure.</summary>
    /// <param name="utf8">The content as UTF-8 bytes; any other bytes are text.</param>
    public static ContentKind Detect(ReadOnlySpan<byte> utf8)
    {
        var text = utf8.StartsWith("\uFEFF"u8) ? utf8[3..] : utf8;
        if (NotationGrammar.IsForm(text))
        {
            return ContentKind.Notation;
        }

        // The indent of a first line aligns it with the others.
        var trimmed = text.Trim(" \t\r\n"u8);
        if (trimmed.IsEmpty || Head(trimmed).Contains((byte)0) || trimmed[Math.Max(0, trimmed.Length - LookedBytes)..].Contains((byte)0))
        {
            return ContentKind.Text;
        }

        return OfJson(trimmed) ?? OfBytes(trimmed) ?? OfMarkup(trimmed) ?? OfLines(text.Trim("\r\n"u8).TrimEnd(" \t\r\n"u8));
    }

    private static ReadOnlySpan<byte> Head(ReadOnlySpan<byte> text) => text[..Math.Min(text.Length, LookedBytes)];

    private static ContentKind? OfJson(ReadOnlySpan<byte> text)
    {
        if (text[0] == (byte)'"')
        {
            // A string, not a row of quoted fields.
            var head = Head(text)[1..];
            for (var at = 0; head[at..].IndexOfAny((byte)'"', (byte)'\\', (byte)'\n') is >= 0 and var found; at += found + 2)
            {
                if (head[at + found] != (byte)'\\')
                {
                    return head[at + found] == (byte)'"' && at + found + 2 == text.Length ? ContentKind.Json : null;
                }

                if (at + found + 2 > head.Length)
                {
                    break;
                }
            }

            return text.Length > LookedBytes && text[^1] == (byte)'"' ? ContentKind.Json : null;
        }

        switch (JsonScan.Scan(Head(text), out var end))
        {
            case JsonScanResult.Notation:
                return ContentKind.Notation;
            case JsonScanResult.Open:
                return text.Length > LookedBytes && text[^1] is (byte)'}' or (byte)']' ? ContentKind.Json : null;
            case JsonScanResult.Closed:
                var rest = text[end..].TrimStart(" \t\r\n"u8);
                return rest.IsEmpty ? ContentKind.Json
                    : JsonScan.Scan(Head(rest), out _) is JsonScanResult.Closed or JsonScanResult.Open && text[^1] is (byte)'}' or (byte)']'
                        && (end + 1 < text.Length && text[end] is (byte)'\n' or (byte)'\r' or (byte)'{' or (byte)'[' or (byte)' ') ? ContentKind.JsonLines
                    : null;
            default:
                return null;
        }
    }

    private static ContentKind? OfBytes(ReadOnlySpan<byte> text)
    {
        if (text.StartsWith("data:"u8) && Head(text).IndexOf(";base64,"u8) is > 5 and < 100 and var comma)
        {
            return IsBase64(text[(comma + 8)..]) ? ContentKind.Base64 : null;
        }

        return text.Length >= ShortestBase64 && IsBase64(text) ? ContentKind.Base64 : null;
    }

    // Letters of both cases and digits mixed, in lines of one length.
    private static bool IsBase64(ReadOnlySpan<byte> text)
    {
        var head = Head(text);
        var width = head.IndexOfAny((byte)'\n', (byte)'\r');
        if (width is >= 0 and < 48 || head.ContainsAnyExcept(ByteSets.Base64Bytes))
        {
            return false;
        }

        if (text[^Math.Min(text.Length, 512)..].ContainsAnyExcept(ByteSets.Base64Bytes))
        {
            return false;
        }

        var line = width < 0 ? head : head[..width];
        var changes = 0;
        var seen = 0UL;
        for (var i = 1; i < line.Length; i++)
        {
            changes += Class(line[i]) != Class(line[i - 1]) ? 1 : 0;
            seen |= 1UL << (line[i] & 63);
        }

        // A word or a path changes between classes seldom, digits in hexadecimal know few letters.
        return changes * 5 >= line.Length && System.Numerics.BitOperations.PopCount(seen) >= 20
            && line.ContainsAnyInRange((byte)'A', (byte)'Z') && line.ContainsAnyInRange((byte)'g', (byte)'z')
            && (width < 0 || head[width..].TrimStart("\r\n"u8) is var rest && (rest.IndexOfAny((byte)'\n', (byte)'\r') is var next && (next == width || next < 0 && rest.Length <= LookedBytes)));

        static int Class(byte b) => b switch
        {
            >= (byte)'a' and <= (byte)'z' => 0,
            >= (byte)'A' and <= (byte)'Z' => 1,
            >= (byte)'0' and <= (byte)'9' => 2,
            _ => 3,
        };
    }

    private static ContentKind? OfMarkup(ReadOnlySpan<byte> text)
    {
        if (text is not [(byte)'<', .., (byte)'>'])
        {
            return null;
        }

        if (text.StartsWith("<?xml"u8))
        {
            return Head(text).IndexOf("<html"u8) >= 0 ? ContentKind.Html : ContentKind.Xml;
        }

        if (text.Length > 4 && text.StartsWith("<!"u8))
        {
            var name = text[2..Math.Min(text.Length, 20)];
            return StartsWithIgnoreCase(name, "doctype html"u8) || (text.StartsWith("<!--"u8) && Head(text).IndexOf("<html"u8) >= 0) ? ContentKind.Html
                : StartsWithIgnoreCase(name, "doctype"u8) || text.StartsWith("<!--"u8) ? ContentKind.Xml : null;
        }

        var length = text[1..].IndexOfAny(ByteSets.TagEnds);
        if (length <= 0 || !char.IsAsciiLetter((char)text[1]) || text.LastIndexOf((byte)'<') == 0)
        {
            return null;
        }

        var tag = text.Slice(1, length);
        foreach (var name in (ReadOnlySpan<string>)["template", "script", "style"])
        {
            if (System.Text.Ascii.EqualsIgnoreCase(tag, name))
            {
                return ContentKind.SourceCode;
            }
        }

        foreach (var name in (ReadOnlySpan<string>)[
            "html", "head", "body", "div", "p", "span", "table", "ul", "ol", "a", "h1", "h2", "h3", "section", "article", "main", "nav", "header", "footer", "form", "tr", "td", "img", "b", "i", "pre", "dl", "meta", "link", "title"])
        {
            if (System.Text.Ascii.EqualsIgnoreCase(tag, name))
            {
                return ContentKind.Html;
            }
        }

        // The same name closes it, or the tag that closes itself is all there is.
        var last = text[text.LastIndexOf((byte)'<')..];
        return last.StartsWith("</"u8) || last.EndsWith("/>"u8) || last.EndsWith("-->"u8) ? ContentKind.Xml : null;
    }

    private static bool StartsWithIgnoreCase(ReadOnlySpan<byte> text, ReadOnlySpan<byte> beginning) =>
        text.Length >= beginning.Length && System.Text.Ascii.EqualsIgnoreCase(text[..beginning.Length], beginning);

    private static ContentKind OfLines(ReadOnlySpan<byte> text)
    {
        var sample = LineSample.Of(text);
        var count = new KindCounts(sample);
        if (count.Lines < 2)
        {
            return ContentKind.Text;
        }

        if (IsDiff(sample, count))
        {
            return ContentKind.Diff;
        }

        if (IsMarkdownTable(sample, count))
        {
            return ContentKind.MarkdownTable;
        }

        if (count.Share(LineKind.Json) >= 0.9)
        {
            return ContentKind.JsonLines;
        }

        // Text that belongs to several commands is split before any of it may speak for the rest.
        var others = count[LineKind.Prompt] + count[LineKind.Fence];
        if (others > 0 && others < count.Lines)
        {
            return ContentKind.Mixed;
        }

        var most = OfRows(sample, count) ?? OfMost(sample, count);
        if (most is ContentKind.Log && count.Share(LineKind.Log) < 0.75 && HasDocument(text, sample))
        {
            return ContentKind.Mixed;
        }

        return most
            ?? (HasDocument(text, sample) ? ContentKind.Mixed
                : count.Share(LineKind.Code) >= 0.3 ? ContentKind.SourceCode
                : HasParts(sample) ? ContentKind.Mixed
                : ContentKind.Text);
    }

    private static ContentKind? OfRows(in LineSample sample, in KindCounts count)
    {
        if (count[LineKind.FileRow] + count[LineKind.Branch] + count[LineKind.Search] + count[LineKind.Build] > count.Lines / 2)
        {
            return null;
        }

        var first = sample.KindOf(0);
        if (first is not (LineKind.Log or LineKind.Frame) && count.Share(LineKind.Code) < 0.3
            && TableSigns.IsDelimited(sample, 0, sample.Head))
        {
            return ContentKind.DelimitedTable;
        }

        if (count.Share(LineKind.Log) >= 0.5 || count.Share(LineKind.Code) >= 0.3)
        {
            return null;
        }

        // A title may stand above the header.
        var end = Paragraph(sample, 0);
        for (var from = 0; from < Math.Min(TitleLines, end - PartLines); from++)
        {
            if (TableSigns.IsFixedWidth(sample, from, end))
            {
                return ContentKind.FixedWidthTable;
            }
        }

        return null;
    }

    private static ContentKind? OfMost(in LineSample sample, in KindCounts count)
    {
        var log = count.Share(LineKind.Log);
        var build = count.Share(LineKind.Build);
        var frames = count.Share(LineKind.Frame);
        var search = count.Share(LineKind.Search) + count.Share(LineKind.NumberedLine);
        var files = count.Share(LineKind.FileRow) + count.Share(LineKind.Branch);
        var paths = count.Share(LineKind.Path);
        var names = count.Share(LineKind.Name);
        if (count.Lines >= PartLines && ((files + paths >= 0.85 && (files > 0 || paths >= 0.9)) || (files + paths >= 0.3 && files + paths + names >= 0.95)))
        {
            return ContentKind.Listing;
        }

        if (search + paths >= 0.85 && search > paths && (count[LineKind.Search] > 0 || count[LineKind.Path] > 0 || count.NumberedColons * 2 > count[LineKind.NumberedLine]))
        {
            return ContentKind.SearchResults;
        }

        if (log >= 0.6 && log > build)
        {
            return ContentKind.Log;
        }

        // Messages and traces of several lines below each entry.
        if (log >= 0.1 && count[LineKind.Log] >= PartLines && log > build && log + frames + count.Indented + count.Share(LineKind.Json) >= 0.85)
        {
            return ContentKind.Log;
        }

        if (count[LineKind.Frame] >= 2 && build < 0.1
            && (frames >= 0.4 || (frames >= 0.2 && sample.KindOf(0) == LineKind.Frame && frames + count.Indented >= 0.75)))
        {
            return ContentKind.StackTrace;
        }

        if (build >= 0.5 || (build >= 0.2 && count[LineKind.Build] >= PartLines && count.Share(LineKind.Code) < 0.5 && search < 0.2 && files + paths < 0.4 && log < 0.3)
            || (count[LineKind.Build] >= PartLines && count.IsBuildAtEnds && log < 0.2 && search < 0.4 && files + paths < 0.4))
        {
            return ContentKind.BuildOutput;
        }

        return log >= 0.5 ? ContentKind.Log : null;
    }

    private static bool IsDiff(in LineSample sample, in KindCounts count)
    {
        if (count[LineKind.DiffHeader] < 2 || sample.KindOf(0) != LineKind.DiffHeader && !sample[0].StartsWith("From "u8))
        {
            return false;
        }

        var changes = 0;
        var explained = 0;
        for (var i = 0; i < sample.Count; i++)
        {
            var line = sample[i];
            var kind = sample.KindOf(i);
            changes += kind == LineKind.DiffHeader && !line.StartsWith("commit "u8) ? 1 : 0;
            explained += kind is LineKind.DiffHeader or LineKind.Blank || line[0] is (byte)'+' or (byte)'-' or (byte)' ' or (byte)'\\' or (byte)'\t' or (byte)'<' or (byte)'>'
                || line.StartsWith("Author"u8) || line.StartsWith("Date"u8) || line.StartsWith("Commit"u8) || line.StartsWith("Merge: "u8) || line.StartsWith("old mode"u8)
                || line.StartsWith("new mode"u8) || line.StartsWith("From: "u8) || line.StartsWith("Subject: "u8) || char.IsAsciiDigit((char)line[0]) ? 1 : 0;
        }

        return changes > 0 && explained * 10 >= sample.Count * 9;
    }

    private static bool IsMarkdownTable(in LineSample sample, in KindCounts count)
    {
        if (count.Share(LineKind.Bar) < 0.95 || count[LineKind.Bar] < PartLines)
        {
            return false;
        }

        for (var i = 0; i < Math.Min(sample.Head, 4); i++)
        {
            if (MarkdownRow.IsRule(sample[i].Trim((byte)' ')))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>A JSON document or a diff begins at one of the lines: code is full of brackets, but never of either.</summary>
    private static bool HasDocument(ReadOnlySpan<byte> text, in LineSample sample)
    {
        var headers = 0;
        for (var i = 0; i < sample.Count; i++)
        {
            headers = sample.KindOf(i) == LineKind.DiffHeader ? headers + 1 : 0;
            if (headers >= PartLines)
            {
                return true;
            }

            if (sample[i] is [(byte)'{' or (byte)'[', ..]
                && JsonScan.Scan(Head(text[sample.StartOf(i)..]), out var length) is JsonScanResult.Closed or JsonScanResult.Open
                && length >= SmallestDocument)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Some lines in a row are of one kind, or rows of a table.</summary>
    private static bool HasParts(in LineSample sample)
    {
        var run = 0;
        var last = LineKind.Plain;
        for (var i = 0; i < sample.Count; i++)
        {
            var kind = sample.KindOf(i);
            if (kind == LineKind.Json && sample[i].Length > 60)
            {
                return true;
            }

            if (kind is LineKind.Plain or LineKind.Blank or LineKind.Code or LineKind.Path or LineKind.Name or LineKind.NumberedLine or LineKind.DiffBody)
            {
                run = 0;
                continue;
            }

            run = kind == last ? run + 1 : 1;
            last = kind;
            if (run >= PartLines)
            {
                return true;
            }
        }

        for (var from = 0; from < sample.Head;)
        {
            var to = Paragraph(sample, from);
            if (to - from > PartLines && (TableSigns.IsFixedWidth(sample, from, to) || TableSigns.IsDelimited(sample, from, to)))
            {
                return true;
            }

            from = to + 1;
        }

        return false;
    }

    /// <summary>Behind the last line of a paragraph.</summary>
    private static int Paragraph(in LineSample sample, int from)
    {
        while (from < sample.Head && sample.KindOf(from) != LineKind.Blank)
        {
            from++;
        }

        return from;
    }

    /// <summary>How many lines of a sample are of each kind.</summary>
    private readonly ref struct KindCounts
    {
        private readonly Counts _counts;
        private readonly int _indented;

        public KindCounts(in LineSample sample)
        {
            var atHead = 0;
            var atTail = 0;
            for (var i = 0; i < sample.Count; i++)
            {
                var kind = sample.KindOf(i);
                var line = sample[i];
                if (kind == LineKind.Blank || line is [(byte)'-', (byte)'-'] || (kind is LineKind.Plain or LineKind.Name && TableSigns.IsRule(line)))
                {
                    continue;
                }

                Lines++;
                _counts[(int)kind]++;
                _indented += line[0] is (byte)' ' or (byte)'\t' && kind is not (LineKind.Log or LineKind.Frame or LineKind.Json) ? 1 : 0;
                NumberedColons += kind == LineKind.NumberedLine && IsFound(line) ? 1 : 0;
                atHead += kind == LineKind.Build && Lines <= 5 ? 1 : 0;
                atTail += kind == LineKind.Build && i >= sample.Count - 15 ? 1 : 0;
            }

            IsBuildAtEnds = atHead > 0 && atTail > 0;
        }

        // A list of things to do has one blank after its numbers, a line of a file none or its indent.
        private static bool IsFound(ReadOnlySpan<byte> line) =>
            line[line.IndexOfAny((byte)':', (byte)'-')..] is [(byte)':', .. var text] && text is not [(byte)' ', not ((byte)' ' or (byte)'\t'), ..];

        /// <summary>Lines that are not blank.</summary>
        public int Lines { get; }

        public int NumberedColons { get; }

        public bool IsBuildAtEnds { get; }

        public double Indented => Lines == 0 ? 0 : (double)_indented / Lines;

        public int this[LineKind kind] => _counts[(int)kind];

        public double Share(LineKind kind) => Lines == 0 ? 0 : (double)this[kind] / Lines;
    }

    [System.Runtime.CompilerServices.InlineArray((int)LineKind.Prompt + 1)]
    private struct Counts
    {
        private int _first;
    }
}
