using System.Text;
using Headroom.Engine.Compression;
using Headroom.TestData;

namespace Headroom.Engine.Tests.Compression;

/// <summary>A form of which lines were lost, as output is that was cut off somewhere on its way, gives back nothing rather than a part.</summary>
public sealed class CutFormTests
{
    private const int Cuts = 24;

    public static TheoryData<string> Forms() => [.. Fixtures.All.Where(f => Form(f.Name) is not null).Select(f => f.Name)];

    [Theory]
    [MemberData(nameof(Forms))]
    public void A_form_that_was_cut_off_is_no_form(string fixture)
    {
        var form = Form(fixture)!;
        var whole = ContentNotation.Decode(form);
        Assert.NotNull(whole);
        var ends = Enumerable.Range(0, form.Length - 1).Where(i => form[i] == (byte)'\n').ToArray();
        for (var cut = 0; cut < Math.Min(Cuts, ends.Length); cut++)
        {
            var kept = form.AsSpan(0, ends[(int)((long)cut * ends.Length / Math.Min(Cuts, ends.Length))] + 1);
            if (ContentNotation.Decode(kept) is { } part)
            {
                Assert.Fail($"{kept.Length} of {form.Length} bytes gave {part.Length} of {whole.Length}, ending in {Encoding.UTF8.GetString(kept[Math.Max(0, kept.Length - 100)..])}");
            }
        }
    }

    private static byte[]? Form(string fixture) =>
        ContentRouter.Compress(Fixtures.Named(fixture).Utf8(), new CompressionOptions { Level = CompressionLevel.Lossless }) is { Rung: Rung.Lossless } result
        && NotationHeader.TryRead(result.Output.Span, out _, out _)
            ? result.Output.ToArray()
            : null;
}
