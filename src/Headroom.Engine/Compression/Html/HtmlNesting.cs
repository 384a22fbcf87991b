using System.Buffers;
using System.Collections.Frozen;

namespace Headroom.Engine.Compression.Html;

/// <summary>
/// Tells before a page is parsed how deep its elements would stand in each other, in one pass over the tags. A parser's work for a tag grows with the
/// elements that are open, and for a paragraph with the formatting that nobody closed, so that a page of nothing else takes the square of its length.
/// Where parsers differ in what an end tag closes, this one closes less.
/// </summary>
internal ref struct HtmlNesting(ReadOnlySpan<char> text)
{
    private const int MostOpen = 512;
    private const int MostFormatting = 64;
    private const int MostAttributes = 256;

    // A parser takes more than a kilobyte for what may be a few bytes.
    private const int MostNodes = 1 << 17;

    private static readonly SearchValues<char> NameEnd = SearchValues.Create(" \t\r\n\f/>");
    private static readonly SearchValues<char> AttributeEnd = SearchValues.Create(" \t\r\n\f/>=");
    private static readonly SearchValues<char> ValueEnd = SearchValues.Create(" \t\r\n\f>");

    private static readonly FrozenSet<string> Void = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "area", "base", "basefont", "bgsound", "br", "col", "embed", "frame", "hr", "image", "img", "input", "keygen", "link", "meta", "param", "source", "track", "wbr");

    // Their end tags may be missing: the next of them ends them.
    private static readonly FrozenSet<string> Implied = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "html", "head", "body", "p", "li", "dt", "dd", "option", "optgroup", "tr", "td", "th", "thead", "tbody", "tfoot", "colgroup", "caption", "rb", "rp", "rt", "rtc", "a", "nobr");

    // What an end tag of these ends, whatever is open in it, but for a marker.
    private static readonly FrozenSet<string> Blocks = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "address", "article", "aside", "blockquote", "button", "center", "details", "dialog", "dir", "div", "dl", "fieldset", "figcaption", "figure", "footer", "form",
        "h1", "h2", "h3", "h4", "h5", "h6", "header", "hgroup", "listing", "main", "menu", "nav", "ol", "pre", "search", "section", "summary", "ul");

    private static readonly FrozenSet<string> Markers = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase, "applet", "marquee", "object", "template", "table", "select", "svg", "math");

    private static readonly FrozenSet<string> Formatting = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase, "b", "big", "code", "em", "font", "i", "s", "small", "strike", "strong", "tt", "u");

    private static readonly FrozenSet<string> Raw = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase, "script", "style", "title", "textarea", "iframe", "noembed", "noframes", "xmp");

    // Inside of drawings and formulas tags are as in XML, but not inside of these.
    private static readonly FrozenSet<string> Hosts = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase, "foreignObject", "desc", "title", "annotation-xml", "mi", "mo", "mn", "ms", "mtext");

    // And these end them.
    private static readonly FrozenSet<string> Breakouts = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "body", "br", "dd", "dt", "embed", "head", "hr", "img", "li", "meta", "nobr", "p", "ruby", "span", "sub", "sup", "table", "var");

    private readonly ReadOnlySpan<char> _text = text;
    private readonly List<string> _open = [];
    private readonly Dictionary<string, int> _formatting = new(StringComparer.OrdinalIgnoreCase);
    private int _at;
    private int _unclosed;
    private int _attributes;
    private bool _isForeign;

    /// <summary>True when a parser reads the page in a time that grows with its length, and in bounded memory.</summary>
    public bool IsShallow(CancellationToken cancellationToken)
    {
        for (var (tags, nodes) = (0, 0); ; tags++)
        {
            if ((tags & 0xFFF) == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            var next = _text[_at..].IndexOf('<');
            if (next < 0)
            {
                return true;
            }

            _at += next + 1;
            var rest = _text[_at..];
            if (rest.StartsWith("!--"))
            {
                _at += rest.StartsWith("!-->") || rest.StartsWith("!--->") ? 3 : CommentLength(rest);
            }
            else if (rest is ['!' or '?', ..] || (rest is ['/', var end, ..] && !char.IsAsciiLetter(end)))
            {
                _at = After('>');
            }
            else if (rest is ['/', _, ..])
            {
                _at++;
                var name = Name();
                if (SkipAttributes(out _))
                {
                    Close(name);
                }
            }
            else if (rest is [var first, ..] && char.IsAsciiLetter(first))
            {
                var name = Name();
                if (SkipAttributes(out var isEmpty) && (_attributes > MostAttributes || (nodes += 1 + _attributes) > MostNodes || !TryOpen(name, isEmpty)))
                {
                    return false;
                }
            }
        }
    }

    private static int CommentLength(ReadOnlySpan<char> rest)
    {
        for (var at = 3; rest[at..].IndexOf("--") is >= 0 and var next; at++)
        {
            at += next;
            if (rest[(at + 2)..] is ['>', ..] or ['!', '>', ..])
            {
                return at + 3;
            }
        }

        return rest.Length;
    }

    private readonly int After(char sign)
    {
        var length = _text[_at..].IndexOf(sign);
        return length < 0 ? _text.Length : _at + length + 1;
    }

    private string Name()
    {
        var length = _text[_at..].IndexOfAny(NameEnd);
        var name = length < 0 ? _text[_at..] : _text.Slice(_at, length);
        _at += name.Length;

        // All names that mean anything are short.
        return name.Length > 32 ? "" : name.ToString();
    }

    // False where the text ends inside the tag, which is none then.
    private bool SkipAttributes(out bool isEmpty)
    {
        isEmpty = false;
        for (_attributes = 0; ; _attributes++)
        {
            SkipBlank("/");
            if (_at >= _text.Length)
            {
                return false;
            }

            if (_text[_at] == '>')
            {
                isEmpty = _text[_at - 1] == '/';
                _at++;
                return true;
            }

            // A sign of equality at the begin is part of a name.
            var length = _text[(_at + 1)..].IndexOfAny(AttributeEnd);
            _at = length < 0 ? _text.Length : _at + 1 + length;
            SkipBlank("");
            if (_at >= _text.Length || _text[_at] != '=')
            {
                continue;
            }

            _at++;
            SkipBlank("");
            if (_at < _text.Length && _text[_at] is '"' or '\'')
            {
                var quote = _text[_at++];
                _at = After(quote);
            }
            else
            {
                length = _text[_at..].IndexOfAny(ValueEnd);
                _at = length < 0 ? _text.Length : _at + length;
            }
        }
    }

    private void SkipBlank(string also)
    {
        while (_at < _text.Length && (_text[_at] is ' ' or '\t' or '\r' or '\n' or '\f' || also.Contains(_text[_at])))
        {
            _at++;
        }
    }

    private bool TryOpen(string name, bool isEmpty)
    {
        if (_isForeign && (Blocks.Contains(name) || Breakouts.Contains(name) || (Formatting.Contains(name) && name is not "font")))
        {
            _open.RemoveRange(Drawing(), _open.Count - Drawing());
            _isForeign = false;
        }

        if (_isForeign)
        {
            if (isEmpty)
            {
                return true;
            }

            _isForeign = !Hosts.Contains(name);
        }
        else if (Void.Contains(name) || Implied.Contains(name))
        {
            return true;
        }
        else if (Raw.Contains(name))
        {
            SkipRaw(name);
            return true;
        }
        else if (Formatting.Contains(name))
        {
            _formatting[name] = _formatting.GetValueOrDefault(name) + 1;
            _unclosed++;
        }

        _isForeign |= name.Equals("svg", StringComparison.OrdinalIgnoreCase) || name.Equals("math", StringComparison.OrdinalIgnoreCase);
        _open.Add(name.ToLowerInvariant());
        return _open.Count <= MostOpen && _unclosed <= MostFormatting;
    }

    private readonly int Drawing() => _open.FindLastIndex(open => open is "svg" or "math");

    private void SkipRaw(string name)
    {
        while (_at < _text.Length)
        {
            var end = _text[_at..].IndexOf("</");
            _at = end < 0 ? _text.Length : _at + end + 2;
            if (_text[_at..].StartsWith(name, StringComparison.OrdinalIgnoreCase))
            {
                return;
            }
        }
    }

    private void Close(string name)
    {
        var isBlock = Blocks.Contains(name) || Markers.Contains(name);
        for (var i = _open.Count - 1; i >= 0; i--)
        {
            if (_open[i].Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                _open.RemoveRange(i, _open.Count - i);
                _isForeign = Drawing() is >= 0 and var drawing && !_open.Skip(drawing + 1).Any(Hosts.Contains);
                break;
            }

            if (Markers.Contains(_open[i]))
            {
                return;
            }

            if (!isBlock && Blocks.Contains(_open[i]))
            {
                break;
            }
        }

        if (_formatting.GetValueOrDefault(name) > 0)
        {
            _formatting[name]--;
            _unclosed--;
        }
    }
}
