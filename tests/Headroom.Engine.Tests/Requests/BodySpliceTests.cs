using System.Text;
using System.Text.Json;
using Headroom.Engine.Requests;

namespace Headroom.Engine.Tests.Requests;

public sealed class BodySpliceTests
{
    private static string Spliced(string text)
    {
        var body = "[1.0,\"old\" ]"u8;
        return Encoding.UTF8.GetString(BodySplice.Splice(body, [new Replacement(5, 5, Encoding.UTF8.GetBytes(text))]));
    }

    [Fact]
    public void Only_quote_backslash_and_control_characters_are_escaped()
    {
        Assert.Equal("""[1.0,"\"\\\b\f\n\r\t\u0000\u001f" ]""", Spliced("\"\\\b\f\n\r\t\0\u001f"));
        Assert.Equal("[1.0,\"/<>&'+ \u007f\u0085\u2028é😀\" ]", Spliced("/<>&'+ \u007f\u0085\u2028é😀"));
        Assert.Equal("[1.0,\"\" ]", Spliced(""));
    }

    [Property]
    public void A_spliced_text_decodes_to_itself_and_its_surroundings_stay(FsCheck.NonNull<string> text)
    {
        // Random UTF-16 may hold half a pair; UTF-8 cannot.
        var expected = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text.Get));
        var body = Spliced(text.Get);
        Assert.StartsWith("[1.0,\"", body, StringComparison.Ordinal);
        Assert.EndsWith("\" ]", body, StringComparison.Ordinal);
        using var document = JsonDocument.Parse(body);
        Assert.Equal(expected, document.RootElement[1].GetString());

        var quoted = Encoding.UTF8.GetBytes(body[5..^2]);
        var decoded = new byte[quoted.Length];
        Assert.Equal(expected, Encoding.UTF8.GetString(decoded, 0, BodySplice.Decode(quoted, decoded)));
    }

    [Fact]
    public void Several_ranges_are_replaced_at_once()
    {
        var body = """{"a":"1","b":"2","c":"3"}"""u8;
        var spliced = BodySplice.Splice(body, [new Replacement(5, 3, "longer"u8.ToArray()), new Replacement(21, 3, default)]);
        Assert.Equal("""{"a":"longer","b":"2","c":""}""", Encoding.UTF8.GetString(spliced));
    }

    [Theory]
    [InlineData("\"plain\"", true)]
    [InlineData("\"\\ud83d\\ude00 \\\\ud800\"", true)]
    [InlineData("\"\\ud83d\"", false)]
    [InlineData("\"\\ude00\\ud83d\"", false)]
    [InlineData("\"\\\\\\ud83d x\"", false)]
    public void Half_a_surrogate_pair_is_not_decodable(string quoted, bool isDecodable) =>
        Assert.Equal(isDecodable, BodySplice.IsDecodable(Encoding.UTF8.GetBytes(quoted)));

    [Fact]
    public void Bytes_that_are_not_UTF_8_are_not_decodable()
    {
        Assert.False(BodySplice.IsDecodable([(byte)'"', 0xC3, (byte)'"']));
        Assert.False(BodySplice.IsDecodable([(byte)'"', 0xED, 0xA0, 0x80, (byte)'"']));
    }
}
