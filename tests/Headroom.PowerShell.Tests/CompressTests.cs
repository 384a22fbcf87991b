using System.Globalization;
using System.Management.Automation;
using System.Text;
using System.Text.Json;
using Headroom.TestData;

namespace Headroom.PowerShell.Tests;

public class CompressTests
{
    private static readonly string[] NoteProperties =
        ["TokensBefore", "TokensAfter", "TokensSaved", "SavingsPercent", "Hash", "Kind", "Strategy"];

    /// <summary>Rows that no two are alike, so that the lossless form is what they get.</summary>
    private static string Rows(int count) =>
        JsonSerializer.Serialize(Enumerable.Range(0, count).Select(i => new
        {
            id = i,
            name = string.Create(CultureInfo.InvariantCulture, $"service-{i * 7919 % 1009}"),
            status = i % 3 == 0 ? "ready" : "pending",
            latency_ms = i * 31 % 97 / 4.0,
        }), Indented);

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    [Fact]
    public void Lines_are_joined_into_one_content_and_come_back_exactly()
    {
        using var session = new HostedSession();
        var json = Rows(60).ReplaceLineEndings("\n");
        session.Set("lines", json.Split('\n'));
        var result = session.One("$r = $lines | Compress-HeadroomContent -Level Lossless; $r");
        var text = Assert.IsType<string>(result.BaseObject);
        Assert.True(text.Length < json.Length / 2);
        Assert.Equal(NoteProperties, result.Properties.Where(p => p is PSNoteProperty).Select(p => p.Name));
        var (before, after) = ((int)result.Properties["TokensBefore"].Value, (int)result.Properties["TokensAfter"].Value);
        Assert.True(after < before);
        Assert.Equal(before - after, result.Properties["TokensSaved"].Value);
        Assert.Equal("Json", result.Properties["Kind"].Value);
        Assert.Equal(json, session.One("$r | Expand-HeadroomContent").BaseObject);
        Assert.Equal(json, session.One("Expand-HeadroomContent -Hash $r.Hash").BaseObject);
    }

    [Fact]
    public void The_lossless_form_alone_decodes_to_the_same_value()
    {
        using var session = new HostedSession();
        var json = Rows(60);
        session.Set("json", json);
        var compact = session.One("[string]$bare = ($json | Compress-HeadroomContent -Level Lossless).ToString(); $bare -split \"`n\" | Expand-HeadroomContent");
        Assert.True(JsonElement.DeepEquals(JsonDocument.Parse(json).RootElement, JsonDocument.Parse((string)compact.BaseObject).RootElement));
    }

    [Theory]
    [InlineData("log/python-worker.log", "Log")]
    [InlineData("diff/git-diff-files.diff", "Diff")]
    [InlineData("build/dotnet-build-warnings.txt", "BuildOutput")]
    [InlineData("search/git-grep-token.txt", "SearchResults")]
    [InlineData("listing/find-ls.txt", "Listing")]
    [InlineData("table/packages.csv", "DelimitedTable")]
    [InlineData("table/dpkg-l.txt", "FixedWidthTable")]
    [InlineData("jsonl/git-log.jsonl", "JsonLines")]
    [InlineData("mixed/shell-session.txt", "Mixed")]
    public void Output_of_every_kind_comes_back_from_its_form_alone_and_from_its_view(string name, string kind)
    {
        using var session = new HostedSession();
        var text = File.ReadAllText(Fixtures.Named(name).Path);
        session.Set("text", text);
        var form = session.One("$r = $text | Compress-HeadroomContent -Level Lossless -Detailed; $r");
        Assert.Equal((kind, "Lossless"), (form.Properties["Kind"].Value.ToString(), form.Properties["Rung"].Value.ToString()));
        Assert.Equal(text, session.One("$r.Text | Expand-HeadroomContent").BaseObject);
        Assert.Equal(text, session.One("$r | Expand-HeadroomContent").BaseObject);
        Assert.Equal(text, session.One("$text | Compress-HeadroomContent -Budget 200 | ForEach-Object { \"$_\" } | Expand-HeadroomContent").BaseObject);
    }

    [Fact]
    public void A_marker_in_the_content_itself_does_not_hide_the_form()
    {
        using var session = new HostedSession();
        var text = "# a note\n" + string.Concat(Enumerable.Range(0, 60).Select(i => string.Create(
            CultureInfo.InvariantCulture, $"2026-03-01 08:00:{i:00} INFO order {i} stored{(i == 30 ? " [3 rows; headroom_retrieve hash=0123456789abcdef01234567]" : "")}\n")));
        session.Set("text", text);
        session.One("$r = $text | Compress-HeadroomContent -Level Lossless -Detailed; $r");
        Assert.Equal(text, session.One("$r.Text | Expand-HeadroomContent").BaseObject);
    }

    [Fact]
    public void A_form_that_stands_for_too_much_is_an_error()
    {
        using var session = new HostedSession();
        session.Set("form", "[text 4 lines]\nabc\n[line above 99999999 more times]\n");
        Assert.Equal(("HeadroomContentTooLarge", ErrorCategory.LimitsExceeded), session.Try("$form | Expand-HeadroomContent").Error);
    }

    [Fact]
    public void The_original_of_a_view_is_found_by_its_marker()
    {
        using var session = new HostedSession();
        var json = Rows(2_000);
        session.Set("json", json);
        var result = session.One("$view = $json | Compress-HeadroomContent -Budget 300 -Query service-7 -Detailed; $view");
        Assert.Equal("View", result.Properties["Rung"].Value);
        Assert.Equal(json, session.One("'Tool said: ' + $view.Text | Expand-HeadroomContent").BaseObject);
        Assert.Equal(json, session.One("$view | Expand-HeadroomContent").BaseObject);
    }

    [Fact]
    public void Rules_speak_of_tools_and_commands()
    {
        using var session = new HostedSession();
        session.Set("json", Rows(60));
        File.WriteAllText(Path.Combine(session.DataDirectory, "headroom.rules.json"), """{ "rules": [{ "command": "git *", "exclude": true }] }""");
        Assert.Equal("excluded-tool", session.One("($json | Compress-HeadroomContent -Command 'git log' -Detailed).Reason").BaseObject);
        Assert.Equal("lossless", session.One("($json | Compress-HeadroomContent -Command 'gh pr list' -Detailed).Reason").BaseObject);
        Assert.Equal("excluded-tool", session.One("($json | Compress-HeadroomContent -ToolName Read -Detailed).Reason").BaseObject);
    }

    [Fact]
    public void A_wrong_rule_and_a_wrong_pattern_end_the_command()
    {
        using var session = new HostedSession();
        var rules = Path.Combine(session.DataDirectory, "wrong.json");
        File.WriteAllText(rules, "{ \"rules\": [{}] }");
        session.Set("rules", rules);
        var outcome = session.Try("'x', 'y' | Compress-HeadroomContent -RulesPath $rules");
        Assert.Equal("ended", session.One("try { 'x', 'y' | Compress-HeadroomContent -RulesPath $rules } catch { 'ended' }").BaseObject);
        Assert.Equal(("HeadroomInvalidRules", ErrorCategory.InvalidData), outcome.Error);
        Assert.Contains("wrong.json(1,14)", outcome.Errors[0].ToString(), StringComparison.Ordinal);
        outcome = session.Try("'x' | Compress-HeadroomContent -Keep '('");
        Assert.Equal(("HeadroomInvalidOption", ErrorCategory.InvalidArgument), outcome.Error);
        Assert.Equal(("HeadroomInvalidRules", ErrorCategory.InvalidData), session.Try("Start-HeadroomProxy -Port 0 -RulesPath $rules").Error);
    }

    [Fact]
    public void Text_in_which_nothing_can_be_saved_is_returned_as_it_is()
    {
        using var session = new HostedSession();
        session.Run("$r = 'plain', '', 'words' | Compress-HeadroomContent");
        Assert.Equal("plain\n\nwords", session.One("$r").BaseObject);
        Assert.Null(session.Run("$r.Hash").SingleOrDefault());
        Assert.Equal("plain\n\nwords", session.One("$r | Expand-HeadroomContent").BaseObject);
    }

    [Fact]
    public void Nothing_in_gives_nothing_out()
    {
        using var session = new HostedSession();
        Assert.Empty(session.Run("@() | Compress-HeadroomContent"));
    }

    [Fact]
    public void Each_file_is_a_content_of_its_own()
    {
        using var session = new HostedSession();
        var directory = Directory.CreateDirectory(Path.Combine(session.DataDirectory, "in[1]"));
        File.WriteAllText(Path.Combine(directory.FullName, "a.json"), Rows(50));
        File.WriteAllText(Path.Combine(directory.FullName, "b.json"), Rows(80));
        Directory.CreateDirectory(Path.Combine(directory.FullName, "c.json"));
        session.Set("dir", directory.FullName);
        session.Set("escaped", WildcardPattern.Escape(directory.FullName));
        var results = session.Run("Compress-HeadroomContent -Path \"$escaped/*.json\" -Detailed");
        Assert.Equal(["a.json", "b.json"], results.Select(r => Path.GetFileName((string)r.Properties["Path"].Value)));
        Assert.Equal(2, session.Run("Compress-HeadroomContent -LiteralPath \"$dir/b.json\", \"$dir/a.json\"").Count);

        var back = session.Run("Compress-HeadroomContent -Path \"$escaped/*.json\" | Expand-HeadroomContent");
        Assert.Equal([Rows(50), Rows(80)], back.Select(o => (string)o.BaseObject));
    }

    [Fact]
    public void A_file_comes_back_to_the_byte()
    {
        using var session = new HostedSession();
        byte[] bytes = [0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(Rows(40) + "\r\n \r\n")];
        var file = Path.Combine(session.DataDirectory, "rows.json");
        File.WriteAllBytes(file, bytes);
        session.Set("file", file);
        var back = session.One("$r = Compress-HeadroomContent $file; Expand-HeadroomContent $r.Hash.ToUpperInvariant() -AsByteStream");
        Assert.Equal(bytes, back.BaseObject);
    }

    [Theory]
    [InlineData(1200, "")]
    [InlineData(12000, "")]
    [InlineData(65001, "")]
    [InlineData(1200, "-Encoding unicode")]
    [InlineData(28591, "-Encoding latin1")]
    [InlineData(28591, "-Encoding ([Text.Encoding]::Latin1)")]
    [InlineData(1252, "-Encoding 1252")]
    public void A_file_in_any_encoding_is_compressed_as_its_text_and_comes_back_to_the_byte(int page, string option)
    {
        using var session = new HostedSession();
        var encoding = Encoding.GetEncoding(page == 1252 ? 28591 : page);
        byte[] bytes = [.. option.Length == 0 ? encoding.Preamble : default, .. encoding.GetBytes(Rows(40).Replace("a", "\u00e4", StringComparison.Ordinal))];
        var text = encoding.GetString(bytes).TrimStart('\uFEFF');
        var file = Path.Combine(session.DataDirectory, "rows.json");
        File.WriteAllBytes(file, bytes);
        session.Set("file", file);
        session.Set("bytes", bytes);
        session.Set("text", text);
        foreach (var input in (string[])["Compress-HeadroomContent $file", "Compress-HeadroomContent -LiteralPath $file", ",$bytes | Compress-HeadroomContent"])
        {
            session.Run($"$r = {input} {option} -Detailed; $t = $text | Compress-HeadroomContent -Detailed");
            Assert.Equal(session.One("$t.Text").BaseObject, session.One("$r.Text").BaseObject);
            Assert.Equal(session.One("$t.TokensBefore").BaseObject, session.One("$r.TokensBefore").BaseObject);
            Assert.Equal(bytes.Length, session.One("$r.BytesBefore").BaseObject);
            Assert.Equal(bytes, session.One("Expand-HeadroomContent $r.Hash -AsByteStream").BaseObject);
            Assert.Equal(bytes, session.One("$r | Expand-HeadroomContent -AsByteStream").BaseObject);
            Assert.Equal(bytes, session.One("Get-HeadroomContent $r.Hash -AsByteStream").BaseObject);
            Assert.Equal(text, session.One("Expand-HeadroomContent $r.Hash").BaseObject);
            Assert.Equal(text, session.One("Get-HeadroomContent $r.Hash").BaseObject);
            Assert.Equal(session.One("Get-HeadroomContent $t.Hash -Row 2").BaseObject, session.One("Get-HeadroomContent $r.Hash -Row 2").BaseObject);
        }
    }

    [Fact]
    public void What_is_not_in_its_encoding_is_an_error()
    {
        using var session = new HostedSession();
        session.Set("odd", new byte[] { 0xFF, 0xFE, 0x41 });
        session.Set("high", new byte[] { 0x41, 0x80 });
        foreach (var input in (string[])["$odd", "$high", "$high -Encoding ascii"])
        {
            var outcome = session.Try($"Compress-HeadroomContent -InputObject {input}");
            Assert.Equal(("HeadroomNotText", ErrorCategory.InvalidData), outcome.Error);
            Assert.Empty(outcome.Output);
        }

        foreach (var name in (string[])["utf7", "klingon"])
        {
            // Once, however many contents there are: no other would fare better.
            var outcome = session.Try($"$high, $high | Compress-HeadroomContent -Encoding {name}");
            Assert.Equal(("HeadroomInvalidOption", ErrorCategory.InvalidArgument), outcome.Error);
        }
    }

    [Fact]
    public void Text_is_text_whatever_encoding_is_named()
    {
        using var session = new HostedSession();
        var text = string.Concat(Enumerable.Repeat("a\0 \0", 40));
        session.Set("text", text);
        Assert.Equal(text, session.One("$text | Compress-HeadroomContent -Encoding unicode | Expand-HeadroomContent").BaseObject);
        Assert.Equal(text, session.One("$text | Compress-HeadroomContent | Expand-HeadroomContent").BaseObject);
    }

    [Fact]
    public void A_bad_file_is_an_error_of_its_own_and_the_others_are_still_done()
    {
        using var session = new HostedSession();
        var good = Path.Combine(session.DataDirectory, "good.json");
        var binary = Path.Combine(session.DataDirectory, "binary.bin");
        File.WriteAllText(good, Rows(10));
        File.WriteAllBytes(binary, [0, 255, 254, 253]);
        session.Set("good", good);
        session.Set("binary", binary);
        var outcome = session.Try("Compress-HeadroomContent -LiteralPath $binary, \"$data/none.json\", $good");
        Assert.Single(outcome.Output);
        Assert.Equal(
            [("HeadroomNotText", ErrorCategory.InvalidData), ("HeadroomPathNotFound", ErrorCategory.ObjectNotFound)],
            outcome.Errors.Select(e => (e.FullyQualifiedErrorId.Split(',')[0], e.CategoryInfo.Category)));
        Assert.Equal(("HeadroomPathNotFound", ErrorCategory.ObjectNotFound), session.Try("Compress-HeadroomContent \"$data/none.json\"").Error);
        Assert.Equal(("HeadroomNotAFile", ErrorCategory.InvalidArgument), session.Try("Compress-HeadroomContent $data").Error);
        Assert.Equal(("HeadroomNotAFileSystemPath", ErrorCategory.InvalidArgument), session.Try("Compress-HeadroomContent env:PATH").Error);
    }

    [Fact]
    public void Half_a_surrogate_pair_is_refused_because_it_could_not_come_back()
    {
        using var session = new HostedSession();
        session.Set("broken", "x\uD800");
        Assert.Equal(("HeadroomNotText", ErrorCategory.InvalidData), session.Try("$broken | Compress-HeadroomContent").Error);
    }

    [Fact]
    public void An_unknown_hash_is_an_error_that_does_not_end_the_pipeline()
    {
        using var session = new HostedSession();
        session.Set("json", Rows(40));
        var outcome = session.Try("$r = $json | Compress-HeadroomContent; Expand-HeadroomContent -Hash ('0' * 24), $r.Hash");
        Assert.Equal(("HeadroomOriginalNotFound", ErrorCategory.ObjectNotFound), outcome.Error);
        Assert.False(outcome.Terminated);
        Assert.Single(outcome.Output);
        var marker = $"[1 of 2 rows not shown; headroom_retrieve hash={new string('0', 24)}]";
        Assert.Equal(marker, session.One($"'{marker}' | Expand-HeadroomContent -WarningVariable warned").ToString());
        Assert.Contains("returned as it is", session.One("$warned").ToString(), StringComparison.Ordinal);
        Assert.Equal("ParameterArgumentValidationError", session.Try("Expand-HeadroomContent -Hash nonsense").Error.Id);
    }

    [Theory]
    [InlineData("Somebody wrote:\n{0}\nand went on.")]
    [InlineData("Somebody wrote:\n{0}")]
    [InlineData("{0}\n{1}\n")]
    [InlineData("[\"{0}\"]")]
    public void Text_with_a_marker_of_another_store_comes_back_as_it_is_with_a_warning(string frame)
    {
        using var session = new HostedSession();
        session.Set("json", Rows(40));
        session.Run("$theirs = ($json | Compress-HeadroomContent -Level Lossless -Workspace other).Hash");
        var text = string.Format(System.Globalization.CultureInfo.InvariantCulture, frame, Marker(session.One("$theirs").ToString()), Marker(new string('0', 24)));
        session.Set("text", text);
        Assert.Equal(text, session.One("$text | Expand-HeadroomContent -WarningVariable warned").ToString());
        Assert.Contains("returned as it is", session.One("$warned").ToString(), StringComparison.Ordinal);
        Assert.Equal(text, session.One("($text -split \"`n\") | Expand-HeadroomContent -WarningAction Ignore").ToString());
        Assert.Equal(System.Text.Encoding.UTF8.GetBytes(text), session.One("$text | Expand-HeadroomContent -AsByteStream -WarningAction Ignore").BaseObject);

        static string Marker(string hash) => $"[1 of 2 rows not shown; headroom_retrieve hash={hash}]";
    }

    [Fact]
    public void What_is_no_file_is_an_error_and_never_a_wait()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Where there is no /proc, less can be told.");
        using var session = new HostedSession();
        var pipe = Path.Combine(session.DataDirectory, "pipe");
        using (var mkfifo = System.Diagnostics.Process.Start("mkfifo", [pipe]))
        {
            mkfifo.WaitForExit();
        }

        session.Set("json", Rows(40));
        session.Set("pipe", pipe);
        foreach (var path in (string[])["$pipe", "/dev/zero", "/dev/null"])
        {
            var outcome = session.Try($"Compress-HeadroomContent {path}");
            Assert.Equal(("HeadroomFileNotReadable", ErrorCategory.ReadError), outcome.Error);
            Assert.Contains("is not read: it is a ", outcome.Errors[0].Exception.Message, StringComparison.Ordinal);
        }

        Assert.NotEmpty(session.Try("$json | Compress-HeadroomContent -RulesPath $pipe").Errors);
    }

    [Fact]
    public void A_store_that_cannot_be_made_is_a_clear_error()
    {
        using var session = new HostedSession();
        var file = Path.Combine(session.DataDirectory, "a-file");
        File.WriteAllText(file, "");
        session.Set("json", Rows(40));
        session.Set("file", file);
        var expected = ("HeadroomStoreUnavailable", ErrorCategory.ResourceUnavailable);
        Assert.Equal(expected, session.Try("$json | Compress-HeadroomContent -DataDirectory $file").Error);
        Assert.Equal(expected, session.Try("Expand-HeadroomContent ('0' * 24) -DataDirectory $file").Error);
        Assert.Equal(expected, session.Try("Start-HeadroomProxy -Port 0 -DataDirectory $file").Error);
        Assert.Equal("short", session.One("'short' | Compress-HeadroomContent -DataDirectory $file").BaseObject);
    }

    [Fact]
    public void What_a_format_command_made_is_refused()
    {
        using var session = new HostedSession();
        var type = typeof(PSObject).Assembly.GetType("Microsoft.PowerShell.Commands.Internal.Format.FormatStartData", throwOnError: true)!;
        session.Set("formatted", Activator.CreateInstance(type, nonPublic: true));
        Assert.Equal(("HeadroomFormattedInput", ErrorCategory.InvalidType), session.Try("$formatted | Compress-HeadroomContent").Error);
    }

    [Fact]
    public async Task A_read_that_would_never_end_shows_progress_and_is_ended_by_ctrl_c()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Only there a pipe without a name can be opened by one.");
        using var session = new HostedSession();
        using var nothing = new System.IO.Pipes.AnonymousPipeServerStream(System.IO.Pipes.PipeDirection.Out);
        var pipe = $"/proc/self/fd/{nothing.GetClientHandleAsString()}";
        using var shell = System.Management.Automation.PowerShell.Create(session.Runspace);
        shell.AddCommand("Compress-HeadroomContent").AddParameter("LiteralPath", pipe);
        var progress = new TaskCompletionSource<ProgressRecord>(TaskCreationOptions.RunContinuationsAsynchronously);
        shell.Streams.Progress.DataAdded += (_, added) => progress.TrySetResult(shell.Streams.Progress[added.Index]);
        var running = shell.BeginInvoke();
        var shown = await progress.Task.WaitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(pipe, shown.CurrentOperation);
        shell.Stop();
        Assert.Throws<PipelineStoppedException>(() => shell.EndInvoke(running));
        Assert.Equal(PSInvocationState.Stopped, shell.InvocationStateInfo.State);
        Assert.Equal("works", session.One("'works' | Compress-HeadroomContent").BaseObject);
    }
}
