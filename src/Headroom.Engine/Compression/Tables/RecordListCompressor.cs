using System.Text.Json;
using Headroom.Engine.Compression.Json;
using Headroom.Engine.Content;

namespace Headroom.Engine.Compression.Tables;

/// <summary>
/// The compressor for records listed one member a line (<c>Name : value</c>, as <c>Format-List</c> writes them), a blank line between two records:
/// a JSON table under <c>[records 60 lines]</c>. Lines that belong to no such record are kept as they stand.
/// </summary>
internal sealed class RecordListCompressor : IContentCompressor
{
    /// <summary>The name in the header of its forms.</summary>
    public const string Name = "records";

    private const int KeptShare = 2;
    private const string CrLf = "crlf";

    public IContentForms? Open(ReadOnlyMemory<byte> utf8, CancellationToken cancellationToken)
    {
        var lines = TextLines.Read(utf8);
        var json = new ByteBuffer((utf8.Length * 3 / 2) + 16);
        var spelled = new ByteBuffer(1024);
        var kept = new KeptLines();
        var (number, records, isAfterRecord, strays) = (1, 0, false, 0);
        for (var i = 0; i < lines.Count;)
        {
            cancellationToken.ThrowIfCancellationRequested();

            // :: Step 1: the lines up to the next blank one, and whether the record would come back as it is.
            var from = i + (isAfterRecord && lines[i].IsEmpty ? 1 : 0);
            var to = from;
            while (to < lines.Count && !lines[to].IsEmpty)
            {
                to++;
            }

            var start = json.Length;
            json.Append(records == 0 ? '[' : ',');
            if (to > from && TryWrite(lines, from, to, json) && IsSpelled(lines, from, to, json.Written[(start + 1)..], spelled))
            {
                records++;
                number++;
                isAfterRecord = true;
                i = to;
                continue;
            }

            // :: Step 2: else its lines stay.
            json.Truncate(start);
            isAfterRecord = false;
            for (to = Math.Max(to, i + 1); i < to; i++)
            {
                strays += lines[i].IsEmpty ? 0 : 1;
                kept.Add(number++, lines.Memory(i));
            }
        }

        if (records < 2 || strays * KeptShare > lines.Count)
        {
            return null;
        }

        json.Append(']');
        return RowForms.Open(
            Name, lines.Count, [lines.IsCrLf ? CrLf : null], kept, JsonTape.Read(json.Memory, cancellationToken), lines.EndsWithLineFeed, isExact: true);
    }

    public byte[]? Decode(NotationHeader header, ReadOnlySpan<byte> body, DecodeLimit limit)
    {
        if (RowForms.Read(header, body, limit, out var words, out var kept, out var endsWithLineFeed) is not { } json)
        {
            return null;
        }

        var lineEnd = words.Contains(CrLf) ? "\r\n"u8.ToArray() : "\n"u8.ToArray();
        var output = limit.Buffer(json.Length * 2);
        var weaver = kept.Weave(output, lineEnd);
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = JsonTape.MaxDepth });
        reader.Read();
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            return null;
        }

        for (var isFirst = true; reader.Read() && reader.TokenType == JsonTokenType.StartObject; isFirst = false)
        {
            var start = (int)reader.TokenStartIndex;
            reader.Skip();
            var before = output.Length;
            weaver.BeforeRow();
            if (!isFirst && output.Length == before)
            {
                output.Append(lineEnd);
            }

            if (!Spell(json.AsSpan(start..(int)reader.BytesConsumed), output, lineEnd))
            {
                return null;
            }
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

    private static bool TryWrite(TextLines lines, int from, int to, ByteBuffer json)
    {
        var colon = 0;
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (var i = from; i < to;)
        {
            var line = lines[i];
            if (!ListMember.TryRead(line, out var name, out var at) || (i > from && at != colon)
                || !names.Add(System.Text.Encoding.UTF8.GetString(line[..name])))
            {
                return false;
            }

            colon = at;
            json.Append(i == from ? '{' : ',');
            json.Append('"');
            JsonLexeme.AppendEscaped(json, line[..name]);
            json.Append("\":"u8);
            var value = line.Length > at + 2 ? line[(at + 2)..] : default;
            i++;
            var more = i;
            while (more < to && lines[more].Length > colon + 2 && lines[more][..(colon + 2)].IndexOfAnyExcept((byte)' ') < 0)
            {
                more++;
            }

            if (more == i && JsonLexeme.IsLiteral(value))
            {
                json.Append(value);
                continue;
            }

            json.Append('"');
            JsonLexeme.AppendEscaped(json, value);
            for (; i < more; i++)
            {
                json.Append("\\n"u8);
                JsonLexeme.AppendEscaped(json, lines[i][(colon + 2)..]);
            }

            json.Append('"');
        }

        json.Append('}');
        return true;
    }

    private static bool IsSpelled(TextLines lines, int from, int to, ReadOnlySpan<byte> record, ByteBuffer spelled)
    {
        spelled.Truncate(0);
        if (!Spell(record, spelled, "\n"u8))
        {
            return false;
        }

        var text = spelled.Written;
        for (var i = from; i < to; i++)
        {
            var line = lines[i];
            if (text.Length <= line.Length || !text.StartsWith(line) || text[line.Length] != (byte)'\n')
            {
                return false;
            }

            text = text[(line.Length + 1)..];
        }

        return text.IsEmpty;
    }

    // Names are padded to the widest of the record.
    private static bool Spell(ReadOnlySpan<byte> record, ByteBuffer output, ReadOnlySpan<byte> lineEnd)
    {
        try
        {
            var members = new List<(byte[] Name, byte[] Value)>();
            var ruler = new LineRuler(isByCells: true);
            var width = 0;
            var reader = new Utf8JsonReader(record);
            reader.Read();
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var name = Text(ref reader);
                reader.Read();
                if (reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject)
                {
                    return false;
                }

                members.Add((name, Text(ref reader)));
                width = Math.Max(width, ruler.Width(name));
            }

            foreach (var (name, value) in members)
            {
                output.Append(name);
                output.AppendRepeated(' ', width - ruler.Width(name));
                output.Append(" : "u8);
                var rest = value.AsSpan();
                for (var end = rest.IndexOf((byte)'\n'); end >= 0; end = rest.IndexOf((byte)'\n'))
                {
                    output.Append(rest[..end]);
                    output.Append(lineEnd);
                    output.AppendRepeated(' ', width + 3);
                    rest = rest[(end + 1)..];
                }

                output.Append(rest);
                output.Append(lineEnd);
            }

            return true;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    private static byte[] Text(ref Utf8JsonReader reader)
    {
        var text = new byte[reader.ValueSpan.Length];
        return reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName ? text[..reader.CopyString(text)] : reader.ValueSpan.ToArray();
    }
}
