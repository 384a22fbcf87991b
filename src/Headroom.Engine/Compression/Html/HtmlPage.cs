using System.Globalization;
using System.Text;
using AngleSharp.Dom;
using AngleSharp.Html.Parser;

namespace Headroom.Engine.Compression.Html;

/// <summary>
/// A page read into the blocks of its main content. The main content is the <c>main</c> element, the only <c>article</c>, or the element that
/// holds nearly all text that is not in links. What stands around it is counted, not read.
/// </summary>
internal sealed class HtmlPage
{
    /// <summary>An element takes over from its parent when it holds this part of the parent's text outside links.</summary>
    private const double DensityShare = 0.8;
    private const int MaxDescent = 32;
    private const int MaxDepth = 200;

    private static readonly HashSet<string> Unread = new(StringComparer.OrdinalIgnoreCase)
        { "script", "style", "template", "svg", "iframe", "object", "canvas", "head" };

    private static readonly HashSet<string> Boilerplate = new(StringComparer.OrdinalIgnoreCase) { "nav", "footer", "aside" };

    private static readonly HashSet<string> Inline = new(StringComparer.OrdinalIgnoreCase)
    {
        "a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i", "img", "ins", "kbd", "label", "mark", "q",
        "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr", "br", "input", "button", "select",
        "textarea", "output", "meter", "progress",
    };

    private readonly List<HtmlBlock> _blocks = [];
    private readonly StringBuilder _line = new();
    private readonly Dictionary<string, int> _leftOut = new(StringComparer.Ordinal);

    private HtmlPage(string? title) => Title = title;

    public string? Title { get; }

    public IReadOnlyList<HtmlBlock> Blocks => _blocks;

    /// <summary>What is left out by kind, in a fixed order: <c>3 scripts, 1 nav</c>; null for nothing but markup.</summary>
    public string? LeftOut
    {
        get
        {
            var parts = _leftOut.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => FormattableString.Invariant($"{p.Value} {p.Key}"));
            return _leftOut.Count == 0 ? null : string.Join(", ", parts);
        }
    }

    /// <summary>Reads a page; fails at none, as browsers do not. Null for one that is nested too deep to be read in a time that grows with its length.</summary>
    public static HtmlPage? Read(ReadOnlyMemory<byte> utf8, CancellationToken cancellationToken)
    {
        var text = Encoding.UTF8.GetString(utf8.Span);
        if (!new HtmlNesting(text).IsShallow(cancellationToken))
        {
            return null;
        }

        // The parser itself knows no token.
        var options = new HtmlParserOptions { OnCreated = (_, _) => cancellationToken.ThrowIfCancellationRequested() };
        var document = new HtmlParser(options).ParseDocument(text);
        var title = document.Title;
        var page = new HtmlPage(string.IsNullOrWhiteSpace(title) ? null : Collapse(title));
        foreach (var name in new[] { "script", "style", "svg", "iframe" })
        {
            page.Count(name, document.GetElementsByTagName(name).Length);
        }

        if (document.Body is { } body)
        {
            var main = Main(body);
            page.Count("words outside the main content", Words(body) - Words(main));
            page.Visit(main, depth: 0, list: 0);
            page.EndLine(HtmlBlockKind.Text, "");
        }

        return page;
    }

    private static IElement Main(IElement body)
    {
        if (body.QuerySelector("main, [role=main]") is { } main)
        {
            return main;
        }

        if (body.QuerySelectorAll("article") is { Length: 1 } articles)
        {
            return articles[0];
        }

        // Text outside links is worth most; menus are links.
        var best = body;
        var score = Score(body);
        for (var (isFound, depth) = (true, 0); isFound && depth < MaxDescent; depth++)
        {
            isFound = false;
            foreach (var child in best.Children)
            {
                if (child.LocalName is "div" or "section" or "article" && Score(child) >= score * DensityShare)
                {
                    (best, score, isFound) = (child, Score(child), true);
                    break;
                }
            }
        }

        return best;
    }

    private static double Score(IElement element)
    {
        // Text in a link inside a menu counts twice, and is none.
        double score = 0;
        var stack = new Stack<(INode Node, int Links)>();
        stack.Push((element, 0));
        while (stack.TryPop(out var top))
        {
            foreach (var child in top.Node.ChildNodes)
            {
                if (child is IText text)
                {
                    score += text.Data.Length * (1.0 - top.Links);
                }
                else if (child is IElement inner)
                {
                    stack.Push((inner, top.Links + (inner.LocalName is "a" or "nav" or "footer" or "aside" or "script" or "style" ? 1 : 0)));
                }
            }
        }

        return Math.Max(0, score);
    }

    private static int Words(IElement element)
    {
        var (words, stack) = (0, new Stack<INode>());
        stack.Push(element);
        while (stack.TryPop(out var node))
        {
            if (node is IText text)
            {
                words += text.Data.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;
            }
            else if (node is not IElement child || !Unread.Contains(child.LocalName))
            {
                foreach (var inner in node.ChildNodes)
                {
                    stack.Push(inner);
                }
            }
        }

        return words;
    }

    private void Visit(INode node, int depth, int list)
    {
        if (node is IText text)
        {
            Append(text.Data);
            return;
        }

        if (node is IComment)
        {
            Count("comment", 1);
            return;
        }

        if (node is not IElement element || Unread.Contains(element.LocalName))
        {
            return;
        }

        if (depth > MaxDepth)
        {
            Count("element nested too deep", 1);
            return;
        }

        if (Boilerplate.Contains(element.LocalName) || element.GetAttribute("role") is "navigation" or "banner" or "contentinfo")
        {
            Count(element.LocalName == "div" ? "navigation" : element.LocalName, 1);
            return;
        }

        if (element.HasAttribute("hidden"))
        {
            Count("hidden element", 1);
            return;
        }

        switch (element.LocalName)
        {
            case "h1" or "h2" or "h3" or "h4" or "h5" or "h6":
                Block(element, HtmlBlockKind.Heading, new string('#', element.LocalName[1] - '0') + " ", depth, list);
                break;
            case "ul" or "ol" or "menu":
                EndLine(HtmlBlockKind.Text, "");
                Children(element, depth, list + 1);
                break;
            case "li":
                Item(element, depth, list);
                break;
            case "dt":
                Block(element, HtmlBlockKind.Item, "", depth, list);
                break;
            case "dd":
                Block(element, HtmlBlockKind.Item, ": ", depth, list);
                break;
            case "pre":
                EndLine(HtmlBlockKind.Text, "");
                var code = element.TextContent.ReplaceLineEndings("\n").Trim('\n');
                if (code.Length > 0)
                {
                    var fence = code.Contains("```", StringComparison.Ordinal) ? "````" : "```";
                    _blocks.Add(new HtmlBlock(HtmlBlockKind.Code, $"{fence}\n{code}\n{fence}"));
                }

                break;
            case "tr":
                Row(element, depth, list);
                break;
            case "br":
                EndLine(HtmlBlockKind.Text, "");
                break;
            case "a":
                Link(element, depth, list);
                break;
            case "img":
                if (element.GetAttribute("alt") is { Length: > 0 } alt)
                {
                    _line.Append(CultureInfo.InvariantCulture, $"![{Collapse(alt)}]");
                }
                else
                {
                    Count("image without text", 1);
                }

                break;
            case "code" or "kbd" or "samp" or "tt" when element.TextContent.Trim() is { Length: > 0 } inline && !inline.Contains('`', StringComparison.Ordinal):
                _line.Append(CultureInfo.InvariantCulture, $"`{Collapse(inline)}`");
                break;
            case "input" or "textarea" or "select" or "button":
                Field(element);
                break;
            default:
                if (Inline.Contains(element.LocalName))
                {
                    Children(element, depth, list);
                }
                else
                {
                    Block(element, HtmlBlockKind.Text, element.LocalName == "blockquote" ? "> " : "", depth, list);
                }

                break;
        }
    }

    private void Children(IElement element, int depth, int list)
    {
        foreach (var child in element.ChildNodes)
        {
            Visit(child, depth + 1, list);
        }
    }

    private void Block(IElement element, HtmlBlockKind kind, string prefix, int depth, int list)
    {
        EndLine(HtmlBlockKind.Text, "");
        Children(element, depth, list);
        EndLine(kind, prefix);
    }

    private void Item(IElement element, int depth, int list)
    {
        EndLine(HtmlBlockKind.Text, "");
        var prefix = $"{new string(' ', Math.Max(0, list - 1) * 2)}- ";
        foreach (var child in element.ChildNodes)
        {
            if (child is IElement { LocalName: "ul" or "ol" or "menu" or "pre" or "table" })
            {
                EndLine(HtmlBlockKind.Item, prefix);
            }

            Visit(child, depth + 1, list);
        }

        EndLine(HtmlBlockKind.Item, prefix);
    }

    // A table that holds tables is layout; its innermost rows are read.
    private void Row(IElement element, int depth, int list)
    {
        EndLine(HtmlBlockKind.Text, "");
        if (element.QuerySelector("tr, pre, ul, ol") is not null)
        {
            Children(element, depth, list);
            return;
        }

        var cells = new List<string>();
        foreach (var cell in element.Children)
        {
            var first = _blocks.Count;
            Children(cell, depth, list);
            EndLine(HtmlBlockKind.Text, "");
            cells.Add(string.Join(' ', _blocks.Skip(first).Select(b => b.Text)).Replace("|", "\\|", StringComparison.Ordinal));
            _blocks.RemoveRange(first, _blocks.Count - first);
        }

        if (cells.Any(c => c.Length > 0))
        {
            _blocks.Add(new HtmlBlock(HtmlBlockKind.Row, $"| {string.Join(" | ", cells)} |"));
        }
    }

    private void Link(IElement element, int depth, int list)
    {
        var target = element.GetAttribute("href")?.Trim();
        // A place in the page itself is no use without the page.
        if (target is null or "" || target[0] == '#' || target.StartsWith("javascript:", StringComparison.OrdinalIgnoreCase))
        {
            Children(element, depth, list);
            return;
        }

        var (start, blocks) = (_line.Length, _blocks.Count);
        Children(element, depth, list);
        if (_blocks.Count > blocks || _line.Length < start)
        {
            // Blocks inside a link ended the line that it began on.
            EndLine(HtmlBlockKind.Text, "");
            _line.Append(CultureInfo.InvariantCulture, $"({Collapse(target)})");
            return;
        }

        var text = _line.ToString(start, _line.Length - start);
        _line.Length = start;
        var lead = text.Length > 0 && text[0] == ' ' ? " " : "";
        var tail = text.Length > 1 && text[^1] == ' ' ? " " : "";
        if (text.Trim().Length > 0)
        {
            _line.Append(CultureInfo.InvariantCulture, $"{lead}[{text.Trim()}]({Collapse(target)}){tail}");
        }
    }

    private void Field(IElement element)
    {
        var type = element.LocalName == "input" ? element.GetAttribute("type") ?? "text" : element.LocalName;
        if (type == "hidden")
        {
            Count("hidden element", 1);
            return;
        }

        var name = element.GetAttribute("name") ?? element.Id;
        var value = element.LocalName is "button" or "textarea" ? element.TextContent : element.GetAttribute("value") ?? element.GetAttribute("placeholder");
        Append(" ");
        _line.Append(CultureInfo.InvariantCulture, $"<{type}{(string.IsNullOrEmpty(name) ? "" : " " + name)}{(string.IsNullOrWhiteSpace(value) ? "" : ": " + Collapse(value))}> ");
        foreach (var option in element.LocalName == "select" ? element.QuerySelectorAll("option") : Enumerable.Empty<IElement>())
        {
            _line.Append(CultureInfo.InvariantCulture, $"{Collapse(option.TextContent)}; ");
        }
    }

    private void Append(string text)
    {
        foreach (var c in text)
        {
            if (!char.IsWhiteSpace(c))
            {
                _line.Append(c);
            }
            else if (_line.Length > 0 && _line[^1] != ' ')
            {
                _line.Append(' ');
            }
        }
    }

    private void EndLine(HtmlBlockKind kind, string prefix)
    {
        var text = _line.ToString().Trim();
        _line.Clear();
        if (text.Length > 0)
        {
            _blocks.Add(new HtmlBlock(kind, prefix + text));
        }
    }

    private void Count(string what, int count)
    {
        if (count > 0)
        {
            _leftOut[what] = _leftOut.GetValueOrDefault(what) + count;
        }
    }

    private static string Collapse(string text) => string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
