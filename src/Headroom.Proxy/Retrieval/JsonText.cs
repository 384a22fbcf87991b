using System.Buffers;
using System.Globalization;
using System.Text;

namespace Headroom.Proxy.Retrieval;

/// <summary>
/// A text in the spelling of JSON strings, put together from pieces without being decoded: a surrogate pair may be cut between two
/// pieces, and what is passed on keeps the escapes that it came with.
/// </summary>
internal sealed class JsonText
{
    private readonly ArrayBufferWriter<byte> _escaped = new();

    /// <summary>The text between its quotes, escapes and all.</summary>
    public ReadOnlySpan<byte> Escaped => _escaped.WrittenSpan;

    /// <summary>The length of the text in UTF-16 units.</summary>
    public int Length { get; private set; }

    /// <summary>True for a text of nothing but white space.</summary>
    public bool IsBlank => IsBlankIn(..);

    /// <summary>True when a part of the text is nothing but white space.</summary>
    /// <param name="part">Of <see cref="Escaped"/>; it cuts no escape.</param>
    public bool IsBlankIn(Range part) => string.IsNullOrWhiteSpace(Decode(Escaped[part]));

    /// <summary>Adds a piece.</summary>
    /// <param name="escaped">A JSON string's bytes between its quotes.</param>
    public void Append(ReadOnlySpan<byte> escaped)
    {
        _escaped.Write(escaped);
        Length += LengthOf(escaped);
    }

    /// <summary>Forgets the text.</summary>
    public void Clear()
    {
        _escaped.ResetWrittenCount();
        Length = 0;
    }

    /// <summary>Writes the text with its quotes.</summary>
    public void WriteTo(IBufferWriter<byte> output)
    {
        output.Write("\""u8);
        output.Write(Escaped);
        output.Write("\""u8);
    }

    /// <summary>The decoded text. Half a surrogate pair stays half a pair.</summary>
    public override string ToString() => Decode(Escaped);

    private static string Decode(ReadOnlySpan<byte> rest)
    {
        var text = new StringBuilder(rest.Length);
        for (var at = rest.IndexOf((byte)'\\'); at >= 0 && at + 1 < rest.Length; at = rest.IndexOf((byte)'\\'))
        {
            text.Append(Encoding.UTF8.GetString(rest[..at]));
            var letter = rest[at + 1];
            if (letter == 'u' && rest.Length >= at + 6 && ushort.TryParse(rest.Slice(at + 2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit))
            {
                text.Append((char)unit);
                rest = rest[(at + 6)..];
                continue;
            }

            text.Append(letter switch
            {
                (byte)'b' => '\b',
                (byte)'f' => '\f',
                (byte)'n' => '\n',
                (byte)'r' => '\r',
                (byte)'t' => '\t',
                _ => (char)letter,
            });
            rest = rest[(at + 2)..];
        }

        return text.Append(Encoding.UTF8.GetString(rest)).ToString();
    }

    private static int LengthOf(ReadOnlySpan<byte> escaped)
    {
        var length = 0;
        for (var i = 0; i < escaped.Length; i++)
        {
            switch (escaped[i])
            {
                case (byte)'\\':
                    i += i + 1 < escaped.Length && escaped[i + 1] == 'u' ? 5 : 1;
                    length++;
                    break;
                case >= 0xF0:
                    length += 2;
                    break;
                case < 0x80 or >= 0xC0:
                    length++;
                    break;
            }
        }

        return length;
    }
}
