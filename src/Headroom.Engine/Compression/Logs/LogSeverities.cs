using System.Buffers;
using System.Collections.Frozen;
using Headroom.Engine.Compression.Json.View;

namespace Headroom.Engine.Compression.Logs;

/// <summary>
/// Reads a line's level, and whether it tells of a failure whatever its level: <c>JSONDecodeError: ...</c> does, <c>0 errors</c>,
/// <c>no error</c>, <c>error=nil</c> and <c>errors=0</c> do not.
/// </summary>
internal static class LogSeverities
{
    /// <summary>A line's level stands near its start.</summary>
    private const int LevelWithin = 160;

    private static readonly SearchValues<byte> ValueEnds = SearchValues.Create(" ,;)\"}"u8);

    private static readonly FrozenDictionary<string, LogSeverity>.AlternateLookup<ReadOnlySpan<char>> Levels =
        new Dictionary<string, LogSeverity>(StringComparer.OrdinalIgnoreCase)
        {
            ["trace"] = LogSeverity.Trace, ["trce"] = LogSeverity.Trace, ["trc"] = LogSeverity.Trace, ["vrb"] = LogSeverity.Trace, ["verbose"] = LogSeverity.Trace,
            ["finest"] = LogSeverity.Trace,
            ["debug"] = LogSeverity.Debug, ["dbug"] = LogSeverity.Debug, ["dbg"] = LogSeverity.Debug, ["fine"] = LogSeverity.Debug,
            ["info"] = LogSeverity.Information, ["inf"] = LogSeverity.Information, ["information"] = LogSeverity.Information, ["notice"] = LogSeverity.Information,
            ["warn"] = LogSeverity.Warning, ["wrn"] = LogSeverity.Warning, ["warning"] = LogSeverity.Warning,
            ["error"] = LogSeverity.Error, ["err"] = LogSeverity.Error, ["fail"] = LogSeverity.Error, ["severe"] = LogSeverity.Error, ["failed"] = LogSeverity.Error,
            ["fatal"] = LogSeverity.Critical, ["ftl"] = LogSeverity.Critical, ["crit"] = LogSeverity.Critical, ["critical"] = LogSeverity.Critical,
            ["alert"] = LogSeverity.Critical, ["emerg"] = LogSeverity.Critical, ["emergency"] = LogSeverity.Critical, ["panic"] = LogSeverity.Critical,
        }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase).GetAlternateLookup<ReadOnlySpan<char>>();

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> Failures = FrozenSet.Create(StringComparer.OrdinalIgnoreCase,
        "error", "errors", "fatal", "failed", "failure", "failures", "exception", "exceptions", "panic", "panicked", "crash", "crashed", "aborted", "corrupt", "corrupted",
        "denied", "refused", "unreachable", "segfault", "oom-killer", "oomkilled", "traceback", "unhandled", "timeout", "rejected", "deadlock").GetAlternateLookup<ReadOnlySpan<char>>();

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> Negations = FrozenSet.Create(StringComparer.OrdinalIgnoreCase,
        "0", "no", "zero", "without", "non", "not", "any", "on", "if").GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Reads one line.</summary>
    /// <param name="line">The line without its end.</param>
    /// <param name="timeAt">Where its timestamp begins; -1 without one.</param>
    /// <param name="dependsOnValues">Another line of the same shape may be of another severity: <c>errors=0</c>, <c>errors=3</c>.</param>
    public static LogSeverity Of(ReadOnlySpan<byte> line, int timeAt, out bool dependsOnValues)
    {
        dependsOnValues = false;
        var level = timeAt == 1 ? OfLetter(line[0]) : LogSeverity.None;
        var tells = LogSeverity.None;
        var hasWord = false;
        Span<char> word = stackalloc char[16];
        Span<char> before = stackalloc char[16];
        var beforeLength = 0;
        for (var i = 0; i < line.Length;)
        {
            if (!IsWordByte(line[i]))
            {
                i++;
                continue;
            }

            // 1. One word; a full stop that ends a sentence is not part of it.
            var start = i;
            while (i < line.Length && IsWordByte(line[i]))
            {
                i++;
            }

            var end = i;
            while (end > start && line[end - 1] is (byte)'.' or (byte)'-' or (byte)'/')
            {
                end--;
            }

            var text = line[start..end];
            if (text.Length is 0 or > 16)
            {
                tells = IsExceptionName(text, line[end..]) ? LogSeverity.Error : tells;
                beforeLength = 0;
                continue;
            }

            var chars = word[..text.Length];
            for (var k = 0; k < text.Length; k++)
            {
                chars[k] = (char)text[k];
            }

            // 2. The level, where it stands as one.
            if (level == LogSeverity.None && start < LevelWithin && Levels.TryGetValue(chars, out var named) && StandsAsLevel(line, start, end))
            {
                level = named;
            }
            else if (Failures.Contains(chars))
            {
                // 3. A word for failure, unless something says that there was none.
                dependsOnValues = true;
                if (!Negations.Contains(before[..beforeLength]) && !IsSaidToBeNothing(line[end..]))
                {
                    hasWord = true;
                    tells = line[end..].StartsWith(": "u8) || chars is "Traceback" || chars.StartsWith("panic", StringComparison.Ordinal) ? LogSeverity.Error
                        : tells == LogSeverity.None ? LogSeverity.Warning : tells;
                }
            }
            else if (IsExceptionName(text, line[end..]))
            {
                tells = LogSeverity.Error;
            }
            else if (text.StartsWith("HTTP/"u8))
            {
                dependsOnValues = true;
                var status = OfStatus(line[end..]);
                tells = status > tells ? status : tells;
            }

            chars.CopyTo(before);
            beforeLength = chars.Length;
        }

        // 4. A level says how a mere word is meant; without one a word for failure is a failure.
        return level switch
        {
            LogSeverity.None => hasWord ? LogSeverity.Error : tells,
            >= LogSeverity.Error => level,
            _ => (LogSeverity)Math.Max((byte)level, (byte)tells),
        };
    }

    private static LogSeverity OfLetter(byte letter) => letter switch
    {
        (byte)'W' => LogSeverity.Warning,
        (byte)'E' => LogSeverity.Error,
        (byte)'F' => LogSeverity.Critical,
        (byte)'D' => LogSeverity.Debug,
        (byte)'I' => LogSeverity.Information,
        _ => LogSeverity.None,
    };

    // INFO, [info], level=info, "level":"info", and info: at the start of a line or after other columns.
    private static bool StandsAsLevel(ReadOnlySpan<byte> line, int start, int end)
    {
        var isUpper = line[start..end].IndexOfAnyInRange((byte)'a', (byte)'z') < 0;
        var before = start == 0 ? (byte)'\n' : line[start - 1];
        var after = end == line.Length ? (byte)'\n' : line[end];
        if (isUpper)
        {
            return before != '=' || !line[end..].StartsWith("="u8);
        }

        var isKeyed = before is (byte)'=' or (byte)'"' or (byte)':' && EndsWithLevelKey(line[..start].TrimEnd("=\": "u8));
        return isKeyed || (before is (byte)'[' or (byte)'<' or (byte)'|' && after is (byte)']' or (byte)'>' or (byte)'|')
            || (after == ':' && (start == 0 || before == ' ') && !IsSaidToBeNothing(line[end..]) && line[end..].Length > 1 && line[end + 1] is (byte)' ' or (byte)'\t')
            || (char.IsAsciiLetterUpper((char)line[start]) && before is (byte)' ' or (byte)'\t' && after is (byte)' ' or (byte)'\t'
                && line[..start].TrimEnd(" \t"u8) is [.., >= (byte)'0' and <= (byte)'9' or (byte)'Z' or (byte)'M']);
    }

    private static bool EndsWithLevelKey(ReadOnlySpan<byte> text) =>
        text.EndsWith("level"u8) || text.EndsWith("Level"u8) || text.EndsWith("lvl"u8) || text.EndsWith("severity"u8) || text.EndsWith("@l"u8);

    // ValueError:, System.IO.IOException: a capitalised name that ends with the word.
    private static bool IsExceptionName(ReadOnlySpan<byte> word, ReadOnlySpan<byte> after)
    {
        var name = word[(word.LastIndexOf((byte)'.') + 1)..];
        return (name.EndsWith("Error"u8) || name.EndsWith("Exception"u8)) && name.Length > "Error".Length && char.IsAsciiLetterUpper((char)name[0])
            && name.IndexOf((byte)'/') < 0 && (after.IsEmpty || after[0] is (byte)':' or (byte)' ' or (byte)'(' or (byte)')' or (byte)',' or (byte)'"' or (byte)']' or (byte)'\'');
    }

    // errors=0, error: none, error=nil, "error":null
    private static bool IsSaidToBeNothing(ReadOnlySpan<byte> after)
    {
        var value = after.TrimStart("\""u8);
        if (value.IsEmpty || value[0] is not ((byte)'=' or (byte)':'))
        {
            return false;
        }

        value = value[1..].TrimStart(" "u8);
        if (value.IsEmpty)
        {
            return false;
        }

        value = value.TrimStart("\""u8);
        var end = value.IndexOfAny(ValueEnds);
        return ErrorSigns.IsNothing(end < 0 ? value : value[..end]);
    }

    // GET / HTTP/1.1" 503 120
    private static LogSeverity OfStatus(ReadOnlySpan<byte> after) => !after.StartsWith("\" "u8) || LogTimestamp.DigitsAt(after[2..]) != 3 ? LogSeverity.None
        : after[2] switch
        {
            (byte)'5' => LogSeverity.Error,
            (byte)'4' => LogSeverity.Warning,
            _ => LogSeverity.None,
        };

    private static bool IsWordByte(byte b) => char.IsAsciiLetterOrDigit((char)b) || b is (byte)'_' or (byte)'-' or (byte)'.' or (byte)'/' or (byte)'\\' or (byte)'$' or >= 0x80;
}
