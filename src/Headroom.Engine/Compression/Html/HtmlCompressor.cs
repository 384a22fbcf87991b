using System.Globalization;
using System.Text;
using Headroom.Engine.Compression.Json.View;
using Headroom.Engine.Tokens;

namespace Headroom.Engine.Compression.Html;

/// <summary>
/// The compressor for pages. Its view is the main content as Markdown, within the budget; markup, scripts, menus and what else is left out is
/// counted. There is no lossless form.
/// </summary>
internal sealed class HtmlCompressor : IContentCompressor
{
    /// <summary>The name in the header of its forms.</summary>
    public const string Name = "html";

    public IContentForms? Open(ReadOnlyMemory<byte> utf8, CancellationToken cancellationToken)
    {
        var page = HtmlPage.Read(utf8, cancellationToken);
        return page is null || page.Blocks.Count == 0 ? null : new Forms(page, TextLines.Read(utf8).Count);
    }

    public byte[]? Decode(NotationHeader header, ReadOnlySpan<byte> body, DecodeLimit limit) => null;

    private sealed class Forms(HtmlPage page, int lines) : IContentForms
    {
        public ContentForm? Lossless(CancellationToken cancellationToken) => null;

        public ContentForm? View(ViewRequest request, CancellationToken cancellationToken)
        {
            // :: Step 1: what each block takes, and which must be shown: what was asked for, errors, and headings where they are not too much.
            var blocks = page.Blocks.Select(b => (b.Kind, Text: Encoding.UTF8.GetBytes(Told(b)))).ToArray();
            var tokens = new int[blocks.Length];
            for (var i = 0; i < tokens.Length; i++)
            {
                tokens[i] = TokenEstimator.Instance.Count(blocks[i].Text) + 1;
            }

            var ranking = request.Relevance.Rank(blocks.Length, i => blocks[i].Text, cancellationToken: cancellationToken);
            var isMust = (bool[])ranking.IsMust.Clone();
            isMust[0] = isMust[^1] = true;
            var left = tokens.Sum() * BudgetSolver.MustShare;
            for (var kind = 0; kind < 2; kind++)
            {
                for (var i = 0; i < blocks.Length; i++)
                {
                    if (!isMust[i] && (kind == 0 ? ErrorSigns.ReadsLikeError(blocks[i].Text) : blocks[i].Kind == HtmlBlockKind.Heading)
                        && (left -= tokens[i]) >= 0)
                    {
                        isMust[i] = true;
                    }
                }
            }

            // :: Step 2: then what fits the query, the first block below each heading, and the rest from the top.
            var order = Enumerable.Range(0, blocks.Length)
                .OrderByDescending(i => isMust[i])
                .ThenByDescending(i => ranking.Scores[i])
                .ThenByDescending(i => i > 0 && blocks[i - 1].Kind == HtmlBlockKind.Heading);
            var head = Head(request);
            var isShown = BudgetSolver.Fill(
                isMust, request.Budget - TokenEstimator.Instance.Count(head.Written), order, i => tokens[i], cancellationToken);

            // :: Step 3: the blocks in their order, gaps said.
            for (var i = 0; i < blocks.Length;)
            {
                if (isShown[i])
                {
                    head.Append(blocks[i++].Text);
                    head.Append('\n');
                    continue;
                }

                var from = i;
                while (i < blocks.Length && !isShown[i])
                {
                    i++;
                }

                head.Append(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"... {i - from} blocks\n")));
            }

            var hidden = isShown.Count(s => !s);
            var marker = Encoding.UTF8.GetBytes(request.Marker(hidden == 0
                ? "markup not shown"
                : string.Create(CultureInfo.InvariantCulture, $"markup and {hidden} of {blocks.Length} blocks of text not shown")));
            head.Append(marker);
            return new ContentForm(head.ToArray(), "view", marker.Length);
        }

        private ByteBuffer Head(ViewRequest request)
        {
            var output = new ByteBuffer(request.Budget * 8);
            new NotationHeader(Name, lines, IsView: true, $"main content as Markdown{(page.LeftOut is { } leftOut ? $", left out {leftOut}" : "")}").Write(output);
            if (page.Title is { } title)
            {
                output.Append("title: "u8);
                output.Append(Encoding.UTF8.GetBytes(title));
                output.Append('\n');
            }

            return output;
        }

        // A line of the page that looks like one of ours is set in by a space.
        private static string Told(HtmlBlock block) =>
            block.Text.StartsWith("... ", StringComparison.Ordinal) || (block.Text[0] == '[' && block.Text[^1] == ']') ? " " + block.Text : block.Text;
    }
}
