using System.Text;
using System.Text.Json;
using Headroom.Engine.Ccr;
using Headroom.TestData;

namespace Headroom.Cli.Tests;

public sealed class ReversalTests : IDisposable
{
    private readonly TemporaryDirectory _home = new();

    public void Dispose() => _home.Dispose();

    public static TheoryData<string> Values =>
    [
        """[{"id":1,"v":"1"},{"id":2,"v":1},{"id":3,"v":null},{"id":4,"v":""},{"id":5},{"id":6.0,"v":1e400},{"id":-0,"v":[{"a":1},{"a":2}]}]""",
        """{"a":"\u00e9\u20ac","b":[{"k":"x,y"},{"k":"line\nline"},{"k":"{}"},{"k":"=1"},{"k":" x "}],"b2":{}}""",
        """[[],[[]],{},"",0,-1.50,true,false,null]""",
        """{"dup":1,"dup":2}""",
        "\"just a string\"",
        "7",
    ];

    [Theory, MemberData(nameof(Values))]
    public async Task Decoding_a_lossless_form_gives_the_value_it_came_from(string value)
    {
        // Repeated until it is worth compressing.
        var json = Encoding.UTF8.GetBytes($"[\n{string.Join(",\n", Enumerable.Repeat(value, 40))}\n]");
        var compressed = await HeadroomProcess.RunAsync(_home, json, "compress", "--level", "lossless");
        var decoded = await HeadroomProcess.RunAsync(_home, compressed.Output, "decode");
        Assert.Equal((0, ""), (decoded.ExitCode, decoded.Error));
        Assert.True(compressed.Output.Length <= json.Length);
        Assert.Equal(JsonValue.Of(json), JsonValue.Of(decoded.Output));
    }

    [Theory]
    [InlineData("a,b\n{0}\n", "this is a view, not the whole; headroom retrieve 0123456789abcdef01234567 gives the original from the store that has it")]
    [InlineData("Somebody quotes {0} here.\nAnd goes on.\n", "this is no lossless form")]
    public async Task A_view_is_told_from_a_text_that_only_speaks_of_one(string frame, string said)
    {
        var text = frame.Replace("{0}", "[1 of 2 rows not shown; headroom_retrieve hash=0123456789abcdef01234567]", StringComparison.Ordinal);
        var decoded = await HeadroomProcess.RunAsync(_home, Encoding.UTF8.GetBytes(text), "decode");
        Assert.Equal(2, decoded.ExitCode);
        Assert.StartsWith("headroom: " + said, Assert.Single(decoded.Error.TrimEnd().Split('\n')), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("log/python-worker.log")]
    [InlineData("diff/git-show-stat.diff")]
    [InlineData("mixed/windows-transcript.txt")]
    public async Task A_text_comes_back_from_its_lossless_form_to_the_byte(string name)
    {
        var text = Fixtures.Named(name).Utf8();
        var compressed = await HeadroomProcess.RunAsync(_home, text, "compress", "--level", "lossless");
        Assert.True(compressed.Output.Length < text.Length);
        var decoded = await HeadroomProcess.RunAsync(_home, compressed.Output, "decode");
        Assert.Equal((0, ""), (decoded.ExitCode, decoded.Error));
        Assert.Equal(text, decoded.Output);
    }

    [Fact]
    public async Task Text_that_was_only_made_plain_is_no_form_and_the_way_to_the_original_is_told()
    {
        var text = Fixtures.Named("text/git-log-color.txt").Utf8();
        var plain = await HeadroomProcess.RunAsync(_home, text, "compress", "--level", "lossless");
        Assert.DoesNotContain((byte)0x1B, plain.Output);
        var decoded = await HeadroomProcess.RunAsync(_home, plain.Output, "decode");
        Assert.Equal(2, decoded.ExitCode);
        Assert.Single(decoded.Error.Trim().Split('\n'));
        Assert.Contains("headroom retrieve", decoded.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_form_that_stands_for_too_much_is_an_error_and_the_way_to_more_is_told()
    {
        var form = "[text 4 lines]\nabc\n[line above 99999999 more times]\n"u8.ToArray();
        var decoded = await HeadroomProcess.RunAsync(_home, form, "decode");
        Assert.Equal((2, 0), (decoded.ExitCode, decoded.Output.Length));
        Assert.Single(decoded.Error.Trim().Split('\n'));
        Assert.Contains("--max-size", decoded.Error, StringComparison.Ordinal);
        var small = await HeadroomProcess.RunAsync(_home, "[text 10 lines]\nabc\n[line above 9 more times]\n"u8.ToArray(), "decode", "--max-size", "39");
        Assert.Equal(2, small.ExitCode);
        var enough = await HeadroomProcess.RunAsync(_home, "[text 10 lines]\nabc\n[line above 9 more times]\n"u8.ToArray(), "decode", "--max-size", "40");
        Assert.Equal((0, 40), (enough.ExitCode, enough.Output.Length));
    }

    [Fact]
    public async Task Json_that_was_left_alone_decodes_to_itself()
    {
        var deep = Encoding.UTF8.GetBytes(new string('[', 300) + new string(']', 300));
        var compressed = await HeadroomProcess.RunAsync(_home, deep, "compress", "--level", "lossless");
        var decoded = await HeadroomProcess.RunAsync(_home, compressed.Output, "decode");
        Assert.Equal(deep, compressed.Output);
        Assert.Equal(deep, decoded.Output);
    }

    [Fact]
    public async Task A_view_is_not_decoded_but_its_original_can_be_retrieved_after_the_process_has_ended()
    {
        var rows = Encoding.UTF8.GetBytes(SearchResults.Generate(1000).Rows.ToJsonString() + "\n\n");
        _home.Write("rows.json", rows);
        var view = await HeadroomProcess.RunAsync(_home, "compress", "rows.json", "--budget", "1500", "--report", "report.json");
        var report = JsonElement.Parse(_home.Read("report.json"));
        Assert.Equal("view", report.GetProperty("rung").GetString());
        var hash = Assert.Single(Marker.HashesIn(view.Text));
        Assert.Equal(report.GetProperty("hash").GetString(), hash);

        var decoded = await HeadroomProcess.RunAsync(_home, view.Output, "decode");
        Assert.Equal(2, decoded.ExitCode);
        Assert.Contains("headroom retrieve " + hash, decoded.Error, StringComparison.Ordinal);

        var retrieved = await HeadroomProcess.RunAsync(_home, "retrieve", hash);
        Assert.Equal((0, ""), (retrieved.ExitCode, retrieved.Error));
        Assert.Equal(rows, retrieved.Output);
    }

    [Fact]
    public async Task The_data_directory_says_where_originals_are()
    {
        var rows = Encoding.UTF8.GetBytes(SearchResults.Generate(50).Rows.ToJsonString());
        await HeadroomProcess.RunAsync(_home, rows, "compress", "--data-dir", "elsewhere", "--report", "report.json");
        var hash = JsonElement.Parse(_home.Read("report.json")).GetProperty("hash").GetString()!;
        var there = await HeadroomProcess.RunAsync(_home, "retrieve", hash, "--data-dir", "elsewhere");
        var here = await HeadroomProcess.RunAsync(_home, "retrieve", hash);
        Assert.Equal(rows, there.Output);
        Assert.Equal(1, here.ExitCode);
    }
}
