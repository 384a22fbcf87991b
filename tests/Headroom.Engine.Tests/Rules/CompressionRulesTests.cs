using System.Text.RegularExpressions;
using Headroom.Engine.Compression;
using Headroom.Engine.Rules;

namespace Headroom.Engine.Tests.Rules;

public sealed class CompressionRulesTests
{
    [Theory]
    [InlineData("Bash", null, true)]
    [InlineData("BASH", "ls", true)]
    [InlineData("mcp__shell__bash", null, true)]
    [InlineData("BashOutput", null, false)]
    [InlineData("web_search", null, true)]
    [InlineData("mcp__x__web_fetch", null, true)]
    [InlineData("web", null, false)]
    [InlineData(null, "ls", false)]
    public void A_tool_is_matched_by_name_or_pattern_with_or_without_its_prefix(string? tool, string? command, bool isMatch) =>
        Assert.Equal(isMatch, new CompressionRule { Tools = ["Bash", "web_*"] }.Matches(tool, command));

    [Theory]
    [InlineData("git log -p", true)]
    [InlineData("GIT LOG", true)]
    [InlineData("cd x && git log", false)]
    [InlineData("docker compose logs | tail", true)]
    [InlineData(null, false)]
    public void A_command_is_matched_as_a_whole(string? command, bool isMatch) =>
        Assert.Equal(isMatch, new CompressionRule { Commands = ["git log*", "docker*logs*"] }.Matches("Bash", command));

    [Fact]
    public void The_first_rule_that_matches_decides()
    {
        var rules = new CompressionRules(
        [
            new CompressionRule { Tools = ["Grep"], Level = CompressionLevel.Aggressive },
            new CompressionRule { Tools = ["*"], Budget = 7 },
        ]).Then(CompressionRules.ToolClasses);
        Assert.Equal(CompressionLevel.Aggressive, rules.Find("grep", null)!.Level);
        Assert.Equal(7, rules.Find("Read", null)!.Budget);
        Assert.True(CompressionRules.ToolClasses.Find("Read", null)!.Exclude);
    }

    [Theory]
    [InlineData("Read")]
    [InlineData("write")]
    [InlineData("Edit")]
    [InlineData("read_file")]
    [InlineData("mcp__filesystem__read_text_file")]
    [InlineData("apply_patch")]
    public void What_an_editing_agent_needs_exactly_stays_untouched(string tool) => Assert.True(CompressionRules.ToolClasses.Find(tool, null)!.Exclude);

    [Theory]
    [InlineData("Grep")]
    [InlineData("Glob")]
    [InlineData("LS")]
    [InlineData("mcp__files__list_directory")]
    public void What_searches_and_lists_takes_lossless_forms_only(string tool)
    {
        var rule = CompressionRules.ToolClasses.Find(tool, null)!;
        Assert.Equal((CompressionLevel.Lossless, false), (rule.Level, rule.Exclude));
    }

    [Theory]
    [InlineData("Bash")]
    [InlineData("PowerShell")]
    [InlineData("ReadMe")]
    [InlineData("web_search")]
    [InlineData(null)]
    public void Everything_else_takes_the_whole_ladder(string? tool) => Assert.Null(CompressionRules.ToolClasses.Find(tool, null));

    [Fact]
    public void A_rule_changes_what_it_speaks_of_and_nothing_else()
    {
        var options = new CompressionOptions { Level = CompressionLevel.Aggressive, Budget = 5, Query = "q", Keep = [new Regex("a")] };
        Assert.Equal(options with { Keep = [] }, new CompressionRule().Over(options) with { Keep = [] });
        var changed = new CompressionRule { Budget = 9, Keep = [new Regex("b")] }.Over(options);
        Assert.Equal((CompressionLevel.Aggressive, 9, "q"), (changed.Level, changed.Budget, changed.Query));
        Assert.Equal(["a", "b"], changed.Keep.Select(k => k.ToString()));
    }
}
