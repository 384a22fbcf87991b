using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Headroom.Engine.Tests.Tokens;

/// <summary>Texts as UTF-8 that make a tokenizer's pattern take every turn, some with invalid sequences.</summary>
public sealed record RandomText(byte[] Utf8)
{
    private static readonly string[] Words =
    [
        "'s", "'S", "'re", "'RE", "'Ve", "'ll", "'lL", "'d", "'x", "'", "I'm", "DON'T", "can't've", "camelCase", "HTTPServer", "snake_case",
        "\u017F", "'\u017F", "\u212A", "ǅ", "ʰ", "ªº", "Straße", "İi", "ΑΣ", "привет", "ПРИВЕТ", "日本語", "한국어", "ไทย", "العربية", "हिन्दी", "e\u0301", "\u0301", "\u20DD", "A\u0301B", "AあB", "AあBc", "あA",
        "\u0661\u0662\u0663\u0664", "Ⅷ", "½", "²", "1234567", "0x1F", "😀", "👩‍👩‍👧", "🏳️‍🌈", "𝐀𝐁", "𐐨", "𠀋", "\U0010FFFF", "\uE000", "\uFFFD", "\uFEFF", "\u200B", "\u00AD", "\0",
        " ", "  ", "   ", "\t", "\t\t ", "\n", "\r", "\r\n", "\r\n\r\n", " \n ", "\n\n  ", "\u00A0", "\u0085", "\u2028", "\u3000", "\v\f",
        "/", "//", "/\n/", "!\n/\n", "...", "—", "“”", "<|endoftext", "|>", "{\"a\": [1, -2.5e3, null]}", "\\n", "\",\"", "----------------", "====",
    ];

    private static readonly byte[][] Invalid = [[0xFF], [0x80], [0xC3], [0xE2, 0x82], [0xED, 0xA0, 0x80], [0xED, 0xB0, 0x80], [0xF0, 0x9F, 0x98], [0xF4, 0x90, 0x80, 0x80], [0xC0, 0xAF]];

    private static readonly Gen<byte[]> Parts = Gen.Frequency(
        (8, Gen.Elements(Words).Select(Encoding.UTF8.GetBytes)),
        (3, Gen.Choose(0, 0x7F).ArrayOf().Select(codes => codes.Select(code => (byte)code).ToArray())),
        (3, Gen.Choose(0x20, 0x7E).Select(code => new[] { (byte)code })),
        (3, Gen.Choose(0x80, 0xFFFF).Select(code => Encoding.UTF8.GetBytes([(char)code]))),
        (1, Gen.Choose(0x10000, 0x10FFFF).Select(code => Encoding.UTF8.GetBytes(char.ConvertFromUtf32(code)))),
        (1, Gen.Elements(Invalid)),
        (1, Gen.Choose(0, 255).ArrayOf().Select(codes => codes.Select(code => (byte)code).ToArray())),
        (1, Gen.Elements(Words).SelectMany(word => Gen.Choose(2, 40).Select(times => Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(word, times)))))));

    public static Arbitrary<RandomText> Generate() => Parts.ListOf().Select(parts => new RandomText([.. parts.SelectMany(part => part)])).ToArbitrary();

    public override string ToString() => Convert.ToHexString(Utf8);
}
