using System.Buffers;
using System.Text.Json;

namespace Headroom.Engine.Compression.Json;

/// <summary>How single scalars and names are spelled in <see cref="JsonNotation"/>.</summary>
internal static class JsonLexeme
{
    private static readonly SearchValues<byte> RowBreaks = SearchValues.Create(","u8);
    private static readonly SearchValues<byte> NestedBreaks = SearchValues.Create(",;()[]{}"u8);
    private static readonly SearchValues<byte> InlineBreaks = SearchValues.Create(",[]{}\""u8);
    private static readonly SearchValues<byte> MemberBreaks = SearchValues.Create(",:[]{}\"\\"u8);
    private static readonly SearchValues<byte> NameBreaks = SearchValues.Create(" ,;:=?()[]{}\"\\"u8);

    /// <summary>True for the exact spelling of a JSON number, <c>true</c>, <c>false</c> or <c>null</c> (RFC 8259).</summary>
    public static bool IsLiteral(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty)
        {
            return false;
        }

        return text[0] switch
        {
            (byte)'t' => text.SequenceEqual("true"u8),
            (byte)'f' => text.SequenceEqual("false"u8),
            (byte)'n' => text.SequenceEqual("null"u8),
            (byte)'-' or (>= (byte)'0' and <= (byte)'9') => IsNumber(text),
            _ => false,
        };
    }

    /// <summary>
    /// True when a string without escapes can stand in a cell without quotes. <paramref name="isNested"/> is for cells inside
    /// parentheses and for constants, where more characters end a cell; <paramref name="isText"/> for columns declared as text.
    /// </summary>
    public static bool CanBeBare(ReadOnlySpan<byte> text, bool isNested, bool isText)
    {
        if (text.IsEmpty || IsOpening(text[0]) || text[^1] <= (byte)' ')
        {
            return false;
        }

        return !text.ContainsAny(isNested ? NestedBreaks : RowBreaks) && (isText || !IsLiteral(text));
    }

    /// <summary>
    /// True when a string without escapes can stand in an object or array on one line without quotes. <paramref name="isItem"/> is
    /// for arrays, in which <c>0..9</c> is a sequence and <c>x x40</c> a run.
    /// </summary>
    public static bool CanBeBareInline(ReadOnlySpan<byte> text, bool isItem) =>
        !text.IsEmpty && !IsOpening(text[0]) && text[^1] > (byte)' ' && !text.ContainsAny(InlineBreaks) && !IsLiteral(text)
        && !(isItem && (Repeat(text, out _) > 0 || NumberSequence.Parse(text) is not null));

    /// <summary>True when a name without escapes can stand in an object on one line without quotes.</summary>
    public static bool CanBeBareMember(ReadOnlySpan<byte> name) =>
        !name.IsEmpty && !IsOpening(name[0]) && name[^1] > (byte)' ' && !name.ContainsAny(MemberBreaks)
        && name.IndexOfAnyInRange((byte)0, (byte)0x1F) < 0;

    /// <summary>How often an item ending in <c> x40</c> stands in its array, and the length of the item itself; 0 for any other text.</summary>
    public static int Repeat(ReadOnlySpan<byte> text, out int length)
    {
        length = text.LastIndexOf(" x"u8);
        return length >= 0 && System.Buffers.Text.Utf8Parser.TryParse(text[(length + 2)..], out int count, out var digits)
            && digits == text.Length - length - 2 && count > 0
            ? count
            : 0;
    }

    /// <summary>True when a name without escapes can stand in a table's header without quotes.</summary>
    public static bool CanBeBareName(ReadOnlySpan<byte> name) =>
        !name.IsEmpty && !name.ContainsAny(NameBreaks) && name.IndexOfAnyInRange((byte)0, (byte)0x1F) < 0;

    /// <summary>The text of a string that needs no escape in JSON, however the source spells it; empty for any other string.</summary>
    public static ReadOnlySpan<byte> Plain(ReadOnlySpan<byte> inner, bool isEscaped)
    {
        if (!isEscaped)
        {
            return inner;
        }

        return HasLongEscape(inner) && Decode(inner) is { } text && text.AsSpan().IndexOfAny((byte)'"', (byte)'\\') < 0
            && text.AsSpan().IndexOfAnyInRange((byte)0, (byte)0x1F) < 0
            ? text
            : default;
    }

    /// <summary>Appends a JSON string from its source: as it stands, or with its escapes made minimal where that is possible.</summary>
    /// <param name="output">Receives the string with quotes.</param>
    /// <param name="inner">The source bytes between the quotes.</param>
    /// <param name="isEscaped">The source holds a backslash.</param>
    public static void AppendQuoted(ByteBuffer output, ReadOnlySpan<byte> inner, bool isEscaped)
    {
        output.Append('"');
        if (isEscaped && HasLongEscape(inner) && Decode(inner) is { } decoded)
        {
            AppendEscaped(output, decoded);
        }
        else
        {
            output.Append(inner);
        }

        output.Append('"');
    }

    /// <summary>The text of a string from the source bytes between its quotes; null when it has no UTF-8 form (a lone surrogate).</summary>
    public static byte[]? Decode(ReadOnlySpan<byte> inner)
    {
        var source = new byte[inner.Length + 2];
        source[0] = source[^1] = (byte)'"';
        inner.CopyTo(source.AsSpan(1));
        try
        {
            var reader = new Utf8JsonReader(source);
            reader.Read();
            var text = new byte[inner.Length];
            return text[..reader.CopyString(text)];
        }
        catch (Exception e) when (e is InvalidOperationException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Appends text with the fixed minimal escaping: quote, backslash and control characters only.</summary>
    public static void AppendEscaped(ByteBuffer output, ReadOnlySpan<byte> text)
    {
        foreach (var b in text)
        {
            switch (b)
            {
                case (byte)'"': output.Append("\\\""u8); break;
                case (byte)'\\': output.Append("\\\\"u8); break;
                case (byte)'\n': output.Append("\\n"u8); break;
                case (byte)'\r': output.Append("\\r"u8); break;
                case (byte)'\t': output.Append("\\t"u8); break;
                case (byte)'\b': output.Append("\\b"u8); break;
                case (byte)'\f': output.Append("\\f"u8); break;
                case < 0x20:
                    output.Append("\\u00"u8);
                    output.Append(b < 0x10 ? (byte)'0' : (byte)'1');
                    output.Append("0123456789abcdef"u8[b & 15]);
                    break;
                default: output.Append(b); break;
            }
        }
    }

    private static bool IsOpening(byte first) => first <= (byte)' ' || "\"[{(!@"u8.Contains(first);

    // The escapes that a minimal spelling has are all one letter long; \u and \/ are the ones that it may not need.
    private static bool HasLongEscape(ReadOnlySpan<byte> inner) => inner.IndexOf("\\u"u8) >= 0 || inner.IndexOf("\\/"u8) >= 0;

    private static bool IsNumber(ReadOnlySpan<byte> text)
    {
        var i = text[0] == (byte)'-' ? 1 : 0;
        if (i == text.Length)
        {
            return false;
        }

        if (text[i] == (byte)'0')
        {
            i++;
        }
        else if (!Digits(text, ref i))
        {
            return false;
        }

        if (i < text.Length && text[i] == (byte)'.')
        {
            i++;
            if (!Digits(text, ref i))
            {
                return false;
            }
        }

        if (i < text.Length && (text[i] | 0x20) == 'e')
        {
            i++;
            if (i < text.Length && text[i] is (byte)'+' or (byte)'-')
            {
                i++;
            }

            if (!Digits(text, ref i))
            {
                return false;
            }
        }

        return i == text.Length;
    }

    private static bool Digits(ReadOnlySpan<byte> text, ref int i)
    {
        var start = i;
        while (i < text.Length && char.IsAsciiDigit((char)text[i]))
        {
            i++;
        }

        return i > start;
    }
}
