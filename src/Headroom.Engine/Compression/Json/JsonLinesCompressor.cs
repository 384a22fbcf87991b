using System.Text.Json;
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
        // :: Step 1: where each value is: one on each line, or, where lines do not hold whole values, one after the other.
        var lines = TextLines.Read(utf8);
        var values = new List<ReadOnlyMemory<byte>>(lines.Count);
        var kept = new KeptLines();
        var isExact = true;
        if (!ReadLines(lines, values, kept, cancellationToken))
        {
            values.Clear();
            kept = new KeptLines();
            if (!ReadConcatenated(utf8, values, kept, out isExact, cancellationToken))
            {
                return null;
            }
        }

        if (values.Count < 2)
        {
            return null;
        }

        // :: Step 2: the spelling.
        var isAscii = utf8.Span.IndexOf("\\u"u8) >= 0 && utf8.Span.IndexOfAnyInRange((byte)0x80, (byte)0xFF) < 0;
        var spelling = JsonSpelling.Of(values.MaxBy(v => Math.Min(v.Length, 256))!.Span, isAscii);
        var spelled = new ByteBuffer(4096);
        for (var i = 0; isExact && i < values.Count; i++)
        {
            spelled.Truncate(0);
            spelling.Write(values[i].Span, spelled);
            isExact = spelled.Written.SequenceEqual(values[i].Span);
        }

        // :: Step 3: the document.
        var json = new ByteBuffer(utf8.Length + 16);
        for (var i = 0; i < values.Count; i++)
        {
            json.Append(i == 0 ? '[' : ',');
            json.Append(values[i].Span);
        }

        json.Append(']');
        string?[] words = [.. isExact ? spelling.Words() : [ValuesOnly], lines.IsCrLf ? CrLf : null];
        return RowForms.Open(Name, lines.Count, words, kept, json.ToArray(), lines.EndsWithLineFeed, isExact: true, cancellationToken);
    }

    public byte[]? Decode(NotationHeader header, ReadOnlySpan<byte> body)
    {
        if (RowForms.Read(header, body, out var words, out var kept, out var endsWithLineFeed) is not { } json)
        {
            return null;
        }

        var spelling = JsonSpelling.Of(words);
        var lineEnd = words.Contains(CrLf) ? "\r\n"u8.ToArray() : "\n"u8.ToArray();
        var output = new ByteBuffer(json.Length * 2);
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
            output.Truncate(output.Length - lineEnd.Length);
        }

        return output.ToArray();
    }

    private static bool ReadLines(TextLines lines, List<ReadOnlyMemory<byte>> values, KeptLines kept, CancellationToken cancellationToken)
    {
        for (var i = 0; i < lines.Count; i++)
        {
            if ((i & 0xFFF) == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }

            if (IsValue(lines[i]))
            {
                values.Add(lines.Memory(i));
            }
            else
            {
                kept.Add(i + 1, lines.Memory(i));
            }

            if (i >= 64 && kept.Count * 2 > i)
            {
                return false;
            }
        }

        return kept.Count * KeptShare <= lines.Count || kept.Count == 1;
    }

    // White space around the value would be lost.
    private static bool IsValue(ReadOnlySpan<byte> line)
    {
        if (line.IsEmpty || line[0] <= (byte)' ' || line[^1] <= (byte)' ')
        {
            return false;
        }

        try
        {
            var reader = new Utf8JsonReader(line, new JsonReaderOptions { MaxDepth = JsonTape.MaxDepth - 1 });
            while (reader.Read())
            {
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    // What follows the last whole value (a text that was cut off) is kept as it stands.
    private static bool ReadConcatenated(
        ReadOnlyMemory<byte> utf8, List<ReadOnlyMemory<byte>> values, KeptLines kept, out bool isExact, CancellationToken cancellationToken)
    {
        // Scalars one after the other are what any text could be.
        isExact = true;
        var text = utf8.Span;
        var end = 0;
        if (text.IsEmpty || text[0] is not ((byte)'{' or (byte)'['))
        {
            return false;
        }

        var reader = new Utf8JsonReader(text, new JsonReaderOptions { MaxDepth = JsonTape.MaxDepth - 1, AllowMultipleValues = true });
        try
        {
            while (reader.Read())
            {
                if ((values.Count & 0xFFF) == 0)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                }

                if (reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.StartArray))
                {
                    return false;
                }

                var start = (int)reader.TokenStartIndex;
                reader.Skip();
                isExact &= values.Count == 0 ? start == 0 : text[end..start].SequenceEqual("\n"u8);
                end = (int)reader.BytesConsumed;
                values.Add(utf8[start..end]);
            }
        }
        catch (JsonException)
        {
        }

        // The rest begins on a line of its own, and is the start of a value that was cut off.
        var rest = utf8[end..];
        if (rest.Span.TrimEnd("\r\n"u8).IsEmpty)
        {
            isExact &= rest.Length <= 1;
            return true;
        }

        if (rest.Length * KeptShare > utf8.Length || rest.Span[0] != (byte)'\n')
        {
            return false;
        }

        var lines = TextLines.Read(rest[1..]);
        for (var i = 0; i < lines.Count; i++)
        {
            kept.Add(values.Count + 1 + i, lines.Memory(i));
        }

        return !lines.IsCrLf;
    }
}
