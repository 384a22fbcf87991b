using System.Text.Json;

namespace Headroom.Engine.Fidelity;

/// <summary>Compares JSON texts of one or more values: kinds, order, number lexemes and decoded strings count; white space does not.</summary>
internal static class JsonValueEquality
{
    private static readonly JsonReaderOptions Options = new() { AllowMultipleValues = true, MaxDepth = 1024 };

    /// <summary>False also when one of the texts is not JSON. What was cut off behind whole values has to be the same bytes.</summary>
    public static bool AreEqual(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        var left = new Utf8JsonReader(a, Options);
        var right = new Utf8JsonReader(b, Options);
        var (leftEnd, rightEnd) = (0, 0);
        try
        {
            while (left.Read())
            {
                if (!right.Read() || left.TokenType != right.TokenType || !IsSame(ref left, ref right))
                {
                    return false;
                }

                if (left.CurrentDepth == 0 && left.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray)
                {
                    (leftEnd, rightEnd) = ((int)left.BytesConsumed, (int)right.BytesConsumed);
                }
            }

            return !right.Read();
        }
        catch (JsonException)
        {
            return leftEnd > 0 && a[leftEnd..].Trim(" \t\r\n"u8).SequenceEqual(b[rightEnd..].Trim(" \t\r\n"u8));
        }
    }

    /// <summary>As <see cref="AreEqual"/> for JSON lines among others: each line is the same JSON or the same bytes.</summary>
    public static bool AreEqualByLine(ReadOnlySpan<byte> a, ReadOnlySpan<byte> b)
    {
        while (!a.IsEmpty && !b.IsEmpty)
        {
            var left = TakeLine(ref a);
            var right = TakeLine(ref b);
            if (!left.SequenceEqual(right) && !(left[^1] == right[^1] && AreEqual(left, right)))
            {
                return false;
            }
        }

        return a.IsEmpty && b.IsEmpty;
    }

    private static ReadOnlySpan<byte> TakeLine(ref ReadOnlySpan<byte> text)
    {
        var feed = text.IndexOf((byte)'\n');
        var line = feed < 0 ? text : text[..(feed + 1)];
        text = text[line.Length..];
        return line;
    }

    private static bool IsSame(ref Utf8JsonReader left, ref Utf8JsonReader right)
    {
        if (left.TokenType is not (JsonTokenType.String or JsonTokenType.PropertyName) || (!left.ValueIsEscaped && !right.ValueIsEscaped))
        {
            return left.ValueSpan.SequenceEqual(right.ValueSpan);
        }

        try
        {
            return string.Equals(left.GetString(), right.GetString(), StringComparison.Ordinal);
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair has no text; its source is all there is to compare.
            return left.ValueSpan.SequenceEqual(right.ValueSpan);
        }
    }
}
