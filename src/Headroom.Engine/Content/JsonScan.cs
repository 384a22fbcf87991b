namespace Headroom.Engine.Content;

/// <summary>Where a scan for one JSON value ended.</summary>
internal enum JsonScanResult
{
    /// <summary>What was seen is no JSON.</summary>
    Invalid,

    /// <summary>All that was seen may be JSON, but the value does not end in it.</summary>
    Open,

    /// <summary>The value ends where the scan did.</summary>
    Closed,

    /// <summary>JSON up to a table of this product's notation.</summary>
    Notation,
}

/// <summary>
/// Follows the grammar of one JSON object or array (RFC 8259) without keeping anything: enough to tell JSON from text that begins with a
/// bracket and to find where it ends. What is inside strings, numbers and words is not looked at.
/// </summary>
internal static class JsonScan
{
    // Deeper than the bits of the stack an array is not told from an object; a parser will.
    private const int MaxDepth = 64;

    /// <summary>Follows the value that the text begins with.</summary>
    /// <param name="text">UTF-8 text.</param>
    /// <param name="end">Where the value ends, or how far the scan came.</param>
    public static JsonScanResult Scan(ReadOnlySpan<byte> text, out int end)
    {
        end = 0;
        if (text is not [(byte)'{' or (byte)'[', ..])
        {
            return JsonScanResult.Invalid;
        }

        var objects = 0UL;
        var depth = 0;
        var expected = Expect.Value;
        while (end < text.Length)
        {
            var b = text[end];
            switch (b)
            {
                case (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n':
                    end++;
                    continue;

                case (byte)'{' or (byte)'[':
                    if (expected is not (Expect.Value or Expect.ValueOrEnd))
                    {
                        return JsonScanResult.Invalid;
                    }

                    if (++depth >= MaxDepth)
                    {
                        return JsonScanResult.Open;
                    }

                    objects = (objects << 1) | (b == (byte)'{' ? 1UL : 0);
                    expected = b == (byte)'{' ? Expect.NameOrEnd : Expect.ValueOrEnd;
                    if (b == (byte)'[' && NotationGrammar.IsTableHeader(text[end..]))
                    {
                        return JsonScanResult.Notation;
                    }

                    end++;
                    break;

                case (byte)'}' or (byte)']':
                    if (expected is not (Expect.NameOrEnd or Expect.ValueOrEnd or Expect.CommaOrEnd) || (objects & 1) != (b == (byte)'}' ? 1UL : 0))
                    {
                        return JsonScanResult.Invalid;
                    }

                    end++;
                    objects >>= 1;
                    if (--depth == 0)
                    {
                        return JsonScanResult.Closed;
                    }

                    expected = Expect.CommaOrEnd;
                    break;

                case (byte)',':
                    if (expected != Expect.CommaOrEnd)
                    {
                        return JsonScanResult.Invalid;
                    }

                    end++;
                    expected = (objects & 1) == 1 ? Expect.Name : Expect.Value;
                    break;

                case (byte)':':
                    if (expected != Expect.Colon)
                    {
                        return JsonScanResult.Invalid;
                    }

                    end++;
                    expected = Expect.Value;
                    break;

                case (byte)'"':
                    if (expected is Expect.Colon or Expect.CommaOrEnd)
                    {
                        return JsonScanResult.Invalid;
                    }

                    var length = StringLength(text[end..]);
                    if (length <= 0)
                    {
                        return length < 0 ? JsonScanResult.Invalid : JsonScanResult.Open;
                    }

                    end += length;
                    expected = expected is Expect.Name or Expect.NameOrEnd ? Expect.Colon : Expect.CommaOrEnd;
                    break;

                default:
                    if (expected is not (Expect.Value or Expect.ValueOrEnd))
                    {
                        return JsonScanResult.Invalid;
                    }

                    var word = text[end..];
                    var wordEnd = word.IndexOfAny(ByteSets.ScalarEnds);
                    if (!IsScalar(wordEnd < 0 ? word : word[..wordEnd], isWhole: wordEnd >= 0))
                    {
                        return JsonScanResult.Invalid;
                    }

                    end += wordEnd < 0 ? word.Length : wordEnd;
                    expected = Expect.CommaOrEnd;
                    break;
            }
        }

        return JsonScanResult.Open;
    }

    // Zero when the string does not end in the text, negative when it is none: a raw control character ends it.
    private static int StringLength(ReadOnlySpan<byte> text)
    {
        for (var at = 1; ;)
        {
            var found = text[at..].IndexOfAny((byte)'"', (byte)'\\', (byte)'\n');
            if (found < 0 || text[at + found] == (byte)'\\' && at + found + 1 >= text.Length)
            {
                return 0;
            }

            at += found;
            switch (text[at])
            {
                case (byte)'"':
                    return at + 1;
                case (byte)'\n':
                    return -1;
                default:
                    at += 2;
                    break;
            }
        }
    }

    private static bool IsScalar(ReadOnlySpan<byte> word, bool isWhole)
    {
        if (word.SequenceEqual("true"u8) || word.SequenceEqual("false"u8) || word.SequenceEqual("null"u8))
        {
            return true;
        }

        if (!isWhole && ("true"u8.StartsWith(word) || "false"u8.StartsWith(word) || "null"u8.StartsWith(word)))
        {
            return true;
        }

        return word is [(byte)'-' or (>= (byte)'0' and <= (byte)'9'), ..] && !word.ContainsAnyExcept(ByteSets.NumberBytes)
            && word[1..].IndexOf((byte)'-') is var minus && (minus < 0 || (word[minus] | 0x20) == 'e');
    }

    private enum Expect
    {
        Value,
        ValueOrEnd,
        Name,
        NameOrEnd,
        Colon,
        CommaOrEnd,
    }
}
