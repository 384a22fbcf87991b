using System.Buffers;

namespace Headroom.Engine.Compression.Json;

/// <summary>
/// Tells a text in <see cref="JsonNotation"/>, or a view in it, from any other. What stands before the first table has no white
/// space between its tokens, so most other texts, JSON with line breaks among them, are told apart by their first bytes.
/// </summary>
internal ref struct NotationSign(ReadOnlySpan<byte> text)
{
    private static readonly SearchValues<byte> BareEnd = SearchValues.Create(",:[]{}\"\n"u8);

    // Detection must not cost more than a few times the text, whatever it stands for.
    private const int MostTimes = 16;
    private const int LeastDecoded = 1 << 20;

    private readonly ReadOnlySpan<byte> _text = text;
    private int _at;

    /// <summary>True when the text is ours.</summary>
    public bool Holds()
    {
        // :: Step 1: our texts begin with a bracket, or with the name of the spelling of a document that was a string.
        if (_text.IsEmpty || _text[0] is not ((byte)'{' or (byte)'[' or (byte)'@'))
        {
            return false;
        }

        // :: Step 2: go through JSON and bare words up to the header of a table.
        var hasBare = _text[0] == (byte)'@';
        while (_at < _text.Length)
        {
            switch (_text[_at])
            {
                case (byte)'{' or (byte)'[':
                    if (_at > 0 && _text[_at - 1] is (byte)'}' or (byte)']' or (byte)'"')
                    {
                        return false;
                    }

                    if (IsTable())
                    {
                        return true;
                    }

                    _at++;
                    break;
                case (byte)'}' or (byte)']' or (byte)',' or (byte)':':
                    _at++;
                    break;
                case (byte)'"':
                    if (!SkipString())
                    {
                        return false;
                    }

                    break;
                default:
                    var length = _text[_at..].IndexOfAny(BareEnd);
                    if (_at > 0 && _text[_at - 1] == (byte)'"' && length > 0 && JsonLexeme.Repeat(_text.Slice(_at, length), out var before) > 0 && before == 0)
                    {
                        hasBare = true;
                        _at += length;
                        break;
                    }

                    if (length < 0 || _text[_at + length] is (byte)'"' or (byte)'\n' || _text[_at] <= (byte)' ' || _text[_at + length - 1] <= (byte)' ')
                    {
                        return false;
                    }

                    hasBare |= _text[_at + length] == (byte)':' || !JsonLexeme.IsLiteral(_text.Slice(_at, length));
                    _at += length;
                    break;
            }
        }

        // :: Step 3: no table at all. JSON is not ours; with bare words in it, it is if it can be read.
        return hasBare && IsRead();
    }

    // What stands for much more than it takes is a form, whatever comes after.
    private readonly bool IsRead()
    {
        try
        {
            return JsonNotation.Decode(_text, Math.Max(LeastDecoded, _text.Length <= Array.MaxLength / MostTimes ? _text.Length * MostTimes : Array.MaxLength), CancellationToken.None) is not null;
        }
        catch (ContentTooLargeException)
        {
            return true;
        }
    }

    // [3]{id,name}, {3}{key,name}, [3][2], [3](a{id};b{name}) with rows on the lines after it, or [2 of 3](0:a,2:b) of a view.
    private readonly bool IsTable()
    {
        var rest = _text[(_at + 1)..];
        var isView = false;
        if (!SkipDigits(ref rest))
        {
            return false;
        }

        if (rest.StartsWith(" of "u8))
        {
            rest = rest[" of ".Length..];
            isView = true;
            if (!SkipDigits(ref rest))
            {
                return false;
            }
        }

        if (rest.Length < 3 || rest[0] != (byte)(_text[_at] == (byte)'{' ? '}' : ']'))
        {
            return false;
        }

        var end = rest.IndexOf((byte)'\n');
        return rest[1] switch
        {
            (byte)'(' when isView => rest.Contains((byte)')'),
            (byte)'{' or (byte)'(' or (byte)'[' => end > 2 && rest[end - 1] is (byte)'}' or (byte)')' or (byte)']' && rest[2] > (byte)' ',
            (byte)'\n' => isView && rest[2] == (byte)'!',
            _ => false,
        };
    }

    private static bool SkipDigits(ref ReadOnlySpan<byte> rest)
    {
        var digits = rest.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        rest = rest[Math.Max(digits, 0)..];
        return digits > 0;
    }

    private bool SkipString()
    {
        for (_at++; _at < _text.Length; _at++)
        {
            var step = _text[_at..].IndexOfAny((byte)'"', (byte)'\\');
            if (step < 0)
            {
                return false;
            }

            _at += step;
            if (_text[_at] == (byte)'"')
            {
                _at++;
                return true;
            }

            _at++;
        }

        return false;
    }
}
