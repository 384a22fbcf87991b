using System.Numerics;
using System.Text;

namespace Headroom.Engine.Compression;

/// <summary>
/// The terms of a query, and how often each is in a text. Words are runs of letters and digits (in scripts that write no spaces, single
/// characters); the words inside an identifier (<c>getUserName</c>, <c>http2</c>) count as well. What is written together (a path, a UUID, a
/// number with a point, a quoted phrase) is a term of its own. Case is folded by the simple mappings of Unicode.
/// </summary>
internal sealed class QueryMatcher
{
    private const ulong Seed = 14695981039346656037UL;
    private const int MostTerms = 256;

    // Words of questions, which say nothing about what is asked for.
    private static readonly HashSet<string> StopWords = new(StringComparer.Ordinal)
    {
        "a", "about", "all", "an", "and", "any", "are", "as", "at", "be", "by", "can", "did", "do", "does", "find", "for", "from", "get", "give", "had",
        "has", "have", "how", "i", "if", "in", "is", "it", "its", "list", "me", "my", "not", "of", "on", "or", "please", "search", "show", "so", "tell",
        "that", "the", "their", "then", "there", "these", "this", "to", "us", "was", "we", "were", "what", "when", "where", "which", "who", "why", "will",
        "with", "you", "your",
    };

    private static readonly CharacterClass[] Classes = ClassifyBytes();

    private readonly List<Term> _terms = [];
    private ulong _mask;
    private int[] _slots = [];

    /// <summary>Takes a query apart.</summary>
    public QueryMatcher(string query)
    {
        AddQuery(query);
        _slots = new int[BitOperations.RoundUpToPowerOf2((uint)Math.Max(4, _terms.Count * 4))];
        for (var term = 0; term < _terms.Count; term++)
        {
            var slot = (int)(_terms[term].Hash & (ulong)(_slots.Length - 1));
            while (_slots[slot] != 0)
            {
                slot = (slot + 1) & (_slots.Length - 1);
            }

            _slots[slot] = term + 1;
            _mask |= 1UL << (int)(_terms[term].Hash >> 58);
        }
    }

    /// <summary>How exact a match of a term is.</summary>
    public enum TermKind
    {
        /// <summary>A word inside another term.</summary>
        Part,

        /// <summary>A word.</summary>
        Word,

        /// <summary>Something with digits, capitals or marks inside, as names and numbers of things have.</summary>
        Identifier,

        /// <summary>What stood in quotes.</summary>
        Phrase,
    }

    private enum CharacterClass : byte
    {
        Other,
        Lower,
        Upper,
        Digit,
        NotAscii,
    }

    private interface IWordSink
    {
        /// <summary>Takes a word: the hash of its folded characters, where it begins, and whether it is inside another.</summary>
        void Take(ulong hash, int start, bool isPart);
    }

    /// <summary>Number of terms.</summary>
    public int Count => _terms.Count;

    /// <summary>What kind of term it is.</summary>
    public TermKind KindOf(int term) => _terms[term].Kind;

    /// <summary>Adds what a text holds of each term to <paramref name="frequencies"/> and gives the number of its words.</summary>
    /// <param name="utf8">The text.</param>
    /// <param name="frequencies">One entry per term.</param>
    public int CountTerms(ReadOnlySpan<byte> utf8, Span<int> frequencies)
    {
        var sink = new CountingSink(this, utf8, frequencies);
        return Scan(utf8, ref sink);
    }

    // :: Reading the query.
    private void AddQuery(string query)
    {
        var rest = new StringBuilder();
        for (var at = 0; at < query.Length; at++)
        {
            var closing = query[at] switch { '"' => '"', '`' => '`', '\u201C' => '\u201D', '\'' when at == 0 || !char.IsLetterOrDigit(query[at - 1]) => '\'', _ => '\0' };
            var end = closing == '\0' ? -1 : query.IndexOf(closing, at + 1);
            if (end > at && (closing != '\'' || end + 1 == query.Length || !char.IsLetterOrDigit(query[end + 1])))
            {
                Add(query[(at + 1)..end], TermKind.Phrase);
                rest.Append(' ');
                at = end;
            }
            else
            {
                rest.Append(query[at]);
            }
        }

        foreach (var token in rest.ToString().Split([' ', '\t', '\r', '\n', '\u3000', ',', ';', '!', '?', '(', ')', '[', ']', '{', '}', '<', '>', '=', '|', '&', '"', '\u3001', '\u3002'],
            StringSplitOptions.RemoveEmptyEntries))
        {
            AddToken(token.Trim(".:/\\-_@#$%*+~^'`\u2019".ToCharArray()));
        }
    }

    private void AddToken(string token)
    {
        if (token.Length == 0 || StopWords.Contains(token.ToLowerInvariant()))
        {
            return;
        }

        Add(token, IsIdentifier(token) ? TermKind.Identifier : TermKind.Word);

        // A place in a file: the file alone, and its name alone, are asked for as well.
        var file = token.TrimEnd("0123456789:".ToCharArray());
        if (file.Length > 0 && file.Length < token.Length && token[file.Length] == ':' && file.Contains('.', StringComparison.Ordinal))
        {
            Add(file, TermKind.Identifier);
        }
        else
        {
            file = token;
        }

        if (file.LastIndexOfAny(['/', '\\']) is > 0 and var slash)
        {
            Add(file[(slash + 1)..], TermKind.Word);
        }
    }

    // Short numbers are counts as often as they are names.
    private static bool IsIdentifier(string token)
    {
        if (token.Length < 3 && token.All(char.IsAsciiDigit))
        {
            return false;
        }

        for (var i = 0; i < token.Length; i++)
        {
            if (char.IsDigit(token[i]) || (i > 0 && char.IsUpper(token[i])) || (!char.IsLetter(token[i]) && token[i] is not ('-' or '\'' or '\u2019') && !char.IsSurrogate(token[i])
                && char.GetUnicodeCategory(token[i]) is not (System.Globalization.UnicodeCategory.NonSpacingMark or System.Globalization.UnicodeCategory.SpacingCombiningMark)))
            {
                return true;
            }
        }

        return false;
    }

    private void Add(string text, TermKind kind)
    {
        var words = new ListSink([]);
        var utf8 = Encoding.UTF8.GetBytes(text);
        Scan(utf8, ref words);
        var whole = words.Found.FindAll(w => !w.IsPart);
        if (whole.Count == 0)
        {
            return;
        }

        // From its first word on, since a match begins with a word.
        var folded = Fold(utf8.AsSpan(whole[0].Start));
        Add(new Term(kind, whole[0].Hash, whole.Count == 1 ? null : folded));
        if (words.Found.Count > 1)
        {
            foreach (var word in words.Found)
            {
                Add(new Term(TermKind.Part, word.Hash, null));
            }
        }
    }

    private void Add(Term term)
    {
        var same = _terms.FindIndex(t => t.Hash == term.Hash && (t.Text is null ? term.Text is null : term.Text is not null && t.Text.AsSpan().SequenceEqual(term.Text)));
        if (same >= 0)
        {
            _terms[same] = _terms[same].Kind < term.Kind ? term : _terms[same];
        }
        else if (_terms.Count < MostTerms)
        {
            _terms.Add(term);
        }
    }

    // White space of any kind and length is one space; what follows the last word is left off.
    private static int[] Fold(ReadOnlySpan<byte> utf8)
    {
        var folded = new List<int>();
        var end = 0;
        while (!utf8.IsEmpty)
        {
            Rune.DecodeFromUtf8(utf8, out var rune, out var consumed);
            utf8 = utf8[consumed..];
            if (!Rune.IsWhiteSpace(rune))
            {
                folded.Add(Rune.ToLowerInvariant(rune).Value);
                end = IsWord(rune) ? folded.Count : end;
            }
            else if (folded[^1] != ' ')
            {
                folded.Add(' ');
            }
        }

        return [.. folded.Take(end)];
    }

    // :: Reading texts.
    private static int Scan<TSink>(ReadOnlySpan<byte> text, ref TSink sink)
        where TSink : struct, IWordSink, allows ref struct
    {
        var words = 0;
        var at = 0;
        while (at < text.Length)
        {
            if (Classes[text[at]] == CharacterClass.Other)
            {
                at++;
                continue;
            }

            var start = at;
            var (hash, part, beforeLast) = (Seed, Seed, Seed);
            var (partStart, partLength, lastStart, last) = (at, 0, at, 0);
            var (previous, hasParts, isAlone) = (CharacterClass.Other, false, false);
            while (at < text.Length)
            {
                int value = text[at];
                var length = 1;
                var kind = Classes[value];
                if (kind == CharacterClass.NotAscii)
                {
                    Rune.DecodeFromUtf8(text[at..], out var rune, out length);
                    isAlone = IsUnspaced(rune.Value);
                    if (!IsWord(rune) || (isAlone && at > start))
                    {
                        isAlone = false;
                        break;
                    }

                    kind = Rune.IsUpper(rune) ? CharacterClass.Upper : Rune.IsDigit(rune) ? CharacterClass.Digit : CharacterClass.Lower;
                    value = Rune.ToLowerInvariant(rune).Value;
                }
                else if (kind == CharacterClass.Upper)
                {
                    value |= 0x20;
                }
                else if (kind == CharacterClass.Other)
                {
                    break;
                }

                if (kind != previous && previous != CharacterClass.Other)
                {
                    if (previous != CharacterClass.Upper || kind != CharacterClass.Lower)
                    {
                        sink.Take(Finish(part), partStart, isPart: true);
                        (part, partStart, partLength, hasParts) = (Seed, at, 0, true);
                    }
                    else if (partLength > 1)
                    {
                        // HTTPServer: the last capital begins the next word.
                        sink.Take(Finish(beforeLast), partStart, isPart: true);
                        (part, partStart, partLength, hasParts) = (Step(Seed, last), lastStart, 1, true);
                    }
                }

                previous = kind;
                beforeLast = part;
                (last, lastStart) = (value, at);
                hash = Step(hash, value);
                part = Step(part, value);
                partLength++;
                at += length;
                if (isAlone)
                {
                    break;
                }
            }

            if (at == start)
            {
                // A mark, or bytes that are no text.
                Rune.DecodeFromUtf8(text[at..], out _, out var skipped);
                at += skipped;
                continue;
            }

            if (hasParts)
            {
                sink.Take(Finish(part), partStart, isPart: true);
            }

            sink.Take(Finish(hash), start, isPart: false);
            words++;
        }

        return words;
    }

    private static ulong Step(ulong hash, int value) => (hash ^ (uint)value) * 1099511628211UL;

    // FNV leaves its low and high bits poorly mixed; the table takes the ones and the mask the others.
    private static ulong Finish(ulong hash) => (hash ^ (hash >> 32)) * 0x9E3779B97F4A7C15UL ^ (hash >> 29);

    private static bool IsWord(Rune rune) => Rune.IsLetterOrDigit(rune)
        || Rune.GetUnicodeCategory(rune) is System.Globalization.UnicodeCategory.NonSpacingMark or System.Globalization.UnicodeCategory.SpacingCombiningMark;

    // Han, Kana, Thai, Lao, Burmese, Khmer.
    private static bool IsUnspaced(int rune) =>
        rune is (>= 0x0E00 and <= 0x0EFF) or (>= 0x1000 and <= 0x109F) or (>= 0x1780 and <= 0x17FF) or (>= 0x3040 and <= 0x30FF)
            or (>= 0x3400 and <= 0x9FFF) or (>= 0xF900 and <= 0xFAFF) or >= 0x20000;

    private static bool Matches(ReadOnlySpan<byte> text, int at, int[] term)
    {
        if (at > 0 && text[at - 1] == '_')
        {
            return false;
        }

        foreach (var expected in term)
        {
            if (at >= text.Length)
            {
                return false;
            }

            Rune.DecodeFromUtf8(text[at..], out var rune, out var consumed);
            if (expected == ' ' ? !Rune.IsWhiteSpace(rune) : Rune.ToLowerInvariant(rune).Value != expected)
            {
                return false;
            }

            at += consumed;
            while (expected == ' ' && at < text.Length && Rune.DecodeFromUtf8(text[at..], out rune, out consumed) == System.Buffers.OperationStatus.Done && Rune.IsWhiteSpace(rune))
            {
                at += consumed;
            }
        }

        if (at == text.Length || IsUnspaced(term[^1]))
        {
            return true;
        }

        Rune.DecodeFromUtf8(text[at..], out var next, out _);
        return next.Value != '_' && !IsWord(next);
    }

    private static CharacterClass[] ClassifyBytes()
    {
        var classes = new CharacterClass[256];
        for (var b = 0; b < 256; b++)
        {
            classes[b] = b >= 0x80 ? CharacterClass.NotAscii
                : char.IsAsciiLetterLower((char)b) ? CharacterClass.Lower
                : char.IsAsciiLetterUpper((char)b) ? CharacterClass.Upper
                : char.IsAsciiDigit((char)b) ? CharacterClass.Digit
                : CharacterClass.Other;
        }

        return classes;
    }

    /// <summary>One term.</summary>
    /// <param name="Kind">How exact it is.</param>
    /// <param name="Hash">Of its first word.</param>
    /// <param name="Text">Its folded characters when it is more than a word.</param>
    private readonly record struct Term(TermKind Kind, ulong Hash, int[]? Text);

    private readonly record struct ListSink(List<(ulong Hash, int Start, bool IsPart)> Found) : IWordSink
    {
        public void Take(ulong hash, int start, bool isPart) => Found.Add((hash, start, isPart));
    }

    private readonly ref struct CountingSink(QueryMatcher matcher, ReadOnlySpan<byte> text, Span<int> frequencies) : IWordSink
    {
        private readonly ReadOnlySpan<byte> _text = text;
        private readonly Span<int> _frequencies = frequencies;

        public void Take(ulong hash, int start, bool isPart)
        {
            if ((matcher._mask >> (int)(hash >> 58) & 1) == 0)
            {
                return;
            }

            var slots = matcher._slots;
            for (var slot = (int)(hash & (ulong)(slots.Length - 1)); slots[slot] != 0; slot = (slot + 1) & (slots.Length - 1))
            {
                var term = matcher._terms[slots[slot] - 1];
                if (term.Hash == hash && (term.Text is null || (!isPart && Matches(_text, start, term.Text))))
                {
                    _frequencies[slots[slot] - 1]++;
                }
            }
        }
    }
}
