namespace Headroom.Engine.Compression.Html;

/// <summary>What a block of a page is.</summary>
internal enum HtmlBlockKind
{
    Heading,
    Text,
    Item,
    Row,
    Code,
    Form,
}

/// <summary>One block of a page's main content as Markdown: a heading, a paragraph, a list item, a table's row, a code block.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">One line, or several for code.</param>
internal sealed record HtmlBlock(HtmlBlockKind Kind, string Text);
