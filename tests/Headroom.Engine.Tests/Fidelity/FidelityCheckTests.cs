using System.Text;
using Headroom.Engine.Compression;
using Headroom.Engine.Fidelity;
using Headroom.Engine.Tokens;
using Headroom.TestData;

namespace Headroom.Engine.Tests.Fidelity;

public sealed class FidelityCheckTests
{
    [Fact]
    public async Task A_view_is_measured_by_what_it_shows()
    {
        var workload = SearchResults.Generate(1000, needles: 2, errors: 3);
        var report = await FidelityCheck.RunAsync(
            workload.Utf8(JsonLayout.Spaced), new CompressionOptions(), TokenCounters.O200kBase, TestContext.Current.CancellationToken);
        Assert.Empty(report.Violations);
        Assert.Equal((Rung.Lossless, Equality.Value, Rung.View), (report.Lossless.Rung, report.Equality, report.Best.Rung));
        Assert.InRange(report.Leaves.Visible, 50, report.Leaves.Total / 2);
        Assert.Equal((report.Leaves.Total - report.Leaves.Visible, 0), (report.Leaves.Recoverable, report.Leaves.Gone));
        Assert.Equal(report.Errors.Total, report.Errors.Visible);
        Assert.True(report.Best.Tokens < report.Lossless.Tokens && report.Lossless.Tokens < report.Tokens);
    }

    [Theory]
    [InlineData("{\"a\":[1,2.0,\"x\"]}", " { \"a\" : [ 1 , 2.0 , \"\\u0078\" ] } ", true)]
    [InlineData("{\"a\":1}\n{\"b\":2}", "{\"a\":1} {\"b\":2}", true)]
    [InlineData("{\"a\":1}", "{\"a\":1.0}", false)]
    [InlineData("{\"a\":1}", "{\"a\":\"1\"}", false)]
    [InlineData("{\"a\":1,\"b\":2}", "{\"b\":2,\"a\":1}", false)]
    [InlineData("{\"a\":null}", "{}", false)]
    [InlineData("[1]", "[1,2]", false)]
    [InlineData("[1] [2]", "[1]", false)]
    [InlineData("[\"\\ud800\"]", "[\"\\ud800\"]", true)]
    [InlineData("[\"\\ud800\"]", "[\"\\ud801\"]", false)]
    [InlineData("[\"\\ud800\"]", "[\"x\"]", false)]
    [InlineData("x", "x", false)]
    [InlineData("{\"a\": 1}\n{\"b\": 2", "{\"a\":1}\n{\"b\": 2", true)]
    [InlineData("{\"a\": 1}\n{\"b\": 2", "{\"a\":1}\n{\"b\":2", false)]
    [InlineData("{\"a\": 1}\n{\"b\": 2", "{\"a\":1}\n", false)]
    public void Json_is_compared_by_value(string a, string b, bool areEqual)
    {
        Assert.Equal(areEqual, JsonValueEquality.AreEqual(Encoding.UTF8.GetBytes(a), Encoding.UTF8.GetBytes(b)));
        Assert.Equal(areEqual, JsonValueEquality.AreEqual(Encoding.UTF8.GetBytes(b), Encoding.UTF8.GetBytes(a)));
    }

    [Theory]
    [InlineData("start\n{\"a\": 1}\nend\n", "start\n{\"a\":1}\nend\n", true)]
    [InlineData("start\n{\"a\": 1}\n", "start\n{\"a\":1}", false)]
    [InlineData("a b\n", "a  b\n", false)]
    [InlineData("a\nb\n", "a\n", false)]
    public void Json_lines_among_others_are_compared_by_value_and_the_others_by_bytes(string a, string b, bool areEqual) =>
        Assert.Equal(areEqual, JsonValueEquality.AreEqualByLine(Encoding.UTF8.GetBytes(a), Encoding.UTF8.GetBytes(b)));

    [Theory]
    [InlineData("2025-01-01 ERROR disk full", true)]
    [InlineData("System.IO.IOException: gone", true)]
    [InlineData("--- FAIL: TestX (0.01s)", true)]
    [InlineData("panic: runtime error", true)]
    [InlineData("0 errors, 0 warnings", false)]
    [InlineData("no errors", false)]
    [InlineData("errors=0", false)]
    [InlineData("INFO mirror on the wall", false)]
    public void A_line_that_reads_like_an_error_is_told(string line, bool isError) => Assert.Equal(isError, ContentLeaves.IsError(line));

    [Fact]
    public void Names_of_files_are_those_behind_a_directory() => Assert.Equal(
        ["My-File.test.cs", "b.txt", "main.go"],
        ContentLeaves.FilesIn([@"src/a/My-File.test.cs:12:x", @"at X in C:\src\b.txt:line 3", "pkg/main.go", "pkg/main.go:3", "a 1/2 b", "example.com", "x/v1.2"]).Order(StringComparer.Ordinal));

    [Fact]
    public void Leaves_are_distinct_values_or_lines()
    {
        Assert.Equal(["1.0", "b", "c", "x"], ContentLeaves.Of("{\"a\":1.0,\"k\":[\"x\",\"x\",null,true,\"b\\n c\"]}"u8).Order(StringComparer.Ordinal));
        Assert.Equal(["one", "two"], ContentLeaves.Of("one\n  two\r\n\none\n"u8).Order(StringComparer.Ordinal));
    }
}
