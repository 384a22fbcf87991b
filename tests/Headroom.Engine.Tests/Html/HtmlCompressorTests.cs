using System.Globalization;
using System.Text;
using Headroom.Engine.Compression;
using Headroom.Engine.Compression.Html;
using Headroom.Engine.Content;
using Headroom.TestData;

namespace Headroom.Engine.Tests.Html;

public sealed class HtmlCompressorTests
{
    private const string Page = """
        <!doctype html><html><head><title>Manual &amp; more</title><script>var x = 1;</script><style>p{}</style></head>
        <body><nav><a href="/a">Menu entry one</a><a href="/b">Menu entry two</a></nav>
        <main><h1>Install</h1><p>Run the <b>installer</b> from <a href="https://example.com/get">the page</a>.</p>
        <pre><code>tool --install
        tool --check</code></pre><ul><li>first</li><li>second<ul><li>inner</li></ul></li></ul>
        <table><tr><th>Name</th><th>Size</th></tr><tr><td>a|b</td><td>1</td></tr></table>
        <form><label>Mail <input name="mail" type="email" placeholder="you@example.com"></label><button>Send</button></form>
        <!-- a note --><p>[html view of 3 lines]</p><p>... 7 blocks</p></main><footer>Imprint and other things</footer></body></html>
        """;

    private static string? View(string html, int budget = 2_000, Relevance? relevance = null) =>
        new HtmlCompressor().Open(Encoding.UTF8.GetBytes(html), default)?.View(new ViewRequest(budget, relevance ?? Relevance.None, m => $"[{m}]"), default) is { } view
            ? Encoding.UTF8.GetString(view.Output)
            : null;

    [Fact]
    public void A_page_reads_as_the_markdown_of_its_main_content() => Assert.Equal(
        """
        [html view of 8 lines: main content as Markdown, left out 1 comment, 1 script, 1 style, 10 words outside the main content]
        title: Manual & more
        # Install
        Run the installer from [the page](https://example.com/get).
        ```
        tool --install
        tool --check
        ```
        - first
        - second
          - inner
        | Name | Size |
        | a\|b | 1 |
        Mail <email mail: you@example.com> <button: Send>
         [html view of 3 lines]
         ... 7 blocks
        [markup not shown]
        """.ReplaceLineEndings("\n"),
        View(Page));

    // Each takes a parser the square of its length, or hides from a count of tags that it is deep.
    public static TheoryData<string, string> Deep() => new()
    {
        { "elements", Many("<div>") },
        { "lists", Many("<ul><li>x") },
        { "tables", Many("<table><tr><td>") },
        { "elements that end themselves", Many("<div/>") },
        { "end tags of nothing", Many("<div></x>") },
        { "an end tag that a marker hides", Many("<div><object></div>") },
        { "an end tag that a block hides", Many("<span><div></span>") },
        { "a formatting that a block hides", Many("<b><div></b>") },
        { "formatting", Many("<p><b>x") },
        { "different formatting", string.Concat(Enumerable.Range(0, 1_000).Select(i => $"<p><font size={i}>x")) },
        { "formatting that a marker hides", Many("<b><object></b></object>") },
        { "formatting that a block ends", Many("<div><b></div>") },
        { "drawings", "<svg>" + Many("<g>") },
        { "a page in a drawing", "<svg><foreignObject>" + Many("<span/>") },
        { "a page after a drawing that nobody ended", "<svg><p>" + Many("<span/>") },
        { "a style in a drawing", "<svg><style>" + Many("<g>") },
        { "a quote that is none", "<p a==\">" + Many("<div>") },
        { "a quote in a name", "<p a\">" + Many("<div>") + "\">" },
        { "a comment that ends at once", "<!-->" + Many("<div>") + "-->" },
        { "a comment that ends otherwise", "<!-- --!>" + Many("<div>") + "-->" },
        { "a script that ends", "<script>var x = '</scripts>';</script>" + Many("<div>") },
        { "attributes", "<p " + string.Concat(Enumerable.Range(0, 5_000).Select(i => $"a{i}=1 ")) + ">x</p>" },
        { "a captured one", File.ReadAllText(Path.Combine(Fixtures.Root, "..", "cases", "hostile", "html-nested-list.html")) },
    };

    [Theory]
    [MemberData(nameof(Deep))]
    public void A_page_that_no_parser_reads_in_linear_time_is_left_alone(string what, string body)
    {
        Assert.False(new HtmlNesting($"<!DOCTYPE html><html><body>{body}").IsShallow(TestContext.Current.CancellationToken), what);
        Assert.Null(View($"<!DOCTYPE html><html><body>{body}"));
    }

    [Theory]
    [InlineData("<p>x")]
    [InlineData("<li>x")]
    [InlineData("<table><tr><td>x<td>y<tr><th>z</table>")]
    [InlineData("<div class=\"a>b\">x</div>")]
    [InlineData("<svg><title>t</title><path d='1'/><path/></svg>")]
    [InlineData("<b><i>x</b></i>")]
    [InlineData("<br><img src=x><input>")]
    [InlineData("<script>if (a < b) { x('<div>'); }</script>")]
    [InlineData("<!-- <div> -->")]
    [InlineData("<a href=x>y")]
    [InlineData("a < b & c <= d")]
    public void A_long_page_is_not_a_deep_one(string part) =>
        Assert.True(new HtmlNesting($"<!DOCTYPE html><html><body>{Many(part)}").IsShallow(TestContext.Current.CancellationToken));

    [Fact]
    public void Every_captured_page_is_read()
    {
        foreach (var fixture in Fixtures.In("html"))
        {
            Assert.True(new HtmlNesting(Encoding.UTF8.GetString(fixture.Utf8())).IsShallow(TestContext.Current.CancellationToken), fixture.Name);
        }
    }

    [Fact]
    public void Parsing_looks_at_the_token()
    {
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.Throws<OperationCanceledException>(() => HtmlPage.Read(Encoding.UTF8.GetBytes(Page), cancelled.Token));
    }

    private static string Many(string part) => string.Concat(Enumerable.Repeat(part, 3_000));

    [Fact]
    public void Nothing_is_left_out_where_it_could_not_be_had_back()
    {
        // D-13
        foreach (var fixture in Fixtures.In("html"))
        {
            var html = fixture.Utf8();
            Assert.Equal(Rung.Original, ContentRouter.Compress(html, new CompressionOptions { Kind = ContentKind.Html }, TestContext.Current.CancellationToken).Rung);
            var view = ContentRouter.Compress(html, new CompressionOptions { Kind = ContentKind.Html, Marker = m => $"[{m}; hash=0]" }, TestContext.Current.CancellationToken);
            Assert.True(view.Rung == Rung.Original || Encoding.UTF8.GetString(view.Output.Span).EndsWith(" not shown; hash=0]", StringComparison.Ordinal));
            Assert.Null(ContentNotation.Decode(view.Output.Span));
        }
    }

    [Fact]
    public void A_long_page_shows_its_first_and_last_block_its_headings_and_its_errors_and_counts_the_rest()
    {
        var html = new StringBuilder("<body>");
        for (var i = 0; i < 400; i++)
        {
            html.Append(CultureInfo.InvariantCulture, $"{(i % 40 == 0 ? $"<h2>Chapter {i / 40}</h2>" : "")}<p>Paragraph {i} says what there is to say about it.</p>");
        }

        var text = html.Replace("Paragraph 333 says", "Error: paragraph 333 failed, System.IO.IOException, and says").ToString();
        var view = View(text, 900)!;
        Assert.All(Enumerable.Range(0, 10), i => Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"## Chapter {i}\n"), view, StringComparison.Ordinal));
        Assert.Contains("paragraph 333 failed", view, StringComparison.Ordinal);
        Assert.Contains("Paragraph 399 says", view, StringComparison.Ordinal);
        var shown = view.Split('\n').Count(l => l.Contains("aragraph ", StringComparison.Ordinal)) + 10;
        var gaps = view.Split('\n').Where(l => l.StartsWith("... ", StringComparison.Ordinal)).Sum(l => int.Parse(l.Split(' ')[1], CultureInfo.InvariantCulture));
        Assert.Equal(410, shown + gaps);
        Assert.EndsWith(string.Create(CultureInfo.InvariantCulture, $"[markup and {gaps} of 410 blocks of text not shown]"), view, StringComparison.Ordinal);
    }

    [Fact]
    public void A_larger_budget_never_shows_less()
    {
        foreach (var fixture in Fixtures.In("html"))
        {
            HashSet<string> before = [];
            foreach (var budget in new[] { 200, 500, 1_000, 2_000, 5_000 })
            {
                var lines = View(Encoding.UTF8.GetString(fixture.Utf8()), budget)!.Split('\n').Where(l => !l.StartsWith("... ", StringComparison.Ordinal) && !l.StartsWith("[markup", StringComparison.Ordinal)).ToHashSet();
                Assert.Subset(lines, before);
                before = lines;
            }
        }
    }

    [Fact]
    public void The_main_content_is_found_by_the_text_outside_links()
    {
        var menu = string.Concat(Enumerable.Range(0, 50).Select(i => string.Create(CultureInfo.InvariantCulture, $"<li><a href=\"/p{i}\">Another page number {i}</a></li>")));
        var text = string.Concat(Enumerable.Range(0, 20).Select(i => string.Create(CultureInfo.InvariantCulture, $"<p>Sentence {i} of the article tells something of use.</p>")));
        var view = View($"<body><div id=side><ul>{menu}</ul></div><div id=text>{text}</div></body>", 5_000)!;
        Assert.Contains("Sentence 19 ", view, StringComparison.Ordinal);
        Assert.DoesNotContain("Another page", view, StringComparison.Ordinal);
        Assert.Contains("200 words outside the main content", view, StringComparison.Ordinal);
    }

    [Property(MaxTest = 300)]
    public void Any_bytes_are_read_without_a_failure(byte[] bytes) =>
        _ = new HtmlCompressor().Open(bytes ?? [], default)?.View(new ViewRequest(100, Relevance.None, m => $"[{m}]"), default);

    [Fact]
    public void Deep_nesting_does_not_break_the_reader() =>
        _ = View(string.Concat(Enumerable.Repeat("<div>", 20_000)) + "text" + string.Concat(Enumerable.Repeat("<b>", 20_000)) + "more");
}
