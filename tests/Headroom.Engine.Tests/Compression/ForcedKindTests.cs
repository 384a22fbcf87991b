using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Headroom.Engine.Ccr;
using Headroom.Engine.Compression;
using Headroom.Engine.Compression.Text;
using Headroom.Engine.Content;
using Headroom.TestData;

namespace Headroom.Engine.Tests.Compression;

/// <summary>A rule or a caller may say that a content is what it is not. Then it may save less, but never a byte is lost.</summary>
public sealed partial class ForcedKindTests
{
    private const int MostBytes = 16 << 10;

    public static TheoryData<string, ContentKind> Pairs()
    {
        var pairs = new TheoryData<string, ContentKind>();
        foreach (var folder in Fixtures.All.GroupBy(fixture => fixture.Name[..fixture.Name.IndexOf('/')]))
        {
            foreach (var kind in Enum.GetValues<ContentKind>())
            {
                pairs.Add(folder.Key, kind);
            }
        }

        return pairs;
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void A_wrong_kind_loses_nothing_without_saying_so(string folder, ContentKind kind)
    {
        foreach (var fixture in Fixtures.In(folder))
        {
            var input = Start(fixture.Utf8());
            var lossless = ContentRouter.Compress(input, new CompressionOptions { Kind = kind, Level = CompressionLevel.Lossless }, TestContext.Current.CancellationToken);
            Assert.NotEqual(Rung.View, lossless.Rung);
            Assert.True(lossless.TokensAfter <= lossless.TokensBefore);
            if (lossless.Rung == Rung.Lossless)
            {
                var back = lossless.Strategy == "displayed" ? lossless.Output.ToArray() : ContentNotation.Decode(lossless.Output.Span);
                Assert.True(back is not null && IsSame(input, back, lossless), $"{fixture.Name} as {kind}: {lossless.Strategy} does not decode to what is shown");
            }

            var options = new CompressionOptions
            {
                Kind = kind, Level = CompressionLevel.Aggressive, Marker = missing => Marker.Write(missing, new string('a', Marker.HashLength)),
            };
            var best = ContentRouter.Compress(input, options, TestContext.Current.CancellationToken);
            if (best.Rung == Rung.View)
            {
                // What is missing is counted in the one marker at the end.
                var text = Encoding.UTF8.GetString(best.Output.Span);
                Assert.Single(Marker.HashesIn(text));
                Assert.Matches(Counted(), text[(text.LastIndexOf('\n') + 1)..]);
            }
        }
    }

    [Theory]
    [InlineData("[log 500 lines: the legend]\n")]
    [InlineData("[2]{a,b}\n")]
    public void A_form_is_one_whatever_is_said_of_it(string begin)
    {
        var form = Encoding.UTF8.GetBytes(begin + string.Concat(Enumerable.Repeat("2025-06-24 10:20:30 INFO the same line\n", 50)));
        foreach (var kind in Enum.GetValues<ContentKind>())
        {
            var result = ContentRouter.Compress(form, new CompressionOptions { Kind = kind }, TestContext.Current.CancellationToken);
            Assert.Equal((Rung.Original, ContentKind.Notation), (result.Rung, result.Kind));
        }
    }

    private static bool IsSame(byte[] input, byte[] back, CompressionResult result)
    {
        if (result.Kind == ContentKind.Json)
        {
            return Values(input) == Values(back);
        }

        var shown = DisplayedText.Of(input, TestContext.Current.CancellationToken);
        return back.AsSpan().SequenceEqual(shown ?? input) || back.AsSpan().SequenceEqual(input)
            || (result.Kind == ContentKind.JsonLines && Encoding.UTF8.GetString(result.Output.Span[..result.Output.Span.IndexOf((byte)'\n')]).Contains("values", StringComparison.Ordinal)
                && Values(input) == Values(back));
    }

    // White space outside of strings is all that may differ.
    private static string Values(byte[] json)
    {
        var text = new StringBuilder();
        var reader = new System.Text.Json.Utf8JsonReader(json, new System.Text.Json.JsonReaderOptions { AllowMultipleValues = true, MaxDepth = 512 });
        while (reader.Read())
        {
            text.Append(CultureInfo.InvariantCulture, $"{reader.TokenType} ");
            text.Append(reader.TokenType is System.Text.Json.JsonTokenType.String or System.Text.Json.JsonTokenType.PropertyName ? reader.GetString() : Encoding.UTF8.GetString(reader.ValueSpan));
            text.Append('\n');
        }

        return text.ToString();
    }

    // The start of a large fixture, whole lines; a document needs its end.
    private static byte[] Start(byte[] utf8) =>
        utf8.Length <= MostBytes || utf8[0] is (byte)'{' or (byte)'[' or (byte)'<' ? utf8 : utf8[..(utf8.AsSpan(0, MostBytes).LastIndexOf((byte)'\n') + 1)];

    [GeneratedRegex(@"\d+ (of \d+|[a-z])|not shown", RegexOptions.CultureInvariant)]
    private static partial Regex Counted();
}
