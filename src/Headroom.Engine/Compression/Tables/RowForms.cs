using Headroom.Engine.Compression.Json;
using Headroom.Engine.Tokens;

namespace Headroom.Engine.Compression.Tables;

/// <summary>The forms of a text that is rows: those of the rows as JSON, below a header that says how the text spelled them.</summary>
/// <param name="Name">The name in the header.</param>
/// <param name="Lines">Lines of the text.</param>
/// <param name="Words">The words of the legend.</param>
/// <param name="Kept">Lines that are no rows.</param>
/// <param name="Rows">The forms of the rows.</param>
/// <param name="EndsWithLineFeed">The text's last line has its line feed.</param>
/// <param name="IsExact">The text can be had back from the rows.</param>
internal sealed record RowForms(
    string Name, int Lines, IReadOnlyList<string> Words, KeptLines Kept, JsonForms Rows, bool EndsWithLineFeed, bool IsExact) : IContentForms
{
    /// <summary>What lines that are no rows may take of a view's budget.</summary>
    private const double KeptShare = 0.2;

    /// <summary>Opens rows.</summary>
    /// <param name="name">The name in the header.</param>
    /// <param name="lines">Lines of the text.</param>
    /// <param name="words">The words of the legend that say how the rows were spelled.</param>
    /// <param name="kept">Lines that are no rows.</param>
    /// <param name="rows">The rows as a JSON array; null for a text that is not UTF-8.</param>
    /// <param name="endsWithLineFeed">The text's last line has its line feed.</param>
    /// <param name="isExact">The text can be had back from the rows.</param>
    public static RowForms? Open(
        string name, int lines, IEnumerable<string?> words, KeptLines kept, JsonTape? rows, bool endsWithLineFeed, bool isExact) =>
        rows is null ? null : new RowForms(name, lines, [.. words.OfType<string>()], kept, new JsonForms(rows), endsWithLineFeed, isExact);

    /// <summary>Takes a form apart.</summary>
    /// <param name="header">Its first line.</param>
    /// <param name="body">The rest.</param>
    /// <param name="limit">What the rows may take.</param>
    /// <param name="words">The words of the legend.</param>
    /// <param name="kept">Lines that are no rows.</param>
    /// <param name="endsWithLineFeed">The text's last line has its line feed.</param>
    /// <returns>The rows as a JSON array without white space; null when the form is damaged.</returns>
    public static byte[]? Read(
        NotationHeader header, ReadOnlySpan<byte> body, DecodeLimit limit, out string[] words, out KeptLines kept, out bool endsWithLineFeed)
    {
        words = header.Legend?.Split(", ") ?? [];
        endsWithLineFeed = body is [.., (byte)'\n'];
        body = endsWithLineFeed ? body[..^1] : body;
        kept = KeptLines.Read(words, ref body) ?? new KeptLines();
        return JsonNotation.Decode(body, limit);
    }

    public ContentForm? Lossless(CancellationToken cancellationToken)
    {
        if (!IsExact)
        {
            return null;
        }

        var output = Head(isView: false, Rows.Bytes, int.MaxValue);
        _ = Rows.WriteLossless(output, cancellationToken);
        if (!EndsWithLineFeed && output.Written[^1] == (byte)'\n')
        {
            return null;
        }

        if (EndsWithLineFeed)
        {
            output.Append('\n');
        }

        return new ContentForm(output.ToArray(), Name);
    }

    public ContentForm? View(ViewRequest request, CancellationToken cancellationToken)
    {
        var forKept = request.Budget * KeptShare;
        var most = 0;
        while (most < Kept.Count && (forKept -= Kept.Length(most) / 3.0) > 0)
        {
            most++;
        }

        var head = Head(isView: true, request.Budget * 8, most);
        var budget = Math.Max(1, request.Budget - TokenEstimator.Instance.Count(head.Written));
        if (Rows.View(request with { Budget = budget }, cancellationToken) is not { } rows)
        {
            return null;
        }

        head.Append(rows.Output);
        return rows with { Output = head.ToArray() };
    }

    private ByteBuffer Head(bool isView, int size, int most)
    {
        var words = Kept.Legend is { } legend ? [.. Words, legend] : Words;
        var output = new ByteBuffer(size + 1024);
        new NotationHeader(Name, Lines, isView, words.Count == 0 ? null : string.Join(", ", words)).Write(output);
        Kept.Write(output, most);
        return output;
    }
}
