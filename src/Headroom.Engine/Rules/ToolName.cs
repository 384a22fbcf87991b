using System.Buffers;
using System.Collections.Frozen;

namespace Headroom.Engine.Rules;

/// <summary>
/// The name of a tool as words. Agents spell the same tool in many ways (<c>read_file</c>, <c>ReadFile</c>, <c>mcp__fs__read-file</c>), so a name is
/// understood by its words and not by a list of spellings; one word that is not understood behind the verb makes it another kind of tool.
/// </summary>
internal static class ToolName
{
    // Names are short; what is longer is no name of a tool for files.
    private const int MaximumLength = 256;

    private static readonly FrozenSet<string> Readers = Words("read open cat view get");
    private static readonly FrozenSet<string> Writers = Words("write edit multiedit replace insert apply create append patch update save editor");
    private static readonly FrozenSet<string> Alone = Words("read open cat view write edit multiedit replace insert append patch");
    private static readonly FrozenSet<string> Searchers = Words("grep glob search find list ls rg ripgrep tree");
    private static readonly FrozenSet<string> SearchersAlone = Words("grep glob find list ls rg ripgrep tree");

    // A file or a notebook is one whatever stands before it; a text or a block may be anything's.
    private static readonly FrozenSet<string> Files = Words("file files notebook notebooks");
    private static readonly FrozenSet<string> ReadParts = Words("content contents text texts cell cells");
    private static readonly FrozenSet<string> WrittenParts = Words("content contents text texts cell cells patch block blocks diff line lines");
    private static readonly FrozenSet<string> Folders = Words("dir dirs directory directories subdirectory folder folders");
    private static readonly FrozenSet<string> Listed =
        Words("file files content contents text dir dirs directory directories subdirectory folder folders path paths code codebase definition definitions usages names name sizes");

    private static readonly FrozenSet<string> Between = Words(
        "in into to and or at with from the all multi multiple many new existing current currently single batch str string based tool tools media output outline chunk chunks range lines line workspace project recursive allowed");

    private static readonly FrozenSet<string> Prefixes =
        Words("mcp function functions builtin copilot vscode developer default api fs filesystem claude codex gemini cursor zed jetbrains ide");

    private static readonly FrozenSet<string> Vocabulary = new[] { Readers, Writers, Searchers, ReadParts, WrittenParts, Files, Listed, Between, Prefixes }
        .SelectMany(words => words).Append("by").ToFrozenSet(StringComparer.Ordinal);

    private static readonly SearchValues<char> Letters = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
    private static readonly int LongestWord = Vocabulary.Max(word => word.Length);

    /// <summary>The class of a tool; null for every other tool.</summary>
    public static ToolClass? ClassOf(string name)
    {
        if (name.Length > MaximumLength)
        {
            return null;
        }

        // What stands behind a server's name is the tool's own. A dot may stand behind a namespace, and in read.file it divides words.
        var own = name.AsSpan().TrimEnd("_.:/");
        own = own[(own.LastIndexOfAny(':', '/') + 1)..];
        own = own.LastIndexOf("__", StringComparison.Ordinal) is >= 0 and var border ? own[(border + 2)..] : own;
        for (var start = own.Length; start > 0;)
        {
            start = own[..(start - 1)].LastIndexOf('.') + 1;
            if (ClassOf(Split(own[start..])) is { } found)
            {
                return found;
            }
        }

        return null;
    }

    private static ToolClass? ClassOf(List<string> words)
    {
        for (var at = 0; at < words.Count; at++)
        {
            if (IsExact(words, at))
            {
                return ToolClass.Exact;
            }
        }

        for (var at = 0; at < words.Count; at++)
        {
            if (IsListing(words, at))
            {
                return ToolClass.Listing;
            }
        }

        return null;
    }

    /// <summary>True when the word there is a verb, and the words around it make files or their text what it is done to.</summary>
    private static bool IsExact(List<string> words, int at)
    {
        var verb = words[at];
        var parts = Writers.Contains(verb) ? WrittenParts : Readers.Contains(verb) ? ReadParts : null;
        var (before, behind) = (words.Take(at), words.Skip(at + 1));
        if (parts is null || !behind.All(word => Files.Contains(word) || parts.Contains(word) || Between.Contains(word) || Readers.Contains(word) || Writers.Contains(word)))
        {
            return false;
        }

        // "Search and replace" writes; "list open files" lists.
        if (verb != "replace" && before.Any(Searchers.Contains))
        {
            return false;
        }

        if (words.Any(Files.Contains))
        {
            return true;
        }

        return before.All(word => Prefixes.Contains(word) || Between.Contains(word) || parts.Contains(word) || Searchers.Contains(word))
            && (behind.Any(parts.Contains) || before.Any(parts.Contains) || Alone.Contains(verb));
    }

    /// <summary>True when from the word there on all words are about finding or listing files.</summary>
    private static bool IsListing(List<string> words, int at)
    {
        var (before, rest) = (words.Take(at), words.Skip(at));
        if (!rest.All(word => Searchers.Contains(word) || Listed.Contains(word) || Between.Contains(word) || Readers.Contains(word)))
        {
            return false;
        }

        var isOfFiles = rest.Any(word => Files.Contains(word) || Folders.Contains(word));
        return rest.Any(Searchers.Contains)
            ? (isOfFiles || before.All(word => Prefixes.Contains(word) || Between.Contains(word)))
                && rest.Any(word => Listed.Contains(word) || SearchersAlone.Contains(word))
            : rest.Any(Readers.Contains) && rest.Any(Folders.Contains);
    }

    /// <summary>The words in lower case up to "by", without numbers and versions; what is written together is divided where every part is a word that is known.</summary>
    private static List<string> Split(ReadOnlySpan<char> name)
    {
        var words = new List<string>();
        for (var start = 0; start < name.Length;)
        {
            var end = start + 1;
            if (char.IsAsciiLetter(name[start]))
            {
                var letters = name[start..].IndexOfAnyExcept(Letters) is >= 0 and var other ? start + other : name.Length;
                if (letters - start <= LongestWord && Vocabulary.Contains(name[start..letters].ToString().ToLowerInvariant()))
                {
                    // However its letters are written, it is one word.
                    words.Add(name[start..letters].ToString().ToLowerInvariant());
                    start = letters;
                    continue;
                }

                while (end < name.Length && char.IsAsciiLetter(name[end]) && !BeginsWord(name, end))
                {
                    end++;
                }

                Divide(name[start..end].ToString().ToLowerInvariant(), words);
            }
            else if (char.IsLetter(name[start]))
            {
                words.Add(name[start].ToString());
            }

            start = end;
        }

        var by = words.IndexOf("by");
        var most = by < 0 ? words.Count : by;
        return [.. words.Take(most).Where(word => word != "v")];
    }

    private static bool BeginsWord(ReadOnlySpan<char> name, int at) =>
        char.IsAsciiLetterUpper(name[at])
        && (char.IsAsciiLetterLower(name[at - 1]) || (at + 1 < name.Length && char.IsAsciiLetterLower(name[at + 1])));

    private static void Divide(string text, List<string> words)
    {
        if (Vocabulary.Contains(text))
        {
            words.Add(text);
            return;
        }

        // From the end: the longest word with which the rest can be divided.
        var length = new int[text.Length];
        for (var at = text.Length - 1; at >= 0; at--)
        {
            for (var n = Math.Min(LongestWord, text.Length - at); n > 0 && length[at] == 0; n--)
            {
                if ((at + n == text.Length || length[at + n] > 0) && Vocabulary.Contains(text.Substring(at, n)))
                {
                    length[at] = n;
                }
            }
        }

        if (length is not [> 0, ..])
        {
            words.Add(text);
            return;
        }

        for (var at = 0; at < text.Length; at += length[at])
        {
            words.Add(text.Substring(at, length[at]));
        }
    }

    private static FrozenSet<string> Words(string text) => text.Split(' ').ToFrozenSet(StringComparer.Ordinal);
}
