using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace Headroom.Engine.Tokens;

/// <summary>What a piece of text is.</summary>
internal enum PieceKind
{
    /// <summary>Letters with at most one other character before them.</summary>
    Word,

    /// <summary>One to three digits.</summary>
    Number,

    /// <summary>What is neither letter, digit nor white space, with the line ends after it.</summary>
    Punctuation,

    /// <summary>White space.</summary>
    WhiteSpace,
}

/// <summary>
/// Divides UTF-8 text into pieces as the patterns of the encodings do, whose parts are never merged across pieces (source: openai/tiktoken,
/// <c>openai_public.py</c>). Linear. The patterns run over code points, as tiktoken's own do; the replacement character that an invalid sequence
/// decodes to is a symbol.
/// </summary>
internal static class PieceScanner
{
    private static readonly CharacterClass[] Classes = ClassifyBytes();

    /// <summary>What the patterns distinguish.</summary>
    private enum CharacterClass : byte
    {
        Punctuation,
        Space,
        OtherWhiteSpace,
        NewLine,
        Digit,
        Lower,
        Upper,

        /// <summary>Letters without case: they go on with both capitals and small letters.</summary>
        Caseless,

        /// <summary>Combining marks: letters to o200k_base, punctuation to cl100k_base.</summary>
        Mark,

        /// <summary>Only in the table of bytes: the code point has to be decoded.</summary>
        NotAscii,
    }

    /// <summary>
    /// The end of the piece of o200k_base that begins at <paramref name="start"/>. The pattern:
    /// <code>
    /// [^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?
    /// |[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?
    /// |\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+
    /// </code>
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int O200kPiece(ReadOnlySpan<byte> utf8, int start, out PieceKind kind)
    {
        var first = At(utf8, start, out var length);
        var next = start + length;
        switch (first)
        {
            case CharacterClass.Lower or CharacterClass.Upper or CharacterClass.Caseless or CharacterClass.Mark:
                kind = PieceKind.Word;
                return CasedWord(utf8, start);

            case CharacterClass.Digit:
                kind = PieceKind.Number;
                return Number(utf8, next);

            case CharacterClass.NewLine:
                kind = PieceKind.WhiteSpace;
                return WhiteSpace(utf8, start);
        }

        var second = next < utf8.Length ? At(utf8, next, out length) : CharacterClass.NewLine;
        if (second is CharacterClass.Lower or CharacterClass.Upper or CharacterClass.Caseless or CharacterClass.Mark)
        {
            kind = PieceKind.Word;
            return CasedWord(utf8, next);
        }

        if (first is CharacterClass.Punctuation || (first is CharacterClass.Space && second is CharacterClass.Punctuation))
        {
            kind = PieceKind.Punctuation;
            var i = Punctuation(utf8, next);
            while (i < utf8.Length && utf8[i] is (byte)'\n' or (byte)'\r' or (byte)'/')
            {
                i++;
            }

            return i;
        }

        kind = PieceKind.WhiteSpace;
        return WhiteSpace(utf8, start);
    }

    /// <summary>
    /// The end of the piece of cl100k_base that begins at <paramref name="start"/>. The pattern:
    /// <code>'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+</code>
    /// </summary>
    public static int Cl100kPiece(ReadOnlySpan<byte> utf8, int start, out PieceKind kind)
    {
        var contraction = Contraction(utf8, start);
        if (contraction > start)
        {
            kind = PieceKind.Word;
            return contraction;
        }

        var first = At(utf8, start, out var length);
        var next = start + length;
        switch (first)
        {
            case CharacterClass.Lower or CharacterClass.Upper or CharacterClass.Caseless:
                kind = PieceKind.Word;
                return Letters(utf8, next);

            case CharacterClass.Digit:
                kind = PieceKind.Number;
                return Number(utf8, next);

            case CharacterClass.NewLine:
                kind = PieceKind.WhiteSpace;
                return WhiteSpace(utf8, start);
        }

        var second = next < utf8.Length ? At(utf8, next, out length) : CharacterClass.NewLine;
        if (second is CharacterClass.Lower or CharacterClass.Upper or CharacterClass.Caseless)
        {
            kind = PieceKind.Word;
            return Letters(utf8, next);
        }

        if (first is CharacterClass.Punctuation or CharacterClass.Mark
            || (first is CharacterClass.Space && second is CharacterClass.Punctuation or CharacterClass.Mark))
        {
            kind = PieceKind.Punctuation;
            var i = Punctuation(utf8, next);
            while (i < utf8.Length && utf8[i] is (byte)'\n' or (byte)'\r')
            {
                i++;
            }

            return i;
        }

        kind = PieceKind.WhiteSpace;
        return WhiteSpace(utf8, start);
    }

    // The two alternatives for words in one: capitals, then small letters; letters without case and marks count as both.
    private static int CasedWord(ReadOnlySpan<byte> utf8, int start)
    {
        var i = start;
        while (i < utf8.Length && Classes[utf8[i]] is CharacterClass.Upper)
        {
            i++;
        }

        while (i < utf8.Length && Classes[utf8[i]] is CharacterClass.Lower)
        {
            i++;
        }

        return i == utf8.Length ? i
            : Classes[utf8[i]] is CharacterClass.NotAscii ? ForeignWord(utf8, start)
            : utf8[i] == (byte)'\'' ? Contraction(utf8, i) : i;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static int ForeignWord(ReadOnlySpan<byte> utf8, int start)
    {
        var i = start;
        var afterCaseless = -1;
        while (i < utf8.Length)
        {
            var kind = Classes[utf8[i]];
            if (kind is CharacterClass.Upper)
            {
                i++;
                continue;
            }

            var length = 1;
            if (kind is not CharacterClass.NotAscii
                || (kind = NotAsciiAt(utf8, i, out length)) is not (CharacterClass.Upper or CharacterClass.Caseless or CharacterClass.Mark))
            {
                break;
            }

            i += length;
            afterCaseless = kind is CharacterClass.Upper ? afterCaseless : i;
        }

        var afterCapitals = i;
        while (i < utf8.Length)
        {
            var kind = Classes[utf8[i]];
            var length = 1;
            if (kind is not CharacterClass.Lower
                && (kind is not CharacterClass.NotAscii
                    || NotAsciiAt(utf8, i, out length) is not (CharacterClass.Lower or CharacterClass.Caseless or CharacterClass.Mark)))
            {
                break;
            }

            i += length;
        }

        // The first alternative ends with a small letter: where none follows the capitals, the last letter without case has to be it.
        return Contraction(utf8, i == afterCapitals && afterCaseless >= 0 ? afterCaseless : i);
    }

    private static int Letters(ReadOnlySpan<byte> utf8, int i)
    {
        while (i < utf8.Length && At(utf8, i, out var length) is CharacterClass.Lower or CharacterClass.Upper or CharacterClass.Caseless)
        {
            i += length;
        }

        return i;
    }

    private static int Number(ReadOnlySpan<byte> utf8, int i)
    {
        for (var digits = 1; digits < 3 && i < utf8.Length && At(utf8, i, out var length) is CharacterClass.Digit; digits++)
        {
            i += length;
        }

        return i;
    }

    private static int Punctuation(ReadOnlySpan<byte> utf8, int i)
    {
        while (i < utf8.Length && At(utf8, i, out var length) is CharacterClass.Punctuation or CharacterClass.Mark)
        {
            i += length;
        }

        return i;
    }

    // Up to the last line end of a run, else all but its last character, which goes with what follows.
    private static int WhiteSpace(ReadOnlySpan<byte> utf8, int start)
    {
        var i = start;
        var last = start;
        var afterNewLine = -1;
        while (i < utf8.Length && At(utf8, i, out var length) is var kind
            and (CharacterClass.Space or CharacterClass.OtherWhiteSpace or CharacterClass.NewLine))
        {
            last = i;
            i += length;
            afterNewLine = kind is CharacterClass.NewLine ? i : afterNewLine;
        }

        return afterNewLine >= 0 ? afterNewLine : i == utf8.Length || last == start ? i : last;
    }

    /// <summary>The end of an English contraction in either case; <paramref name="start"/> when there is none.</summary>
    private static int Contraction(ReadOnlySpan<byte> utf8, int start)
    {
        if (start + 1 >= utf8.Length || utf8[start] != (byte)'\'')
        {
            return start;
        }

        var first = utf8[start + 1] | 0x20;
        var second = start + 2 < utf8.Length ? utf8[start + 2] | 0x20 : 0;
        return (first, second) switch
        {
            ('s' or 't' or 'm' or 'd', _) => start + 2,
            ('r' or 'v', 'e') or ('l', 'l') => start + 3,

            // The long s is a small s but for case.
            (0xE5, 0xBF) when utf8[start + 1] == 0xC5 && utf8[start + 2] == 0xBF => start + 3,
            _ => start,
        };
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static CharacterClass At(ReadOnlySpan<byte> utf8, int i, out int length)
    {
        var kind = Classes[utf8[i]];
        length = 1;
        return kind is CharacterClass.NotAscii ? NotAsciiAt(utf8, i, out length) : kind;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static CharacterClass NotAsciiAt(ReadOnlySpan<byte> utf8, int i, out int length)
    {
        _ = Rune.DecodeFromUtf8(utf8[i..], out var rune, out length);
        return rune.IsBmp ? BasicPlane.Classes[rune.Value] : Classify(Rune.GetUnicodeCategory(rune));
    }

    private static CharacterClass[] ClassifyBytes()
    {
        var classes = new CharacterClass[256];
        for (var b = 0; b < classes.Length; b++)
        {
            classes[b] = b < 0x80 ? Classify((char)b) : CharacterClass.NotAscii;
        }

        return classes;
    }

    private static CharacterClass Classify(char c) => c is '\n' or '\r' ? CharacterClass.NewLine
        : c == ' ' ? CharacterClass.Space
        : char.IsWhiteSpace(c) ? CharacterClass.OtherWhiteSpace
        : Classify(char.GetUnicodeCategory(c));

    private static CharacterClass Classify(UnicodeCategory category) => category switch
    {
        UnicodeCategory.UppercaseLetter or UnicodeCategory.TitlecaseLetter => CharacterClass.Upper,
        UnicodeCategory.LowercaseLetter => CharacterClass.Lower,
        UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter => CharacterClass.Caseless,
        UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark => CharacterClass.Mark,
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => CharacterClass.Digit,
        _ => CharacterClass.Punctuation,
    };

    // Made by the first text that is not ASCII alone.
    private static class BasicPlane
    {
        public static readonly CharacterClass[] Classes = [.. Enumerable.Range(0, char.MaxValue + 1).Select(c => Classify((char)c))];
    }
}
