using System.Text.Json;
using System.Text.Unicode;
using Headroom.Engine.Compression.Tables;

namespace Headroom.Engine.Compression.Json;

/// <summary>
/// The compressor for JSON lines and for JSON values one after the other. The values are the rows of one JSON document, below
/// <c>[jsonl 500 lines: spaced]</c>. Where all values are spelled alike the text comes back byte for byte; else the legend says <c>values</c> and
/// they come back without white space and needless escapes. Lines that are no JSON value are kept as they stand.
/// </summary>
internal sealed class JsonLinesCompressor : IContentCompressor
{
    /// <summary>The name in the header of its forms.</summary>
    public const string Name = "jsonl";

    // Lines that are no values may be one in so many: more are another kind of content.
    private const int KeptShare = 3;

    private const string CrLf = "crlf";
    private const string ValuesOnly = "values";

    public IContentForms? Open(ReadOnlyMemory<byte> utf8, CancellationToken cancellationToken)
    {
        // :: Step 1: the values.
        var lines = TextLines.Read(utf8);
        if (ReadRows(lines, out var kept, out var isExact, cancellationToken) is not { } rows)
        {
            return null;
        }

        var values = JsonTable.Children(rows, 0);

        // :: Step 2: the spelling.
        var isAscii = utf8.Span.IndexOf("\\u"u8) >= 0 && utf8.Span.IndexOfAnyInRange((byte)0x80, (byte)0xFF) < 0;
        var spelling = JsonSpelling.Of(rows.Raw(values.MaxBy(v => Math.Min(rows.Nodes[v].Length, 256))), isAscii);
        var spelled = new ByteBuffer(4096);
        for (var i = 0; isExact && i < values.Length; i++)
        {
            spelled.Truncate(0);
            spelling.Write(rows.Raw(values[i]), spelled);
            isExact = spelled.Written.SequenceEqual(rows.Raw(values[i]));
        }

        string?[] words = [.. isExact ? spelling.Words() : [ValuesOnly], lines.IsCrLf ? CrLf : null];
        return RowForms.Open(Name, lines.Count, words, kept, rows, lines.EndsWithLineFeed, isExact: true);
    }

    /// <summary>True for a form of values that come back each on a line of its own, however they stood.</summary>
    public static bool IsOfValues(NotationHeader header) =>
        header.Name == Name && header.Legend is { } legend && legend.Split(", ").Contains(ValuesOnly, StringComparer.Ordinal);

    public byte[]? Decode(NotationHeader header, ReadOnlySpan<byte> body, DecodeLimit limit)
    {
        if (RowForms.Read(header, body, limit, out var words, out var kept, out var endsWithLineFeed) is not { } json)
        {
            return null;
        }

        var spelling = JsonSpelling.Of(words);
        var lineEnd = words.Contains(CrLf) ? "\r\n"u8.ToArray() : "\n"u8.ToArray();
        var output = limit.Buffer(json.Length * 2);
        var weaver = kept.Weave(output, lineEnd);
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = JsonTape.MaxDepth });
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return null;
        }

        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            weaver.BeforeRow();
            spelling.Write(json.AsSpan(start..(int)reader.BytesConsumed), output);
            output.Append(lineEnd);
        }

        if (!weaver.End())
        {
            return null;
        }

        if (!endsWithLineFeed)
        {
            output.TruncateBy(lineEnd.Length);
        }

        return output.ToArray();
    }

    /// <summary>
    /// The values as the items of one array (whose own source is all of the text): one on each line, or, where lines do not hold whole
    /// values, one after the other. Null when there are fewer than two.
    /// </summary>
    /// <param name="lines">The text.</param>
    /// <param name="kept">Lines that are no values.</param>
    /// <param name="isExact">The values stand on lines of their own, with nothing around them.</param>
    /// <param name="cancellationToken">Ends the work between values.</param>
    public static JsonTape? ReadRows(TextLines lines, out KeptLines kept, out bool isExact, CancellationToken cancellationToken)
    {
        kept = new KeptLines();
        isExact = true;
        if (!Utf8.IsValid(lines.Source.Span))
        {
            return null;
        }

        if (ReadLines(lines, kept, cancellationToken) is not { } rows || rows.Nodes[0].Count < 2)
        {
            kept = new KeptLines();
            if (ReadConcatenated(lines.Source, kept, out isExact, cancellationToken) is not { } concatenated)
            {
                return null;
            }

            rows = concatenated;
        }

        return rows.Nodes[0].Count < 2 ? null : rows;
    }

    private static JsonTape? ReadLines(TextLines lines, KeptLines kept, CancellationToken cancellationToken)
    {
        var rows = new JsonTapeBuilder(lines.Source.Length);
        rows.Begin(JsonNodeKind.Array, 0);
        for (var i = 0; i < lines.Count; i++)
        {
            if ((i & 0xFFF) == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            if (!TryRead(rows, lines, i, cancellationToken))
            {
                kept.Add(i + 1, lines.Memory(i));
            }

            if (i >= 64 && kept.Count * 2 > i)
            {
                return null;
            }
        }

        rows.End(lines.Source.Length);
        return kept.Count * KeptShare <= lines.Count || kept.Count == 1 ? rows.Build(lines.Source) : null;
    }

    // White space around the value would be lost.
    private static bool TryRead(JsonTapeBuilder rows, TextLines lines, int line, CancellationToken cancellationToken)
    {
        var text = lines[line];
        if (!HasEndsOfValue(text))
        {
            return false;
        }

        try
        {
            rows.Read(lines.Source, lines.StartOf(line), text.Length, cancellationToken);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    // The lines of an indented document are told by their ends: reading each of them to see it fail would take longer than all the rest.
    private static bool HasEndsOfValue(ReadOnlySpan<byte> line) => !line.IsEmpty && line[0] switch
    {
        (byte)'{' => line[^1] == (byte)'}',
        (byte)'[' => line[^1] == (byte)']',
        (byte)'"' => line[^1] == (byte)'"' && line.Length > 1,
        _ => JsonLexeme.IsLiteral(line),
    };

    // What follows the last whole value (a text that was cut off) is kept as it stands.
    private static JsonTape? ReadConcatenated(ReadOnlyMemory<byte> utf8, KeptLines kept, out bool isExact, CancellationToken cancellationToken)
    {
        // Scalars one after the other are what any text could be.
        isExact = true;
        var text = utf8.Span;
        var end = 0;
        if (text.IsEmpty || text[0] is not ((byte)'{' or (byte)'['))
        {
            return null;
        }

        var count = 0;
        var rows = new JsonTapeBuilder(utf8.Length);
        rows.Begin(JsonNodeKind.Array, 0);
        var reader = new Utf8JsonReader(text, new JsonReaderOptions { MaxDepth = JsonTape.MaxDepth - 1, AllowMultipleValues = true });
        try
        {
            while (reader.Read())
            {
                if ((count & 0xFFF) == 0)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                }

                if (reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray))
                {
                    return null;
                }

                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                isExact &= count == 0 ? start == 0 : text[end..start].SequenceEqual("\n"u8);
                end = (int)reader.BytesConsumed;
                if (count == 0 && text[end..].TrimEnd("\r\n"u8).IsEmpty)
                {
                    return null;
                }

                rows.Read(utf8, start, end - start, cancellationToken);
                count++;
            }
        }
        catch (JsonException)
        {
        }

        rows.End(end);

        // The rest begins on a line of its own, and is the start of a value that was cut off.
        var rest = utf8[end..];
        if (rest.Span.TrimEnd("\r\n"u8).IsEmpty)
        {
            isExact &= rest.Length <= 1;
            return rows.Build(utf8);
        }

        if (rest.Length * KeptShare > utf8.Length || rest.Span[0] != (byte)'\n')
        {
            return null;
        }

        var lines = TextLines.Read(rest[1..]);
        for (var i = 0; i < lines.Count; i++)
        {
            kept.Add(count + 1 + i, lines.Memory(i));
        }

        return lines.IsCrLf ? null : rows.Build(utf8);
    }
}
