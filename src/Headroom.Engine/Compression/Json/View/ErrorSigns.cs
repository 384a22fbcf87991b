using System.Collections.Frozen;
using System.Text;

namespace Headroom.Engine.Compression.Json.View;

/// <summary>What a key's name says about its values.</summary>
internal enum KeyMeaning
{
    /// <summary>Nothing that matters here.</summary>
    None,

    /// <summary>Values say what went wrong; empty, null, zero, false and "none" say that nothing did.</summary>
    Error,

    /// <summary>False says that something went wrong.</summary>
    Success,

    /// <summary>A number that is a status code.</summary>
    Status,

    /// <summary>How good a match is: the head of the list matters more.</summary>
    Score,
}

/// <summary>
/// Which values say that something failed. Values decide; a key's name only says how to read a value, never that its row is one of an
/// error: <c>"error": null</c>, <c>"error_count": 0</c>, <c>"errors": []</c> and the text "no errors" are not errors.
/// </summary>
internal static class ErrorSigns
{
    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> Failures = FrozenSet.Create(StringComparer.Ordinal,
        "error", "err", "errored", "fatal", "critical", "crit", "severe", "emergency", "emerg", "alert", "panic", "exception", "failed",
        "failure", "fail", "failing", "faulted", "fault", "crashed", "crash", "aborted", "abort", "timeout", "timedout", "timed_out",
        "timed out", "denied", "unhealthy", "broken", "corrupt", "corrupted", "oomkilled", "crashloopbackoff", "imagepullbackoff",
        "unreachable", "internal_error", "internal server error", "service unavailable", "bad gateway").GetAlternateLookup<ReadOnlySpan<char>>();

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> Nothing = FrozenSet.Create(StringComparer.Ordinal,
        "", "none", "null", "nil", "n/a", "na", "no", "false", "0", "-", "ok", "success", "undefined", "no error", "no errors", "empty",
        "{}", "[]").GetAlternateLookup<ReadOnlySpan<char>>();

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> Levels = FrozenSet.Create(StringComparer.Ordinal,
        "info", "information", "debug", "trace", "verbose", "warn", "warning", "notice").GetAlternateLookup<ReadOnlySpan<char>>();

    private static readonly string[] Success = ["success", "successful", "succeeded", "ok", "passed", "healthy", "valid"];
    private static readonly string[] Errors =
        ["error", "errors", "err", "exception", "exceptions", "failure", "failures", "failed", "fault", "crashed", "traceback", "stacktrace", "exitcode", "returncode"];

    private static readonly string[] Negations = ["no", "non", "not", "without", "free", "rate", "ratio", "budget", "margin", "threshold", "handler", "policy", "max", "limit"];
    private static readonly string[] Scores = ["score", "relevance", "similarity", "confidence", "rank"];

    /// <summary>Reads a key's name; words are told apart by punctuation and by case (<c>errorCount</c>).</summary>
    public static KeyMeaning MeaningOf(ReadOnlySpan<byte> key)
    {
        var words = WordsOf(key);
        return words switch
        {
            _ when words.Any(Negations.Contains) => KeyMeaning.None,
            _ when words.Any(Errors.Contains) || words is [.., "exit", "code"] or [.., "return", "code"] or [.., "stack", "trace"] => KeyMeaning.Error,
            _ when words.Any(Success.Contains) => KeyMeaning.Success,
            _ when words.Any(w => w is "status" or "statuscode" or "http") => KeyMeaning.Status,
            _ when words.Any(Scores.Contains) => KeyMeaning.Score,
            _ => KeyMeaning.None,
        };
    }

    /// <summary>The whole value is a word for failure: a level, a state, a result.</summary>
    public static bool IsFailure(ReadOnlySpan<byte> inner)
    {
        Span<char> lower = stackalloc char[24];
        return Lower(inner, lower) is >= 0 and var length && Failures.Contains(lower[..length]);
    }

    /// <summary>The whole value is a severity below error.</summary>
    public static bool IsLevel(ReadOnlySpan<byte> inner)
    {
        Span<char> lower = stackalloc char[24];
        return Lower(inner, lower) is >= 0 and var length && Levels.Contains(lower[..length]);
    }

    /// <summary>The whole value says that there is nothing.</summary>
    public static bool IsNothing(ReadOnlySpan<byte> inner)
    {
        Span<char> lower = stackalloc char[24];
        return Lower(inner, lower) is >= 0 and var length && Nothing.Contains(lower[..length]);
    }

    /// <summary>The text holds an exception's name, a stack trace, or a statement of failure (<c>error: ...</c>).</summary>
    public static bool ReadsLikeError(ReadOnlySpan<byte> inner)
    {
        if (inner.Length < 6)
        {
            return false;
        }

        return inner.IndexOf("Traceback (most recent"u8) >= 0
            || HasTypeName(inner, "Exception"u8) || HasTypeName(inner, "Error"u8)
            || HasStackFrame(inner)
            || HasStatement(inner, "rror:"u8) || HasStatement(inner, "RROR:"u8) || HasStatement(inner, "anic:"u8)
            || HasStatement(inner, "atal:"u8) || HasStatement(inner, "ATAL:"u8)
            || inner.IndexOf("nhandled exception"u8) >= 0 || inner.IndexOf("egmentation fault"u8) >= 0
            || inner.IndexOf("ut of memory"u8) >= 0 || inner.IndexOf("OutOfMemory"u8) >= 0
            || inner.StartsWith("ERROR "u8) || inner.StartsWith("FATAL "u8)
            || inner.IndexOf(" failed: "u8) >= 0 || inner.IndexOf("ailed to "u8) >= 0;
    }

    // ValueError, System.IO.IOException: a capitalised name that ends with the word.
    private static bool HasTypeName(ReadOnlySpan<byte> text, ReadOnlySpan<byte> ending)
    {
        for (var at = 0; text[at..].IndexOf(ending) is >= 0 and var found; at += ending.Length)
        {
            at += found;
            var after = at + ending.Length;
            var start = at;
            while (start > 0 && char.IsAsciiLetterOrDigit((char)text[start - 1]))
            {
                start--;
            }

            if (start < at && char.IsAsciiLetterUpper((char)text[start])
                && (after == text.Length || !char.IsAsciiLetterOrDigit((char)text[after])))
            {
                return true;
            }
        }

        return false;
    }

    // In source bytes a line break is the two characters \n.
    private static bool HasStackFrame(ReadOnlySpan<byte> text)
    {
        for (var at = 0; text[at..].IndexOf("\\n"u8) is >= 0 and var found;)
        {
            at += found + 2;
            var line = text[at..].TrimStart(" "u8);
            if (line.StartsWith("\\t"u8))
            {
                line = line[2..];
            }

            if (line.StartsWith("at "u8) || line.StartsWith("File \\\""u8))
            {
                return true;
            }
        }

        return false;
    }

    // "error: disk full" but not "error: none" or "errors: 0".
    private static bool HasStatement(ReadOnlySpan<byte> text, ReadOnlySpan<byte> word)
    {
        if (text.IndexOf(word) is not (>= 0 and var at))
        {
            return false;
        }

        var rest = text[(at + word.Length)..].TrimStart(" "u8);
        var end = rest.IndexOfAny(" ,;)."u8);
        return rest.Length > 0 && !IsNothing(end < 0 ? rest : rest[..end]);
    }

    private static int Lower(ReadOnlySpan<byte> inner, Span<char> lower)
    {
        inner = inner.Trim(" ."u8);
        if (inner.Length > lower.Length)
        {
            return -1;
        }

        for (var i = 0; i < inner.Length; i++)
        {
            lower[i] = char.ToLowerInvariant((char)inner[i]);
        }

        return inner.Length;
    }

    private static List<string> WordsOf(ReadOnlySpan<byte> key)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        for (var i = 0; i < key.Length; i++)
        {
            var c = (char)key[i];
            var begins = char.IsAsciiLetterUpper(c) && i > 0 && !char.IsAsciiLetterUpper((char)key[i - 1]);
            if ((begins || !char.IsAsciiLetterOrDigit(c)) && word.Length > 0)
            {
                words.Add(word.ToString());
                word.Clear();
            }

            if (char.IsAsciiLetterOrDigit(c))
            {
                word.Append(char.ToLowerInvariant(c));
            }
        }

        if (word.Length > 0)
        {
            words.Add(word.ToString());
        }

        return words;
    }
}
