using System.Text;
using System.Text.Json;
using Headroom.Engine.Compression;
using Headroom.Engine.Content;
using Headroom.Engine.Tokens;
using Headroom.TestData;

namespace Headroom.Cli.Tests;

public sealed class CompressTests : IDisposable
{
    private static readonly string[] ReportFields =
    [
        "file", "kind", "strategy", "rung", "bytes_before", "bytes_after", "tokens_before", "tokens_after", "tokens_saved",
        "savings_percent", "counter", "hash", "elapsed_ms", "reason",
    ];

    private readonly TemporaryDirectory _home = new();

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task Stdout_is_the_compressed_text_and_nothing_else()
    {
        _home.Write("rows.json", Rows(100));
        var outcome = await HeadroomProcess.RunAsync(_home, "compress", "rows.json", "--report", "report.json");
        var report = Report("report.json");
        Assert.Equal((0, ""), (outcome.ExitCode, outcome.Error));
        Assert.Equal(report.GetProperty("bytes_after").GetInt64(), outcome.Output.Length);
        Assert.NotEqual("original", report.GetProperty("rung").GetString());
        Assert.True(outcome.Output.Length < Rows(100).Length / 2);
        Assert.NotEqual((byte)'\n', outcome.Output[^1]);
    }

    [Fact]
    public async Task Stdin_is_compressed_as_a_file_is()
    {
        _home.Write("rows.json", Rows(50));
        var fromFile = await HeadroomProcess.RunAsync(_home, "compress", "rows.json");
        var fromDash = await HeadroomProcess.RunAsync(_home, Rows(50), "compress", "-");
        var fromNothing = await HeadroomProcess.RunAsync(_home, Rows(50), "compress");
        Assert.Equal(fromFile.Output, fromDash.Output);
        Assert.Equal(fromFile.Output, fromNothing.Output);
    }

    [Fact]
    public async Task Rules_speak_of_tools_and_commands()
    {
        _home.Write("rows.json", Rows(50));
        _home.Write("my.json", """{ "rules": [{ "tool": "Bash", "command": "curl*", "exclude": true }] }"""u8.ToArray());
        foreach (var (command, reason) in new[] { ("curl x", "excluded-tool"), ("wget x", "lossless") })
        {
            await HeadroomProcess.RunAsync(
                _home, "compress", "rows.json", "--rules", "my.json", "--tool", "bash", "--command", command, "--level", "lossless", "--report", "report.json");
            Assert.Equal(reason, Report("report.json").GetProperty("reason").GetString());
        }
    }

    [Theory]
    [InlineData("my.json(1,24): ", "--rules", "my.json")]
    [InlineData("--keep", "--keep", "(")]
    [InlineData("--kind", "--kind", "poem")]
    [InlineData("none.json", "--rules", "none.json")]
    public async Task A_wrong_rule_pattern_or_kind_is_one_line_and_exit_2(string said, params string[] arguments)
    {
        _home.Write("rows.json", Rows(50));
        _home.Write("my.json", """{ "rules": [{ "tools": 1 }] }"""u8.ToArray());
        var outcome = await HeadroomProcess.RunAsync(_home, ["compress", "rows.json", .. arguments]);
        Assert.Equal((2, 0), (outcome.ExitCode, outcome.Output.Length));
        Assert.Contains(said, outcome.Error, StringComparison.Ordinal);
        Assert.Single(outcome.Error.TrimEnd().Split('\n'));
    }

    [Theory]
    [InlineData("LC_ALL", "tr_TR.UTF-8")]
    [InlineData("DOTNET_TieredCompilation", "0")]
    [InlineData("DOTNET_PROCESSOR_COUNT", "1")]
    public async Task Another_process_in_another_setting_writes_the_same_bytes(string variable, string value)
    {
        // The hash in a marker is the store's, so both use one.
        _home.Write("rows.json", SearchResults.Generate(400, needles: 1, errors: 1).Utf8(JsonLayout.Spaced));
        var plain = await HeadroomProcess.RunAsync(_home, "compress", "rows.json", "--level", "aggressive");
        _home.Environment[variable] = value;
        var other = await HeadroomProcess.RunAsync(_home, "compress", "rows.json", "--level", "aggressive");
        Assert.Equal(plain.Text, other.Text);
        Assert.NotEmpty(other.Output);
    }

    public static TheoryData<byte[]> Untouchable =>
    [
        Array.Empty<byte>(),
        "x"u8.ToArray(),
        " \n\t"u8.ToArray(),
        "no newline at the end, \u00e4\u20ac\U0001F600"u8.ToArray(),
        "line\r\nline\n\n"u8.ToArray(),
        new byte[] { 0xEF, 0xBB, 0xBF, (byte)'a' },
        Enumerable.Range(0, 256).Select(b => (byte)b).ToArray(),
    ];

    [Theory, MemberData(nameof(Untouchable))]
    public async Task What_has_no_smaller_form_comes_out_byte_for_byte(byte[] input)
    {
        var outcome = await HeadroomProcess.RunAsync(_home, input, "compress", "--report", "report.json");
        Assert.Equal(0, outcome.ExitCode);
        Assert.Equal(input, outcome.Output);
        var report = Report("report.json");
        Assert.Equal("original", report.GetProperty("rung").GetString());
        Assert.Equal("-", report.GetProperty("file").GetString());
        Assert.Equal(JsonValueKind.Null, report.GetProperty("hash").ValueKind);
        Assert.Equal(0, report.GetProperty("tokens_saved").GetInt32());
    }

    [Fact]
    public async Task Bytes_that_are_not_text_are_unsupported_content()
    {
        await HeadroomProcess.RunAsync(_home, [(byte)'[', 0xC3, (byte)']'], "compress", "--report", "report.json");
        Assert.Equal("unsupported-content", Report("report.json").GetProperty("reason").GetString());
    }

    [Theory]
    [InlineData("gpt-4o")]
    [InlineData("gpt-4")]
    public async Task A_report_counts_both_sides_with_the_tokenizer_of_the_model(string model)
    {
        var rows = Rows(60);
        _home.Write("rows.json", rows);
        var outcome = await HeadroomProcess.RunAsync(_home, "compress", "rows.json", "--model", model, "--report", "report.json");
        var report = Report("report.json");
        var counter = ModelRegistry.CounterFor(model);
        Assert.Equal(ReportFields, report.EnumerateObject().Select(p => p.Name));
        Assert.StartsWith(counter.Name, report.GetProperty("counter").GetString(), StringComparison.Ordinal);
        var (before, after) = (counter.Count(rows), counter.Count(outcome.Output));
        Assert.Equal(before, report.GetProperty("tokens_before").GetInt32());
        Assert.Equal(after, report.GetProperty("tokens_after").GetInt32());
        Assert.Equal(before - after, report.GetProperty("tokens_saved").GetInt32());
        Assert.Equal(100.0 * (before - after) / before, report.GetProperty("savings_percent").GetDouble(), 0.01);
        Assert.Equal(rows.Length, report.GetProperty("bytes_before").GetInt64());
        Assert.Equal("rows.json", report.GetProperty("file").GetString());
        Assert.Equal("json", report.GetProperty("kind").GetString());
        Assert.Matches("^[0-9a-f]{24}$", report.GetProperty("hash").GetString());
        Assert.True(report.GetProperty("elapsed_ms").GetDouble() > 0);
        Assert.Contains(report.GetProperty("reason").GetString(), ReasonCode.All);
    }

    [Theory]
    [InlineData("unicode", true)]
    [InlineData("utf32", true)]
    [InlineData("bigendianutf32", true)]
    [InlineData("utf8BOM", true)]
    [InlineData("unicode", false)]
    [InlineData("latin1", false)]
    [InlineData("shift_jis", false)]
    [InlineData("windows-1251", false)]
    public async Task A_file_in_any_encoding_is_read_as_text_and_given_back_as_it_was(string name, bool isMarked)
    {
        var encoding = EncodingName.Find(name, out _)!;
        var text = Encoding.UTF8.GetString(Rows(40));
        byte[] file = [.. isMarked ? encoding.Preamble : default, .. encoding.GetBytes(text)];
        string[] options = isMarked ? [] : ["--encoding", name];
        var other = await HeadroomProcess.RunAsync(_home, file, ["compress", "--level", "lossless", "--report", "report.json", .. options]);
        var report = Report("report.json");
        var utf8 = await HeadroomProcess.RunAsync(_home, Rows(40), "compress", "--level", "lossless", "--report", "utf8.json");
        Assert.Equal(utf8.Output, other.Output);
        Assert.Equal(Report("utf8.json").GetProperty("tokens_before").GetInt32(), report.GetProperty("tokens_before").GetInt32());
        Assert.Equal(file.Length, report.GetProperty("bytes_before").GetInt32());
        var hash = report.GetProperty("hash").GetString()!;
        Assert.Equal(file, (await HeadroomProcess.RunAsync(_home, "retrieve", hash)).Output);
        Assert.Equal(JsonElement.Parse(Rows(40))[1].GetRawText(), (await HeadroomProcess.RunAsync(_home, "retrieve", hash, "--path", "$[1]")).Text);
        var verified = await HeadroomProcess.RunAsync(_home, file, ["verify", .. options]);
        Assert.Equal(0, verified.ExitCode);
        Assert.Contains($" {file.Length:#,0} bytes", verified.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("FFFE00", "byte order mark")]
    [InlineData("FFFE000000D80000", "utf-32")]
    [InlineData("4180", "us-ascii", "--encoding", "ascii")]
    [InlineData("41", "UTF-7", "--encoding", "utf7")]
    [InlineData("41", "--encoding", "--encoding", "klingon")]
    public async Task What_is_not_in_its_encoding_is_one_line_and_exit_2(string hex, string said, params string[] options)
    {
        foreach (var command in (string[])["compress", "verify", "decode"])
        {
            var outcome = await HeadroomProcess.RunAsync(_home, Convert.FromHexString(hex), [command, .. options]);
            Assert.Equal(2, outcome.ExitCode);
            Assert.Contains(said, Assert.Single(outcome.Error.TrimEnd().Split('\n')), StringComparison.Ordinal);
            Assert.Empty(outcome.Output);
        }
    }

    public static TheoryData<string[], string> BadInput => new()
    {
        { [], "command" },
        { ["compres"], "compres" },
        { ["compress", "missing.json"], "missing.json" },
        { ["compress", "."], "." },
        { ["compress", "--level", "7"], "--level lossless balanced aggressive" },
        { ["compress", "--level", "extreme"], "lossless balanced aggressive" },
        { ["compress", "--budget", "0"], "--budget" },
        { ["compress", "--budget", "many"], "many" },
        { ["compress", "a", "b"], "b" },
        { ["compress", "in.json", "--report", "in.json"], "--report" },
        { ["compress", "in.json", "--report", "no/such/dir/report"], "no/such/dir/report" },
        { ["compress", "--batch", "tree"], "--out" },
        { ["compress", "--out", "tree"], "--batch" },
        { ["compress", "in.json", "--batch", "tree", "--out", "o", "--report", "r"], "FILE" },
        { ["compress", "--batch", "missing", "--out", "o", "--report", "r"], "missing" },
        { ["compress", "--batch", "tree", "--out", "tree/out", "--report", "r"], "--out" },
        { ["compress", "--batch", "tree", "--out", ".", "--report", "r"], "--out" },
        { ["compress", "--batch", "tree", "--out", "o", "--report", "tree/a.json"], "--report" },
        { ["compress", "--batch", "tree", "--out", "o", "--report", "o/a.json"], "--report" },
        { ["compress", "in.txt", "--store", "memory"], "memory" },
        { ["decode", "in.txt"], "lossless" },
        { ["decode", "missing"], "missing" },
        { ["retrieve", "xyz"], "hash" },
        { ["proxy", "--port", "99999"], "--port" },
        { ["proxy", "--port", "x"], "x" },
        { ["proxy", "--store", "redis"], "sqlite memory" },
        { ["proxy", "--max-age", "0.5"], "0.5 day" },
        { ["proxy", "--max-age", "a week"], "week day" },
        { ["proxy", "--max-size", "1XB"], "1XB 1GiB" },
        { ["proxy", "--max-size", "9999999TiB"], "9999999TiB" },
        { ["proxy", "--openai-url", "api.openai.com"], "URL" },
        { ["proxy", "--anthropic-url", "http://example.com"], "http" },
        { ["proxy", "--host", "0.0.0.0"], "0.0.0.0" },
        { ["stats", "--url", "ftp://127.0.0.1"], "URL" },
        { ["stats", "--url", "http://127.0.0.1:1"], "127.0.0.1:1" },
    };

    [Theory, MemberData(nameof(BadInput))]
    public async Task Bad_input_gets_one_line_on_stderr_and_exit_code_2(string[] arguments, string words)
    {
        _home.Write("in.json", Rows(30));
        _home.Write("in.txt", "prose"u8);
        _home.Write("tree/a.json", Rows(30));
        var outcome = await HeadroomProcess.RunAsync(_home, arguments);
        Assert.Equal(2, outcome.ExitCode);
        Assert.Empty(outcome.Output);
        Assert.StartsWith("headroom: ", outcome.Error, StringComparison.Ordinal);
        Assert.Single(outcome.Error.TrimEnd('\n', '\r').Split('\n'));
        Assert.All(words.Split(' '), word => Assert.Contains(word, outcome.Error, StringComparison.Ordinal));
        Assert.DoesNotContain("   at ", outcome.Error, StringComparison.Ordinal);
        Assert.Equal(Rows(30), _home.Read("in.json"));
        Assert.Equal(Rows(30), _home.Read("tree/a.json"));
    }

    private static byte[] Rows(int n) => Encoding.UTF8.GetBytes(SearchResults.Generate(n).Rows.ToJsonString());

    private JsonElement Report(string name)
    {
        var line = Assert.Single(Encoding.UTF8.GetString(_home.Read(name)).TrimEnd('\n').Split('\n'));
        return JsonElement.Parse(line);
    }
}
