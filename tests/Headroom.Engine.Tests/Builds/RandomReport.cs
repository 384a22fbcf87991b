using FsCheck;
using FsCheck.Fluent;

namespace Headroom.Engine.Tests.Builds;

/// <summary>A text of a report's lines, with what a decoder could stumble over.</summary>
public sealed record RandomReport(string Text)
{
    private static readonly string[] Parts =
    [
        "/home/dev/app/src/a.cs(12,17): ", "/home/dev/app/src/b.cs(1): ", "src/x.c:3:40: ", "  2:10  ", "error CS0103: The name 'x' does not exist", "warning: unused",
        " [/home/dev/app/app.csproj]", " [/home/dev/app/tests.csproj]", "PASS ", "FAIL ", "--- PASS: Test", "ok", "test_", "_is_rounded", "0", "1", "007", "12", "99",
        " ", "  ", "\t", "{}", "{0..8}", "{=1}", "$1", "$1=", "$2:3=", "@9: ", "@3:2: ", "@+", "~", "^", "#", "%", "&", "!", "`", "$", "@", "{", "}", ", ", ",", "; ", "é", "✓", "😀",
        "[build 3 lines: ~ is /a/]", "[... 3-9]", "\r", "Expected: 1", "    at A.B() in /home/dev/app/src/a.cs:line 3", "====", "Compiling serde v1.0.", "2 failed, 3 passed",
    ];

    public override string ToString() => Text;

    public static Arbitrary<RandomReport> Arbitrary()
    {
        var line = Gen.Choose(0, 6).SelectMany(count => Gen.Elements(Parts).ArrayOf(count)).Select(string.Concat);

        // A line, the same again, a run of lines that differ in a number, and whole blocks that come again.
        var piece = Gen.Frequency(
            (4, line.Select(text => new[] { text })),
            (2, line.SelectMany(text => Gen.Choose(2, 5).Select(times => Enumerable.Repeat(text, times).ToArray()))),
            (3, line.SelectMany(head => line.SelectMany(tail => Gen.Choose(3, 30).SelectMany(count => Gen.Choose(0, 120).Select(
                first => Enumerable.Range(first, count).Select(n => $"{head} case {n} {tail} {n % 3}").ToArray()))))),
            (1, line.ArrayOf(3)));
        var text = piece.ArrayOf().Select(pieces => pieces.SelectMany(lines => lines).ToArray())
            .SelectMany(lines => Gen.Elements("\n", "\n", "\r\n").SelectMany(end => Gen.Elements(true, false).SelectMany(closed => Gen.Elements(1, 1, 3).Select(
                times => string.Concat(Enumerable.Repeat(string.Join(end, lines) + end, times)) + (closed ? "" : "last line of it")))));
        return text.Select(t => new RandomReport(t)).ToArbitrary();
    }
}
