using System.Text;
using System.Text.RegularExpressions;
using Headroom.Engine.Tokens;
using Headroom.TestData;

namespace Headroom.Engine.Tests.Tokens;

public sealed partial class PieceScannerTests
{
    [Property(MaxTest = 3000, Arbitrary = [typeof(RandomText)])]
    public void Pieces_are_those_of_the_published_patterns(RandomText text)
    {
        AssertSame(O200kPattern(), PieceScanner.O200kPiece, text.Utf8);
        AssertSame(Cl100kPattern(), PieceScanner.Cl100kPiece, text.Utf8);
    }

    [Fact]
    public void Every_character_is_divided_from_letters_digits_marks_and_space_as_the_patterns_do()
    {
        foreach (var around in (string[])["A{0}b", " {0}", "{0}{0}A", "'{0}", "1{0}2", "!{0}!{0}a", "\t {0}\n", "あ{0}Z"])
        {
            var all = new StringBuilder();
            for (var c = '\0'; c < char.MaxValue; c++)
            {
                all.Append(around.Replace("{0}", c.ToString(), StringComparison.Ordinal)).Append(" . ");
            }

            AssertSame(O200kPattern(), PieceScanner.O200kPiece, Encoding.UTF8.GetBytes(all.ToString()));
            AssertSame(Cl100kPattern(), PieceScanner.Cl100kPiece, Encoding.UTF8.GetBytes(all.ToString()));
        }
    }

    [Fact]
    public void Captured_files_are_divided_as_the_patterns_do()
    {
        foreach (var fixture in Fixtures.Json.Concat(Fixtures.In("text")))
        {
            AssertSame(O200kPattern(), PieceScanner.O200kPiece, fixture.Utf8());
            AssertSame(Cl100kPattern(), PieceScanner.Cl100kPiece, fixture.Utf8());
        }
    }

    private static void AssertSame(Regex pattern, TiktokenCounter.Division division, byte[] utf8)
    {
        var expected = new List<string>();
        // .NET's patterns run over UTF-16 units, so letters above U+FFFF are strangers to them; the recorded counts hold those.
        utf8 = Encoding.UTF8.GetBytes(string.Concat(Encoding.UTF8.GetString(utf8).EnumerateRunes().Where(r => r.IsBmp && r.Value != 0x17F)));
        var text = Encoding.UTF8.GetString(utf8);
        foreach (var match in pattern.EnumerateMatches(text))
        {
            expected.Add(text.Substring(match.Index, match.Length));
        }

        var actual = new List<string>();
        for (var (start, end) = (0, 0); start < utf8.Length; start = end)
        {
            end = division(utf8, start, out _);
            actual.Add(Encoding.UTF8.GetString(utf8, start, end - start));
        }

        Assert.Equal(expected, actual);
    }

    // Both from openai/tiktoken, openai_public.py.
    [GeneratedRegex(
        @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|" +
        @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|" +
        @"\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        RegexOptions.CultureInvariant)]
    private static partial Regex O200kPattern();

    [GeneratedRegex(
        @"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
        RegexOptions.CultureInvariant)]
    private static partial Regex Cl100kPattern();
}
