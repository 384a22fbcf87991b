using System.Buffers;
using System.Text;

namespace Headroom.Engine.Compression.Json;

/// <summary>How a program writes JSON: the white space between tokens, and whether it escapes all but ASCII.</summary>
/// <param name="AfterComma">A space after each comma.</param>
/// <param name="AfterColon">A space after each colon.</param>
/// <param name="Indent">Spaces per level with each member and item on its own line; 0 for one line, -1 for tabs.</param>
/// <param name="IsAscii">Characters beyond ASCII are written as <c>\u00e9</c>.</param>
internal readonly record struct JsonSpelling(bool AfterComma, bool AfterColon, int Indent, bool IsAscii)
{
    private const int MaxIndent = 8;

    private static readonly SearchValues<byte> ScalarEnds = SearchValues.Create(",}] \r\n\t"u8);

    /// <summary>The words of a legend: none for JSON without white space.</summary>
    public IEnumerable<string> Words()
    {
        if (Indent != 0)
        {
            yield return Indent < 0 ? "indented by tabs" : FormattableString.Invariant($"indented by {Indent}");
        }
        else if (AfterComma)
        {
            yield return AfterColon ? "spaced" : "spaced after commas";
        }

        if (AfterColon && !AfterComma)
        {
            yield return "spaced after colons";
        }

        if (IsAscii)
        {
            yield return "ascii";
        }
    }

    /// <summary>Reads the words of a legend; others are passed over.</summary>
    public static JsonSpelling Of(IEnumerable<string> words)
    {
        var spelling = default(JsonSpelling);
        foreach (var word in words)
        {
            spelling = word switch
            {
                "indented by tabs" => spelling with { Indent = -1 },
                "spaced" => spelling with { AfterComma = true, AfterColon = true },
                "spaced after commas" => spelling with { AfterComma = true },
                "spaced after colons" => spelling with { AfterColon = true },
                "ascii" => spelling with { IsAscii = true },
                _ when word.StartsWith("indented by ", StringComparison.Ordinal) && word.Length == 13 && word[12] is > '0' and <= '8'
                    => spelling with { Indent = word[12] - '0' },
                _ => spelling,
            };
        }

        return spelling;
    }

    /// <summary>The spelling that the first tokens of a value show.</summary>
    public static JsonSpelling Of(ReadOnlySpan<byte> json, bool isAscii)
    {
        var (comma, colon, indent) = (-1, -1, 0);
        for (var at = 0; at < json.Length && (comma < 0 || colon < 0); at++)
        {
            switch (json[at])
            {
                case (byte)'"':
                    at = StringEnd(json, at) - 1;
                    break;
                case (byte)',':
                    comma = comma < 0 ? at : comma;
                    break;
                case (byte)':':
                    colon = colon < 0 ? at : colon;
                    break;
                case (byte)'\n' when indent == 0:
                    var spaces = json[(at + 1)..].IndexOfAnyExcept((byte)' ');
                    indent = at + 1 < json.Length && json[at + 1] == (byte)'\t' ? -1 : Math.Clamp(spaces, 0, MaxIndent);
                    break;
            }
        }

        bool HasSpace(ReadOnlySpan<byte> text, int after) => after >= 0 && after + 1 < text.Length && text[after + 1] == (byte)' ';
        return new JsonSpelling(indent == 0 && HasSpace(json, comma), HasSpace(json, colon), indent, isAscii);
    }

    /// <summary>Writes a value in this spelling; strings with the fewest escapes, as <see cref="JsonNotation"/> has them.</summary>
    /// <param name="json">A valid JSON value in any spelling.</param>
    /// <param name="output">Receives it.</param>
    public void Write(ReadOnlySpan<byte> json, ByteBuffer output)
    {
        var depth = 0;
        for (var at = 0; at < json.Length;)
        {
            var b = json[at];
            switch (b)
            {
                case (byte)'"':
                    var end = StringEnd(json, at);
                    WriteString(json[(at + 1)..(end - 1)], output);
                    at = end;
                    break;
                case (byte)'{' or (byte)'[':
                    output.Append(b);
                    at++;
                    at += SpaceAt(json, at);
                    if (at < json.Length && json[at] is (byte)'}' or (byte)']')
                    {
                        output.Append(json[at++]);
                    }
                    else
                    {
                        BreakLine(output, ++depth);
                    }

                    break;
                case (byte)'}' or (byte)']':
                    BreakLine(output, --depth);
                    output.Append(b);
                    at++;
                    break;
                case (byte)',':
                    output.Append(b);
                    if (AfterComma)
                    {
                        output.Append(' ');
                    }

                    BreakLine(output, depth);
                    at++;
                    break;
                case (byte)':':
                    output.Append(b);
                    if (AfterColon)
                    {
                        output.Append(' ');
                    }

                    at++;
                    break;
                case <= (byte)' ':
                    at++;
                    break;
                default:
                    var length = json[at..].IndexOfAny(ScalarEnds);
                    length = length < 0 ? json.Length - at : length;
                    output.Append(json.Slice(at, length));
                    at += length;
                    break;
            }
        }
    }

    private void BreakLine(ByteBuffer output, int depth)
    {
        if (Indent == 0)
        {
            return;
        }

        output.Append('\n');
        for (var i = Indent < 0 ? depth : depth * Indent; i > 0; i--)
        {
            output.Append(Indent < 0 ? '\t' : ' ');
        }
    }

    private void WriteString(ReadOnlySpan<byte> inner, ByteBuffer output)
    {
        if (!IsAscii || Ascii.IsValid(inner))
        {
            if (!IsAscii || inner.IndexOf("\\u"u8) < 0 || JsonLexeme.Decode(inner) is not { } text)
            {
                JsonLexeme.AppendQuoted(output, inner, inner.Contains((byte)'\\'));
                return;
            }

            WriteAscii(text, output);
        }
        else if (JsonLexeme.Decode(inner) is { } text)
        {
            WriteAscii(text, output);
        }
        else
        {
            JsonLexeme.AppendQuoted(output, inner, isEscaped: false);
        }
    }

    private static void WriteAscii(ReadOnlySpan<byte> text, ByteBuffer output)
    {
        Span<char> units = stackalloc char[2];
        output.Append('"');
        while (!text.IsEmpty)
        {
            var length = text.IndexOfAnyExceptInRange((byte)0, (byte)0x7F);
            length = length < 0 ? text.Length : length;
            JsonLexeme.AppendEscaped(output, text[..length]);
            text = text[length..];
            if (text.IsEmpty)
            {
                break;
            }

            _ = Rune.DecodeFromUtf8(text, out var rune, out var bytes);
            text = text[bytes..];
            foreach (var unit in units[..rune.EncodeToUtf16(units)])
            {
                output.Append("\\u"u8);
                for (var shift = 12; shift >= 0; shift -= 4)
                {
                    output.Append("0123456789abcdef"u8[(unit >> shift) & 15]);
                }
            }
        }

        output.Append('"');
    }

    private static int SpaceAt(ReadOnlySpan<byte> json, int at)
    {
        var length = json[at..].IndexOfAnyExcept(" \r\n\t"u8);
        return length < 0 ? json.Length - at : length;
    }

    private static int StringEnd(ReadOnlySpan<byte> json, int quote)
    {
        for (var at = quote + 1; at < json.Length; at++)
        {
            var length = json[at..].IndexOfAny((byte)'"', (byte)'\\');
            if (length < 0)
            {
                break;
            }

            at += length;
            if (json[at] == (byte)'"')
            {
                return at + 1;
            }

            at++;
        }

        return json.Length;
    }
}
