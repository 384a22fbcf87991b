using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Headroom.TestData;

namespace Headroom.Engine.Tests.Logs;

/// <summary>A random log in which repeats, odd timestamps and lines that look like the notation's own are common.</summary>
public sealed record RandomLog(string Text)
{
    private static readonly string[] Odd =
    [
        "", " ", "\\", "\\A 1", "A 1", "A", "A: x", "AB 3", "B: {2 lines}", "{last line 3 more times}", "{last 2 lines 1 more times}", "{} {t} {...}", "a {} b 1", "a {} b 2",
        "x {t} 4", "x {t} 5", "[log 5 lines]", "[... 4-9]", "[5x 1] a", "=", "a = b", "a = c", "\"\"", "12", "12:30", "10:01:02", "10:01:02 x", "2025-01-01 10:00:00", "Dec 01 10:00:00 A 3",
        "2025-01-01 10:00:00A", "1.2.3.4 x", "07 10:01:02 A", "5 A 7", "   at Shop.Cart.Add()", "   at Shop.Api.Post()", "Caused by: java.io.IOException: x", "é 1 ü", "日本 2 語", "\ttab 5\t6",
        "2025-02-30 99:99:99 x", "tail 1 ", " lines}", "1122 10:01:02.5 k", "I1122 10:01:02.123456 7 a.go:1] x", "\r", "a\rb 1", "12 lines} 3", "10 PM", "7:47:10 PM x", "Nov 22, 2026 7:47:10 PM", "1763805662 x", "1763805662.5 A", "[   12.345678] x", "2025-01-01  10:00:00 x", "ts=1763805662 a",
    ];

    public override string ToString() => Text;

    public static Arbitrary<RandomLog> Arbitrary() =>
        Gen.Choose(int.MinValue, int.MaxValue).Select(seed => new RandomLog(Build(new Random(seed)))).ToArbitrary();

    private static string Build(Random random)
    {
        var lines = new List<string>();
        var layouts = TextLogs.Layouts.AddRange(TextLogs.RareLayouts);
        var layout = layouts[random.Next(layouts.Length)];
        if (random.Next(4) > 0)
        {
            lines.AddRange(TextLogs.Generate(layout, random.Next(1, 60), (ulong)random.Next()).Text.TrimEnd('\n').Split('\n'));
        }

        // Odd lines anywhere, and repeats of what is there.
        for (var i = random.Next(30); i >= 0; i--)
        {
            var at = random.Next(lines.Count + 1);
            switch (random.Next(4))
            {
                case 0 when lines.Count > 0:
                    var from = random.Next(lines.Count);
                    var block = lines.GetRange(from, Math.Min(random.Next(1, 6), lines.Count - from));
                    for (var times = random.Next(1, 5); times > 0; times--)
                    {
                        lines.InsertRange(at, block);
                    }

                    break;
                case 1:
                    lines.Insert(at, string.Create(CultureInfo.InvariantCulture, $"{Odd[random.Next(Odd.Length)]}{Odd[random.Next(Odd.Length)]}"));
                    break;
                default:
                    lines.Insert(at, Odd[random.Next(Odd.Length)]);
                    break;
            }
        }

        var end = random.Next(3) == 0 ? "\r\n" : "\n";
        return string.Join(end, lines) + (random.Next(3) > 0 ? end : "");
    }

    /// <summary>Bytes that are no log and perhaps no UTF-8.</summary>
    public static byte[] Garbage(int seed)
    {
        var random = new Random(seed);
        var bytes = new byte[random.Next(1, 3000)];
        var alphabet = random.Next(3) switch
        {
            0 => null,
            1 => "A 1:\n{}=\\\""u8.ToArray(),
            _ => Encoding.UTF8.GetBytes("AB01 2:.-/\n\r\t{}t=\\\"é"),
        };
        for (var i = 0; i < bytes.Length; i++)
        {
            bytes[i] = alphabet is null ? (byte)random.Next(256) : alphabet[random.Next(alphabet.Length)];
        }

        return bytes;
    }
}
