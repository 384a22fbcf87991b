using System.Text;
using System.Text.Json;
using Headroom.Engine.Compression;
using Headroom.Engine.Compression.Json;
using Headroom.TestData;

namespace Headroom.Cli.Tests;

public sealed class BatchTests : IDisposable
{
    private readonly TemporaryDirectory _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task A_tree_is_compressed_under_the_same_names_in_ordinal_order()
    {
        _home.Write("in/b.json", Rows(30, 1));
        _home.Write("in/B.json", Rows(30, 2));
        _home.Write("in/a/z.txt", "short"u8);
        _home.Write("in/a/deep/rows.json", Rows(30, 3));
        _home.Write("in/.hidden", "x"u8);
        var outcome = await HeadroomProcess.RunAsync(_home, "compress", "--batch", "in", "--out", "out", "--report", "report.jsonl");
        Assert.Equal(0, outcome.ExitCode);
        Assert.Empty(outcome.Output);
        Assert.Equal([".hidden", "B.json", "a/deep/rows.json", "a/z.txt", "b.json"], Reports("report.jsonl").Select(r => r.GetProperty("file").GetString()));
        foreach (var name in (string[])[".hidden", "B.json", "a/deep/rows.json", "a/z.txt", "b.json"])
        {
            var single = await HeadroomProcess.RunAsync(_home, "compress", "in/" + name);
            Assert.Equal(single.Output, _home.Read("out/" + name));
        }
    }

    [Fact]
    public async Task A_file_that_fails_is_named_and_the_rest_goes_on()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "A link to nothing needs a privilege there.");
        _home.Write("in/a.json", Rows(30, 1));
        _home.Write("in/z.json", Rows(30, 2));
        File.CreateSymbolicLink(Path.Combine(_home.Path, "in", "m.json"), "nowhere");
        var outcome = await HeadroomProcess.RunAsync(_home, "compress", "--batch", "in", "--out", "out", "--report", "out.jsonl");
        Assert.Equal(1, outcome.ExitCode);
        Assert.Contains("m.json", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("1 failed", outcome.Error, StringComparison.Ordinal);
        Assert.Equal(["a.json", "z.json"], Reports("out.jsonl").Select(r => r.GetProperty("file").GetString()));
        Assert.Equal(["a.json", "z.json"], Directory.EnumerateFiles(Path.Combine(_home.Path, "out")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Every_fixture_comes_out_no_larger_and_can_be_given_back()
    {
        string[] command = ["compress", "--batch", Fixtures.Root, "--report", "report.jsonl", "--level", "lossless", "--out"];
        var outcome = await HeadroomProcess.RunAsync(_home, [.. command, "first"]);
        Assert.Equal((0, true), (outcome.ExitCode, outcome.Error.Contains(" 0 failed", StringComparison.Ordinal)));
        var reports = Reports("report.jsonl").ToList();
        Assert.NotEmpty(reports);
        await HeadroomProcess.RunAsync(_home, [.. command, "second"]);
        Assert.All(reports, report =>
        {
            var name = report.GetProperty("file").GetString()!;
            var (original, output) = (File.ReadAllBytes(Path.Combine(Fixtures.Root, name)), _home.Read("first/" + name));
            Assert.Equal(output, _home.Read("second/" + name));
            Assert.True(report.GetProperty("tokens_after").GetInt32() <= report.GetProperty("tokens_before").GetInt32(), name);
            if (report.GetProperty("rung").GetString() == "original")
            {
                Assert.Equal(original, output);
            }
            else
            {
                Assert.Equal("lossless", report.GetProperty("rung").GetString());
                if (report.GetProperty("kind").GetString() == "json")
                {
                    Assert.Equal(JsonValue.Of(original), JsonValue.Of(JsonNotation.Decode(output)));
                }
                else if (original.AsSpan().IndexOfAny((byte)0x1B, (byte)'\b', (byte)'\r') < 0)
                {
                    // Text comes back byte for byte where a terminal shows all of it.
                    Assert.Equal(original, ContentNotation.Decode(output));
                }

            }
        });
        Assert.Contains(reports, r => r.GetProperty("rung").GetString() == "lossless");
    }

    private static byte[] Rows(int n, ulong seed) => Encoding.UTF8.GetBytes(SearchResults.Generate(n, seed: seed).Rows.ToJsonString());

    private IEnumerable<JsonElement> Reports(string name) =>
        Encoding.UTF8.GetString(_home.Read(name)).TrimEnd('\n').Split('\n').Select(line => JsonElement.Parse(line));
}
