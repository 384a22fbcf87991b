using System.Text;

namespace Headroom.Engine.Compression.Json;

/// <summary>
/// A JSON document inside a JSON string, spelled in one of the few ways in which libraries write JSON, so that the string can be
/// written again from the value alone. The name of the way stands before the value in <see cref="JsonNotation"/>.
/// </summary>
internal sealed record EmbeddedJson
{
    // Below this a string's escapes cost less than the name of its spelling.
    private const int MinimumLength = 40;
    private const int MaxIndent = 8;

    private EmbeddedJson(bool isSpaced, int indent, bool isAscii)
    {
        IsSpaced = isSpaced;
        Indent = indent;
        IsAscii = isAscii;
        var name = indent > 0 ? $"json_{indent}" : isSpaced ? "json_spaced" : "json";
        Name = Encoding.ASCII.GetBytes(isAscii ? name + "_ascii" : name);
    }

    /// <summary>All spellings.</summary>
    public static IReadOnlyList<EmbeddedJson> Spellings { get; } =
    [
        .. from isAscii in new[] { false, true }
           from indent in Enumerable.Range(0, MaxIndent + 1)
           from isSpaced in indent == 0 ? new[] { false, true } : [true]
           select new EmbeddedJson(isSpaced, indent, isAscii),
    ];

    /// <summary>A blank after commas and colons (after colons only, when lines are broken).</summary>
    public bool IsSpaced { get; }

    /// <summary>Blanks per level when each member has its own line; 0 for one line.</summary>
    public int Indent { get; }

    /// <summary>Everything outside ASCII is escaped.</summary>
    public bool IsAscii { get; }

    /// <summary>The name after the <c>@</c>.</summary>
    public byte[] Name { get; }

    /// <summary>The document inside a string node and its spelling; null when it is none, or spelled in a way of its own.</summary>
    public static (JsonTape Document, EmbeddedJson Spelling)? Read(JsonTape tape, int node)
    {
        var inner = tape.Inner(node);
        if (inner.Length < MinimumLength || inner[0] is not ((byte)'{' or (byte)'[') || inner[^1] is not ((byte)'}' or (byte)']'))
        {
            return null;
        }

        var text = tape.Nodes[node].IsEscaped ? JsonLexeme.Decode(inner) : inner.ToArray();
        if (text is null || JsonTape.Read(text, CancellationToken.None) is not { } document)
        {
            return null;
        }

        return SpellingOf(document, text) is { } spelling ? (document, spelling) : null;
    }

    /// <summary>The spelling in which a document is written; null when that is none of these.</summary>
    /// <param name="document">The document.</param>
    /// <param name="text">Its source without white space at the ends.</param>
    public static EmbeddedJson? SpellingOf(JsonTape document, ReadOnlySpan<byte> text)
    {
        var (isSpaced, indent) = Sniff(document, text);
        foreach (var candidate in Spellings)
        {
            if (candidate.IsSpaced == isSpaced && candidate.Indent == indent && candidate.Write(document) is { } written && written.Written.SequenceEqual(text))
            {
                return candidate;
            }
        }

        return null;
    }

    /// <summary>Writes a document in this spelling; null when it holds a string that has no text.</summary>
    public ByteBuffer? Write(JsonTape document, DecodeLimit? limit = null)
    {
        var output = new ByteBuffer(document.Source.Length, limit);
        return Write(document, 0, 0, output) ? output : null;
    }

    private static (bool IsSpaced, int Indent) Sniff(JsonTape document, ReadOnlySpan<byte> text)
    {
        if (text[1] == (byte)'\n')
        {
            var blanks = text[2..].IndexOfAnyExcept((byte)' ');
            return (true, blanks);
        }

        // The gap after the first colon or comma tells.
        var nodes = document.Nodes;
        for (var i = 1; i + 1 < nodes.Length; i++)
        {
            if (nodes[i].Kind == JsonNodeKind.Name)
            {
                return (nodes[i + 1].Start - nodes[i].Start - nodes[i].Length > 1, 0);
            }

            if (nodes[i].End < nodes.Length && nodes[i].End <= nodes[0].End)
            {
                return (text[nodes[i].Start + nodes[i].Length] == (byte)',' && text[nodes[i].Start + nodes[i].Length + 1] == (byte)' ', 0);
            }
        }

        return (false, 0);
    }

    private bool Write(JsonTape document, int node, int depth, ByteBuffer output)
    {
        var value = document.Nodes[node];
        switch (value.Kind)
        {
            case JsonNodeKind.Object:
            case JsonNodeKind.Array:
                var isObject = value.Kind == JsonNodeKind.Object;
                output.Append(isObject ? '{' : '[');
                for (var child = node + 1; child < value.End; child = document.Nodes[child].End)
                {
                    if (child > node + 1)
                    {
                        output.Append(',');
                        if (IsSpaced && Indent == 0)
                        {
                            output.Append(' ');
                        }
                    }

                    Break(output, depth + 1);
                    if (isObject)
                    {
                        if (!WriteString(document, child, output))
                        {
                            return false;
                        }

                        output.Append(':');
                        if (IsSpaced)
                        {
                            output.Append(' ');
                        }

                        child++;
                    }

                    if (!Write(document, child, depth + 1, output))
                    {
                        return false;
                    }
                }

                if (value.End > node + 1)
                {
                    Break(output, depth);
                }

                output.Append(isObject ? '}' : ']');
                return true;
            case JsonNodeKind.String:
                return WriteString(document, node, output);
            default:
                output.Append(document.Raw(node));
                return true;
        }
    }

    private void Break(ByteBuffer output, int depth)
    {
        if (Indent > 0)
        {
            output.Append('\n');
            output.AppendRepeated(' ', depth * Indent);
        }
    }

    private bool WriteString(JsonTape document, int node, ByteBuffer output)
    {
        var inner = document.Inner(node);
        var text = document.Nodes[node].IsEscaped ? JsonLexeme.Decode(inner) : inner;
        if (text.IsEmpty && !inner.IsEmpty)
        {
            return false;
        }

        output.Append('"');
        if (!IsAscii || System.Text.Ascii.IsValid(text))
        {
            JsonLexeme.AppendEscaped(output, text);
        }
        else
        {
            Span<char> units = stackalloc char[2];
            Span<byte> hex = stackalloc byte[4];
            while (!text.IsEmpty)
            {
                Rune.DecodeFromUtf8(text, out var rune, out var consumed);
                if (rune.IsAscii)
                {
                    JsonLexeme.AppendEscaped(output, text[..consumed]);
                }
                else
                {
                    foreach (var unit in units[..rune.EncodeToUtf16(units)])
                    {
                        System.Buffers.Text.Utf8Formatter.TryFormat((ushort)unit, hex, out _, new System.Buffers.StandardFormat('x', 4));
                        output.Append("\\u"u8);
                        output.Append(hex);
                    }
                }

                text = text[consumed..];
            }
        }

        output.Append('"');
        return true;
    }
}
