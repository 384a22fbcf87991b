using System.Text.RegularExpressions;

namespace Headroom.Engine.Compression.Text;

/// <summary>Whether one text that was written over another, on the same place, is the next state of the same progress.</summary>
internal static partial class Progress
{
    private const int LongestSign = 2_000;

    /// <summary>
    /// From the start of the line: the same words up to the first number, and in the old text a sign that something is under way (a percentage, a
    /// rate, a bar, an ellipsis, <c>[3/10]</c>, times left). Within the line: a counter or a spinner, which has no letters.
    /// </summary>
    /// <param name="old">What was written over, up to its last character.</param>
    /// <param name="written">What was written.</param>
    /// <param name="isWholeLine">Both begin where the line does.</param>
    /// <param name="isUnderWay">The old text was a state of progress written over another one: what covers it may be anything.</param>
    public static bool IsOf(string old, string written, bool isWholeLine, bool isUnderWay)
    {
        if (!isWholeLine)
        {
            return !old.AsSpan().ContainsAnyInRange('A', 'Z') && !old.AsSpan().ContainsAnyInRange('a', 'z') && !old.Any(char.IsLetter) && !old.Contains('"', StringComparison.Ordinal);
        }

        // A field in quotes, a record and a line of a log go on behind the carriage return.
        if (old.Length > LongestSign || old.AsSpan().Count('"') % 2 != 0 || Record().IsMatch(old))
        {
            return false;
        }

        var head = Words(old);
        var next = Words(written);
        return (isUnderWay || (head.Length == 0 ? next.Length == 0 : next.StartsWith(head, StringComparison.Ordinal))) && (Sign().IsMatch(old) || IsSpinner(old, written));
    }

    private static string Words(string text)
    {
        var digit = text.AsSpan().IndexOfAnyInRange('0', '9');
        return string.Concat((digit < 0 ? text : text[..digit]).Where(char.IsLetter));
    }

    // Loading | becomes Loading /
    private static bool IsSpinner(string old, string written)
    {
        var (a, b) = (old.Trim(), written.Trim());
        var same = a.AsSpan().CommonPrefixLength(b);
        return a.Length > 1 && a.Length == b.Length && same < a.Length && a[(same + 1)..] == b[(same + 1)..] && @"|/-\".Contains(a[same], StringComparison.Ordinal);
    }

    [GeneratedRegex(@"^[\s\[(]*\d+[-:/.]\d+[-:/.]\d|^\s*[^\s,;]*[,;][^\s,;]*[,;]", RegexOptions.CultureInvariant)]
    private static partial Regex Record();

    [GeneratedRegex(@"\d ?%|[A-Za-z]/s\b|\.\.\.|…|--:--|[\[(]\d+/\d+[\])]|\b(?:ETA|eta)\b|\d:\d\d:\d\d\b.*\d:\d\d:\d\d\b|[\[|][#=\-.>* ]*(?:[#=\-*]{3}|[#=\-]>|\.{3})[#=\-.>* ]*[\]|]|^#{3,}|[\u2501\u2578-\u257A\u2588-\u2593\u25A0\u25A1\u2800-\u28FF]", RegexOptions.CultureInvariant)]
    private static partial Regex Sign();
}
