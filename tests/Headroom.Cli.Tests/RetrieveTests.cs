using System.Text;
using System.Text.Json;

namespace Headroom.Cli.Tests;

public sealed class RetrieveTests : IDisposable
{
    private readonly TemporaryDirectory _home = new();

    private static readonly byte[] Original = JsonSerializer.SerializeToUtf8Bytes(
        Enumerable.Range(1, 200).Select(i => new { id = i, state = i % 50 == 0 ? "failed" : "done", name = $"task number {i} of the nightly run" }));

    public void Dispose() => _home.Dispose();

    [Fact]
    public async Task A_part_goes_to_stdout_and_its_share_to_stderr()
    {
        var hash = await StoreAsync();
        var rows = await HeadroomProcess.RunAsync(_home, "retrieve", hash, "--rows", "2-3");
        Assert.Equal(0, rows.ExitCode);
        Assert.Equal("[{\"id\":2,\"state\":\"done\",\"name\":\"task number 2 of the nightly run\"},{\"id\":3,\"state\":\"done\",\"name\":\"task number 3 of the nightly run\"}]", rows.Text);
        Assert.Equal($"rows 2 to 3 of 200; 130 of {Original.Length:N0} bytes\n", rows.Error);

        Assert.Equal("\"task number 200 of the nightly run\"", (await HeadroomProcess.RunAsync(_home, "retrieve", hash, "--path", "$[-1].name")).Text);
        Assert.Equal(4, JsonElement.Parse((await HeadroomProcess.RunAsync(_home, "retrieve", hash, "--pattern", "FAILED")).Output).GetArrayLength());
        Assert.Equal(Original, (await HeadroomProcess.RunAsync(_home, "retrieve", hash, "--lines", "1")).Output);
        Assert.Equal(Original, (await HeadroomProcess.RunAsync(_home, "retrieve", hash.ToUpperInvariant())).Output);
    }

    [Fact]
    public async Task What_was_compressed_in_a_workspace_is_had_back_from_it_alone()
    {
        var hash = await StoreAsync("--workspace", "shop");
        Assert.Equal(Original, (await HeadroomProcess.RunAsync(_home, "retrieve", hash, "--workspace", "shop")).Output);
        Assert.Equal(1, (await HeadroomProcess.RunAsync(_home, "retrieve", hash)).ExitCode);
    }

    [Theory]
    [InlineData(1, "holds \"nothing like it\"", "--pattern", "nothing like it")]
    [InlineData(1, "There is no row 900", "--rows", "900-901")]
    [InlineData(1, "Nothing is at $[0].nme", "--path", "$[0].nme")]
    [InlineData(2, "at character 3", "--path", "$[")]
    [InlineData(2, "no range", "--rows", "0-3")]
    [InlineData(2, "only one of", "--rows", "1", "--lines", "1")]
    public async Task What_is_not_there_is_told_from_what_cannot_be_asked(int exitCode, string expected, params string[] part)
    {
        var outcome = await HeadroomProcess.RunAsync(_home, ["retrieve", await StoreAsync(), .. part]);
        Assert.Equal(exitCode, outcome.ExitCode);
        Assert.Empty(outcome.Output);
        Assert.Contains(expected, outcome.Error, StringComparison.Ordinal);
        Assert.Single(outcome.Error.Trim().Split('\n'));
    }

    [Fact]
    public async Task What_was_removed_is_told_from_what_never_was_and_another_workspace_sees_neither()
    {
        var hash = await StoreAsync();
        Assert.Contains("never had", (await HeadroomProcess.RunAsync(_home, "retrieve", hash, "--workspace", "other")).Error, StringComparison.Ordinal);
        await HeadroomProcess.RunAsync(_home, "cache", "clear", "--all");

        var removed = await HeadroomProcess.RunAsync(_home, "retrieve", hash);
        Assert.Equal(1, removed.ExitCode);
        Assert.Contains("The original was removed", removed.Error, StringComparison.Ordinal);

        var unknown = await HeadroomProcess.RunAsync(_home, "retrieve", "0123456789abcdef01234567");
        Assert.Equal(1, unknown.ExitCode);
        Assert.Contains("never had an original", unknown.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_cache_shows_its_totals_and_its_originals()
    {
        var hash = await StoreAsync();
        var totals = await HeadroomProcess.RunAsync(_home, "cache");
        Assert.Equal((0, ""), (totals.ExitCode, totals.Error));
        Assert.Matches(@"(?m)^originals +1$", totals.Text);
        Assert.Contains($"{Original.Length:N0}", totals.Text, StringComparison.Ordinal);

        Assert.Matches($"(?m)^{hash} +{Original.Length:N0} ", (await HeadroomProcess.RunAsync(_home, "cache", "--list")).Text);
        var json = JsonElement.Parse((await HeadroomProcess.RunAsync(_home, "cache", "--list", "5", "--json")).Output);
        Assert.Equal(1, json.GetProperty("totals").GetProperty("originals").GetInt32());
        Assert.Equal(Original.Length, json.GetProperty("totals").GetProperty("originalBytes").GetInt32());
        Assert.Equal(hash, Assert.Single(json.GetProperty("entries").EnumerateArray()).GetProperty("hash").GetString());
    }

    [Fact]
    public async Task The_cache_is_cleared_only_on_confirmation_and_says_what_went()
    {
        var hash = await StoreAsync();
        var asked = await HeadroomProcess.RunAsync(_home, "cache", "clear");
        Assert.Equal(2, asked.ExitCode);
        Assert.Contains($"1 originals ({Original.Length:N0} bytes)", asked.Error, StringComparison.Ordinal);
        Assert.Contains("--all", asked.Error, StringComparison.Ordinal);

        // What was used today is not old.
        Assert.StartsWith("Removed 0 originals", (await HeadroomProcess.RunAsync(_home, "cache", "clear", "--older-than", "1", "--yes")).Text, StringComparison.Ordinal);
        Assert.Equal(0, (await HeadroomProcess.RunAsync(_home, "retrieve", hash)).ExitCode);

        Assert.StartsWith("Removed 1 originals", (await HeadroomProcess.RunAsync(_home, "cache", "clear", "--all")).Text, StringComparison.Ordinal);
        Assert.Equal(2, (await HeadroomProcess.RunAsync(_home, "cache", "clear", "--older-than", "0", "--yes")).ExitCode);
        Assert.Matches(@"(?m)^expired +1$", (await HeadroomProcess.RunAsync(_home, "cache")).Text);
    }

    [Fact]
    public async Task Originals_are_removed_by_their_hashes_and_the_others_stay()
    {
        var (first, second) = (await StoreAsync(), await StoreAsync("--workspace", "shop"));
        var other = await StoreAsync(Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(Original).Replace("nightly", "weekly", StringComparison.Ordinal)));
        var outcome = await HeadroomProcess.RunAsync(_home, "cache", "clear", first.ToUpperInvariant(), "latest\u001b[2J", second, first);
        Assert.Equal(2, outcome.ExitCode);
        Assert.StartsWith("Removed 1 originals and 0 decisions: ", outcome.Text, StringComparison.Ordinal);
        Assert.Equal(
            [@"headroom: latest\u{1B}[2j is no hash: one has 24 digits of 0-9 and a-f.", $"headroom: the original {second} was never stored here."],
            outcome.Error.TrimEnd().Split('\n'));
        Assert.Equal(1, (await HeadroomProcess.RunAsync(_home, "retrieve", first)).ExitCode);
        Assert.Equal(Original, (await HeadroomProcess.RunAsync(_home, "retrieve", second, "--workspace", "shop")).Output);
        Assert.Equal(0, (await HeadroomProcess.RunAsync(_home, "retrieve", other)).ExitCode);

        var again = await HeadroomProcess.RunAsync(_home, "cache", "clear", first);
        Assert.Equal((1, $"headroom: the original {first} was removed before.\n"), (again.ExitCode, again.Error));
        Assert.StartsWith("Removed 1 originals", (await HeadroomProcess.RunAsync(_home, "cache", "clear", other)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Everything_goes_only_where_that_is_said()
    {
        var hash = await StoreAsync();
        foreach (var arguments in (string[][])[[], [hash, "--all"], ["--all", "--older-than", "2"], [hash, "--older-than", "2"], ["--older-than", "2"], [""], ["--yes"], ["", "--yes"]])
        {
            var refused = await HeadroomProcess.RunAsync(_home, ["cache", "clear", .. arguments]);
            Assert.Equal(2, refused.ExitCode);
            Assert.Single(refused.Error.TrimEnd().Split('\n'));
            Assert.Equal(0, (await HeadroomProcess.RunAsync(_home, "retrieve", hash)).ExitCode);
        }

        Assert.StartsWith("Removed 1 originals", (await HeadroomProcess.RunAsync(_home, "cache", "clear", "--all")).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", 1)]
    [InlineData("n", 1)]
    [InlineData("yellow", 1)]
    [InlineData("y", 0)]
    [InlineData("YES", 0)]
    public async Task On_a_terminal_it_asks_and_Enter_means_no(string answer, int kept)
    {
        // util-linux: runs a command on a terminal of its own.
        Assert.SkipUnless(File.Exists("/usr/bin/script"), "There is no script(1) here.");
        await StoreAsync();
        var asked = await HeadroomProcess.RunOnTerminalAsync(_home, answer + "\n", "cache", "clear");
        Assert.Contains("[y/N]", asked.Text, StringComparison.Ordinal);
        Assert.Contains(kept == 0 ? "Removed 1 originals" : "Nothing was removed.", asked.Text, StringComparison.Ordinal);
        Assert.Equal(0, asked.ExitCode);
        Assert.Matches($"(?m)^originals +{kept}$", (await HeadroomProcess.RunAsync(_home, "cache")).Text);
    }

    private Task<string> StoreAsync(params string[] options) => StoreAsync(Original, options);

    private async Task<string> StoreAsync(byte[] original, params string[] options)
    {
        await HeadroomProcess.RunAsync(_home, original, ["compress", "--report", "report.json", .. options]);
        return JsonElement.Parse(_home.Read("report.json")).GetProperty("hash").GetString()!;
    }
}
