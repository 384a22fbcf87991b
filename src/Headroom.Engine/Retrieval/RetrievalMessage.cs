using System.Globalization;
using Headroom.Engine.Ccr;

namespace Headroom.Engine.Retrieval;

/// <summary>
/// The sentences of retrieval, each on one line. None begins as a form of this product does, and none ends as a marker does: what was
/// retrieved is never taken for either.
/// </summary>
internal static class RetrievalMessage
{
    public const string SeveralParts = "Give only one of rows, lines, path and pattern.";

    public const string Expired = "The original was removed: it had not been used for too long or was cleared. Run the tool again to get it anew.";

    public const string NoAnswer = "The store did not answer; ask again.";

    private const int MostQuoted = 100;
    private const int MostNumbers = 20;

    public static string Unknown(string hash) => $"This store never had an original under {hash}.";

    public static string NoHash(string text) =>
        $"This store never had an original under {Quote(text)}; a hash is {Marker.HashLength} digits of 0-9 and a-f, as in headroom_retrieve hash=0123456789abcdef01234567.";

    /// <summary>A count: <c>1000</c>, <c>45,120</c>.</summary>
    public static string Figure(long number) => number.ToString(number < 10_000 ? "D" : "N0", CultureInfo.InvariantCulture);

    /// <summary>A count with its noun, which gets an s.</summary>
    public static string Figure(long number, string noun) => number == 1 ? $"1 {noun}" : $"{Figure(number)} {noun}s";

    /// <summary>A text from elsewhere in quotes, on one line and cut where it is long.</summary>
    public static string Quote(string text) =>
        text.Length > MostQuoted ? $"\"{Line(text[..MostQuoted])}...\"" : $"\"{Line(text)}\"";

    /// <summary>A text from elsewhere on one line.</summary>
    public static string Line(string text) => string.Create(text.Length, text, static (line, source) =>
    {
        for (var i = 0; i < line.Length; i++)
        {
            line[i] = char.IsControl(source[i]) || source[i] is '\u2028' or '\u2029' ? ' ' : source[i];
        }
    });

    /// <summary>A range: <c>row 5</c>, <c>rows 5 to 10</c>.</summary>
    public static string Range(string noun, long first, long last) =>
        first == last ? $"{noun} {Figure(first)}" : $"{noun}s {Figure(first)} to {Figure(last)}";

    /// <summary>Numbers in their order: <c>3, 17, 40</c>, the first twenty.</summary>
    public static string Numbers(IEnumerable<int> numbers)
    {
        var first = numbers.Take(MostNumbers + 1).Select(n => n.ToString(CultureInfo.InvariantCulture)).ToList();
        if (first.Count > MostNumbers)
        {
            first[MostNumbers] = "...";
        }

        return string.Join(", ", first);
    }
}
