using System.Text;
using Headroom.Engine.Ccr;
using Headroom.Engine.Compression;
using Headroom.Engine.Compression.Text;
using Headroom.Engine.Content;

namespace Headroom.Engine.Tests.Content;

public sealed class HardCaseTests
{
    public static TheoryData<string> Names => [.. HardCase.All.Select(hard => hard.Name)];

    public static TheoryData<string> Material => [.. HardCase.All.Where(hard => hard.IsMaterial).Select(hard => hard.Name)];

    [Fact]
    public void There_are_sixty_and_more() => Assert.InRange(HardCase.All.Length, 60, int.MaxValue);

    [Theory]
    [MemberData(nameof(Names))]
    public void It_is_taken_for_what_it_is(string name)
    {
        var hard = Named(name);
        var utf8 = Encoding.UTF8.GetBytes(hard.Text);
        Assert.Contains(ContentDetector.Detect(DisplayedText.Of(utf8, TestContext.Current.CancellationToken) ?? utf8), hard.Kinds);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Windows_line_ends_make_it_nothing_else(string name)
    {
        var hard = Named(name);
        var utf8 = Encoding.UTF8.GetBytes(hard.Text.Replace("\n", "\r\n", StringComparison.Ordinal));
        Assert.Contains(ContentDetector.Detect(DisplayedText.Of(utf8, TestContext.Current.CancellationToken) ?? utf8), hard.Kinds);
    }

    [Theory]
    [MemberData(nameof(Material))]
    public void Code_prose_and_configuration_stay_word_for_word(string name)
    {
        // Once, and so often that a view would pay.
        var text = Named(name).Text;
        foreach (var input in new[] { text, string.Concat(Enumerable.Range(1, 60).Select(i => text.Replace("e", "e" + i, StringComparison.Ordinal))) })
        {
            foreach (var level in Enum.GetValues<CompressionLevel>())
            {
                var options = new CompressionOptions { Level = level, Marker = missing => Marker.Write(missing, new string('a', Marker.HashLength)) };
                var result = ContentRouter.Compress(Encoding.UTF8.GetBytes(input), options, TestContext.Current.CancellationToken);
                Assert.Contains(result.Strategy, (string[])["none", "repeats"]);
            }
        }
    }

    private static HardCase Named(string name) => HardCase.All.Single(hard => hard.Name == name);
}
