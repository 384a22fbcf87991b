using System.Globalization;
using System.Text;

namespace Headroom.Cli;

/// <summary>Text from elsewhere as a terminal may be given it: on one line, and nothing in it that a terminal would obey.</summary>
internal static class Printable
{
    // The longest path that systems take is hardly longer.
    private const int MostCharacters = 4096;

    private static readonly char[] LineBreaks = ['\n', '\r', '\v', '\f', '\u0085', '\u2028', '\u2029'];

    /// <summary>A name, every character of which can be told: <c>a\nb</c>, <c>\u{1B}[2J</c>. A very long one is cut in its middle.</summary>
    public static string Name(string name)
    {
        var shown = new StringBuilder(name.Length);
        foreach (var rune in Cut(name).EnumerateRunes())
        {
            _ = rune.Value switch
            {
                '\n' => shown.Append(@"\n"),
                '\r' => shown.Append(@"\r"),
                '\t' => shown.Append(@"\t"),
                _ when Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator =>
                    shown.Append(CultureInfo.InvariantCulture, $"\\u{{{rune.Value:X}}}"),
                _ => shown.Append(rune),
            };
        }

        return shown.Length == 0 ? "''" : shown.ToString();
    }

    /// <summary>A message, whose line breaks say nothing.</summary>
    public static string Message(string message) =>
        Name(string.Join(' ', message.Split(LineBreaks, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)));

    private static string Cut(string text) =>
        text.Length <= MostCharacters ? text : $"{text[..(MostCharacters / 2)]}...{text[^(MostCharacters / 2)..]}";
}
