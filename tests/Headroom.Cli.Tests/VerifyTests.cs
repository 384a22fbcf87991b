using System.Text.Json;
using Headroom.TestData;

namespace Headroom.Cli.Tests;

public sealed class VerifyTests : IDisposable
{
    private readonly TemporaryDirectory _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task Each_file_gets_its_lines_and_a_faithful_engine_exit_0()
    {
        _home.Write("rows.json", SearchResults.Generate(400, needles: 1, errors: 1).Utf8(JsonLayout.Spaced));
        _home.Write("note.txt", "Just a few words."u8.ToArray());
        var outcome = await HeadroomProcess.RunAsync(_home, "verify", "rows.json", "note.txt");
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        var lines = outcome.Text.Split('\n');
        Assert.StartsWith("rows.json: json, ", lines[0], StringComparison.Ordinal);
        Assert.Contains("decodes to the same value", lines[1], StringComparison.Ordinal);
        Assert.Contains(" 0 gone", lines[2], StringComparison.Ordinal);
        Assert.Contains(lines, line => line.StartsWith("note.txt: text, 17 bytes", StringComparison.Ordinal));
        Assert.Contains("the content itself", outcome.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Programs_get_json()
    {
        var outcome = await HeadroomProcess.RunAsync(
            _home, SearchResults.Generate(400, needles: 1, errors: 1).Utf8(JsonLayout.Spaced), "verify", "--json", "--level", "aggressive");
        var report = JsonDocument.Parse(outcome.Output).RootElement.GetProperty("report");
        Assert.Equal("View", report.GetProperty("best").GetProperty("rung").GetString());
        Assert.Equal(0, report.GetProperty("leaves").GetProperty("gone").GetInt32());
        Assert.Equal(0, report.GetProperty("violations").GetArrayLength());
    }

    [Fact]
    public async Task What_is_no_text_or_not_there_is_one_line_and_exit_2()
    {
        _home.Write("bytes", [0xFF, 0xFE, 0x00]);
        foreach (var file in new[] { "bytes", "none" })
        {
            var outcome = await HeadroomProcess.RunAsync(_home, "verify", file);
            Assert.Equal(2, outcome.ExitCode);
            Assert.Contains(file, Assert.Single(outcome.Error.TrimEnd().Split('\n')), StringComparison.Ordinal);
        }
    }
}
