using System.Text.RegularExpressions;
using Headroom.Engine.Ccr;

namespace Headroom.Engine.Tests.Ccr;

public sealed partial class MarkerTests
{
    private const string Hash = "0123456789abcdef01234567";

    [GeneratedRegex("hash=([a-f0-9]{24})")]
    private static partial Regex LiteLlmPattern();

    [Fact]
    public void A_marker_says_what_is_missing_and_names_the_tool_and_the_hash() =>
        Assert.Equal($"[952 of 1000 rows not shown; headroom_retrieve hash={Hash}]", Marker.Write("952 of 1000 rows not shown", Hash));

    [Fact]
    public void A_marker_is_found_by_the_pattern_that_LiteLLM_looks_for() =>
        Assert.Equal(Hash, LiteLlmPattern().Match(Marker.Write("952 of 1000 rows not shown", Hash)).Groups[1].Value);

    [Property(MaxTest = 300)]
    public void A_marker_is_one_line_and_is_found_again_whatever_it_says_and_stands_in(string? missing, string? before, string? after)
    {
        var marker = Marker.Write(missing ?? string.Empty, Hash);
        Assert.DoesNotContain(marker, c => "\r\n\f\u0085\u2028\u2029".Contains(c, StringComparison.Ordinal));
        Assert.Equal([Hash], Marker.HashesIn(before + marker + after));
    }

    [Fact]
    public void Several_markers_are_found_in_their_order_on_one_line_and_on_several()
    {
        var other = Hash.Replace('0', 'f');
        var text = $"{Marker.Write("a [1] b", Hash)} and {Marker.Write("c", other)}\r\n{Marker.Write("d", Hash)}";
        Assert.Equal([Hash, other, Hash], Marker.HashesIn(text));
    }

    [Theory]
    [InlineData("")]
    [InlineData("hash=0123456789abcdef01234567")]
    [InlineData("headroom_retrieve hash=0123456789abcdef01234567]")]
    [InlineData("[headroom_retrieve hash=0123456789abcdef01234567")]
    [InlineData("[headroom_retrieve hash=0123456789ABCDEF01234567]")]
    [InlineData("[headroom_retrieve hash=0123456789abcdef0123456]")]
    [InlineData("[headroom_retrieve hash=0123456789abcdef012345678]")]
    [InlineData("[other_tool hash=0123456789abcdef01234567]")]
    [InlineData("[headroom_retrieve\nhash=0123456789abcdef01234567]")]
    [InlineData("[hash=0123456789abcdef01234567] headroom_retrieve")]
    public void What_lacks_a_part_of_a_marker_is_none(string text) => Assert.Empty(Marker.HashesIn(text));

    [Fact]
    public void A_broken_hash_does_not_hide_the_one_after_it() =>
        Assert.Equal([Hash], Marker.HashesIn($"[x; headroom_retrieve hash=hash=zz hash={Hash}]"));

    [Theory]
    [InlineData("[")]
    [InlineData("[headroom_retrieve")]
    [InlineData("[headroom_retrieve hash=")]
    [InlineData("hash=0123456789abcdef01234567]")]
    [InlineData("headroom_retrieve hash=0123456789abcdef01234567")]
    public void A_text_made_to_hurt_is_read_in_linear_time(string piece)
    {
        // Four million characters: with a quadratic reader the test would not end.
        var text = string.Concat(Enumerable.Repeat(piece, 4_000_000 / piece.Length));
        Assert.NotNull(Marker.HashesIn(text));
    }

    [Theory]
    [InlineData("headroom_retrieve", true)]
    [InlineData("mcp__headroom__headroom_retrieve", true)]
    [InlineData("mcp_headroom_headroom_retrieve", true)]
    [InlineData("x_headroom_retrieve", true)]
    [InlineData("x-headroom_retrieve", true)]
    [InlineData("x.headroom_retrieve", true)]
    [InlineData("x:headroom_retrieve", true)]
    [InlineData("x/headroom_retrieve", true)]
    [InlineData("functions.headroom_retrieve", true)]
    [InlineData("headroom_retrieve_all", false)]
    [InlineData("not_headroom_retrieve_x", false)]
    [InlineData("xheadroom_retrieve", false)]
    [InlineData("headroom_compress", false)]
    [InlineData("retrieve", false)]
    [InlineData("", false)]
    public void The_retrieve_tool_is_known_behind_a_server_prefix(string name, bool expected) =>
        Assert.Equal(expected, Marker.IsRetrieveTool(name));

    [Theory]
    [InlineData("headroom_retrieve", true)]
    [InlineData("mcp__headroom__headroom_compress", true)]
    [InlineData("x.headroom_stats", true)]
    [InlineData("headroom_compress", true)]
    [InlineData("headroom_statistics", false)]
    [InlineData("myheadroom_stats", false)]
    [InlineData("headroom_compress_x", false)]
    public void The_own_tools_are_known_behind_a_server_prefix(string name, bool expected) => Assert.Equal(expected, Marker.IsOwnTool(name));
}
