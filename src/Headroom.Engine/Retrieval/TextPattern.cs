using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Headroom.Engine.Retrieval;

/// <summary>What rows or lines must hold: a text without regard to case, or a regular expression that takes linear time. Not thread-safe.</summary>
internal sealed class TextPattern
{
    // Nobody means a longer one.
    private const int MostCharacters = 1_000;

    // Linear, but in the product of text and expression: the largest that can be built take minutes for a few megabytes.
    private static readonly TimeSpan LongestMatch = TimeSpan.FromSeconds(5);

    private readonly SearchValues<string>? _text;
    private readonly Regex? _regex;
    private char[] _characters = new char[1024];

    private TextPattern(string text) => _text = SearchValues.Create([text], StringComparison.OrdinalIgnoreCase);

    private TextPattern(Regex regex) => _regex = regex;

    /// <summary>Reads a pattern: <c>text</c>, <c>/regular expression/</c> or the same with an <c>i</c> behind it, which changes nothing.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <param name="problem">What is wrong, as a sentence; null when nothing is.</param>
    public static TextPattern? Parse(string pattern, out string? problem)
    {
        problem = pattern.Length switch
        {
            0 => "The pattern is empty; give a text, or a regular expression between slashes.",
            > MostCharacters => $"The pattern has more than {RetrievalMessage.Figure(MostCharacters, "character")}; give a shorter one.",
            _ => null,
        };
        if (problem is not null)
        {
            return null;
        }

        var end = pattern.EndsWith("/i", StringComparison.Ordinal) ? pattern.Length - 2 : pattern.Length - 1;
        if (pattern[0] != '/' || end <= 1 || pattern[end] != '/')
        {
            return new TextPattern(pattern);
        }

        try
        {
            return new TextPattern(new Regex(pattern[1..end], RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.IgnoreCase, LongestMatch));
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException)
        {
            var reason = e is NotSupportedException ? "it looks around, looks back or is too large, which a search in linear time cannot do" : e.Message.TrimEnd('.');
            problem = $"The regular expression is not valid: {reason.ReplaceLineEndings(" ")}.";
            return null;
        }
    }

    /// <summary>True when a text holds the pattern.</summary>
    /// <param name="utf8">The text.</param>
    /// <param name="isJson">It is JSON: what it says counts, as well as how it spells it with escapes.</param>
    /// <exception cref="RegexMatchTimeoutException">The regular expression takes too long on this text.</exception>
    public bool IsIn(ReadOnlySpan<byte> utf8, bool isJson)
    {
        if (_characters.Length < utf8.Length)
        {
            _characters = new char[Math.Max(utf8.Length, _characters.Length * 2)];
        }

        var text = _characters.AsSpan(0, Encoding.UTF8.GetChars(utf8, _characters));
        return IsIn(text) || (isJson && text.Contains('\\') && IsIn(text[..Unescape(text)]));
    }

    private bool IsIn(ReadOnlySpan<char> text) => _regex?.IsMatch(text) ?? text.ContainsAny(_text!);

    // In place: nothing that is escaped is shorter than what it stands for.
    private static int Unescape(Span<char> text)
    {
        var length = 0;
        for (var at = 0; at < text.Length; at++)
        {
            var c = text[at];
            if (c == '\\' && at + 1 < text.Length)
            {
                c = text[++at];
                if (c == 'u' && at + 4 < text.Length && ushort.TryParse(text.Slice(at + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var unit))
                {
                    c = (char)unit;
                    at += 4;
                }
                else
                {
                    c = c switch { 'b' => '\b', 'f' => '\f', 'n' => '\n', 'r' => '\r', 't' => '\t', _ => c };
                }
            }

            text[length++] = c;
        }

        return length;
    }
}
