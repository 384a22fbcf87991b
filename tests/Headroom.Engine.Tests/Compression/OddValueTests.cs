using System.Globalization;
using System.Text;
using Headroom.Engine.Compression;
using Headroom.Engine.Content;
using Headroom.Engine.Fidelity;
using Headroom.Engine.Tokens;
using Headroom.TestData;

namespace Headroom.Engine.Tests.Compression;

/// <summary>Rows that follow a rule but for the spelling of a value here and there come back as they were spelled.</summary>
public sealed class OddValueTests
{
    private static readonly string[] Templates =
    [
        "test_ok_{0} (shop.pricing.PricingTest.test_ok_{0}) ... ok", "ok {0} - case {1} of suite ({2}ms)", "  CC      obj/part{0}.o src/part{1}.c", "[{0}/{1}] Building CXX object part{0}.cpp.o",
        "2025-06-24 10:20:{1} INFO worker-{0} took {2} ms", "[2025-06-24T10:20:{1}.{2}Z] job {0}: done in {1}s", "Jun 24 10:20:{1} host app[{2}]: request {0} served", "{0} {1} I/Task: step {2}",
        "src/part{0}.c:{1}: int value_{2} = {1};", "src/a.c:{0}:{1}: match {2}", "{0}:    return row[{1}];", "-rw-r--r-- 1 root root {1} Jan {2} 2025 part{0}.txt", "{1}\t./dir/part{0}", "./dir/sub{1}/part{0}.txt",
        "{{\"id\":{0},\"n\":\"{1}\",\"v\":{2}}", "{0},{1},{2}", "\"{0}\";\"{1}\";{2}", "| {0} | {1} | {2} |", "{0}        {1}        {2}", "Id : {0}\nValue : {1}\nRest : {2}\n", "at part{0} line {1} column {2}", "@@ -{0},{1} +{0},{2} @@\n-old {1}\n+new {2}",
    ];

    public static TheoryData<int> Shapes() => [.. Enumerable.Range(0, Templates.Length)];

    [Theory]
    [MemberData(nameof(Shapes))]
    public async Task Every_spelling_comes_back(int shape)
    {
        var random = new SeededRandom(0x0DD + (ulong)shape);
        for (var run = 0; run < 60; run++)
        {
            var text = new StringBuilder();
            var rows = random.Next(4, 60);
            var starts = new[] { random.Next(0, 2), random.Next(0, 12), random.Next(0, 1_200) };
            var steps = new[] { 1, random.Next(0, 2), random.Next(0, 3) };
            var oddity = random.Next(0, 3) / (double)(rows * 3);
            for (var row = 0; row < rows; row++)
            {
                foreach (var piece in Pieces(Templates[shape]))
                {
                    text.Append(piece is ['{', var slot, '}'] ? Spelled(starts[slot - '0'] + (row * steps[slot - '0']), random, oddity) : piece);
                }

                text.Append('\n');
            }

            var utf8 = Encoding.UTF8.GetBytes(random.Chance(0.2) ? text.ToString().TrimEnd() : text.ToString());
            ContentKind? kind = random.Chance(0.2) ? random.Pick(Enum.GetValues<ContentKind>()) : null;
            var report = await FidelityCheck.RunAsync(utf8, new CompressionOptions { Kind = kind, Budget = random.Next(50, 500) }, TokenEstimator.Instance, TestContext.Current.CancellationToken);

            Assert.True(report.Violations.Count == 0, $"{kind}: {string.Join("; ", report.Violations)}\n{text}");
        }
    }

    private static IEnumerable<string> Pieces(string template)
    {
        var from = 0;
        for (var at = template.IndexOf('{', from); at >= 0; at = template.IndexOf('{', from))
        {
            // A brace that is none of a slot stands there twice.
            var isSlot = template[at + 1] != '{';
            yield return template[from..(isSlot ? at : at + 1)];
            from = isSlot ? at + 3 : at + 2;
            if (isSlot)
            {
                yield return template[at..from];
            }
        }

        yield return template[from..];
    }

    // What a reader of numbers takes for the same number, and what it takes for none.
    private static string Spelled(int value, SeededRandom random, double oddity)
    {
        var plain = value.ToString(CultureInfo.InvariantCulture);
        return random.NextDouble() >= oddity ? plain : random.Next(0, 12) switch
        {
            0 or 10 or 11 => "0" + plain,
            1 => "00" + plain,
            2 => "-" + plain,
            3 => "+" + plain,
            4 => plain + ".0",
            5 => plain + "e0",
            6 => " " + plain,
            7 => "",
            8 => string.Concat(plain.Select(digit => (char)(digit - '0' + '٠'))),
            _ => (value + 1).ToString(CultureInfo.InvariantCulture),
        };
    }
}
