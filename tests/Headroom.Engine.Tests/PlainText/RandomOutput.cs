using Headroom.TestData;

namespace Headroom.Engine.Tests.PlainText;

/// <summary>Outputs made of the controls that terminals know, each the same for its seed.</summary>
internal static class RandomOutput
{
    private static readonly string[] Pieces =
    [
        "a", "bc ", "ü", "漢", "\u0301", "_", "x\bx", "_\by", "\t", "\n", "\r", "\r\n", "\b", "\a", "\u001b", "\u001b[", "\u001b[K", "\u001b[1K", "\u001b[2K", "\u001b[A", "\u001b[2B", "\u001b[3C",
        "\u001b[D", "\u001b[5G", "\u001b[J", "\u001b[31m", "\u001b[m", "\u001b]0;", "\u001b\\", "\u001b(", "\u001b7", "\u001b8", "\u001b[?25l", "\u001b[?1049h", "B", "m", "[", "0", "\u00ad", "\u001b[99999999999K", "\u001b[99999999999C", "\u001b[9999999D", "\u001b[99999999999B",
    ];

    private static readonly string[] Drawing =
    [
        "10%", "20%", "loading 10%", "loading 99%", "loading... done", "loading |", "loading /", "x", "|", "/", "    ", "12/99", "\n", "\r", "\r", "\r\n", "\b", "\b\b\b", "\u001b[K", "\u001b[2K", "\u001b[A", "\u001b[B", "\u001b[1G",
        "\u001b[2D", "\u001b[4C", "\u001b[J", "漢字 10%", "漢字 20%", "\u0301", "\t",
    ];

    /// <summary>Controls of every sort, cut off and nested ones too.</summary>
    public static string Any(ulong seed) => Of(Pieces, seed, 40);

    /// <summary>What progress is drawn with, in any order.</summary>
    public static string OfDrawing(ulong seed) => Of(Drawing, seed, 24);

    private static string Of(string[] pieces, ulong seed, ulong most)
    {
        var random = new SeededRandom(seed);
        return string.Concat(Enumerable.Range(0, (int)(random.NextUInt64() % most)).Select(_ => pieces[random.NextUInt64() % (ulong)pieces.Length]));
    }
}
